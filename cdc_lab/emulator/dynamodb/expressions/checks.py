"""What every expression must satisfy before a value is looked at."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from itertools import combinations

from cdc_lab.emulator.dynamodb.expressions.errors import invalid
from cdc_lab.emulator.dynamodb.expressions.nodes import Node, Parentheses, Path, PathNode, shown, walk

CONDITION_FUNCTIONS = frozenset(
    {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size"}
)
UPDATE_FUNCTIONS = frozenset({"if_not_exists", "list_append"})


@cache
def reserved_words() -> frozenset[str]:
    """The words that may not be attribute names in an expression, in capitals (AWS's list)."""
    return frozenset((resources.files(__package__) / "reserved_words.txt").read_text().split())


def check_parentheses(kind: str, nodes: Iterable[Node]) -> None:
    """Refuse parentheses right inside parentheses."""
    for top in nodes:
        for node in walk(top):
            if isinstance(node, Parentheses) and isinstance(node.inner, Parentheses):
                raise invalid(kind, "The expression has redundant parentheses;")


def check_words(kind: str, node: PathNode) -> None:
    """Refuse reserved words in a path."""
    for part in node.path:
        if isinstance(part, str) and part.upper() in reserved_words():
            raise invalid(kind, f"Attribute name is a reserved keyword; reserved keyword: {part}")


def check_function(kind: str, name: str, allowed: frozenset[str], where: str) -> None:
    """Refuse a function that is none, or that stands in the other kind of expression."""
    if name not in CONDITION_FUNCTIONS | UPDATE_FUNCTIONS:
        raise invalid(kind, f"Invalid function name; function: {name}")
    if name not in allowed:
        raise invalid(kind, f"The function is not allowed in {where} expression; function: {name}")


def misplaced(kind: str, name: str) -> Exception:
    """The refusal of a function where its result is of no use."""
    return invalid(
        kind, f"The function is not allowed to be used this way in an expression; function: {name}"
    )


def check_count(kind: str, name: str, count: int, wanted: int) -> None:
    """Refuse a wrong number of operands."""
    if count != wanted:
        text = f"operator or function: {name}, number of operands: {count}"
        raise invalid(kind, f"Incorrect number of operands for operator or function; {text}")


def wrong_operand(kind: str, name: str, tag: str) -> Exception:
    """The refusal of a value whose type the operator cannot take."""
    text = f"operator or function: {name}, operand type: {tag}"
    return invalid(kind, f"Incorrect operand type for operator or function; {text}")


def not_a_path(kind: str, name: str) -> Exception:
    """The refusal of something else where a document path must stand."""
    text = "Operator or function requires a document path; operator or function"
    return invalid(kind, f"{text}: {name}")


def check_distinct(kind: str, name: str, first: Path | None, rest: Iterable[Path | None]) -> None:
    """Refuse an operator whose first operand comes again; None stands for what is no path."""
    if first is None or all(other != first for other in rest):
        return
    text = f"operator: {name}, first operand: {shown(first)}"
    raise invalid(
        kind,
        "The first operand must be distinct from the remaining operands for this operator or function; "
        + text,
    )


def check_paths(kind: str, paths: Iterable[Path]) -> None:
    """Refuse paths of which one leads into the other, or that take one value for a map and a list."""
    pairs = list(combinations(paths, 2))
    for one, other in pairs:
        if one[: len(other)] == other[: len(one)]:
            raise invalid(kind, "Two document paths overlap with each other; " + _pair(one, other))
    for one, other in pairs:
        fork = next(i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
        if isinstance(one[fork], int) != isinstance(other[fork], int):
            raise invalid(kind, "Two document paths conflict with each other; " + _pair(one, other))


def _pair(one: Path, other: Path) -> str:
    return f"must remove or rewrite one of these paths; path one: {shown(one)}, path two: {shown(other)}"
