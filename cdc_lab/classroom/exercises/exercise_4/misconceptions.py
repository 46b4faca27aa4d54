"""Which belief lies behind what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cdc_lab.classroom.exercises.diagnosis import identifiers, of_a_refusal, of_the_run
from cdc_lab.classroom.exercises.exercise_4.judging import expected_board
from cdc_lab.classroom.exercises.exercise_4.tables import Left
from cdc_lab.classroom.exercises.exercise_4.truth import COLUMNS, board_with, number
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.writes import EXPIRY
from cdc_lab.patterns import StreamRecord

_BY_SCENARIO = {
    "arrivals first": "order between tables",
    "duplicates": "counted per delivery",
    "other borders": "batch as key",
    "cold start": "memory of the instance",
    "at once": "lost update",
    "new view type": "a change without its old image",
}
_EXPIRIES: tuple[tuple[MisconceptionId, Callable[[StreamRecord], bool]], ...] = (
    ("removes ignored", lambda record: True),
    ("expiry taken for a user", lambda record: False),
    ("expiry guessed", lambda record: EXPIRY in (record.old_image or {})),
    ("expiry guessed", lambda record: (record.old_image or {}).get("status") == "departed"),
)
_OF_THE_INDEX = {"late record": "no version", "late after a delete": "no version after a delete"}
_PLAIN = {
    "left over": "removes ignored",
    "no event id": "no event id",
    "unknown": "rows without an event",
    "after": "another row than the record's",
}


def diagnose(run: Run, differences: Sequence[Difference], scenario: str) -> MisconceptionId:
    """Return the id of the misconception."""
    if scenario == "index crash" and _fails_at_removals(run):
        return "nothing to remove"
    general = of_the_run(run, differences)
    if general:
        return general
    if scenario.endswith(", refused"):
        changes = [record.event_id for record in run.records]
        if belief := of_a_refusal(run, changes):
            return belief
    first = differences[0].kind
    found = [it for it in differences if it.kind == first]
    if first == "board":
        return _of_the_board(run, found, scenario)
    if scenario in _OF_THE_INDEX:
        return _OF_THE_INDEX[scenario]
    if first in ("no document", "document"):
        return "errors within an answer" if scenario in ("busy engine", "the storm") else "index behind"
    if first in ("twice", "missing", "order"):
        return _of_the_log(run, first)
    return _PLAIN[first]


def _fails_at_removals(run: Run) -> bool:
    """Whether what the function failed at is the removal of a document that is gone."""
    removals = {record.sequence_number for record in run.records if record.event_name == "REMOVE"}
    reported = {identifier for call in run.calls for identifier in identifiers(call)}
    is_raised = any(call.kind == "NotFoundError" for call in run.errors)
    return bool(run.given_up) and (is_raised or bool(reported & removals))


def _of_the_board(run: Run, found: Sequence[Difference], scenario: str) -> MisconceptionId:
    columns = {difference.what.partition(": ")[2] for difference in found}
    is_more = all(_amount(it.got_value) > _amount(it.expected_value) for it in found)
    if scenario == "crash":
        return "effect before key" if is_more else "mark before effect"
    if scenario == "conflicts" and not is_more:
        return "conflict taken for a duplicate"
    if scenario == "removals" and (belief := _belief_of_removals(run)):
        return belief
    if scenario in _BY_SCENARIO:
        return _BY_SCENARIO[scenario]
    if _has_other_rows(run):
        return "wrong group"
    if scenario == "announced" and columns == {"dep_delay"}:
        return "a guess counted"
    if columns <= {"flights", "arrived", "arr_delay"} and not is_more and scenario == "plain":
        return "key without its table"
    if columns == {"dep_delay"}:
        return "value instead of change"
    if is_more and scenario == "corrections":
        return "state counted again"
    return "counted per delivery" if is_more and scenario == "the storm" else "wrong count"


def _belief_of_removals(run: Run) -> MisconceptionId:
    left: Left = run.found
    for name, is_expiry in _EXPIRIES:
        if _is_same_board(left.board, board_with(run.records, is_expiry)):
            return name
    return ""


def _is_same_board(got: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, Mapping[str, Any]]) -> bool:
    return all(
        number(got.get(airport, {}), column) == number(wanted.get(airport, {}), column)
        for airport in {*got, *wanted}
        for column in COLUMNS
    )


def _has_other_rows(run: Run) -> bool:
    """Whether something is counted under what is no airport that flights leave from."""
    left: Left = run.found
    airports = expected_board(run)
    return any(
        number(row, column) for name, row in left.board.items() if name not in airports for column in COLUMNS
    )


def _amount(value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return 0.0


def _of_the_log(run: Run, kind: str) -> MisconceptionId:
    left: Left = run.found
    if kind == "order":
        numbers = {str(record.sequence) for record in left.changes}
        is_by_number = any(str(row["change"]).lstrip("0") in numbers for row in left.log)
        return "sequence numbers as strings" if is_by_number else "a key without an order"
    if kind == "twice":
        return "row per delivery"
    named = {str(row.get("event_id")) for row in left.log}
    kept = [record for record in left.changes if record.event_id in named]
    missing = [record for record in left.changes if record.event_id not in named]
    if all(record.event_name == "INSERT" for record in missing):
        return "inserts ignored"
    # A key with the sequence number in it, or built on it, is no row that gave way to another.
    if any(str(record.sequence) in str(row["change"]) for row in left.log for record in kept):
        return "lost"
    return "key by the second" if _one_for_each_second(kept, missing) else "lost"


def _one_for_each_second(kept: Sequence[StreamRecord], missing: Sequence[StreamRecord]) -> bool:
    """Whether each row that is missing gave way to the only one that is there of its second."""
    seconds = Counter(map(_second, kept))
    return all(seconds[_second(record)] == 1 for record in missing)


def _second(record: StreamRecord) -> tuple[object, object]:
    return record.keys["origin"], record.created_at
