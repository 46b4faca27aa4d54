"""From a parsed condition to a function of an item's image and the call's values."""

from __future__ import annotations

from collections.abc import Callable

from cdc_lab.emulator.dynamodb.expressions import checks
from cdc_lab.emulator.dynamodb.expressions.errors import invalid
from cdc_lab.emulator.dynamodb.expressions.nodes import (
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
)
from cdc_lab.emulator.dynamodb.expressions.paths import find
from cdc_lab.emulator.dynamodb.expressions.placeholders import Names, resolve, tag_of_value
from cdc_lab.emulator.dynamodb.expressions.values import (
    ORDERED,
    Typed,
    begins,
    compare,
    contains,
    order,
    size,
    tag_of,
)
from cdc_lab.emulator.dynamodb.images import Image

MAX_CHOICES = 100
TYPE_TAGS = ("N", "BS", "L", "B", "NULL", "M", "S", "SS", "NS", "BOOL")  # as a refusal lists them

Bound = dict[str, Typed]
Get = Callable[[Image | None, Bound], Typed | None]
Test = Callable[[Image | None, Bound], bool]


class ConditionReader:
    """Reads the nodes of one condition.

    Attributes
    ----------
    checks_of_values : list of callable
        What remains to be checked once the values are known.
    """

    def __init__(self, kind: str, names: Names, tags: dict[str, str]) -> None:
        self.kind = kind
        self.names = names
        self.tags = tags
        self.checks_of_values: list[Callable[[Bound], None]] = []

    def test(self, node: Node) -> Test:
        """The condition as a function."""
        match bare(node):
            case Both(word, left, right):
                return _both(word, self.test(left), self.test(right))
            case Not(condition):
                inner = self.test(condition)
                return lambda image, values: not inner(image, values)
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

    def operand(self, node: Node) -> tuple[Get, Path | None, str | None]:
        """How to get an operand's value; its path; its type, where that is known beforehand."""
        node = bare(node)
        if isinstance(node, PathNode):
            path = resolve(self.kind, node.path, self.names)
            return (lambda image, _: find(image, path)), path, None
        if isinstance(node, ValueNode):
            placeholder = node.placeholder
            tag = tag_of_value(self.kind, node, self.tags)
            return (lambda _, values: values[placeholder]), None, tag
        assert isinstance(node, FunctionNode)
        return self._size(node.arguments), None, "N"

    def operands(self, name: str, nodes: tuple[Node, ...], tags: tuple[str, ...] | None = None) -> list[Get]:
        """The operands of an operator: of types that it takes, and the first does not come again."""
        found = list(map(self.operand, nodes))
        for _, _, tag in found:
            if tags is not None and tag is not None and tag not in tags:
                raise checks.wrong_operand(self.kind, name, tag)
        paths = [path for _, path, _ in found]
        checks.check_distinct(self.kind, name, paths[0], paths[1:])
        return [get for get, _, _ in found]

    def _size(self, arguments: tuple[Node, ...]) -> Get:
        found = list(map(self.operand, arguments))
        checks.check_count(self.kind, "size", len(found), 1)
        get, _, tag = found[0]
        if tag in ("N", "NULL", "BOOL"):
            raise checks.wrong_operand(self.kind, "size", tag)
        return lambda image, values: size(get(image, values))

    # ---- operators ---------------------------------------------------------------------------

    def _comparison(self, sign: str, left: Node, right: Node) -> Test:
        one, other = self.operands(sign, (left, right), None if sign in ("=", "<>") else ORDERED)
        return lambda image, values: compare(sign, one(image, values), other(image, values))

    def _between(self, operand: Node, low: Node, high: Node) -> Test:
        get, lower, upper = self.operands("BETWEEN", (operand, low, high), ORDERED)
        if isinstance(bare(low), ValueNode) and isinstance(bare(high), ValueNode):
            self.checks_of_values.append(
                lambda values: self._check_bounds(lower(None, values), upper(None, values))
            )

        def between(image: Image | None, values: Bound) -> bool:
            value = get(image, values)
            return compare(">=", value, lower(image, values)) and compare("<=", value, upper(image, values))

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
        get, *others = self.operands("IN", (operand, *choices))

        def member(image: Image | None, values: Bound) -> bool:
            value = get(image, values)
            return any(compare("=", value, other(image, values)) for other in others)

        return member

    # ---- functions ---------------------------------------------------------------------------

    def _function(self, name: str, arguments: tuple[Node, ...]) -> Test:
        found = list(map(self.operand, arguments))
        alone = name in ("attribute_exists", "attribute_not_exists")
        checks.check_count(self.kind, name, len(found), 1 if alone else 2)
        if alone:
            return self._existence(name, found[0][1])
        if name == "attribute_type":
            return self._type(found[0][0], found[1][0], found[1][2])
        one, other = self.operands(name, arguments, ("S", "B") if name == "begins_with" else None)
        holds = begins if name == "begins_with" else contains
        return lambda image, values: holds(one(image, values), other(image, values))

    def _existence(self, name: str, path: Path | None) -> Test:
        if path is None:
            raise checks.not_a_path(self.kind, name)
        if name == "attribute_exists":
            return lambda image, _: find(image, path) is not None
        return lambda image, _: find(image, path) is None

    def _type(self, get: Get, wanted: Get, tag: str | None) -> Test:
        if tag != "S":
            raise checks.wrong_operand(self.kind, "attribute_type", tag or "document path")
        self.checks_of_values.append(lambda values: self._check_type(wanted(None, values)))
        return lambda image, values: _tag_named(wanted(None, values)) in (get(image, values) or ())

    def _check_type(self, literal: Typed | None) -> None:
        name = _tag_named(literal)
        if name not in TYPE_TAGS:
            text = f"type: {name}, valid types: {{{','.join(TYPE_TAGS)}}}"
            raise invalid(self.kind, f"Invalid attribute type name found; {text}")


def _tag_named(literal: Typed | None) -> str:
    return "" if literal is None else str(literal["S"])


def _both(word: str, left: Test, right: Test) -> Test:
    if word == "AND":
        return lambda image, values: left(image, values) and right(image, values)
    return lambda image, values: left(image, values) or right(image, values)
