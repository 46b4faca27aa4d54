"""A mapping of an SQS queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdc_lab.emulator.lambda_.event_source_mapping.lifecycle import EventSourceMapping
from cdc_lab.emulator.lambda_.event_source_mapping.queue_parameters import QueueParameters, updated
from cdc_lab.emulator.lambda_.event_source_mapping.queue_poller import QueuePoller
from cdc_lab.emulator.lambda_.event_source_mapping.queue_roles import ReadableQueue
from cdc_lab.emulator.lambda_.event_source_mapping.roles import PollerService


class QueueMapping(EventSourceMapping[QueueParameters]):
    """A mapping between one queue and one function."""

    transition_reason = "USER_INITIATED"
    rights = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")

    def __init__(
        self,
        service: PollerService,
        queue: ReadableQueue,
        *,
        uuid: str,
        arn: str,
        function_name: str,
        function_arn: str,
        parameters: QueueParameters,
        enabled: bool,
    ) -> None:
        self.queue = queue
        self._poller: QueuePoller | None = None
        super().__init__(
            service,
            uuid=uuid,
            arn=arn,
            source_arn=queue.arn,
            function_name=function_name,
            function_arn=function_arn,
            parameters=parameters,
            enabled=enabled,
        )

    def changed(self, params: Mapping[str, Any]) -> QueueParameters:
        """Return the parameters after an UpdateEventSourceMapping."""
        return updated(self.parameters, params, self.queue.is_fifo)

    def _restarts(self, old: QueueParameters, new: QueueParameters) -> bool:
        return False  # the poller looks at the parameters for each batch

    def _enable(self) -> None:
        self.is_enabled = True
        self._poller = QueuePoller(self, self.queue)

    def _disable(self) -> None:
        self.is_enabled = False
        if self._poller is not None:
            self._poller.stop()
            self._stopping.append(self._poller.process)
            self._poller = None

    @property
    def is_drained(self) -> bool:
        """Whether the queue holds nothing more for the function."""
        return self._poller is None or self._poller.is_drained
