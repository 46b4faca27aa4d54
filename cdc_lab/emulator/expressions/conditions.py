"""Condition expressions: read, checked, and asked of an item."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from cdc_lab.emulator.expressions import checks
from cdc_lab.emulator.expressions.errors import invalid
from cdc_lab.emulator.expressions.nodes import (
    Between,
    Both,
    Comparison,
    FunctionNode,
    Member,
    Node,
    Not,
    Path,
    PathNode,
    ValueNode,
    bare,
    children,
)
from cdc_lab.emulator.expressions.parser import ConditionParser
from cdc_lab.emulator.expressions.paths import find
from cdc_lab.emulator.expressions.placeholders import (
    Names,
    Values,
    aliases,
    placeholders,
    resolve,
    value_of,
)
from cdc_lab.emulator.expressions.values import ORDERED, Typed, begins, compare, contains, order, size, tag_of
from cdc_lab.emulator.images import Image

MAX_OPERATORS = 300
MAX_CHOICES = 100
_TAGS = ("N", "BS", "L", "B", "NULL", "M", "S", "SS", "NS", "BOOL")
_KEPT = 512

Get = Callable[[Image | None], Typed | None]
Test = Callable[[Image | None], bool]


class Condition:
    """A condition with its names and values.

    Attributes
    ----------
    names_used, values_used : frozenset of str
        The placeholders that the expression mentions.
    """

    __slots__ = ("_test", "names_used", "values_used")

    def __init__(self, test: Test, names_used: frozenset[str], values_used: frozenset[str]) -> None:
        self._test = test
        self.names_used = names_used
        self.values_used = values_used

    def holds(self, image: Image | None) -> bool:
        """Whether the condition holds for an item; None stands for an item that is not there."""
        return self._test(image)


def compile_condition(
    expression: str,
    names: Names | None = None,
    values: Values | None = None,
    kind: str = "ConditionExpression",
) -> Condition:
    """Read a condition.

    Parameters
    ----------
    expression : str
        Such as ``attribute_not_exists(pk) OR #s = :v``.
    names, values : mapping, optional
        ExpressionAttributeNames and ExpressionAttributeValues, the latter in wire form (binary
        values as base64 text).
    kind : str
        The parameter's name in refusals; a FilterExpression has the same grammar.

    Raises
    ------
    ServiceError
        ``ValidationException`` with DynamoDB's text.
    """
    node, names_used, values_used = _parsed(kind, expression)
    return Condition(_Binder(kind, names or {}, values or {}).test(node), names_used, values_used)


@lru_cache(maxsize=_KEPT)
def _parsed(kind: str, expression: str) -> tuple[Node, frozenset[str], frozenset[str]]:
    node = ConditionParser(kind, expression).parse()
    checks.check_parentheses(kind, [node])
    _check_words(kind, node, as_condition=True)
    if _operators(node) > MAX_OPERATORS:
        text = f"operator count: {MAX_OPERATORS + 1}"
        raise invalid(kind, f"The expression contains too many operators; {text}")
    return node, aliases([node]), placeholders([node])


def _check_words(kind: str, node: Node, as_condition: bool) -> None:
    """Refuse reserved words, and functions that are none or stand where they are of no use."""
    node = bare(node)
    if isinstance(node, PathNode):
        checks.check_words(kind, node)
    if isinstance(node, FunctionNode):
        checks.check_function(kind, node.name, checks.CONDITION_FUNCTIONS, "a condition")
        if as_condition == (node.name == "size"):
            raise checks.misplaced(kind, node.name)
    for child in children(node):
        _check_words(kind, child, as_condition=isinstance(node, (Both, Not)))


def _operators(node: Node) -> int:
    counted = isinstance(node, (Comparison, Between, Member, Not, Both))
    return counted + sum(map(_operators, children(node)))


class _Binder:
    """Turns a parsed condition and a call's names and values into a function of an image."""

    def __init__(self, kind: str, names: Names, values: Values) -> None:
        self.kind = kind
        self.names = names
        self.values = values

    def test(self, node: Node) -> Test:
        match bare(node):
            case Both(word, left, right):
                return _both(word, self.test(left), self.test(right))
            case Not(condition):
                inner = self.test(condition)
                return lambda image: not inner(image)
            case Comparison(sign, left, right):
                return self._comparison(sign, left, right)
            case Between(operand, low, high):
                return self._between(operand, low, high)
            case Member(operand, choices):
                return self._member(operand, choices)
            case FunctionNode(name, arguments):
                return self._function(name, arguments)
        raise AssertionError(f"no condition: {node!r}")

    # ---- operands ----------------------------------------------------------------------------

    def operand(self, node: Node) -> tuple[Get, Path | None, Typed | None]:
        """How to get an operand's value; its path, or the value itself where the call gives it."""
        node = bare(node)
        if isinstance(node, PathNode):
            path = resolve(self.kind, node.path, self.names)
            return (lambda image: find(image, path)), path, None
        if isinstance(node, ValueNode):
            value = value_of(self.kind, node, self.values)
            return (lambda _: value), None, value
        assert isinstance(node, FunctionNode)
        return self._size(node.arguments), None, {"N": "0"}

    def operands(self, name: str, nodes: tuple[Node, ...]) -> tuple[list[Get], list[Typed | None]]:
        """The operands of an operator, the first of which must not come again."""
        gets, paths, literals = zip(*map(self.operand, nodes), strict=True)
        checks.check_distinct(self.kind, name, paths[0], paths[1:])
        return list(gets), list(literals)

    def _size(self, arguments: tuple[Node, ...]) -> Get:
        gets, _, literals = zip(*map(self.operand, arguments), strict=True)
        checks.check_count(self.kind, "size", len(gets), 1)
        if literals[0] is not None and size(literals[0]) is None:
            raise checks.wrong_operand(self.kind, "size", tag_of(literals[0]))
        if isinstance(bare(arguments[0]), FunctionNode):
            raise checks.wrong_operand(self.kind, "size", "N")
        get: Get = gets[0]
        return lambda image: size(get(image))

    def _require(self, name: str, literals: list[Typed | None], tags: tuple[str, ...]) -> None:
        for literal in literals:
            if literal is not None and tag_of(literal) not in tags:
                raise checks.wrong_operand(self.kind, name, tag_of(literal))

    # ---- operators ---------------------------------------------------------------------------

    def _comparison(self, sign: str, left: Node, right: Node) -> Test:
        (one, other), literals = self.operands(sign, (left, right))
        if sign not in ("=", "<>"):
            self._require(sign, literals, ORDERED)
        return lambda image: compare(sign, one(image), other(image))

    def _between(self, operand: Node, low: Node, high: Node) -> Test:
        self._require("BETWEEN", [self.operand(bound)[2] for bound in (operand, low, high)], ORDERED)
        (get, lower, upper), _ = self.operands("BETWEEN", (operand, low, high))
        if isinstance(bare(low), ValueNode) and isinstance(bare(high), ValueNode):
            self._check_bounds(lower(None), upper(None))

        def between(image: Image | None) -> bool:
            value = get(image)
            return compare(">=", value, lower(image)) and compare("<=", value, upper(image))

        return between

    def _check_bounds(self, low: Typed | None, high: Typed | None) -> None:
        assert low is not None
        assert high is not None
        shown = ", ".join(
            f"{which} bound operand: AttributeValue: {{{tag_of(bound)}:{next(iter(bound.values()))}}}"
            for which, bound in (("lower", low), ("upper", high))
        )
        if tag_of(low) != tag_of(high):
            rule = "The BETWEEN operator requires same data type for lower and upper bounds"
            raise invalid(self.kind, f"{rule}; {shown}")
        if order(low) > order(high):
            rule = "The BETWEEN operator requires upper bound to be greater than or equal to lower bound"
            raise invalid(self.kind, f"{rule}; {shown}")

    def _member(self, operand: Node, choices: tuple[Node, ...]) -> Test:
        if len(choices) > MAX_CHOICES:
            text = f"number of operands: {len(choices)}"
            raise invalid(self.kind, f"The IN operator is provided with too many operands; {text}")
        (get, *others), _ = self.operands("IN", (operand, *choices))

        def member(image: Image | None) -> bool:
            value = get(image)
            return any(compare("=", value, other(image)) for other in others)

        return member

    # ---- functions ---------------------------------------------------------------------------

    def _function(self, name: str, arguments: tuple[Node, ...]) -> Test:
        wanted = 1 if name in ("attribute_exists", "attribute_not_exists") else 2
        bound = list(map(self.operand, arguments))
        checks.check_count(self.kind, name, len(bound), wanted)
        if wanted == 1:
            return self._existence(name, bound[0][1])
        literals = [literal for _, _, literal in bound]
        (get, _, _), (other, path, literal) = bound
        if name == "attribute_type":
            return self._type(get, literal if path is None else None)
        checks.check_distinct(self.kind, name, bound[0][1], [path])
        if name == "contains":
            return lambda image: contains(get(image), other(image))
        self._require(name, literals, ("S", "B"))
        return lambda image: begins(get(image), other(image))

    def _existence(self, name: str, path: Path | None) -> Test:
        if path is None:
            raise checks.not_a_path(self.kind, name)
        if name == "attribute_exists":
            return lambda image: find(image, path) is not None
        return lambda image: find(image, path) is None

    def _type(self, get: Get, literal: Typed | None) -> Test:
        if literal is None or "S" not in literal:
            raise checks.wrong_operand(
                self.kind, "attribute_type", "document path" if literal is None else tag_of(literal)
            )
        wanted: Any = literal["S"]
        if wanted not in _TAGS:
            valid = ",".join(_TAGS)
            text = f"type: {wanted}, valid types: {{{valid}}}"
            raise invalid(self.kind, f"Invalid attribute type name found; {text}")
        return lambda image: wanted in (get(image) or ())


def _both(word: str, left: Test, right: Test) -> Test:
    if word == "AND":
        return lambda image: left(image) and right(image)
    return lambda image: left(image) or right(image)
