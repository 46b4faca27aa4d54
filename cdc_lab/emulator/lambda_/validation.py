"""Holds the parameters of a call to the limits that the service's model gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from cdc_lab.errors import ServiceError


def check_model(operation: str, params: Mapping[str, Any]) -> None:
    """Refuse what the model of an operation of Lambda does not admit.

    boto3 itself refuses wrong types and values below a minimum; the rest reaches the service.

    Raises
    ------
    ServiceError
        ``ValidationException``, with AWS's words.
    """
    members = _members(operation)
    for name, value in params.items():
        shape = members.get(name)
        if shape is not None:
            _check_shape(name, value, shape)


@cache
def _members(operation: str) -> dict[str, Any]:
    import botocore.session

    model = botocore.session.get_session().get_service_model("lambda").operation_model(operation)
    return dict(model.input_shape.members) if model.input_shape is not None else {}


def _check_shape(name: str, value: Any, shape: Any) -> None:
    rules = shape.metadata
    if shape.type_name == "integer" and not isinstance(value, bool):
        if "max" in rules and value > rules["max"]:
            raise _unsatisfied(name, value, f"Member must have value less than or equal to {rules['max']}")
        if "min" in rules and value < rules["min"]:
            raise _unsatisfied(name, value, f"Member must have value greater than or equal to {rules['min']}")
    elif shape.type_name == "string":
        choice = rules.get("enum")
        if choice and value not in choice:
            raise _unsatisfied(name, value, f"Member must satisfy enum value set: [{', '.join(choice)}]")
        if "max" in rules and len(value) > rules["max"]:
            raise _unsatisfied(name, value, f"Member must have length less than or equal to {rules['max']}")
        # The region in an ARN of DynamoDB Local is none of AWS's.
        known = value.replace(":dynamodb:ddblocal:", ":dynamodb:us-east-1:", 1)
        if "pattern" in rules and not re.fullmatch(rules["pattern"], known):
            raise _unsatisfied(
                name, value, f"Member must satisfy regular expression pattern: {rules['pattern']}"
            )
    elif shape.type_name == "list":
        if "max" in rules and len(value) > rules["max"]:
            raise _unsatisfied(name, value, f"Member must have length less than or equal to {rules['max']}")
        for entry in value:
            _check_shape(name, entry, shape.member)
    elif shape.type_name == "structure":
        for inner, entry in value.items():
            if inner in shape.members:
                _check_shape(inner, entry, shape.members[inner])


def _unsatisfied(name: str, value: Any, constraint: str) -> ServiceError:
    member = name[:1].lower() + name[1:]
    return ServiceError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{member}' "
        f"failed to satisfy constraint: {constraint}",
    )
