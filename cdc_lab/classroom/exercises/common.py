"""What the checks of several exercises look at: whole tables, and what Lambda gave up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.patterns import StreamRecord


def scanned(table: Any) -> list[dict[str, Any]]:
    """Every item of a table, page by page."""
    page = table.scan()
    items: list[dict[str, Any]] = page["Items"]
    while "LastEvaluatedKey" in page:
        page = table.scan(ExclusiveStartKey=page["LastEvaluatedKey"])
        items += page["Items"]
    return items


def given_up(run: Run, name: Callable[[StreamRecord], str]) -> Iterator[Difference]:
    """Records that Lambda gave up though they can be read, and unreadable ones that it was told are done."""
    for record in run.records:
        is_poison, was_given_up = record.event_id in run.poisoned, record.event_id in run.given_up
        if was_given_up and not is_poison:
            yield Difference("given up", name(record), "is processed", "Lambda gave it up", record.event_id)
        elif is_poison and not was_given_up:
            wanted = "reported as failed until Lambda gives it up"
            yield Difference("swallowed", name(record), wanted, "reported as done", record.event_id)
