"""Update expressions: read, checked, and applied to an item's image."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import combinations
from typing import Any

from cdc_lab.emulator.expressions import checks
from cdc_lab.emulator.expressions.changes import Change, change
from cdc_lab.emulator.expressions.errors import invalid, missing, wrong_type
from cdc_lab.emulator.expressions.nodes import (
    Action,
    FunctionNode,
    Node,
    Path,
    PathNode,
    Sum,
    ValueNode,
    bare,
    children,
    shown,
)
from cdc_lab.emulator.expressions.parser import UpdateParser
from cdc_lab.emulator.expressions.paths import find
from cdc_lab.emulator.expressions.placeholders import (
    Names,
    Values,
    aliases,
    placeholders,
    resolve,
    value_of,
)
from cdc_lab.emulator.expressions.values import SETS, Typed, add, added, tag_of, without
from cdc_lab.emulator.images import Image

KIND = "UpdateExpression"
_KEPT = 512
_ALLOWED = {"ADD": ("N", *SETS), "DELETE": SETS}
_SPELLED = {"S": "STRING", "N": "NUMBER", "B": "BINARY", "BOOL": "BOOLEAN", "L": "LIST", "M": "MAP"}

Get = Callable[[Image], Typed]
Work = Callable[[Image], Typed | None]


class Update:
    """An update with its names and values.

    Attributes
    ----------
    paths : list of Path
        What it sets and removes, in reading order.
    names_used, values_used : frozenset of str
        The placeholders that the expression mentions.
    """

    __slots__ = ("_works", "names_used", "paths", "values_used")

    def __init__(
        self, works: list[tuple[Path, Work]], names_used: frozenset[str], values_used: frozenset[str]
    ) -> None:
        self._works = works
        self.paths = [path for path, _ in works]
        self.names_used = names_used
        self.values_used = values_used

    def apply(self, image: Image) -> Image:
        """The image after the update; every action reads the image as it was before.

        Parameters
        ----------
        image : Image
            The item, or the key alone of one that is not there yet. It stays as it is.

        Raises
        ------
        ItemError
            The update does not fit the item.
        """
        return change(image, [Change(path, work) for path, work in self._works])


def compile_update(expression: str, names: Names | None = None, values: Values | None = None) -> Update:
    """Read an update.

    Parameters
    ----------
    expression : str
        Such as ``SET delay = :d REMOVE gate``.
    names, values : mapping, optional
        ExpressionAttributeNames and ExpressionAttributeValues, the latter in wire form (binary
        values as base64 text).

    Raises
    ------
    ServiceError
        ``ValidationException`` with DynamoDB's text.
    """
    actions, names_used, values_used = _parsed(expression)
    binder = _Binder(names or {}, values or {})
    paths = [resolve(KIND, action.target.path, binder.names) for action in actions]
    _check_paths(paths)
    # DynamoDB Local looks at the last action first: so the first of several refusals is the same.
    works = [
        binder.work(action, path) for action, path in zip(reversed(actions), reversed(paths), strict=True)
    ]
    return Update(list(zip(paths, reversed(works), strict=True)), names_used, values_used)


@lru_cache(maxsize=_KEPT)
def _parsed(expression: str) -> tuple[list[Action], frozenset[str], frozenset[str]]:
    sections = UpdateParser(KIND, expression).parse()
    actions = [action for section in sections for action in section]
    checks.check_parentheses(KIND, actions)
    for action in actions:
        _check_words(action)
    seen = set()
    for section in sections:
        name = section[0].section
        if name in seen:
            raise invalid(KIND, f'The "{name}" section can only be used once in an update expression;')
        seen.add(name)
    return actions, aliases(actions), placeholders(actions)


def _check_words(node: Node, within: str = "") -> None:
    """Refuse reserved words, and functions that are none or stand where they are of no use."""
    node = bare(node)
    if isinstance(node, PathNode):
        checks.check_words(KIND, node)
    if isinstance(node, FunctionNode):
        checks.check_function(KIND, node.name, checks.UPDATE_FUNCTIONS, "an update")
        if node.name == "list_append" and within:
            raise checks.misplaced(KIND, node.name)
    inside = node.name if isinstance(node, FunctionNode) else "a sum" if isinstance(node, Sum) else ""
    for child in children(node):
        _check_words(child, inside)


def _check_paths(paths: list[Path]) -> None:
    """Refuse paths of which one leads into the other, or that take one value for a map and a list."""
    for one, other in combinations(paths, 2):
        if one[: len(other)] == other[: len(one)]:
            raise invalid(KIND, "Two document paths overlap with each other; " + _pair(one, other))
    for one, other in combinations(paths, 2):
        fork = next(i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
        if isinstance(one[fork], int) != isinstance(other[fork], int):
            raise invalid(KIND, "Two document paths conflict with each other; " + _pair(one, other))


def _pair(one: Path, other: Path) -> str:
    return f"must remove or rewrite one of these paths; path one: {shown(one)}, path two: {shown(other)}"


class _Binder:
    """Turns parsed actions and a call's names and values into functions of an image."""

    def __init__(self, names: Names, values: Values) -> None:
        self.names = names
        self.values = values

    def work(self, action: Action, path: Path) -> Work:
        """What an action leaves at its path; None: nothing."""
        if action.operand is None:
            return lambda image: None
        if action.section == "SET":
            return self.get(action.operand)
        assert isinstance(action.operand, ValueNode)
        value = value_of(KIND, action.operand, self.values)
        self._check_allowed(action.section, tag_of(value))
        if action.section == "ADD":
            return lambda image: added(find(image, path), value)
        return lambda image: without(find(image, path), value)

    def _check_allowed(self, section: str, tag: str) -> None:
        if tag not in _ALLOWED[section]:
            operand = f"operator: {section}, operand type: {_SPELLED.get(tag, tag)}"
            text = f"{operand}, typeSet: ALLOWED_FOR_{section}_OPERAND"
            raise invalid(KIND, f"Incorrect operand type for operator or function; {text}")

    def get(self, node: Node) -> Get:
        """How to get an operand's value."""
        match bare(node):
            case PathNode(raw):
                return _reader(resolve(KIND, raw, self.names))
            case ValueNode() as literal:
                value = value_of(KIND, literal, self.values)
                return lambda image: value
            case Sum(sign, left, right):
                return self._sum(sign, left, right)
            case FunctionNode("if_not_exists", arguments):
                return self._if_not_exists(arguments)
            case FunctionNode("list_append", arguments):
                return self._list_append(arguments)
        raise AssertionError(f"no operand: {node!r}")

    def _operands(self, name: str, nodes: tuple[Node, ...], tag: str) -> list[Get]:
        """Operands of one type: a value that the call gives is refused at once, others when they are met."""
        gets = [self.get(node) for node in nodes]
        for node in nodes:
            literal = bare(node)
            if isinstance(literal, ValueNode):
                found = tag_of(value_of(KIND, literal, self.values))
                if found != tag:
                    raise checks.wrong_operand(KIND, name, found)
        return [_typed(get, tag) for get in gets]

    def _sum(self, sign: str, left: Node, right: Node) -> Get:
        one, other = self._operands(sign, (left, right), "N")
        return lambda image: {"N": add(one(image)["N"], other(image)["N"], sign)}

    def _list_append(self, arguments: tuple[Node, ...]) -> Get:
        gets = [self.get(node) for node in arguments]
        checks.check_count(KIND, "list_append", len(gets), 2)
        one, other = self._operands("list_append", arguments, "L")
        return lambda image: {"L": [*one(image)["L"], *other(image)["L"]]}

    def _if_not_exists(self, arguments: tuple[Node, ...]) -> Get:
        gets = [self.get(node) for node in arguments]
        checks.check_count(KIND, "if_not_exists", len(gets), 2)
        first, second = map(bare, arguments)
        if not isinstance(first, PathNode):
            raise checks.not_a_path(KIND, "if_not_exists")
        path = resolve(KIND, first.path, self.names)
        again = resolve(KIND, second.path, self.names) if isinstance(second, PathNode) else None
        checks.check_distinct(KIND, "if_not_exists", path, [again])
        default = gets[1]

        def get(image: Image) -> Typed:
            # The default is looked at even where it is not needed: so a missing one is refused.
            value = default(image)
            found = find(image, path)
            return value if found is None else found

        return get


def _reader(path: Path) -> Get:
    def get(image: Image) -> Typed:
        found = find(image, path)
        if found is None:
            raise missing()
        return found

    return get


def _typed(get: Get, tag: str) -> Callable[[Image], dict[str, Any]]:
    def checked(image: Image) -> dict[str, Any]:
        found = get(image)
        if tag_of(found) != tag:
            raise wrong_type()
        return found

    return checked
