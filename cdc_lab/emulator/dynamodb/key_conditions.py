"""Key conditions of a Query: which partition, and which part of its sort keys."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from cdc_lab.emulator.dynamodb.attribute_values import invalid
from cdc_lab.emulator.dynamodb.expressions import parsed_condition
from cdc_lab.emulator.dynamodb.expressions.nodes import (
    Between,
    Both,
    Comparison,
    FunctionNode,
    Member,
    Node,
    Not,
    PathNode,
    ValueNode,
    bare,
)
from cdc_lab.emulator.dynamodb.expressions.placeholders import resolve
from cdc_lab.emulator.dynamodb.images import Image
from cdc_lab.emulator.dynamodb.indexes import Index
from cdc_lab.emulator.dynamodb.keys import check_key_paths, check_not_empty
from cdc_lab.emulator.dynamodb.order import Entry, Part, rank
from cdc_lab.emulator.dynamodb.table import Table
from cdc_lab.errors import ServiceError

KIND = "KeyConditionExpression"
Typed = dict[str, Any]

_TURNED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_KEPT = 512


class KeyTerm(NamedTuple):
    """What a Query asks of one key attribute.

    Attributes
    ----------
    name : str
        The attribute.
    operator : str
        ``=``, ``<``, ``<=``, ``>``, ``>=``, ``BETWEEN`` or ``begins_with``.
    values : list of dict
        Attribute values in wire form: two of ``BETWEEN``, one of all others.
    is_nested : bool
        Whether it asks of something inside the attribute, which no key has.
    """

    name: str
    operator: str
    values: list[Typed]
    is_nested: bool = False


class KeyRange(NamedTuple):
    """The part of a table or of an index that a Query reads.

    Attributes
    ----------
    part : (str, str)
        The partition key.
    term : KeyTerm or None
        What it asks of the sort key.
    """

    part: Part
    term: KeyTerm | None

    def bounds(self, entries: list[Entry]) -> tuple[int, int]:
        """Where the range begins in a partition's entries, and where it ends (exclusive)."""
        if self.term is None:
            return 0, len(entries)
        operator = self.term.operator
        low, high = (rank(_part(typed))[0] for typed in (self.term.values[0], self.term.values[-1]))
        if operator == "begins_with":
            key: Callable[[Entry], Any] = lambda entry: entry[0][0][: len(low)]  # noqa: E731
        else:
            key = _sort_key
        first, last = 0, len(entries)
        if operator in ("=", ">=", "BETWEEN", "begins_with"):
            first = bisect_left(entries, low, key=key)
        elif operator == ">":
            first = bisect_right(entries, low, key=key)
        if operator in ("=", "<=", "BETWEEN", "begins_with"):
            last = bisect_right(entries, high, key=key)
        elif operator == "<":
            last = bisect_left(entries, high, key=key)
        return first, last


def _sort_key(entry: Entry) -> Any:
    return entry[0][0]


def _part(typed: Typed) -> Part:
    return next(iter(typed.items()))


def key_range(table: Table, index: Index | None, terms: list[KeyTerm]) -> KeyRange:
    """Hold the terms of a Query to the keys of the table, or of the index that it reads.

    Parameters
    ----------
    table : Table
    index : Index or None
        None: the table itself.
    terms : list of KeyTerm

    Raises
    ------
    ServiceError
        ``ValidationException``: a key is missing, another attribute is named, a type is wrong ...
    """
    for asked in terms:
        if asked.is_nested:
            check_key_paths(table, [(asked.name, "")])
            raise invalid("KeyConditionExpressions cannot have conditions on nested attributes")
    if len(terms) > 2:
        raise invalid("Conditions can be of length 1 or 2 only")
    keys = table.keys if index is None else index.keys
    by_name = {term.name: term for term in terms}
    partition = by_name.pop(keys[0][0], None)
    if partition is None:
        raise invalid(f"Query condition missed key schema element: {keys[0][0]}")
    sort = by_name.pop(keys[1][0], None) if len(keys) > 1 else None
    if by_name:
        # A second condition can only be about the sort key, and there may be none.
        if len(keys) > 1:
            raise invalid(f"Query condition missed key schema element: {keys[1][0]}")
        raise invalid("Query key condition not supported")
    if partition.operator != "=":
        raise invalid("Query key condition not supported")
    index_name = None if index is None else index.name
    for term, (name, kind) in zip((partition, sort), keys, strict=False):
        for typed in term.values if term is not None else ():
            if kind not in typed:
                raise invalid(
                    "One or more parameter values were invalid: "
                    "Condition parameter type does not match schema type"
                )
            check_not_empty(name, kind, typed[kind], index_name)
    return KeyRange(_part(partition.values[0]), sort)


def key_terms(expression: str, names: dict[str, str], values: Image) -> list[KeyTerm]:
    """Read a KeyConditionExpression that is a right condition in itself.

    Parameters
    ----------
    expression : str
        Such as ``pk = :p AND sk BETWEEN :a AND :b``.
    names, values : mapping
        ExpressionAttributeNames and ExpressionAttributeValues.

    Raises
    ------
    ServiceError
        ``ValidationException`` with DynamoDB's text.
    """
    node, _, _ = parsed_condition(KIND, expression)
    terms = [_term(one, names, values) for one in _conjuncts(node)]
    if len({term.name for term in terms}) < len(terms):
        raise invalid("KeyConditionExpressions must only contain one condition per key")
    return terms


def terms_among(expression: str, names: dict[str, str], values: Image) -> tuple[list[KeyTerm], int]:
    """What a condition asks of single attributes as a Query could, and how many other parts it has.

    Only what all of the condition rests on counts: the parts that ``AND`` joins.
    """
    terms: list[KeyTerm] = []
    parts = _joined(parsed_condition("ConditionExpression", expression)[0])
    for part in parts:
        try:
            terms += [
                one for one in (_term(node, names, values) for node in _conjuncts(part)) if not one.is_nested
            ]
        except ServiceError:
            continue
    return terms, len(parts) - len(terms)


def _joined(node: Node) -> list[Node]:
    node = bare(node)
    if isinstance(node, Both) and node.word == "AND":
        return [*_joined(node.left), *_joined(node.right)]
    return [node]


@lru_cache(maxsize=_KEPT)
def _conjuncts(node: Node) -> tuple[Node, ...]:
    found: list[Node] = []
    _collect(node, found)
    return tuple(found)


def _collect(node: Node, found: list[Node]) -> None:
    node = bare(node)
    match node:
        case Both("AND", left, right):
            _collect(left, found)
            _collect(right, found)
        case Both(word):
            raise _wrong_operator(word)
        case Not():
            raise _wrong_operator("NOT")
        case Member():
            raise _wrong_operator("IN")
        case Comparison("<>"):
            raise _wrong_operator("<>")
        case FunctionNode(name) if name != "begins_with":
            raise _wrong_operator(name)
        case _:
            found.append(node)


def _wrong_operator(operator: str) -> ServiceError:
    return invalid(f"Invalid operator used in {KIND}: {operator}")


def _term(node: Node, names: dict[str, str], values: Image) -> KeyTerm:
    match node:
        case Comparison(sign, left, right):
            operands = [bare(left), bare(right)]
            if not isinstance(operands[0], PathNode):
                operands.reverse()
                sign = _TURNED[sign]
        case Between(operand, low, high):
            sign, operands = "BETWEEN", [bare(operand), bare(low), bare(high)]
        case FunctionNode(sign, arguments):
            operands = list(map(bare, arguments))
        case _:
            raise AssertionError(f"no key condition: {node!r}")
    if any(isinstance(operand, FunctionNode) for operand in operands):
        raise invalid("KeyConditionExpressions cannot contain nested operations")
    named = [operand for operand in operands if isinstance(operand, PathNode)]
    if not named:
        raise invalid(f"Invalid condition in {KIND}: No key attribute specified")
    if len(named) > 1:
        raise invalid(f"Invalid condition in {KIND}: Multiple attribute names used in one condition")
    if operands[0] is not named[0]:
        raise invalid(
            f"Invalid condition in {KIND}: {sign} operator must have the key attribute as its first operand"
        )
    path = resolve(KIND, named[0].path, names)
    given = [values[operand.placeholder] for operand in operands if isinstance(operand, ValueNode)]
    return KeyTerm(str(path[0]), sign, given, len(path) > 1)
