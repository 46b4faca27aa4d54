"""What the index must hold after a run, what the other parts must have done, and what differs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from cdc_lab.classroom.exercises.common import given_up
from cdc_lab.classroom.exercises.exercise_2.index import Index
from cdc_lab.classroom.exercises.exercise_2.stories import VERSION
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.values import shown
from cdc_lab.patterns import StreamRecord, as_document
from cdc_lab.patterns.deserializer import Item

_MISSING = object()
KINDS = (
    "given up",
    "swallowed",
    "rebuild",
    "search",
    "extra",
    "back",
    "stale",
    "missing",
    "silent",
    "left over",
    "value",
    "hits",
)
"""What can differ: what explains most comes first. A diagnosis goes by the first kind that is there."""


def judge(run: Run) -> list[Difference]:
    """Everything that is not as it must be; what matters most comes first."""
    found = [*given_up(run, is_hopeless=is_unfit), *_calls(run)]
    # A search is asked of an index that the answer did not fill.
    found += _hits(run) if run.answers is not None else _documents(run)
    return sorted(found, key=lambda it: KINDS.index(it.kind))


def is_unfit(record: StreamRecord) -> bool:
    """Whether the index can never take its document: a delay that is no number, or no version."""
    item = record.new_image
    return item is not None and (isinstance(item.get("dep_delay"), str) or VERSION not in item)


def _calls(run: Run) -> Iterator[Difference]:
    refused = {call.request_id for call in run.refused}
    has_unfit = any(map(is_unfit, run.records))
    for call in run.asked:
        if call.part == "rebuild" and has_unfit:
            if not call.error:
                wanted = "raises at the end: the index does not have all items"
                yield Difference("silent", "rebuild(table)", wanted, "returns")
            continue
        # An error is the right answer to a call that was refused.
        if not call.error or call.request_id in refused:
            continue
        if call.part == "rebuild":
            yield Difference("rebuild", "rebuild(table)", "returns", call.error)
        else:
            yield Difference("search", f"find_delayed({call.args[0]!r})", "a list", call.error)


# ---- documents ------------------------------------------


def _documents(run: Run) -> Iterator[Difference]:
    if not run.calls and not run.asked:
        return  # a shorter story, in which nothing of the answer was at work
    index: Index = run.found
    hopeless = {_flight(r) for r in run.records if r.event_id in run.poisoned or is_unfit(r)}
    items = {flight: item for flight, item in index.items.items() if flight not in hopeless}
    past = _past(run)
    for flight in sorted(index.documents.keys() - items.keys() - hopeless):
        kind = "back" if flight in past else "extra"
        expected = "no document: it was removed" if flight in past else "no such document"
        yield Difference(kind, f"document {flight[:40]}", expected, _brief(index.documents[flight]))
    for flight, item in items.items():
        document = index.documents.get(flight)
        if document is None:
            yield Difference("missing", f"document {flight}", "is in the index", "is not")
        else:
            yield from _of_item(flight, item, document, past.get(flight, []))


def _of_item(flight: str, item: Item, document: Mapping[str, Any], past: list[Item]) -> Iterator[Difference]:
    wanted = as_document(item)
    versions = {old[VERSION] for old in past[:-1] if VERSION in old}
    is_newest = document.get(VERSION) == wanted[VERSION]
    is_old = not is_newest and any(_agree(document, as_document(old)) for old in past[:-1])
    if (is_old and not _agree(document, wanted)) or document.get(VERSION) in versions:
        what = f"document {flight}"
        yield Difference(
            "stale", what, f"as of version {wanted[VERSION]}", _brief(document), "", item, document
        )
        return
    known = {name for old in past for name in old}
    for name in sorted({*wanted, *(document.keys() & known)} - {VERSION}):
        expected, got = wanted.get(name, _MISSING), document.get(name, _MISSING)
        if expected is _MISSING:
            yield Difference("left over", f"{flight}: {name}", "(nothing)", shown(got), "", None, got)
        elif got is _MISSING or not _same(expected, got):
            got_text = "(nothing)" if got is _MISSING else shown(got)
            yield Difference("value", f"{flight}: {name}", shown(expected), got_text, "", item[name], got)


def _agree(document: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    left, right = ({k: v for k, v in it.items() if k != VERSION} for it in (document, old))
    return left.keys() == right.keys() and all(_same(right[name], left[name]) for name in right)


def _same(expected: Any, got: Any) -> bool:
    if isinstance(expected, bool) or isinstance(got, bool) or expected is None or isinstance(expected, str):
        return type(expected) is type(got) and bool(expected == got)
    if isinstance(expected, int | float):
        return isinstance(got, int | float) and math.isclose(expected, got, rel_tol=1e-12)
    if isinstance(expected, Mapping):
        return isinstance(got, Mapping) and expected.keys() == got.keys() and _agree(got, expected)
    if not isinstance(got, list) or len(expected) != len(got):
        return False
    # The order in a set is nobody's; nor is it told here from a list's.
    return all(any(_same(entry, other) for other in got) for entry in expected)


def _past(run: Run) -> dict[str, list[Item]]:
    """The states that each flight has had, in order."""
    past: dict[str, list[Item]] = {}
    for record in sorted(run.records, key=lambda it: it.sequence):
        past.setdefault(_flight(record), []).extend([record.new_image] if record.new_image else [])
    return past


def _flight(record: StreamRecord) -> str:
    return str(record.keys["flight_id"])


def _brief(document: Mapping[str, Any]) -> str:
    return shown({name: document[name] for name in ("status", "dep_delay", VERSION) if name in document})


# ---- hits -----------------------------------------------


def _hits(run: Run) -> Iterator[Difference]:
    for asked in run.answers:
        if asked.call.error or asked.call.died:
            continue
        got = asked.call.answer
        if got != asked.expected:
            what = f"find_delayed({asked.text!r})"
            yield Difference("hits", what, shown(asked.expected), shown(got), "", asked.expected, got)
