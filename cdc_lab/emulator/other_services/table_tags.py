"""Tags of tables: what DynamoDB refuses of TagResource, UntagResource and ListTagsOfResource.

Codes and texts are AWS's, third party (the tests of dynalite, of nubo-db/dynamodb-conformance and of
ScyllaDB's Alternator, which run against AWS), where no line says that the words are the lab's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from cdc_lab.emulator.constraints import check_constraints
from cdc_lab.emulator.dynamodb.attribute_values import invalid
from cdc_lab.errors import ServiceError

MAX_TAGS = 50
OPERATIONS = ("TagResource", "UntagResource", "ListTagsOfResource")

Tags = list[dict[str, str]]

_TABLE_ARN = re.compile(r"arn:[a-z-]+:dynamodb:[^:]+:(\d+):table/[a-zA-Z0-9_.-]{3,255}")
_INVALID = "One or more parameter values were invalid: "
_MARKS = frozenset("_.:/=+-@")


def check_tag_call(operation: str, body: Mapping[str, Any], shape: Any, account_id: str) -> None:
    """Refuse a call about tags that AWS refuses whatever the table's tags are.

    Parameters
    ----------
    operation : str
        One of `OPERATIONS`.
    body : mapping
    shape : botocore.model.Shape
        What the operation takes.
    account_id : str
        Whose tables there are.

    Raises
    ------
    ServiceError
        ``ValidationException``; ``AccessDeniedException`` for a table of another account.
    """
    arn = body.get("ResourceArn")
    if arn is None:
        raise invalid("Invalid TableArn")
    found = _TABLE_ARN.fullmatch(arn)
    if found is None:
        raise invalid(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}")
    if found[1] != account_id:
        raise ServiceError(
            "AccessDeniedException",
            f"User: arn:aws:iam::{account_id}:user/lab is not authorized to perform: dynamodb:{operation} "
            f"on resource: {arn}",
        )
    check_constraints(shape, body)
    for name, what in (("Tags", "Tag"), ("TagKeys", "Tag Key")):
        if name in body and not body[name]:
            raise invalid(f"Atleast one {what} needs to be provided as Input.")
    check_tags(body.get("Tags") or ())


def check_tags(tags: Iterable[Mapping[str, str]]) -> None:
    """Refuse characters that no tag may have, and keys that are AWS's own; the words are the lab's."""
    for tag in tags:
        for text in tag.values():
            wrong = [one for one in text if not (one.isalnum() or one.isspace() or one in _MARKS)]
            if wrong:
                raise invalid(
                    f"{_INVALID}the tag {text!r} has the character {wrong[0]!r}: "
                    "letters, digits, white space and _ . : / = + - @ are allowed"
                )
        if tag["Key"].lower().startswith("aws:"):
            raise invalid(f"{_INVALID}the tag key {tag['Key']!r} begins with aws:, which is reserved")


def merged(standing: Tags, given: Mapping[str, str]) -> Tags:
    """The tags of a table after it is tagged: a key that is there already takes the new value.

    Raises
    ------
    ServiceError
        ``ValidationException``: they are more than a table may have. The words are the lab's.
    """
    after = {tag["Key"]: tag["Value"] for tag in standing} | dict(given)
    if len(after) > MAX_TAGS:
        raise invalid(f"{_INVALID}{len(after)} tags, where a table has {MAX_TAGS} at most")
    return [{"Key": key, "Value": value} for key, value in after.items()]


def not_found(arn: str) -> ServiceError:
    """The refusal where there is no such table; the misspelt word is AWS's."""
    return ServiceError(
        "ResourceNotFoundException", f"Requested resource not found: ResourcArn: {arn} not found"
    )
