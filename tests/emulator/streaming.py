"""What the tests of the streams share: reading them through boto3 alone, and short ways to write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from cdc_lab import Lab
from cdc_lab.backends.reading import every_shard

Record = dict[str, Any]
VIEW_TYPES = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")


def table(lab: Lab, view_type: str | None = "NEW_AND_OLD_IMAGES", name: str = "tab", **options: Any) -> Any:
    """A table with partition key ``pk``, and its boto3 client."""
    lab.create_table(name, options.pop("partition_key", "pk"), stream_view_type=view_type, **options)
    return lab.client("dynamodb")


def shards(lab: Lab, arn: str) -> list[dict[str, Any]]:
    """Every shard, by DescribeStream's pages."""
    return every_shard(lab.client("dynamodbstreams"), arn)


def iterator(lab: Lab, arn: str, shard_id: str, kind: str = "TRIM_HORIZON", number: str | None = None) -> str:
    """A shard iterator."""
    more = {} if number is None else {"SequenceNumber": number}
    answer = lab.client("dynamodbstreams").get_shard_iterator(
        StreamArn=arn, ShardId=shard_id, ShardIteratorType=kind, **more
    )
    return str(answer["ShardIterator"])


def pages(lab: Lab, start: str, limit: int | None = None, most: int = 60) -> Iterator[list[Record]]:
    """Pages from an iterator on, to the end of a closed shard, or `most` of them."""
    client, here = lab.client("dynamodbstreams"), start
    more = {} if limit is None else {"Limit": limit}
    for _ in range(most):
        answer = client.get_records(ShardIterator=here, **more)
        yield answer["Records"]
        if "NextShardIterator" not in answer:
            return
        here = answer["NextShardIterator"]


def read_shard(lab: Lab, arn: str, shard_id: str, **how: Any) -> list[Record]:
    """Every record of a shard that is left."""
    return [record for page in pages(lab, iterator(lab, arn, shard_id), **how) for record in page]


def records(lab: Lab, name: str = "tab") -> list[Record]:
    """Every record of a table's latest stream, shard by shard, as boto3's GetRecords returns them."""
    arn = lab.stream_arn(name)
    return [record for shard in shards(lab, arn) for record in read_shard(lab, arn, shard["ShardId"])]


def events(lab: Lab, name: str = "tab") -> list[tuple[str, Any, Any]]:
    """Event name, old image and new image of every record."""
    return [
        (r["eventName"], r["dynamodb"].get("OldImage"), r["dynamodb"].get("NewImage"))
        for r in records(lab, name)
    ]


def names(lab: Lab, name: str = "tab") -> list[str]:
    """Event names alone."""
    return [record["eventName"] for record in records(lab, name)]


def numbers(found: list[Record]) -> list[int]:
    """Sequence numbers, as integers (A8)."""
    return [int(record["dynamodb"]["SequenceNumber"]) for record in found]


def refused(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    """Code and message with which a call is refused."""
    try:
        answer = call(**params)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"not refused: {answer}")


def item(pk: str, **attributes: Any) -> dict[str, Any]:
    """An item in wire form: strings and numbers by their Python type, anything else as given."""

    def typed(value: Any) -> dict[str, Any]:
        if isinstance(value, str):
            return {"S": value}
        if isinstance(value, int | float):
            return {"N": str(value)}
        return dict(value)

    return {"pk": {"S": pk}, **{name: typed(value) for name, value in attributes.items()}}


def put(client: Any, pk: str, name: str = "tab", **attributes: Any) -> Any:
    """PutItem."""
    return client.put_item(TableName=name, Item=item(pk, **attributes))


def update(client: Any, pk: str, expression: str, name: str = "tab", **values: Any) -> Any:
    """UpdateItem with an expression whose values are named by ``:keyword``."""
    more = {}
    if values:
        more["ExpressionAttributeValues"] = {f":{n}": v for n, v in item("", **values).items() if n != "pk"}
    return client.update_item(TableName=name, Key=item(pk), UpdateExpression=expression, **more)


def delete(client: Any, pk: str, name: str = "tab") -> Any:
    """DeleteItem."""
    return client.delete_item(TableName=name, Key=item(pk))
