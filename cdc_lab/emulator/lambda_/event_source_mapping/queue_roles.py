"""What a mapping of a queue needs of its surroundings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import simpy

from cdc_lab.emulator.lambda_.event_source_mapping.queue_parameters import QueueParameters
from cdc_lab.emulator.lambda_.event_source_mapping.roles import PollerService


class QueueMessage(Protocol):
    """One message, as one ReceiveMessage gave it. Times are epoch seconds."""

    @property
    def message_id(self) -> str:
        """``messageId``, the identifier of partial batch responses."""

    @property
    def receipt_handle(self) -> str:
        """What it is deleted by."""

    @property
    def receive_count(self) -> int:
        """``ApproximateReceiveCount``."""

    @property
    def sent(self) -> float:
        """When it was sent."""

    @property
    def visible_again(self) -> float:
        """When others may receive it, if it is not deleted until then."""

    def event_size(self) -> int:
        """Return how many bytes it takes in an event."""

    def to_event(self) -> dict[str, Any]:
        """Return the record of a Lambda event."""


Messages = Sequence[QueueMessage]


class ReadableQueue(Protocol):
    """A queue, wherever it lies."""

    @property
    def arn(self) -> str:
        """Its ARN."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def is_fifo(self) -> bool:
        """Whether it keeps the order of each message group."""

    @property
    def visibility_timeout(self) -> int:
        """How many seconds a received message is hidden from others."""

    def receive(self, limit: int) -> Messages:
        """Take messages, which become invisible; those received too often go to the dead-letter queue."""

    def delete(self, receipt_handles: Sequence[str]) -> None:
        """Delete messages that were received; one that is gone already is no error."""

    def is_empty(self) -> bool:
        """Return whether it holds no message: none visible, delayed or invisible."""

    def due_at(self) -> float | None:
        """Return when the next delayed or invisible message can be received; None where there is none."""

    def wait(self) -> simpy.Event:
        """Return an event that succeeds when something about the queue has changed."""

    def wake(self) -> None:
        """Wake those who wait."""


class Queues(Protocol):
    """The queues that mappings read."""

    def get(self, arn: str) -> ReadableQueue | None:
        """Return the queue of that ARN; None where there is none."""


class PolledQueueMapping(Protocol):
    """What the poller of a queue needs of its mapping."""

    @property
    def service(self) -> PollerService:
        """The Lambda service."""

    @property
    def uuid(self) -> str:
        """Its id."""

    @property
    def function_name(self) -> str:
        """The function that it invokes."""

    @property
    def function_arn(self) -> str:
        """The function's ARN, with the version or alias that it invokes."""

    @property
    def parameters(self) -> QueueParameters:
        """The parameters in force now."""

    def next_batch(self) -> int:
        """Return the number of a new batch."""
