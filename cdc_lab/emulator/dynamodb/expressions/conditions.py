"""Condition expressions: read, checked, and asked of an item."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from cdc_lab.emulator.dynamodb.expressions import checks
from cdc_lab.emulator.dynamodb.expressions.condition_reader import Bound, ConditionReader, Test
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
    bare,
    children,
    walk,
)
from cdc_lab.emulator.dynamodb.expressions.parser import ConditionParser
from cdc_lab.emulator.dynamodb.expressions.placeholders import (
    Names,
    Values,
    aliases,
    keyed,
    normalized,
    placeholders,
    resolve,
)
from cdc_lab.emulator.dynamodb.images import Image

MAX_OPERATORS = 300
_KEPT = 512
_KIND = "ConditionExpression"


class Condition:
    """A condition with its names and values.

    Attributes
    ----------
    paths : tuple of Path
        What it looks at.
    names_used, values_used : frozenset of str
        The placeholders that the expression mentions.
    """

    __slots__ = ("_test", "_values", "names_used", "paths", "values_used")

    def __init__(
        self,
        test: Test,
        values: Bound,
        paths: tuple[Path, ...],
        names_used: frozenset[str],
        values_used: frozenset[str],
    ) -> None:
        self._test = test
        self._values = values
        self.paths = paths
        self.names_used = names_used
        self.values_used = values_used

    def holds(self, image: Image | None) -> bool:
        """Whether the condition holds for an item; None stands for an item that is not there."""
        return self._test(image, self._values)


def compile_condition(
    expression: str,
    names: Names | None = None,
    values: Values | None = None,
    kind: str = _KIND,
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
    read = _read(kind, expression, tuple((names or {}).items()), keyed(values or {}))
    test, checks_of_values, paths, names_used, values_used = read
    bound = normalized(values or {})
    for check in checks_of_values:
        check(bound)
    return Condition(test, bound, paths, names_used, values_used)


def condition_from(node: Node, names: Names, values: Values) -> Condition:
    """Make a condition of nodes that were not read from a text; the limits of texts do not apply.

    Parameters
    ----------
    node : Node
        The condition, with every operand of a type that its operator takes.
    names, values : mapping
        What the names that begin with ``#`` and the placeholders in it stand for.
    """
    test = ConditionReader(_KIND, names, dict(keyed(values))).test(node)
    paths = _paths(_KIND, node, names)
    return Condition(test, normalized(values), paths, aliases([node]), placeholders([node]))


def _paths(kind: str, node: Node, names: Names) -> tuple[Path, ...]:
    return tuple(resolve(kind, one.path, names) for one in walk(node) if isinstance(one, PathNode))


@lru_cache(maxsize=_KEPT)
def _read(
    kind: str, expression: str, names: tuple[tuple[str, str], ...], tags: tuple[tuple[str, str], ...]
) -> tuple[Test, list[Callable[[Bound], None]], tuple[Path, ...], frozenset[str], frozenset[str]]:
    """All that depends on an expression, its names and its values' types, and not on their values."""
    node, names_used, values_used = parsed_condition(kind, expression)
    reader = ConditionReader(kind, dict(names), dict(tags))
    test = reader.test(node)
    return test, reader.checks_of_values, _paths(kind, node, reader.names), names_used, values_used


@lru_cache(maxsize=_KEPT)
def parsed_condition(kind: str, expression: str) -> tuple[Node, frozenset[str], frozenset[str]]:
    """A condition as its parts, and the placeholders of names and values that it mentions."""
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
