"""Named histories of calls that are refused, and of transactions and batches."""

from __future__ import annotations

from ..strategies import Call, Params
from .building import (
    ITEM,
    KEY,
    OTHER,
    batch,
    check,
    delete,
    delete_request,
    number,
    put,
    put_request,
    transact,
    update,
)

LONG = "x" * 401 * 1024


def _nested(levels: int) -> Params:
    value: Params = {"S": "x"}
    for _ in range(levels):
        value = {"L": [value]}
    return value


def _elsewhere(call: Call) -> Call:
    return Call(call.operation, call.params | {"TableName": "nowhere"})


ITEMS: dict[str, tuple[Call, ...]] = {
    "a put without its key": (put({"delay": {"N": "1"}}),),
    "a put with a key of another type": (put({"pk": {"N": "1"}}),),
    "a put with an empty key": (put({"pk": {"S": ""}}),),
    "a put with a NULL key": (put({"pk": {"NULL": True}}),),
    "an update without its key": (update("SET delay = :n", number("1"), key={}),),
    "an update with a key of another type": (update("SET delay = :n", number("1"), key={"pk": {"N": "1"}}),),
    "an update with an empty key": (update("SET delay = :n", number("1"), key={"pk": {"S": ""}}),),
    "an update with too much of a key": (
        update("SET delay = :n", number("1"), key=KEY | {"sk": {"S": "a"}}),
    ),
    "a delete with too much of a key": (delete(KEY | {"sk": {"S": "a"}}),),
    "a delete with a key of another type": (delete({"pk": {"B": b"a"}}),),
    "a put into a table that is not there": (_elsewhere(put()),),
    "an update in a table that is not there": (_elsewhere(update("SET delay = :n", number("1"))),),
    "a delete in a table that is not there": (_elsewhere(delete()),),
    "not a number": (put(KEY | {"n": {"N": "five"}}),),
    "an empty number": (put(KEY | {"n": {"N": ""}}),),
    "a number of 39 digits": (put(KEY | {"n": {"N": "1" * 39}}),),
    "a number that is too large": (put(KEY | {"n": {"N": "1E+126"}}),),
    "a number that is too small": (put(KEY | {"n": {"N": "1E-131"}}),),
    "an infinite number": (put(KEY | {"n": {"N": "Infinity"}}),),
    "a number with spaces": (put(KEY | {"n": {"N": " 1 "}}),),
    "an empty string set": (put(KEY | {"s": {"SS": []}}),),
    "an empty number set": (put(KEY | {"s": {"NS": []}}),),
    "a string set with a member twice": (put(KEY | {"s": {"SS": ["a", "a"]}}),),
    "a number set with a number twice, respelled": (put(KEY | {"s": {"NS": ["1", "1.0"]}}),),
    "a binary set with a member twice": (put(KEY | {"s": {"BS": [b"a", b"a"]}}),),
    "NULL that is not": (put(KEY | {"s": {"NULL": False}}),),
    "32 levels": (put(KEY | {"deep": _nested(31)}),),
    "33 levels": (put(KEY | {"deep": _nested(32)}),),
    "an item that is too large": (put(KEY | {"wide": {"S": LONG}}),),
    "an item that grows too large": (put(), update("SET wide = :v", {":v": {"S": LONG}})),
    "a put that returns new values": (put(ReturnValues="ALL_NEW"),),
    "a delete that returns new values": (delete(ReturnValues="UPDATED_NEW"),),
    "a returned value that is none": (put(ReturnValues="SOME"),),
    "a delete's values without a condition": (delete(ExpressionAttributeValues=number("1")),),
    "a put's names without a condition": (put(ExpressionAttributeNames={"#d": "delay"}),),
    "old and new parameters together": (put(ConditionExpression="attribute_exists(pk)", Expected={}),),
}

BATCHES: dict[str, tuple[Call, ...]] = {
    "a batch": (put(), batch(put_request(OTHER), delete_request(KEY))),
    "a batch that names an item twice": (batch(put_request(KEY), put_request(ITEM)),),
    "a batch that puts and deletes an item": (put(), batch(put_request(KEY), delete_request(KEY))),
    "a batch of nothing": (Call("BatchWriteItem", {"RequestItems": {}}),),
    "a batch of 25": (batch(*(put_request({"pk": {"S": str(i)}}) for i in range(25))),),
    "a batch of 26": (batch(*(put_request({"pk": {"S": str(i)}}) for i in range(26))),),
    "a batch in a table that is not there": (
        Call("BatchWriteItem", {"RequestItems": {"nowhere": [put_request(KEY)]}}),
    ),
    "a batch with one bad item": (batch(put_request(ITEM), put_request({"pk": {"N": "1"}})),),
    "a batch with one item without its key": (batch(put_request(ITEM), put_request({"delay": {"N": "1"}})),),
    "a batch with an empty set": (batch(put_request(ITEM), put_request(OTHER | {"s": {"SS": []}})),),
    "a batch with a request that is both": (batch({**put_request(KEY), **delete_request(OTHER)}),),
}

# One a history: the lab may be one for all of them, and a token holds for ten minutes.
_REPEATED = {"ClientRequestToken": "a-token"}
_REUSED = {"ClientRequestToken": "another-token"}
TRANSACTIONS: dict[str, tuple[Call, ...]] = {
    "a transaction of all four kinds": (
        put(),
        transact(
            ("Put", put(OTHER)),
            ("Update", update("SET delay = :n", number("9"))),
            ("Delete", delete({"pk": {"S": "c"}})),
            check("attribute_not_exists(pk)", {"pk": {"S": "d"}}),
        ),
    ),
    "a transaction's upsert": (transact(("Update", update("SET delay = :n", number("9")))),),
    "a transaction whose last condition fails": (
        put(),
        transact(
            ("Put", put(OTHER)),
            ("Update", update("SET delay = :n", number("9"))),
            check("attribute_exists(pk)", {"pk": {"S": "d"}}),
        ),
    ),
    "a transaction whose conditions all fail": (
        put(),
        transact(
            ("Put", put(KEY, ConditionExpression="attribute_not_exists(pk)")),
            ("Update", update("SET delay = :n", number("9"), OTHER, ConditionExpression="delay = :n")),
            ("Delete", delete({"pk": {"S": "c"}}, ConditionExpression="attribute_exists(pk)")),
        ),
    ),
    "a failed condition that shows the item": (
        put(),
        transact(
            ("Put", put(OTHER)),
            check("attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD"),
        ),
    ),
    "a transaction that names an item twice": (transact(("Put", put()), ("Delete", delete())),),
    "a transaction that checks what it writes": (
        put(),
        transact(("Put", put(KEY)), check("attribute_exists(pk)")),
    ),
    "a transaction with an update that its item does not allow": (
        put(),
        transact(("Put", put(OTHER)), ("Update", update("SET nothing.there = :n", number("1")))),
    ),
    "a transaction with a sum of what is missing": (
        put(),
        transact(("Put", put(OTHER)), ("Update", update("SET delay = nothing + :n", number("1")))),
    ),
    "a transaction with an add of the wrong type": (
        put(),
        transact(("Put", put(OTHER)), ("Update", update("ADD codes :n", number("1")))),
    ),
    "a transaction with an expression that is none": (
        put(),
        transact(("Put", put(OTHER)), ("Update", update("SET delay", number("1")))),
    ),
    "a transaction with a bad key": (transact(("Put", put(OTHER)), ("Put", put({"pk": {"N": "1"}}))),),
    "a transaction with an empty set": (
        transact(("Put", put(OTHER)), ("Put", put(KEY | {"s": {"SS": []}}))),
    ),
    "a transaction in a table that is not there": (
        transact(("Put", put(OTHER)), ("Put", _elsewhere(put()))),
    ),
    "a transaction of 100": (transact(*(("Put", put({"pk": {"S": str(i)}})) for i in range(100))),),
    "a transaction of 101": (transact(*(("Put", put({"pk": {"S": str(i)}})) for i in range(101))),),
    "a transaction's token again": (
        transact(("Update", update("ADD delay :n", number("1"))), **_REPEATED),
        transact(("Update", update("ADD delay :n", number("1"))), **_REPEATED),
    ),
    "a transaction's token with another request": (
        transact(("Update", update("ADD delay :n", number("1"))), **_REUSED),
        transact(("Update", update("ADD delay :n", number("2"))), **_REUSED),
    ),
}
