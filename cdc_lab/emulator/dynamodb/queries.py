"""Query and Scan: pages of a table, or of one of its indexes, in order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from cdc_lab.emulator.constraints import detected, unsatisfied
from cdc_lab.emulator.dynamodb.attribute_values import accept_value, invalid
from cdc_lab.emulator.dynamodb.call_expressions import ANNOUNCEMENT
from cdc_lab.emulator.dynamodb.capacity import capacity, is_wanted, read_units
from cdc_lab.emulator.dynamodb.forms import check_choices
from cdc_lab.emulator.dynamodb.images import Image, PackedImage, image_size, with_bytes
from cdc_lab.emulator.dynamodb.indexes import Index
from cdc_lab.emulator.dynamodb.journal import ItemKey
from cdc_lab.emulator.dynamodb.key_conditions import KIND, KeyRange, key_range
from cdc_lab.emulator.dynamodb.keys import NO_MATCH, Tables, check_key_paths, key_image, key_of_request
from cdc_lab.emulator.dynamodb.order import Place, hash_of, position_of, segment_of
from cdc_lab.emulator.dynamodb.readings import Reading, reading_of
from cdc_lab.emulator.dynamodb.table import Table, place_in_index, place_in_table
from cdc_lab.errors import ServiceError

Body = dict[str, Any]
Answer = dict[str, Any]

PAGE_BYTES = 1024 * 1024
"""A page ends with the item that reaches 1 MB, before any filter."""
MAX_SEGMENTS = 1_000_000

_INVALID = "One or more parameter values were invalid: "
_BAD_START = "The provided starting key is invalid"


def query(tables: Tables, body: Body) -> Answer:
    """Answer Query."""
    _check_limit(body, "Value at 'Limit'")
    check_choices(body)
    reading = reading_of(body, "FilterExpression", KIND)
    if reading.terms is None:
        raise invalid(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
        )
    target = target_of(tables, body, reading)
    start = start_of(target, body)
    wanted = key_range(target.table, target.index, reading.terms)
    _check_within(wanted, start)
    check_key_paths(target.table, reading.paths or ())
    _check_filter(target, reading)
    check_projected(target, body, reading)
    forward = body.get("ScanIndexForward") is not False
    found = in_range(target.table, target.index, wanted, start, forward=forward)
    return answer_of(target, body, reading, found)


def scan(tables: Tables, body: Body) -> Answer:
    """Answer Scan: all of it, or one of the segments of a parallel scan."""
    _check_limit(body, f"Value '{body.get('Limit')}' at 'limit'")
    check_choices(body)
    segment, segments = _segment(body)
    reading = reading_of(body, "FilterExpression")
    target = target_of(tables, body, reading)
    start = start_of(target, body)
    if start is not None and segment_of(hash_of(start.partition), segments) != segment:
        raise invalid(
            f"{_BAD_START}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. "
            f"TotalSegments: {segments} Segment: {segment}"
        )
    check_key_paths(target.table, reading.paths or ())
    if reading.condition is not None:
        check_key_paths(target.table, reading.condition.paths)
    check_projected(target, body, reading)
    return answer_of(target, body, reading, target.table.order(target.index).scan(start, segment, segments))


def in_range(
    table: Table, index: Index | None, wanted: KeyRange, start: Place | None = None, *, forward: bool = True
) -> Iterator[ItemKey]:
    """The keys of the items in a range, in the order of their sort keys, or against it.

    Parameters
    ----------
    table : Table
    index : Index or None
        None: the table itself.
    wanted : KeyRange
    start : Place, optional
        Where the page before ended.
    forward : bool
    """
    entries = table.order(index).partition(wanted.partition)
    first, last = wanted.bounds(entries)
    if start is not None and forward:
        first = max(first, bisect_right(entries, start.position, key=position_of))
    elif start is not None:
        last = min(last, bisect_left(entries, start.position, key=position_of))
    for at in range(first, last) if forward else range(last - 1, first - 1, -1):
        yield entries[at][1]


# ---- what is read ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """The table or the index that a call reads.

    Attributes
    ----------
    shown : callable
        What it holds of an item's image.
    fetches : bool
        Whether what a local index lacks is fetched from the table.
    """

    table: Table
    index: Index | None
    shown: Callable[[Image], Image]
    fetches: bool

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Name and type of the keys by which it is read."""
        return self.table.keys if self.index is None else self.index.keys

    @property
    def index_name(self) -> str | None:
        """The index's name."""
        return None if self.index is None else self.index.name

    @property
    def position_keys(self) -> list[tuple[str, str]]:
        """Name and type of all attributes that say where a page ended."""
        return list(dict.fromkeys([*self.table.keys, *self.keys]))


def index_of_table(table: Table, name: str | None) -> Index | None:
    """The index of a name; None where no name is given."""
    if name is None:
        return None
    if name not in table.indexes:
        raise invalid(f"The table does not have the specified index: {name}")
    return table.indexes[name]


def target_of(tables: Tables, body: Body, reading: Reading) -> Target:
    """The table or the index that a call reads."""
    table = tables(body["TableName"])
    index = index_of_table(table, body.get("IndexName"))
    if index is None:
        return Target(table, None, lambda image: image, False)
    if index.is_local:
        wants_all = body.get("Select") == "ALL_ATTRIBUTES" and index.projected is not None
        fetches = wants_all or bool(_missing(index, reading))
        return Target(table, index, (lambda image: image) if fetches else index.shown, fetches)
    if body.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes")
    return Target(table, index, index.shown, False)


def _missing(index: Index, reading: Reading) -> list[str]:
    """What a projection asks for and an index does not hold."""
    if index.projected is None:
        return []
    return sorted({str(path[0]) for path in reading.paths or ()} - index.projected)


def check_projected(target: Target, body: Body, reading: Reading) -> None:
    """Refuse what a call asks of its items and cannot have; a local index fetches it from the table."""
    select = body.get("Select")
    parameter = "AttributesToGet" if reading.is_legacy else "ProjectionExpression"
    if select is not None and reading.paths is not None and select != "SPECIFIC_ATTRIBUTES":
        what = "only the Count" if select == "COUNT" else select
        raise invalid(f"{ANNOUNCEMENT}Cannot specify the {parameter} when choosing to get {what}")
    if select == "SPECIFIC_ATTRIBUTES" and reading.paths is None:
        raise invalid(
            f"{ANNOUNCEMENT}Must specify the AttributesToGet or ProjectionExpression "
            "when choosing to get SPECIFIC_ATTRIBUTES"
        )
    index = target.index
    if index is None:
        if select == "ALL_PROJECTED_ATTRIBUTES":
            raise invalid(
                f"{ANNOUNCEMENT}ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
            )
        return
    if index.is_local:
        return
    if select == "ALL_ATTRIBUTES" and index.projected is not None:
        raise invalid(
            f"{_INVALID}Select type ALL_ATTRIBUTES is not supported for global secondary index {index.name} "
            "because its projection type is not ALL"
        )
    missing = _missing(index, reading)
    if missing:
        raise invalid(
            f"{_INVALID}Global secondary index {index.name} does not project [{', '.join(missing)}]"
        )


def _check_limit(body: Body, which: str) -> None:
    if body.get("Limit", 1) < 1:
        raise invalid(
            f"1 validation error detected: {which} failed to satisfy constraint: "
            "Member must have value greater than or equal to 1"
        )


def _check_filter(target: Target, reading: Reading) -> None:
    """Refuse a filter of a Query that asks what the keys decide, or what the index does not hold."""
    if reading.condition is None:
        return
    asked = {str(path[0]) for path in reading.condition.paths}
    check_key_paths(target.table, reading.condition.paths)
    for name, _ in target.keys:
        if name in asked:
            what = "QueryFilter" if reading.is_legacy else "Filter Expression"
            raise invalid(
                f"{what} can only contain non-primary key attributes: Primary key attribute: {name}"
            )
    index = target.index
    if index is not None and index.projected is not None and asked - index.projected:
        lacking = ", ".join(sorted(asked - index.projected))
        raise invalid(
            f"{_INVALID}Secondary index {index.name} does not project one or more filter attributes: "
            f"[{lacking}]"
        )


def _segment(body: Body) -> tuple[int, int]:
    segment, segments = body.get("Segment"), body.get("TotalSegments")
    if segment is None and segments is None:
        return 0, 1
    for name, value, least, most in (
        ("segment", segment, 0, MAX_SEGMENTS - 1),
        ("totalSegments", segments, 1, MAX_SEGMENTS),
    ):
        if value is not None and not least <= value <= most:
            bound = f"less than or equal to {most}" if value > most else f"greater than or equal to {least}"
            raise detected(unsatisfied(value, name, f"Member must have value {bound}"))
    if segments is None:
        raise invalid(
            "The TotalSegments parameter is required but was not present in the request "
            "when Segment parameter is present"
        )
    if segment is None:
        raise invalid(
            "The Segment parameter is required but was not present in the request "
            "when parameter TotalSegments is present"
        )
    if segment >= segments:
        raise invalid(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {segments}"
        )
    return segment, segments


# ---- where a page starts, and where it ended -------------------------------------------------


def start_of(target: Target, body: Body) -> Place | None:
    """Where the page before ended: by its keys alone, so its item may be gone by now."""
    given: Any = body.get("ExclusiveStartKey")
    if given is None:
        return None
    table, index = target.table, target.index
    names = {name for name, _ in target.position_keys}
    if given.keys() != names:
        is_scan_of_table = (
            index is None and "KeyConditionExpression" not in body and "KeyConditions" not in body
        )
        raise invalid(_BAD_START + (f": {NO_MATCH}" if is_scan_of_table else ""))
    try:
        key = key_of_request(table, {name: given[name] for name, _ in table.keys})
        image = {name: accept_value(typed) for name, typed in given.items()}
    except ServiceError as error:
        raise invalid(f"{_BAD_START}: {error.message}") from None
    if index is None:
        return place_in_table(key)
    place = place_in_index(index, key, image)
    if place is None:
        raise invalid(f"{_BAD_START}: {NO_MATCH}")
    return place


def _check_within(wanted: KeyRange, start: Place | None) -> None:
    """Refuse a start that the key conditions could not have led to."""
    if start is None:
        return
    if not wanted.terms and start.partition != wanted.partition:
        raise invalid("The provided starting key is outside query boundaries based on provided conditions")
    if wanted.bounds([(start.position, (None, None))]) != (0, 1):
        raise invalid("The provided starting key does not match the range key predicate")
    if start.partition != wanted.partition:
        raise invalid("The query can return at most one row and cannot be restarted")


def _end(target: Target, key: ItemKey, version: PackedImage) -> Image:
    found = key_image(target.table, key)
    if target.index is not None:
        image = version.image()
        found |= {name: image[name] for name, _ in target.index.keys}
    return with_bytes(found)


# ---- pages -----------------------------------------------------------------------------------


class Page(NamedTuple):
    """What one call read.

    Attributes
    ----------
    images : list of Image
        What the read returns, as boto3 returns it.
    scanned, size : int
        How many items were read, and their bytes.
    sizes : dict
        The same bytes by the partition keys of the table.
    fetched : float
        Read units of what was fetched from the table for a local index.
    last : (ItemKey, PackedImage) or None
        Where the page ended; None: nothing is left to read.
    """

    images: list[Image]
    scanned: int
    size: int
    sizes: dict[Any, int]
    fetched: float
    last: tuple[ItemKey, PackedImage] | None


def read_page(
    target: Target,
    found: Iterable[ItemKey],
    reading: Reading,
    limit: int | None = None,
    *,
    consistent: bool = False,
) -> Page:
    """Read items until the limit or 1 MB is reached, and let the filter choose among them."""
    table, index, condition = target.table, target.index, reading.condition
    narrows = index is not None and index.projected is not None
    images: list[Image] = []
    scanned = size = 0
    sizes: dict[Any, int] = {}
    fetched = 0.0
    for key in found:
        version = table.current(key)
        assert version is not None
        image = version.image()
        scanned += 1
        read = version.size
        if narrows:
            assert index is not None
            read = image_size(index.shown(image))
            image = target.shown(image)
        size += read
        sizes[key[0]] = sizes.get(key[0], 0) + read
        if condition is None or condition.holds(image):
            image = reading.shown(image)
            images.append(with_bytes(image) if version.binary else image)
            if target.fetches:
                fetched += read_units(version.size, consistent=consistent)
        if scanned == limit or size >= PAGE_BYTES:
            return Page(images, scanned, size, sizes, fetched, (key, version))
    return Page(images, scanned, size, sizes, fetched, None)


def answer_of(target: Target, body: Body, reading: Reading, found: Iterable[ItemKey]) -> Answer:
    """The answer that a page makes."""
    consistent = bool(body.get("ConsistentRead"))
    page = read_page(target, found, reading, body.get("Limit"), consistent=consistent)
    units = read_units(page.size, consistent=consistent)
    throughput = target.table.throughput
    if throughput is not None and page.sizes and (target.index is None or target.index.is_local):
        throughput.read_page(page.sizes, units + page.fetched)
    answer: Answer = {"Count": len(page.images), "ScannedCount": page.scanned}
    if body.get("Select") != "COUNT":
        answer["Items"] = page.images
    if page.last is not None:
        answer["LastEvaluatedKey"] = _end(target, *page.last)
    if is_wanted(body):
        in_table, in_index = (units, 0.0) if target.index is None else (page.fetched, units)
        answer["ConsumedCapacity"] = capacity(
            body, target.table.name, in_table, index=target.index, index_units=in_index
        )
    return answer
