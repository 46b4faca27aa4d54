"""The parameters of a mapping of an SQS queue: defaults, ranges, refusals, and how they are shown.

Sources: the API reference of CreateEventSourceMapping, and the Lambda guide's pages "Lambda parameters for
Amazon SQS event source mappings" and "Configuring scaling behavior for SQS event source mappings".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cdc_lab.emulator.lambda_.event_source_mapping.parameters import (
    OF_OTHER_SOURCES,
    SharedParameters,
    refuse_of_others,
    shared_changes,
)
from cdc_lab.emulator.lambda_.validation import check_model, invalid

_LARGEST_WITHOUT_WINDOW = 10
_NOT_FOR_QUEUES = {
    "StartingPosition": "streams and Apache Kafka",
    "StartingPositionTimestamp": "Amazon Kinesis and Apache Kafka",
    "ParallelizationFactor": "streams",
    "MaximumRetryAttempts": "streams and Apache Kafka",
    "MaximumRecordAgeInSeconds": "streams and Apache Kafka",
    "BisectBatchOnFunctionError": "streams and Apache Kafka",
    "TumblingWindowInSeconds": "streams",
    "DestinationConfig": "streams and Apache Kafka",
    **OF_OTHER_SOURCES,
}


@dataclass(frozen=True, kw_only=True)
class QueueParameters(SharedParameters):
    """What a mapping of a queue was told, with AWS's defaults for the rest.

    Attributes
    ----------
    concurrency : int or None
        ``ScalingConfig.MaximumConcurrency``.
    """

    batch_size: int = 10
    concurrency: int | None = None

    def describe(self) -> dict[str, Any]:
        """Return the parameters as AWS's responses spell them."""
        described: dict[str, Any] = {
            "BatchSize": self.batch_size,
            "MaximumBatchingWindowInSeconds": self.window,
            "FunctionResponseTypes": list(self.response_types),
            **self.describe_options(),
        }
        if self.concurrency is not None:
            described["ScalingConfig"] = {"MaximumConcurrency": self.concurrency}
        return described


def created(params: Mapping[str, Any], is_fifo: bool) -> QueueParameters:
    """Return the parameters of CreateEventSourceMapping.

    Raises
    ------
    ServiceError
        The wording of refusals is AWS's for a batch without a window, and ours for the others.
    """
    check_model("CreateEventSourceMapping", params)
    return _applied(QueueParameters(), params, is_fifo)


def updated(old: QueueParameters, params: Mapping[str, Any], is_fifo: bool) -> QueueParameters:
    """Return the parameters after UpdateEventSourceMapping: what is not named stays."""
    check_model("UpdateEventSourceMapping", params)
    return _applied(old, params, is_fifo)


def _applied(base: QueueParameters, params: Mapping[str, Any], is_fifo: bool) -> QueueParameters:
    refuse_of_others(params, _NOT_FOR_QUEUES)
    if params.get("ProvisionedPollerConfig"):
        raise invalid(
            "ProvisionedPollerConfig is not emulated: leave it out, or use ScalingConfig.MaximumConcurrency."
        )
    changes = shared_changes(params)
    if "ScalingConfig" in params:
        changes["concurrency"] = params["ScalingConfig"].get("MaximumConcurrency")
    new = replace(base, **changes)
    if is_fifo and new.window:
        raise invalid("Batching window is not supported for FIFO queues.")
    if is_fifo and new.batch_size > _LARGEST_WITHOUT_WINDOW:
        raise invalid(f"BatchSize {new.batch_size} is too large for a FIFO queue: 10 is the maximum.")
    if new.batch_size > _LARGEST_WITHOUT_WINDOW and not new.window:
        raise invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )
    return new
