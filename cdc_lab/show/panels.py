"""How the classroom speaks: one display output in a notebook, plain text elsewhere, errors in one line."""

from __future__ import annotations

import re
import sys
from html import escape

from cdc_lab.errors import LabError

_CODE = re.compile(r"`([^`]+)`")


class ClassroomError(LabError):
    """Something that the reader or a lesson's author can mend; a notebook shows it in one line."""


class Panel:
    """A short text with a coloured edge, as plain text and as HTML.

    Parameters
    ----------
    text : str
        The plain-text form.
    html : str
        The inner HTML, escaped already (see `inline`).
    edge : str
        CSS colour of the edge. Never the only sign: the text says the same.
    """

    def __init__(self, text: str, html: str, edge: str = "#56B4E9") -> None:
        self.text = text
        self.html = html
        self.edge = edge

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return (
            f'<div style="border-left:4px solid {self.edge};padding:2px 12px;margin:4px 0">{self.html}</div>'
        )


def show(panel: Panel) -> None:
    """Display `panel` in a notebook, print its text anywhere else."""
    if in_notebook():
        from IPython.display import display

        display(panel)  # type: ignore[no-untyped-call]
    else:
        print(panel.text)


def in_notebook() -> bool:
    """Whether a shell is running that can display HTML; loads no IPython to find out."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


def inline(text: str) -> str:
    """`text` as HTML: escaped, with `backticks` as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text, quote=False))


def small(text: str) -> str:
    """`text` as small, faint HTML."""
    return f'<span style="font-size:85%;opacity:0.7">{inline(text)}</span>'


def listing(words: list[str], last: str = "or") -> str:
    """``a, b or c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
