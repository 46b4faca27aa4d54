"""A notebook as a reader gets it: not run yet, and with each question to read above the cell that asks it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cdc_lab.classroom.questions import Question, QuestionError, find

Cell = dict[str, Any]

_PREDICT = re.compile(r'predict\("([^"]+)"(?:, answer=[^)]*)?\)')
_CODE = re.compile(r"(`[^`]+`)")
_SPECIAL = re.compile(r"[\\*_<\[\]$|~#]")
HOW_TO_ANSWER = "*In the next cell click between the quotes, type your letter, and press Shift+Enter.*"


def reader_version(notebook: dict[str, Any], *, keeps_outputs: bool = False) -> dict[str, Any]:
    """Return a notebook's copy for a reader; both are parsed JSON of format 4.5.

    Parameters
    ----------
    notebook : dict
        As it is committed: executed, and unanswered.
    keeps_outputs : bool
        For what is looked up, not worked through: its tables are its text.
    """
    cells: list[Cell] = []
    for cell in notebook["cells"]:
        questions = _asked(cell)
        if questions:
            for number, question in enumerate(questions, start=1):
                is_first = not any(HOW_TO_ANSWER in before["source"][-1:] for before in cells)
                cells.append(_question_cell(question, cell, number, is_first))
                cells.append(_asking_cell(question, cell, number))
        elif cell["cell_type"] == "code" and not keeps_outputs:
            cells.append({**cell, "outputs": [], "execution_count": None})
        else:
            cells.append(cell)
    return {**notebook, "cells": cells}


def _asked(cell: Cell) -> list[Question]:
    """The questions of a cell that does nothing but ask: one, or several, which a reader gets one by one."""
    lines = "".join(cell["source"]).strip().splitlines() if cell["cell_type"] == "code" else []
    asked = [_PREDICT.fullmatch(line.strip()) for line in lines]
    try:
        return [find(match[1]) for match in asked if match] if all(asked) else []
    except QuestionError:
        return []  # running the cell will say what is wrong


def _question_cell(question: Question, cell: Cell, number: int, is_first: bool) -> Cell:
    source = list(_lines(question, is_first))
    broken = [f"{line}\n" for line in source[:-1]] + source[-1:]
    return {
        "cell_type": "markdown",
        **_identity(cell, f"-question-{number}"),
        "metadata": {},
        "source": broken,
    }


def _asking_cell(question: Question, cell: Cell, number: int) -> Cell:
    identity = _identity(cell, f"-{number}") if number > 1 else {}
    source = [f'predict("{question.id}", answer="")']
    return {**cell, **identity, "outputs": [], "execution_count": None, "source": source}


def _identity(cell: Cell, suffix: str) -> Cell:
    # Ids may have 64 characters.
    return {"id": f"{cell['id'][: 64 - len(suffix)]}{suffix}"} if "id" in cell else {}


def _lines(question: Question, is_first: bool) -> Iterator[str]:
    yield f"**Prediction {question.id}.** {as_markdown(question.text)}"
    yield ""
    # A list would number or bullet the letters once more.
    yield "<br>\n".join(f"**{option.key}**) {as_markdown(option.text)}" for option in question.options)
    if is_first:
        yield ""
        yield HOW_TO_ANSWER


def as_markdown(text: str) -> str:
    """Return a question's text, in which only backticks mean something, as markdown that shows the same."""
    parts = _CODE.split(text)
    return "".join(part if number % 2 else _escaped(part) for number, part in enumerate(parts))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda special: f"\\{special.group()}", text)
