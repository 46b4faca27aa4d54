"""What several exercises share: stories of refused calls, whole tables, and what Lambda gave up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.refused import ATTEMPTS
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.writes import KEY
from cdc_lab.emulator.refusals import Refusal
from cdc_lab.patterns import StreamRecord
from cdc_lab.patterns.deserializer import Item
from cdc_lab.patterns.pages import every_item

THROTTLED = Refusal("dynamodb", "", "ThrottlingException", times=ATTEMPTS)
"""A call is refused as often as boto3 sends it, and has done nothing."""
CONFLICT = Refusal("dynamodb", "", "TransactionConflictException")
"""A write of one item meets a transaction of somebody else's on it; boto3 does not try again (D35)."""
CANCELED = Refusal("dynamodb", "TransactWriteItems", "TransactionCanceledException")
"""The same for a transaction."""
LEFT = tuple(
    Refusal("dynamodb", "BatchWriteItem", "UnprocessedItems", items=items, skip=skip)
    for skip, items in enumerate((2, 1))
)
"""A batch is done in part, and so is what was left of it (D34)."""
ANSWER_LOST = Refusal("dynamodb", "", "InternalServerError", after=True)
"""A call is done and its answer lost: boto3 sends it again (D31)."""
REFUSED = Conditions(retries=10, timeout=30.0)
"""Conditions for stories of refused calls: nobody whose client tries less often needs more luck."""


def scanned(table: Any) -> list[Item]:
    """Every item of a table."""
    return list(every_item(table.scan))


def name(record: StreamRecord) -> str:
    """How a change of a flight is called in a table of differences."""
    return f"{record.event_name} {record.keys[KEY]} at {record.created_at:%H:%M:%S}"


def given_up(
    run: Run,
    name: Callable[[StreamRecord], str] = name,
    is_hopeless: Callable[[StreamRecord], bool] = lambda record: False,
) -> list[Difference]:
    """Records that Lambda gave up though they can be processed, and hopeless ones taken for done.

    Parameters
    ----------
    run : Run
    name : callable
        How a record is called.
    is_hopeless : callable
        Whether a record can never be processed, beside those that the run poisoned.
    """
    found = []
    for record in run.records:
        cannot_be_done = record.event_id in run.poisoned or is_hopeless(record)
        was_given_up = record.event_id in run.given_up
        if was_given_up and not cannot_be_done:
            got = "Lambda gave it up"
            found.append(Difference("given up", name(record), "is processed", got, record.event_id))
        # Where no function was called, nothing was taken for done: a shorter story may deliver nothing.
        elif cannot_be_done and not was_given_up and run.calls:
            wanted = "reported as failed until Lambda gives it up"
            found.append(Difference("swallowed", name(record), wanted, "reported as done", record.event_id))
    return found
