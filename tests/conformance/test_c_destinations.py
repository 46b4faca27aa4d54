"""C38 to C45: on-failure destinations."""

import json
import re
from datetime import datetime, timedelta

import pytest

from tests.emulator.esm_world import REPORT, on_failure, poisoned, reporting

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


def failing(w, arn, answer=None, **parameters):
    w.write(2)
    uuid = w.connect(
        answer or poisoned(0, 1),
        **{"MaximumRetryAttempts": 1, "DestinationConfig": on_failure(arn), **parameters},
    )
    return uuid, w.lab.run()


def test_c38_the_message_holds_metadata_in_the_recorded_form(world):
    w = world()
    url, arn = w.queue()
    _, trace = failing(w, arn)
    (message,) = w.messages(url)
    # THEN members and their order are those of the recording
    assert list(message) == [
        "requestContext",
        "responseContext",
        "version",
        "timestamp",
        "DDBStreamBatchInfo",
    ]
    assert list(message["requestContext"]) == [
        "requestId",
        "functionArn",
        "condition",
        "approximateInvokeCount",
    ]
    assert list(message["DDBStreamBatchInfo"]) == [
        "shardId",
        "startSequenceNumber",
        "endSequenceNumber",
        "approximateArrivalOfFirstRecord",
        "approximateArrivalOfLastRecord",
        "batchSize",
        "streamArn",
    ]
    assert UUID.match(message["requestContext"].pop("requestId"))
    info = message["DDBStreamBatchInfo"]
    last = trace.invocations.iloc[-1]
    assert message["requestContext"] == {
        "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:board",
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 2,
    }
    assert message["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert message["version"] == "1.0"
    assert info == {
        "shardId": last["shard_id"],
        "startSequenceNumber": last["first_sequence_number"],
        "endSequenceNumber": last["last_sequence_number"],
        "approximateArrivalOfFirstRecord": "2013-03-08T10:00:00Z",
        "approximateArrivalOfLastRecord": "2013-03-08T10:00:00Z",
        "batchSize": 2,
        "streamArn": w.arn,
    }


def test_c38_the_records_can_be_fetched_by_the_numbers(world):
    w = world()
    url, arn = w.queue()
    failing(w, arn)
    info = w.messages(url)[0]["DDBStreamBatchInfo"]
    streams = w.lab.client("dynamodbstreams")
    iterator = streams.get_shard_iterator(
        StreamArn=info["streamArn"],
        ShardId=info["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=info["startSequenceNumber"],
    )["ShardIterator"]
    records = streams.get_records(ShardIterator=iterator, Limit=info["batchSize"])["Records"]
    assert [record["dynamodb"]["Keys"]["flight_id"]["S"] for record in records] == ["F0", "F1"]


def test_c39_milliseconds_for_the_message_whole_seconds_for_the_records(world):
    w = world()
    url, arn = w.queue()
    w.settle(0.123)
    failing(w, arn)
    (message,) = w.messages(url)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", message["timestamp"])
    assert message["DDBStreamBatchInfo"]["approximateArrivalOfFirstRecord"] == "2013-03-08T10:00:00Z"


def test_c40_exhausted_by_partial_responses_the_function_error_is_null(world):
    w = world()
    url, arn = w.queue()
    failing(w, arn, reporting(0), **REPORT)
    (message,) = w.messages(url)
    assert message["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": None,
    }


def test_c41_record_age_exceeded_has_no_response_context(world):
    # Recorded for Kinesis only; the same for DynamoDB is inferred.
    w = world()
    url, arn = w.queue()
    failing(w, arn, MaximumRetryAttempts=-1, MaximumRecordAgeInSeconds=60)
    (message,) = w.messages(url)
    assert list(message) == ["requestContext", "version", "timestamp", "DDBStreamBatchInfo"]
    assert message["requestContext"]["condition"] == "RecordAgeExceeded"
    assert message["requestContext"]["approximateInvokeCount"] > 1


def test_c42_the_function_arn_has_no_qualifier(world):
    w = world()
    url, arn = w.queue()
    failing(w, arn)
    assert w.messages(url)[0]["requestContext"]["functionArn"].endswith(":function:board")


def test_c43_sns_carries_the_same_json(world):
    # GIVEN a topic with a queue behind it
    w = world()
    url, queue = w.queue()
    sns = w.lab.client("sns")
    topic = sns.create_topic(Name="failures")["TopicArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**allow, "Resource": queue}]}  # D60
    w.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    failing(w, topic)
    # THEN the message of the topic wraps it
    (envelope,) = w.messages(url)
    message = json.loads(envelope["Message"])
    assert message["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert message["DDBStreamBatchInfo"]["batchSize"] == 2


def test_c44_s3_adds_the_payload_under_the_documented_key(world):
    w = world()
    s3 = w.lab.client("s3")
    s3.create_bucket(Bucket="failures")
    uuid, trace = failing(w, "arn:aws:s3:::failures")
    (stored,) = s3.list_objects_v2(Bucket="failures")["Contents"]
    shard = trace.invocations["shard_id"].iloc[0]
    pattern = rf"aws/lambda/{uuid}/{shard}/2013/03/08/2013-03-08T\d\d\.\d\d\.\d\d-(?P<id>.+)"
    match = re.fullmatch(pattern, stored["Key"])
    assert match is not None
    assert UUID.match(match["id"])
    body = json.loads(s3.get_object(Bucket="failures", Key=stored["Key"])["Body"].read())
    assert json.loads(body["payload"]) == w.events[-1]
    assert body["DDBStreamBatchInfo"]["batchSize"] == 2


@pytest.mark.parametrize("service", ["sqs", "sns", "s3"])
def test_c45_a_destination_that_refuses_counts_as_dropped(world, service):
    # GIVEN a destination that does not exist
    w = world()
    arn = {
        "sqs": "arn:aws:sqs:us-east-1:123456789012:nowhere",
        "sns": "arn:aws:sns:us-east-1:123456789012:nowhere",
        "s3": "arn:aws:s3:::nowhere",
    }[service]
    _, trace = failing(w, arn, MetricsConfig={"Metrics": ["EventCount"]})
    # THEN the records are gone, and two metrics say so
    metrics = trace.metrics().groupby("metric")["sum"].sum()
    assert metrics["DestinationDeliveryFailures"] == 1
    assert metrics["DroppedEventCount"] == 2
    assert trace.failures["delivered"].tolist() == [False]


def test_a_destination_takes_what_was_given_up_and_the_shard_goes_on(world):
    w = world()
    url, arn = w.queue()
    w.write(5)
    w.connect(poisoned(1, 3), BatchSize=1, MaximumRetryAttempts=0, DestinationConfig=on_failure(arn))
    trace = w.lab.run()
    assert w.seen == [[0], [1], [2], [3], [4]]
    starts = [message["DDBStreamBatchInfo"]["startSequenceNumber"] for message in w.messages(url)]
    assert starts == trace.failures["start_sequence_number"].tolist()
    assert trace.failures["delivered"].all()


def test_the_time_of_a_message_is_lab_time(world):
    w = world()
    url, arn = w.queue()
    _, trace = failing(w, arn)
    stamp = datetime.fromisoformat(w.messages(url)[0]["timestamp"])
    assert abs(stamp - trace.failures["at"].iloc[0]) < timedelta(milliseconds=1)


@pytest.mark.parametrize("is_allowed", [True, False])
def test_c45_a_role_without_the_right_to_send_loses_the_message(world, is_allowed):
    # GIVEN a role that may read the stream, and may or may not send to the queue
    w = world()
    url, arn = w.queue()
    statements = [{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}]
    if is_allowed:
        statements.append({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn})
    policy = {"Version": "2012-10-17", "Statement": statements}
    # WHEN records are given up
    _, trace = failing(w, arn, function={"policy": policy})
    # THEN the message arrives, or the metric counts that it does not
    assert len(w.messages(url)) == int(is_allowed)
    assert trace.failures["delivered"].tolist() == [is_allowed]
    assert ("DestinationDeliveryFailures" in set(trace.metrics()["metric"])) is not is_allowed
