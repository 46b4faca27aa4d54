"""Which actions and resources of IAM a call of an AWS API needs, and how each service words its refusal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError")
"""The error codes by which services refuse a call that a role may not make: see `Request.code`."""


class Request(NamedTuple):
    """One right that a call needs.

    Attributes
    ----------
    action : str
        ``dynamodb:PutItem``.
    resource : str or None
        An ARN; None where the action has none, or one that the lab does not know.
    """

    action: str
    resource: str | None

    @property
    def _service(self) -> str:
        return self.action.partition(":")[0]

    @property
    def code(self) -> str:
        """The error code of the service's refusal."""
        return {"sqs": "AccessDenied", "s3": "AccessDenied", "sns": "AuthorizationError"}.get(
            self._service, "AccessDeniedException"
        )

    @property
    def status(self) -> int:
        """The HTTP status of the service's refusal."""
        return 403 if self._service in ("sqs", "sns", "s3", "lambda") else 400

    @property
    def shown_action(self) -> str:
        """The action as the service's text spells it."""
        if self._service == "sqs":
            return self.action.lower()
        return self.action.replace("sns:", "SNS:") if self._service == "sns" else self.action

    @property
    def shown_resource(self) -> str:
        """The resource as the service's text shows it."""
        resource = self.resource or "*"
        return f'"{resource}"' if self._service == "s3" else resource


Params = Mapping[str, Any]

# Services whose actions IAM spells otherwise than boto3 names the service.
_PREFIXES = {
    "apigatewaymanagementapi": "execute-api",
    "elbv2": "elasticloadbalancing",
    "opensearch": "es",
    "sesv2": "ses",
    "stepfunctions": "states",
}

_TRANSACTED = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
_PARTIQL = re.compile(
    r"""\s*(?:EXISTS\s*\(\s*)?(?P<verb>SELECT\b.*?\bFROM|INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"""
    r""""?(?P<table>[\w.-]+)"?(?:\."?(?P<index>[\w.-]+)"?)?""",
    re.IGNORECASE | re.DOTALL,
)
_S3 = {
    "HeadObject": "GetObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "DeleteObjects": "DeleteObject",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "HeadBucket": "ListBucket",
}


# What handlers call most needs one right on one table: found once, as it takes longer than a read otherwise.
_OF_ONE_TABLE = frozenset({"PutItem", "GetItem", "UpdateItem", "DeleteItem"})


def requests(service: str, operation: str, params: Params, region: str, account: str) -> Sequence[Request]:
    """Return the rights that a call needs.

    Parameters
    ----------
    service : str
        As boto3 names it.
    operation : str
    params : mapping
        As the caller gave them; nothing is needed for those that boto3 will refuse.
    region, account : str
        Where names without an ARN belong.

    Returns
    -------
    sequence of Request
        For services that are not listed here, the action without a resource.
    """
    find = _FINDERS.get(service)
    where = f"{region}:{account}"
    try:
        if operation in _OF_ONE_TABLE and service == "dynamodb":
            return _on_table(operation, params["TableName"], where)
        if find is None:
            return [Request(f"{_PREFIXES.get(service, service)}:{operation}", None)]
        return list(find(operation, params, where))
    except (AttributeError, KeyError, TypeError, IndexError):
        return []


@lru_cache(maxsize=1_000)
def _on_table(operation: str, name: str, where: str) -> Sequence[Request]:
    return tuple(_dynamodb(operation, {"TableName": name}, where))


def _dynamodb(operation: str, params: Params, where: str) -> Iterator[Request]:
    def table(name: str) -> str:
        return name if name.startswith("arn:") else f"arn:aws:dynamodb:{where}:table/{name}"

    if "RequestItems" in params:
        for name in params["RequestItems"]:
            yield Request(f"dynamodb:{operation}", table(name))
    elif "TransactItems" in params:
        for entry in params["TransactItems"]:
            for kind, inner in entry.items():
                yield Request(f"dynamodb:{_TRANSACTED[kind]}", table(inner["TableName"]))
    elif operation in ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"):
        statements = params.get("Statements") or params.get("TransactStatements") or [params]
        for entry in statements:
            found = _PARTIQL.match(entry["Statement"])
            if found is not None:
                index = f"/index/{found['index']}" if found["index"] else ""
                action = f"dynamodb:PartiQL{found['verb'].split()[0].capitalize()}"
                yield Request(action, table(found["table"]) + index)
    elif "TableName" in params:
        index = f"/index/{params['IndexName']}" if params.get("IndexName") else ""
        yield Request(f"dynamodb:{operation}", table(params["TableName"]) + index)
    else:
        yield Request(f"dynamodb:{operation}", params.get("ResourceArn"))


def _streams(operation: str, params: Params, where: str) -> Iterator[Request]:
    arn = params.get("StreamArn")
    if operation == "GetRecords":
        arn = params["ShardIterator"].partition("|")[0]
    known = arn if isinstance(arn, str) and arn.startswith("arn:") else None
    yield Request(f"dynamodb:{operation}", known)


def _sqs(operation: str, params: Params, where: str) -> Iterator[Request]:
    action = f"sqs:{operation.removesuffix('Batch')}"
    if "QueueUrl" in params:
        name = params["QueueUrl"].rstrip("/").rsplit("/", 1)[-1]
    else:
        name = params.get("QueueName")
    yield Request(action, f"arn:aws:sqs:{where}:{name}" if name else None)


def _sns(operation: str, params: Params, where: str) -> Iterator[Request]:
    arn = params.get("TopicArn") or params.get("TargetArn")
    if operation == "CreateTopic":
        arn = f"arn:aws:sns:{where}:{params['Name']}"
    yield Request(f"sns:{operation.removesuffix('Batch')}", arn)


def _s3(operation: str, params: Params, where: str) -> Iterator[Request]:
    if operation == "ListBuckets":
        yield Request("s3:ListAllMyBuckets", None)
        return
    action = f"s3:{_S3.get(operation, operation)}"
    bucket = f"arn:aws:s3:::{params['Bucket']}"
    keys = [params["Key"]] if "Key" in params else []
    if operation == "DeleteObjects":
        keys = [entry["Key"] for entry in params["Delete"]["Objects"]]
    if operation == "CopyObject" and isinstance(params["CopySource"], Mapping):
        source = params["CopySource"]
        yield Request("s3:GetObject", f"arn:aws:s3:::{source['Bucket']}/{source['Key']}")
    yield from (Request(action, f"{bucket}/{key}") for key in keys)
    if not keys:
        yield Request(action, bucket)


def _lambda(operation: str, params: Params, where: str) -> Iterator[Request]:
    action = "InvokeFunction" if operation in ("Invoke", "InvokeAsync") else operation
    name = params.get("FunctionName")
    if name and not name.startswith("arn:"):
        name = f"arn:aws:lambda:{where}:function:{name.rsplit('function:', 1)[-1]}"
    if name and params.get("Qualifier"):
        name = f"{name}:{params['Qualifier']}"
    yield Request(f"lambda:{action}", name)


def _events(operation: str, params: Params, where: str) -> Iterator[Request]:
    if operation != "PutEvents":
        yield Request(f"events:{operation}", None)
        return
    for entry in params["Entries"]:
        bus = entry.get("EventBusName", "default")
        arn = bus if bus.startswith("arn:") else f"arn:aws:events:{where}:event-bus/{bus}"
        yield Request("events:PutEvents", arn)


_FINDERS: dict[str, Callable[[str, Params, str], Iterator[Request]]] = {
    "dynamodb": _dynamodb,
    "dynamodbstreams": _streams,
    "sqs": _sqs,
    "sns": _sns,
    "s3": _s3,
    "lambda": _lambda,
    "events": _events,
}
