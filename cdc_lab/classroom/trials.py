"""One handler after the other, tried on the same changes in one lab, and what a board then counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cdc_lab.emulator.faults import Faults

if TYPE_CHECKING:
    import pandas as pd

    from cdc_lab.classroom.flight_changes import FlightChange
    from cdc_lab.lab import Lab


class Trials:
    """A board that counts flights by airport, and a fresh stream for each handler that is tried on it.

    Clients that a handler made at module level stay valid, because the lab stays open from trial to trial.

    Parameters
    ----------
    lab : Lab
        It gets the tables ``board`` (partition key ``origin``) and ``processed`` (partition key ``event_id``,
        time to live on ``expires_at``).

    Attributes
    ----------
    board, processed : boto3 Table
        Emptied before each trial.
    trace : Trace or None
        What happened in the last trial.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._number = 0
        self.board = lab.create_table("board", "origin", stream_view_type=None)
        self.processed = lab.create_table(
            "processed", "event_id", stream_view_type=None, ttl_attribute="expires_at"
        )
        self.trace: Any = None

    def deliver(
        self,
        handler: Callable[..., Any],
        changes: Sequence[FlightChange],
        faults: Faults | None = None,
        *,
        until: timedelta | None = None,
        **options: Any,
    ) -> int:
        """Write changes to a new table, let a handler process its stream, and count the board's flights.

        Parameters
        ----------
        handler : callable
        changes : sequence of FlightChange
        faults : Faults, optional
        until : timedelta, optional
            How much lab time passes; by default as much as it takes until nothing is left to deliver.
        **options
            As for ``lab.attach``. Batches have five records unless told otherwise, failed records may be
            reported, and retries go on until the record expires (C20).

        Returns
        -------
        int
            Flights on the board, over all airports.
        """
        self._number += 1
        for table in (self.board, self.processed):
            _empty(table)
        flights = self._lab.create_table(f"flights-{self._number}", "flight_id")
        for change in changes:
            change.write(flights)
        settings = {"BatchSize": 5, "FunctionResponseTypes": ["ReportBatchItemFailures"], **options}
        mapping = self._lab.attach(handler, flights, name=f"counter-{self._number}", **settings)
        self.trace = self._lab.run(until=until, faults=faults)
        self._lab.client("lambda").delete_event_source_mapping(UUID=mapping["UUID"])
        return sum(self.counts().values())

    def counts(self) -> dict[str, int]:
        """Return the board: airport to flights."""
        rows = self.board.scan()["Items"]
        return {
            str(row["origin"]): int(row["flights"]) for row in sorted(rows, key=lambda row: row["origin"])
        }

    def crash_after_each_step(
        self, handler: Callable[..., Any], changes: Sequence[FlightChange], **options: Any
    ) -> pd.Series[Any]:
        """Count the board's flights once for each step after which the environment dies.

        Parameters
        ----------
        handler : callable
        changes : sequence of FlightChange
        **options
            As for `deliver`.

        Returns
        -------
        Series of Int64
            The count, by the step after which it died. A step is one call to AWS, and there are as many
            steps as a run without a crash makes.
        """
        import pandas as pd

        counts: dict[int, int] = {}
        while True:
            step = len(counts) + 1
            count = self.deliver(handler, changes, Faults(crash_after=step), **options)
            if not self.trace.invocations["error"].fillna("").str.contains("signal: killed").any():
                break  # the handler had finished before that step
            counts[step] = count
        return pd.Series(counts, index=pd.Index(list(counts), name="crash after call"), dtype="Int64")


def _empty(table: Any) -> None:
    names = [part["AttributeName"] for part in table.key_schema]
    for row in table.scan()["Items"]:
        table.delete_item(Key={name: row[name] for name in names})
