"""A backlog that a function has to work off, and how long it takes to catch up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from cdc_lab.classroom.flight_changes import FlightChange
    from cdc_lab.lab import Lab
    from cdc_lab.trace import Trace

BETWEEN_CHANGES = timedelta(seconds=0.25)
AFTERWARDS = timedelta(minutes=10)
_YOUNG = 1000  # milliseconds; a batch whose last record is no older was sent as soon as it was there


def drain(lab: Lab, handler: Callable[..., Any], changes: Sequence[FlightChange], **options: Any) -> Trace:
    """Write four changes a second, attach a function after the first half of them, and run for ten minutes.

    So half of the changes wait when the function begins, and the other half comes while it works.

    Parameters
    ----------
    lab : Lab
        A fresh one, for runs that are compared.
    handler : callable
    changes : sequence of FlightChange
        Their own times do not matter here.
    **options
        As for ``lab.attach``: ``timeout``, ``BatchSize``, ... Failed records may be
        reported unless told otherwise.

    Returns
    -------
    Trace
        Of the whole lab.
    """
    flights = lab.create_table("flights", "flight_id")
    settings = {"FunctionResponseTypes": ["ReportBatchItemFailures"], **options}
    for number, change in enumerate(changes):
        if number == len(changes) // 2:
            lab.attach(handler, flights, **settings)
        change.write(flights)
        lab.clock.advance(BETWEEN_CHANGES)
    lab.run(until=AFTERWARDS)
    return lab.trace


def done(trace: Trace) -> int:
    """Count the deliveries of records that succeeded."""
    return int((trace.deliveries["outcome"] == "success").sum())


def seconds_behind(trace: Trace) -> float | None:
    """Return after how many seconds the function had caught up; None when it never did.

    From then on no batch was sent whose last record was older than a second.
    """
    calls = trace.invocations.dropna(subset=["iterator_age_ms"])
    late = calls["iterator_age_ms"] > _YOUNG
    young = calls.loc[calls["started_at"] > calls.loc[late, "started_at"].max(), "started_at"]
    if young.empty:
        return None
    return round(float((young.min() - calls["started_at"].min()).total_seconds()), 1)


def side_by_side(traces: dict[str, Trace]) -> pd.DataFrame:
    """Return the invocations of several runs in one frame, each run as a function of its own name."""
    import pandas as pd

    return pd.concat([trace.invocations.assign(function=name) for name, trace in traces.items()])
