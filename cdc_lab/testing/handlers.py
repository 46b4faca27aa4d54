"""Handlers behind a stream, in a user's own tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cdc_lab.emulator.lambda_.functions import Handler
from cdc_lab.errors import ForeignClientError, LabError
from cdc_lab.testing.events import Item

if TYPE_CHECKING:
    from cdc_lab.emulator.faults import Faults
    from cdc_lab.lab import Lab
    from cdc_lab.trace import Trace


def run_handler(
    lab: Lab,
    handler: Handler | str,
    table: Any,
    changes: Iterable[Item | Callable[[Any], object]],
    *,
    faults: Faults | None = None,
    function: Mapping[str, Any] | None = None,
    **mapping: Any,
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
    function : mapping, optional
        Parameters of ``lab.create_function``: ``name`` ("handler"), ``timeout``, ``environment``, ...
    **mapping
        Parameters of CreateEventSourceMapping: ``BatchSize=5``. It starts at TRIM_HORIZON unless told
        otherwise, and retries for a day as AWS does (C20).

    Returns
    -------
    Trace
        What happened in the run. Records that were given up stand in its ``failures``.

    Raises
    ------
    LabError
        When the handler met one: most often it holds a client that was made before the lab was opened.
    """
    lab.attach(handler, table, **{"name": "handler", **(function or {})}, **mapping)
    for change in changes:
        if callable(change):
            change(table)
        else:
            table.put_item(Item=dict(change))
    try:
        trace = lab.run(faults=faults)
    except ForeignClientError as error:
        raise LabError(
            f"{error}. In a test: say where the handler is, run_handler(lab, 'module.function', ...), and it "
            "is imported in the lab"
        ) from None
    _refuse_errors_of_the_lab(trace)
    return trace


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
