"""Lessons as a reader works through them: every prediction is answered, and answered again.

The committed notebooks leave all predictions unanswered. Answering one means running its cell again, so a
lesson must go on as if its predictions had been run once, whatever was answered and however often. Where the
lesson asks for a few lines of code (`your_turn`), the reader writes those of ``wrong_turns.toml``, then
those that the next cell folds away.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import nbformat

_PREDICT = re.compile(r'^predict\("([^"]+)", answer=None\)$', re.MULTILINE)
_REVEAL = re.compile(r'^reveal\("([^"]+)"', re.MULTILINE)
_RIGHT = re.compile(r"^(\S+): right\. The lab: ([a-e])\) ")
_YOUR_TURN = re.compile(r"^your_turn\(", re.MULTILINE)
_SOLUTION = re.compile(r"<details>.*?```python\n(.*?)```", re.DOTALL)
_TURN = re.compile(r"Your turn: (?:(done)|not yet\. Missing: (.*))", re.DOTALL)
_NOT_SO = re.compile(r"^(\S+): not so\. You said ([a-e])\) .* The lab: ([a-e])\) ")


class Judged(NamedTuple):
    """A verdict that a reader saw: the question, the answer given, the lab's answer, and which was said."""

    question: str
    answer: str
    lab: str
    right: bool


class WrongTurn(NamedTuple):
    """Code that a reader may well write, and the sentence that says what it lacks."""

    code: str
    missing: str


def wrong_turns(lesson: str) -> list[WrongTurn]:
    """Return the wrong answers to the `your_turn` of a lesson; none where the file has none."""
    with (Path(__file__).parent / "wrong_turns.toml").open("rb") as file:
        return [WrongTurn(**turn) for turn in tomllib.load(file).get(lesson, [])]


def answered(lesson: Any, wrong: Iterable[WrongTurn] = ()) -> Any:
    """Return a copy of a lesson in which a reader answers each prediction, and comes back to it twice.

    A cell in which the reader writes code is run as it is, with the wrong code, and twice with the code of
    its solution.
    A cell of predictions is run unanswered, with ``a`` and with ``b``, then the lesson goes on. After a cell
    that reveals one, the reader turns to ``a`` and asks for the verdict again. Before the checkpoint of the
    section, with all its cells run, the reader does so once more, with ``b``.
    """
    notebook = nbformat.from_dict({**lesson, "cells": []})
    asked_by: dict[str, Any] = {}
    revealing: list[Any] = []
    for cell, following in zip(lesson.cells, [*lesson.cells[1:], None], strict=True):
        questions = _PREDICT.findall(cell.source)
        asked_by |= dict.fromkeys(questions, cell)
        if "checkpoint(" in cell.source:
            for earlier in revealing:
                _come_back(notebook, earlier, asked_by, "b")
            revealing = []
        _append(notebook, cell)
        if _YOUR_TURN.search(cell.source):
            right = solved(cell.source, following.source)
            for source in [*(_with(cell.source, turn.code) for turn in wrong), right, right]:
                _append(notebook, {**cell, "source": source})
        if questions:
            _append(notebook, cell, "a")
            _append(notebook, cell, "b")
        if _REVEAL.search(cell.source):
            _come_back(notebook, cell, asked_by, "a")
            revealing.append(cell)
    return notebook


def _come_back(notebook: Any, revealing: Any, asked_by: dict[str, Any], answer: str) -> None:
    """Run the cell of the predictions that a cell reveals, then that cell."""
    asking = {asked_by[question].id: asked_by[question] for question in _REVEAL.findall(revealing.source)}
    for cell in asking.values():
        _append(notebook, cell, answer)
    _append(notebook, revealing)


def _append(notebook: Any, cell: Any, answer: str | None = None) -> None:
    copy = nbformat.from_dict(dict(cell))
    copy.id = f"{copy.id[:50]}-{len(notebook.cells)}"
    if answer:
        copy.source = copy.source.replace("answer=None", f'answer="{answer}"')
    notebook.cells.append(copy)


def solved(cell: str, prose: str) -> str:
    """Return the code of a cell with the definitions that the prose behind it gives, in place of its own."""
    solution = _SOLUTION.search(prose)
    assert solution, f"no folded solution after {cell.splitlines()[0]!r}"
    return _with(cell, solution[1])


def _with(cell: str, code: str) -> str:
    lines = cell.splitlines()
    given = {_defined(node): ast.get_source_segment(code, node) for node in ast.parse(code).body}
    mine = {_defined(node): node for node in ast.parse(cell).body if _defined(node)}
    assert given.keys() <= mine.keys(), f"{given.keys() - mine.keys()}: the cell does not define it"
    for name in sorted(given, key=lambda name: -mine[name].lineno):
        lines[mine[name].lineno - 1 : mine[name].end_lineno] = given[name].splitlines()
    return "\n".join(lines)


def _defined(node: ast.stmt) -> str | None:
    if isinstance(node, ast.FunctionDef):
        return node.name
    return ast.unparse(node.targets[0]) if isinstance(node, ast.Assign) else None


def turns(notebook: Any) -> list[str]:
    """Return what an executed notebook says of the reader's code, in order: ``done``, or what is missing."""
    texts = (
        output.get("data", {}).get("text/plain", "")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )
    return [match[1] or match[2] for text in texts if (match := _TURN.match(text))]


def judged(notebook: Any) -> list[Judged]:
    """Return all verdicts on answers that an executed notebook shows, in order."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("data", {}).get("text/plain", "")
            if match := _RIGHT.match(text):
                found.append(Judged(match[1], match[2], match[2], True))
            elif match := _NOT_SO.match(text):
                found.append(Judged(match[1], match[2], match[3], False))
    return found
