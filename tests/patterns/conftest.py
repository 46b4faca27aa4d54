"""Tables for effects, on moto as it is: a transaction is all or nothing there too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        yield boto3.Session(region_name="us-east-1").resource("dynamodb")


@pytest.fixture
def create_table(dynamodb: Any) -> Any:
    def create(name: str, key: str, sort_key: str | None = None) -> Any:
        names = [key, sort_key] if sort_key else [key]
        return dynamodb.create_table(
            TableName=name,
            KeySchema=[
                {"AttributeName": attribute, "KeyType": role}
                for attribute, role in zip(names, ("HASH", "RANGE"), strict=False)
            ],
            AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"} for attribute in names],
            BillingMode="PAY_PER_REQUEST",
        )

    return create


@pytest.fixture
def processed(create_table: Any) -> Any:
    return create_table("processed", "event_id")


@pytest.fixture
def counters(create_table: Any) -> Any:
    return create_table("counters", "airport")
