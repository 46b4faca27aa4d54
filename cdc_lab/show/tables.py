"""Small tables for notebooks: plain text and HTML from the same rows, columns in a fixed order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

if TYPE_CHECKING:
    from cdc_lab.patterns import StreamRecord

ROWS_SHOWN = 20
CHANGE_SHOWN = 60  # characters


class Table:
    """Rows under named columns.

    Parameters
    ----------
    columns : sequence of str
        Headings, in the order of the cells.
    rows : iterable of sequences
        One cell for each column; None shows as an empty cell. Numbers are set to the right.
    caption : str
        One line above the table.
    limit : int
        How many rows are shown; what is left is counted in a last line.
    """

    def __init__(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[object]],
        caption: str = "",
        limit: int = ROWS_SHOWN,
    ) -> None:
        self.columns = list(columns)
        self.rows = [list(row) for row in rows]
        self.caption = caption
        self.limit = limit
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"a row of {len(row)} cells does not fit the columns {self.columns}: {row}")

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        cells = [[_text(cell) for cell in row] for row in self.rows[: self.limit]]
        widths = [max(map(len, column)) for column in zip(self.columns, *cells, strict=True)]
        right = self._numeric()
        lines = [
            "  ".join(
                cell.rjust(width) if numeric else cell.ljust(width)
                for cell, width, numeric in zip(row, widths, right, strict=True)
            ).rstrip()
            for row in [self.columns, *cells]
        ]
        return "\n".join([*([self.caption] if self.caption else []), *lines, *self._rest()])

    def _repr_html_(self) -> str:
        aligned = ["text-align:right" if numeric else "text-align:left" for numeric in self._numeric()]
        head = _html_row("th", self.columns, aligned)
        body = "".join(_html_row("td", map(_text, row), aligned) for row in self.rows[: self.limit])
        caption = f"<caption>{escape(self.caption)}</caption>" if self.caption else ""
        rest = "".join(f"<p>{escape(line)}</p>" for line in self._rest())
        return f"<table>{caption}<thead>{head}</thead><tbody>{body}</tbody></table>{rest}"

    def _numeric(self) -> list[bool]:
        return [
            any(isinstance(row[index], int | float) for row in self.rows)
            and all(row[index] is None or isinstance(row[index], int | float) for row in self.rows)
            for index in range(len(self.columns))
        ]

    def _rest(self) -> list[str]:
        left = len(self.rows) - self.limit
        return [f"... and {left:,} more"] if left > 0 else []


class RecordTable(list["StreamRecord"]):
    """A list of stream records that a notebook shows as a table.

    A list in every way: it is indexed, sliced, sorted and compared like one.
    """

    COLUMNS = ("event", "keys", "change", "created (UTC)", "bytes", "sequence number")

    def table(self, caption: str = "") -> Table:
        """Make the table of the records, in the order of the list."""
        return Table(self.COLUMNS, map(_record_row, self), caption or counted(len(self), "record"))

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> StreamRecord: ...
    @overload
    def __getitem__(self, index: slice, /) -> RecordTable: ...
    def __getitem__(self, index: SupportsIndex | slice, /) -> StreamRecord | RecordTable:
        found = super().__getitem__(index)
        return RecordTable(found) if isinstance(found, list) else found


def counted(number: int, noun: str) -> str:
    """Write ``1 record``, ``2 records``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def change_text(record: StreamRecord) -> str:
    """Write what a record tells of its item in one short line, as far as its view type tells it.

    ``delay: 5 → 20, + gate=B4, - note`` where both images are there; the attributes of the one image
    otherwise; nothing for keys only.
    """
    from cdc_lab.patterns.changes import diff
    from cdc_lab.patterns.display import as_text

    old, new = (
        {name: value for name, value in (image or {}).items() if name not in record.keys}
        for image in (record.old_image, record.new_image)
    )
    if record.has_new_images and record.has_old_images:
        signs = {"added": "+ {0}={2}", "removed": "- {0}", "changed": "{0}: {1} → {2}"}
        parts = [
            signs[change.kind].format(name, as_text(change.old), as_text(change.new))
            for name, change in diff(old, new).items()
        ]
    else:
        word, image = ("new", new) if record.new_image else ("old", old)
        parts = [f"{name}={as_text(image[name])}" for name in sorted(image)]
        parts[:1] = [f"{word}: {parts[0]}"] if parts else []
    text = ", ".join(parts)
    return text if len(text) <= CHANGE_SHOWN else text[: CHANGE_SHOWN - 1] + "…"


def _record_row(record: StreamRecord) -> list[object]:
    from cdc_lab.patterns.display import key_text

    return [
        f"{record.event_name} (TTL)" if record.is_ttl_delete else record.event_name,
        key_text(record.keys),
        change_text(record),
        f"{record.created_at:%Y-%m-%d %H:%M:%S}",
        record.size_bytes,
        record.sequence_number,
    ]


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)


def _html_row(tag: str, cells: Iterable[str], styles: Iterable[str]) -> str:
    columns = zip(cells, styles, strict=True)
    inner = (f'<{tag} style="{style}">{escape(cell)}</{tag}>' for cell, style in columns)
    return f"<tr>{''.join(inner)}</tr>"
