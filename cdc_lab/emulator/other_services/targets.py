"""Topics and rules whose targets are functions of the lab, or queues with a policy.

moto delivers to queues; it knows neither the lab's functions nor what the policy of a queue admits.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from cdc_lab.clock import Clock, iso_text
from cdc_lab.emulator.iam.policies import Policy
from cdc_lab.errors import LabError

Invoke = Callable[[str, dict[str, Any]], None]
"""Invokes a function, named by its ARN, asynchronously with an event."""

_OF_MOTO = ("sqs", "logs", "events")  # what moto delivers the events of rules to


class Targets:
    """Takes deliveries of SNS and EventBridge over from moto, as long as the lab is open.

    Parameters
    ----------
    clock : Clock
    invoke : Invoke
    """

    def __init__(self, clock: Clock, invoke: Invoke) -> None:
        self._clock = clock
        self._invoke = invoke
        self._is_ready: set[str] = set()
        self._replaced: list[tuple[type, str, Any]] = []

    def ready(self, service: str) -> None:
        """Take over what a service delivers, before its first call."""
        if service in self._is_ready:
            return
        self._is_ready.add(service)
        if service == "sns":
            from moto.sns.models import Subscription

            self._replace(Subscription, "publish", self._publish)
            self._replace(Subscription, "get_post_data", self._post_data)
        elif service == "events":
            from moto.events.models import Rule

            self._replace(Rule, "send_to_targets", self._send_to_targets)

    def close(self) -> None:
        """Give everything back to moto."""
        for owner, name, original in self._replaced:
            setattr(owner, name, original)
        self._replaced.clear()
        self._is_ready.clear()

    def _replace(self, owner: type, name: str, ours: Callable[..., Any]) -> None:
        original = getattr(owner, name)
        self._replaced.append((owner, name, original))
        setattr(owner, name, lambda model, *args, **kwargs: ours(original, model, *args, **kwargs))

    # -- SNS ----------------------------------------------------------------------------------------

    def _publish(self, original: Any, subscription: Any, message: str, message_id: str, **more: Any) -> None:
        topic_arn, endpoint = subscription.topic.arn, subscription.endpoint
        if subscription.protocol == "sqs" and not _admits(endpoint, "sns.amazonaws.com", topic_arn):
            return
        if subscription.protocol != "lambda":
            original(subscription, message, message_id, **more)
            return
        attributes = more.get("message_attributes")
        matcher = subscription._filter_policy_matcher
        if matcher is not None and not matcher.matches(attributes, message):
            return
        if more.get("message_structure") == "json":
            message = subscription._parse_message_structure(message, "lambda")
        # The Lambda guide's page "Invoking Lambda functions with Amazon SNS notifications".
        shown = self._notification(subscription, message, message_id)
        shown["Subject"] = more.get("subject")
        shown["SigningCertUrl"] = shown.pop("SigningCertURL")
        shown["UnsubscribeUrl"] = shown.pop("UnsubscribeURL")
        shown["MessageAttributes"] = attributes or {}
        record = {
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription.arn,
            "Sns": shown,
        }
        self._invoke(endpoint, {"Records": [record]})

    def _post_data(
        self,
        original: Any,
        subscription: Any,
        message: str,
        message_id: str,
        subject: str | None,
        message_attributes: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return what a queue gets. moto signs it with a key of its own: no two runs would be equal."""
        shown = self._notification(subscription, message, message_id)
        if subject:
            shown["Subject"] = subject
        if message_attributes:
            shown["MessageAttributes"] = message_attributes
        return shown

    def _notification(self, subscription: Any, message: str, message_id: str) -> dict[str, Any]:
        """Return a notification; its signature is a placeholder, with which nothing can be verified."""
        topic_arn = subscription.topic.arn
        host = f"https://sns.{topic_arn.split(':')[3]}.amazonaws.com"
        return {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": topic_arn,
            "Message": message,
            "Timestamp": iso_text(self._clock.time()),
            "SignatureVersion": "1",
            "Signature": "EXAMPLE",
            "SigningCertURL": f"{host}/SimpleNotificationService-EXAMPLE.pem",
            "UnsubscribeURL": f"{host}/?Action=Unsubscribe&SubscriptionArn={subscription.arn}",
        }

    # -- EventBridge --------------------------------------------------------------------------------

    def _send_to_targets(self, original: Any, rule: Any, event: Any, transform_input: bool = True) -> None:
        if rule.state == "DISABLED":  # moto does not look at it
            return
        targets = rule.targets
        for target in targets:
            kind = _kind(target)
            if kind not in (*_OF_MOTO, "lambda"):
                raise LabError(
                    f"the lab does not deliver events of a rule to {target['Arn']}: it emulates functions, "
                    "SQS queues, log groups and event buses as targets"
                )
        if rule.event_pattern.matches_event(event):
            for target in targets:
                if _kind(target) == "lambda":
                    self._invoke(target["Arn"], _input(target, _shown(event), transform_input))
        rule.targets = [
            target
            for target in targets
            if _kind(target) in _OF_MOTO and (_kind(target) != "sqs" or _is_admitted(target, rule.arn))
        ]
        try:
            original(rule, event, transform_input)
        finally:
            rule.targets = targets


def _kind(target: dict[str, Any]) -> str:
    return str(target["Arn"].split(":")[2])


def _shown(event: Any) -> dict[str, Any]:
    """Return an event as targets get it: the time as text, and nothing of moto's own."""
    shown = {name: value for name, value in event.items() if name not in ("ingestion-time", "archive-arn")}
    time = shown["time"]
    if not isinstance(time, str):
        moment = time.timestamp() if isinstance(time, datetime) else float(time)
        shown["time"] = iso_text(moment, "seconds")
    return shown


def _input(target: dict[str, Any], event: dict[str, Any], transform: bool) -> Any:
    if not transform:
        return event
    if "Input" in target:
        return json.loads(target["Input"])
    if "InputPath" in target:
        return _at(event, target["InputPath"])
    if "InputTransformer" in target:
        from moto.events.utils import EventTemplateParser

        transformer = target["InputTransformer"]
        return EventTemplateParser.parse(
            transformer["InputTemplate"],
            transformer.get("InputPathsMap", {}),
            {**event, "ingestion-time": event["time"]},  # type: ignore[typeddict-item]
        )
    return event


def _at(event: Any, path: str) -> Any:
    if not path.startswith("$"):
        raise LabError(f"InputPath {path!r}: the lab reads paths such as $.detail.order_id")
    for name in path.removeprefix("$").removeprefix(".").split("."):
        if name:
            event = event.get(name) if isinstance(event, dict) else None
    return event


def _is_admitted(target: dict[str, Any], rule_arn: str) -> bool:
    # A rule may send by right of a role, too. What that role may do is not known here: it is trusted.
    return "RoleArn" in target or _admits(target["Arn"], "events.amazonaws.com", rule_arn)


def _admits(queue_arn: str, service: str, source_arn: str) -> bool:
    """Whether a queue takes messages of a service: its own policy must say so (D60)."""
    from moto.sqs.models import sqs_backends

    region, account, name = queue_arn.split(":")[3:6]
    queue = sqs_backends[account][region].queues.get(name)
    if queue is None or not queue.policy:
        return False
    context = {
        "aws:sourcearn": source_arn,
        "aws:sourceaccount": source_arn.split(":")[4],
        "aws:securetransport": "true",
    }
    return Policy.of_resource(queue.policy).decide("sqs:SendMessage", queue_arn, service, context) == "allow"
