"""Tables of CloudFormation's templates: what a template says, as the calls that say the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cdc_lab.errors import LabError

Call = tuple[str, dict[str, Any]]
"""An operation, and its request in wire form."""

# Properties that are calls of their own, made when the table is there.
_CALLS = {
    "TimeToLiveSpecification": "UpdateTimeToLive",
    "PointInTimeRecoverySpecification": "UpdateContinuousBackups",
}
_NAMES = {"SSEEnabled": "Enabled"}  # of members that the API spells in another way


def calls_of(name: str, properties: Mapping[str, Any], shape: Any) -> Iterator[Call]:
    """Return the calls that make a template's table.

    Parameters
    ----------
    name : str
        Of the table.
    properties : mapping
        Of the resource, as the template has them.
    shape : botocore.model.Shape
        What CreateTable takes.

    Raises
    ------
    LabError
        For a property that none of these calls has.
    """
    request: dict[str, Any] = {}
    after: list[Call] = []
    for key, value in properties.items():
        if key in _CALLS:
            after.append((_CALLS[key], {"TableName": name, key: value}))
        elif key in shape.members:
            request[key] = typed(shape.members[key], value)
        else:
            raise LabError(
                f"the lab does not emulate {key} of AWS::DynamoDB::Table in a template (table {name}): take "
                "it out of the template"
            )
    if "StreamSpecification" in request:
        # The specification has no such member: to name a view type is to enable the stream.
        request["StreamSpecification"] = {"StreamEnabled": True, **request["StreamSpecification"]}
    yield "CreateTable", {**request, "TableName": name}
    yield from after


def typed(shape: Any, value: Any) -> Any:
    """Return a value as a call takes it: a template may write numbers and truth values as text.

    Parameters
    ----------
    shape : botocore.model.Shape
    value : object
    """
    if isinstance(value, Mapping):
        members = shape.members if shape.type_name == "structure" else {}
        named = {_NAMES.get(key, key): inner for key, inner in value.items()}
        return {key: typed(members[key], v) if key in members else v for key, v in named.items()}
    if isinstance(value, list) and shape.type_name == "list":
        return [typed(shape.member, inner) for inner in value]
    if (
        shape.type_name in ("integer", "long")
        and isinstance(value, str)
        and value.removeprefix("-").isdecimal()
    ):
        return int(value)
    if shape.type_name == "boolean" and isinstance(value, str):
        return value.lower() == "true"
    return value
