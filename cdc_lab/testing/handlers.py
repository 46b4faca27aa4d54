"""Handlers behind a stream, in a user's own tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdc_lab.emulator.lambda_.functions import Handler
from cdc_lab.errors import LabError
from cdc_lab.testing.events import Item

if TYPE_CHECKING:
    from cdc_lab.emulator.faults import Faults
    from cdc_lab.emulator.latencies import Latencies
    from cdc_lab.lab import Lab
    from cdc_lab.trace import Trace


def run_handler(
    lab: Lab,
    handler: Handler | str,
    table: Any,
    changes: Iterable[Item | Callable[[Any], object]],
    *,
    faults: Faults | None = None,
    name: str = "handler",
    function: Mapping[str, Any] | None = None,
    timeout: float | None = None,
    memory_size: int | None = None,
    environment: Mapping[str, str] | None = None,
    cold_starts: float | None = None,
    reserved_concurrency: int | None = None,
    latencies: Latencies | None = None,
    watchdog_seconds: float | None = None,
    policy: Mapping[str, Any] | str | None = None,
    dead_letter: str | None = None,
    region: str | None = None,
    code_uri: str | Path | None = None,
    layers: Sequence[str | Path] = (),
    StartingPosition: str | None = None,
    StartingPositionTimestamp: datetime | None = None,
    BatchSize: int | None = None,
    MaximumBatchingWindowInSeconds: int | None = None,
    ParallelizationFactor: int | None = None,
    BisectBatchOnFunctionError: bool | None = None,
    MaximumRetryAttempts: int | None = None,
    MaximumRecordAgeInSeconds: int | None = None,
    DestinationConfig: Mapping[str, Any] | None = None,
    FunctionResponseTypes: Sequence[str] | None = None,
    FilterCriteria: Mapping[str, Any] | None = None,
    TumblingWindowInSeconds: int | None = None,
    MetricsConfig: Mapping[str, Any] | None = None,
    ScalingConfig: Mapping[str, Any] | None = None,
    Enabled: bool | None = None,
    **options: Any,
) -> Trace:
    """Put a handler behind a table's stream, make changes, and run until nothing is left to deliver.

    Parameters
    ----------
    lab : Lab
    handler : callable or str
        ``handler(event, context)``; or where it is, for :func:`import_handler`.
    table : boto3 Table
        With a stream.
    changes : iterable
        Items to put, or callables that are given the table, for every other call:
        ``lambda orders: orders.delete_item(Key={"order_id": "o1"})``.
    faults : Faults, optional
        What goes wrong on the way.
    name : str
        Of the function.
    function : mapping, optional
        Options of the function as a dict, for those who have them as one.
    timeout, memory_size, environment, ..., code_uri, layers
        Of :meth:`cdc_lab.Lab.create_function`.
    BatchSize, MaximumRetryAttempts, ...
        Parameters of CreateEventSourceMapping. It starts at TRIM_HORIZON unless told otherwise, and retries
        for a day as AWS does (C20).
    **options
        The parameters of CreateEventSourceMapping that only other sources than streams have.

    Returns
    -------
    Trace
        What happened in the run. Records that were given up stand in its ``failures``.

    Raises
    ------
    LabError
        When the handler met one.
    """
    given = {option: value for option, value in locals().items() if option not in _OWN and value is not None}
    lab.attach(handler, table, **{"name": name, **given, **(function or {})}, **options)
    if isinstance(changes, Mapping) or not isinstance(changes, Iterable):
        raise LabError(
            f"changes={changes!r}: give a list of items and functions, such as [{{'order_id': 'o1'}}]"
        )
    for change in changes:
        if callable(change):
            change(table)
        elif not isinstance(change, Mapping):
            raise LabError(f"change {change!r} is neither an item, as a dict, nor a function of the table")
        else:
            table.put_item(Item=dict(change))
    trace = lab.run(faults=faults)
    _refuse_errors_of_the_lab(trace)
    return trace


_OWN = ("lab", "handler", "table", "changes", "faults", "name", "function", "options")


def _refuse_errors_of_the_lab(trace: Trace) -> None:
    # Lambda would go on retrying for a day, and so did the lab: the test would fail for a reason of its own.
    met = next((error for error in trace.rows.invocations["error"] if error.startswith("LabError: ")), None)
    if met is not None:
        raise LabError(f"the handler met an error of the lab's: {met.removeprefix('LabError: ')}")


def given_up(trace: Trace) -> list[str]:
    """The keys of the records that Lambda gave up and an on-failure destination took.

    Parameters
    ----------
    trace : Trace
        ``lab.trace``, or what a run returned.

    Returns
    -------
    list of str
        As ``trace.records`` has them, ``"order_id=o1"``: each record once, in the order of the stream.

    Examples
    --------
    ``assert counted + len(given_up(lab.trace)) == 20``
    """
    taken = [row for row in trace.rows.failures if row.delivered]
    return [
        record.keys
        for record in trace.rows.records
        if any(
            row.shard_id == record.shard_id
            and int(row.start_sequence_number) <= int(record.sequence_number) <= int(row.end_sequence_number)
            for row in taken
        )
    ]
