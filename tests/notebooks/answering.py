"""Lessons as a reader works through them: every prediction is answered, and answered again.

The committed notebooks leave all predictions unanswered. Answering one means running its cell again, so a
lesson must go on as if its predictions had been run once, whatever was answered and however often.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import nbformat

_PREDICT = re.compile(r'^predict\("([^"]+)", answer=None\)$', re.MULTILINE)
_REVEAL = re.compile(r'^reveal\("([^"]+)"', re.MULTILINE)
_RIGHT = re.compile(r"^(\S+): right\. The lab: ([a-e])\) ")
_NOT_SO = re.compile(r"^(\S+): not so\. You said ([a-e])\) .* The lab: ([a-e])\) ")


class Judged(NamedTuple):
    """A verdict that a reader saw: the question, the answer given, the lab's answer, and which was said."""

    question: str
    answer: str
    lab: str
    right: bool


def answered(lesson: Any) -> Any:
    """Return a copy of a lesson in which a reader answers each prediction, and comes back to it twice.

    A cell of predictions is run unanswered, with ``a`` and with ``b``, then the lesson goes on. After a cell
    that reveals one, the reader turns to ``a`` and asks for the verdict again. Before the checkpoint of the
    section, with all its cells run, the reader does so once more, with ``b``.
    """
    notebook = nbformat.from_dict({**lesson, "cells": []})
    asked_by: dict[str, Any] = {}
    revealing: list[Any] = []
    for cell in lesson.cells:
        questions = _PREDICT.findall(cell.source)
        asked_by |= dict.fromkeys(questions, cell)
        if "checkpoint(" in cell.source:
            for earlier in revealing:
                _come_back(notebook, earlier, asked_by, "b")
            revealing = []
        _append(notebook, cell)
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
    copy.id = f"{cell.id[:50]}-{len(notebook.cells)}"
    if answer:
        copy.source = cell.source.replace("answer=None", f'answer="{answer}"')
    notebook.cells.append(copy)


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
