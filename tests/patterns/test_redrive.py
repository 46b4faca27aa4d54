"""What Lambda sent to an on-failure destination becomes the event that the function failed on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from cdc_lab import Lab
from cdc_lab.patterns import RecordsGoneError, failed_batch

from .factories import make_event, make_record

QUEUE = "arn:aws:sqs:us-east-1:123456789012:failures"
BUCKET = "arn:aws:s3:::failures"
Failing = Callable[..., tuple[Lab, list[dict[str, Any]]]]


@pytest.fixture
def failing() -> Any:
    """Open a lab in which a function gave three records up; return it with the last event that it got."""
    labs: list[Lab] = []

    def build(destination: str, **options: Any) -> tuple[Lab, list[dict[str, Any]]]:
        lab = Lab(seed=7, **options)
        labs.append(lab)
        lab.client("s3").create_bucket(Bucket="failures")
        lab.client("sqs").create_queue(QueueName="failures")
        topic = lab.client("sns").create_topic(Name="failures")["TopicArn"]
        queue = lab.client("sqs").get_queue_url(QueueName="failures")["QueueUrl"]
        policy = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": QUEUE}]}
        lab.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
        lab.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)
        flights = lab.create_table("flights", "flight_id")
        got: list[dict[str, Any]] = []

        def handler(event: dict[str, Any], context: Any) -> None:
            got.append(event)
            raise KeyError("tailnum")

        flights.put_item(Item={"flight_id": "UA1", "photo": b"\x00\xff", "gates": {"C1", "C2"}})
        flights.update_item(
            Key={"flight_id": "UA1"},
            UpdateExpression="SET delay = :d",
            ExpressionAttributeValues={":d": 20},
        )
        flights.delete_item(Key={"flight_id": "UA1"})
        lab.attach(
            handler,
            flights,
            MaximumRetryAttempts=0,
            DestinationConfig={"OnFailure": {"Destination": destination}},
        )
        lab.run()
        return lab, got

    yield build
    for lab in labs:
        lab.close()


def body_of(lab: Lab) -> str:
    queue = lab.resource("sqs").get_queue_by_name(QueueName="failures")
    (message,) = queue.receive_messages()
    text: str = message.body
    return text


def test_a_note_gives_the_event_that_the_function_got(failing: Failing) -> None:
    # GIVEN records with binary values, sets and numbers, given up to a queue
    lab, got = failing(QUEUE)
    # WHEN their note is followed
    event = failed_batch(body_of(lab), lab.client("dynamodbstreams"))
    # THEN it is the event that Lambda had given the function, and JSON
    assert event == got[-1]
    assert len(event["Records"]) == 3
    assert json.loads(json.dumps(event)) == event


def test_a_note_that_came_by_a_topic_is_read_in_its_envelope(failing: Failing) -> None:
    lab, got = failing("arn:aws:sns:us-east-1:123456789012:failures")
    assert failed_batch(body_of(lab), lab.client("dynamodbstreams")) == got[-1]


def test_a_bucket_holds_the_event_itself_also_when_the_stream_has_forgotten(failing: Failing) -> None:
    # GIVEN records given up to a bucket, days ago
    lab, got = failing(BUCKET)
    lab.clock.advance(timedelta(hours=60))
    (found,) = lab.client("s3").list_objects_v2(Bucket="failures")["Contents"]
    body = lab.client("s3").get_object(Bucket="failures", Key=found["Key"])["Body"].read()
    # THEN no stream is needed, whether the payload is a text or not
    assert failed_batch(body) == got[-1]
    assert failed_batch({**json.loads(body), "payload": got[-1]}) == got[-1]


def test_records_that_the_stream_has_forgotten_are_gone(failing: Failing) -> None:
    lab, _ = failing(QUEUE)
    note = body_of(lab)
    lab.clock.advance(timedelta(hours=25))
    with pytest.raises(RecordsGoneError, match=r"no longer has record \d+ of shardId-\S+: it keeps"):
        failed_batch(note, lab.client("dynamodbstreams"))


def test_only_the_records_of_the_note_are_fetched(failing: Failing) -> None:
    # GIVEN a note about the middle one of three records
    lab, got = failing(QUEUE)
    note = json.loads(body_of(lab))
    middle = got[-1]["Records"][1]
    number = middle["dynamodb"]["SequenceNumber"]
    note["DDBStreamBatchInfo"] |= {"startSequenceNumber": number, "endSequenceNumber": number}
    # THEN neither the one before it nor the one behind it is in the event
    assert failed_batch(note, lab.client("dynamodbstreams")) == {"Records": [middle]}


class EmptyPages:
    """A stream whose first page is empty, and whose last record the mapping's filter kept from the batch."""

    def __init__(self, *records: dict[str, Any]) -> None:
        self._pages: list[list[dict[str, Any]]] = [[], list(records)]

    def get_shard_iterator(self, **_: Any) -> dict[str, Any]:
        return {"ShardIterator": "0"}

    def get_records(self, ShardIterator: str) -> dict[str, Any]:
        place = int(ShardIterator)
        rest = {"NextShardIterator": str(place + 1)} if place + 1 < len(self._pages) else {}
        return {"Records": self._pages[place], **rest}


def test_an_empty_page_is_not_the_end_and_numbers_are_compared_as_numbers() -> None:
    # GIVEN an empty page (B13), and sequence numbers of unequal lengths (A8)
    records = [make_record(new={"flight_id": name}) for name in ("UA1", "UA2", "UA3")]
    for record, number in zip(records, ("9" * 21, "1" + "0" * 21, "1" + "0" * 22), strict=True):
        record["dynamodb"]["SequenceNumber"] = number
    place = {"streamArn": "arn", "shardId": "shardId-1", "startSequenceNumber": "9" * 21}
    note = {"DDBStreamBatchInfo": {**place, "endSequenceNumber": "5" + "0" * 21}}
    # WHEN the note is followed, whose last number is none that is left in the stream
    event = failed_batch(note, EmptyPages(*records))
    # THEN the two records up to it are there
    wanted = [{**record, "eventSourceARN": "arn"} for record in records[:2]]
    assert event == make_event(*wanted)


def test_a_removal_by_time_to_live_is_marked_as_in_lambdas_event() -> None:
    # GIVEN a record as GetRecords returns it, with capitals (A14)
    record = make_record("REMOVE", old={"flight_id": "UA1"})
    record["userIdentity"] = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
    number = record["dynamodb"]["SequenceNumber"]
    place = {"streamArn": "arn", "shardId": "s", "startSequenceNumber": number, "endSequenceNumber": number}
    # THEN the event has it without
    (made,) = failed_batch({"DDBStreamBatchInfo": place}, EmptyPages(record))["Records"]
    assert made["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


@pytest.mark.parametrize("text", ['{"Records": []}', "[]", '"a text"'])
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no DDBStreamBatchInfo"):
        failed_batch(text)


def test_a_note_without_records_needs_a_client() -> None:
    with pytest.raises(ValueError, match="give a boto3 client of dynamodbstreams"):
        failed_batch({"DDBStreamBatchInfo": {}})
