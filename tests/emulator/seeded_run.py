"""One long run of a lab, and digests of all that it showed: the same seed must show the same.

``python -m tests.emulator.seeded_run 7`` prints them as JSON.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.request import urlopen

import boto3
from botocore.exceptions import ClientError

from cdc_lab import Faults, Lab
from cdc_lab.patterns import process_with_idempotency
from tests.emulator.busy_handlers import STYLES

FRAMES = ("records", "invocations", "deliveries", "failures", "calls", "conflicts", "logs", "metrics")
TABLES = ("flights", "gates", "crews")
INDEXES = {"by_gate": ("gate", "pk"), "by_tag": ("tag", "sk"), "by_place": ("pk", "place")}  # the last: local
KEYS = {"pk": "S", "sk": "N", "gate": "S", "tag": "B", "place": "S"}
FLIGHTS = 10


def digests(seed: int) -> dict[str, str]:
    """Digest by what was looked at: answers, scans, queries, records of the streams, frames of the trace."""
    with Lab(seed=seed, shards=4) as lab:
        shown = dict(_run(lab))
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in shown.items()}


def _run(lab: Lab) -> Iterator[tuple[str, str]]:
    client = lab.client("dynamodb")
    for name in TABLES:
        _create(client, name)
    client.update_time_to_live(
        TableName="crews", TimeToLiveSpecification={"Enabled": True, "AttributeName": "due"}
    )
    yield "answers", _text(list(_written(lab, client)))
    lab.create_table("seen", "id", stream_view_type=None)
    lab.http("http://gates.example/", lambda request: request.body, seconds=0.03, name="gates")
    lab.create_table("sums", "pk", stream_view_type=None)
    done = lab.create_table("done", "event_id", stream_view_type=None)
    lab.create_function("board", _board(done), timeout=60)
    for name in TABLES:
        lab.attach(
            "board",
            name,
            BatchSize=7,
            MaximumRetryAttempts=2,
            ParallelizationFactor=2,
            BisectBatchOnFunctionError=True,
        )
    _attach_busy(lab)
    lab.run(
        faults=Faults(
            seed=5,
            duplicates=0.2,
            lost_acks=0.1,
            throttles=0.1,
            crash_after=(9,),
            splits=(2, 5),
            refusals=0.2,
        )
    )
    assert len(lab.trace.conflicts) > 0  # its shards and lanes meet at the sums
    yield "answers after a split", _text(list(_written(lab, client)))
    lab.clock.advance(timedelta(hours=2))  # the crews expire
    for name in TABLES:
        yield f"pages of {name}", _text(list(_pages(client, name)))
        yield f"stream of {name}", _text([lab.shards(name), list(lab.read_stream(name))])
    yield "audit", _text(client.scan(TableName="audit"))
    for name in FRAMES:
        frame = getattr(lab.trace, name)
        yield f"trace.{name}", (frame() if callable(frame) else frame).to_csv()


def _attach_busy(lab: Lab) -> None:
    """One function for each way to work side by side: with threads, pools and tasks."""
    audit = lab.create_table("audit", "id").meta.client

    def work(record: Any) -> None:
        number = record["dynamodb"]["Keys"]["sk"]["N"]
        audit.update_item(
            TableName="audit",
            Key={"id": number},
            UpdateExpression="SET seen = list_append(if_not_exists(seen, :none), :it)",
            ExpressionAttributeValues={":none": [], ":it": [record["eventID"]]},
        )

    def handler(style: Any) -> Callable[[Any, Any], None]:
        return lambda event, context: style(work, event["Records"])

    for style in STYLES:
        lab.create_function(style.__name__, handler(style), timeout=60)
        lab.attach(style.__name__, "flights", BatchSize=4, MaximumRetryAttempts=2)


def _create(client: Any, name: str) -> None:
    def described(index: str) -> dict[str, Any]:
        schema = zip(INDEXES[index], ("HASH", "RANGE"), strict=True)
        return {
            "IndexName": index,
            "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in schema],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["note", "words", "deep"]},
        }

    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, kind in KEYS.items()],
        GlobalSecondaryIndexes=[described("by_gate"), described("by_tag")],
        LocalSecondaryIndexes=[described("by_place")],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )


def _item(number: int, due: float) -> dict[str, Any]:
    return {
        **_key(number),
        "gate": {"S": f"C{number % 5}"},
        "tag": {"B": bytes([number % 3])},
        "place": {"S": f"row {number % 4}"},
        "words": {"SS": [f"w{number}", "late", "storm", "Newark"]},
        "deep": {"M": {"numbers": {"NS": ["3", "1", "2"]}, "list": {"L": [{"BOOL": True}, {"NULL": True}]}}},
        "due": {"N": str(int(due))},
    }


def _key(number: int) -> dict[str, Any]:
    return {"pk": {"S": f"UA{number % 8}"}, "sk": {"N": str(number)}}


def _written(lab: Lab, client: Any) -> Iterator[Any]:
    """Every kind of write, and of refusal; gives the answers."""
    due = lab.clock.time() + 600
    for first in range(0, FLIGHTS, 8):
        puts = [{"PutRequest": {"Item": _item(number, due)}} for number in range(first, first + 8)]
        yield client.batch_write_item(
            RequestItems=dict.fromkeys(TABLES, puts), ReturnConsumedCapacity="INDEXES"
        )
    for number in range(0, FLIGHTS, 3):
        changed = {
            "Key": _key(number),
            "UpdateExpression": "SET note = :note ADD words :more",
            "ExpressionAttributeValues": {
                ":note": {"S": f"n{number}"},
                ":more": {"SS": ["fog", "ice", "wind"]},
            },
        }
        yield client.update_item(TableName="flights", ReturnValues="ALL_NEW", **changed)
        yield client.transact_write_items(
            TransactItems=[
                {"Update": {"TableName": "gates", **changed}},
                {"Delete": {"TableName": "crews", "Key": _key(number)}},
                {"Put": {"TableName": "crews", "Item": _item(number + 100, due)}},
            ]
        )
        statement = 'UPDATE "gates" SET note = ? WHERE pk = ? AND sk = ? RETURNING ALL NEW *'
        values = [{"S": f"p{number}"}, *_key(number).values()]
        yield client.execute_statement(Statement=statement, Parameters=values)
    for refused in (
        lambda: client.get_item(
            TableName="flights", Key=_key(1), ExpressionAttributeNames={"#b": "b", "#a": "a"}
        ),
        lambda: client.query(
            TableName="flights",
            KeyConditionExpression="pk = :a",
            ExpressionAttributeValues={f":{letter}": {"S": "x"} for letter in "abcd"},
        ),
        lambda: client.query(
            TableName="flights",
            IndexName="by_gate",
            KeyConditionExpression="gate = :g",
            ProjectionExpression="z, y, x, wx",
            ExpressionAttributeValues={":g": {"S": "C1"}},
        ),
    ):
        yield _refusal(refused)


def _refusal(call: Callable[[], Any]) -> str:
    try:
        call()
    except ClientError as error:
        return str(error)
    raise AssertionError("the call was not refused")


def _pages(client: Any, table: str) -> Iterator[Any]:
    """Pages of scans, of queries and of statements, over the table and its indexes."""
    for index in (None, *INDEXES):
        asked: dict[str, Any] = {"TableName": table, "Limit": 7, "ReturnConsumedCapacity": "INDEXES"}
        if index is not None:
            asked["IndexName"] = index
        for segment in range(3):
            yield from _followed(client.scan, asked | {"Segment": segment, "TotalSegments": 3})
    for forward in (True, False):
        for index, key, value in (
            ("by_gate", "gate", {"S": "C1"}),
            ("by_tag", "tag", {"B": b"\1"}),
            ("by_place", "pk", {"S": "UA3"}),
        ):
            asked = {"TableName": table, "IndexName": index, "Limit": 2, "ScanIndexForward": forward}
            asked |= {
                "KeyConditionExpression": f"{key} = :value",
                "ExpressionAttributeValues": {":value": value},
            }
            yield from _followed(client.query, asked)
    yield client.execute_statement(Statement=f'SELECT * FROM "{table}" WHERE sk > 5')["Items"]
    yield client.execute_statement(Statement=f'SELECT pk, note FROM "{table}"."by_gate" WHERE gate = \'C2\'')


def _followed(read: Callable[..., Any], asked: dict[str, Any]) -> Iterator[Any]:
    page = read(**asked)
    yield page
    while "LastEvaluatedKey" in page:
        page = read(**asked, ExclusiveStartKey=page["LastEvaluatedKey"])
        yield page


def _board(done: Any) -> Callable[[dict[str, Any], Any], None]:
    def handler(event: dict[str, Any], context: Any) -> None:
        """Counts all in a few rows; fails for some flights, so that mappings retry, bisect and give up."""
        for record in event["Records"]:
            add = {
                "Update": {
                    "TableName": "sums",
                    "Key": {"pk": record["eventName"]},
                    "UpdateExpression": "ADD n :one",
                    "ExpressionAttributeValues": {":one": 1},
                }
            }
            process_with_idempotency(record, done, [add], context=context)
        numbers = [int(record["dynamodb"]["Keys"]["sk"]["N"]) for record in event["Records"]]
        print(context.aws_request_id, numbers)
        with urlopen("http://gates.example/", data=json.dumps(numbers).encode(), timeout=1) as answer:
            gates = answer.read().decode()
        boto3.client("dynamodb").put_item(
            TableName="seen", Item={"id": {"S": context.aws_request_id}, "gates": {"S": gates}}
        )
        if any(number % 11 == 10 for number in numbers):
            raise ValueError(f"no {numbers}")

    return handler


def _text(shown: Any) -> str:
    return json.dumps(shown, default=repr)  # in the order in which it came


if __name__ == "__main__":
    print(json.dumps(digests(int(sys.argv[1]))))
