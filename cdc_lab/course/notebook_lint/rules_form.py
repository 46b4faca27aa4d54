"""The form of a lesson: its first cells, its length, its rhythm, its end."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from cdc_lab.course.notebook_lint.notebook import Cell, Notebook, called_alone

Problems = Iterator[tuple[int, str, str]]

CELLS = (24, 40)
WORDS = (700, 1400)
OBJECTIVES = (3, 5)
PREDICTIONS = 3
HEADER_ROWS = ("time", "before this", "needs", "next")

# What an objective must not start with: no verb at all, or one that no cell can test.
_NO_TESTABLE_VERB_TEXT = """
a an the how what why when which where you your we our to and or in on of for with by from this that
understand know learn appreciate grasp be become get have familiarise familiarize understanding
knowledge awareness familiarity overview introduction basics
"""
NO_TESTABLE_VERB = frozenset(_NO_TESTABLE_VERB_TEXT.split())


def header(notebook: Notebook) -> Problems:
    """Cell 1: ``# NN. Title``, one sentence of promise, a table with time, before this, needs, next."""
    first = notebook.cell(1)
    if first is None or not first.is_markdown:
        yield 1, "the first cell is not prose", "start with `# NN. Title`"
        return
    number = notebook.path.name.split("_")[0]
    if not re.match(rf"# {re.escape(number)}\. \S", first.source):
        remedy = f"write `# {number}. Title`, the number as in the file's name"
        yield 1, f"the title is {first.lines[0] if first.lines else ''!r}", remedy
    rows = [line for line in first.lines[1:] if line.lstrip().startswith("|")]
    if len(rows) == len(first.lines[1:]):
        yield (
            1,
            "there is no promise below the title",
            "say in one sentence what the reader will be able to do",
        )
    table = " ".join(rows).lower()
    missing = [name for name in HEADER_ROWS if name not in table]
    if missing:
        yield 1, f"the table has no {', '.join(missing)}", f"give it {', '.join(HEADER_ROWS)}"


def _items(cell: Cell | None) -> list[str]:
    found = re.findall(r"^\s*(?:[-*]|\d+\.)\s+(.+)$", cell.source, re.MULTILINE) if cell else []
    return [str(item) for item in found]


def _first_word(item: str) -> str:
    match = re.match(r"[*_`]*([A-Za-z]+)", item)
    return match.group(1).lower() if match else ""


def objectives(notebook: Notebook) -> Problems:
    """Cell 2: 3 to 5 objectives, each starting with a verb that a cell can test."""
    second = notebook.cell(2)
    items = _items(second) if second and second.is_markdown else []
    least, most = OBJECTIVES
    if not least <= len(items) <= most:
        yield 2, f"{len(items)} objectives", f"list {least} to {most} in cell 2, as a markdown list"
    for item in items:
        if _first_word(item) in NO_TESTABLE_VERB or not _first_word(item):
            yield (
                2,
                f"the objective {item!r} starts with no verb to test",
                "start it with what the reader does",
            )


def parameters(notebook: Notebook) -> Problems:
    """Cell 3: the first code cell and the only one tagged ``parameters``; it sets ``seed``."""
    tagged = [cell.number for cell in notebook.cells if "parameters" in cell.tags]
    if tagged != [3]:
        where = f"cells {', '.join(map(str, tagged))}" if tagged else "no cell"
        yield (tagged or [3])[0], f"the tag `parameters` is on {where}", "tag cell 3, and only it"
        return
    third = notebook.cell(3)
    if third is None or not re.search(r"^seed\s*(?::\s*int\s*)?=\s*\d+", third.source, re.MULTILINE):
        yield 3, "the parameters set no seed", "write `seed = 7`"
    if notebook.code and notebook.code[0].number != 3:
        yield notebook.code[0].number, "there is code above the parameters", "move it below cell 4"


def set_up(notebook: Notebook) -> Problems:
    """Cell 4: the imports, and ``lab = Lab(seed=seed)``."""
    fourth = notebook.cell(4)
    if fourth is None or not fourth.is_code or "import" not in fourth.source:
        yield 4, "there are no imports", "put the imports into cell 4"
    elif not re.search(r"^(?:with )?.*\bLab\(.*\bseed=seed\b", fourth.source, re.MULTILINE):
        yield 4, "the lab is not made from the seed", "write `lab = Lab(seed=seed)`"


def cell_count(notebook: Notebook) -> Problems:
    """24 to 40 cells; what outgrows that becomes two lessons. Predictions and checkpoints come on top."""
    count, (least, most) = len(notebook.cells), CELLS
    talk = sum(cell.is_dialogue for cell in notebook.cells)
    if not least <= count <= most + talk:
        yield (
            0,
            f"{count} cells, {talk} of them predictions, verdicts and checkpoints",
            f"keep to {least} to {most}, or name the reason in the metadata's exceptions",
        )


def words(notebook: Notebook) -> Problems:
    """700 to 1,400 words of prose."""
    count, (least, most) = sum(_count_words(cell.source) for cell in notebook.prose), WORDS
    if not least <= count <= most:
        yield (
            0,
            f"{count} words",
            f"keep to {least} to {most}, or name the reason in the metadata's exceptions",
        )


def _count_words(markdown: str) -> int:
    seen = re.sub(r"\]\([^)]*\)", "]", markdown)
    return len(re.findall(r"[^\W_][\w'’.-]*", seen))


def code_run(notebook: Notebook) -> Problems:
    """Never three code cells in a row.

    A prediction shows its question, a verdict its reason: they stand between code as prose does. The beat
    of a section (predict, run, reveal) is not a run of code.
    """
    for before, (one, two) in zip(notebook.cells, pairwise(notebook.cells[1:]), strict=False):
        if all(cell.is_code and not cell.is_dialogue for cell in (before, one, two)):
            yield two.number, "the third code cell in a row", "say between them what was seen, or join two"


def predictions(notebook: Notebook) -> Problems:
    """At least 3 predictions, each judged by a later cell against what the lab did."""
    asked = _first_arguments(notebook, "predict")
    judged = _first_arguments(notebook, "reveal")
    if len(asked) < PREDICTIONS:
        yield 0, f"{len(asked)} predictions", f"ask the reader for at least {PREDICTIONS}, with predict(id)"
    for name, number in asked.items():
        if judged.get(name, 0) <= number:
            yield (
                number,
                f"no later cell judges the prediction {name}",
                f"call reveal({name}, computed) after the run",
            )


def predict_alone(notebook: Notebook) -> Problems:
    """A cell that asks for predictions does nothing else: answering one means running its cell again."""
    for cell in notebook.code:
        asked = list(cell.calls("predict"))
        alone = cell.tree and all(called_alone(node) == "predict" for node in cell.tree.body)
        plain = all(isinstance(argument, ast.Constant) for call in asked for argument in _arguments(call))
        if asked and not (alone and plain):
            yield (
                cell.number,
                "there is other code beside predict(...), and an answer runs it a second time",
                "give predict(...) a cell of its own, below the code that prepares the experiment",
            )


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _first_arguments(notebook: Notebook, function: str) -> dict[str, int]:
    """Return the first arguments of a function's calls, as written, with the last cell that calls."""
    found = {}
    for cell in notebook.code:
        for call in cell.calls(function):
            if call.args:
                found[ast.unparse(call.args[0])] = cell.number
    return found


def checkpoints(notebook: Notebook) -> Problems:
    """Each section that makes a prediction closes with a checkpoint."""
    for section in _sections(notebook):
        asks = any(True for cell in section for _ in cell.calls("predict"))
        closes = any(True for cell in section for _ in cell.calls("checkpoint"))
        if asks and not closes:
            heading = section[0].source.splitlines()[0]
            yield (
                section[0].number,
                f"the section {heading!r} has no checkpoint",
                "close it with checkpoint(n)",
            )


def _sections(notebook: Notebook) -> list[list[Cell]]:
    sections: list[list[Cell]] = []
    for cell in notebook.cells:
        if cell.is_markdown and cell.source.startswith("## "):
            sections.append([])
        if sections:
            sections[-1].append(cell)
    return sections


def recap(notebook: Notebook) -> Problems:
    """The last cell: "You can now ...", the verbs of the objectives, and one open question."""
    last = notebook.cells[-1] if notebook.cells else None
    if last is None or not last.is_markdown or "you can now" not in last.source.lower():
        yield len(notebook.cells), "the last cell is no recap", "end with `You can now ...`"
        return
    said = last.source.lower()
    missing = [word for word in map(_first_word, _items(notebook.cell(2))) if word and word not in said]
    if missing:
        yield last.number, f"the recap lacks {', '.join(missing)}", "take up the verbs of the objectives"
    if "?" not in said:
        yield last.number, "the recap asks nothing", "end on one question that leads to the next lesson"
