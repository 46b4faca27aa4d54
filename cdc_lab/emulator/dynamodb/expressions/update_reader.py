"""From the parsed actions of an update to functions of an item's image and the call's values."""

from __future__ import annotations

from collections.abc import Callable

from cdc_lab.emulator.dynamodb.expressions import checks
from cdc_lab.emulator.dynamodb.expressions.errors import invalid, missing, wrong_type
from cdc_lab.emulator.dynamodb.expressions.nodes import (
    Action,
    FunctionNode,
    Node,
    Path,
    PathNode,
    Sum,
    ValueNode,
    bare,
)
from cdc_lab.emulator.dynamodb.expressions.paths import find
from cdc_lab.emulator.dynamodb.expressions.placeholders import Names, resolve, tag_of_value
from cdc_lab.emulator.dynamodb.expressions.values import SETS, Typed, add, added, without
from cdc_lab.emulator.dynamodb.images import Image

KIND = "UpdateExpression"
_ALLOWED = {"ADD": ("N", *SETS), "DELETE": SETS}
_SPELLED = {"S": "STRING", "N": "NUMBER", "B": "BINARY", "BOOL": "BOOLEAN", "L": "LIST", "M": "MAP"}

Bound = dict[str, Typed]
Get = Callable[[Image, Bound], Typed]
Work = Callable[[Image, Bound], Typed | None]


class UpdateReader:
    """Reads the actions of one update."""

    def __init__(self, names: Names, tags: dict[str, str]) -> None:
        self.names = names
        self.tags = tags

    def work(self, action: Action, path: Path) -> Work:
        """What an action leaves at its path; None: nothing."""
        if action.operand is None:
            return lambda image, values: None
        if action.section == "SET":
            return self.get(action.operand)
        assert isinstance(action.operand, ValueNode)
        self._check_allowed(action.section, tag_of_value(KIND, action.operand, self.tags))
        placeholder = action.operand.placeholder
        if action.section == "ADD":
            return lambda image, values: added(find(image, path), values[placeholder])
        return lambda image, values: without(find(image, path), values[placeholder])

    def _check_allowed(self, section: str, tag: str) -> None:
        if tag not in _ALLOWED[section]:
            operand = f"operator: {section}, operand type: {_SPELLED.get(tag, tag)}"
            text = f"{operand}, typeSet: ALLOWED_FOR_{section}_OPERAND"
            raise invalid(KIND, f"Incorrect operand type for operator or function; {text}")

    def get(self, node: Node) -> Get:
        """How to get an operand's value."""
        match bare(node):
            case PathNode(raw):
                return _at(resolve(KIND, raw, self.names))
            case ValueNode(placeholder) as literal:
                tag_of_value(KIND, literal, self.tags)
                return lambda image, values: values[placeholder]
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
            if isinstance(literal, ValueNode) and tag_of_value(KIND, literal, self.tags) != tag:
                raise checks.wrong_operand(KIND, name, self.tags[literal.placeholder])
        return [_typed(get, tag) for get in gets]

    def _sum(self, sign: str, left: Node, right: Node) -> Get:
        one, other = self._operands(sign, (left, right), "N")
        return lambda image, values: {"N": add(one(image, values)["N"], other(image, values)["N"], sign)}

    def _list_append(self, arguments: tuple[Node, ...]) -> Get:
        for node in arguments:
            self.get(node)
        checks.check_count(KIND, "list_append", len(arguments), 2)
        one, other = self._operands("list_append", arguments, "L")
        return lambda image, values: {"L": [*one(image, values)["L"], *other(image, values)["L"]]}

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

        def get(image: Image, values: Bound) -> Typed:
            # The default is looked at even where it is not needed: so a missing one is refused.
            value = default(image, values)
            found = find(image, path)
            return value if found is None else found

        return get


def _at(path: Path) -> Get:
    def get(image: Image, _: Bound) -> Typed:
        found = find(image, path)
        if found is None:
            raise missing()
        return found

    return get


def _typed(get: Get, tag: str) -> Get:
    def checked(image: Image, values: Bound) -> Typed:
        found = get(image, values)
        if tag not in found:
            raise wrong_type()
        return found

    return checked
