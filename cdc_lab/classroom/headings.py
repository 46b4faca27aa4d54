"""Headings of markdown text, and the anchors that JupyterLab and nbconvert give them."""

from __future__ import annotations

import re
from typing import NamedTuple

_CODE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"\*\*|`|(?<!\w)[*_]|[*_](?!\w)")


class Heading(NamedTuple):
    """A heading: its level from 1, its text as it reads, and where in the text it starts."""

    level: int
    text: str
    at: int

    @property
    def anchor(self) -> str:
        """What a link to it carries after the ``#``: JupyterLab replaces the spaces and keeps the rest."""
        return self.text.replace(" ", "-")


def headings(markdown: str) -> list[Heading]:
    """Return the headings of a text in order; what stands in blocks of code is none."""
    prose = _CODE.sub(lambda block: " " * len(block.group()), markdown)
    return [Heading(len(found[1]), _reads(found[2]), found.start()) for found in _HEADING.finditer(prose)]


def _reads(text: str) -> str:
    """Heading text without its markdown."""
    return _MARKS.sub("", _LINK.sub(r"\1", text))
