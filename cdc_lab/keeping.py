"""Files that somebody may have typed into: a copy is kept, and a write is whole or not at all."""

from __future__ import annotations

import os
import tempfile
from itertools import count
from pathlib import Path


def keep(path: Path) -> Path:
    """Copy a file to the first free one of ``NAME.mine.ipynb``, ``NAME.mine-2.ipynb``, ...; return which."""
    return put_beside(path, path.read_bytes(), "mine")


def put_beside(path: Path, content: bytes, word: str) -> Path:
    """Write `content` to the first free one of ``NAME.word.ipynb``, ``NAME.word-2.ipynb``, ...; say which."""
    for number in count(1):
        beside = path.with_name(f"{path.stem}.{word}{'' if number == 1 else f'-{number}'}{path.suffix}")
        try:
            with beside.open("xb") as file:
                file.write(content)
        except FileExistsError:
            continue
        return beside
    raise AssertionError("a number is always free")


def replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: an interrupt leaves the one that was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as draft:
        try:
            draft.write(content)
            draft.close()
            if path.exists():
                os.chmod(draft.name, path.stat().st_mode)
            os.replace(draft.name, path)
        except BaseException:
            draft.close()
            Path(draft.name).unlink(missing_ok=True)
            raise
