"""What the drills share in which a handler is mended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.writes import KEY, Write
from cdc_lab.patterns import StreamRecord


def given_up(run: Run) -> list[Difference]:
    """Good records that Lambda gave up, and bad ones that were taken for done."""
    found = []
    for record in run.records:
        is_bad, was_given_up = record.event_id in run.poisoned, record.event_id in run.given_up
        if was_given_up and not is_bad:
            found.append(Difference("given up", name(record), "is processed", "Lambda gave it up"))
        elif is_bad and not was_given_up:
            wanted = "reported as failed until Lambda gives it up"
            found.append(Difference("swallowed", name(record), wanted, "reported as done"))
    return found


def name(record: StreamRecord) -> str:
    """How a change is called in a table of differences."""
    return f"{record.event_name} {record.keys[KEY]} at {record.created_at:%H:%M:%S}"


def moments(writes: Iterable[Write], seconds: float) -> list[Write]:
    """The writes, with so many seconds before each."""
    return [replace(write, after=seconds) for write in writes]
