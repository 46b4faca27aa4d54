"""Update expressions: read, checked, and applied to an item's image."""

from __future__ import annotations

from functools import lru_cache

from cdc_lab.emulator.dynamodb.expressions import checks
from cdc_lab.emulator.dynamodb.expressions.changes import change
from cdc_lab.emulator.dynamodb.expressions.errors import invalid
from cdc_lab.emulator.dynamodb.expressions.nodes import (
    Action,
    FunctionNode,
    Node,
    Path,
    PathNode,
    Sum,
    bare,
    children,
)
from cdc_lab.emulator.dynamodb.expressions.parser import UpdateParser
from cdc_lab.emulator.dynamodb.expressions.placeholders import (
    Names,
    Values,
    aliases,
    keyed,
    normalized,
    placeholders,
    resolve,
)
from cdc_lab.emulator.dynamodb.expressions.update_reader import KIND, Bound, UpdateReader, Work
from cdc_lab.emulator.dynamodb.images import Image

_KEPT = 512


class Update:
    """An update with its names and values.

    Attributes
    ----------
    paths : list of Path
        What it sets and removes, in reading order.
    only_removes : bool
        Whether all of it removes: REMOVE, or DELETE of members of a set.
    names_used, values_used : frozenset of str
        The placeholders that the expression mentions.
    """

    __slots__ = ("_values", "_works", "names_used", "only_removes", "paths", "values_used")

    def __init__(
        self,
        paths: list[Path],
        works: list[Work],
        only_removes: bool,
        names_used: frozenset[str],
        values_used: frozenset[str],
        values: Bound,
    ) -> None:
        self.paths = paths
        self._works = works
        self.only_removes = only_removes
        self._values = values
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
        return change(image, self.paths, self._works, self._values)


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
    read = _read(expression, tuple((names or {}).items()), keyed(values or {}))
    return Update(*read, normalized(values or {}))


def update_from(paths: list[Path], works: list[Work], *, only_removes: bool) -> Update:
    """Make an update of work that was not read from a text.

    Parameters
    ----------
    paths, works : list
        Where something changes, and what comes there (see ``change``); the work knows its values.
    only_removes : bool
        Whether all of it removes.
    """
    return Update(paths, works, only_removes, frozenset(), frozenset(), {})


@lru_cache(maxsize=_KEPT)
def _read(
    expression: str, names: tuple[tuple[str, str], ...], tags: tuple[tuple[str, str], ...]
) -> tuple[list[Path], list[Work], bool, frozenset[str], frozenset[str]]:
    """All that depends on an expression, its names and its values' types, and not on their values."""
    actions, names_used, values_used = _parsed(expression)
    reader = UpdateReader(dict(names), dict(tags))
    paths = [resolve(KIND, action.target.path, reader.names) for action in actions]
    checks.check_paths(KIND, paths)
    # DynamoDB Local looks at the last action first: so the first of several refusals is the same.
    works = [reader.work(action, path) for action, path in zip(actions[::-1], paths[::-1], strict=True)]
    only_removes = all(action.section in ("REMOVE", "DELETE") for action in actions)
    return paths, works[::-1], only_removes, names_used, values_used


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
