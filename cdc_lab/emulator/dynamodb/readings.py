"""What the expressions of one read ask for, or the parameters from before expressions in their place."""

from __future__ import annotations

from typing import Any, NamedTuple

from cdc_lab.emulator.dynamodb import legacy
from cdc_lab.emulator.dynamodb.call_expressions import accept_values, check_alone, is_legacy
from cdc_lab.emulator.dynamodb.expressions import (
    Condition,
    Path,
    check_placeholders,
    check_unused,
    compile_condition,
    compile_projection,
    picked,
)
from cdc_lab.emulator.dynamodb.expressions.placeholders import Compiled
from cdc_lab.emulator.dynamodb.images import Image
from cdc_lab.emulator.dynamodb.key_conditions import KIND, KeyTerm, key_terms

Body = dict[str, Any]

_READ_EXPRESSIONS = ("FilterExpression", KIND, "ProjectionExpression")


class Reading(NamedTuple):
    """What one read asks for.

    Attributes
    ----------
    terms : list of KeyTerm or None
        The key conditions of a Query.
    condition : Condition or None
        The filter.
    paths : tuple of Path or None
        What to return of each item; None: all of it.
    is_legacy : bool
        Whether it was asked with parameters from before expressions.
    """

    terms: list[KeyTerm] | None = None
    condition: Condition | None = None
    paths: tuple[Path, ...] | None = None
    is_legacy: bool = False

    def shown(self, image: Image) -> Image:
        """What the read returns of an item."""
        return image if self.paths is None else picked(image, self.paths) or {}


def reading_of(body: Body, *valued: str) -> Reading:
    """Compile a read's expressions, or what it says in parameters from before them.

    Parameters
    ----------
    body : dict
    *valued : str
        The expressions of this operation that may use values.

    Raises
    ------
    ServiceError
        ``ValidationException`` with DynamoDB's text; also for names and values that no expression uses,
        and for a call that mixes both kinds.
    """
    is_old = is_legacy(body)
    terms = legacy.key_terms_of(body) if "KeyConditions" in body else None
    names, given = body.get("ExpressionAttributeNames"), body.get("ExpressionAttributeValues")
    if given is not None and not any(name in body for name in valued):
        check_alone(None, given, *valued)
    if not any(name in body for name in _READ_EXPRESSIONS):
        check_alone(names, None)
        if not is_old:
            return Reading()
        attributes = legacy.attributes_of(body)
        paths = None if attributes is None else tuple(attributes)
        return Reading(terms, legacy.filter_of(body), paths, True)
    return _compiled(body, names, given, terms)


def _compiled(body: Body, names: Any, given: Any, terms: list[KeyTerm] | None) -> Reading:
    check_placeholders(names, given)
    values = accept_values(given or {})
    used: list[Compiled] = []
    condition = paths = None
    # In DynamoDB's own order: the first of several refusals is the same.
    if "FilterExpression" in body:
        condition = compile_condition(body["FilterExpression"], names or {}, values, "FilterExpression")
        used.append(condition)
    if "ProjectionExpression" in body:
        projection = compile_projection(body["ProjectionExpression"], names or {})
        paths = projection.paths
        used.append(projection)
    if KIND in body:
        used.append(compile_condition(body[KIND], names or {}, values, KIND))
    check_unused(names, given, used)
    if KIND in body:
        terms = key_terms(body[KIND], names or {}, values)
    return Reading(terms, condition, paths)
