"""The wrong and the right answers that lie beside these tests, and the form in which they are written.

``mutants/<exercise>.py`` holds the wrong answers to an exercise or a drill, ``alternatives/<exercise>.py``
right ones that are built differently from the solution. Each answer is a cell, such as a learner writes. To
add one, write a cell anywhere below the first::

    # %% clock_as_key | duplicates | row per delivery
    # The clock is the sort key: a retry writes a second row.
    def write(record):
        audit.put_item(Item=row(record) | {"sequence": f"{time.time():.6f}"})


    handler = handler_that(write)

Its first line has the answer's name, the scenario that must catch it, and the id of the misconception that
the check must name; that of a right answer has its name alone. A scenario or an id that the exercise does not
have is refused when the file is read. The comment below says what the answer believes, or how it is built.

The cell ``given`` of the wrong answers runs before each answer, wrong or right, as in one notebook. So a cell
need only say what is different, and what it defines anew is used by the functions of ``given``, too. Where an
exercise has several parts, ``given`` has all of them, right. An answer that is data is called ``ANSWER``.

``grep '^# %%' tests/exercises/mutants/exercise_1.py`` prints the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cdc_lab.classroom.exercises import find
from tests.exercises.cells import compiled

FOLDER = Path(__file__).parent
GIVEN = "given"
_OPENS = "# %% "


@dataclass(frozen=True)
class Written:
    """An answer as it is written: a cell of a file.

    Attributes
    ----------
    name, scenario, misconception : str
        The last two of a wrong answer.
    source : str
        Its code.
    path : Path
    line : int
        Where in the file it begins, from 1.
    """

    name: str
    scenario: str
    misconception: str
    source: str
    path: Path
    line: int

    def run(self, names: dict[str, Any]) -> dict[str, Any]:
        """Run it as the next cell of the notebook that has defined `names`, and return these.

        Its source can be found as that of a notebook's cell can: it is a cell alone, not the file around it.
        """
        exec(compiled("\n" * (self.line - 1) + self.source, f"{self.path}, {self.name}"), names)
        return names


@cache
def written(kind: str, exercise: str) -> dict[str, Written]:
    """Return the answers of a kind (``mutants``, ``alternatives``) to an exercise, by name, with ``given``.

    Raises
    ------
    ValueError
        A name stands twice; a wrong answer is meant for no scenario of the exercise, or for no misconception
        that its texts have.
    """
    path = FOLDER / kind / f"{exercise}.py"
    found: dict[str, Written] = {}
    for cell in _cells(path) if path.exists() else ():
        if cell.name in found:
            raise ValueError(f"{path.name}, line {cell.line}: {cell.name} stands twice")
        if cell.name != GIVEN and kind == "mutants":
            _check(cell, exercise)
        found[cell.name] = cell
    return found


def _cells(path: Path) -> list[Written]:
    lines = path.read_text("utf-8").splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith(_OPENS)]
    cells = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        name, scenario, misconception, *_ = [*lines[start].removeprefix(_OPENS).split(" | "), "", ""]
        source = "\n".join(lines[start:end]) + "\n"
        cells.append(Written(name, scenario, misconception, source, path, start + 1))
    return cells


def _check(cell: Written, exercise: str) -> None:
    scenarios = [scenario.name for scenario in find(exercise).scenarios]
    for what, value, known in (
        ("scenario", cell.scenario, scenarios),
        ("misconception", cell.misconception, list(find(exercise).texts.misconceptions)),
    ):
        if value not in known:
            raise ValueError(
                f"{cell.path.name}, line {cell.line}: {exercise} has no {what} {value!r}: {known}"
            )


def names(kind: str, exercise: str) -> list[str]:
    """The answers of a kind (``mutants``, ``alternatives``) to an exercise, in the order of the alphabet."""
    return sorted(written(kind, exercise).keys() - {GIVEN})


def load(kind: str, exercise: str, name: str) -> Written:
    """One of them."""
    return written(kind, exercise)[name]


def answer(kind: str, exercise: str, name: str) -> Any:
    """What one of them would hand in: its handler, its parts by name, or its data; made anew each time."""
    defined: dict[str, Any] = {"__name__": "__main__"}
    if given := written("mutants", exercise).get(GIVEN):
        given.run(defined)
    return parts_in(exercise, load(kind, exercise, name).run(defined))


def parts_in(exercise: str, names: Mapping[str, Any]) -> Any:
    """An answer, of what a notebook defines; that of a drill may be data."""
    if "ANSWER" in names:
        return names["ANSWER"]
    parts = parts_of(exercise)
    return names[parts[0]] if len(parts) == 1 else {part: names[part] for part in parts}


def parts_of(exercise: str) -> list[str]:
    """The names of an answer's parts, in their order: functions, or what else it consists of."""
    task = find(exercise)
    return list(getattr(task, "named", ())) or [part.name for part in getattr(task, "parts", ())]
