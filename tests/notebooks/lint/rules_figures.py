"""Figures: few, really there, and each read aloud below from the same numbers."""

from __future__ import annotations

import base64
import binascii

from tests.notebooks.lint.cells import (
    Node,
    Problems,
    at,
    code,
    is_code,
    is_figure,
    is_prose,
    lines,
    shown,
    texts,
)

FIGURES = 4
SMALLEST_BYTES = 2_000  # an empty figure of the default size has more


def _figures(cell: Node) -> list[int]:
    return [index for index, output in enumerate(cell.outputs) if is_figure(output)]


def figure_count(notebook: Node) -> Problems:
    """At most 4 figures."""
    count = sum(len(_figures(cell)) for _, cell in code(notebook))
    if count > FIGURES:
        yield 0, f"{count} figures", f"keep to {FIGURES}: the ones that show a finding"


def figure_image(notebook: Node) -> Problems:
    """Each figure has its picture: nbval compares the text beside it and not the picture."""
    for number, cell in code(notebook):
        for index in _figures(cell):
            problem = _broken(cell.outputs[index])
            if problem:
                yield number, problem, "execute the notebook again and commit its outputs"


def _broken(output: Node) -> str | None:
    data = shown(output)
    if "image/svg+xml" in data:
        return None if "<svg" in data["image/svg+xml"] else "the vector picture is empty"
    try:
        picture = base64.b64decode(data.get("image/png", ""), validate=False)
    except binascii.Error:
        return "the picture is not readable"
    if not picture:
        return "a figure has no picture"
    if not picture.startswith(b"\x89PNG\r\n\x1a\n") or not picture.rstrip().endswith(b"IEND\xaeB`\x82"):
        return "the picture is cut off or no PNG"
    return f"the picture has only {len(picture)} bytes" if len(picture) < SMALLEST_BYTES else None


def figure_text(notebook: Node) -> Problems:
    """Each picture says in its output's metadata what it shows, for those who cannot see it."""
    for number, cell in code(notebook):
        for index in _figures(cell):
            output = cell.outputs[index]
            about = output.get("metadata", {}).get("image/png", {})
            if "image/png" in output.get("data", {}) and not str(about.get("alt", "")).strip():
                remedy = "draw it with `cdc_lab.plots`, which makes its text from the same numbers"
                yield number, "the picture has no alternative text", remedy


def figure_reading(notebook: Node) -> Problems:
    """Below each figure, in its cell's output or in the next cell, a line says what it shows."""
    for number, cell in code(notebook):
        for index in _figures(cell):
            rest = cell.outputs[index + 1 :]
            if not any(_reads(output) for output in rest) and not _next_reads(at(notebook, number + 1)):
                remedy = "print its reading below it, made from the same numbers"
                yield number, "no line below the figure says what it shows", remedy


def _reads(output: Node) -> bool:
    return not is_figure(output) and any(text.strip() for text in texts(output))


def _next_reads(cell: Node | None) -> bool:
    if cell is not None and is_prose(cell):
        return bool(lines(cell)) and not lines(cell)[0].startswith("#")
    return cell is not None and is_code(cell) and bool(cell.outputs) and _reads(cell.outputs[0])
