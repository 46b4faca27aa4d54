"""Projection expressions: which parts of an item a read returns."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from cdc_lab.emulator.dynamodb.expressions import checks
from cdc_lab.emulator.dynamodb.expressions.nodes import Path, PathNode
from cdc_lab.emulator.dynamodb.expressions.parser import ProjectionParser
from cdc_lab.emulator.dynamodb.expressions.placeholders import Names, aliases, resolve

KIND = "ProjectionExpression"
_KEPT = 512


class Projection(NamedTuple):
    """The paths of a projection.

    Attributes
    ----------
    paths : tuple of Path
    names_used, values_used : frozenset of str
        The placeholders that the expression mentions; of values it can mention none.
    """

    paths: tuple[Path, ...]
    names_used: frozenset[str]
    values_used: frozenset[str] = frozenset()


def compile_projection(expression: str, names: Names | None = None) -> Projection:
    """Read a projection.

    Parameters
    ----------
    expression : str
        Such as ``flight, route[0].via``.
    names : mapping, optional
        ExpressionAttributeNames.

    Raises
    ------
    ServiceError
        ``ValidationException`` with DynamoDB's text.
    """
    return _read(expression, tuple((names or {}).items()))


@lru_cache(maxsize=_KEPT)
def _read(expression: str, names: tuple[tuple[str, str], ...]) -> Projection:
    nodes = _parsed(expression)
    known = dict(names)
    paths = tuple(resolve(KIND, node.path, known) for node in nodes)
    checks.check_paths(KIND, paths)
    return Projection(paths, aliases(nodes))


@lru_cache(maxsize=_KEPT)
def _parsed(expression: str) -> tuple[PathNode, ...]:
    nodes = ProjectionParser(KIND, expression).parse()
    for node in nodes:
        checks.check_words(KIND, node)
    return tuple(nodes)
