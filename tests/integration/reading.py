"""Runs a world's reads on one side, and compares what two sides showed, read for read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..read_worlds import TABLE, Image, Index, Read, ReadTable, ReadWorld, order_of
from ..strategies import Call, Params
from ..value_strategies import identity
from .comparing import canonical, differences
from .matchers import Anything
from .running import MAX_PAGES, Outcome, Side, attempt

Correct = Callable[[Call, Outcome], Outcome]
Segment = list[Outcome]  # its pages
_WHOLE = Call("Scan", {"TableName": TABLE})


@dataclass(frozen=True)
class Finding:
    """One difference: of which kind, in which read, and what each side showed."""

    kind: str
    read: Read
    expected: Any
    got: Any

    def __str__(self) -> str:
        expected, got = (_clipped(repr(one), 400) for one in (self.expected, self.got))
        read = _clipped(repr(self.read), 900)
        return f"{read}\n    DynamoDB Local: {expected}\n    judged side:    {got}"


@dataclass
class Seen:
    """What a world's reads came to on one side, and the items that stood there."""

    items: list[Image]
    reads: list[list[Segment]]


def run_reads(side: Side, world: ReadWorld) -> Seen:
    """Create the table, fill it, make every read, delete the table."""
    side.call("dynamodb", "CreateTable", world.table.create_params())
    try:
        for write in world.writes:
            side.call("dynamodb", write.operation, write.params)
        items = [item for page in _pages(side, _WHOLE) for item in page.answer["Items"]]
        return Seen(items, [make_read(side, read) for read in world.reads])
    finally:
        side.call("dynamodb", "DeleteTable", {"TableName": TABLE})


def make_read(side: Side, read: Read) -> list[Segment]:
    """One read, its pages and segments."""
    if read.how == "once":
        return [[attempt(side, "dynamodb", read.call.operation, read.call.params)]]
    if read.how == "pages":
        return [_pages(side, read.call)]
    segments = range(read.call.params["TotalSegments"])
    return [_pages(side, Call("Scan", read.call.params | {"Segment": number})) for number in segments]


def _pages(side: Side, call: Call) -> Segment:
    pages = [attempt(side, "dynamodb", call.operation, call.params)]
    while "LastEvaluatedKey" in pages[-1].answer and len(pages) < MAX_PAGES:
        start = {"ExclusiveStartKey": pages[-1].answer["LastEvaluatedKey"]}
        pages.append(attempt(side, "dynamodb", call.operation, call.params | start))
    return pages


def compare_reads(world: ReadWorld, expected: Seen, got: Seen, correct: Correct) -> Iterator[Finding]:
    """Every difference. `correct` puts right what DynamoDB Local showed."""
    for read, ours, theirs in zip(world.reads, expected.reads, got.reads, strict=True):
        ours = [[correct(read.call, page) for page in segment] for segment in ours]
        index = world.table.index(read.call.params.get("IndexName"))
        for aspect, one, other in _compare(world.table, expected.items, read, index, ours, theirs):
            yield Finding(f"{read.call.operation}: {aspect}", read, one, other)


Part = tuple[str, Any, Any]


def _compare(
    table: ReadTable,
    items: list[Image],
    read: Read,
    index: Index | None,
    ours: list[Segment],
    theirs: list[Segment],
) -> Iterator[Part]:
    refusals = [_refusal(segments) for segments in (ours, theirs)]
    if any(refusals):
        one, other = refusals
        if one is None or other is None or one.code != other.code:
            yield (
                f"{_outcome(one)} and not {_outcome(other)}",
                one or _pages_of(ours),
                other or _pages_of(theirs),
            )
        elif one.message != other.message:
            yield f"text {_template(one.message)}", one.message, other.message
        else:
            yield from _differ("members of a refusal", one.answer, other.answer)
        return
    operation = read.call.operation
    if _is_open(read, index):
        return
    if operation in ("GetItem", "TransactGetItems"):
        yield from _by_member(ours[0][0].answer, theirs[0][0].answer)
    elif operation == "BatchGetItem":
        yield from _by_member(_in_any_order(ours[0][0].answer), _in_any_order(theirs[0][0].answer))
    elif operation == "Query" and not _has_ties(items, index):
        one, other = _pages_of(ours), _without_empty_end(_pages_of(ours), _pages_of(theirs))
        if len(one) != len(other):
            yield "number of pages", one, other
            return
        for mine, its in zip(one, other, strict=True):
            yield from _by_member(mine, its)
    else:
        yield from _loosely(table, read, index, ours, theirs)


def _is_open(read: Read, index: Index | None) -> bool:
    """Whether it is not established what an index shows.

    Among items with equal index keys there is no order, so nothing is known of what comes after a place
    among them. And a scan's filter may ask for what the index does not project: DynamoDB Local lets it see
    the whole item (its queries are refused).
    """
    if index is None:
        return False
    filtered = read.call.params.keys() & {"FilterExpression", "ScanFilter"}
    return "ExclusiveStartKey" in read.call.params or (
        read.call.operation == "Scan" and index.projection != "ALL" and bool(filtered)
    )


def _refusal(segments: list[Segment]) -> Outcome | None:
    return next((page for segment in segments for page in segment if not page.ok), None)


def _outcome(refusal: Outcome | None) -> str:
    return "taken" if refusal is None else f"{refusal.code} ({_template(refusal.message)})"


def _template(message: Any) -> str:
    """A text without the names that differ from world to world."""
    text = re.sub(r"\b(pk|sk|[ghl]\d|(local|global)-\d)\b", "NAME", str(message))
    return re.sub(r"AttributeValue: \{.*?\}", "VALUE", re.sub(r"b?'[^']*'", "TEXT", text))[:160]


def _pages_of(segments: list[Segment]) -> list[Params]:
    return [page.answer for segment in segments for page in segment]


def _without_empty_end(ours: list[Params], theirs: list[Params]) -> list[Params]:
    """Without the empty page that a LastEvaluatedKey leads to which DynamoDB Local leaves out."""
    open_end = isinstance(ours[-1].get("LastEvaluatedKey"), Anything)
    return theirs[:-1] if open_end and len(theirs) > len(ours) and not theirs[-1]["ScannedCount"] else theirs


def _differ(aspect: str, one: Any, other: Any) -> Iterator[Part]:
    for found in differences(aspect, canonical(one), canonical(other)):
        where = re.sub(r"\d+|(?<=Item\.).*|(?<=\]\.).*", "", found.where)
        yield where, found.expected, found.got
        return  # the first tells enough


def _by_member(one: Params, other: Params) -> Iterator[Part]:
    for name in sorted({*one, *other}):
        if isinstance(one.get(name), Anything):
            continue
        if (name in one) != (name in other):
            yield f"{name} {'missing' if name in one else 'not expected'}", one.get(name), other.get(name)
        else:
            yield from _differ(name, one[name], other[name])


def _in_any_order(answer: Params) -> Params:
    found = dict(answer)
    found["Responses"] = {
        name: sorted(canonical(items), key=repr) for name, items in answer["Responses"].items()
    }
    return found


def _has_ties(items: list[Image], index: Index | None) -> bool:
    """Whether two items have the same place in an index: their order is not defined."""
    if index is None:
        return False
    names = [name for name in (index.hash, index.range) if name]
    places = [
        tuple(identity(item[name]) for name in names) for item in items if all(n in item for n in names)
    ]
    return len(set(places)) < len(places)


def _loosely(
    table: ReadTable, read: Read, index: Index | None, ours: list[Segment], theirs: list[Segment]
) -> Iterator[Part]:
    """Scans, and queries with ties: everything but the order that DynamoDB leaves open."""
    one, other = _pages_of(ours), _pages_of(theirs)
    if (
        "ExclusiveStartKey" in read.call.params
        and "Limit" not in read.call.params
        and read.call.operation == "Scan"
    ):
        return
    cut = read.how == "once" and any("LastEvaluatedKey" in page for page in (*one, *other))
    for name in ("Count", "ScannedCount"):
        if not (cut and name == "Count"):
            yield from _differ(f"{name}, summed", sum(p[name] for p in one), sum(p[name] for p in other))
    if read.how != "segments":
        yield from _differ(
            "ScannedCount by page", [p["ScannedCount"] for p in one], [p["ScannedCount"] for p in other]
        )
        names = [[_names_of(page.get("LastEvaluatedKey", {})) for page in pages] for pages in (one, other)]
        yield from _differ("names in LastEvaluatedKey", *names)
    members = [
        sorted({name for page in pages for name in page} - {"LastEvaluatedKey"}) for pages in (one, other)
    ]
    yield from _differ("members", *members)
    if not cut:
        yield from _differ("Items, in any order", _bag(one), _bag(other))
    yield from _capacities(read, one, other)
    for segment in theirs:
        shown = [item for page in segment for item in page.answer.get("Items", ())]
        if broken := _out_of_order(
            shown, *table.keys_of(index), read.call.params.get("ScanIndexForward", True)
        ):
            yield "order inside a partition", "in order", broken
            return


def _names_of(key: Any) -> Any:
    return key if isinstance(key, Anything) else sorted(key)


def _bag(pages: Iterable[Params]) -> list[Any]:
    return sorted((canonical(item) for page in pages for item in page.get("Items", ())), key=repr)


def _capacities(read: Read, one: list[Params], other: list[Params]) -> Iterator[Part]:
    if read.how == "once" and not any("LastEvaluatedKey" in page for page in (*one, *other)):
        yield from _differ(
            "ConsumedCapacity", one[0].get("ConsumedCapacity"), other[0].get("ConsumedCapacity")
        )
        return
    shapes = [{_shape(page.get("ConsumedCapacity")) for page in pages} for pages in (one, other)]
    yield from _differ("members of ConsumedCapacity", *map(sorted, shapes))


def _shape(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {_shape(inner)}' for name, inner in sorted(value.items()))}}}"
    return value if isinstance(value, str) else "none" if value is None else "number"


def _out_of_order(items: list[Image], partition: str, sort: str | None, forward: bool) -> str | None:
    """Partitions that come twice, and sort keys that go back; where the items show them."""
    if not all(partition in item and (sort is None or sort in item) for item in items):
        return None
    partitions = [identity(item[partition]) for item in items]
    changes = [two for one, two in zip([None, *partitions], partitions, strict=False) if one != two]
    if twice := [name for name, count in Counter(changes).items() if count > 1]:
        return f"partition {twice[0]} comes twice"
    if sort is None:
        return None
    for before, after in pairwise(items):
        if identity(before[partition]) == identity(after[partition]):
            low, high = (before, after) if forward else (after, before)
            if order_of(low[sort]) > order_of(high[sort]):
                return f"{after[sort]} after {before[sort]}"
    return None


def grouped(findings: Iterable[tuple[int, Finding]], most: int = 60) -> str:
    """The findings by kind, the most frequent first, each with its shortest example and that one's world."""
    kinds: dict[str, list[tuple[int, Finding]]] = {}
    for number, finding in findings:
        kinds.setdefault(finding.kind, []).append((number, finding))
    lines = []
    for kind, found in sorted(kinds.items(), key=lambda pair: -len(pair[1]))[:most]:
        number, example = min(found, key=lambda pair: len(str(pair[1])))
        lines.append(f"{len(found)} x {kind}\n  world {number}: {example}")
    left = len(kinds) - most
    return "\n".join([*lines, *([f"and {left} more kinds"] if left > 0 else [])])


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]} ... ({len(text)} characters)"
