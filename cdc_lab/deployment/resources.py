"""The resources of a template beside functions: tables, queues, topics, buckets, buses and their rules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cdc_lab.deployment.names import Names, att, ref
from cdc_lab.deployment.observed import World


class Resource(NamedTuple):
    """One resource of a template.

    Attributes
    ----------
    logical_id : str
    body : dict
        Type, properties and what stands beside them, with functions in their long form.
    why : str
        The comment that stands above it; empty for none.
    """

    logical_id: str
    body: dict[str, Any]
    why: str = ""


_KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def ignoring(*rules: str) -> dict[str, Any]:
    """Return what tells cfn-lint that rules do not hold for a resource."""
    return {"Metadata": {"cfn-lint": {"config": {"ignore_checks": list(rules)}}}}


def data_resources(world: World, names: Names) -> Iterator[Resource]:
    """Return all resources that hold data or carry messages."""
    for name, table in world.tables.items():
        yield Resource(
            names.tables[name],
            {"Type": "AWS::DynamoDB::Table", **_KEPT, "Properties": _table(table)},
            "Kept when the stack is deleted." + (_NEW_STREAM if _has_stream(table) else ""),
        )
    for name, queue in world.queues.items():
        yield from _queue(world, names, name, queue)
    for name, topic in world.topics.items():
        yield from _topic(names, name, topic)
    for name in world.buckets:
        yield from _bucket(world, names, name)
    for name in world.buses:
        yield Resource(names.buses[name], {"Type": "AWS::Events::EventBus", "Properties": {"Name": name}})


# ---- tables ---------------------------------------------------------------------------------------

_NEW_STREAM = " A table that replaces it has another stream, with another ARN: see the README."


def _has_stream(table: Mapping[str, Any]) -> bool:
    return bool(table.get("StreamSpecification", {}).get("StreamEnabled"))


_OF_INDEXES = ("IndexName", "KeySchema", "Projection")


def _table(table: Mapping[str, Any]) -> dict[str, Any]:
    on_demand = table.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST"
    found: dict[str, Any] = {
        "TableName": table["TableName"],
        "AttributeDefinitions": table["AttributeDefinitions"],
        "KeySchema": table["KeySchema"],
        "BillingMode": "PAY_PER_REQUEST" if on_demand else "PROVISIONED",
    }
    if not on_demand:
        found["ProvisionedThroughput"] = _throughput(table)
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if table.get(kind):
            found[kind] = [_index(index, kind, on_demand) for index in table[kind]]
    if _has_stream(table):
        found["StreamSpecification"] = {"StreamViewType": table["StreamSpecification"]["StreamViewType"]}
    if table["TimeToLive"].get("AttributeName"):
        found["TimeToLiveSpecification"] = {
            "AttributeName": table["TimeToLive"]["AttributeName"],
            "Enabled": True,
        }
    found["PointInTimeRecoverySpecification"] = {"PointInTimeRecoveryEnabled": True}
    if table.get("SSEDescription", {}).get("Status") == "ENABLED":  # otherwise with a key of DynamoDB's own
        found["SSESpecification"] = {"SSEEnabled": True}
    return found


def _throughput(described: Mapping[str, Any]) -> dict[str, int]:
    given = described["ProvisionedThroughput"]
    return {name: int(given[name]) for name in ("ReadCapacityUnits", "WriteCapacityUnits")}


def _index(index: Mapping[str, Any], kind: str, on_demand: bool) -> dict[str, Any]:
    found = {name: index[name] for name in _OF_INDEXES}
    if kind == "GlobalSecondaryIndexes" and not on_demand:
        found["ProvisionedThroughput"] = _throughput(index)
    return found


# ---- queues and topics ----------------------------------------------------------------------------

_OF_QUEUES = (
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
)
_DEFAULTS = {
    "DelaySeconds": 0,
    "MaximumMessageSize": 1_048_576,
    "MessageRetentionPeriod": 345_600,
    "ReceiveMessageWaitTimeSeconds": 0,
    "VisibilityTimeout": 30,
}
_LONGEST_RETENTION = 1_209_600  # seconds: 14 days


def failure_queues(world: World) -> set[str]:
    """Return the names of queues that take what was given up: nothing behind them may fill."""
    found = {arn.rsplit(":", 1)[1] for one in world.functions for arn in one.destinations if ":sqs:" in arn}
    for queue in world.queues.values():
        if "RedrivePolicy" in queue:
            found.add(json.loads(queue["RedrivePolicy"])["deadLetterTargetArn"].rsplit(":", 1)[1])
    return found & world.queues.keys()


def _queue(world: World, names: Names, name: str, queue: Mapping[str, Any]) -> Iterator[Resource]:
    is_last = name in failure_queues(world)
    found: dict[str, Any] = {"QueueName": name}
    found |= {
        key: int(queue[key]) for key in _OF_QUEUES if int(queue.get(key, _DEFAULTS[key])) != _DEFAULTS[key]
    }
    if is_last:
        found["MessageRetentionPeriod"] = _LONGEST_RETENTION
    if name.endswith(".fifo"):
        found["FifoQueue"] = True
        if queue.get("ContentBasedDeduplication") == "true":
            found["ContentBasedDeduplication"] = True
    if "RedrivePolicy" in queue:
        redrive = json.loads(queue["RedrivePolicy"])
        found["RedrivePolicy"] = {
            "deadLetterTargetArn": names.arn(redrive["deadLetterTargetArn"]),
            "maxReceiveCount": int(redrive["maxReceiveCount"]),
        }
    found["SqsManagedSseEnabled"] = True
    body: dict[str, Any] = {"Type": "AWS::SQS::Queue", **(_KEPT if is_last else {}), "Properties": found}
    why = ""
    if is_last:
        why = (
            "Takes what was given up, and keeps it 14 days. ES6000: there is nothing behind it to redrive to."
        )
    elif "RedrivePolicy" not in queue:
        why = "ES6000: in the lab this queue has no dead letter queue; give it one before you go live."
    if "RedrivePolicy" not in queue:
        body |= ignoring("ES6000")
    yield Resource(names.queues[name], body, why)
    if queue.get("Policy"):
        policy = json.loads(queue["Policy"])
        yield Resource(
            names.new_id(names.queues[name], "Policy"),
            {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {
                    "Queues": [ref(names.queues[name])],
                    "PolicyDocument": _with_references(policy, names),
                },
            },
        )


def _with_references(policy: Mapping[str, Any], names: Names) -> Any:
    """Return a policy of a resource with references for the lab's ARNs."""

    def replaced(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: replaced(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [replaced(inner) for inner in value]
        return names.arn(value) if isinstance(value, str) else value

    return replaced(policy)


def _topic(names: Names, name: str, topic: Mapping[str, Any]) -> Iterator[Resource]:
    found: dict[str, Any] = {"TopicName": name}
    if name.endswith(".fifo"):
        found["FifoTopic"] = True
        if topic.get("ContentBasedDeduplication") == "true":
            found["ContentBasedDeduplication"] = True
    yield Resource(names.topics[name], {"Type": "AWS::SNS::Topic", "Properties": found})


def subscriptions(world: World, names: Names) -> Iterator[Resource]:
    """Return the subscriptions of topics, and the permissions of those that invoke functions."""
    for number, one in enumerate(world.subscriptions, 1):
        topic = names.topics[one["TopicArn"].rsplit(":", 1)[1]]
        found: dict[str, Any] = {
            "TopicArn": ref(topic),
            "Protocol": one["Protocol"],
            "Endpoint": names.arn(one["Endpoint"]),
        }
        attributes = one["Attributes"]
        for key in ("FilterPolicy", "RedrivePolicy"):
            if attributes.get(key):
                found[key] = _with_references(json.loads(attributes[key]), names)
        if attributes.get("FilterPolicyScope"):
            found["FilterPolicyScope"] = attributes["FilterPolicyScope"]
        if attributes.get("RawMessageDelivery") == "true":
            found["RawMessageDelivery"] = True
        body: dict[str, Any] = {"Type": "AWS::SNS::Subscription", "Properties": found}
        why = ""
        if "RedrivePolicy" not in found:
            body |= ignoring("ES7000")
            why = "ES7000: in the lab it has no dead letter queue; give it one before you go live."
        yield Resource(names.new_id(f"{topic} {number}", "Subscription"), body, why)
        if one["Protocol"] == "lambda":
            yield _permission(names, f"{topic} {number}", one["Endpoint"], "sns.amazonaws.com", ref(topic))


def rules(world: World, names: Names) -> Iterator[Resource]:
    """Return the rules of event buses, and the permissions of those that invoke functions."""
    for rule in world.rules:
        logical_id = names.new_id(rule["Name"], "Rule")
        bus = rule["EventBusName"]
        found: dict[str, Any] = {"Name": rule["Name"], "State": rule.get("State", "ENABLED")}
        if bus in names.buses:
            found["EventBusName"] = ref(names.buses[bus])
        if rule.get("EventPattern"):
            found["EventPattern"] = json.loads(rule["EventPattern"])
        if rule.get("ScheduleExpression"):
            found["ScheduleExpression"] = rule["ScheduleExpression"]
        found["Targets"] = [_with_references(target, names) for target in rule["Targets"]]
        body: dict[str, Any] = {"Type": "AWS::Events::Rule", "Properties": found}
        why = ""
        if any("DeadLetterConfig" not in target for target in rule["Targets"]):
            body |= ignoring("ES4000")
            why = (
                "ES4000: in the lab a target has no dead letter queue; give it one before you go live (D27)."
            )
        yield Resource(logical_id, body, why)
        for target in rule["Targets"]:
            if ":lambda:" in target["Arn"]:
                yield _permission(
                    names, rule["Name"], target["Arn"], "events.amazonaws.com", att(logical_id, "Arn")
                )


def _permission(names: Names, name: str, function_arn: str, principal: str, source: Any) -> Resource:
    return Resource(
        names.new_id(name, "Permission"),
        {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": names.arn(function_arn),
                "Principal": principal,
                "SourceArn": source,
            },
        },
    )


def _bucket(world: World, names: Names, name: str) -> Iterator[Resource]:
    called = {
        right.resource.split(":::")[1].split("/")[0]
        for one in world.functions
        for right in one.rights
        if right.resource and right.resource.split(":")[2] == "s3"
    }
    given = {value for one in world.functions for value in one.function.environment.values()}
    found: dict[str, Any] = {"BucketName": name} if name in called - given else {}
    found |= {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
            ]
        },
        "PublicAccessBlockConfiguration": dict.fromkeys(
            ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
        ),
    }
    why = "It gets a name of CloudFormation's: names of buckets are unique in the world."
    if "BucketName" in found:
        why = (
            "The handler calls it by this name, and names of buckets are unique in the world: give the "
            "name by an environment variable instead."
        )
    yield Resource(names.buckets[name], {"Type": "AWS::S3::Bucket", **_KEPT, "Properties": found}, why)
