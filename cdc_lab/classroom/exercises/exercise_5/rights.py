"""What a role must allow, and what it allows beside that."""

from __future__ import annotations

from collections.abc import Iterator

from cdc_lab.classroom.exercises.exercise_5.live import Live
from cdc_lab.classroom.exercises.exercise_5.world import (
    AUDIT_ARN,
    BUCKET_ARN,
    LOGS_ARN,
    QUEUE_ARN,
    SOURCE_ARN,
)
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.deployment.source_calls import calls_in
from cdc_lab.emulator.iam.actions import Request
from cdc_lab.emulator.iam.policies import Policy

_ELSEWHERE = "arn:aws:dynamodb:us-east-1:123456789012:table/bookings"
_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
# What somebody could do in the function's place, with what that would mean.
_DEEDS = (
    *(
        (f"dynamodb:{action}", AUDIT_ARN)
        for action in ("DeleteItem", "UpdateItem", "DeleteTable", "UpdateTable")
    ),
    *(
        (f"dynamodb:{action}", AUDIT_ARN)
        for action in ("PutItem", "BatchWriteItem", "GetItem", "Query", "Scan")
    ),
    *(
        (f"dynamodb:{action}", SOURCE_ARN)
        for action in ("PutItem", "DeleteItem", "UpdateItem", "Scan", "GetItem")
    ),
    *(
        (f"dynamodb:{action}", _ELSEWHERE)
        for action in ("PutItem", "DeleteItem", "GetItem", "Scan", "DeleteTable")
    ),
    ("dynamodb:GetRecords", f"{_ELSEWHERE}/stream/2013-03-08T10:00:00.000"),
    ("dynamodb:GetShardIterator", f"{_ELSEWHERE}/stream/2013-03-08T10:00:00.000"),
    *(
        (f"sqs:{action}", QUEUE_ARN)
        for action in ("SendMessage", "ReceiveMessage", "DeleteMessage", "PurgeQueue")
    ),
    ("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:payments"),
    *((f"s3:{action}", f"{BUCKET_ARN}/a") for action in ("PutObject", "GetObject", "DeleteObject")),
    ("s3:PutObject", "arn:aws:s3:::payments/a"),
    ("s3:ListBucket", BUCKET_ARN),
    ("s3:ListBucket", "arn:aws:s3:::payments"),
    ("sns:Publish", "arn:aws:sns:us-east-1:123456789012:payments"),
    ("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:payments"),
    ("logs:PutLogEvents", "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/payments:log-stream:a"),
    ("logs:DeleteLogGroup", LOGS_ARN),
    ("iam:PassRole", "arn:aws:iam::123456789012:role/admin"),
)
_TRANSACTED = ("TransactWriteItems", "TransactGetItems")


def no_logs(live: Live) -> Iterator[Difference]:
    """What the role lacks to write the function's log."""
    policy = _policy(live)
    where = f"{LOGS_ARN}:log-stream:2013/03/08/[$LATEST]0"
    for action in _LOGS:
        if policy is not None and policy.decide(action, where) != "allow":
            yield Difference("no right to write logs", action, "is allowed", f"not on {LOGS_ARN}:*")


def too_wide(live: Live) -> Iterator[Difference]:
    """What the role allows, and neither a run nor the source needs."""
    policy = _policy(live)
    if policy is None:
        return
    needed = {*live.needed(), *_of_source(live), *_of_destination(live)}
    for action, resource in _DEEDS:
        if Request(action, resource) not in needed and policy.decide(action, resource) == "allow":
            yield Difference(
                "role too wide", action, "is refused", f"is allowed on {resource.split(':', 5)[5]}"
            )


def _policy(live: Live) -> Policy | None:
    document = live.production.policy
    return None if document is None else Policy.of_identity(document)


def _of_source(live: Live) -> Iterator[Request]:
    """Give the rights of calls that stand in the source: which table they are about is not known."""
    for call in calls_in(live.function.handler):
        if call.operation in _TRANSACTED:
            continue  # its rights are those of what is in it, which the runs tell (D69)
        for resource in (AUDIT_ARN, SOURCE_ARN, QUEUE_ARN, f"{BUCKET_ARN}/a"):
            yield Request(f"{call.service}:{call.operation}", resource)


def _of_destination(live: Live) -> Iterator[Request]:
    config = live.production.mapping.get("DestinationConfig") or {}
    arn = str((config.get("OnFailure") or {}).get("Destination", ""))
    if arn == QUEUE_ARN:
        yield Request("sqs:SendMessage", arn)
    elif arn == BUCKET_ARN:
        yield Request("s3:PutObject", f"{arn}/a")
        yield Request("s3:ListBucket", arn)
