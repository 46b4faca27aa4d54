"""Makes small notebooks for tests: a lesson that keeps every rule, and plain ones to execute."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from pathlib import Path
from typing import Any

Raw = dict[str, Any]

HEADER = """# 09. A lesson that keeps the rules

You see one change travel from the write to the handler.

| | |
|---|---|
| Time | 20 minutes |
| Before this | lesson 08 |
| Needs | no AWS account, no network |
| Next | lesson 10 |"""
OBJECTIVES = """In this lesson you

- **write** an item and find its record;
- read a batch as a handler does;
- count what was delivered."""
PROSE = " ".join(["Streams carry each change once and in order for a key (A1)."] * 7)
RECAP = "You can now write an item, read a batch and count deliveries.\n\nWhat happens when a handler fails?"


def png(width: int = 40, height: int = 30) -> str:
    """Return a picture that does not compress away, in base64."""
    pixels = bytes((x * 73 + y * 151 + x * y) % 256 for y in range(height) for x in range(width * 3))
    rows = b"".join(b"\0" + pixels[y * width * 3 : (y + 1) * width * 3] for y in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [
        b"\x89PNG\r\n\x1a\n",
        chunk(b"IHDR", head),
        chunk(b"IDAT", zlib.compress(rows, 0)),
        chunk(b"IEND", b""),
    ]
    return base64.b64encode(b"".join(parts)).decode()


def markdown(text: str) -> Raw:
    """Return a markdown cell."""
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def code(text: str, *outputs: Raw, tags: tuple[str, ...] = ()) -> Raw:
    """Return a code cell."""
    metadata: Raw = {"tags": list(tags)} if tags else {}
    return {"cell_type": "code", "metadata": metadata, "source": text, "outputs": list(outputs)}


def stream(text: str, name: str = "stdout") -> Raw:
    """Return printed text as an output."""
    return {"output_type": "stream", "name": name, "text": text}


def shown(text: str, **more: str) -> Raw:
    """Return a shown value as an output."""
    return {"output_type": "display_data", "metadata": {}, "data": {"text/plain": text, **more}}


def figure() -> Raw:
    """Return a figure as an output."""
    made = shown("<Figure size 640x480 with 1 Axes>", **{"image/png": png()})
    return {**made, "metadata": {"image/png": {"alt": "The line rises."}}}


def good_cells() -> list[Raw]:
    """Return the cells of a lesson that keeps every rule: 29 of them."""
    cells = [
        markdown(HEADER),
        markdown(OBJECTIVES),
        code("seed = 7", tags=("parameters",)),
        code(
            "from cdc_lab import Lab\nfrom cdc_lab.classroom import predict, reveal\n\nlab = Lab(seed=seed)"
        ),
    ]
    for number in (1, 2, 3):
        cells += [
            markdown(f"## Section {number}\n\n{PROSE}"),
            code(f'predict("q{number}")', stream("no answer yet\n")),
            markdown(PROSE),
            code(f"count = {number}\ncount", shown(str(number))),
            code(f'reveal("q{number}", count)', stream(f"the lab says {number}\n")),
            markdown(PROSE),
            code("draw()", figure(), stream("The line rises to 3 records.\n")) if number == 1 else code("1"),
            code(f"checkpoint({number})", stream("checkpoint: holds\n")),
        ]
    cells.append(markdown(RECAP))
    return cells


def notebook(cells: list[Raw], **metadata: Any) -> Raw:
    """Return a notebook of these cells, numbered as if executed once, from top to bottom."""
    count = 0
    for index, cell in enumerate(cells):
        cell.setdefault("id", f"cell-{index + 1}")
        if cell["cell_type"] == "code" and "execution_count" not in cell:
            count += 1
            cell["execution_count"] = count
    spec = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": spec, **metadata}, "nbformat": 4, "nbformat_minor": 5}


def save(raw: Raw, path: Path) -> Path:
    """Write a notebook's file and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(raw, indent=1), "utf-8")
    return path
