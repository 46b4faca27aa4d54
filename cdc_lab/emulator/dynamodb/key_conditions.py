"""Key conditions of a Query: which partition, and which part of its sort keys."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
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
from cdc_lab.emulator.dynamodb.order import Entry, Part, Partition, rank
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
    partition : tuple of (str, str)
        The partition key.
    terms : list of KeyTerm
        What it asks of the sort key, attribute by attribute: all but the last are equalities.
    """

    partition: Partition
    terms: list[KeyTerm]

    def bounds(self, entries: list[Entry]) -> tuple[int, int]:
        """Where the range begins in a partition's entries, and where it ends (exclusive)."""
        if not self.terms:
            return 0, len(entries)
        equal = tuple(rank(_part(term.values[0])) for term in self.terms[:-1])
        term, depth = self.terms[-1], len(self.terms)
        low, high = ((*equal, rank(_part(typed))) for typed in (term.values[0], term.values[-1]))

        def of_all(entry: Entry) -> Any:
            return entry[0][: depth - 1]

        def of_term(entry: Entry) -> Any:
            return entry[0][:depth]

        def of_prefix(entry: Entry) -> Any:
            return (*entry[0][: depth - 1], entry[0][depth - 1][: len(low[-1])])

        key = of_prefix if term.operator == "begins_with" else of_term
        if term.operator in ("<", "<="):
            first = bisect_left(entries, equal, key=of_all)
        else:
            first = (bisect_right if term.operator == ">" else bisect_left)(entries, low, key=key)
        if term.operator in (">", ">="):
            last = bisect_right(entries, equal, key=of_all)
        else:
            last = (bisect_left if term.operator == "<" else bisect_right)(entries, high, key=key)
        return first, last


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
    keys, partition_keys = (table.keys, 1) if index is None else (index.keys, index.partition_keys)
    if not 1 <= len(terms) <= max(2, len(keys)):
        raise invalid("Conditions can be of length 1 or 2 only")
    by_name = {term.name: term for term in terms}
    partition = [by_name.pop(name, None) for name, _ in keys[:partition_keys]]
    for found, (name, _) in zip(partition, keys, strict=False):
        if found is None:
            raise invalid(f"Query condition missed key schema element: {name}")
    sort = [by_name.pop(name) for name, _ in keys[partition_keys:] if name in by_name]
    if by_name:
        # What is left can only be about the sort key, and there may be none, or none left.
        missing = [name for name, _ in keys[partition_keys:] if name not in {term.name for term in sort}]
        if missing:
            raise invalid(f"Query condition missed key schema element: {missing[0]}")
        raise invalid("Query key condition not supported")
    _check_no_gap(keys[partition_keys:], sort)
    wanted = [term for term in partition if term is not None]
    if any(term.operator != "=" for term in (*wanted, *sort[:-1])):
        raise invalid("Query key condition not supported")
    _check_values([*wanted, *sort], dict(keys), None if index is None else index.name)
    return KeyRange(tuple(_part(term.values[0]) for term in wanted), sort)


def _check_no_gap(keys: list[tuple[str, str]], sort: list[KeyTerm]) -> None:
    """A sort key of several attributes is asked from left to right."""
    for (name, _), term in zip(keys, sort, strict=False):
        if term.name != name:
            raise invalid(
                f"RANGE key attributes {name} must have equality conditions specified in the query because "
                f"a condition is present on key attribute {term.name}"
            )


def _check_values(terms: list[KeyTerm], kinds: dict[str, str], index_name: str | None) -> None:
    for term in terms:
        kind = kinds[term.name]
        for typed in term.values:
            if kind not in typed:
                raise invalid(
                    "One or more parameter values were invalid: "
                    "Condition parameter type does not match schema type"
                )
            check_not_empty(term.name, kind, typed[kind], index_name)


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
