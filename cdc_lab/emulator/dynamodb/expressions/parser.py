"""The grammar of condition and update expressions."""

from __future__ import annotations

from cdc_lab.emulator.dynamodb.expressions.errors import invalid
from cdc_lab.emulator.dynamodb.expressions.nodes import (
    Action,
    Between,
    Both,
    Comparison,
    FunctionNode,
    Member,
    Node,
    Not,
    Parentheses,
    PathNode,
    Segment,
    Sum,
    ValueNode,
    bare,
)
from cdc_lab.emulator.dynamodb.expressions.tokens import Token, syntax_error, tokenize
from cdc_lab.errors import ServiceError

COMPARATORS = ("=", "<>", "<", "<=", ">", ">=")
MAX_PATH = 32
MAX_INDEX = 2**31 - 1

SECTIONS = frozenset({"SET", "REMOVE", "ADD", "DELETE"})
_TOO_DEEP = "The expression contains too many operators; operator count: 301"
KEYWORDS = SECTIONS | {"AND", "OR", "NOT", "BETWEEN", "IN"}  # never a name, in either kind of expression


class _Parser:
    """Reads words from left to right; `at` is the position of the one to be read next."""

    def __init__(self, kind: str, expression: str) -> None:
        self.kind = kind
        self.expression = expression
        self.tokens = tokenize(kind, expression)
        self.at = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def error(self) -> ServiceError:
        return syntax_error(self.kind, self.expression, self.tokens, self.at)

    def take(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def accept(self, sign: str) -> bool:
        if self.token.kind == "sign" and self.token.text == sign:
            self.at += 1
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.accept(sign):
            raise self.error()

    def keyword(self) -> str:
        """The keyword that comes next, in capitals, or nothing."""
        word = self.token.text.upper() if self.token.kind == "name" else ""
        return word if word in KEYWORDS else ""

    def path(self) -> PathNode:
        path: list[Segment] = [self._name()]
        while True:
            if self.accept("."):
                path.append(self._name())
            elif self.accept("["):
                path.append(self._index())
                self.expect("]")
            else:
                break
        if len(path) > MAX_PATH:
            levels = f"nesting levels: {len(path)}"
            raise invalid(self.kind, f"The document path has too many nesting levels; {levels}")
        return PathNode(tuple(path))

    def _name(self) -> str:
        if self.token.kind not in ("name", "alias") or self.keyword():
            raise self.error()
        return self.take().text

    def _index(self) -> int:
        if self.token.kind != "index":
            raise self.error()
        index = int(self.take().text)
        if index > MAX_INDEX:
            raise invalid(self.kind, f"List index is not within the allowable range; index: [{index}]")
        return index

    def value(self) -> ValueNode:
        if self.token.kind != "value":
            raise self.error()
        return ValueNode(self.take().text)

    def operand(self) -> Node:
        if self.accept("("):
            inner = self.operand()
            self.expect(")")
            return Parentheses(inner)
        if self.token.kind == "value":
            return self.value()
        if self.token.kind == "name" and self.tokens[self.at + 1].text == "(" and not self.keyword():
            name = self.take().text
            return FunctionNode(name, self.listed())
        return self.path()

    def listed(self) -> tuple[Node, ...]:
        """Operands in parentheses, at least one."""
        self.expect("(")
        found = [self.operand()]
        while self.accept(","):
            found.append(self.operand())
        self.expect(")")
        return tuple(found)


class ConditionParser(_Parser):
    """``a = :v AND (attribute_exists(b) OR NOT size(c) > :n)``."""

    def parse(self) -> Node:
        """The condition."""
        try:
            node = self._or()
        except RecursionError:
            # So deep is only what has hundreds of operators, or parentheses around parentheses.
            raise invalid(self.kind, _TOO_DEEP) from None
        if self.token.kind != "end":
            raise self.error()
        return node

    def _or(self, lone: bool = False) -> Node:
        node = self._and(lone)
        while self.keyword() == "OR":
            self.take()
            node = Both("OR", node, self._and())
        return node

    def _and(self, lone: bool = False) -> Node:
        node = self._not(lone)
        while self.keyword() == "AND":
            self.take()
            node = Both("AND", node, self._not())
        return node

    def _not(self, lone: bool = False) -> Node:
        if self.keyword() == "NOT":
            self.take()
            return Not(self._not())
        if not self.accept("("):
            return self._comparison(self.operand(), lone)
        node = Parentheses(self._or(lone=True))
        self.expect(")")
        if isinstance(bare(node), (PathNode, ValueNode, FunctionNode)):
            return self._comparison(node, lone)
        return node

    def _comparison(self, left: Node, lone: bool) -> Node:
        """What an operand begins; alone it is a condition if it is a function, or may be in parentheses."""
        if self.token.kind == "sign" and self.token.text in COMPARATORS:
            return Comparison(self.take().text, left, self.operand())
        if self.keyword() == "BETWEEN":
            self.take()
            low = self.operand()
            if self.keyword() != "AND":
                raise self.error()
            self.take()
            return Between(left, low, self.operand())
        if self.keyword() == "IN":
            self.take()
            return Member(left, self.listed())
        alone_in_parentheses = lone and self.token.text == ")"
        if isinstance(bare(left), FunctionNode) or alone_in_parentheses:
            return left
        raise self.error()


class UpdateParser(_Parser):
    """``SET a = a + :n, b[0] = :v REMOVE c ADD d :n DELETE e :s``."""

    def parse(self) -> list[list[Action]]:
        """The sections, each a list of its actions."""
        sections: list[list[Action]] = []
        while self.token.kind != "end" or not sections:
            section = self.keyword()
            if section not in SECTIONS:
                raise self.error()
            self.take()
            actions = [self._action(section)]
            while self.accept(","):
                actions.append(self._action(section))
            sections.append(actions)
        return sections

    def _action(self, section: str) -> Action:
        target = self.path()
        if section == "REMOVE":
            return Action(section, target, None)
        if section != "SET":
            return Action(section, target, self.value())
        self.expect("=")
        return Action(section, target, self._assigned())

    def _assigned(self) -> Node:
        left: Node
        if self.accept("("):
            left = Parentheses(self._assigned())
            self.expect(")")
        else:
            left = self.operand()
        if self.token.text not in ("+", "-"):
            return left
        if isinstance(bare(left), Sum):
            raise self.error()
        return Sum(self.take().text, left, self.operand())


class ProjectionParser(_Parser):
    """``flight, route[0].via``."""

    def parse(self) -> list[PathNode]:
        """The paths."""
        paths = [self.path()]
        while self.accept(","):
            paths.append(self.path())
        if self.token.kind != "end":
            raise self.error()
        return paths
