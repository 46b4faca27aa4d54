"""Compares two runs of one history: outcomes, items, and stream records to the last field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..strategies import Call, History
from .running import Outcome, Run

# Of a record, judged by facts and not by DynamoDB Local: see KNOWN_DIVERGENCES.
LEFT_TO_FACTS = {"eventID", "awsRegion"}
LEFT_TO_FACTS_INSIDE = {"ApproximateCreationDateTime", "SequenceNumber"}


@dataclass(frozen=True)
class Difference:
    """One place where the sides disagree: ``where`` is a path such as ``record 2 dynamodb.SizeBytes``."""

    where: str
    expected: Any
    got: Any

    def __str__(self) -> str:
        return f"{self.where}\n    DynamoDB Local: {self.expected!r}\n    judged side:    {self.got!r}"


class _Absent:
    def __repr__(self) -> str:
        return "(absent)"


ABSENT = _Absent()


def compare(history: History, expected: Run, got: Run, ordered: bool = True) -> list[Difference]:
    """List what differs; an empty list is the proof wanted.

    Parameters
    ----------
    history : History
        What was run.
    expected, got : Run
        What DynamoDB Local showed, and what the judged side showed.
    ordered : bool
        Compare the records as one sequence; else each item's records in their order (fact A36).
    """
    found: list[Difference] = []
    for number, (call, one, other) in enumerate(
        zip(history.calls, expected.outcomes, got.outcomes, strict=True)
    ):
        found += compare_outcomes(f"call {number + 1} {call.operation}", call, one, other)
    items = [sorted(canonical(run.items), key=repr) for run in (expected, got)]
    found += differences("items", *items)
    records = [_by_item(run.records, ordered) for run in (expected, got)]
    found += differences("records", *records)
    return found


def compare_outcomes(where: str, call: Call, expected: Outcome, got: Outcome) -> list[Difference]:
    """List what differs between two outcomes of one call."""
    found = list(differences(f"{where} error code", expected.code, got.code))
    if not found and expected.message != got.message:
        found = [Difference(f"{where} error message", expected.message, got.message)]
    return found + list(differences(f"{where} answer", canonical(expected.answer), canonical(got.answer)))


def _by_item(records: Iterable[dict[str, Any]], ordered: bool) -> Any:
    comparable = [comparable_record(record) for record in records]
    if ordered:
        return comparable
    by_item: dict[str, list[Any]] = {}
    for record in comparable:
        by_item.setdefault(repr(record["dynamodb"]["Keys"]), []).append(record)
    return by_item


def comparable_record(record: dict[str, Any]) -> dict[str, Any]:
    """A record's fields that both sides must agree on; a field that is there stays there."""
    kept = {name: value for name, value in record.items() if name not in LEFT_TO_FACTS}
    inside = {name: value for name, value in record["dynamodb"].items() if name not in LEFT_TO_FACTS_INSIDE}
    found: dict[str, Any] = canonical(kept | {"dynamodb": inside})
    return found


def canonical(value: Any) -> Any:
    """The same value with sets in one order and maps in the order of their names."""
    if isinstance(value, list):
        return [canonical(member) for member in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for name in sorted(value):
        inner = value[name]
        if name in ("SS", "BS") and isinstance(inner, list):
            out[name] = sorted(inner)
        elif name == "NS" and isinstance(inner, list):
            out[name] = sorted(inner, key=Decimal)
        else:
            out[name] = canonical(inner)
    return out


def differences(where: str, expected: Any, got: Any) -> Iterator[Difference]:
    """Walk two structures together and yield the places where they part."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for name in sorted({*expected, *got}):
            yield from differences(f"{where}.{name}", expected.get(name, ABSENT), got.get(name, ABSENT))
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for index, (one, other) in enumerate(zip(expected, got, strict=True)):
            yield from differences(f"{where}[{index}]", one, other)
    elif expected != got or type(expected) is not type(got):
        yield Difference(where, expected, got)


def report(history: History, found: list[Difference]) -> str:
    """The message of a failed comparison: the history as boto3 code, then each difference."""
    return f"{len(found)} differences after this history:\n{history!r}\n" + "\n".join(map(str, found))
