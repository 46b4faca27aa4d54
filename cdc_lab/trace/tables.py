"""The tables of a trace as lists of typed rows: what a trace gives where pandas is not installed.

The fields of a row's class are the columns of its table, in their order; their types are the columns' types.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Generic, NamedTuple, SupportsIndex, TypeVar, get_type_hints, overload

from cdc_lab.errors import LabError

Columns = Mapping[str, Sequence[Any]]
"""Values by column, as the emulator notes them: times are epoch seconds of lab time."""


class StreamRecordRow(NamedTuple):
    """A row of :attr:`cdc_lab.trace.Trace.records`."""

    written_at: datetime
    table: str
    shard_id: str
    sequence_number: str
    event_id: str
    event_name: str
    keys: str
    size_bytes: int


class Invocation(NamedTuple):
    """A row of :attr:`cdc_lab.trace.Trace.invocations`."""

    invocation: int
    request_id: str
    function: str
    mapping: str
    shard_id: str
    lane: int
    batch: int
    attempt: int
    started_at: datetime
    ended_at: datetime
    duration_ms: float
    records: int
    first_sequence_number: str
    last_sequence_number: str
    outcome: str
    error: str
    checkpoint: str
    iterator_age_ms: float
    cold_start: bool


class Delivery(NamedTuple):
    """A row of :attr:`cdc_lab.trace.Trace.deliveries`."""

    invocation: int
    function: str
    mapping: str
    shard_id: str
    lane: int
    position: int
    event_id: str
    event_name: str
    sequence_number: str
    keys: str
    written_at: datetime
    delivered_at: datetime
    delivery: int
    outcome: str


class Failure(NamedTuple):
    """A row of :attr:`cdc_lab.trace.Trace.failures`."""

    at: datetime
    function: str
    mapping: str
    condition: str
    shard_id: str
    start_sequence_number: str
    end_sequence_number: str
    records: int
    invoke_count: int
    destination: str
    delivered: bool


class Call(NamedTuple):
    """A row of :attr:`cdc_lab.trace.Trace.calls`."""

    at: datetime
    function: str
    request_id: str
    service: str
    operation: str
    attempt: int
    outcome: str
    took_ms: float


class Unfollowed(NamedTuple):
    """A row of :attr:`cdc_lab.trace.Trace.unfollowed`."""

    at: datetime
    function: str
    request_id: str
    kind: str
    target: str


class Conflict(NamedTuple):
    """A row of :attr:`cdc_lab.trace.Trace.conflicts`."""

    at: datetime
    table: str
    keys: str


class LogLine(NamedTuple):
    """A row of :attr:`cdc_lab.trace.Trace.logs`."""

    at: datetime
    function: str
    request_id: str
    line: str


class LogEventLine(NamedTuple):
    """A row of :attr:`cdc_lab.trace.Trace.log_events`."""

    at: datetime
    function: str
    request_id: str
    log_stream: str
    kind: str
    line: str


class Metric(NamedTuple):
    """A row of :meth:`cdc_lab.trace.Trace.metrics`."""

    metric: str
    function: str
    mapping: str
    timestamp: datetime
    unit: str
    sum: float
    average: float
    minimum: float
    maximum: float
    sample_count: int


R = TypeVar("R", bound=tuple[Any, ...])


class Rows(list[R], Generic[R]):
    """A list of rows that are alike.

    What a frame of pandas has in common with it works in both: ``rows["outcome"]`` is a column,
    ``rows[["attempt", "outcome"]]`` a choice of columns, ``rows.empty``, ``rows.columns``, ``len(rows)``, and
    ``for row in rows.itertuples()``.

    Parameters
    ----------
    kind : type
        The class of the rows, a named tuple.
    rows : iterable
    """

    def __init__(self, kind: type[R], rows: Iterable[R] = ()) -> None:
        super().__init__(rows)
        self._kind: Any = kind

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self._kind._fields)

    @property
    def empty(self) -> bool:
        """Whether there is no row."""
        return not self

    def itertuples(self) -> Iterator[R]:
        """Each row in turn."""
        return iter(self)

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> R: ...
    @overload
    def __getitem__(self, index: slice, /) -> Rows[R]: ...
    @overload
    def __getitem__(self, index: str, /) -> list[Any]: ...
    @overload
    def __getitem__(self, index: list[str], /) -> Rows[Any]: ...
    def __getitem__(self, index: SupportsIndex | slice | str | list[str], /) -> Any:
        if isinstance(index, str):
            place = self._place(index)
            return [row[place] for row in self]
        if isinstance(index, list):
            places = [self._place(name) for name in index]
            kind: Any = namedtuple(self._kind.__name__, index)  # type: ignore[misc]
            return Rows(kind, (kind._make(row[place] for place in places) for row in self))
        found = super().__getitem__(index)
        return Rows(self._kind, found) if isinstance(index, slice) else found

    def _place(self, name: str) -> int:
        if name not in self._kind._fields:
            raise LabError(f"no column {name!r}: there are {', '.join(self._kind._fields)}")
        place: int = self._kind._fields.index(name)
        return place

    def __repr__(self) -> str:
        shown = [self.columns, *([_text(value) for value in row] for row in self[:_SHOWN])]
        widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in shown
        ]
        rest = [f"... and {len(self) - _SHOWN} rows more"] if len(self) > _SHOWN else []
        return "\n".join([*lines, *rest])


_SHOWN = 60


def _text(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else str(value)


@cache
def kinds(row: Any) -> dict[str, type[Any]]:
    """Return the types of a table's columns by their names."""
    return get_type_hints(row)


def as_rows(kind: type[R], columns: Columns) -> Rows[R]:
    """Make a table from its columns."""
    values = [
        list(map(moment, columns[name])) if of is datetime else columns[name]
        for name, of in kinds(kind).items()
    ]
    make: Any = kind
    return Rows(kind, map(make._make, zip(*values, strict=True)))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(seconds: float) -> datetime:
    """Return a time that the emulator noted, to the microsecond."""
    return _EPOCH + timedelta(microseconds=round(seconds * 1e6))


KINDS: dict[str, Any] = {
    "records": StreamRecordRow,
    "invocations": Invocation,
    "deliveries": Delivery,
    "failures": Failure,
    "calls": Call,
    "unfollowed": Unfollowed,
    "conflicts": Conflict,
    "logs": LogLine,
    "log_events": LogEventLine,
    "metrics": Metric,
}
"""The class of each table's rows."""


class TraceRows:
    """The tables of a trace as lists of typed rows, whether pandas is installed or not.

    Parameters
    ----------
    columns : callable
        Gives a table's columns by its name.
    """

    def __init__(self, columns: Callable[[str], Columns]) -> None:
        self._columns = columns

    def __repr__(self) -> str:
        return f"<TraceRows: {', '.join(KINDS)}>"

    def _rows(self, table: str) -> Any:
        return as_rows(KINDS[table], self._columns(table))

    @property
    def records(self) -> Rows[StreamRecordRow]:
        """See :attr:`cdc_lab.trace.Trace.records`."""
        rows: Rows[StreamRecordRow] = self._rows("records")
        return rows

    @property
    def invocations(self) -> Rows[Invocation]:
        """See :attr:`cdc_lab.trace.Trace.invocations`."""
        rows: Rows[Invocation] = self._rows("invocations")
        return rows

    @property
    def deliveries(self) -> Rows[Delivery]:
        """See :attr:`cdc_lab.trace.Trace.deliveries`."""
        rows: Rows[Delivery] = self._rows("deliveries")
        return rows

    @property
    def failures(self) -> Rows[Failure]:
        """See :attr:`cdc_lab.trace.Trace.failures`."""
        rows: Rows[Failure] = self._rows("failures")
        return rows

    @property
    def calls(self) -> Rows[Call]:
        """See :attr:`cdc_lab.trace.Trace.calls`."""
        rows: Rows[Call] = self._rows("calls")
        return rows

    @property
    def unfollowed(self) -> Rows[Unfollowed]:
        """See :attr:`cdc_lab.trace.Trace.unfollowed`."""
        rows: Rows[Unfollowed] = self._rows("unfollowed")
        return rows

    @property
    def conflicts(self) -> Rows[Conflict]:
        """See :attr:`cdc_lab.trace.Trace.conflicts`."""
        rows: Rows[Conflict] = self._rows("conflicts")
        return rows

    @property
    def logs(self) -> Rows[LogLine]:
        """See :attr:`cdc_lab.trace.Trace.logs`."""
        rows: Rows[LogLine] = self._rows("logs")
        return rows

    @property
    def log_events(self) -> Rows[LogEventLine]:
        """See :attr:`cdc_lab.trace.Trace.log_events`."""
        rows: Rows[LogEventLine] = self._rows("log_events")
        return rows

    @property
    def metrics(self) -> Rows[Metric]:
        """See :meth:`cdc_lab.trace.Trace.metrics`."""
        rows: Rows[Metric] = self._rows("metrics")
        return rows
