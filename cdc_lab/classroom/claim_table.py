"""How claims are shown: plain text and HTML from the same rows."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

WIDTH = 100
JUDGED = "*"


class ClaimRow(NamedTuple):
    """One fact and its places, each as (label, link, whether a prediction is judged there)."""

    id: str
    claim: str
    grade: str
    source: str
    address: str
    places: Sequence[tuple[str, str, bool]]


class ClaimTable:
    """Facts with claim, grade, source and the sections that meet them.

    Parameters
    ----------
    rows : iterable of ClaimRow
    """

    def __init__(self, rows: Iterable[ClaimRow]) -> None:
        self.rows = list(rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return "\n".join(line for row in self.rows for line in _lines(row))

    def _repr_html_(self) -> str:
        left = 'style="text-align:left;vertical-align:top"'
        head = "".join(
            f"<th {left}>{name}</th>" for name in ("", "claim", "grade and source", "lesson, section")
        )
        body = "".join(
            f"<tr><td {left}>{_anchor(row)}</td><td {left}>{escape(row.claim)}</td>"
            f"<td {left}>{escape(row.grade)}: {_source(row)}</td><td {left}>{_links(row)}</td></tr>"
            for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _lines(row: ClaimRow) -> list[str]:
    places = "; ".join(f"{label}{JUDGED if judged else ''}" for label, _, judged in row.places)
    parts = [row.claim, f"{row.grade}: {row.source}", places or "in no notebook"]
    lines = [line for part in parts for line in textwrap.wrap(part, WIDTH - 5)]
    return [f"{row.id if number == 0 else '':5}{line}" for number, line in enumerate(lines)]


def _anchor(row: ClaimRow) -> str:
    """The id as a place that links lead to: a page knows it by one attribute, JupyterLab by the other."""
    return f'<b id="{row.id}" data-jupyter-id="{row.id}">{row.id}</b>'


def _source(row: ClaimRow) -> str:
    return f'<a href="{escape(row.address)}">{escape(row.source)}</a>'


def _links(row: ClaimRow) -> str:
    if not row.places:
        return "in no notebook"
    return "<br>".join(
        f'<a href="{escape(link)}">{escape(label)}</a>{JUDGED if judged else ""}'
        for label, link, judged in row.places
    )
