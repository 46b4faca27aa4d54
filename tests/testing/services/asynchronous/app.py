"""Calls of aiobotocore's, several at a time."""

import asyncio

from aiobotocore.session import get_session

session = get_session()


async def put_all(records):
    """Write a row for each record."""
    async with session.create_client("dynamodb") as dynamodb:
        keys = [record["dynamodb"]["Keys"]["order_id"] for record in records]
        await asyncio.gather(*(dynamodb.put_item(TableName="totals", Item={"id": key}) for key in keys))


async def add_all(records):
    """Add one for each record."""
    add = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    async with session.create_client("dynamodb") as dynamodb:
        for _ in records:
            await dynamodb.update_item(TableName="totals", Key={"id": {"S": "all"}}, **add)


def by_order(event, context):
    """Write a row for each order."""
    asyncio.run(put_all(event["Records"]))


def counting(event, context):
    """Count twice what comes twice."""
    asyncio.run(add_all(event["Records"]))
