"""Genuine DynamoDB Local, and the sides that it judges.

Environment
-----------
CDC_LAB_HISTORIES
    How many random histories to try, over all tests of them (default 60).
CDC_LAB_TEST_SEED
    Which histories: the same number gives the same ones.
DYNAMODB_LOCAL_URL
    Compare with this DynamoDB Local instead of starting one.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ..strategies import TABLE, TableSpec
from .dynamodb_local import DynamoDBLocal, Unavailable
from .running import BotoSide, Side


@pytest.fixture(scope="session")
def dynamodb_local() -> Iterator[DynamoDBLocal]:
    """A running DynamoDB Local, or a skip with the reason why there is none."""
    local = DynamoDBLocal()
    try:
        local.start()
    except Unavailable as reason:
        pytest.skip(str(reason))
    with contextlib.suppress(ClientError):  # left at a given URL by a run that was killed
        local.client.call("dynamodb", "DeleteTable", {"TableName": TABLE})
    yield local
    local.stop()


@pytest.fixture(scope="session")
def histories_wanted() -> int:
    """How many random histories are tried, over all tests of them."""
    return int(os.environ.get("CDC_LAB_HISTORIES", "60"))


@pytest.fixture(scope="module")
def sides(dynamodb_local: DynamoDBLocal) -> Iterator[list[Side]]:
    """DynamoDB Local and a lab, with a table without a stream on both."""
    from cdc_lab import Lab

    with Lab(seed=7) as lab:
        sides: list[Side] = [dynamodb_local.client, BotoSide(lab.client)]
        for side in sides:
            side.call("dynamodb", "CreateTable", TableSpec("S", None, None).create_params())
        yield sides
        dynamodb_local.client.call("dynamodb", "DeleteTable", {"TableName": TABLE})


@pytest.fixture
def lab_side() -> Iterator[BotoSide]:
    """A lab, reached as a reader reaches it."""
    from cdc_lab import Lab

    with Lab(seed=7) as lab:
        yield BotoSide(lab.client)


@pytest.fixture
def moto_side() -> Iterator[BotoSide]:
    """Plain moto, for the harness to find fault with."""
    import boto3
    from botocore.config import Config
    from moto import mock_aws

    with mock_aws():
        config = Config(account_id_endpoint_mode="disabled")  # fact D12
        session = boto3.Session("fake", "fake", region_name="us-east-1")

        def client(service: str) -> Any:
            return session.client(service, config=config)  # type: ignore[call-overload]

        yield BotoSide(client)
