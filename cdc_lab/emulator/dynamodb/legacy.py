"""Parameters from before expressions (2014), made into what expressions are compiled to.

The limits of expressions (length, operators, reserved words) do not apply to them: no text is made.
What holds, and in which words a call is refused, was taken from DynamoDB Local 1.25.1 answer by answer.
Where it has words of its own, the service's are used: those in dynalite's tests, which were run against
AWS, and in ExtendDB's, which are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cdc_lab.emulator.constraints import detected, lower_first, unsatisfied
from cdc_lab.emulator.dynamodb.attribute_values import accept_value, invalid
from cdc_lab.emulator.dynamodb.expressions import (
    Condition,
    ItemError,
    Path,
    Update,
    condition_from,
    update_from,
)
from cdc_lab.emulator.dynamodb.expressions.nodes import (
    Between,
    Both,
    Comparison,
    FunctionNode,
    Node,
    Not,
    PathNode,
    ValueNode,
)
from cdc_lab.emulator.dynamodb.expressions.update_reader import Work
from cdc_lab.emulator.dynamodb.expressions.values import (
    ORDERED,
    SETS,
    Typed,
    added,
    order,
    tag_of,
    without,
)
from cdc_lab.emulator.dynamodb.images import Image
from cdc_lab.emulator.dynamodb.key_conditions import KeyTerm

Body = dict[str, Any]

# In the order in which DynamoDB lists them.
PARAMETERS = (
    "AttributesToGet",
    "AttributeUpdates",
    "QueryFilter",
    "ScanFilter",
    "Expected",
    "ConditionalOperator",
    "KeyConditions",
)
LEGACY = frozenset(PARAMETERS)

_INVALID = "One or more parameter values were invalid: "
_MAX_NAME_BYTES = 65_535
_OPERATORS = [
    "IN",
    "NULL",
    "BETWEEN",
    "LT",
    "NOT_CONTAINS",
    "EQ",
    "GT",
    "NOT_NULL",
    "NE",
    "LE",
    "BEGINS_WITH",
    "GE",
    "CONTAINS",
]
_SIGNS = {"EQ": "=", "NE": "<>", "LE": "<=", "LT": "<", "GE": ">=", "GT": ">"}
_KEY_OPERATORS = {
    "EQ": "=",
    "LE": "<=",
    "LT": "<",
    "GE": ">=",
    "GT": ">",
    "BEGINS_WITH": "begins_with",
    "BETWEEN": "BETWEEN",
}
_SCALARS = (*ORDERED, "BOOL", "NULL")
# The types that an operator takes; one that is not here takes all.
_TAKEN = {
    **dict.fromkeys(("LE", "LT", "GE", "GT", "IN", "BETWEEN"), ORDERED),
    **dict.fromkeys(("CONTAINS", "NOT_CONTAINS"), _SCALARS),
    "BEGINS_WITH": ("S", "B"),
}
_ACTIONS = ("ADD", "DELETE", "PUT")
_ADDED = ("N", *SETS, "L")  # the API reference does not name lists, and AWS appends to them


# ---- conditions on items ---------------------------------------------------------------------


def condition_of(body: Body) -> Condition | None:
    """The condition of a write: Expected, joined by ConditionalOperator.

    Returns
    -------
    Condition or None
        None where the call has no condition.

    Raises
    ------
    ServiceError
        ``ValidationException`` with DynamoDB's text.
    """
    asked = body.get("Expected") or {}
    for name, expected in asked.items():
        _check_operator("expected", name, expected)
    return _joined(body, {name: _expectation(name, expected) for name, expected in asked.items()})


def filter_of(body: Body) -> Condition | None:
    """The filter of a Query or a Scan: QueryFilter or ScanFilter, joined by ConditionalOperator.

    Returns
    -------
    Condition or None
        None where the call has no filter.

    Raises
    ------
    ServiceError
        ``ValidationException`` with DynamoDB's text.
    """
    parameter = "QueryFilter" if "QueryFilter" in body else "ScanFilter"
    return _joined(body, _conditions(parameter, body.get(parameter) or {}))


def key_terms_of(body: Body) -> list[KeyTerm]:
    """The terms of KeyConditions, in the order of the call; their types are not held to a schema yet.

    Raises
    ------
    ServiceError
        ``ValidationException`` with DynamoDB's text.
    """
    asked = body.get("KeyConditions") or {}
    terms = _conditions("KeyConditions", asked)
    for operator, _ in terms.values():
        if operator not in _KEY_OPERATORS:
            raise invalid("Attempted conditional constraint is not an indexable operation")
    return [KeyTerm(name, _KEY_OPERATORS[operator], values) for name, (operator, values) in terms.items()]


_Asked = tuple[str, list[Typed]]  # an operator and its values


def _conditions(parameter: str, asked: Mapping[str, Mapping[str, Any]]) -> dict[str, _Asked]:
    for name, condition in asked.items():
        _check_operator(lower_first(parameter), name, condition, needed=True)
    return {
        name: _accepted(name, condition["ComparisonOperator"], condition.get("AttributeValueList") or [])
        for name, condition in asked.items()
    }


def _check_operator(parameter: str, name: str, condition: Mapping[str, Any], *, needed: bool = False) -> None:
    operator = condition.get("ComparisonOperator")
    member = f"{parameter}.{name}.member.comparisonOperator"
    if operator is not None:
        _check_choice(member, operator, _OPERATORS)
    elif needed:
        raise detected(unsatisfied("null", member, "Member must not be null", quoted=False))


def _check_choice(member: str, value: str, choices: Iterable[str]) -> None:
    if value not in choices:
        rule = f"Member must satisfy enum value set: [{', '.join(choices)}]"
        raise detected(unsatisfied(value, member, rule))


def _expectation(name: str, expected: Mapping[str, Any]) -> _Asked:
    """An element of Expected as an operator and its values; refuse members that contradict each other."""
    operator, exists = expected.get("ComparisonOperator"), expected.get("Exists")
    value, several = expected.get("Value"), expected.get("AttributeValueList")
    if exists is not None and operator is not None:
        raise _contradiction("Exists and ComparisonOperator cannot be used together", name)
    if value is not None and several is not None:
        raise _contradiction("Value and AttributeValueList cannot be used together", name)
    if several is not None and operator is None:
        raise _contradiction("AttributeValueList can only be used with a ComparisonOperator", name)
    if exists is False and value is not None:
        raise _contradiction("Value cannot be used when Exists is false", name)
    if operator is None and exists is not False and value is None:
        shown = "null" if exists is None else "true"
        raise _contradiction(f"Value must be provided when Exists is {shown}", name)
    if operator not in (None, "NULL", "NOT_NULL") and value is None and several is None:
        raise _contradiction(
            f"Value or AttributeValueList must be used with ComparisonOperator: {operator}", name
        )
    if operator is None:
        operator = "NULL" if exists is False else "EQ"
    return _accepted(name, operator, several or [] if value is None else [value])


def _contradiction(text: str, name: str) -> Exception:
    return invalid(f"{_INVALID}{text} for Attribute: {name}")


def _accepted(name: str, operator: str, given: list[Mapping[str, Any]]) -> _Asked:
    """An operator with its values in normal form; refuse values that it does not take."""
    _check_name(name)
    values = [accept_value(typed) for typed in given]
    if not _is_count(operator, len(values)):
        raise invalid(f"{_INVALID}Invalid number of argument(s) for the {operator} ComparisonOperator")
    tags = [tag_of(value) for value in values]
    for tag in tags:
        if tag not in _TAKEN.get(operator, (tag,)):
            raise invalid(
                f"{_INVALID}ComparisonOperator {operator} is not valid for {tag} AttributeValue type"
            )
    if len(set(tags)) > 1:
        raise invalid(f"{_INVALID}AttributeValues inside AttributeValueList must be of same type")
    if operator == "BETWEEN" and order(values[0]) > order(values[1]):
        raise invalid(
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
        )
    return operator, values


def _is_count(operator: str, count: int) -> bool:
    if operator == "IN":
        return count > 0
    return count == {"NULL": 0, "NOT_NULL": 0, "BETWEEN": 2}.get(operator, 1)


def _check_name(name: str) -> None:
    if not name:
        raise invalid("Empty attribute name")
    if len(name.encode()) > _MAX_NAME_BYTES:
        raise invalid(f"Attribute name is too large, must be less than {_MAX_NAME_BYTES + 1} bytes")


def _joined(body: Body, asked: Mapping[str, _Asked]) -> Condition | None:
    """All conditions of a call as one."""
    word = body.get("ConditionalOperator")
    if word is not None:
        _check_choice("conditionalOperator", word, ("OR", "AND"))
        if not asked:
            raise invalid("ConditionalOperator cannot be used without Filter or Expected")
        if len(asked) == 1:
            raise invalid(
                "ConditionalOperator can only be used when Filter or Expected has two or more elements"
            )
    if not asked:
        return None
    names: dict[str, str] = {}
    values: dict[str, Typed] = {}
    nodes: list[Node] = []
    for name, (operator, operands) in asked.items():
        # By an alias: an attribute's own name may begin with #.
        alias = f"#{len(names)}"
        names[alias] = name
        placeholders = [f":{len(values) + index}" for index in range(len(operands))]
        values.update(zip(placeholders, operands, strict=True))
        nodes.append(_node(operator, PathNode((alias,)), [ValueNode(one) for one in placeholders]))
    return condition_from(_both(word or "AND", nodes), names, values)


def _node(operator: str, path: PathNode, values: list[ValueNode]) -> Node:
    """A comparison as a node of an expression."""
    match operator:
        case "NULL":
            return FunctionNode("attribute_not_exists", (path,))
        case "NOT_NULL":
            return FunctionNode("attribute_exists", (path,))
        case "BEGINS_WITH":
            return FunctionNode("begins_with", (path, *values))
        case "CONTAINS":
            return FunctionNode("contains", (path, *values))
        case "NOT_CONTAINS":
            # What is missing has no part to be without; NE, as <>, holds for it.
            contains = FunctionNode("contains", (path, *values))
            return Both("AND", FunctionNode("attribute_exists", (path,)), Not(contains))
        case "BETWEEN":
            return Between(path, *values)
        case "IN":
            return _both("OR", [Comparison("=", path, value) for value in values])
    return Comparison(_SIGNS[operator], path, values[0])


def _both(word: str, nodes: list[Node]) -> Node:
    """Conditions in a tree that stays low: there is no limit to their number."""
    if len(nodes) == 1:
        return nodes[0]
    half = len(nodes) // 2
    return Both(word, _both(word, nodes[:half]), _both(word, nodes[half:]))


# ---- updates ---------------------------------------------------------------------------------


def update_of(body: Body) -> Update | None:
    """The update of an UpdateItem: AttributeUpdates.

    Returns
    -------
    Update or None
        None where the call changes nothing.

    Raises
    ------
    ServiceError
        ``ValidationException`` with DynamoDB's text.
    """
    asked = body.get("AttributeUpdates") or {}
    for name, change in asked.items():
        if change.get("Action") is not None:
            _check_choice(f"attributeUpdates.{name}.member.action", change["Action"], _ACTIONS)
    if not asked:
        return None
    works = [_work(name, change) for name, change in asked.items()]
    return update_from(
        [(name,) for name in asked],
        works,
        only_removes=all(change.get("Action") == "DELETE" for change in asked.values()),
    )


def _work(name: str, change: Mapping[str, Any]) -> Work:
    action, given = change.get("Action") or "PUT", change.get("Value")
    if given is None and action != "DELETE":
        raise invalid(f"{_INVALID}Only DELETE action is allowed when no attribute value is specified")
    _check_name(name)
    if given is None:
        return lambda image, _: None
    value = accept_value(given)
    tag = tag_of(value)
    if action == "PUT":
        return lambda image, _: value
    if tag not in (_ADDED if action == "ADD" else SETS):
        what = "ADD action is" if action == "ADD" else "DELETE action with value is"
        raise invalid(f"{_INVALID}{what} not supported for the type {tag}")
    if action == "DELETE":
        return lambda image, _: without(_matching(image, name, tag), value)
    if tag == "L":
        return lambda image, _: {"L": [*(_matching(image, name, tag) or {"L": []})["L"], *value["L"]]}
    return lambda image, _: added(_matching(image, name, tag), value)


def _matching(image: Image, name: str, tag: str) -> Typed | None:
    """What an attribute holds; refuse another type than the update's."""
    current = image.get(name)
    if current is not None and tag not in current:
        raise ItemError("Type mismatch for attribute to update")
    return current


# ---- projections -----------------------------------------------------------------------------


def attributes_of(body: Body) -> list[Path] | None:
    """The attributes that AttributesToGet names, as paths.

    Parameters
    ----------
    body : dict
        A GetItem, Query or Scan, or what a BatchGetItem asks of one table.

    Returns
    -------
    list of Path or None
        None where the call does not choose.

    Raises
    ------
    ServiceError
        ``ValidationException`` with DynamoDB's text.
    """
    names = body.get("AttributesToGet")
    if names is None:
        return None
    if not names:
        rule = "Member must have length greater than or equal to 1"
        raise detected(unsatisfied("[]", "attributesToGet", rule))
    seen = set()
    for name in names:
        _check_name(name)
        if name in seen:
            raise invalid(f"{_INVALID}Duplicate value in attribute name: {name}")
        seen.add(name)
    return [(name,) for name in names]
