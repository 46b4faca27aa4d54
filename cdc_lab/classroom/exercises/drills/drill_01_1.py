"""Spot the bug: a monitor that takes each write for a record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from cdc_lab.classroom.cases import Case
from cdc_lab.classroom.exercises.drills.spotting import Spot, State
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.patterns import StreamRecord


def prepare(lab: Any) -> Callable[[], State]:
    """Make the table of pulses."""
    pulses = lab.create_table("pulses", "flight_id", stream_view_type=None)
    return lambda: {f"pulses of {row['flight_id']}": int(row["seen"]) for row in pulses.scan()["Items"]}


def truth(case: Case, records: Sequence[StreamRecord]) -> State:
    """Count what was written."""
    written = Counter(write.flight_id for write in case.writes)
    return {f"pulses of {flight}": count for flight, count in written.items()}


def explain(case: Case, records: Sequence[StreamRecord]) -> MisconceptionId:
    """Every write left its record: what was thought to leave none, or two."""
    there: set[str] = set()
    for write in case.writes:
        if write.kind == "update" and write.flight_id not in there:
            return "an upsert is one insert"
        there.add(write.flight_id)
    if any(record.event_name == "REMOVE" for record in records):
        return "a delete is a record"
    moments = [(record.keys["flight_id"], record.created_at) for record in records]
    return (
        "seconds do not join records" if len(set(moments)) < len(moments) else "each write changed something"
    )


EXERCISE = Spot("drill_01_1", None, prepare, truth, explain).drill()
