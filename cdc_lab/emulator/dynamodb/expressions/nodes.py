"""What expressions are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

Segment: TypeAlias = str | int
Path: TypeAlias = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class PathNode:
    """A document path; names still to be looked up begin with ``#``."""

    path: Path


@dataclass(frozen=True, slots=True)
class ValueNode:
    """A value by its placeholder."""

    placeholder: str


@dataclass(frozen=True, slots=True)
class FunctionNode:
    """A function and its arguments."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Parentheses:
    """Something in parentheses."""

    inner: Node


@dataclass(frozen=True, slots=True)
class Sum:
    """Two operands with ``+`` or ``-`` between them."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands and a comparator."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between:
    """An operand and its bounds."""

    operand: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class Member:
    """``IN``: an operand and what it may equal."""

    operand: Node
    choices: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    condition: Node


@dataclass(frozen=True, slots=True)
class Both:
    """``AND`` or ``OR`` of two conditions."""

    word: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Action:
    """One action of an update: its section, the path that it changes, the operand (None: REMOVE)."""

    section: str
    target: PathNode
    operand: Node | None


Node: TypeAlias = (
    PathNode
    | ValueNode
    | FunctionNode
    | Parentheses
    | Sum
    | Comparison
    | Between
    | Member
    | Not
    | Both
    | Action
)


def children(node: Node) -> tuple[Node, ...]:
    """The parts of a node, in reading order."""
    match node:
        case FunctionNode(_, arguments):
            return arguments
        case Parentheses(inner) | Not(inner):
            return (inner,)
        case Sum(_, left, right) | Comparison(_, left, right) | Both(_, left, right):
            return (left, right)
        case Between(operand, low, high):
            return (operand, low, high)
        case Member(operand, choices):
            return (operand, *choices)
        case Action(_, target, operand):
            return (target,) if operand is None else (target, operand)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """A node and everything below it, in reading order."""
    yield node
    for child in children(node):
        yield from walk(child)


def bare(node: Node) -> Node:
    """A node without parentheses around it."""
    while isinstance(node, Parentheses):
        node = node.inner
    return node


def shown(path: Path) -> str:
    """A path as refusals show it: ``[route, [0], via]``."""
    return "[" + ", ".join(f"[{part}]" if isinstance(part, int) else part for part in path) + "]"
