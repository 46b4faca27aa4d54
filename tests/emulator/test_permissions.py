"""The policy of a function's role: what its handler, its mappings and its destinations may do."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cdc_lab import Lab, LabError
from cdc_lab.emulator.iam.actions import Request, requests
from cdc_lab.emulator.iam.policies import Policy, matches
from tests.emulator.test_asynchronous import messages, queue

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"
USER = "User: arn:aws:sts::123456789012:assumed-role/f-role/f is not authorized to perform: "


def allow(*actions: str, resource: str | list[str] = "*", effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Action": list(actions), "Resource": resource}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def refusal_of(lab: Lab, call: Any, document: Any) -> dict[str, Any] | None:
    """Make a call in a handler with that policy; gives the error that it caught, or None."""
    caught: list[dict[str, Any]] = []

    def handler(event: Any, context: Any) -> None:
        try:
            call()
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            caught.append({**error.response["Error"], "status": status})

    lab.create_function("f", handler, policy=document)
    answer = lab.client("lambda").invoke(FunctionName="f")
    assert "FunctionError" not in answer, answer["Payload"].read()
    return caught[0] if caught else None


def test_a_call_outside_the_policy_is_refused_as_aws_does(lab: Lab) -> None:
    table = lab.create_table("orders", "id")
    refusal = refusal_of(lab, lambda: table.put_item(Item={"id": "1"}), policy(allow("dynamodb:GetItem")))
    assert refusal == {
        "Code": "AccessDeniedException",
        "Message": f"{USER}dynamodb:PutItem on resource: {TABLE} because no identity-based policy allows the "
        "dynamodb:PutItem action",
        "status": 400,
    }
    assert table.scan()["Items"] == []


def test_a_call_within_the_policy_is_made(lab: Lab) -> None:
    table = lab.create_table("orders", "id")
    document = json.dumps(policy(allow("dynamodb:Put*", resource=TABLE)))
    assert refusal_of(lab, lambda: table.put_item(Item={"id": "1"}), document) is None
    assert table.scan()["Count"] == 1


def test_without_a_policy_everything_is_allowed(lab: Lab) -> None:
    table = lab.create_table("orders", "id")
    assert refusal_of(lab, lambda: table.put_item(Item={"id": "1"}), None) is None
    assert "Role" not in lab.client("lambda").get_function_configuration(FunctionName="f")


def test_an_explicit_deny_wins(lab: Lab) -> None:
    table = lab.create_table("orders", "id")
    document = policy(allow("*"), allow("dynamodb:*Item", resource=TABLE, effect="Deny"))
    refusal = refusal_of(lab, lambda: table.put_item(Item={"id": "1"}), document)
    assert refusal is not None
    assert refusal["Message"] == (
        f"{USER}dynamodb:PutItem on resource: {TABLE} with an explicit deny in an identity-based policy"
    )
    assert refusal_of(lab, table.scan, document) is None


def test_other_services_refuse_in_their_own_words(lab: Lab) -> None:
    url, queue_arn = queue(lab, "orders")
    topic = lab.client("sns").create_topic(Name="orders")["TopicArn"]
    lab.client("s3").create_bucket(Bucket="orders")
    nothing = policy(allow("logs:PutLogEvents"))
    because = "because no identity-based policy allows the"
    for call, code, status, text in (
        (
            lambda: lab.client("sqs").send_message_batch(
                QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "m"}]
            ),
            "AccessDenied",
            403,
            f"sqs:sendmessage on resource: {queue_arn} {because} sqs:sendmessage action",
        ),
        (
            lambda: lab.client("sns").publish(TopicArn=topic, Message="m"),
            "AuthorizationError",
            403,
            f"SNS:Publish on resource: {topic} {because} SNS:Publish action",
        ),
        (
            lambda: lab.client("s3").put_object(Bucket="orders", Key="a/b", Body=b""),
            "AccessDenied",
            403,
            f's3:PutObject on resource: "arn:aws:s3:::orders/a/b" {because} s3:PutObject action',
        ),
    ):
        refusal = refusal_of(lab, call, nothing)
        assert refusal is not None
        assert (refusal["Code"], refusal["status"]) == (code, status)
        assert refusal["Message"] == USER + text


def test_a_refused_call_is_not_repeated_and_changes_nothing(lab: Lab) -> None:
    url, _ = queue(lab, "orders")
    send = lambda: lab.client("sqs").send_message(QueueUrl=url, MessageBody="m")  # noqa: E731
    assert refusal_of(lab, send, policy(allow("sqs:ReceiveMessage"))) is not None
    assert messages(lab, url) == []


@pytest.mark.parametrize("missing", ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"])
def test_a_mapping_needs_the_right_to_read_the_queue(lab: Lab, missing: str) -> None:
    _, arn = queue(lab, "orders")
    actions = {"ReceiveMessage", "DeleteMessage", "GetQueueAttributes"} - {missing}
    document = policy(allow(*sorted(f"sqs:{action}" for action in actions), resource=arn))
    lab.create_function("f", lambda event, context: None, policy=document)
    with pytest.raises(ClientError, match=f"does not have permissions to call {missing} on SQS"):
        lab.client("lambda").create_event_source_mapping(FunctionName="f", EventSourceArn=arn)


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({}, "has no Statement"),
        ("{", "is no JSON"),
        (policy({"Effect": "Allow", "Resource": "*"}), "has no Action"),
        (policy({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}), "has NotAction"),
        (policy({**allow("s3:*"), "Condition": {"Bool": {"aws:SecureTransport": "true"}}}), "has Condition"),
        (policy({**allow("s3:*"), "Principal": "*"}), "has Principal"),
        (policy(allow("s3:*", effect="allow")), "it is Allow or Deny"),
        (policy(allow("PutItem")), "write service:Action"),
        (policy(allow("s3:*", resource="orders")), "write an ARN"),
        (policy(allow("s3:*", resource="arn:aws:s3:::b/${aws:username}")), "has a variable"),
        (policy(allow("s3:*", resource=[])), "a list of strings"),
        ({**policy(allow("s3:*")), "Statements": []}, "policy has Statements"),
    ],
)
def test_a_policy_that_is_not_understood_is_refused_by_name(lab: Lab, document: Any, text: str) -> None:
    with pytest.raises(LabError, match=text):
        lab.create_function("f", lambda event, context: None, policy=document)


@pytest.mark.parametrize(
    ("service", "operation", "params", "expected"),
    [
        (
            "dynamodb",
            "Query",
            {"TableName": "orders", "IndexName": "by"},
            [("dynamodb:Query", TABLE + "/index/by")],
        ),
        ("dynamodb", "GetItem", {"TableName": TABLE}, [("dynamodb:GetItem", TABLE)]),
        (
            "dynamodb",
            "BatchWriteItem",
            {"RequestItems": {"orders": [], "b": []}},
            [("dynamodb:BatchWriteItem", TABLE), ("dynamodb:BatchWriteItem", TABLE[:-6] + "b")],
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "orders"}},
                    {"ConditionCheck": {"TableName": "orders"}},
                ]
            },
            [("dynamodb:PutItem", TABLE), ("dynamodb:ConditionCheckItem", TABLE)],
        ),
        (
            "dynamodb",
            "ExecuteStatement",
            {"Statement": 'SELECT * FROM "orders"."by" WHERE id = 1'},
            [("dynamodb:PartiQLSelect", TABLE + "/index/by")],
        ),
        (
            "dynamodb",
            "BatchExecuteStatement",
            {
                "Statements": [
                    {"Statement": "UPDATE orders SET a=1"},
                    {"Statement": "delete from orders where id=1"},
                ]
            },
            [("dynamodb:PartiQLUpdate", TABLE), ("dynamodb:PartiQLDelete", TABLE)],
        ),
        ("dynamodb", "ListTables", {}, [("dynamodb:ListTables", None)]),
        (
            "dynamodbstreams",
            "GetRecords",
            {"ShardIterator": f"{TABLE}/stream/1|1|AAA"},
            [("dynamodb:GetRecords", TABLE + "/stream/1")],
        ),
        (
            "sqs",
            "ChangeMessageVisibilityBatch",
            {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/q"},
            [("sqs:ChangeMessageVisibility", "arn:aws:sqs:us-east-1:123456789012:q")],
        ),
        (
            "lambda",
            "Invoke",
            {"FunctionName": "g"},
            [("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:g")],
        ),
        (
            "events",
            "PutEvents",
            {"Entries": [{}]},
            [("events:PutEvents", "arn:aws:events:us-east-1:123456789012:event-bus/default")],
        ),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
        ("secretsmanager", "GetSecretValue", {"SecretId": "s"}, [("secretsmanager:GetSecretValue", None)]),
        ("dynamodb", "PutItem", {"TableName": None}, []),
    ],
)
def test_a_call_needs_these_rights(
    service: str, operation: str, params: Any, expected: list[tuple[str, str | None]]
) -> None:
    found = requests(service, operation, params, "us-east-1", "123456789012")
    assert list(found) == [Request(*one) for one in expected]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/a/c", True),
        ("arn:aws:s3:::b/?", "arn:aws:s3:::b/ab", False),
        ("arn:aws:s3:::b[a]", "arn:aws:s3:::ba", False),
        ("*", "", True),
        ("table/a.b", "table/aXb", False),
    ],
)
def test_wildcards_match_as_in_iam(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


def test_conditions_of_a_resource_policy_name_what_the_lab_knows() -> None:
    statement = {
        **allow("sqs:SendMessage"),
        "Principal": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    }
    with pytest.raises(LabError, match="IpAddress aws:SourceIp"):
        Policy.of_resource(policy(statement))
    statement["Condition"] = {"Bool": {"aws:SecureTransport": False}}
    judged = Policy.of_resource(policy({**statement, "Effect": "Deny"}, {**allow("sqs:*"), "Principal": "*"}))
    context = {"aws:securetransport": "true"}
    assert judged.decide("sqs:SendMessage", "arn:q", "sns.amazonaws.com", context) == "allow"


# ---- a policy that is set later --------------------------------------------------------------------

READS = allow(
    "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"
)


def test_a_narrower_policy_stops_a_stream_mapping_and_a_wider_one_lets_it_go_on(lab: Lab) -> None:
    # GIVEN a mapping whose function may read the stream
    table = lab.create_table("orders", "id")
    seen: list[str] = []

    def handler(event: Any, context: Any) -> None:
        seen.extend(record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"])

    lab.create_function("f", handler, policy=policy(READS))
    uuid = lab.attach("f", table)["UUID"]
    table.put_item(Item={"id": "1"})
    lab.run()
    # WHEN it is deployed with a policy that does not allow it
    lab.create_function("f", handler, policy=policy(allow("dynamodb:PutItem")))
    table.put_item(Item={"id": "2"})
    lab.run(until=timedelta(minutes=1))
    lab.run()
    # THEN nothing is read; the mapping stays Enabled and says why
    described = lab.client("lambda").get_event_source_mapping(UUID=uuid)
    assert seen == ["1"]
    assert described["State"] == "Enabled"
    assert described["LastProcessingResult"].startswith("PROBLEM: Cannot access stream arn:aws:dynamodb:")
    # WHEN the right comes back, THEN what waited is delivered
    lab.create_function("f", handler, policy=policy(READS))
    lab.run()
    assert seen == ["1", "2"]
    assert lab.client("lambda").get_event_source_mapping(UUID=uuid)["LastProcessingResult"] == "OK"


def test_what_expires_while_the_role_may_not_read_is_lost_and_said_so(lab: Lab) -> None:
    table = lab.create_table("orders", "id")
    handler = lambda event, context: None  # noqa: E731
    lab.create_function("f", handler, policy=policy(READS))
    lab.attach("f", table)
    lab.run()
    lab.create_function("f", handler, policy=policy(allow("s3:*")))
    table.put_item(Item={"id": "1"})
    lab.clock.advance(timedelta(hours=25))
    lab.create_function("f", handler)
    lab.run()
    assert lab.trace.failures["condition"].tolist() == ["ExpiredAtSource"]
    assert lab.trace.deliveries.empty


def test_a_mapping_that_may_not_read_can_be_disabled_updated_and_deleted(lab: Lab) -> None:
    table = lab.create_table("orders", "id")
    handler = lambda event, context: None  # noqa: E731
    client = lab.client("lambda")
    lab.create_function("f", handler, policy=policy(READS))
    uuid = lab.attach("f", table)["UUID"]
    table.put_item(Item={"id": "1"})
    lab.create_function("f", handler, policy=policy(allow("s3:*")))  # before it was Enabled at all
    lab.run()
    assert lab.trace.deliveries.empty
    assert client.update_event_source_mapping(UUID=uuid, BatchSize=5)["State"] == "Updating"
    lab.run()
    assert client.update_event_source_mapping(UUID=uuid, Enabled=False)["State"] == "Disabling"
    lab.run()
    lab.create_function("f", handler)
    lab.run()
    assert client.get_event_source_mapping(UUID=uuid)["State"] == "Disabled"
    assert lab.trace.deliveries.empty
    assert client.update_event_source_mapping(UUID=uuid, Enabled=True)["State"] == "Enabling"
    lab.run()
    assert len(lab.trace.deliveries) == 1
    lab.create_function("f", handler, policy=policy(allow("s3:*")))
    client.delete_event_source_mapping(UUID=uuid)
    lab.run()
    assert client.list_event_source_mappings()["EventSourceMappings"] == []


def test_a_narrower_policy_stops_a_queue_mapping_too(lab: Lab) -> None:
    url, arn = queue(lab, "orders")
    seen: list[str] = []

    def handler(event: Any, context: Any) -> None:
        seen.extend(record["body"] for record in event["Records"])

    lab.create_function("f", handler, policy=policy(allow("sqs:*")))
    lab.attach("f", arn)
    lab.run()
    lab.create_function("f", handler, policy=policy(allow("sqs:ReceiveMessage")))
    lab.client("sqs").send_message(QueueUrl=url, MessageBody="m")
    lab.run()
    assert seen == []
    lab.create_function("f", handler, policy=policy(allow("sqs:*")))
    lab.run()
    assert seen == ["m"]
