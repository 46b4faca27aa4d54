"""Asynchronous invocations: retries, limits, destinations, dead letters; topics and rules that make them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cdc_lab import Faults, Lab, LabError
from cdc_lab.testing import timeline


def queue(lab: Lab, name: str, **attributes: str) -> tuple[str, str]:
    """Create a queue; gives its URL and ARN."""
    sqs = lab.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, found["Attributes"]["QueueArn"]


def messages(lab: Lab, url: str) -> list[dict[str, Any]]:
    """Take everything out of a queue."""
    sqs, found = lab.client("sqs"), []
    where = {"QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
    while batch := sqs.receive_message(**where).get("Messages"):
        found += batch
    return found


def failing_times(times: int) -> tuple[list[Any], Callable[[Any, Any], Any]]:
    """A handler that fails so often before it answers, and what it saw."""
    seen: list[Any] = []

    def handler(event: Any, context: Any) -> Any:
        seen.append(event)
        if len(seen) <= times:
            raise ValueError("not now")
        return {"done": True}

    return seen, handler


def invoke(lab: Lab, event: Any, name: str = "f") -> None:
    answer = lab.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
    assert answer["StatusCode"] == 202


def test_an_event_that_fails_is_tried_after_one_and_two_minutes(lab: Lab) -> None:
    seen, handler = failing_times(5)
    lab.create_function("f", handler)
    before = lab.clock.now()
    invoke(lab, {"n": 1})
    trace = lab.run()
    assert seen == [{"n": 1}] * 3
    assert timedelta(minutes=3) <= lab.clock.now() - before < timedelta(minutes=3, seconds=1)
    # AND what was given up stands in the trace
    (row,) = trace.failures.to_dict("records")
    assert (row["condition"], row["invoke_count"], row["destination"]) == ("RetriesExhausted", 3, "")
    assert trace.plot() is not None


def test_each_attempt_stands_among_the_invocations(lab: Lab) -> None:
    # GIVEN one event that fails once, and one that is throttled first
    _, handler = failing_times(1)
    lab.create_function("f", handler)
    lab.create_function("g", lambda event, context: None)
    invoke(lab, 1)
    invoke(lab, 2, name="g")
    trace = lab.run(faults=Faults(seed=1, throttles=0.5))
    # THEN the trace has a row for each attempt, with what it ended in, and none of a mapping
    frame = trace.invocations
    assert set(frame["function"]) == {"f", "g"}
    for name, outcomes in frame.groupby("function")["outcome"]:
        ended = [outcome for outcome in outcomes if outcome != "throttled"]
        assert ended == (["error", "success"] if name == "f" else ["success"])
    assert "throttled" in set(frame["outcome"])
    assert set(frame["mapping"]) == set(frame["shard_id"]) == set(frame["checkpoint"]) == {""}
    assert set(frame["records"]) == {0}
    assert frame.groupby("function")["batch"].nunique().tolist() == [1, 1]
    for _, attempts in frame.groupby("batch")["attempt"]:
        assert attempts.tolist() == list(range(1, len(attempts) + 1))
    assert frame["error"].str.contains("ValueError").sum() == 1
    assert trace.deliveries.empty
    # AND CloudWatch's counts have them
    metrics = trace.metrics().groupby("metric")["sum"].sum()
    assert (metrics["Invocations"], metrics["Errors"]) == (3, 1)
    # AND the report of a test names them
    assert "f  asynchronous event 1 attempt" in timeline(trace)


@pytest.mark.parametrize("retries", [0, 1])
def test_the_number_of_retries_can_be_set(lab: Lab, retries: int) -> None:
    seen, handler = failing_times(5)
    lab.create_function("f", handler)
    lab.client("lambda").put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=retries)
    invoke(lab, 1)
    lab.run()
    assert len(seen) == retries + 1


def test_an_event_is_given_up_when_it_is_too_old(lab: Lab) -> None:
    # GIVEN a limit of 90 seconds, which the second retry would exceed
    seen, handler = failing_times(5)
    lab.create_function("f", handler)
    url, arn = queue(lab, "failed")
    lab.client("lambda").put_function_event_invoke_config(
        FunctionName="f", MaximumEventAgeInSeconds=90, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    before = lab.clock.now()
    invoke(lab, 1)
    lab.run()
    assert len(seen) == 2
    assert lab.clock.now() - before == timedelta(seconds=90)
    (message,) = messages(lab, url)
    assert json.loads(message["Body"])["requestContext"]["condition"] == "EventAgeExceeded"


def test_the_record_of_a_failure_has_the_form_of_aws(lab: Lab) -> None:
    # GIVEN a function with a destination for failures and one for successes
    _, handler = failing_times(3)
    lab.create_function("f", handler)
    failed, failed_arn = queue(lab, "failed")
    done, done_arn = queue(lab, "done")
    lab.client("lambda").put_function_event_invoke_config(
        FunctionName="f",
        DestinationConfig={"OnFailure": {"Destination": failed_arn}, "OnSuccess": {"Destination": done_arn}},
    )
    # WHEN one event fails three times and the next succeeds
    invoke(lab, {"order": "o1"})
    lab.run()
    invoke(lab, {"order": "o2"})
    lab.run()
    # THEN each has its record
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST"
    body = json.loads(messages(lab, failed)[0]["Body"])
    assert body.pop("timestamp") == "2013-03-08T10:03:00.003Z"
    request_id = body["requestContext"].pop("requestId")
    payload = body.pop("responsePayload")
    assert (payload["errorType"], payload["errorMessage"]) == ("ValueError", "not now")
    assert body == {
        "version": "1.0",
        "requestContext": {
            "functionArn": arn,
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"order": "o1"},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    }
    body = json.loads(messages(lab, done)[0]["Body"])
    assert body["requestContext"]["requestId"] != request_id
    assert body["requestContext"]["condition"] == "Success"
    assert body["responsePayload"] == {"done": True}
    assert body["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}


def test_records_go_to_topics_buckets_functions_and_buses(lab: Lab) -> None:
    # GIVEN one failing function for each kind of destination
    lab.client("s3").create_bucket(Bucket="records")
    topic = lab.client("sns").create_topic(Name="failures")["TopicArn"]
    seen: list[Any] = []
    lab.create_function("watch", lambda event, _: seen.append(event))
    lab.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=_arn("watch"))
    bus = lab.client("events").describe_event_bus()["Arn"]
    lab.client("events").put_rule(Name="all", EventPattern=json.dumps({"source": ["lambda"]}))
    lab.client("events").put_targets(Rule="all", Targets=[{"Id": "1", "Arn": _arn("watch")}])
    for name, arn in {
        "to-topic": topic,
        "to-bucket": "arn:aws:s3:::records",
        "to-function": _arn("watch"),
        "to-bus": bus,
    }.items():
        lab.create_function(name, failing_times(1)[1])
        lab.client("lambda").put_function_event_invoke_config(
            FunctionName=name,
            MaximumRetryAttempts=0,
            DestinationConfig={"OnFailure": {"Destination": arn}},
        )
        # WHEN an event fails THEN the destination has its record
        invoke(lab, name, name)
        trace = lab.run()
        assert trace.failures["delivered"].tolist() == [True], name
    records = [
        json.loads(seen[0]["Records"][0]["Sns"]["Message"]),
        seen[1],
        seen[2]["detail"],
    ]
    assert seen[2]["detail-type"] == "Lambda Function Invocation Result - Failure"
    (stored,) = lab.client("s3").list_objects_v2(Bucket="records")["Contents"]
    assert stored["Key"].startswith("aws/lambda/async/to-bucket/2013/03/08/2013-03-08T10.")
    records.append(
        json.loads(lab.client("s3").get_object(Bucket="records", Key=stored["Key"])["Body"].read())
    )
    names = [record["requestPayload"] for record in records]
    assert names == ["to-topic", "to-function", "to-bus", "to-bucket"]


def test_a_dead_letter_queue_gets_the_event_itself(lab: Lab) -> None:
    url, arn = queue(lab, "dead")
    lab.create_function("f", failing_times(3)[1], dead_letter=arn)
    assert lab.client("lambda").get_function_configuration(FunctionName="f")["DeadLetterConfig"] == {
        "TargetArn": arn
    }
    invoke(lab, {"order": "o1"})
    lab.run()
    (message,) = messages(lab, url)
    assert json.loads(message["Body"]) == {"order": "o1"}
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert attributes.pop("RequestID")
    assert attributes == {"ErrorCode": "200", "ErrorMessage": "not now"}


def test_a_dead_letter_target_of_another_kind_is_refused(lab: Lab) -> None:
    for arn in ("arn:aws:s3:::bucket", "queue", "arn:aws:sqs:us-east-1:123456789012:q.fifo"):
        with pytest.raises(LabError, match="standard queue or topic"):
            lab.create_function("f", lambda event, context: None, dead_letter=arn)


def test_no_concurrency_at_all_gives_events_up_at_once(lab: Lab) -> None:
    url, arn = queue(lab, "dead")
    lab.create_function("f", lambda event, context: None, dead_letter=arn, reserved_concurrency=0)
    before = lab.clock.now()
    invoke(lab, 1)
    lab.run()
    assert [message["Body"] for message in messages(lab, url)] == ["1"]
    assert lab.clock.now() == before


def test_throttled_attempts_use_up_no_retry(lab: Lab) -> None:
    seen, handler = failing_times(2)
    lab.create_function("f", handler)
    invoke(lab, 1)
    trace = lab.run(faults=Faults(seed=5, throttles=0.6))
    assert len(seen) == 3
    assert trace.failures.empty


def test_an_event_may_come_twice(lab: Lab) -> None:
    seen: list[Any] = []
    lab.create_function("f", lambda event, _: seen.append(event))
    for number in range(20):
        invoke(lab, number)
    lab.run(faults=Faults(seed=1, duplicates=0.3))
    assert set(seen) == set(range(20))
    assert len(seen) > 20


def test_the_configuration_is_shown_changed_listed_and_deleted(lab: Lab) -> None:
    lab.create_function("f", lambda event, context: None)
    client = lab.client("lambda")
    with pytest.raises(ClientError, match="doesn't have an EventInvokeConfig"):
        client.get_function_event_invoke_config(FunctionName="f")
    _, arn = queue(lab, "failed")
    put = client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=1)
    assert (put["MaximumRetryAttempts"], put["MaximumEventAgeInSeconds"]) == (1, 21600)
    changed = client.update_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    assert changed["MaximumRetryAttempts"] == 1
    assert changed["DestinationConfig"]["OnFailure"] == {"Destination": arn}
    listed = client.list_function_event_invoke_configs(FunctionName="f")["FunctionEventInvokeConfigs"]
    assert [entry["FunctionArn"] for entry in listed] == [_arn("f") + ":$LATEST"]
    client.delete_function_event_invoke_config(FunctionName="f")
    with pytest.raises(ClientError, match="doesn't have an EventInvokeConfig"):
        client.update_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    with pytest.raises(ClientError, match="less than or equal to 2"):
        client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=3)
    with pytest.raises(ClientError, match="OnSuccess destination arn:aws:s3:::b is not supported"):
        client.put_function_event_invoke_config(
            FunctionName="f", DestinationConfig={"OnSuccess": {"Destination": "arn:aws:s3:::b"}}
        )


# -- topics and rules -----------------------------------------------------------------------------


def _arn(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:123456789012:function:{name}"


def test_a_topic_invokes_a_function(lab: Lab) -> None:
    # GIVEN a topic with a function that fails once
    seen, handler = failing_times(1)
    lab.create_function("f", handler)
    sns = lab.client("sns")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=_arn("f"))["SubscriptionArn"]
    # WHEN a message is published
    published = sns.publish(
        TopicArn=topic,
        Message="paid",
        Subject="o1",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "card"}},
    )
    lab.run()
    # THEN the function gets it, again after a minute, in AWS's form
    assert len(seen) == 2
    (record,) = seen[1]["Records"]
    notification = record.pop("Sns")
    assert record == {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
    }
    assert notification["MessageId"] == published["MessageId"]
    assert notification["Timestamp"] == "2013-03-08T10:00:00.000Z"
    assert (notification["Type"], notification["TopicArn"]) == ("Notification", topic)
    assert (notification["Subject"], notification["Message"]) == ("o1", "paid")
    assert notification["MessageAttributes"] == {"kind": {"Type": "String", "Value": "card"}}


def test_equal_seeds_give_a_queue_equal_notifications() -> None:
    # GIVEN a topic with a queue, in two labs of one seed
    bodies = []
    for _ in range(2):
        with Lab(seed=3) as lab:
            url, queue_arn = queue(lab, "copies")
            admit(lab, url, queue_arn, "sns.amazonaws.com")
            sns = lab.client("sns")
            topic = sns.create_topic(Name="orders")["TopicArn"]
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
            attributes = {"kind": {"DataType": "String", "StringValue": "card"}}
            sns.publish(TopicArn=topic, Message="paid", Subject="o1", MessageAttributes=attributes)
            (message,) = messages(lab, url)
            bodies.append(message["Body"])
    # THEN both queues hold the same text, in AWS's form
    assert bodies[0] == bodies[1]
    assert sorted(json.loads(bodies[0])) == [
        "Message",
        "MessageAttributes",
        "MessageId",
        "Signature",
        "SignatureVersion",
        "SigningCertURL",
        "Subject",
        "Timestamp",
        "TopicArn",
        "Type",
        "UnsubscribeURL",
    ]


def test_a_filter_policy_of_a_subscription_holds(lab: Lab) -> None:
    seen: list[str] = []
    lab.create_function("f", lambda event, _: seen.append(event["Records"][0]["Sns"]["Message"]))
    sns = lab.client("sns")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="lambda",
        Endpoint=_arn("f"),
        Attributes={"FilterPolicy": json.dumps({"kind": ["card"]})},
    )
    for kind in ("card", "cash"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=topic, Message=kind, MessageAttributes=attributes)
    lab.run()
    assert seen == ["card"]


def test_a_rule_invokes_a_function_with_the_event(lab: Lab) -> None:
    # GIVEN a rule with a function and a queue, and one that is disabled
    seen: list[Any] = []
    lab.create_function("f", lambda event, _: seen.append(event))
    url, queue_arn = queue(lab, "copies")
    admit(lab, url, queue_arn, "events.amazonaws.com")
    events = lab.client("events")
    pattern = json.dumps({"source": ["shop"], "detail": {"total": [{"numeric": [">", 100]}]}})
    targets = [{"Id": "f", "Arn": _arn("f")}, {"Id": "q", "Arn": queue_arn}]
    for name, state in (("on", "ENABLED"), ("off", "DISABLED")):
        events.put_rule(Name=name, EventPattern=pattern, State=state)
        events.put_targets(Rule=name, Targets=targets)
    # WHEN events are put
    for total in (50, 500):
        events.put_events(
            Entries=[{"Source": "shop", "DetailType": "OrderPlaced", "Detail": json.dumps({"total": total})}]
        )
    lab.run()
    # THEN the one that matches arrives once at each
    (event,) = seen
    assert event.pop("id")
    assert event == {
        "version": "0",
        "detail-type": "OrderPlaced",
        "source": "shop",
        "account": "123456789012",
        "time": "2013-03-08T10:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": {"total": 500},
    }
    assert [json.loads(message["Body"])["detail"] for message in messages(lab, url)] == [{"total": 500}]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"Input": '{"fixed": 1}'}, {"fixed": 1}),
        ({"InputPath": "$.detail"}, {"total": 5}),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"total": "$.detail.total"},
                    "InputTemplate": '{"sum": <total>}',
                }
            },
            {"sum": 5},
        ),
    ],
)
def test_the_input_of_a_target_is_made_as_it_says(lab: Lab, given: Any, expected: Any) -> None:
    seen: list[Any] = []
    lab.create_function("f", lambda event, _: seen.append(event))
    events = lab.client("events")
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["shop"]}))
    events.put_targets(Rule="r", Targets=[{"Id": "f", "Arn": _arn("f"), **given}])
    events.put_events(Entries=[{"Source": "shop", "DetailType": "T", "Detail": '{"total": 5}'}])
    lab.run()
    assert seen == [expected]


def test_a_target_that_is_not_emulated_is_named(lab: Lab) -> None:
    events = lab.client("events")
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["shop"]}))
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
    events.put_targets(
        Rule="r", Targets=[{"Id": "1", "Arn": arn, "RoleArn": "arn:aws:iam::123456789012:role/r"}]
    )
    with pytest.raises(LabError, match=arn):
        events.put_events(Entries=[{"Source": "shop", "DetailType": "T", "Detail": "{}"}])


def test_the_lambdas_of_topics_share_concurrency_and_time(lab: Lab) -> None:
    # GIVEN a function that may run once at a time, behind a topic
    running: list[int] = []
    most: list[int] = []

    def handler(event: Any, context: Any) -> None:
        running.append(1)
        most.append(len(running))
        time.sleep(1)
        running.pop()

    lab.create_function("f", handler, reserved_concurrency=1)
    topic = lab.client("sns").create_topic(Name="orders")["TopicArn"]
    lab.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=_arn("f"))
    for number in range(5):
        lab.client("sns").publish(TopicArn=topic, Message=str(number))
    lab.run()
    assert most == [1] * 5


def admit(lab: Lab, url: str, queue_arn: str, service: str) -> None:
    """Let a service send to a queue."""
    policy = policy_of(queue_arn, service)
    lab.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def policy_of(queue_arn: str, service: str, **condition: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
    }
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize("source", ["right", "wrong", "none"])
def test_a_queue_policy_decides_what_a_topic_and_a_rule_may_send(lab: Lab, source: str) -> None:
    # GIVEN queues that admit one topic and one rule
    sns, events, sqs = lab.client("sns"), lab.client("events"), lab.client("sqs")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    rule = events.put_rule(Name="orders", EventPattern=json.dumps({"source": ["shop"]}))["RuleArn"]
    urls = []
    for service, arn in (("sns.amazonaws.com", topic), ("events.amazonaws.com", rule)):
        url, queue_arn = queue(lab, service.split(".")[0])
        urls.append(url)
        if source != "none":
            admitted = arn if source == "right" else arn + "x"
            text = policy_of(queue_arn, service, ArnEquals={"aws:SourceArn": admitted})
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})
        if service.startswith("sns"):
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
        else:
            events.put_targets(Rule="orders", Targets=[{"Id": "1", "Arn": queue_arn}])
    # WHEN both send
    sns.publish(TopicArn=topic, Message="m")
    events.put_events(Entries=[{"Source": "shop", "DetailType": "T", "Detail": "{}"}])
    # THEN only what the policy admits arrives, and without a policy nothing (D60)
    arrived = [len(messages(lab, url)) for url in urls]
    assert arrived == ([1, 1] if source == "right" else [0, 0])


def test_a_rule_with_a_role_needs_no_queue_policy(lab: Lab) -> None:
    url, queue_arn = queue(lab, "orders")
    events = lab.client("events")
    events.put_rule(Name="orders", EventPattern=json.dumps({"source": ["shop"]}))
    role = "arn:aws:iam::123456789012:role/rule"
    events.put_targets(Rule="orders", Targets=[{"Id": "1", "Arn": queue_arn, "RoleArn": role}])
    events.put_events(Entries=[{"Source": "shop", "DetailType": "T", "Detail": "{}"}])
    assert len(messages(lab, url)) == 1


def test_kinesis_is_refused_by_name(lab: Lab) -> None:
    with pytest.raises(LabError, match="does not emulate Kinesis"):
        lab.client("kinesis").create_stream(StreamName="clicks", ShardCount=1)
    lab.create_table("orders", "id")
    with pytest.raises(ClientError, match="EnableKinesisStreamingDestination"):
        lab.client("dynamodb").enable_kinesis_streaming_destination(
            TableName="orders", StreamArn="arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
        )
