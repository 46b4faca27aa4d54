"""Named histories of writes: what changes, what does not, what is returned."""

from __future__ import annotations

from ..strategies import Call
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


def _returned() -> dict[str, tuple[Call, ...]]:
    out: dict[str, tuple[Call, ...]] = {}
    for kind in ("NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"):
        touch = update(
            "SET delay = :n REMOVE codes ADD legs :s", number("7") | {":s": {"NS": ["9"]}}, ReturnValues=kind
        )
        nested = update("SET route.via = :v, trail[0] = :v", {":v": {"S": "DEN"}}, ReturnValues=kind)
        same = update("SET delay = :n", number("5.0"), ReturnValues=kind)
        removed = update("REMOVE nothing", ReturnValues=kind)
        out[f"update of an item returns {kind}"] = (put(), touch)
        out[f"update inside an item returns {kind}"] = (put(), nested)
        out[f"update that changes nothing returns {kind}"] = (put(), same)
        out[f"update that removes nothing returns {kind}"] = (put(), removed)
        out[f"upsert returns {kind}"] = (update("SET delay = :n", number("1"), ReturnValues=kind),)
        out[f"upsert of a key alone returns {kind}"] = (update(None, ReturnValues=kind),)
        out[f"put over an item returns {kind}"] = (put(), put(KEY, ReturnValues=kind))
        out[f"first put returns {kind}"] = (put(ReturnValues=kind),)
        out[f"delete returns {kind}"] = (put(), delete(ReturnValues=kind))
        out[f"delete of a missing item returns {kind}"] = (delete(ReturnValues=kind),)
    return out


RETURNED = _returned()


NO_CHANGE: dict[str, tuple[Call, ...]] = {
    "put of the same item": (put(), put()),
    "put of the same number, respelled": (put(KEY | {"n": {"N": "1"}}), put(KEY | {"n": {"N": "1.0"}})),
    "put of the same set in another order": (
        put(),
        put(ITEM | {"codes": {"SS": ["b", "a"]}, "legs": {"NS": ["2.0", "1"]}}),
    ),
    "put of the same list in another order is a change": (
        put(),
        put(ITEM | {"trail": {"L": ITEM["trail"]["L"][::-1]}}),
    ),
    "update to the same value": (put(), update("SET delay = :n", number("5E0"))),
    "update that removes nothing": (put(), update("REMOVE nothing")),
    "update that adds nothing to a number": (put(), update("ADD delay :n", number("0"))),
    "update that adds a member that is there": (put(), update("ADD codes :s", {":s": {"SS": ["a"]}})),
    "update that deletes a member that is not there": (
        put(),
        update("DELETE codes :s", {":s": {"SS": ["z"]}}),
    ),
    "update without an expression": (put(), update(None)),
    "upsert without an expression": (update(None), update(None)),
    "batch of what is there, and a missing delete": (put(), batch(put_request(ITEM), delete_request(OTHER))),
    "transaction of what is there": (put(), transact(("Put", put()))),
    "transaction's update to the same value": (
        put(),
        transact(("Update", update("SET delay = :n", number("5")))),
    ),
    "transaction's delete of a missing item": (transact(("Delete", delete())),),
    "transaction's check alone": (put(), transact(check("attribute_exists(pk)"))),
    "delete of a missing item": (delete(),),
    "delete, then the same put": (put(), delete(), put()),
    "number moves by a digit that a float loses": (
        put(KEY | {"n": {"N": "0.1234567890123456789012345678901234567"}}),
        put(KEY | {"n": {"N": "0.1234567890123456789012345678901234568"}}),
    ),
    "boolean for a number": (put(KEY | {"x": {"N": "1"}}), put(KEY | {"x": {"BOOL": True}})),
    "string for a number": (put(KEY | {"x": {"N": "1"}}), put(KEY | {"x": {"S": "1"}})),
    "empty map for an empty list": (put(KEY | {"x": {"M": {}}}), put(KEY | {"x": {"L": []}})),
}


UPDATES: dict[str, tuple[Call, ...]] = {
    "delete of a set's last member removes the attribute": (
        put(),
        update("DELETE codes :s", {":s": {"SS": ["a", "b"]}}),
    ),
    "delete from a missing set": (put(KEY), update("DELETE codes :s", {":s": {"SS": ["a"]}})),
    "add to a missing number": (put(KEY), update("ADD delay :n", number("-1.50"))),
    "add to a missing set": (put(KEY), update("ADD codes :s", {":s": {"SS": ["b", "a"]}})),
    "add of a number that is there under another spelling": (
        put(),
        update("ADD legs :s", {":s": {"NS": ["1.0", "3"]}}),
    ),
    "add to a nested number": (put(), update("ADD route.stops :n", number("2"))),
    "add of 38 digits": (
        put(KEY | {"n": {"N": "1"}}),
        update("ADD n :n", number("12345678901234567890123456789012345677")),
    ),
    "subtract to 38 digits": (
        put(KEY | {"n": {"N": "0.5"}}),
        update("SET n = n - :n", number("1234567890123456789012345678901234567.5")),
    ),
    "trailing zeros of a sum": (put(KEY | {"n": {"N": "370.3680"}}), update("ADD n :n", number("0.0020"))),
    "a sum of more than 38 digits": (put(KEY | {"n": {"N": "1E+30"}}), update("ADD n :n", number("1E-30"))),
    "a sum that is too large": (put(KEY | {"n": {"N": "9.9E+125"}}), update("ADD n :n", number("9.9E+125"))),
    "set of a list element": (put(), update("SET trail[1] = :v", {":v": {"S": "y"}})),
    "set beyond a list's end appends": (put(), update("SET trail[9] = :v", {":v": {"S": "y"}})),
    "two sets beyond a list's end": (
        put(),
        update("SET trail[9] = :v, trail[7] = :w", {":v": {"S": "y"}, ":w": {"S": "z"}}),
    ),
    "removal of a list element shifts the rest": (put(), update("REMOVE trail[0]")),
    "removal of two list elements": (put(), update("REMOVE trail[0], trail[2]")),
    "removal beyond a list's end": (put(), update("REMOVE trail[9]")),
    "removal inside a map": (put(), update("REMOVE route.via")),
    "removal of what a map does not hold": (put(), update("REMOVE route.nothing")),
    "removal in a map that is missing": (put(KEY), update("REMOVE route.via")),
    "removal through a string": (put(), update("REMOVE delay.via")),
    "set in a map that is missing": (put(KEY), update("SET route.via = :v", {":v": {"S": "ORD"}})),
    "set in a map of a missing item": (update("SET route.via = :v", {":v": {"S": "ORD"}}),),
    "set in a list that is missing": (put(KEY), update("SET trail[0] = :v", {":v": {"S": "ORD"}})),
    "set through a string": (put(), update("SET tail.via = :v", {":v": {"S": "ORD"}})),
    "append, both ends": (
        put(),
        update("SET trail = list_append(trail, :l)", {":l": {"L": [{"S": "z"}]}}),
        update("SET trail = list_append(:l, trail)", {":l": {"L": [{"S": "0"}]}}),
    ),
    "append to a missing list": (put(KEY), update("SET trail = list_append(trail, :l)", {":l": {"L": []}})),
    "append with a default": (
        put(KEY),
        update(
            "SET trail = list_append(if_not_exists(trail, :e), :l)",
            {":e": {"L": []}, ":l": {"L": [{"S": "z"}]}},
        ),
    ),
    "append to a string": (put(), update("SET trail = list_append(tail, :l)", {":l": {"L": []}})),
    "copy": (put(), update("SET copied = route, delay = route.stops")),
    "copy of what is missing": (put(), update("SET copied = nothing")),
    "swap": (put(), update("SET delay = legs, legs = delay")),
    "each clause reads the item as it was": (put(), update("SET copied = delay REMOVE delay")),
    "default that is not needed": (put(), update("SET delay = if_not_exists(delay, :n)", number("9"))),
    "default of another path": (
        put(),
        update("SET fresh = if_not_exists(nothing, :n), old = if_not_exists(delay, :n)", number("9")),
    ),
    "count up with a default": (put(KEY), update("SET delay = if_not_exists(delay, :n) + :n", number("1.5"))),
    "sum of two attributes": (put(), update("SET total = delay + route.stops")),
    "sum with a missing attribute": (put(), update("SET total = delay + nothing")),
    "sum with a string": (put(), update("SET total = delay + tail")),
    "sum with a value that is a string": (put(), update("SET delay = delay + :n", {":n": {"S": "1"}})),
    "add of a string": (put(), update("ADD delay :n", {":n": {"S": "1"}})),
    "add of a number to a set": (put(), update("ADD codes :n", number("1"))),
    "add of a number set to a string set": (put(), update("ADD codes :s", {":s": {"NS": ["1"]}})),
    "delete from a number": (put(), update("DELETE delay :s", {":s": {"SS": ["a"]}})),
    "delete of a number": (put(), update("DELETE delay :n", number("1"))),
    "overlapping paths": (put(), update("SET route.via = :n REMOVE route", number("1"))),
    "the same path twice": (put(), update("SET delay = :n, delay = :n", number("1"))),
    "conflicting paths": (put(), update("SET trail[0] = :n, trail.via = :n", number("1"))),
    "update of a key": (put(), update("SET pk = :v", {":v": {"S": "z"}})),
    "a clause twice": (put(), update("SET delay = :n SET other = :n", number("1"))),
    "an empty expression": (put(), update("")),
    "not an expression": (put(), update("SET delay", number("1"))),
    "a function that is none": (put(), update("SET delay = now(:n)", number("1"))),
    "a value that is not given": (put(), update("SET delay = :m", number("1"))),
    "a value that is not used": (put(), update("SET delay = :n", number("1") | {":m": {"N": "1"}})),
    "a name that is not given": (put(), update("SET #d = :n", number("1"))),
    "a name that is not used": (
        put(),
        update("SET delay = :n", number("1"), ExpressionAttributeNames={"#d": "delay"}),
    ),
    "a reserved word": (put(), update("SET status = :n", number("1"))),
    "values without an expression": (put(), update(None, number("1"))),
}
