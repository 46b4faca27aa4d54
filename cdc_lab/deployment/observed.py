"""What a lab ran: the functions behind streams and queues, and all that they read and call."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from cdc_lab.emulator.account import Account
from cdc_lab.emulator.iam.actions import Request
from cdc_lab.emulator.lambda_.functions import LATEST, Function
from cdc_lab.errors import LabError


@dataclass(frozen=True)
class MappedSource:
    """One event source mapping.

    Attributes
    ----------
    source_arn : str
        Of a stream or a queue.
    parameters : mapping
        As AWS's answers show them.
    alias : str
        The alias that it invokes; empty for ``$LATEST``.
    """

    source_arn: str
    parameters: Mapping[str, Any]
    alias: str = ""
    enabled: bool = True

    @property
    def is_stream(self) -> bool:
        """Whether it reads a stream."""
        return ":dynamodb:" in self.source_arn

    @property
    def destination(self) -> str:
        """The ARN of the on-failure destination; empty for none."""
        config = self.parameters.get("DestinationConfig", {})
        return str(config.get("OnFailure", {}).get("Destination", ""))


@dataclass(frozen=True)
class RanFunction:
    """One function that the lab ran.

    Attributes
    ----------
    function : Function
        Its ``$LATEST``.
    sources : sequence of MappedSource
    rights : sequence of Request
        What its role needed for the calls that its handler made.
    asynchronous : mapping
        Its EventInvokeConfig, as AWS's answers show it; empty for none.
    """

    function: Function
    sources: Sequence[MappedSource] = ()
    rights: Sequence[Request] = ()
    asynchronous: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name."""
        return self.function.name

    @property
    def alias(self) -> str:
        """The alias that its mappings invoke; empty for none."""
        return next((source.alias for source in self.sources if source.alias), "")

    @property
    def destinations(self) -> list[str]:
        """The ARNs that Lambda itself sends to, by right of the function's role."""
        found = [source.destination for source in self.sources] + [self.function.dead_letter]
        config = self.asynchronous.get("DestinationConfig", {})
        found += [config.get(when, {}).get("Destination", "") for when in ("OnSuccess", "OnFailure")]
        return list(dict.fromkeys(arn for arn in found if arn))


@dataclass(frozen=True)
class World:
    """All that goes into one template.

    Attributes
    ----------
    tables, queues, topics, buckets, buses : dict of str to mapping
        By name, as AWS's answers describe them.
    rules : sequence of mapping
        Rules of EventBridge, each with its ``Targets``.
    subscriptions : sequence of mapping
        Of the topics.
    left_out : sequence of str
        Tables that no function reads or calls.
    """

    region: str
    account_id: str
    functions: Sequence[RanFunction]
    tables: Mapping[str, Mapping[str, Any]]
    queues: Mapping[str, Mapping[str, Any]]
    topics: Mapping[str, Mapping[str, Any]]
    buckets: Sequence[str]
    buses: Sequence[str]
    rules: Sequence[Mapping[str, Any]]
    subscriptions: Sequence[Mapping[str, Any]]
    left_out: Sequence[str]


def observe(account: Account, more_rights: Mapping[str, Sequence[Request]] | None = None) -> World:
    """Return what a lab ran.

    Parameters
    ----------
    account : Account
    more_rights : mapping of str to sequence of Request, optional
        By function, what its role needed in other runs.

    Raises
    ------
    LabError
        For a lab without functions, and for what one template cannot hold.
    """
    functions = [_ran(account, one, more_rights or {}) for one in _mapped_first(account)]
    if not functions:
        raise LabError(
            "the lab has no function yet: put a handler behind a stream, lab.attach(handler, table)"
        )
    everything = account.client("dynamodb").list_tables()["TableNames"]
    reached = _reached(functions, set(everything), _queue_urls(account))
    rules = _rules(account, functions, reached)
    subscriptions = _subscriptions(account, functions, reached)
    names = [name for name in everything if name in reached["table"]]
    return World(
        account.region,
        account.functions.account_id,
        functions,
        {name: _table(account, name) for name in names},
        _queues(account, reached["sqs"]),
        {arn.rsplit(":", 1)[1]: _topic(account, arn) for arn in sorted(reached["sns"])},
        sorted(reached["s3"]),
        sorted(name for name in reached["bus"] if name != "default"),
        rules,
        subscriptions,
        [name for name in everything if name not in reached["table"]],
    )


def _mapped_first(account: Account) -> list[Function]:
    service = account.functions
    elsewhere = {mapping.region for mapping in service.mappings.values()} - {account.region}
    if elsewhere:
        raise LabError(
            f"one template is for one region, {account.region}, and a mapping is in {sorted(elsewhere)[0]}: "
            "open the lab with region=... and keep everything there"
        )
    return [versions.latest for versions in service.functions.of_region(account.region)]


def _ran(account: Account, function: Function, more: Mapping[str, Sequence[Request]]) -> RanFunction:
    service = account.functions
    sources = []
    for mapping in service.mappings.values():
        if mapping.function_name == function.name and mapping.state != "Deleting":
            alias = mapping.function_arn.split(":")[7] if mapping.function_arn.count(":") > 6 else ""
            sources.append(
                MappedSource(
                    mapping.source_arn,
                    mapping.parameters.describe(),
                    _checked_alias(function.name, alias),
                    mapping.state not in ("Disabled", "Disabling"),
                )
            )
    if len({source.alias for source in sources}) > 1:
        raise LabError(
            f"function {function.name!r} is mapped by different aliases, and SAM publishes one: map them all "
            "to the same"
        )
    rights = dict.fromkeys([*service.rights.get(function.name, ()), *more.get(function.name, ())])
    config = service.invoke_configs.of(function.arn)
    given = config.modified > 0
    return RanFunction(function, sources, list(rights), config.describe(function.arn) if given else {})


def _checked_alias(name: str, qualifier: str) -> str:
    if qualifier.isdecimal():
        raise LabError(
            f"a mapping invokes version {qualifier} of function {name!r}: a template cannot name a version "
            "that it has not published; map an alias"
        )
    return "" if qualifier == LATEST else qualifier


def _queue_urls(account: Account) -> dict[str, str]:
    """Return the ARNs of queues by their URLs."""
    where = f"{account.region}:{account.functions.account_id}"
    urls = account.client("sqs").list_queues().get("QueueUrls", ())
    return {url: f"arn:aws:sqs:{where}:{url.rsplit('/', 1)[1]}" for url in urls}


def _reached(
    functions: Sequence[RanFunction], tables: set[str], queues: Mapping[str, str]
) -> dict[str, set[str]]:
    """Return what functions read, call or name in their environment, by kind: names, or ARNs."""
    found: dict[str, set[str]] = {kind: set() for kind in ("table", "sqs", "sns", "s3", "bus")}
    for one in functions:
        found["table"] |= tables & set(one.function.environment.values())
        found["sqs"] |= {queues[value] for value in one.function.environment.values() if value in queues}
        arns = [source.source_arn for source in one.sources] + one.destinations
        arns += [value for value in one.function.environment.values() if value.count(":") >= 5]
        for arn in [*arns, *(right.resource for right in one.rights if right.resource)]:
            service, name = (arn.split(":", 5)[place] for place in (2, 5))
            if service == "dynamodb" and name.startswith("table/"):
                found["table"].add(name.split("/")[1])
            elif service in ("sqs", "sns"):
                found[service].add(arn)
            elif service == "s3":
                found["s3"].add(name.split("/")[0])
            elif service == "events" and name.startswith("event-bus/"):
                found["bus"].add(name.split("/", 1)[1])
    return found


# ---- what stands around functions ----------------------------------------------------------------


def _table(account: Account, name: str) -> dict[str, Any]:
    client = account.client("dynamodb")
    described: dict[str, Any] = client.describe_table(TableName=name)["Table"]
    described["TimeToLive"] = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    return described


def _queues(account: Account, reached: set[str]) -> dict[str, dict[str, Any]]:
    """Return the queues, with the dead letter queues that they name."""
    client, found, todo = account.client("sqs"), {}, sorted(reached)
    while todo:
        name = todo.pop(0).rsplit(":", 1)[1]
        if name in found:
            continue
        try:
            url = client.get_queue_url(QueueName=name)["QueueUrl"]
        except ClientError:
            continue  # a call that named a queue which is not there
        found[name] = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        found[name]["QueueUrl"] = url
        redrive = found[name].get("RedrivePolicy")
        if redrive:
            todo.append(json.loads(redrive)["deadLetterTargetArn"])
    return found


def _topic(account: Account, arn: str) -> dict[str, Any]:
    attributes: dict[str, Any] = account.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
    return attributes


def _rules(
    account: Account, functions: Sequence[RanFunction], reached: dict[str, set[str]]
) -> list[dict[str, Any]]:
    """Return the rules that invoke the functions, and those of the buses that they put events on."""
    arns = {one.function.arn for one in functions}
    events, found = account.client("events"), []
    for bus in _pages(events.list_event_buses, "EventBuses"):
        for rule in _pages(
            lambda bus=bus, **more: events.list_rules(EventBusName=bus["Name"], **more), "Rules"
        ):
            targets = events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus["Name"])["Targets"]
            if bus["Name"] in reached["bus"] or arns & {_unqualified(target["Arn"]) for target in targets}:
                found.append({**rule, "EventBusName": bus["Name"], "Targets": targets})
                reached["bus"].add(bus["Name"])
                reached["sqs"] |= {target["Arn"] for target in targets if ":sqs:" in target["Arn"]}
    return found


def _subscriptions(
    account: Account, functions: Sequence[RanFunction], reached: dict[str, set[str]]
) -> list[dict[str, Any]]:
    arns = {one.function.arn for one in functions}
    client, found = account.client("sns"), []
    for one in _pages(client.list_subscriptions, "Subscriptions"):
        if one["TopicArn"] in reached["sns"] or _unqualified(one["Endpoint"]) in arns:
            attributes = client.get_subscription_attributes(SubscriptionArn=one["SubscriptionArn"])[
                "Attributes"
            ]
            found.append({**one, "Attributes": attributes})
            reached["sns"].add(one["TopicArn"])
            if one["Protocol"] == "sqs":
                reached["sqs"].add(one["Endpoint"])
    return found


def _unqualified(arn: str) -> str:
    return ":".join(arn.split(":")[:7])


def _pages(call: Callable[..., Mapping[str, Any]], member: str) -> Iterator[dict[str, Any]]:
    more: dict[str, str] = {}
    while True:
        answer = call(**more)
        yield from answer[member]
        if not answer.get("NextToken"):
            return
        more = {"NextToken": answer["NextToken"]}
