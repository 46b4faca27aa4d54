"""Requests that have not the form which the service model gives them, and how the service refuses them.

boto3 checks most of a request itself, unless it was told not to. So the calls take the form for granted, and
look here when they stumble over it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cdc_lab.emulator.constraints import detected, lower_first, unsatisfied
from cdc_lab.emulator.dynamodb.attribute_values import EMPTY_VALUE, invalid
from cdc_lab.errors import ServiceError

CHOICES = {
    "ReturnConsumedCapacity": ("INDEXES", "TOTAL", "NONE"),
    "ReturnItemCollectionMetrics": ("SIZE", "NONE"),
    "ReturnValues": ("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"),
    "Select": ("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"),
}
"""The parameters that take one of a few words, and the words, in the order in which refusals list them."""

_TABLE_NAME = re.compile(r"[a-zA-Z0-9_.-]+\Z")
_LONGEST_NAME = 255
_JAVA = {"string": "String", "boolean": "Boolean", "integer": "Integer", "long": "Long", "double": "Double"}
_MISPLACED = "Start of structure or map found where not expected"
_PYTHON: dict[str, Any] = {
    "string": str,
    "blob": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "double": (int, float),
    "list": list,
    "map": dict,
    "structure": dict,
}


def check_choices(body: Mapping[str, Any]) -> None:
    """Refuse parameters that have none of their words; one refusal names them all."""
    if body.keys().isdisjoint(CHOICES):
        return
    wrong = [
        unsatisfied(
            body[name], lower_first(name), f"Member must satisfy enum value set: [{', '.join(words)}]"
        )
        for name, words in CHOICES.items()
        if body.get(name) is not None and body[name] not in words
    ]
    if wrong:
        raise detected(*wrong)


def check_table_name(name: str) -> None:
    """Refuse a name, or an ARN, that no table can have."""
    own = name.rpartition("/")[2] if name.startswith("arn:") else name
    if not own:
        rule = "Member must have length greater than or equal to 1"
    elif not _TABLE_NAME.match(own):
        rule = f"Member must satisfy regular expression pattern: {_TABLE_NAME.pattern.removesuffix('Z')[:-1]}"
    elif len(own) > _LONGEST_NAME:
        rule = f"Member must have length less than or equal to {_LONGEST_NAME}"
    else:
        return
    raise detected(unsatisfied(name, "tableName", rule))


def refusal_of(shape: Any, body: Mapping[str, Any], error: Exception) -> ServiceError | None:
    """The refusal of a malformed request; None for one that is well formed.

    Parameters
    ----------
    shape : botocore.model.Shape
        What the operation takes.
    body : mapping
        The request in wire form.
    error : Exception
        What it led to.

    Returns
    -------
    ServiceError or None
        ``SerializationException`` for a value of a wrong kind (texts: dynalite, whose tests run against
        AWS), ``ValidationException`` for one that is missing.
    """
    if isinstance(error, UnicodeEncodeError):
        # Half a surrogate pair is no text in UTF-8. What AWS makes of one is not established.
        return _unreadable("a text holds half of a surrogate pair, which UTF-8 cannot hold")
    return _checked(shape, body, "")


def _unreadable(text: str) -> ServiceError:
    return ServiceError("SerializationException", text)


def _checked(shape: Any, value: Any, where: str) -> ServiceError | None:
    kind = shape.type_name
    if not isinstance(value, _PYTHON.get(kind, object)) or (isinstance(value, bool) and kind != "boolean"):
        return _unreadable(_conversion(kind, value))
    inner: list[tuple[Any, Any, str]] = []
    if kind == "structure":
        for name in shape.required_members:
            if value.get(name) is None:
                path = _path(where, lower_first(name))
                return detected(unsatisfied("null", path, "Member must not be null", quoted=False))
        if shape.name == "AttributeValue" and all(one is None for one in value.values()):
            return invalid(EMPTY_VALUE)
        inner = [
            (shape.members[name], one, _path(where, lower_first(name)))
            for name, one in value.items()
            if name in shape.members and one is not None
        ]
    elif kind == "map":
        inner = [(shape.value, one, _path(where, f"{name}.member")) for name, one in value.items()]
    elif kind == "list":
        inner = [(shape.member, one, _path(where, f"{at}.member")) for at, one in enumerate(value, 1)]
    found = (_checked(*one) for one in inner)
    return next((refusal for refusal in found if refusal is not None), None)


def _path(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _conversion(kind: str, value: Any) -> str:
    if kind in ("list", "map", "structure"):
        return _MISPLACED if isinstance(value, dict) else "Unexpected field type"
    if isinstance(value, dict):
        return _MISPLACED
    if isinstance(value, list):
        return f"Unrecognized collection type class java.lang.{_JAVA.get(kind, 'String')}"
    if kind == "boolean" and isinstance(value, str):
        return "Unexpected token received from parser"
    if kind == "blob":
        return "only base64-encoded strings are convertible to bytes"
    return f"{_token(value)} cannot be converted to {_JAVA.get(kind, 'String')}"


def _token(value: Any) -> str:
    if isinstance(value, bool):
        return f"{str(value).upper()}_VALUE"
    if isinstance(value, str):
        return "STRING_VALUE"
    return "NUMBER_VALUE" if isinstance(value, int) else "DECIMAL_VALUE"
