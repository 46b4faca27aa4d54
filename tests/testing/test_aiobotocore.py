"""Clients of aiobotocore and aioboto3 are answered by the lab; nothing of theirs reaches the network.

They are tested where they are installed: `python .ci/matrix.py beside` installs them.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cdc_lab import Faults, Lab

aiobotocore_session = pytest.importorskip("aiobotocore.session")
aioboto3 = pytest.importorskip("aioboto3")

OUTSIDE = aiobotocore_session.get_session()


async def count(session: Any, event: Any) -> None:
    async with session.create_client("dynamodb", region_name="us-east-1") as dynamodb:
        add = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
        await asyncio.gather(
            *(
                dynamodb.update_item(TableName="totals", Key={"id": {"S": record["eventName"]}}, **add)
                for record in event["Records"]
            )
        )


def by_a_session_of_the_lab(event: Any, context: Any) -> None:
    asyncio.run(count(aiobotocore_session.get_session(), event))


def by_a_session_made_before(event: Any, context: Any) -> None:
    asyncio.run(count(OUTSIDE, event))


@pytest.mark.parametrize("handler", [by_a_session_of_the_lab, by_a_session_made_before])
def test_a_handlers_calls_are_answered_and_are_steps(handler: Any) -> None:
    with Lab() as lab:
        totals = lab.create_table("totals", "id", stream_view_type=None)
        orders = lab.create_table("orders", "order_id")
        lab.attach(handler, orders, MaximumRetryAttempts=2)
        for number in range(4):
            orders.put_item(Item={"order_id": f"o{number}"})
        # WHEN the function dies after its second call
        trace = lab.run(faults=Faults(seed=1, crash_after=2))
        # THEN that was a call of aiobotocore's, and all of them took effect in the lab
        assert trace.rows.invocations["outcome"] == ["error", "success"]
        assert {row.operation for row in trace.rows.calls} == {"UpdateItem"}
        assert totals.get_item(Key={"id": "INSERT"})["Item"]["n"] >= 6


def test_a_test_of_asyncio_is_answered_too() -> None:
    async def main() -> None:
        async with OUTSIDE.create_client("dynamodb", region_name="us-east-1") as dynamodb:
            with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
                await dynamodb.describe_table(TableName="none")
            pages = [page async for page in dynamodb.get_paginator("list_tables").paginate()]
            assert pages[0]["TableNames"] == ["totals"]
        async with OUTSIDE.create_client("s3", region_name="us-east-1") as s3:
            await s3.create_bucket(Bucket="bucket")
            await s3.put_object(Bucket="bucket", Key="k", Body=b"text")
            body = (await s3.get_object(Bucket="bucket", Key="k"))["Body"]
            async with body as stream:
                assert await stream.read() == b"text"
        async with aioboto3.Session().resource("dynamodb", region_name="us-east-1") as dynamodb:
            table = await dynamodb.Table("totals")
            await table.put_item(Item={"id": "a", "n": 1})
            assert (await table.get_item(Key={"id": "a"}))["Item"]["n"] == 1

    with Lab() as lab:
        lab.create_table("totals", "id", stream_view_type=None)
        asyncio.run(main())
