"""Short words for the calls of named histories."""

from __future__ import annotations

from typing import Any

from ..strategies import TABLE, Call, Params, TableSpec

HASH = TableSpec("S", None, "NEW_AND_OLD_IMAGES")
BOTH = TableSpec("S", "N", "NEW_AND_OLD_IMAGES")
ITEM: Params = {
    "pk": {"S": "a"},
    "delay": {"N": "5"},
    "status": {"S": "late"},
    "tail": {"B": b"\x00\xff"},
    "codes": {"SS": ["a", "b"]},
    "legs": {"NS": ["1", "2"]},
    "seals": {"BS": [b"a", b"b"]},
    "route": {"M": {"via": {"S": "ORD"}, "stops": {"N": "1"}, "gates": {"L": [{"S": "B2"}, {"S": "C7"}]}}},
    "trail": {"L": [{"N": "1"}, {"S": "x"}, {"M": {"via": {"S": "ATL"}}}]},
    "note": {"NULL": True},
    "cancelled": {"BOOL": False},
}
KEY = {"pk": {"S": "a"}}
OTHER = {"pk": {"S": "b"}}


def put(item: Params = ITEM, **more: Any) -> Call:
    return Call("PutItem", {"TableName": TABLE, "Item": item} | more)


def update(expression: str | None, values: Params | None = None, key: Params = KEY, **more: Any) -> Call:
    params: Params = {"TableName": TABLE, "Key": key}
    if expression is not None:
        params["UpdateExpression"] = expression
    if values is not None:
        params["ExpressionAttributeValues"] = values
    return Call("UpdateItem", params | more)


def delete(key: Params = KEY, **more: Any) -> Call:
    return Call("DeleteItem", {"TableName": TABLE, "Key": key} | more)


def condition(expression: str, values: Params | None = None, **more: Any) -> tuple[Call, ...]:
    """A condition on an item that is there, and on one that is not."""
    params: Params = {"ConditionExpression": expression} | more
    if values is not None:
        params["ExpressionAttributeValues"] = values
    return put(), put(ITEM | {"seen": {"BOOL": True}}, **params), put(OTHER, **params)


def transact(*actions: tuple[str, Call], **more: Any) -> Call:
    return Call(
        "TransactWriteItems", {"TransactItems": [{kind: call.params} for kind, call in actions]} | more
    )


def check(expression: str, key: Params = KEY, **more: Any) -> tuple[str, Call]:
    params = {"TableName": TABLE, "Key": key, "ConditionExpression": expression} | more
    return "ConditionCheck", Call("ConditionCheck", params)


def batch(*requests: Params) -> Call:
    return Call("BatchWriteItem", {"RequestItems": {TABLE: list(requests)}})


def put_request(item: Params) -> Params:
    return {"PutRequest": {"Item": item}}


def delete_request(key: Params) -> Params:
    return {"DeleteRequest": {"Key": key}}


def number(text: str) -> Params:
    """The values of an expression that uses ``:n``."""
    return {":n": {"N": text}}
