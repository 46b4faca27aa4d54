"""The calls that write items one by one: PutItem, UpdateItem, DeleteItem, BatchWriteItem.

They work on packed images. Undoing a call that fails, and writing the records of one that
succeeds, is the journal's part.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from cdc_lab.emulator.dynamodb.attribute_values import MAX_ITEM_BYTES, accept_image, invalid
from cdc_lab.emulator.dynamodb.call_expressions import announced, check_condition, expressions_of
from cdc_lab.emulator.dynamodb.capacity import capacities, capacity, is_wanted, write_units
from cdc_lab.emulator.dynamodb.claims import CONFLICT
from cdc_lab.emulator.dynamodb.expressions import Update, picked
from cdc_lab.emulator.dynamodb.forms import check_choices
from cdc_lab.emulator.dynamodb.images import Image, PackedImage, with_bytes
from cdc_lab.emulator.dynamodb.journal import ItemKey
from cdc_lab.emulator.dynamodb.keys import (
    Tables,
    check_index_keys,
    key_image,
    key_of_item,
    key_of_request,
)
from cdc_lab.emulator.dynamodb.table import Table
from cdc_lab.emulator.dynamodb.throughput import THROTTLED
from cdc_lab.errors import ServiceError

Body = dict[str, Any]
Answer = dict[str, Any]

MAX_BATCH = 25  # writes of one BatchWriteItem, and statements of one BatchExecuteStatement

_INVALID = "One or more parameter values were invalid: "


def packed(image: Image, message: str = "Item size has exceeded the maximum allowed size") -> PackedImage:
    """Freeze a new version of an item; refuse one of more than 400 KB."""
    version = PackedImage(image)
    if version.size > MAX_ITEM_BYTES:
        raise invalid(message)
    return version


# ---- one item --------------------------------------------------------------------------------


class ItemWrite(NamedTuple):
    """What a call is about to do to one item."""

    table: Table
    key: ItemKey
    before: PackedImage | None
    after: PackedImage | None
    update: Update | None = None

    @property
    def units(self) -> float:
        """Write capacity units: those of the larger version."""
        return write_units(max(version.size if version else 0 for version in (self.before, self.after)))

    def admit(self, weight: int) -> None:
        """Count the write against its partition, where that is limited; see ``TableThroughput.write``."""
        if self.table.throughput is not None:
            self.table.throughput.write(self.key[0], weight * self.units)

    def store(self) -> None:
        """Put the new version in its place."""
        if self.before is not None or self.after is not None:
            self.table.store(self.key, self.before, self.after)


def put(tables: Tables, body: Body, *, alone: bool = False, weight: int = 1) -> ItemWrite:
    """Prepare a PutItem, or a put of a batch or a transaction; nothing is written yet.

    Parameters
    ----------
    tables : callable
    body : dict
    alone : bool
        Whether the call is about this item alone: its refusals are announced (see ``announced``).
    weight : int
        By what its cost is multiplied: 2 in a transaction (D43). A condition that fails costs a write, too.
    """
    table = tables(body["TableName"])
    try:
        compiled = expressions_of(body)
        image = accept_image(body["Item"])
    except ServiceError as error:
        raise (announced(error, body) if alone else error) from None
    key = key_of_item(table, image)
    check_index_keys(table, image)
    after = packed(image)
    table.claims.check(table, key)
    write = ItemWrite(table, key, table.current(key), after)
    write.admit(weight)
    check_condition(compiled.condition, write.before, body)
    return write


def delete(tables: Tables, body: Body, *, alone: bool = False, weight: int = 1) -> ItemWrite:
    """Prepare a DeleteItem, or a delete of a batch or a transaction; see :func:`put`."""
    table = tables(body["TableName"])
    try:
        compiled = expressions_of(body)
    except ServiceError as error:
        raise (announced(error, body) if alone else error) from None
    key = key_of_request(table, body["Key"])
    table.claims.check(table, key)
    write = ItemWrite(table, key, table.current(key), None)
    write.admit(weight)
    check_condition(compiled.condition, write.before, body)
    return write


def update(tables: Tables, body: Body, *, alone: bool = False, weight: int = 1) -> ItemWrite:
    """Prepare an UpdateItem, or one of a transaction; see :func:`put`.

    An item that is not there starts as its key, if the update puts something there (A25).
    """
    table = tables(body["TableName"])
    try:
        compiled = expressions_of(body, changes=True)
    except ServiceError as error:
        raise (announced(error, body) if alone else error) from None
    key = key_of_request(table, body["Key"])
    change = compiled.update
    if change is not None:
        names = {name for name, _ in table.keys}
        for path in change.paths:
            if path[0] in names:
                raise invalid(
                    f"{_INVALID}Cannot update attribute {path[0]}. This attribute is part of the key"
                )
    table.claims.check(table, key)
    before = table.current(key)
    estimate = ItemWrite(table, key, before, None)
    estimate.admit(weight)
    check_condition(compiled.condition, before, body)
    if before is None and change is not None and change.only_removes:
        return ItemWrite(table, key, None, None, change)  # there is nothing to remove: no item, no record
    start = key_image(table, key) if before is None else before.image()
    image = start if change is None else change.apply(start)
    if table.index_keys:
        check_index_keys(table, image, is_update=True)
    after = packed(image, "Item size to update has exceeded the maximum allowed size")
    write = ItemWrite(table, key, before, after, change)
    if table.throughput is not None:
        # How large the item becomes is known only now.
        table.throughput.write_more(key[0], weight * (write.units - estimate.units))
    return write


def put_item(tables: Tables, body: Body) -> Answer:
    """Answer PutItem."""
    returned = _returned("PutItem", body)
    return _stored(put(tables, body, alone=True), returned, body)


def delete_item(tables: Tables, body: Body) -> Answer:
    """Answer DeleteItem."""
    returned = _returned("DeleteItem", body)
    return _stored(delete(tables, body, alone=True), returned, body)


def _stored(done: ItemWrite, returned: str, body: Body) -> Answer:
    """The answer to a write of a whole item, once it has happened."""
    done.store()
    answer: Answer = {}
    if returned == "ALL_OLD" and done.before is not None:
        answer["Attributes"] = done.before.python_image()
    return answer | _asked(body, done)


def update_item(tables: Tables, body: Body) -> Answer:
    """Answer UpdateItem."""
    returned = _returned("UpdateItem", body)
    done = update(tables, body, alone=True)
    done.store()
    answer: Answer = {}
    version = done.after if returned.endswith("_NEW") else done.before
    if returned != "NONE" and version is not None:
        image: Image | None = version.image()
        if returned.startswith("UPDATED"):
            image = picked(image, done.update.paths) if done.update else None
        if image:
            answer["Attributes"] = with_bytes(image)
    return answer | _asked(body, done)


def _returned(operation: str, body: Body) -> str:
    check_choices(body)
    returned: str = body.get("ReturnValues", "NONE")
    if operation != "UpdateItem" and returned not in ("NONE", "ALL_OLD"):
        raise invalid("ReturnValues can only be ALL_OLD or NONE")
    return returned


def _asked(body: Body, done: ItemWrite) -> Answer:
    """What the call asks for beside the item."""
    answer: Answer = {}
    if is_wanted(body):
        answer["ConsumedCapacity"] = capacity(body, done.table.name, done.units)
    collections = item_collections(body, [done])
    if collections:
        answer["ItemCollectionMetrics"] = collections[done.table.name][0]
    return answer


def item_collections(body: Body, writes: list[ItemWrite]) -> dict[str, list[dict[str, Any]]]:
    """The item collections that writes touch, by table, if the call asks for them.

    Only a table with a local index has any. The lab's are smaller than a gigabyte: a model.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    if body.get("ReturnItemCollectionMetrics", "NONE") == "NONE":
        return found
    for write in writes:
        if any(index.is_local for index in write.table.indexes.values()):
            key = with_bytes(key_image(write.table, (write.key[0], None)))
            metrics = {"ItemCollectionKey": key, "SizeEstimateRangeGB": [0.0, 1.0]}
            of_table = found.setdefault(write.table.name, [])
            if metrics not in of_table:
                of_table.append(metrics)
    return found


# ---- several items ---------------------------------------------------------------------------


def batch_write_item(tables: Tables, body: Body) -> Answer:
    """Answer BatchWriteItem: every request is checked before the first is done.

    An item of an ongoing transaction comes back unprocessed: a model, because AWS does not say what happens
    to it, and no error of this call stands for it.
    """
    requests: dict[str, list[Body]] = body["RequestItems"]
    total = sum(map(len, requests.values()))
    check_choices(body)
    _check_counts(requests, total)
    writes: list[ItemWrite] = []
    left: dict[str, list[Body]] = {}
    throttled: ServiceError | None = None
    for name, listed in requests.items():
        for request in listed:
            try:
                writes.append(_batched(tables, tables(name), request))
            except ServiceError as error:
                if error.code in THROTTLED:
                    throttled = error
                elif error.code != CONFLICT:
                    raise
                left.setdefault(name, []).append(_returned_request(request))
    if throttled is not None and not writes:
        raise throttled  # D41: a batch of which nothing can be written is refused
    if len({(write.table.table_arn, write.key) for write in writes}) < len(writes):
        raise invalid("Provided list of item keys contains duplicates")
    for write in writes:
        write.store()
    units: dict[str, float] = {}
    for write in writes:
        units[write.table.name] = units.get(write.table.name, 0.0) + write.units
    collections = item_collections(body, writes)
    return (
        {"UnprocessedItems": left}
        | ({"ItemCollectionMetrics": collections} if collections else {})
        | capacities(body, units)
    )


def _check_counts(requests: dict[str, list[Body]], total: int) -> None:
    if not requests:
        raise invalid("The requestItems parameter is required for BatchWriteItem")
    if not all(requests.values()):
        raise invalid(
            "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1"
        )
    if total > MAX_BATCH:
        raise invalid(
            f"1 validation error detected: Value '{{{next(iter(requests))}=[...]}}' at 'requestItems' "
            "failed to satisfy constraint: "
            f"Map value must satisfy constraint: [Member must have length less than or equal to {MAX_BATCH}, "
            "Member must have length greater than or equal to 1]"
        )


def _returned_request(request: Body) -> Body:
    """A request of a batch as its answer gives it back, to be sent again."""
    ((kind, inner),) = request.items()
    return {kind: {name: with_bytes(accept_image(image)) for name, image in inner.items()}}


def _batched(tables: Tables, table: Table, request: dict[str, Any]) -> ItemWrite:
    if len(request) != 1:
        raise invalid("Supplied WriteRequest must contain exactly one of PutRequest and DeleteRequest")
    ((kind, inner),) = request.items()
    return (put if kind == "PutRequest" else delete)(tables, {"TableName": table.name, **inner})
