"""The expressions of one call: compiled, their names and values checked, the condition held to the item."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from cdc_lab.emulator.dynamodb.attribute_values import accept_value, invalid
from cdc_lab.emulator.dynamodb.expressions import (
    Condition,
    Update,
    check_placeholders,
    check_unused,
    compile_condition,
    compile_update,
)
from cdc_lab.emulator.dynamodb.images import Image, PackedImage
from cdc_lab.emulator.dynamodb.legacy import LEGACY, PARAMETERS, condition_of, update_of
from cdc_lab.errors import ServiceError

Body = dict[str, Any]

ANNOUNCEMENT = "1 validation error detected: "
_OF_A_VALUE = re.compile(r"ExpressionAttributeValues contains invalid value: (.*) for key :\w+", re.DOTALL)

# In the order in which DynamoDB lists them.
_EXPRESSIONS = (
    "ProjectionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "UpdateExpression",
    "ConditionExpression",
)


def is_legacy(body: Body) -> bool:
    """Whether a call uses parameters from before expressions; refuse one that mixes both."""
    if LEGACY.isdisjoint(body):
        return False
    old = [name for name in PARAMETERS if name in body]
    new = [name for name in _EXPRESSIONS if name in body]
    if "KeyConditions" in old and "KeyConditionExpression" not in new:
        old.remove("KeyConditions")  # they may stand beside a FilterExpression and a ProjectionExpression
    if old and new:
        raise invalid(
            "Can not use both expression and non-expression parameters in the same request: "
            f"Non-expression parameters: {{{', '.join(old)}}} Expression parameters: {{{', '.join(new)}}}"
        )
    return True


class Expressions(NamedTuple):
    """The expressions of one call, bound to its names and values."""

    condition: Condition | None
    update: Update | None


def expressions_of(body: Body, *, changes: bool = False) -> Expressions:
    """Compile a call's expressions, or what it says in parameters from before them.

    Parameters
    ----------
    body : dict
    changes : bool
        Whether it is an update.

    Raises
    ------
    ServiceError
        ``ValidationException`` with DynamoDB's text; also for names and values that no expression uses,
        and for a call that mixes both kinds.
    """
    legacy = is_legacy(body)
    condition, update = body.get("ConditionExpression"), body.get("UpdateExpression")
    names, given = body.get("ExpressionAttributeNames"), body.get("ExpressionAttributeValues")
    if condition is None and update is None:
        check_alone(names, given, *(["UpdateExpression"] if changes else []), "ConditionExpression")
        if not legacy:
            return Expressions(None, None)
        change = update_of(body)  # refused before Expected (dynalite's tests)
        return Expressions(condition_of(body), change)
    check_placeholders(names, given)
    values = accept_values(given or {})
    compiled = Expressions(
        None if condition is None else compile_condition(condition, names or {}, values),
        None if update is None else compile_update(update, names or {}, values),
    )
    check_unused(names, given, [one for one in compiled if one is not None])
    return compiled


def announced(error: ServiceError, body: Body) -> ServiceError:
    """A refusal as PutItem, UpdateItem and DeleteItem word it since the middle of 2026 (D45).

    What they refuse before they look at a table begins with "1 validation error detected: "; batches,
    transactions and reads say the same without it (moto #10198, verified on AWS; dynoxide #152 in eu-west-2;
    floci #2893 in ap-southeast-1). Of parameters from before expressions it is not known. Here alone it is
    decided which refusals get these words; a region that does not have them yet would have its switch here.
    """
    if not LEGACY.isdisjoint(body) or error.message.startswith(ANNOUNCEMENT):
        return error
    bare = _OF_A_VALUE.fullmatch(error.message)
    return invalid(ANNOUNCEMENT + (bare[1] if bare else error.message))


def check_alone(names: Any, values: Any, *missing: str) -> None:
    """Refuse names and values of a call that has no expression for them."""
    alone = "can only be specified when using expressions"
    if names is not None:
        raise invalid(f"ExpressionAttributeNames {alone}")
    if values is not None:
        verb = "is" if len(missing) == 1 else "are"
        raise invalid(f"ExpressionAttributeValues {alone}: {' and '.join(missing)} {verb} null")


def accept_values(given: Mapping[str, Any]) -> Image:
    """ExpressionAttributeValues in normal form; refuse what DynamoDB does not keep."""
    values: Image = {}
    for placeholder, typed in given.items():
        try:
            values[placeholder] = accept_value(typed)
        except ServiceError as error:
            raise invalid(
                f"ExpressionAttributeValues contains invalid value: {error.message} for key {placeholder}"
            ) from None
    return values


def check_condition(condition: Condition | None, before: PackedImage | None, body: Body) -> None:
    """Refuse the call when its condition does not hold for the item as it stands."""
    if condition is None or condition.holds(None if before is None else before.image()):
        return
    shown = before is not None and body.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    fields: dict[str, Any] = {"Item": before.python_image()} if shown and before is not None else {}
    raise ServiceError("ConditionalCheckFailedException", "The conditional request failed", **fields)
