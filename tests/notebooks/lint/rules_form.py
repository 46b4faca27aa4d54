"""The form of a lesson: its first cells, its length, its rhythm, its end."""

from __future__ import annotations

import ast
import re
from itertools import pairwise

from tests.notebooks.lint.cells import (
    Node,
    Problems,
    at,
    called_alone,
    calls,
    code,
    is_code,
    is_dialogue,
    is_prose,
    lines,
    numbered,
    prose,
    tags,
    tree,
    turns,
)
from tests.notebooks.lint.counting import count_words, is_mostly_list, running_text

CELLS = (24, 40)
WORDS = (700, 1400)
# Tables of alarms, a runbook and a CI workflow are looked up again: with a gap they would be wrong.
LONGER = {"08_going_live": 1600, "08b_runbook": 1600, "09_testing": 1600}
CELL_WORDS = 90
LIST_WORDS = 120
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


def header(notebook: Node, number: str) -> Problems:
    """Cell 1: ``# NN. Title``, one sentence of promise, a table with time, before this, needs, next.

    ``number`` is that in the file's name.
    """
    first = at(notebook, 1)
    if first is None or not is_prose(first):
        yield 1, "the first cell is not prose", "start with `# NN. Title`"
        return
    said = lines(first)
    if not re.match(rf"# {re.escape(number)}\. \S", first.source):
        remedy = f"write `# {number}. Title`, the number as in the file's name"
        yield 1, f"the title is {said[0] if said else ''!r}", remedy
    rows = [line for line in said[1:] if line.lstrip().startswith("|")]
    if len(rows) == len(said[1:]):
        yield (
            1,
            "there is no promise below the title",
            "say in one sentence what the reader will be able to do",
        )
    table = " ".join(rows).lower()
    missing = [name for name in HEADER_ROWS if name not in table]
    if missing:
        yield 1, f"the table has no {', '.join(missing)}", f"give it {', '.join(HEADER_ROWS)}"


def _items(cell: Node | None) -> list[str]:
    found = re.findall(r"^\s*(?:[-*]|\d+\.)\s+(.+)$", cell.source, re.MULTILINE) if cell else []
    return [str(item) for item in found]


def _first_word(item: str) -> str:
    match = re.match(r"[*_`]*([A-Za-z]+)", item)
    return match.group(1).lower() if match else ""


def objectives(notebook: Node) -> Problems:
    """Cell 2: 3 to 5 objectives, each starting with a verb that a cell can test."""
    second = at(notebook, 2)
    items = _items(second) if is_prose(second) else []
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


def parameters(notebook: Node) -> Problems:
    """Cell 3: the first code cell and the only one tagged ``parameters``; it sets ``seed``."""
    tagged = [number for number, cell in numbered(notebook) if "parameters" in tags(cell)]
    if tagged != [3]:
        where = f"cells {', '.join(map(str, tagged))}" if tagged else "no cell"
        yield (tagged or [3])[0], f"the tag `parameters` is on {where}", "tag cell 3, and only it"
        return
    third = at(notebook, 3)
    if third is None or not re.search(r"^seed\s*(?::\s*int\s*)?=\s*\d+", third.source, re.MULTILINE):
        yield 3, "the parameters set no seed", "write `seed = 7`"
    if (number := next((number for number, _ in code(notebook)), 3)) != 3:
        yield number, "there is code above the parameters", "move it below cell 4"


def set_up(notebook: Node) -> Problems:
    """Cell 4: the imports. Every lab, there or at the start of a section, is made from the seed."""
    fourth = at(notebook, 4)
    if fourth is None or not is_code(fourth) or "import" not in fourth.source:
        yield 4, "there are no imports", "put the imports into cell 4"
    labs = [(number, call) for number, cell in code(notebook) for call in calls(cell, "Lab")]
    if not labs:
        yield 4, "no lab is made", "write `lab = Lab(seed=seed)`"
    for number, call in labs:
        if not any(word.arg == "seed" and ast.unparse(word.value) == "seed" for word in call.keywords):
            yield number, "the lab is not made from the seed", "write `lab = Lab(seed=seed)`"


def cell_count(notebook: Node) -> Problems:
    """24 to 40 cells, predictions, checkpoints and turns apart; what outgrows that becomes two lessons."""
    count, (least, most) = len(notebook.cells), CELLS
    talk = sum(map(is_dialogue, notebook.cells)) + len(turns(notebook))
    if not least <= count <= most + talk:
        yield (
            0,
            f"{count} cells, {talk} of them predictions, verdicts, checkpoints and turns",
            f"keep to {least} to {most}, or name the reason in the metadata's exceptions",
        )


def words(notebook: Node, stem: str) -> Problems:
    """700 to 1,400 words of prose, the tasks for the reader and their solutions not counted.

    ``stem`` is the file's name: some lessons may be longer.
    """
    mine, (least, most) = turns(notebook), (WORDS[0], LONGER.get(stem, WORDS[1]))
    count = sum(count_words(cell.source) for number, cell in prose(notebook) if number not in mine)
    if not least <= count <= most:
        yield (
            0,
            f"{count} words",
            f"keep to {least} to {most}, or name the reason in the metadata's exceptions",
        )


def cell_words(notebook: Node) -> Problems:
    """At most 90 words of running text in a cell: longer ones are skipped, and hide what belongs to the code.

    A list may have 120, because its items are found one by one, and so may objectives and recap.
    """
    edges = (2, len(notebook.cells))
    for number, cell in prose(notebook):
        count = count_words(running_text(cell.source))
        most = LIST_WORDS if number in edges or is_mostly_list(cell.source) else CELL_WORDS
        if count > most:
            yield (
                number,
                f"{count} words in one cell",
                f"keep to {most}: shorten it, or say a part of it after the code",
            )


def code_run(notebook: Node) -> Problems:
    """Never three code cells in a row.

    A prediction shows its question, a verdict its reason: they stand between code as prose does. The beat
    of a section (predict, run, reveal) is not a run of code.
    """
    runs = [is_code(cell) and not is_dialogue(cell) for cell in notebook.cells]
    for number, (before, (one, two)) in enumerate(zip(runs, pairwise(runs[1:]), strict=False), start=3):
        if before and one and two:
            yield number, "the third code cell in a row", "say between them what was seen, or join two"


def predictions(notebook: Node) -> Problems:
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


def predict_alone(notebook: Node) -> Problems:
    """A cell that asks for predictions does nothing else: answering one means running its cell again."""
    for number, cell in code(notebook):
        asked, parsed = list(calls(cell, "predict")), tree(cell)
        alone = parsed and all(called_alone(node) == "predict" for node in parsed.body)
        plain = all(isinstance(argument, ast.Constant) for call in asked for argument in _arguments(call))
        if asked and not (alone and plain):
            yield (
                number,
                "there is other code beside predict(...), and an answer runs it a second time",
                "give predict(...) a cell of its own, below the code that prepares the experiment",
            )


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _first_arguments(notebook: Node, function: str) -> dict[str, int]:
    """Return the first arguments of a function's calls, as written, with the last cell that calls."""
    found = {}
    for number, cell in code(notebook):
        for call in calls(cell, function):
            if call.args:
                found[ast.unparse(call.args[0])] = number
    return found


def checkpoints(notebook: Node) -> Problems:
    """Each section that makes a prediction closes with a checkpoint."""
    for section in _sections(notebook):
        asks, closes = (
            any(True for _, cell in section if is_code(cell) for _ in calls(cell, name))
            for name in ("predict", "checkpoint")
        )
        if asks and not closes:
            number, first = section[0]
            heading = first.source.splitlines()[0]
            yield (
                number,
                f"the section {heading!r} has no checkpoint",
                "close it with checkpoint(n)",
            )


def _sections(notebook: Node) -> list[list[tuple[int, Node]]]:
    sections: list[list[tuple[int, Node]]] = []
    for number, cell in numbered(notebook):
        if is_prose(cell) and cell.source.startswith("## "):
            sections.append([])
        if sections:
            sections[-1].append((number, cell))
    return sections


def recap(notebook: Node) -> Problems:
    """The last cell: "You can now ...", the verbs of the objectives, and one open question."""
    number = len(notebook.cells)
    last = at(notebook, number)
    if last is None or not is_prose(last) or "you can now" not in last.source.lower():
        yield number, "the last cell is no recap", "end with `You can now ...`"
        return
    said = last.source.lower()
    missing = [word for word in map(_first_word, _items(at(notebook, 2))) if word and word not in said]
    if missing:
        yield (
            number,
            f"the recap lacks {', '.join(missing)}",
            "take up the verbs of the objectives",
        )
    if "?" not in said:
        yield (
            number,
            "the recap asks nothing",
            "end on one question that leads to the next lesson",
        )
