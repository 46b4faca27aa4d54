"""The real DynamoDB, never unless asked for twice.

This was never run against AWS by its authors: ``pytest -m aws`` (see tests/aws/) is how to find out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from cdc_lab.backends.remote import Remote
from cdc_lab.errors import LabError

PERMISSION = "CDC_LAB_ALLOW_REAL_AWS"
TABLE_PREFIX = "cdc-lab-"
"""Tables whose names begin so are the lab's to write; all others can only be read."""

READING = frozenset(
    {
        "BatchGetItem", "DescribeEndpoints", "DescribeLimits", "DescribeStream", "DescribeTable",
        "DescribeTimeToLive", "GetItem", "GetRecords", "GetShardIterator", "ListStreams", "ListTables",
        "Query", "Scan", "TransactGetItems",
    }
)  # fmt: skip
WRITING = frozenset(
    {
        "BatchWriteItem", "CreateTable", "DeleteItem", "DeleteTable", "PutItem", "TransactWriteItems",
        "UpdateItem", "UpdateTable", "UpdateTimeToLive",
    }
)  # fmt: skip


def require_permission() -> None:
    """Refuse unless the environment allows it, too. Nothing is read but that one variable."""
    if os.environ.get(PERMISSION) != "1":
        raise LabError(
            'backend="aws" talks to your real AWS account and may cost money: if you mean it, set '
            f"{PERMISSION}=1 in the environment as well"
        )


def aws() -> Remote:
    """DynamoDB on AWS, with the credentials that boto3 finds now.

    They are read once: should they expire, the service says so, and the lab has to be opened again.
    """
    require_permission()
    import botocore.session

    found = botocore.session.Session().get_credentials()
    if found is None:
        raise LabError('backend="aws" found no AWS credentials: configure them as for the AWS CLI')
    credentials = found.get_frozen_credentials()
    return Remote(
        where="AWS",
        settings={
            "aws_access_key_id": credentials.access_key,
            "aws_secret_access_key": credentials.secret_key,
            "aws_session_token": credentials.token,
        },
        granularity=1.0,  # A9
        quiet_seconds=10.0,
        guard=guard,
        passing=(
            r"https://(streams\.|streams-)?dynamodb(-fips)?\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|api\.aws)/",
        ),
    )


def guard(client: Any) -> None:
    """Let a client's calls pass that read, or that write to the lab's own tables."""
    for service in ("dynamodb", "dynamodb-streams"):
        client.meta.events.register_first(f"before-parameter-build.{service}", _check)


def _check(params: dict[str, Any], model: Any, **_: Any) -> None:
    if model.name in READING:
        return
    if model.name not in WRITING:
        raise LabError(
            f'{model.name} is not called with backend="aws": that reads, and writes tables whose names begin '
            f"with {TABLE_PREFIX}"
        )
    for table in tables_of(params):
        if not table.startswith(TABLE_PREFIX):
            raise LabError(
                f'{model.name} would change table {table} of your AWS account: with backend="aws" only '
                f"tables whose names begin with {TABLE_PREFIX} are written"
            )


def tables_of(params: dict[str, Any]) -> Iterator[str]:
    """The names of the tables that a writing call names; an ARN's table is its name."""
    found = [params["TableName"]] if "TableName" in params else []
    found += list(params.get("RequestItems", ()))
    for item in params.get("TransactItems", ()):
        found += [action["TableName"] for kind, action in item.items() if kind != "ConditionCheck"]
    yield from (name.split(":table/", 1)[-1].split("/")[0] for name in found)
    if not found:
        yield "(none)"
