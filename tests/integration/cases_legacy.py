"""Calls with parameters from before expressions: every operator, every action, every type, and at random."""

from __future__ import annotations

import random
from typing import Any

from ..strategies import TABLE, Call, Params
from .building import ITEM, KEY, delete, put, update

# Of each type: what the item holds, another value, and where one can be inside another, a part.
VALUES: dict[str, tuple[Params, ...]] = {
    "S": ({"S": "late"}, {"S": "la"}, {"S": "x"}, {"S": ""}),
    "N": ({"N": "5.0"}, {"N": "1"}, {"N": "-2"}),
    "B": ({"B": b"\x00\xff"}, {"B": b"\x00"}, {"B": b"\x7f"}),
    "BOOL": ({"BOOL": False}, {"BOOL": True}),
    "NULL": ({"NULL": True},),
    "SS": ({"SS": ["b", "a"]}, {"SS": ["a", "c"]}),
    "NS": ({"NS": ["2.0", "1"]}, {"NS": ["2", "3"]}),
    "BS": ({"BS": [b"b", b"a"]}, {"BS": [b"b", b"\xff"]}),
    "L": (ITEM["trail"], {"L": [{"N": "1"}]}, {"L": []}),
    "M": (ITEM["route"], {"M": {}}),
}
OPERATORS = (
    "EQ",
    "NE",
    "LE",
    "LT",
    "GE",
    "GT",
    "NOT_NULL",
    "NULL",
    "CONTAINS",
    "NOT_CONTAINS",
    "BEGINS_WITH",
    "IN",
    "BETWEEN",
)
ACTIONS = ("PUT", "ADD", "DELETE", None)
RETURNED = ("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW")
ATTRIBUTES = (*ITEM, "nothing", "route.via", "#x")
MORE = {"mixed": {"L": [{"BOOL": False}, {"NULL": True}, {"B": b"\x00"}, {"N": "1"}]}, "#x": {"S": "late"}}
WHOLE = ITEM | MORE


def operands(operator: str, value: Params) -> list[Params]:
    """As many values as an operator takes, all of them one."""
    return [value] * {"NULL": 0, "NOT_NULL": 0, "BETWEEN": 2}.get(operator, 1)


def compared(operator: str, *values: Params) -> Params:
    """A condition."""
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


def expectations(operator: str, tag: str) -> list[Params]:
    """Each attribute expected to be as an operator asks of a type's values."""
    return [
        {name: compared(operator, *operands(operator, value))}
        for value in VALUES[tag]
        for name in (*ATTRIBUTES, "mixed")
    ]


def updates(action: str | None, tag: str) -> list[Call]:
    """Updates of each attribute with a type's values, or with none where the type is empty."""
    calls = []
    for value in VALUES.get(tag, (None,)):
        change: Params = {"Value": value} if value else {}
        if action:
            change["Action"] = action
        for number, name in enumerate(ATTRIBUTES[1:]):
            calls.append(legacy_update({name: change}, ReturnValues=RETURNED[number % len(RETURNED)]))
    return calls


def legacy_update(changes: Params, **more: Any) -> Call:
    """An update without an expression."""
    return update(None, AttributeUpdates=changes, **more)


_S, _N = {"S": "late"}, {"N": "1"}


def _expects(**members: Any) -> Call:
    return put(Expected={"status": members})


CALLS: dict[str, Call] = {
    "an empty Expected": put(Expected={}),
    "an element of nothing": _expects(),
    "Exists alone": _expects(Exists=True),
    "Exists with the value": _expects(Exists=True, Value=_S),
    "Exists with another value": _expects(Exists=True, Value=_N),
    "not Exists, and it does": _expects(Exists=False),
    "not Exists, and it does not": put(Expected={"nothing": {"Exists": False}}),
    "not Exists with a value": _expects(Exists=False, Value=_S),
    "not Exists with values": _expects(Exists=False, AttributeValueList=[_S]),
    "not Exists with values and a value": _expects(Exists=False, AttributeValueList=[_S], Value=_S),
    "Exists with an operator": _expects(Exists=True, **compared("EQ", _S)),
    "not Exists with an operator": _expects(Exists=False, ComparisonOperator="NULL"),
    "Exists with everything": _expects(Exists=True, Value=_S, **compared("EQ", _S)),
    "a value": _expects(Value=_S),
    "a value and an operator": _expects(Value={"S": "a"}, ComparisonOperator="GT"),
    "a value and an operator for two": _expects(Value=_S, ComparisonOperator="BETWEEN"),
    "a value and an operator for none": _expects(Value=_S, ComparisonOperator="NULL"),
    "a value of a type that an operator does not take": _expects(
        Value={"SS": ["a"]}, ComparisonOperator="LT"
    ),
    "a value and values": _expects(Value=_S, AttributeValueList=[_S]),
    "a value, values and an operator": _expects(Value=_S, **compared("EQ", _S)),
    "values without an operator": _expects(AttributeValueList=[_S]),
    "no values without an operator": _expects(AttributeValueList=[]),
    "an operator alone": _expects(ComparisonOperator="EQ"),
    "NULL alone": _expects(ComparisonOperator="NULL"),
    "NOT_NULL alone": _expects(ComparisonOperator="NOT_NULL"),
    "NOT_NULL of NULL": put(Expected={"note": {"ComparisonOperator": "NOT_NULL"}}),
    "an unknown operator": _expects(**compared("FOO", _S)),
    "an operator in small letters": _expects(**compared("eq", _S)),
    "an operator of no letters": _expects(**compared("", _S)),
    **{
        f"{operator} of {count}": put(Expected={"status": compared(operator, *[_S] * count)})
        for operator in OPERATORS
        for count in (0, 1, 2, 3, 101)
    },
    "IN of two types": _expects(**compared("IN", _S, _N)),
    "IN of a type that it does not take": _expects(**compared("IN", _S, {"SS": ["a"]})),
    "BETWEEN two types": _expects(**compared("BETWEEN", _S, _N)),
    "BETWEEN a type that it does not take": _expects(**compared("BETWEEN", _S, {"SS": ["a"]})),
    "BETWEEN, the wrong way round": _expects(**compared("BETWEEN", {"N": "6"}, {"N": "5"})),
    "LT of bytes": put(Expected={"tail": compared("LT", {"B": b"\xf8"})}),
    "BETWEEN": put(Expected={"delay": compared("BETWEEN", {"N": "4"}, {"N": "5"})}),
    "an empty name": put(Expected={"": {"Value": _S}}),
    "a name that is too long": put(Expected={"a" * 65_536: {"Value": _S}}),
    "a value of nothing": _expects(Value={}),
    "a value of two types": _expects(Value={"S": "a", "N": "1"}),
    "a number that is none": _expects(Value={"N": "five"}),
    "a number that is none, for NULL": _expects(**compared("NULL", {"N": "five"})),
    "an empty set": _expects(Value={"SS": []}),
    "a member twice": _expects(Value={"SS": ["a", "a"]}),
    "NULL that is false": _expects(Value={"NULL": False}),
    "an expectation about the key": put(Expected={"pk": {"Value": {"S": "a"}}}),
    "a key of another type": put(Expected={"pk": {"Value": {"N": "1"}}}),
    "both": put(Expected={"status": {"Value": _S}, "delay": {"Value": {"N": "5"}}}),
    "both, and one fails": put(Expected={"status": {"Value": _S}, "delay": {"Value": _N}}),
    "AND, and one fails": put(
        Expected={"status": {"Value": _S}, "delay": {"Value": _N}}, ConditionalOperator="AND"
    ),
    "OR, and one fails": put(
        Expected={"status": {"Value": _S}, "delay": {"Value": _N}}, ConditionalOperator="OR"
    ),
    "OR, and both fail": put(
        Expected={"status": {"Value": _N}, "delay": {"Value": _S}}, ConditionalOperator="OR"
    ),
    "a joint that is none": put(
        Expected={"status": {"Value": _S}, "delay": {"Value": _N}}, ConditionalOperator="XOR"
    ),
    "a joint of one": put(Expected={"status": {"Value": _S}}, ConditionalOperator="OR"),
    "a joint of one that is wrong": put(Expected={"status": {}}, ConditionalOperator="OR"),
    "a joint of none": put(Expected={}, ConditionalOperator="OR"),
    "a put's joint alone": put(ConditionalOperator="AND"),
    "an update's joint alone": update(None, ConditionalOperator="AND"),
    "a joint beside updates": legacy_update({"delay": {"Value": _N}}, ConditionalOperator="AND"),
    "a delete's joint alone": delete(ConditionalOperator="AND"),
    "the first of two that are wrong": put(Expected={"b": {}, "a": {"ComparisonOperator": "EQ"}}),
    "101 expectations": put(Expected={f"n{number}": {"Exists": False} for number in range(101)}),
    "a reserved word": put(Expected={"size": {"Exists": False}}),
    "a delete that holds": delete(Expected={"status": {"Value": _S}}, ReturnValues="ALL_OLD"),
    "a delete that fails": delete(Expected={"status": {"Value": _N}}),
    "a delete that fails and shows the item": delete(
        Expected={"status": {"Value": _N}}, ReturnValuesOnConditionCheckFailure="ALL_OLD"
    ),
    "an update that fails": legacy_update({"delay": {"Value": _N}}, Expected={"status": {"Value": _N}}),
    "Expected and a condition": put(
        Expected={"status": {"Value": _S}}, ConditionExpression="attribute_exists(pk)"
    ),
    "everything and expressions": legacy_update(
        {"delay": {"Value": _N}},
        Expected={"status": {"Value": _S}},
        ConditionalOperator="AND",
        UpdateExpression="REMOVE delay",
        ConditionExpression="attribute_exists(pk)",
    ),
    "updates and a condition": legacy_update(
        {"delay": {"Value": _N}}, ConditionExpression="attribute_exists(pk)"
    ),
    "Expected and names": put(Expected={"status": {"Value": _S}}, ExpressionAttributeNames={"#s": "status"}),
    "Expected and values": put(Expected={"status": {"Value": _S}}, ExpressionAttributeValues={":s": _S}),
    "no updates": legacy_update({}, ReturnValues="ALL_NEW"),
    "an update of nothing": legacy_update({"delay": {}}),
    "an unknown action": legacy_update({"delay": {"Action": "FOO", "Value": _N}}),
    "an action in small letters": legacy_update({"delay": {"Action": "put", "Value": _N}}),
    "an update of the key": legacy_update({"pk": {"Value": {"S": "a"}}}),
    "a delete of the key": legacy_update({"pk": {"Action": "DELETE"}}),
    "an update of no name": legacy_update({"": {"Value": _S}}),
    "an update of a name that is too long": legacy_update({"a" * 65_536: {"Value": _S}}),
    "an update to a number that is none": legacy_update({"delay": {"Value": {"N": "five"}}}),
    "an update to an empty set": legacy_update({"delay": {"Value": {"SS": []}}}),
    "an update to nothing": legacy_update({"delay": {"Value": {}}}),
    "an update to two types": legacy_update({"delay": {"Value": {"S": "a", "N": "1"}}}),
    "an update to an empty string": legacy_update({"delay": {"Value": {"S": ""}}}),
    "a set without any of its members": legacy_update(
        {"codes": {"Action": "DELETE", "Value": {"SS": ["a", "b"]}}}, ReturnValues="UPDATED_NEW"
    ),
    "members that a set does not have": legacy_update(
        {"codes": {"Action": "DELETE", "Value": {"SS": ["x"]}}}, ReturnValues="UPDATED_NEW"
    ),
    "a sum that is too large": legacy_update(
        {
            "big": {"Action": "ADD", "Value": {"N": "9e125"}},
            "delay": {"Action": "ADD", "Value": {"N": "1e100"}},
        }
    ),
    "a sum of nothing": legacy_update({"delay": {"Action": "ADD", "Value": {"N": "-5"}}}),
    "the first of two updates that are wrong": legacy_update({"b": {}, "a": {"Action": "ADD", "Value": _S}}),
    **{
        f"many updates, {returned}": legacy_update(
            {
                "delay": {"Action": "ADD", "Value": {"N": "1.50"}},
                "status": {"Action": "DELETE"},
                "nothing": {"Action": "DELETE"},
                "new": {"Value": {"M": {"a": {"N": "01"}}}},
                "codes": {"Action": "DELETE", "Value": {"SS": ["a", "b"]}},
                "legs": {"Action": "ADD", "Value": {"NS": ["3", "2.0"]}},
                "trail": {"Action": "ADD", "Value": {"L": [{"N": "1"}]}},
                "size": {"Value": _S},
            },
            ReturnValues=returned,
        )
        for returned in RETURNED
    },
}


def read(operation: str, **more: Any) -> Call:
    """A read of the table."""
    return Call(operation, {"TableName": TABLE} | more)


def query(keys: Params | None = None, **more: Any) -> Call:
    """A Query of the item's partition, or by other conditions."""
    return read("Query", KeyConditions={"pk": compared("EQ", KEY["pk"])} if keys is None else keys, **more)


_PK, _SK = compared("EQ", KEY["pk"]), {"N": "1"}
_TWO = {"status": compared("EQ", _S), "delay": compared("EQ", {"N": "9"})}

# On a table whose sort key is sk, a number.
READS: dict[str, Call] = {
    "no key conditions": query({}),
    "a partition": query(),
    "a key": query({"pk": _PK, "sk": compared("EQ", {"N": "1.0"})}),
    "the sort key alone": query({"sk": compared("EQ", _SK)}),
    "an attribute that is no key": query({"pk": _PK, "delay": compared("EQ", _SK)}),
    "three key conditions": query({"pk": _PK, "sk": compared("EQ", _SK), "delay": compared("EQ", _SK)}),
    "a partition key of another type": query({"pk": compared("EQ", _SK)}),
    "a sort key of another type": query({"pk": _PK, "sk": compared("EQ", _S)}),
    "a sort key between two types": query({"pk": _PK, "sk": compared("BETWEEN", _SK, _S)}),
    "a sort key between, the wrong way round": query({"pk": _PK, "sk": compared("BETWEEN", {"N": "2"}, _SK)}),
    "an empty partition key": query({"pk": compared("EQ", {"S": ""})}),
    "a key condition without an operator": query({"pk": {"AttributeValueList": [_S]}}),
    "a key condition without values": query({"pk": {"ComparisonOperator": "EQ"}}),
    "an unknown operator on a key": query({"pk": compared("FOO", _S)}),
    "a number that is none, as a key": query({"pk": _PK, "sk": compared("EQ", {"N": "five"})}),
    "key conditions and an expression": query(
        KeyConditionExpression="pk = :s", ExpressionAttributeValues={":s": _S}
    ),
    "key conditions and a filter expression": query(FilterExpression="attribute_exists(delay)"),
    **{
        f"{operator} on {key}": query(keys)
        for operator in OPERATORS
        for key, keys in (
            ("the sort key", {"pk": _PK, "sk": compared(operator, *operands(operator, _SK))}),
            ("the partition key", {"pk": compared(operator, *operands(operator, KEY["pk"]))}),
        )
    },
    "a filter on the partition key": query(QueryFilter={"pk": _PK}),
    "a filter on the sort key": query(QueryFilter={"sk": compared("EQ", _SK)}),
    "a scan's filter on the sort key": read("Scan", ScanFilter={"sk": compared("EQ", _SK)}),
    **{
        f"{kind}, {what}": call(filtered, **more)
        for kind, call in (
            ("a query", lambda filtered, **more: query(QueryFilter=filtered, **more)),
            ("a scan", lambda filtered, **more: read("Scan", ScanFilter=filtered, **more)),
        )
        for what, filtered, more in (
            ("an empty filter", {}, {}),
            ("a condition of nothing", {"status": {}}, {}),
            ("no values", {"status": {"ComparisonOperator": "EQ"}}, {}),
            ("NULL alone", {"nothing": {"ComparisonOperator": "NULL"}}, {}),
            ("two conditions", _TWO, {}),
            ("OR", _TWO, {"ConditionalOperator": "OR"}),
            ("a joint of one", {"status": compared("EQ", _S)}, {"ConditionalOperator": "OR"}),
            ("a joint of none", {}, {"ConditionalOperator": "OR"}),
            ("an empty name", {"": compared("EQ", _S)}, {}),
        )
    },
    **{
        f"{operation}, attributes {names}": read(operation, AttributesToGet=names, **more)
        for operation, more in (
            ("GetItem", {"Key": KEY | {"sk": _SK}}),
            ("Query", {"KeyConditions": {"pk": _PK}}),
            ("Scan", {}),
        )
        for names in (["delay"], ["pk", "route"], ["nothing"], ["route.via"], ["delay", "delay"], [""])
    },
    "GetItem, no attributes": read("GetItem", Key=KEY | {"sk": _SK}, AttributesToGet=[]),
    "attributes of a batch": Call(
        "BatchGetItem",
        {"RequestItems": {TABLE: {"Keys": [KEY | {"sk": _SK}], "AttributesToGet": ["delay", "nothing"]}}},
    ),
    "the same attribute twice, of a batch": Call(
        "BatchGetItem",
        {"RequestItems": {TABLE: {"Keys": [KEY | {"sk": _SK}], "AttributesToGet": ["delay", "delay"]}}},
    ),
}


def random_call(rng: random.Random) -> Call:
    """A write with expectations and updates that mostly hold and fit; at most one part is not well formed."""
    operation = rng.choice((put, delete, legacy_update, legacy_update))
    flaw = rng.choice((None, None, "expected", "updates"))
    names = rng.sample(ATTRIBUTES, rng.randrange(4))
    more: Params = {}
    if flaw == "updates" and operation is legacy_update:
        names = []  # DynamoDB Local asks Expected of the item first: see divergences.py
    if names or rng.random() < 0.1:
        more["Expected"] = {name: _random_expectation(rng, name) for name in names}
        if names and flaw == "expected":
            more["Expected"][names[-1]] = _flawed_expectation(rng)
    if rng.random() < (0.6 if len(names) > 1 else 0.02) and flaw != "updates":
        more["ConditionalOperator"] = rng.choice(("AND", "OR"))
    if rng.random() < 0.3:
        more["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if operation is not legacy_update:
        if rng.random() < 0.5:
            more["ReturnValues"] = "ALL_OLD"
        return put(WHOLE | {"seen": _any(rng)}, **more) if operation is put else delete(**more)
    if flaw == "updates":
        action = rng.choice(("PUT", "ADD", "DELETE"))
        change = rng.choice(({"Action": action, "Value": _any(rng)}, {"Action": action}, {}))
        return legacy_update({rng.choice(ATTRIBUTES[1:]): change}, ReturnValues=rng.choice(RETURNED), **more)
    changes = {name: _random_change(rng, name) for name in rng.sample(ATTRIBUTES[1:], rng.randrange(5))}
    return legacy_update(changes, ReturnValues=rng.choice(RETURNED), **more)


def random_condition(rng: random.Random, name: str) -> Params:
    """A condition on an attribute of the item, well formed, and near to what the item holds."""
    tag = next(iter(WHOLE.get(name, {"S": ""}))) if rng.random() < 0.8 else rng.choice(list(VALUES))
    values = VALUES[tag]
    fitting = [operator for operator in OPERATORS if operator not in ("IN", "BETWEEN")]
    if tag not in ("S", "N", "B"):
        fitting = ["EQ", "NE", "NULL", "NOT_NULL"]
    elif rng.random() < 0.3:
        if rng.random() < 0.5:
            return compared("IN", *rng.choices(values, k=rng.randrange(1, 4)))
        bounds = {"S": ({"S": "a"}, {"S": "m"}), "N": ({"N": "4.9"}, {"N": "5"})}
        return compared("BETWEEN", *bounds.get(tag, (values[0], values[0])))
    operator = rng.choice(fitting)
    if operator == "BEGINS_WITH" and tag == "N":
        operator = "GE"
    return compared(operator, *operands(operator, rng.choice(values)))


def _random_expectation(rng: random.Random, name: str) -> Params:
    chosen = rng.random()
    if chosen < 0.15:
        return {"Exists": False}
    if chosen < 0.4:
        return {"Value": WHOLE.get(name, {"S": "x"}) if rng.random() < 0.8 else _any(rng)}
    return random_condition(rng, name)


def _flawed_expectation(rng: random.Random) -> Params:
    members: Params = {
        "Exists": rng.random() < 0.5,
        "Value": _any(rng),
        "ComparisonOperator": rng.choice(OPERATORS),
        "AttributeValueList": [_any(rng) for _ in range(rng.randrange(4))],
    }
    return {name: value for name, value in members.items() if rng.random() < 0.5}


def _random_change(rng: random.Random, name: str) -> Params:
    chosen = rng.random()
    if chosen < 0.3:
        return {"Action": "DELETE"}
    tag = next(iter(WHOLE.get(name, {"N": ""})))
    if chosen < 0.7 and tag in ("N", "SS", "NS", "BS", "L"):
        value = rng.choice(VALUES[tag if rng.random() < 0.9 else "N"])
        action = "DELETE" if tag[-1] == "S" and tag in value and rng.random() < 0.5 else "ADD"
        return {"Action": action, "Value": value}
    return {"Value": _any(rng)} if chosen < 0.85 else {"Action": "PUT", "Value": _any(rng)}


def _any(rng: random.Random) -> Params:
    return rng.choice(VALUES[rng.choice(list(VALUES))])


def removes_alone(call: Call) -> bool:
    """Whether an update does nothing but remove; DynamoDB Local is wrong about it where no item is (A25)."""
    changes = call.params.get("AttributeUpdates", {})
    return bool(changes) and all(change.get("Action") == "DELETE" for change in changes.values())
