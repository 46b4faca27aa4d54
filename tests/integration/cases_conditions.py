"""Named histories of conditions, on an item that is there and on one that is not."""

from __future__ import annotations

from ..strategies import Call, Params
from .building import ITEM, KEY, OTHER, condition, delete, number, put, update

_V: Params = {":v": {"S": "late"}}
CONDITIONS: dict[str, tuple[Call, ...]] = {
    "exists": condition("attribute_exists(delay)"),
    "exists inside": condition("attribute_exists(route.gates[1])"),
    "exists beyond a list's end": condition("attribute_exists(trail[9])"),
    "missing": condition("attribute_not_exists(pk)"),
    "equal numbers, respelled": condition("delay = :n", number("5.00")),
    "equal sets in another order": condition("codes = :s", {":s": {"SS": ["b", "a"]}}),
    "equal maps": condition("route = :m", {":m": ITEM["route"]}),
    "equal NULL": condition("note = :v", {":v": {"NULL": True}}),
    "equal NULL of a missing attribute": condition("nothing = :v", {":v": {"NULL": True}}),
    "not equal of a missing attribute": condition("nothing <> :v", _V),
    "not equal of another type": condition("delay <> :v", _V),
    "less, of another type": condition("delay < :v", _V),
    "less, of a map": condition("route < :m", {":m": {"M": {}}}),
    "less, of binaries": condition("tail > :v", {":v": {"B": b"\x00"}}),
    "less, of a missing attribute": condition("nothing < :n", number("1")),
    "between": condition("delay BETWEEN :n AND :m", number("5") | {":m": {"N": "6"}}),
    "between, of a missing attribute": condition(
        "nothing BETWEEN :n AND :m", number("5") | {":m": {"N": "6"}}
    ),
    "between, the wrong way round": condition("delay BETWEEN :m AND :n", number("5") | {":m": {"N": "6"}}),
    "between, of two types": condition("delay BETWEEN :n AND :v", number("5") | _V),
    "in": condition("#s IN (:v, :n)", _V | number("1"), ExpressionAttributeNames={"#s": "status"}),
    "in, of a missing attribute": condition("nothing IN (:v)", {":v": {"NULL": True}}),
    "begins with": condition(
        "begins_with(#s, :v)", {":v": {"S": "la"}}, ExpressionAttributeNames={"#s": "status"}
    ),
    "begins with, binary": condition("begins_with(tail, :v)", {":v": {"B": b"\x00"}}),
    "begins with, of a number": condition("begins_with(delay, :v)", {":v": {"S": "5"}}),
    "begins with a number": condition("begins_with(delay, :v)", number("5") | {":v": {"N": "5"}}),
    "contains in a string": condition(
        "contains(#s, :v)", {":v": {"S": "at"}}, ExpressionAttributeNames={"#s": "status"}
    ),
    "contains in a set": condition("contains(legs, :n)", number("2.0")),
    "contains in a list": condition("contains(trail, :n)", number("1.0")),
    "contains in a binary": condition("contains(tail, :v)", {":v": {"B": b"\xff"}}),
    "contains of another type": condition("contains(codes, :n)", number("1")),
    "contains in a number": condition("contains(delay, :n)", number("5")),
    "size of a string": condition("size(#s) = :n", number("4"), ExpressionAttributeNames={"#s": "status"}),
    "size of a binary": condition("size(tail) = :n", number("2")),
    "size of a set": condition("size(seals) = :n", number("2")),
    "size of a map": condition("size(route) = :n", number("3")),
    "size of a number": condition("size(delay) >= :n", number("0")),
    "size of a missing attribute": condition("size(nothing) >= :n", number("0")),
    "size of a missing attribute, negated": condition("NOT size(nothing) >= :n", number("0")),
    "type": condition("attribute_type(codes, :v)", {":v": {"S": "SS"}}),
    "type of a missing attribute": condition("attribute_type(nothing, :v)", {":v": {"S": "NULL"}}),
    "type that is none": condition("attribute_type(codes, :v)", {":v": {"S": "X"}}),
    "and before or": condition(
        "attribute_exists(delay) OR attribute_exists(nothing) AND attribute_exists(nothing)"
    ),
    "not before and": condition("NOT attribute_exists(nothing) AND attribute_exists(nothing)"),
    "parentheses": condition(
        "(attribute_exists(delay) OR attribute_exists(nothing)) AND NOT (attribute_exists(nothing))"
    ),
    "two attributes": condition("delay > route.stops"),
    "a path through a string": condition("attribute_exists(tail.via)"),
    "an index into a map": condition("attribute_exists(route[0])"),
    "an empty condition": condition(""),
    "not a condition": condition("delay"),
    "a condition on a value alone": condition(":n = :n", number("1")),
    "a condition's reserved word": condition("status = :v", _V),
    "a condition's value that is not given": condition("delay = :m", number("1")),
    "shown on failure": (
        put(),
        put(
            KEY, ConditionExpression="attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD"
        ),
        update(
            "SET delay = :n",
            number("9"),
            ConditionExpression="delay > :n",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        ),
        delete(ConditionExpression="attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD"),
        delete(
            OTHER, ConditionExpression="attribute_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD"
        ),
    ),
}
