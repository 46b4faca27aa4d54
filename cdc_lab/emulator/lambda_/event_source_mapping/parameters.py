"""The parameters of an event source mapping: defaults, ranges, refusals, and how they are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cdc_lab.emulator.lambda_.event_source_mapping.filters import InvalidPattern, compile_patterns
from cdc_lab.emulator.lambda_.validation import check_model, invalid
from cdc_lab.emulator.regions import is_region

Passes = Callable[[dict[str, Any]], bool]
"""Tells whether a record of an event passes the filters."""

_YOUNGEST_AGE = 60  # seconds; values between -1 and 60 are refused (C1)
_MOST_FILTERS = 5  # C1
OF_OTHER_SOURCES = {
    "LoggingConfig": "Apache Kafka",
    "Queues": "Amazon MQ",
    "Topics": "Apache Kafka",
    "SelfManagedEventSource": "self-managed Apache Kafka",
    "SelfManagedKafkaEventSourceConfig": "self-managed Apache Kafka",
    "AmazonManagedKafkaEventSourceConfig": "Amazon MSK",
    "SourceAccessConfigurations": "Apache Kafka and Amazon MQ",
    "DocumentDBEventSourceConfig": "Amazon DocumentDB",
}
"""Parameters of sources that are neither streams of DynamoDB nor queues, and whose they are."""
_NOT_FOR_DYNAMODB = {
    "ScalingConfig": "Amazon SQS",
    "ProvisionedPollerConfig": "Amazon SQS and Apache Kafka",
    **OF_OTHER_SOURCES,
    "StartingPositionTimestamp": "Amazon Kinesis and Apache Kafka",
}


@dataclass(frozen=True, kw_only=True)
class SharedParameters:
    """What mappings of streams and of queues have in common.

    Attributes
    ----------
    window : int
        Seconds for which a batch may be gathered.
    passes : callable or None
        Tells whether a record of an event passes the filters; None where there are none.
    """

    batch_size: int
    window: int = 0
    response_types: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    metrics: tuple[str, ...] | None = None
    kms_key: str = ""
    passes: Passes | None = field(default=None, compare=False, repr=False)

    @property
    def reports_items(self) -> bool:
        """Whether partial batch responses are honoured (C23)."""
        return "ReportBatchItemFailures" in self.response_types

    def describe_options(self) -> dict[str, Any]:
        """Return the parameters that AWS's responses show only where they were given."""
        described: dict[str, Any] = {}
        if self.filters:
            described["FilterCriteria"] = {"Filters": [{"Pattern": pattern} for pattern in self.filters]}
        if self.metrics is not None:
            described["MetricsConfig"] = {"Metrics": list(self.metrics)}
        if self.kms_key:
            described["KMSKeyArn"] = self.kms_key
        return described


@dataclass(frozen=True, kw_only=True)
class Parameters(SharedParameters):
    """What a mapping of a stream was told, with AWS's defaults for the rest (C1).

    Durations are in seconds; -1 stands for "no limit".
    """

    batch_size: int = 100
    parallelization: int = 1
    max_retries: int = -1
    max_age: int = -1
    bisect: bool = False
    tumbling: int = 0
    destination: str = ""
    starting_position: str = "TRIM_HORIZON"

    def describe(self) -> dict[str, Any]:
        """Return the parameters as AWS's responses spell them."""
        return {
            "BatchSize": self.batch_size,
            "MaximumBatchingWindowInSeconds": self.window,
            "ParallelizationFactor": self.parallelization,
            "MaximumRetryAttempts": self.max_retries,
            "MaximumRecordAgeInSeconds": self.max_age,
            "BisectBatchOnFunctionError": self.bisect,
            "TumblingWindowInSeconds": self.tumbling,
            "DestinationConfig": {"OnFailure": {"Destination": self.destination} if self.destination else {}},
            "FunctionResponseTypes": list(self.response_types),
            "StartingPosition": self.starting_position,
            **self.describe_options(),
        }


_SHARED = {
    "BatchSize": "batch_size",
    "MaximumBatchingWindowInSeconds": "window",
    "KMSKeyArn": "kms_key",
}
_OF_STREAMS = {
    "ParallelizationFactor": "parallelization",
    "MaximumRetryAttempts": "max_retries",
    "MaximumRecordAgeInSeconds": "max_age",
    "BisectBatchOnFunctionError": "bisect",
    "TumblingWindowInSeconds": "tumbling",
}


def created(params: Mapping[str, Any]) -> Parameters:
    """The parameters of CreateEventSourceMapping.

    Raises
    ------
    ServiceError
        With AWS's code where the facts or the API reference give one (C1, C3, C55). The wording of
        refusals that the facts do not quote is ours.
    """
    position = params.get("StartingPosition")
    if position is None:
        raise invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
            "constraint: Member must not be null."
        )
    check_model("CreateEventSourceMapping", params)
    if position == "AT_TIMESTAMP":
        raise invalid("Unsupported starting position for the DynamoDB event source: AT_TIMESTAMP")
    return _applied(Parameters(starting_position=position), params)


def updated(old: Parameters, params: Mapping[str, Any]) -> Parameters:
    """The parameters after UpdateEventSourceMapping: what is not named stays."""
    check_model("UpdateEventSourceMapping", params)
    return _applied(old, params)


def _applied(base: Parameters, params: Mapping[str, Any]) -> Parameters:
    refuse_of_others(params, _NOT_FOR_DYNAMODB)
    changes = shared_changes(params)
    changes |= {ours: params[theirs] for theirs, ours in _OF_STREAMS.items() if theirs in params}
    if "DestinationConfig" in params:
        changes["destination"] = _destination(params["DestinationConfig"])
    new = replace(base, **changes)
    if -1 < new.max_age < _YOUNGEST_AGE:
        raise invalid(
            f"Maximum record age in seconds {new.max_age} is invalid: use -1, or {_YOUNGEST_AGE} to 604800."
        )
    if new.tumbling and new.parallelization > 1:
        # Not stated by AWS's pages (C62); the state of a window is kept per shard, so we refuse.
        raise invalid("Tumbling windows and a ParallelizationFactor above 1 cannot be used together.")
    return new


def refuse_of_others(params: Mapping[str, Any], sources: Mapping[str, str]) -> None:
    """Refuse parameters that other event sources have.

    Parameters
    ----------
    params : mapping
        Of the call.
    sources : mapping of str to str
        The parameters of others, and whose they are.
    """
    for name, source in sources.items():
        if params.get(name):
            raise invalid(f"{name} is only available for {source} event sources.")


def shared_changes(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `SharedParameters` that a call names, with their new values."""
    changes: dict[str, Any] = {ours: params[theirs] for theirs, ours in _SHARED.items() if theirs in params}
    if "FunctionResponseTypes" in params:
        changes["response_types"] = tuple(params["FunctionResponseTypes"])
    if "MetricsConfig" in params:
        changes["metrics"] = _metrics(params["MetricsConfig"])
    if "FilterCriteria" in params:
        changes["filters"], changes["passes"] = _filters(params["FilterCriteria"])
    return changes


def _metrics(config: Mapping[str, Any]) -> tuple[str, ...]:
    metrics = tuple(config.get("Metrics", ()))
    for name in metrics:
        if name != "EventCount":
            raise invalid(f"Metric {name} is not available for this event source: use EventCount.")
    return metrics


def _destination(config: Mapping[str, Any]) -> str:
    if config.get("OnSuccess", {}).get("Destination"):
        raise invalid("OnSuccess destinations are not supported for event source mappings.")
    arn: str = config.get("OnFailure", {}).get("Destination", "")
    if not arn:
        return ""
    service = arn.split(":")[2] if arn.count(":") >= 5 else arn
    if service not in ("sqs", "sns", "s3"):
        raise invalid(
            f"The destination ARN {arn} is not supported: use a standard SQS queue, SNS topic, or S3 bucket."
        )
    region = arn.split(":")[3]
    if region and not is_region(region):  # a bucket's ARN has none
        raise invalid(f"The destination ARN {arn} names no region of AWS: {region}.")
    if arn.endswith(".fifo"):
        raise invalid(f"The destination ARN {arn} is a FIFO resource, which is not supported.")  # C45
    return arn


def _filters(criteria: Mapping[str, Any]) -> tuple[tuple[str, ...], Passes | None]:
    patterns = tuple(entry.get("Pattern", "") for entry in criteria.get("Filters", ()))
    if not patterns:
        return (), None  # C56
    if len(patterns) > _MOST_FILTERS:
        raise invalid(
            f"An event source mapping takes at most {_MOST_FILTERS} filters; {len(patterns)} were given."
        )
    try:
        return patterns, compile_patterns(patterns)
    except InvalidPattern:
        raise invalid("Invalid filter pattern definition.") from None  # C55
