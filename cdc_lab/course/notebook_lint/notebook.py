"""A notebook as the rules see it: read from JSON alone, cells numbered from 1 as a reader counts them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any


def _joined(text: Any) -> str:
    """Return text that the format keeps as one string or as a list of lines."""
    return "".join(text) if isinstance(text, list) else str(text)


@dataclass(frozen=True)
class Output:
    """One output of a code cell: its kind, its stream's name, and its text by MIME type."""

    kind: str
    stream: str
    data: dict[str, str]

    @property
    def is_figure(self) -> bool:
        """Whether it shows a picture, or should: matplotlib's text stands beside every picture."""
        plain = self.data.get("text/plain", "")
        return bool({"image/png", "image/svg+xml"} & set(self.data)) or plain.startswith("<Figure size")

    @property
    def texts(self) -> list[str]:
        """All that it shows as text, pictures in vector form included."""
        return [text for kind, text in self.data.items() if not re.match(r"image/(png|jpeg)$", kind)]


@dataclass(frozen=True)
class Cell:
    """One cell. ``number`` counts from 1 over all cells."""

    number: int
    kind: str
    source: str
    id: str | None = None
    tags: tuple[str, ...] = ()
    execution_count: int | None = None
    outputs: tuple[Output, ...] = ()

    @property
    def is_code(self) -> bool:
        """Whether the cell holds code."""
        return self.kind == "code"

    @property
    def is_markdown(self) -> bool:
        """Whether the cell holds prose."""
        return self.kind == "markdown"

    @property
    def lines(self) -> list[str]:
        """The lines that hold something."""
        return [line for line in self.source.splitlines() if line.strip()]

    @cached_property
    def tree(self) -> ast.Module | None:
        """The parsed code; IPython's own lines are blanked, None where the rest is not Python."""
        plain = re.sub(r"^\s*[%!?].*$", "", self.source, flags=re.MULTILINE)
        try:
            return ast.parse(plain)
        except SyntaxError:
            return None

    @property
    def is_dialogue(self) -> bool:
        """Whether the cell does nothing but talk with the reader: ask, judge, or close a section."""
        body = self.tree.body if self.is_code and self.tree else []
        return bool(body) and all(called_alone(node) in {"predict", "reveal", "checkpoint"} for node in body)

    def calls(self, name: str) -> Iterator[ast.Call]:
        """Yield the calls of a function or a method of this name, in the order of the code."""
        for node in ast.walk(self.tree) if self.tree else ():
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


@dataclass(frozen=True)
class Notebook:
    """A whole notebook, where it lies and how large its file is (bytes)."""

    path: Path
    cells: tuple[Cell, ...]
    metadata: dict[str, Any] = field(default_factory=dict)
    size: int = 0
    format: tuple[int, int] = (4, 5)

    @cached_property
    def code(self) -> list[Cell]:
        """The code cells that are not empty."""
        return [cell for cell in self.cells if cell.is_code and cell.source.strip()]

    @cached_property
    def prose(self) -> list[Cell]:
        """The markdown cells."""
        return [cell for cell in self.cells if cell.is_markdown]

    def cell(self, number: int) -> Cell | None:
        """Return the cell of this number, None past the end."""
        return self.cells[number - 1] if 0 < number <= len(self.cells) else None


def read_notebook(path: Path) -> Notebook:
    """Read a notebook's file.

    Raises
    ------
    ValueError
        When the file is not a notebook of format 4.
    """
    text = path.read_text("utf-8")
    try:
        raw = json.loads(text)
        cells = tuple(_cell(number, cell) for number, cell in enumerate(raw["cells"], start=1))
        version = int(raw["nbformat"]), int(raw["nbformat_minor"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path.name} is not a notebook: {error!r}") from error
    return Notebook(path, cells, raw.get("metadata", {}), len(text.encode()), version)


def _cell(number: int, raw: dict[str, Any]) -> Cell:
    return Cell(
        number=number,
        kind=raw["cell_type"],
        source=_joined(raw["source"]),
        id=raw.get("id"),
        tags=tuple(raw.get("metadata", {}).get("tags", ())),
        execution_count=raw.get("execution_count"),
        outputs=tuple(_output(output) for output in raw.get("outputs", ())),
    )


def _output(raw: dict[str, Any]) -> Output:
    kind = raw["output_type"]
    if kind == "stream":
        data = {"text/plain": _joined(raw["text"])}
    elif kind == "error":
        data = {"text/plain": "\n".join([f"{raw['ename']}: {raw['evalue']}", *raw["traceback"]])}
    else:
        data = {mime: _joined(text) for mime, text in raw["data"].items()}
    return Output(kind, raw.get("name", ""), data)
