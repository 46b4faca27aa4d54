"""Figures: few, really there, and each read aloud below from the same numbers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from cdc_lab.course.notebook_lint.notebook import Cell, Notebook, Output

Problems = Iterator[tuple[int, str, str]]

FIGURES = 4
SMALLEST_BYTES = 2_000  # an empty figure of the default size has more


def _figures(cell: Cell) -> list[int]:
    return [index for index, output in enumerate(cell.outputs) if output.is_figure]


def figure_count(notebook: Notebook) -> Problems:
    """At most 4 figures."""
    count = sum(len(_figures(cell)) for cell in notebook.code)
    if count > FIGURES:
        yield 0, f"{count} figures", f"keep to {FIGURES}: the ones that show a finding"


def figure_image(notebook: Notebook) -> Problems:
    """Each figure has its picture: nbval compares the text beside it and not the picture."""
    for cell in notebook.code:
        for index in _figures(cell):
            problem = _broken(cell.outputs[index])
            if problem:
                yield cell.number, problem, "execute the notebook again and commit its outputs"


def _broken(output: Output) -> str | None:
    if "image/svg+xml" in output.data:
        return None if "<svg" in output.data["image/svg+xml"] else "the vector picture is empty"
    try:
        picture = base64.b64decode(output.data.get("image/png", ""), validate=False)
    except binascii.Error:
        return "the picture is not readable"
    if not picture:
        return "a figure has no picture"
    if not picture.startswith(b"\x89PNG\r\n\x1a\n") or not picture.rstrip().endswith(b"IEND\xaeB`\x82"):
        return "the picture is cut off or no PNG"
    return f"the picture has only {len(picture)} bytes" if len(picture) < SMALLEST_BYTES else None


def figure_reading(notebook: Notebook) -> Problems:
    """Below each figure, in its cell's output or in the next cell, a line says what it shows."""
    for cell in notebook.code:
        for index in _figures(cell):
            rest = cell.outputs[index + 1 :]
            if not any(_reads(output) for output in rest) and not _next_reads(notebook.cell(cell.number + 1)):
                remedy = "print its reading below it, made from the same numbers"
                yield cell.number, "no line below the figure says what it shows", remedy


def _reads(output: Output) -> bool:
    return not output.is_figure and any(text.strip() for text in output.texts)


def _next_reads(cell: Cell | None) -> bool:
    if cell is None:
        return False
    if cell.is_markdown:
        return bool(cell.lines) and not cell.lines[0].startswith("#")
    return bool(cell.outputs) and _reads(cell.outputs[0])
