"""Compares two runs of one history: outcomes, items, and stream records to the last field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..strategies import Call, History
from .matchers import Anything
from .running import Outcome, Run

# Of a record, judged by facts and not by DynamoDB Local: see KNOWN_DIVERGENCES.
LEFT_TO_FACTS = {"eventID", "awsRegion"}
LEFT_TO_FACTS_INSIDE = {"ApproximateCreationDateTime", "SequenceNumber"}
# Refusals of a malformed call, which both sides announce.
_CONSTRAINT = re.compile("Value .* failed to satisfy constraint", re.DOTALL)


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


def compare(history: History, expected: Run, got: Run) -> list[Difference]:
    """List what differs; an empty list is the proof wanted.

    The records of one call are compared whatever their order, because a batch and a transaction
    touch an item once and promise no order between items (facts A29, A36); those of different calls
    in the order of the calls.

    Parameters
    ----------
    history : History
        What was run.
    expected, got : Run
        What DynamoDB Local showed, and what the judged side showed.
    """
    found: list[Difference] = []
    for number, call in enumerate(history.calls):
        where = f"call {number + 1} {call.operation}"
        found += compare_outcomes(where, call, expected.outcomes[number], got.outcomes[number])
        records = [_by_item(run.records[number]) for run in (expected, got)]
        found += differences(f"records of {where}", *records)
    items = [sorted(canonical(run.items), key=repr) for run in (expected, got)]
    found += differences("items", *items)
    found += differences("rereading the stream gives what was read", True, _reread_alike(got))
    return found


def _by_item(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(map(comparable_record, records), key=lambda record: repr(record["dynamodb"]["Keys"]))


def _reread_alike(run: Run) -> bool:
    """Whether each item's records, with their ids and numbers, were the same at the second reading."""
    first = [record for records in run.records for record in records]
    return _chains(first) == _chains(run.reread) and len(first) == len(run.reread)


def _chains(records: Iterable[dict[str, Any]]) -> dict[str, list[Any]]:
    chains: dict[str, list[Any]] = {}
    for record in records:
        chains.setdefault(repr(canonical(record["dynamodb"]["Keys"])), []).append(canonical(record))
    return chains


def compare_outcomes(where: str, call: Call, expected: Outcome, got: Outcome) -> list[Difference]:
    """List what differs between two outcomes of one call."""
    found = list(differences(f"{where} error code", expected.code, got.code))
    one, other = (_unannounced(call, outcome.message) for outcome in (expected, got))
    if not found and one != other:
        found = [Difference(f"{where} error message", one, other)]
    return found + list(differences(f"{where} answer", canonical(expected.answer), canonical(got.answer)))


def _unannounced(call: Call, message: Any) -> Any:
    """A refusal without "1 validation error detected: ", which AWS says before many since 2026.

    DynamoDB Local 1.25.1 does not; which refusals have it is judged in tests/emulator/test_item_calls.py.
    """
    if call.operation not in ("PutItem", "UpdateItem", "DeleteItem") or not isinstance(message, str):
        return message
    bare = message.removeprefix("1 validation error detected: ")
    return message if _CONSTRAINT.match(bare) else bare


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
    elif expected != got or not (isinstance(expected, Anything) or type(expected) is type(got)):
        yield Difference(where, expected, got)


def report(history: History, found: list[Difference]) -> str:
    """The message of a failed comparison: the history as boto3 code, then each difference."""
    return f"{len(found)} differences after this history:\n{history!r}\n" + "\n".join(map(str, found))
