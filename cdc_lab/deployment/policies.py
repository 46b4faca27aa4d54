"""The policy of a function's role: what Lambda does for it, and the calls that its runs made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from cdc_lab.deployment.observed import RanFunction
from cdc_lab.emulator.iam.actions import Request
from cdc_lab.emulator.lambda_.event_source_mapping.mapping import StreamMapping
from cdc_lab.emulator.lambda_.event_source_mapping.queue_mapping import QueueMapping

_LIST_STREAMS = "dynamodb:ListStreams"  # the one right of a reader that is not about a single stream

_SENDING = {
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "s3": "s3:PutObject",
    "lambda": "lambda:InvokeFunction",
    "events": "events:PutEvents",
}


class Grant(NamedTuple):
    """One statement: actions that are allowed on one resource.

    Attributes
    ----------
    sid : str
        Says what it is for.
    resource : str
        An ARN of the lab's; ``*`` where the action knows no resource.
    """

    sid: str
    actions: tuple[str, ...]
    resource: str


def grants(ran: RanFunction, region: str, account_id: str) -> list[Grant]:
    """Return what the role of a function must allow, by the lab's ARNs.

    Parameters
    ----------
    ran : RanFunction
    region, account_id : str
        Of its log group.
    """
    logs = f"arn:aws:logs:{region}:{account_id}:log-group:/aws/lambda/{ran.name}:*"
    found = [Grant("WriteLogs", ("logs:CreateLogStream", "logs:PutLogEvents"), logs)]
    for source in ran.sources:
        if source.is_stream:
            table = source.source_arn.split("/stream/")[0]
            reading = tuple(right for right in StreamMapping.rights if right != _LIST_STREAMS)
            found.append(Grant("ReadStream", reading, source.source_arn))
            found.append(Grant("ListStreams", (_LIST_STREAMS,), f"{table}/stream/*"))
        else:
            found.append(Grant("ReadQueue", QueueMapping.rights, source.source_arn))
    for arn in ran.destinations:
        service = arn.split(":")[2]
        found.append(Grant("SendToDestination", (_SENDING[service],), f"{arn}/*" if service == "s3" else arn))
        if service == "s3":
            found.append(Grant("FindDestination", ("s3:ListBucket",), arn))
    found += _called(ran.rights)
    return _numbered(found)


def _called(rights: Iterable[Request]) -> list[Grant]:
    by_resource: dict[str, set[str]] = {}
    for right in rights:
        by_resource.setdefault(_widened(right), set()).add(right.action)
    return [Grant("Call", tuple(sorted(actions)), resource) for resource, actions in by_resource.items()]


def _widened(right: Request) -> str:
    """Return the resource of a right; of an object, all objects of its bucket: their keys follow the data."""
    resource = right.resource or "*"
    if resource.split(":")[2:3] == ["s3"] and "/" in resource:
        return resource.split("/")[0] + "/*"
    return resource


def _numbered(found: list[Grant]) -> list[Grant]:
    """Give equal grants once, and each a Sid of its own."""
    once = list(dict.fromkeys(found))
    counts: dict[str, int] = {}
    named = []
    for grant in once:
        counts[grant.sid] = counts.get(grant.sid, 0) + 1
        number = counts[grant.sid]
        named.append(grant._replace(sid=grant.sid + (str(number) if number > 1 else "")))
    return named


def document(found: Iterable[Grant]) -> dict[str, Any]:
    """Return a policy document with those grants, as ``create_function(policy=...)`` takes it."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": grant.sid, "Effect": "Allow", "Action": list(grant.actions), "Resource": grant.resource}
            for grant in found
        ],
    }
