"""Holds the parameters of a call to the bounds that Lambda's service model gives them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cdc_lab.emulator.constraints import check_constraints
from cdc_lab.errors import ServiceError


def check_model(operation: str, params: Mapping[str, Any]) -> None:
    """Refuse what the model of an operation of Lambda does not admit.

    boto3 itself refuses wrong types and values below a minimum; the rest reaches the service.

    Raises
    ------
    ServiceError
        ``ValidationException``, with AWS's words.
    """
    arn = params.get("EventSourceArn", "")
    if ":dynamodb:ddblocal:" in arn:  # the region in an ARN of DynamoDB Local is none of AWS's
        params = {**params, "EventSourceArn": arn.replace(":ddblocal:", ":us-east-1:", 1)}
    shape = _input_shape(operation)
    if shape is not None:
        check_constraints(shape, params)


@cache
def _input_shape(operation: str) -> Any:
    import botocore.session

    return botocore.session.get_session().get_service_model("lambda").operation_model(operation).input_shape


def invalid(message: str) -> ServiceError:
    """Return Lambda's refusal of a parameter that the model admits."""
    return ServiceError("InvalidParameterValueException", message, Type="User")
