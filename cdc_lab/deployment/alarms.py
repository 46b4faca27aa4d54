"""Alarms and a dashboard: what tells that a function behind a stream falls behind, fails or loses records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cdc_lab.deployment.functions import mapping_id, opts_in
from cdc_lab.deployment.names import Names, att, ref, sub
from cdc_lab.deployment.observed import RanFunction, World
from cdc_lab.deployment.resources import Resource, failure_queues

TOPIC = "Alarms"
OUTPUT = "AlarmsArn"
"""What the deployment calls the topic's ARN as it prints it."""

AGE = "MaximumIteratorAge"
"""The parameter that says from which age of records an alarm is raised."""

PARAMETERS = {
    AGE: {
        "Type": "Number",
        "Default": 600000,
        "MinValue": 1000,
        "MaxValue": 86400000,
        "Description": "Milliseconds that records may wait before an alarm; a stream keeps them 24 hours",
    }
}


Chosen = Mapping[str, Sequence[Mapping[str, Any]]]
"""By function, alarms of the user's own: parameters of PutMetricAlarm without names and dimensions."""


def alarms(world: World, names: Names, chosen: Chosen | None = None) -> Iterator[Resource]:
    """Return the alarms, and the topic that they tell.

    Parameters
    ----------
    world : World
    names : Names
    chosen : Chosen, optional
        In the place of those that this module knows.
    """
    yield Resource(
        TOPIC,
        {"Type": "AWS::SNS::Topic", "Properties": {}},
        "Subscribe to it: an e-mail address, or the tool that wakes people.",
    )
    if chosen is not None:
        for one in world.functions:
            yield from _chosen(world, names, one, chosen.get(one.name, ()))
        return
    for one in world.functions:
        yield from _of_function(names, one)
    for name in sorted(failure_queues(world)):
        yield _alarm(
            names,
            f"{names.queues[name]} depth",
            "Something was given up and waits for you: redrive it before the stream forgets, in 24 hours.",
            metric=("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum"),
            dimension=("QueueName", att(names.queues[name], "QueueName")),
        )


def _of_function(names: Names, one: RanFunction) -> Iterator[Resource]:
    logical_id = names.functions[one.name]
    function = ("FunctionName", ref(logical_id))

    def alarm(what: str, why: str, metric: str, statistic: str = "Sum", **more: Any) -> Resource:
        return _alarm(
            names,
            f"{logical_id} {what}",
            why,
            metric=("AWS/Lambda", metric, statistic),
            dimension=function,
            **more,
        )

    if any(source.is_stream for source in one.sources):
        yield alarm(
            "age",
            "Records wait too long. The maximum, for the average hides the one shard that is blocked.",
            "IteratorAge",
            "Maximum",
            above=ref(AGE),
            # One minute is enough: the threshold is minutes already, and there is no age in a minute in
            # which no batch is sent (D1), so that a slow function would never have five in a row.
        )
    yield alarm("errors", "Invocations fail. With partial batch responses this stays 0.", "Errors")
    yield alarm("throttles", "The function has no concurrency left.", "Throttles", minutes=5)
    if one.destinations:
        yield alarm(
            "lost",
            "A destination did not take what was given up: it is lost.",
            "DestinationDeliveryFailures",
        )
    for source in one.sources:
        if not opts_in(source):
            continue
        mapping = mapping_id(names, one, source)
        for what, metric, why in _OF_MAPPINGS:
            yield _alarm(
                names,
                f"{mapping} {what}",
                why,
                metric=("AWS/Lambda", metric, "Sum"),
                dimension=("EventSourceMappingUUID", ref(mapping)),
            )


_OF_MAPPINGS = (
    ("failed", "FailedInvokeEventCount", "Records failed. It counts those of partial batch responses, too."),
    ("dropped", "DroppedEventCount", "Records were given up, and no destination has them."),
)


_OF_QUEUES = ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage", "NumberOfMessagesSent")


def _chosen(
    world: World, names: Names, one: RanFunction, given: Sequence[Mapping[str, Any]]
) -> Iterator[Resource]:
    """Give a function's own alarms, each with the dimension that its metric has."""
    mapping = next((mapping_id(names, one, source) for source in one.sources), "")
    queue = next((names.queues[name] for name in sorted(failure_queues(world))), "")
    for alarm in given:
        metric = str(alarm["MetricName"])
        if metric in _OF_QUEUES:
            if not queue:
                continue  # what was given up goes to no queue
            namespace, dimension = "AWS/SQS", ("QueueName", att(queue, "QueueName"))
        elif metric.endswith("EventCount"):
            namespace, dimension = "AWS/Lambda", ("EventSourceMappingUUID", ref(mapping))
        else:
            namespace, dimension = "AWS/Lambda", ("FunctionName", ref(names.functions[one.name]))
        body = {**_USUAL, **alarm, "Namespace": namespace, "AlarmActions": [ref(TOPIC)]}
        body["Dimensions"] = [{"Name": dimension[0], "Value": dimension[1]}]
        name = f"{names.functions[one.name]} {metric} {alarm['Statistic']}"
        yield Resource(names.new_id(name, "Alarm"), {"Type": "AWS::CloudWatch::Alarm", "Properties": body})


_USUAL: Mapping[str, Any] = {
    "Period": 60,
    "EvaluationPeriods": 1,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}


def _alarm(
    names: Names,
    what: str,
    why: str,
    *,
    metric: tuple[str, str, str],
    dimension: tuple[str, Any],
    above: Any = 0,
    minutes: int = 1,
) -> Resource:
    namespace, name, statistic = metric
    return Resource(
        names.new_id(what, "Alarm"),
        {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                **_USUAL,
                "AlarmDescription": why,
                "Namespace": namespace,
                "MetricName": name,
                "Dimensions": [{"Name": dimension[0], "Value": dimension[1]}],
                "Statistic": statistic,
                "EvaluationPeriods": minutes,
                "Threshold": above,
                "AlarmActions": [ref(TOPIC)],
            },
        },
    )


# ---- the dashboard --------------------------------------------------------------------------------


def dashboard(world: World, names: Names) -> Resource:
    """Return one dashboard: a row for each function, one for queues, one for tables."""
    rows: list[list[dict[str, Any]]] = []
    for one in world.functions:
        logical_id = names.functions[one.name]
        function = ["FunctionName", f"${{{logical_id}}}"]
        rows.append(
            [
                _graph(f"{one.name}: age of records", "Maximum", [["AWS/Lambda", "IteratorAge", *function]]),
                _graph(
                    f"{one.name}: invocations",
                    "Sum",
                    [["AWS/Lambda", name, *function] for name in ("Invocations", "Errors", "Throttles")],
                ),
                _graph(f"{one.name}: duration", "p99", [["AWS/Lambda", "Duration", *function]]),
            ]
        )
        counted = [source for source in one.sources if opts_in(source)]
        for source in counted:
            mapping = ["EventSourceMappingUUID", f"${{{mapping_id(names, one, source)}}}"]
            counts = ("PolledEventCount", "InvokedEventCount", "FailedInvokeEventCount", "DroppedEventCount")
            rows[-1].append(
                _graph(f"{one.name}: records", "Sum", [["AWS/Lambda", name, *mapping] for name in counts])
            )
    if names.queues:
        depth = [
            ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", f"${{{queue}.QueueName}}"]
            for queue in names.queues.values()
        ]
        rows.append([_graph("Messages that wait", "Maximum", depth)])
    if names.tables:
        throttled = [
            ["AWS/DynamoDB", "WriteThrottleEvents", "TableName", f"${{{table}}}"]
            for table in names.tables.values()
        ]
        rows.append([_graph("Throttled writes", "Sum", throttled)])
    widgets = ",\n".join(json.dumps(widget) for row in _laid_out(rows) for widget in row)
    body = f'{{"widgets": [\n{widgets}\n]}}\n'
    return Resource(
        "Dashboard", {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": sub(body)}}
    )


def _graph(title: str, statistic: str, metrics: list[list[str]]) -> dict[str, Any]:
    return {
        "type": "metric",
        "height": 6,
        "properties": {
            "title": title,
            "region": "${AWS::Region}",
            "stat": statistic,
            "period": 60,
            "metrics": metrics,
        },
    }


def _laid_out(rows: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    """Place graphs on the dashboard's grid, which is 24 wide."""
    return [
        [
            {**graph, "width": 24 // len(row), "x": place * (24 // len(row)), "y": 6 * number}
            for place, graph in enumerate(row)
        ]
        for number, row in enumerate(rows)
    ]
