"""Which belief lies behind what differs: the first rule that fits names it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from boto3.dynamodb.types import Binary

from cdc_lab.classroom.exercises.diagnosis import identifiers, of_a_refusal, of_the_run
from cdc_lab.classroom.exercises.exercise_2.hits import of_hits
from cdc_lab.classroom.exercises.exercise_2.index import Index
from cdc_lab.classroom.exercises.exercise_2.judging import is_unfit
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.search.requests import IndexRequest
from cdc_lab.patterns import StreamRecord
from cdc_lab.patterns.deserializer import TYPE_TAGS
from cdc_lab.patterns.search_documents import MAX_VERSION

_NEAR = 5.0  # seconds between a delivery and what a handler takes for now
_SCALES = (1.0, 1e3, 1e6, 1e9)  # seconds to nanoseconds
_OF_THE_ENGINE: dict[str, MisconceptionId] = {
    "refused calls": "failure swallowed",
    "rebuild, refused": "rebuild gives up",
}
_OUTBIDS = "rebuild outbids the stream"
_DURING = "rebuild during changes"


class Case(NamedTuple):
    """What a diagnosis looks at."""

    run: Run
    differences: Sequence[Difference]
    scenario: str

    @property
    def asked(self) -> list[IndexRequest]:
        """What the engine was asked to write."""
        index: Index | None = self.run.found
        return index.asked if index is not None else []

    def of(self, *kinds: str) -> list[Difference]:
        """The differences of these kinds."""
        return [difference for difference in self.differences if difference.kind in kinds]

    def asked_for(self, flight: str, *operations: str) -> list[IndexRequest]:
        """What was asked of one flight's document."""
        return [it for it in self.asked if it.document_id == flight and it.operation in operations]

    def records_of(self, flight: str) -> list[StreamRecord]:
        """What the stream told of a flight."""
        return [record for record in self.run.records if record.keys["flight_id"] == flight]

    def versions_of(self, flight: str) -> set[int | None]:
        """The versions that a flight has had."""
        return {int(record.new_image["version"]) for record in self.records_of(flight) if record.new_image}

    def has(self, operation: str, status: int) -> bool:
        """Whether the engine answered so to some such operation."""
        return any(it.operation == operation and it.status == status for it in self.asked)


def diagnose(run: Run, differences: Sequence[Difference], scenario: str) -> MisconceptionId:
    """Return the id of the misconception."""
    case = Case(run, differences, scenario)
    own = _of_timeouts(case) or _of_failures(case)
    general = "" if own else of_the_run(run, differences)
    if own or general or not differences:
        return own or general or "unexplained"
    if scenario in ("refused calls", "rebuild, refused") and (belief := of_a_refusal(run)):
        return belief if run.refused[0].service == "dynamodb" else _OF_THE_ENGINE[scenario]
    first = differences[0]
    return of_hits(first) if first.kind in ("hits", "search") else _RULES[first.kind](case)


# ---- the handler, or rebuild, failed -----------------------


def _of_timeouts(case: Case) -> MisconceptionId:
    run = case.run
    if not run.timed_out or run.stuck or run.spent:
        return ""
    if case.scenario == "large batch":
        return "a call for each record"
    is_hopeless = any(is_unfit(record) for record in run.records)
    return "repeated for ever" if is_hopeless and case.has("index", 400) else ""


def _of_failures(case: Case) -> MisconceptionId:
    if case.of("swallowed") and not case.run.poisoned:
        return "" if case.run.logged else "never taken, never told"
    if not case.of("given up", "rebuild"):
        return ""
    if _reports_event_ids(case.run):
        return "event id as identifier"
    if any(is_unfit(record) for record in case.run.records) and case.has("index", 400):
        return "exception fails the batch" if case.run.errors else "wrong identifier"
    if case.has("delete", 404) and {record.event_name for record in _reported(case.run)} == {"REMOVE"}:
        return "nothing to remove"
    # A rebuild meets conflicts as well, as it should: in a busy engine its end is not theirs.
    if case.of("rebuild") and (case.has("index", 429) or "too busy" in case.scenario):
        return "rebuild gives up"
    for fits, name in _ANSWERS:
        if any(map(fits, case.asked)):
            return name
    if any(re.search("Unable to serialize|not JSON serializable", text) for text in case.run.complaints):
        return "not as JSON"
    return ""


def _is_typed(document: dict[str, Any]) -> bool:
    return any(isinstance(value, dict) and value.keys() <= TYPE_TAGS for value in document.values() if value)


# What the engine was asked, when a handler took its answer for a failure.
_ANSWERS: tuple[tuple[Callable[[IndexRequest], bool], MisconceptionId], ...] = (
    (lambda it: it.version is not None and it.version > MAX_VERSION, "sequence number as version"),
    (lambda it: it.status == 400 and _is_typed(it.document), "type tags left"),
    (lambda it: it.status == 409, "conflict taken for a failure"),
    (lambda it: it.status == 404 and it.operation == "update", "partial update"),
)


def _reported(run: Run) -> list[StreamRecord]:
    told = {identifier for call in run.calls for identifier in identifiers(call)}
    return [record for record in run.records if record.sequence_number in told]


def _reports_event_ids(run: Run) -> bool:
    told = {identifier for call in run.calls for identifier in identifiers(call)}
    return bool(told & {record.event_id for record in run.records})


# ---- documents ------------------------------------------


def _back(case: Case) -> MisconceptionId:
    flights = [difference.what.split()[-1] for difference in case.of("back")]
    flight = flights[0]
    deletes = case.asked_for(flight, "delete")
    if not deletes:
        removed = [r for name in flights for r in case.records_of(name) if r.event_name == "REMOVE"]
        return "expiry ignored" if all(record.is_ttl_delete for record in removed) else "removes ignored"
    if all(it.status == 409 for it in deletes):
        return "delete refused"
    if _takes_equal(case, flight):
        return "equal version accepted"
    if case.scenario == _DURING:
        if all(it.version is None for it in deletes):
            return "no version"
        versions = {it.version for it in case.asked_for(flight, "index", "create")}
        if None in versions:
            return "scan wins"
        return "a rebuild that forgets deletes" if versions <= case.versions_of(flight) else _OUTBIDS
    is_bare = any(it.version is None for it in case.asked_for(flight, "index", "create"))
    return "no version" if is_bare and deletes[0].version is not None else "no version after a delete"


def _takes_equal(case: Case, flight: str) -> bool:
    """Whether the flight's very version was written once more after its removal, and taken."""
    removed: set[int | None] = set()
    for it in case.asked_for(flight, "index", "delete"):
        if it.operation == "delete":
            removed.add(it.version)
        elif it.version_type == "external_gte" and it.version in removed and it.status < 300:
            return True
    return False


def _stale(case: Case) -> MisconceptionId:
    flight = case.of("stale")[0].what.split()[-1]
    asked = case.asked_for(flight, "index", "create", "update")
    versions = [it.version for it in asked if it.version is not None]
    newest = max((v for v in case.versions_of(flight) if v is not None), default=0)
    bare = [it for it in asked if it.version is None]
    # What the scan read is old; who wrote the newest state without its version is the handler.
    if case.scenario == _DURING and any(it.document.get("version") == newest for it in bare):
        return "no version"
    if len(versions) < len(asked):
        by_scenario = {_DURING: "scan wins", "cold start": "memory of the instance"}
        return by_scenario.get(case.scenario, "no version")
    strange = [version for version in versions if version not in case.versions_of(flight)]
    if not strange:
        return "first record only" if _only_firsts(case) else "lost"
    if case.scenario == _DURING:
        return _OUTBIDS
    moments = [record.created_at.timestamp() for record in case.records_of(flight)]
    if any(version / scale in moments for version in strange for scale in _SCALES):
        return "seconds as version"
    calls = [call.at for call in case.run.calls]
    is_clock = any(
        abs(version / scale - at) < _NEAR for version in strange for scale in _SCALES for at in calls
    )
    return "clock as version" if is_clock else "sequence number as version"


def _missing(case: Case) -> MisconceptionId:
    flights = [difference.what.split()[-1] for difference in case.of("missing")]
    by_scenario = {
        "late": "old by the clock",
        "busy for all": "failure swallowed",
        "unreadable record": "reported but not written",
        "rebuild of a large table": "first page only",
        "rebuild of unfit items": "one item stops the rebuild",
        "rebuild of a busy engine": "rebuild gives up",
        "rebuild of an engine too busy": "rebuild gives up",
        "busy engine": "bulk answer not read",
    }
    removed = [it.version for it in case.asked_for(flights[0], "delete") if it.status == 200]
    if removed:
        return "delete without a version" if None in removed else "removal outbids the return"
    if case.scenario == "busy engine" and any(map(identifiers, case.run.calls)):
        return "not the lowest reported"
    if case.scenario not in by_scenario and _only_firsts(case):
        return "first record only"
    return by_scenario.get(case.scenario, "lost")


def _only_firsts(case: Case) -> bool:
    """Whether nothing was asked for but the first record of each batch."""
    calls = [call for call in case.run.calls if call.event_ids]
    return bool(case.asked) and len(case.asked) == len(calls) < sum(len(call.event_ids) for call in calls)


def _value(case: Case) -> MisconceptionId:
    for difference in case.of("value"):
        name = _of_value(difference.expected_value, difference.got_value)
        if name:
            return name
    return "wrong value"


def _of_value(wanted: Any, got: Any) -> MisconceptionId:
    if isinstance(got, dict) and got and got.keys() <= TYPE_TAGS:
        return "type tags left"
    if wanted is None or wanted is False or (isinstance(wanted, Decimal | str | list) and not wanted):
        return "empty taken for absent"
    return "not as JSON" if isinstance(wanted, Decimal | Binary | set | list) else ""


_RULES: dict[str, Callable[[Case], MisconceptionId]] = {
    "given up": lambda case: "handler reports",
    "rebuild": lambda case: "handler raises",
    "extra": lambda case: "another id",
    "back": _back,
    "stale": _stale,
    "missing": _missing,
    "silent": lambda case: "never taken, never told",
    "left over": lambda case: "partial update",
    "value": _value,
}
