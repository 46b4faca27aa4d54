"""Which belief lies behind what differs: the first rule that fits names it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from boto3.dynamodb.types import Binary

from cdc_lab.classroom.exercises.diagnosis import of_a_refusal, of_the_run
from cdc_lab.classroom.exercises.exercise_1.judging import is_missing
from cdc_lab.classroom.exercises.exercise_1.table import SORT_KEY, Log, Rows
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.patterns import StreamRecord
from cdc_lab.patterns.deserializer import is_typed

_NOTHING = object()
_LATE = 3600.0
_SECONDS = 2.0  # between a delivery and what a handler takes for now


class _Case(NamedTuple):
    run: Run
    differences: Sequence[Difference]
    scenario: str

    @property
    def rows(self) -> Rows:
        log: Log = self.run.found
        return log.rows

    def of(self, *kinds: str) -> list[Difference]:
        return [difference for difference in self.differences if difference.kind in kinds]

    def record(self, difference: Difference) -> StreamRecord:
        return next(record for record in self.run.records if record.event_id == difference.event_id)


def diagnose(run: Run, differences: Sequence[Difference], scenario: str) -> MisconceptionId:
    """Return the id of the misconception."""
    case = _Case(run, differences, scenario)
    general = of_the_run(run, differences)
    if general:
        return general
    lost = [difference.event_id for difference in case.of("missing")]
    if of_refusal := of_a_refusal(run, lost):
        return of_refusal
    if (run.crashed or run.refused) and not case.of("twice", "order"):
        return "mark before effect"
    return _RULES[differences[0].kind](case)


def _twice(case: _Case) -> MisconceptionId:
    by_scenario = {
        "again": "memory too short",
        "cold start": "memory of the instance",
        "other borders": "batch as key",
    }
    return by_scenario.get(case.scenario, "row per delivery")


def _missing(case: _Case) -> MisconceptionId:
    missing = [case.record(difference) for difference in case.of("missing")]
    if _are_the_late_ones(missing, case.run):
        return "old by the clock"
    if all(record.event_name == "REMOVE" for record in missing):
        return "removes ignored"
    first = {call.event_ids[0] for call in case.run.calls if call.event_ids}
    if {str(row.get("event_id")) for row in case.rows} == first and not any(
        m.event_id in first for m in missing
    ):
        return "first record only"
    if case.scenario == "there and back" and all(_is_repeated(r, case.run.records) for r in missing):
        return "content as identity"
    if {record.event_id for record in missing} <= case.run.found.replaced:
        return (
            "key by the second"
            if all(_has_twin(r, case.run.records) for r in missing)
            else "rows overwritten"
        )
    return "lost"


def _are_the_late_ones(missing: Sequence[StreamRecord], run: Run) -> bool:
    """Whether those without a row came later after their change than any that has one."""
    lost = {record.event_id for record in missing}
    delay: dict[str, float] = {}
    for call in reversed(run.calls):
        delay |= {
            r.event_id: call.at - r.created_at.timestamp()
            for r in run.records
            if r.event_id in call.event_ids
        }
    kept = [seconds for event_id, seconds in delay.items() if event_id not in lost]
    least = min((delay[event_id] for event_id in lost if event_id in delay), default=0.0)
    return least > max(kept, default=_LATE)


def _has_twin(record: StreamRecord, records: Sequence[StreamRecord]) -> bool:
    return any(
        other.keys == record.keys and other.created_at == record.created_at and other is not record
        for other in records
    )


def _is_repeated(record: StreamRecord, records: Sequence[StreamRecord]) -> bool:
    """Whether another change made the same of the item."""
    return any(
        other.keys == record.keys and other.new_image == record.new_image and other is not record
        for other in records
    )


def _order(case: _Case) -> MisconceptionId:
    if case.scenario == "oldest last":
        return "order of arrival"
    keys = {str(row[SORT_KEY]): row for row in case.rows}
    numbers = {record.event_id: record.sequence_number for record in case.run.records}
    if all(numbers.get(str(row.get("event_id")), "?") in key for key, row in keys.items()):
        return "padded too short" if case.scenario == "long numbers" else "sequence numbers as strings"
    if all(str(row.get("event_id")) in key for key, row in keys.items()):
        return "order by event id"
    return "order lost"


def _who(case: _Case) -> MisconceptionId:
    return "expiry taken for a user" if case.of("who")[0].expected_value == "ttl" else "user taken for expiry"


def _when(case: _Case) -> MisconceptionId:
    difference = case.of("when")[0]
    got = difference.got_value
    try:
        moment = datetime.fromisoformat(got)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return "time without form"
    if moment.tzinfo is None:
        return "time without a zone"
    delivered = [call.at for call in case.run.calls if difference.event_id in call.event_ids]
    if any(abs(moment.timestamp() - at) < _SECONDS for at in delivered):
        return "processing time"
    return "wrong time"


def _is_later_state(case: _Case, difference: Difference) -> bool:
    """Whether an attribute has the value that a later change of the flight gave it."""
    got = difference.got_value
    if not isinstance(got, dict) or "new" not in got:
        return False
    record, name = case.record(difference), difference.what.rpartition(".")[2]
    own = (record.new_image or {}).get(name, _NOTHING)
    later = [r for r in case.run.records if r.keys == record.keys and r.sequence > record.sequence]
    return own != got["new"] and any((r.new_image or {}).get(name, _NOTHING) == got["new"] for r in later)


def _changes(case: _Case) -> MisconceptionId:
    differences = case.of("changes")
    if any(_is_later_state(case, difference) for difference in differences):
        return "later state"
    for difference in differences:
        name = _of_values(difference.expected_value, difference.got_value)
        if name:
            return name
    return "wrong diff"


def _of_values(wanted: Any, got: Any) -> MisconceptionId:
    if is_missing(wanted):
        unchanged = not isinstance(got, dict) or got.get("old") == got.get("new") or len(got) < 2
        return "whole image" if unchanged else ""
    sides = wanted.values()
    if is_missing(got) and len(wanted) > 1 and wanted["old"] == wanted["new"]:
        return "equal in Python alone"
    if any(_is_falsy(side) for side in sides) or (is_missing(got) and None in sides):
        return "empty taken for absent"
    if is_missing(got):
        return "names of one image" if len(wanted) == 1 else ""
    if not isinstance(got, dict):
        return ""
    if any(is_typed(side) for side in got.values()):
        return "type tags left"
    if got.keys() != wanted.keys():
        return "absent taken for null"
    for side, value in wanted.items():
        for kind, name in _TYPES.items():
            if isinstance(value, kind) and (type(got[side]) is not type(value) or got[side] != value):
                return name
    return ""


def _is_falsy(value: object) -> bool:
    return value is None or value is False or (isinstance(value, Decimal | str | list | dict) and not value)


_TYPES: dict[type, MisconceptionId] = {
    Decimal: "numbers rounded",
    Binary: "binary as text",
    set: "sets as lists",
    list: "numbers rounded",
}
_RULES: dict[str, Callable[[_Case], MisconceptionId]] = {
    "no event id": lambda case: "no event id",
    "unknown": lambda case: "rows without an event",
    "twice": _twice,
    "missing": _missing,
    "order": _order,
    "who": _who,
    "when": _when,
    "action": lambda case: "row's form",
    "flight_id": lambda case: "row's form",
    "changes form": lambda case: "row's form",
    "changes": _changes,
}
