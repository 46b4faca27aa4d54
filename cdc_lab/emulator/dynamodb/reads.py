"""The calls that read items by their keys: GetItem, BatchGetItem, TransactGetItems."""

from __future__ import annotations

from typing import Any

from cdc_lab.emulator.dynamodb.attribute_values import accept_image, invalid
from cdc_lab.emulator.dynamodb.capacity import capacities, capacity, is_wanted, read_units
from cdc_lab.emulator.dynamodb.forms import check_choices
from cdc_lab.emulator.dynamodb.images import Image, PackedImage, with_bytes
from cdc_lab.emulator.dynamodb.journal import ItemKey
from cdc_lab.emulator.dynamodb.keys import (
    NO_MATCH,
    Tables,
    check_key_paths,
    key_of_request,
)
from cdc_lab.emulator.dynamodb.readings import Reading, reading_of
from cdc_lab.emulator.dynamodb.table import Table
from cdc_lab.emulator.dynamodb.transactions import MAX_BYTES, WEIGHT, canceled, check_actions, reason_of
from cdc_lab.errors import ServiceError

Body = dict[str, Any]
Answer = dict[str, Any]

MAX_BATCH_KEYS = 100
MAX_BATCH_BYTES = 16 * 1024 * 1024


def get_item(tables: Tables, body: Body) -> Answer:
    """Answer GetItem."""
    check_choices(body)
    reading = reading_of(body)
    table = tables(body["TableName"])
    check_key_paths(table, reading.paths or ())
    key = key_of_request(table, body["Key"])
    found, units = _read(table, key, consistent=bool(body.get("ConsistentRead")))
    answer: Answer = {} if found is None else {"Item": _shown(reading, found)}
    if is_wanted(body):
        answer["ConsumedCapacity"] = capacity(body, table.name, units)
    return answer


def _read(
    table: Table, key: ItemKey, *, consistent: bool, weight: int = 1
) -> tuple[PackedImage | None, float]:
    """An item and its read units, counted against its partition where that is limited."""
    version = table.current(key)
    units = weight * read_units(0 if version is None else version.size, consistent=consistent)
    if table.throughput is not None:
        table.throughput.read(key[0], units)
    return version, units


def _shown(reading: Reading, version: PackedImage) -> Image:
    if reading.paths is None:
        return version.python_image()
    return with_bytes(reading.shown(version.image()))


def batch_get_item(tables: Tables, body: Body) -> Answer:
    """Answer BatchGetItem: the items that are there, table by table, 16 MB at most."""
    requests: dict[str, Body] = body["RequestItems"]
    if not requests:
        raise invalid("The requestItems parameter is required for BatchGetItem")
    check_choices(body)
    _check_counts(requests)
    readings = {name: reading_of(request) for name, request in requests.items()}
    found: dict[str, list[Image]] = {}
    left: dict[str, Body] = {}
    units: dict[str, float] = {}
    room = MAX_BATCH_BYTES
    throttled: ServiceError | None = None
    targets = {name: _target_of(tables(name), request, readings[name]) for name, request in requests.items()}
    for name, (table, keys) in targets.items():
        request = requests[name]
        consistent = bool(request.get("ConsistentRead"))
        found[name] = []
        for given, key in zip(request["Keys"], keys, strict=True):
            standing = table.current(key)
            size = 0 if standing is None else standing.size
            fits = size <= room
            if fits:
                try:
                    version, cost = _read(table, key, consistent=consistent)
                except ServiceError as error:
                    throttled, fits = error, False
            if not fits:
                # What does not fit, or is throttled, comes back to be asked for again.
                keys_left = left.setdefault(name, {**request, "Keys": []})["Keys"]
                keys_left.append(with_bytes({one: dict(typed) for one, typed in given.items()}))
                continue
            room -= size
            units[table.name] = units.get(table.name, 0.0) + cost
            if version is not None:
                found[name].append(_shown(readings[name], version))
    if throttled is not None and not units:
        raise throttled  # D41: a batch of which nothing can be read is refused
    return {"Responses": found, "UnprocessedKeys": left} | capacities(body, units)


def _target_of(table: Table, request: Body, reading: Reading) -> tuple[Table, list[ItemKey]]:
    """Return the table that a part of a batch reads, and the keys; refuse what is wrong with them."""
    check_key_paths(table, reading.paths or ())
    keys = [key_of_request(table, key) for key in request["Keys"]]
    if len(set(keys)) < len(keys):
        raise invalid("Provided list of item keys contains duplicates")
    return table, keys


def _check_counts(requests: dict[str, Body]) -> None:
    total = 0
    for name, request in requests.items():
        count = len(request["Keys"])
        total += count
        if not 1 <= count <= MAX_BATCH_KEYS:
            bound = f"less than or equal to {MAX_BATCH_KEYS}" if count else "greater than or equal to 1"
            raise invalid(
                f"1 validation error detected: Value at 'RequestItems.{name}.member.Keys' failed to satisfy "
                f"constraint: Member must have length {bound}"
            )
    if total > MAX_BATCH_KEYS:
        raise invalid("Too many items requested for the BatchGetItem call")


def transact_get_items(tables: Tables, body: Body) -> Answer:
    """Answer TransactGetItems: up to 100 items, each named once."""
    actions = body["TransactItems"]
    check_choices(body)
    check_actions(actions)
    for action in actions:
        if action.keys() != {"Get"}:
            raise invalid("TransactItems can only contain Get")
    readings = [reading_of(action["Get"]) for action in actions]
    versions: list[PackedImage | None] = []
    reasons: list[dict[str, Any]] = []
    named = set()
    units: dict[str, float] = {}
    for action, reading in zip(actions, readings, strict=True):
        inner = action["Get"]
        table = tables(inner["TableName"])
        given = accept_image(inner["Key"])
        if not all(typed.keys() <= {"S", "N", "B"} for typed in given.values()):
            raise invalid(NO_MATCH)
        try:
            check_key_paths(table, reading.paths or ())
            key = key_of_request(table, inner["Key"])
            table.claims.check(table, key)
            version, cost = _read(table, key, consistent=True, weight=WEIGHT)
        except ServiceError as error:
            reasons.append(reason_of(error))
            continue
        named.add((table.table_arn, key))
        versions.append(version)
        reasons.append({"Code": "None"})
        units[table.name] = units.get(table.name, 0.0) + cost
    if len(versions) < len(actions):
        raise canceled(reasons)
    if len(named) < len(actions):
        raise invalid("Transaction request cannot include multiple operations on one item")
    if sum(version.size for version in versions if version is not None) > MAX_BYTES:
        raise invalid("Payload in response is too large.")
    responses = [
        {} if version is None else {"Item": _shown(reading, version)}
        for reading, version in zip(readings, versions, strict=True)
    ]
    return {"Responses": responses} | capacities(body, units, kind="ReadCapacityUnits")
