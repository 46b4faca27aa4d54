"""The parameters of an event source mapping: defaults, ranges, refusals, and how they are shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from cdc_lab.emulator.lambda_.event_source_mapping.filters import InvalidPattern, compile_patterns
from cdc_lab.errors import ServiceError

_YOUNGEST_AGE = 60  # seconds; values between -1 and 60 are refused (C1)
_MOST_FILTERS = 5  # C1
_NOT_FOR_DYNAMODB = {
    "ScalingConfig": "Amazon SQS",
    "ProvisionedPollerConfig": "Amazon SQS and Apache Kafka",
    "LoggingConfig": "Apache Kafka",
    "Queues": "Amazon MQ",
    "Topics": "Apache Kafka",
    "SelfManagedEventSource": "self-managed Apache Kafka",
    "SelfManagedKafkaEventSourceConfig": "self-managed Apache Kafka",
    "AmazonManagedKafkaEventSourceConfig": "Amazon MSK",
    "SourceAccessConfigurations": "Apache Kafka and Amazon MQ",
    "DocumentDBEventSourceConfig": "Amazon DocumentDB",
    "StartingPositionTimestamp": "Amazon Kinesis and Apache Kafka",
}


@dataclass(frozen=True)
class Parameters:
    """What a mapping was told, with AWS's defaults for the rest (C1).

    Durations are in seconds; -1 stands for "no limit".
    """

    batch_size: int = 100
    window: int = 0
    parallelization: int = 1
    max_retries: int = -1
    max_age: int = -1
    bisect: bool = False
    tumbling: int = 0
    destination: str = ""
    response_types: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    metrics: tuple[str, ...] | None = None
    kms_key: str = ""
    starting_position: str = "TRIM_HORIZON"
    passes: Callable[[dict[str, Any]], bool] | None = field(default=None, compare=False, repr=False)

    @property
    def reports_items(self) -> bool:
        """Whether partial batch responses are honoured (C23)."""
        return "ReportBatchItemFailures" in self.response_types

    def describe(self) -> dict[str, Any]:
        """The parameters as AWS's responses spell them."""
        described: dict[str, Any] = {
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
        }
        if self.filters:
            described["FilterCriteria"] = {"Filters": [{"Pattern": pattern} for pattern in self.filters]}
        if self.metrics is not None:
            described["MetricsConfig"] = {"Metrics": list(self.metrics)}
        if self.kms_key:
            described["KMSKeyArn"] = self.kms_key
        return described


_PLAIN = {
    "BatchSize": "batch_size",
    "MaximumBatchingWindowInSeconds": "window",
    "ParallelizationFactor": "parallelization",
    "MaximumRetryAttempts": "max_retries",
    "MaximumRecordAgeInSeconds": "max_age",
    "BisectBatchOnFunctionError": "bisect",
    "TumblingWindowInSeconds": "tumbling",
    "KMSKeyArn": "kms_key",
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
        raise _invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
            "constraint: Member must not be null."
        )
    _check_model("CreateEventSourceMapping", params)
    if position == "AT_TIMESTAMP":
        raise _invalid("Unsupported starting position for the DynamoDB event source: AT_TIMESTAMP")
    return _applied(Parameters(starting_position=position), params)


def updated(old: Parameters, params: Mapping[str, Any]) -> Parameters:
    """The parameters after UpdateEventSourceMapping: what is not named stays."""
    _check_model("UpdateEventSourceMapping", params)
    return _applied(old, params)


def _applied(base: Parameters, params: Mapping[str, Any]) -> Parameters:
    for name, source in _NOT_FOR_DYNAMODB.items():
        if params.get(name):
            raise _invalid(f"{name} is only available for {source} event sources.")
    changes: dict[str, Any] = {ours: params[theirs] for theirs, ours in _PLAIN.items() if theirs in params}
    if "FunctionResponseTypes" in params:
        changes["response_types"] = tuple(params["FunctionResponseTypes"])
    if "MetricsConfig" in params:
        changes["metrics"] = _metrics(params["MetricsConfig"])
    if "DestinationConfig" in params:
        changes["destination"] = _destination(params["DestinationConfig"])
    if "FilterCriteria" in params:
        changes["filters"], changes["passes"] = _filters(params["FilterCriteria"])
    new = replace(base, **changes)
    if -1 < new.max_age < _YOUNGEST_AGE:
        raise _invalid(
            f"Maximum record age in seconds {new.max_age} is invalid: use -1, or {_YOUNGEST_AGE} to 604800."
        )
    if new.tumbling and new.parallelization > 1:
        # Not stated by AWS's pages (C62); the state of a window is kept per shard, so we refuse.
        raise _invalid("Tumbling windows and a ParallelizationFactor above 1 cannot be used together.")
    return new


def _metrics(config: Mapping[str, Any]) -> tuple[str, ...]:
    metrics = tuple(config.get("Metrics", ()))
    for name in metrics:
        if name != "EventCount":
            raise _invalid(f"Metric {name} is not available for the DynamoDB event source: use EventCount.")
    return metrics


def _destination(config: Mapping[str, Any]) -> str:
    if config.get("OnSuccess", {}).get("Destination"):
        raise _invalid("OnSuccess destinations are not supported for event source mappings.")
    arn: str = config.get("OnFailure", {}).get("Destination", "")
    if not arn:
        return ""
    service = arn.split(":")[2] if arn.count(":") >= 5 else arn
    if service not in ("sqs", "sns", "s3"):
        raise _invalid(
            f"The destination ARN {arn} is not supported: use a standard SQS queue, SNS topic, or S3 bucket."
        )
    if arn.endswith(".fifo"):
        raise _invalid(f"The destination ARN {arn} is a FIFO resource, which is not supported.")  # C45
    return arn


def _filters(criteria: Mapping[str, Any]) -> tuple[tuple[str, ...], Any]:
    patterns = tuple(entry.get("Pattern", "") for entry in criteria.get("Filters", ()))
    if not patterns:
        return (), None  # C56
    if len(patterns) > _MOST_FILTERS:
        raise _invalid(
            f"An event source mapping takes at most {_MOST_FILTERS} filters; {len(patterns)} were given."
        )
    try:
        return patterns, compile_patterns(patterns)
    except InvalidPattern:
        raise _invalid("Invalid filter pattern definition.") from None  # C55


@cache
def _members(operation: str) -> dict[str, Any]:
    import botocore.session

    model = botocore.session.get_session().get_service_model("lambda").operation_model(operation)
    assert model.input_shape is not None
    return dict(model.input_shape.members)


def _check_model(operation: str, params: Mapping[str, Any]) -> None:
    # boto3 itself refuses wrong types and values below a minimum; the rest reaches the service.
    for name, value in params.items():
        shape = _members(operation).get(name)
        if shape is not None:
            _check_shape(name, value, shape)


def _check_shape(name: str, value: Any, shape: Any) -> None:
    rules = shape.metadata
    if shape.type_name == "integer" and not isinstance(value, bool):
        if "max" in rules and value > rules["max"]:
            raise _unsatisfied(name, value, f"Member must have value less than or equal to {rules['max']}")
        if "min" in rules and value < rules["min"]:
            raise _unsatisfied(name, value, f"Member must have value greater than or equal to {rules['min']}")
    elif shape.type_name == "string":
        choice = rules.get("enum")
        if choice and value not in choice:
            raise _unsatisfied(name, value, f"Member must satisfy enum value set: [{', '.join(choice)}]")
        if "max" in rules and len(value) > rules["max"]:
            raise _unsatisfied(name, value, f"Member must have length less than or equal to {rules['max']}")
        # The region in an ARN of DynamoDB Local is none of AWS's.
        known = value.replace(":dynamodb:ddblocal:", ":dynamodb:us-east-1:", 1)
        if "pattern" in rules and not re.fullmatch(rules["pattern"], known):
            raise _unsatisfied(
                name, value, f"Member must satisfy regular expression pattern: {rules['pattern']}"
            )
    elif shape.type_name == "list":
        if "max" in rules and len(value) > rules["max"]:
            raise _unsatisfied(name, value, f"Member must have length less than or equal to {rules['max']}")
        for entry in value:
            _check_shape(name, entry, shape.member)
    elif shape.type_name == "structure":
        for inner, entry in value.items():
            if inner in shape.members:
                _check_shape(inner, entry, shape.members[inner])


def _unsatisfied(name: str, value: Any, constraint: str) -> ServiceError:
    member = name[:1].lower() + name[1:]
    return ServiceError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{member}' "
        f"failed to satisfy constraint: {constraint}",
    )


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValueException", message, Type="User")
