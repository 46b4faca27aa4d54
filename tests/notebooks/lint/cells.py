"""What rules ask of an nbformat notebook: its cells by number, code as a tree, outputs as text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import nbformat.reader
import nbformat.validator

# A rule yields what is wrong: the cell's number (0: the whole file), the problem and the remedy.
Problems = Iterator[tuple[int, str, str]]
# An nbformat notebook, cell or output: nbformat has no types of its own for them.
Node = Any


def read(path: Path) -> Node:
    """Read a notebook's file as it is: nothing is converted, no missing cell id is made up.

    Raises
    ------
    ValueError
        When the file is not a notebook of format 4.
    """
    try:
        notebook = nbformat.reader.reads(path.read_text("utf-8"))
        error = next(nbformat.validator.iter_validate(_with_good_ids(notebook)), None)
    except (nbformat.ValidationError, ValueError, KeyError, TypeError, AttributeError) as error_:
        raise ValueError(f"{path.name} is not a notebook: {error_!r}") from error_
    if error is not None:
        raise ValueError(f"{path.name} is not a notebook: {str(error).splitlines()[0]}")
    return notebook


def _with_good_ids(notebook: Node) -> Node:
    """Return a notebook whose ids the format accepts: ids have a rule of their own, which names the cell."""
    has_ids = (notebook.nbformat, notebook.nbformat_minor) >= (4, 5)
    cells = []
    for number, cell in numbered(notebook):
        rest = {name: value for name, value in cell.items() if name != "id"}
        cells.append({**rest, "id": f"cell-{number}"} if has_ids else rest)
    return {**notebook, "cells": cells}


def numbered(notebook: Node) -> Iterator[tuple[int, Node]]:
    """Return the cells with their numbers, counted from 1 as a reader does."""
    return enumerate(notebook.cells, start=1)


def code(notebook: Node) -> list[tuple[int, Node]]:
    """Return the code cells that are not empty, with their numbers."""
    return [(number, cell) for number, cell in numbered(notebook) if is_code(cell) and cell.source.strip()]


def prose(notebook: Node) -> list[tuple[int, Node]]:
    """Return the markdown cells with their numbers."""
    return [(number, cell) for number, cell in numbered(notebook) if is_prose(cell)]


def at(notebook: Node, number: int) -> Node | None:
    """Return the cell of this number, None past the end."""
    return notebook.cells[number - 1] if 0 < number <= len(notebook.cells) else None


def is_code(cell: Node | None) -> bool:
    """Whether there is a cell, and it holds code."""
    return cell is not None and cell.cell_type == "code"


def is_prose(cell: Node | None) -> bool:
    """Whether there is a cell, and it holds markdown."""
    return cell is not None and cell.cell_type == "markdown"


def tags(cell: Node) -> list[str]:
    """Return a cell's tags."""
    return list(cell.metadata.get("tags", []))


def lines(cell: Node) -> list[str]:
    """Return the lines that hold something."""
    return [line for line in cell.source.splitlines() if line.strip()]


def tree(cell: Node) -> ast.Module | None:
    """Return the parsed code; IPython's own lines are blanked, None where the rest is not Python."""
    return _parsed(cell.source)


@cache
def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(re.sub(r"^\s*[%!?].*$", "", source, flags=re.MULTILINE))
    except SyntaxError:
        return None


def nodes(cell: Node) -> tuple[ast.AST, ...]:
    """Return every node of a cell's code, none where it is not Python."""
    return _walked(cell.source)


@cache
def _walked(source: str) -> tuple[ast.AST, ...]:
    parsed = _parsed(source)
    return tuple(ast.walk(parsed)) if parsed else ()


def calls(cell: Node, name: str) -> Iterator[ast.Call]:
    """Yield the calls of a function or a method of this name, in the order of the code."""
    for node in nodes(cell):
        if isinstance(node, ast.Call) and _called(node.func) == name:
            yield node


def called_alone(statement: ast.stmt) -> str | None:
    """Return the name of the function or method that a statement calls and does nothing else with."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return _called(statement.value.func)
    return None


def _called(function: ast.expr) -> str | None:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else None


def is_dialogue(cell: Node) -> bool:
    """Whether a cell does nothing but talk with the reader: ask, judge, or close a section."""
    parsed = tree(cell) if is_code(cell) else None
    body = parsed.body if parsed else []
    return bool(body) and all(called_alone(node) in {"predict", "reveal", "checkpoint"} for node in body)


def turns(notebook: Node) -> set[int]:
    """Return the numbers of the cells that let the reader write code: each task, its cell, its solution."""
    cells = [number for number, cell in code(notebook) if any(True for _ in calls(cell, "your_turn"))]
    return {
        number
        for cell in cells
        for number in (cell - 1, cell, cell + 1)
        if number == cell or is_prose(at(notebook, number))
    }


def shown(output: Node) -> dict[str, str]:
    """Return what an output shows, by MIME type; printed text and errors are plain text."""
    if output.output_type == "stream":
        return {"text/plain": output.text}
    if output.output_type == "error":
        return {"text/plain": "\n".join([f"{output.ename}: {output.evalue}", *output.traceback])}
    return {mime: text if isinstance(text, str) else str(text) for mime, text in output.data.items()}


def texts(output: Node) -> list[str]:
    """Return all that an output shows as text, pictures in vector form included."""
    return [text for mime, text in shown(output).items() if not re.match(r"image/(png|jpeg)$", mime)]


def is_figure(output: Node) -> bool:
    """Whether an output shows a picture, or should: matplotlib's text stands beside every picture."""
    data = shown(output)
    is_drawn = bool({"image/png", "image/svg+xml"} & data.keys())
    return is_drawn or data.get("text/plain", "").startswith("<Figure size")
