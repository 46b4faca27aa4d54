"""The claims of the course: each fact with its grade and source, and where the notebooks cite or judge it.

Facts are the rows of ``data/facts.csv``. A notebook cites one in small type, ``<small>[C26], [C28]</small>``,
and judges one where it reveals a prediction whose question names it (see `cdc_lab.classroom.questions`).
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from cdc_lab.classroom.claim_table import ClaimRow, ClaimTable
from cdc_lab.classroom.flight_files import data_folder
from cdc_lab.classroom.headings import Heading, headings
from cdc_lab.classroom.questions import Question, lessons, load
from cdc_lab.errors import LabError
from cdc_lab.show.tables import Table

_SMALL = re.compile(r"<small>\[(.*?)\]</small>")
_RANGE = re.compile(r"([A-Z])(\d+)(?:\s*(?:to|–|-)\s*([A-Z])(\d+))?")
_REVEAL = re.compile(r"""^\s*reveal\(\s*["']([^"']+)["']""", re.MULTILINE)
ITSELF = "reference_facts"
MISCONCEPTION = "misconception"


class Fact(NamedTuple):
    """One claim about AWS in the course's own words, how well it is founded, and on what."""

    id: str
    claim: str
    grade: str
    source: str
    address: str


@dataclass(frozen=True)
class Place:
    """A section of a notebook that cites a fact, or judges a prediction by it.

    Attributes
    ----------
    notebook : str
        The file's name without its suffix.
    heading : Heading
        The one above the cell's text.
    judged : bool
        Whether a prediction is judged there.
    """

    notebook: str
    heading: Heading
    judged: bool = False

    @property
    def link(self) -> str:
        """The address of the section, from a notebook's own folder."""
        return f"{self.notebook}.ipynb#{self.heading.anchor}"

    @property
    def label(self) -> str:
        """The section in a few characters: ``01b, 2``; a notebook without a number by its headings."""
        lesson = re.match(r"\d\d[a-z]?(?=_)", self.notebook)
        if not lesson:
            return f"{self.notebook.removeprefix('reference_')}, {self.heading.text}"
        number = re.match(r"\d+(?=\. )", self.heading.text)
        if self.heading.level == 1:
            return f"{lesson.group()}, start"
        return f"{lesson.group()}, {number.group() if number else 'end'}"


@dataclass(frozen=True)
class Claims:
    """All facts, and the places where the notebooks meet them.

    Parameters
    ----------
    facts : mapping of str to Fact
        By id, in the order of the file.
    places : mapping of str to sequence of Place
        By fact id, in the order of the course.
    """

    facts: Mapping[str, Fact]
    places: Mapping[str, Sequence[Place]] = field(default_factory=dict)

    @classmethod
    def of_course(cls, root: Path | None = None) -> Claims:
        """Read the facts, the notebooks and the questions as they are now.

        Parameters
        ----------
        root : Path, optional
            The checkout; by default the one whose data folder the lessons use.
        """
        root = root or data_folder().parent
        notebooks = sorted(path for path in (root / "notebooks").glob("*.ipynb") if path.stem != ITSELF)
        notebooks = [path for path in notebooks if "." not in path.stem]  # no copy that a reset kept
        if not notebooks:
            raise LabError(f"no notebooks in {root.name}/notebooks: set CDC_LAB_DATA to the checkout's data")
        asked = {name: question for lesson in lessons() for name, question in load(lesson).items()}
        return cls(read_facts(root / "data" / "facts.csv"), _places(notebooks, asked))

    def table(self, first: str, last: str) -> ClaimTable:
        """Return the facts from `first` to `last`, in the order of the file, each with its places.

        Raises
        ------
        LabError
            One of the two is no fact, or they are the wrong way round.
        """
        ids = list(self.facts)
        for fact in (first, last):
            if fact not in self.facts:
                raise LabError(f"no fact {fact!r}: ids are {ids[0]} to {ids[-1]}, as in data/facts.csv")
        chosen = ids[ids.index(first) : ids.index(last) + 1]
        if not chosen:
            raise LabError(f"no facts from {first} to {last}: write the lower one first")
        return ClaimTable(map(self._row, chosen))

    def grades(self) -> Table:
        """Return how many facts carry which grade; one that rests on two counts under both."""
        counted = Counter(grade for fact in self.facts.values() for grade in fact.grade.split(", "))
        rows = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        return Table(("grade", "facts"), rows)

    def met(self, fact: str) -> list[Place]:
        """Return the places of a fact; for a misconception also those of the facts that answer it."""
        ids = [fact]
        if self.facts[fact].grade == MISCONCEPTION:
            ids += ids_in(self.facts[fact].claim)
        merged: dict[tuple[str, Heading], bool] = {}
        for place in (place for name in ids for place in self.places.get(name, ())):
            key = place.notebook, place.heading
            merged[key] = merged.get(key, False) or place.judged
        found = [Place(notebook, heading, judged) for (notebook, heading), judged in merged.items()]
        return sorted(found, key=lambda place: place.notebook)  # lessons have numbers, and come first

    def without_a_cell(self) -> list[str]:
        """Return the ids of the facts that no notebook cites or judges."""
        return [fact for fact in self.facts if not self.met(fact)]

    def unknown(self) -> dict[str, list[str]]:
        """Return ids that notebooks or questions name and that are no facts, with the places' links."""
        return {
            fact: [place.link for place in places]
            for fact, places in self.places.items()
            if fact not in self.facts
        }

    def _row(self, fact: str) -> ClaimRow:
        places = [(place.label, place.link, place.judged) for place in self.met(fact)]
        return ClaimRow(*self.facts[fact], places)


def read_facts(path: Path) -> dict[str, Fact]:
    """Read the table of facts: id to `Fact`, in the order of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"]: Fact(**row) for row in csv.DictReader(file)}


def ids_in(text: str) -> list[str]:
    """Return the fact ids that a citation names: ``A19 to A21, B5`` gives A19, A20, A21, B5."""
    found: list[str] = []
    for letter, first, _, last in _RANGE.findall(text):
        found += [f"{letter}{number}" for number in range(int(first), int(last or first) + 1)]
    return found


def _places(notebooks: Iterable[Path], asked: Mapping[str, Question]) -> dict[str, list[Place]]:
    found: dict[str, dict[tuple[str, Heading], bool]] = {}
    for path in notebooks:
        for fact, heading, judged in _met(json.loads(path.read_text("utf-8"))["cells"], asked):
            sections = found.setdefault(fact, {})
            sections[path.stem, heading] = sections.get((path.stem, heading), False) or judged
    return {
        fact: [Place(notebook, heading, judged) for (notebook, heading), judged in sections.items()]
        for fact, sections in found.items()
    }


def _met(
    cells: Iterable[Mapping[str, Any]], asked: Mapping[str, Question]
) -> Iterator[tuple[str, Heading, bool]]:
    """Every fact that the cells of a notebook cite or judge, in order, with the heading above it."""
    above = Heading(1, "", 0)
    for cell in cells:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            inside = headings(text)
            for citation in _SMALL.finditer(text):
                before = [heading for heading in inside if heading.at < citation.start()]
                yield from (
                    (fact, _plain(before[-1] if before else above), False) for fact in ids_in(citation[1])
                )
            above = inside[-1] if inside else above
        elif cell["cell_type"] == "code":
            for name in _REVEAL.findall(text):
                yield from ((fact, _plain(above), True) for fact in _facts_of(asked.get(name)))


def _plain(heading: Heading) -> Heading:
    return heading._replace(at=0)  # two cells of one section must not differ by where its heading stood


def _facts_of(question: Question | None) -> list[str]:
    if question is None:
        return []
    mended = [option.misconception for option in question.options if option.misconception]
    return list(dict.fromkeys(ids_in(question.fact) + ids_in(" ".join(mended))))
