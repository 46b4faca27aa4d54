"""moto's SQS queues, as Lambda reads them: in lab time, by SQS's rules."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import simpy

from cdc_lab.clock import Clock
from cdc_lab.emulator.signal import Signal

# moto shows a message when this moment has passed, not when it is reached.
_MILLISECOND = 0.001
_LONGEST_POLL = 20  # seconds; SQS refuses more

PassTime = Callable[[float, simpy.Event], bool]
"""Lets seconds of lab time pass for whoever makes a call, fewer when the event comes first.

Returns whether time can pass there."""


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """One message, as one ReceiveMessage gave it. Times are epoch seconds."""

    message_id: str
    receipt_handle: str
    body: str
    body_md5: str
    attributes: dict[str, str]
    message_attributes: dict[str, Any]
    attributes_md5: str
    queue_arn: str
    sent: float
    visible_again: float

    @property
    def receive_count(self) -> int:
        """``ApproximateReceiveCount``."""
        return int(self.attributes["ApproximateReceiveCount"])

    def event_size(self) -> int:
        """Return how many bytes it takes in an event, nearly."""
        return len(self.body.encode()) + sum(len(str(part)) for part in self.message_attributes.items())

    def to_event(self) -> dict[str, Any]:
        """Return the record of a Lambda event (the Lambda guide's page "Using Lambda with Amazon SQS")."""
        record: dict[str, Any] = {
            "messageId": self.message_id,
            "receiptHandle": self.receipt_handle,
            "body": self.body,
            "attributes": dict(self.attributes),
            "messageAttributes": {
                name: _attribute_of_event(value) for name, value in self.message_attributes.items()
            },
            "md5OfBody": self.body_md5,
            "eventSource": "aws:sqs",
            "eventSourceARN": self.queue_arn,
            "awsRegion": self.queue_arn.split(":")[3],
        }
        if self.message_attributes:
            record["md5OfMessageAttributes"] = self.attributes_md5
        return record


def _attribute_of_event(value: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if "StringValue" in value:
        shown["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        binary = value["BinaryValue"]
        shown["binaryValue"] = base64.b64encode(binary).decode() if isinstance(binary, bytes) else binary
    return {**shown, "stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}


class Queues:
    """The queues of the account, for those who wait for messages.

    Parameters
    ----------
    clock : Clock
    account_id : str
    """

    def __init__(self, clock: Clock, account_id: str) -> None:
        self._clock = clock
        self._account_id = account_id
        self._watched: dict[str, WatchedQueue] = {}

    def get(self, arn: str) -> WatchedQueue | None:
        """Return the queue of that ARN; None where there is none."""
        queue = self._watched.get(arn) or WatchedQueue(arn, self._clock, self.notice)
        if not queue.exists():
            return None
        return self._watched.setdefault(arn, queue)

    def long_poll(
        self,
        params: Mapping[str, Any],
        region: str,
        receive: Callable[[dict[str, Any]], Any],
        pass_time: PassTime,
    ) -> Any:
        """Answer a ReceiveMessage that may wait for a message: moto itself would wait for real time to pass.

        Parameters
        ----------
        params : mapping
            Of the call; WaitTimeSeconds is the queue's where it is missing.
        region : str
            Of the queue.
        receive : callable
            Makes the call with other parameters.
        pass_time : PassTime
            Where it cannot let time pass, the call does not wait.
        """
        queue = self._of_url(params.get("QueueUrl"), region)
        if queue is None:
            return receive(dict(params))
        seconds = params.get("WaitTimeSeconds", queue.wait_seconds)
        if not isinstance(seconds, int) or not 0 < seconds <= _LONGEST_POLL:
            queue.settle()
            return receive(dict(params))
        until = self._clock.time() + seconds
        while True:
            queue.settle()
            answer = receive({**params, "WaitTimeSeconds": 0})
            if answer.get("Messages") or not self._has_changed(queue, until, pass_time):
                return answer

    def _has_changed(self, queue: WatchedQueue, until: float, pass_time: PassTime) -> bool:
        """Let time pass until the queue may give a message that it did not give; False if it never does."""
        due, state = queue.due_at(), queue.state()
        while queue.state() == state:  # a poll that found nothing wakes all others, too
            now = self._clock.time()
            if due is not None and now >= due:
                return True
            end = until if due is None else min(due, until)
            if now >= until - _MILLISECOND or not pass_time(end - now, queue.wait()):
                return False
        return True

    def _of_url(self, url: object, region: str) -> WatchedQueue | None:
        # moto looks at the name alone.
        name = url.rstrip("/").rsplit("/", 1)[-1] if isinstance(url, str) else ""
        return self.get(f"arn:aws:sqs:{region}:{self._account_id}:{name}")

    def notice(self) -> None:
        """Wake those who wait for a queue that has changed since the last time."""
        for queue in self._watched.values():
            queue.notice()


class WatchedQueue:
    """One queue of moto's.

    Parameters
    ----------
    arn : str
    clock : Clock
    moved : callable
        Called when messages have moved to a dead-letter queue.
    """

    def __init__(self, arn: str, clock: Clock, moved: Callable[[], None]) -> None:
        self.arn = arn
        self.name = arn.rsplit(":", 1)[-1]
        self._region, self._account = arn.split(":")[3:5]
        self._clock = clock
        self._moved = moved
        self._news = Signal(clock.env)
        self._was_empty = True

    def __repr__(self) -> str:
        return f"<WatchedQueue {self.name}>"

    def _backend(self) -> Any:
        from moto.sqs.models import sqs_backends  # late: only a lab with a mapped queue needs it

        return sqs_backends[self._account][self._region]

    @property
    def _model(self) -> Any:
        return self._backend().queues.get(self.name)

    def exists(self) -> bool:
        """Return whether the queue exists (still)."""
        return self._model is not None

    @property
    def is_fifo(self) -> bool:
        """Whether it keeps the order of each message group."""
        return self.name.endswith(".fifo")

    @property
    def visibility_timeout(self) -> int:
        """How many seconds a received message is hidden from others."""
        return int(self._model.visibility_timeout)

    @property
    def wait_seconds(self) -> int:
        """How long a ReceiveMessage waits that does not say."""
        return int(self._model.receive_message_wait_time_seconds)

    def _messages(self) -> list[Any]:
        model = self._model
        return [] if model is None else model._messages

    # -- reading ------------------------------------------------------------------------------------

    def receive(self, limit: int) -> Sequence[ReceivedMessage]:
        """Take messages, which become invisible; those received too often go to the dead-letter queue."""
        model = self._model
        if model is None or limit <= 0:
            return []
        dead_letters = model.dead_letter_queue
        before = len(dead_letters._messages) if dead_letters is not None else 0
        self.settle()
        with self._clock.as_process_time():
            found = self._backend().receive_message(self.name, limit, 0, model.visibility_timeout, ["All"])
        if dead_letters is not None and len(dead_letters._messages) != before:
            self._moved()
        return [self._received(message) for message in found]

    def settle(self) -> None:
        """Let happen what is due before messages are received, and what moto does not do.

        moto keeps messages beyond their retention period. It also frees a message group message by message,
        so that of several that are visible again the last would come first.
        """
        model = self._model
        if model is None:
            return
        now = self._clock.time() * 1000
        oldest = now - model.message_retention_period * 1000
        model._messages = [message for message in model._messages if message.sent_timestamp > oldest]
        model._pending_messages = {one for one in model._pending_messages if one.visible_at >= now}

    def _received(self, message: Any) -> ReceivedMessage:
        attributes = {
            "ApproximateReceiveCount": str(message.approximate_receive_count),
            "SentTimestamp": str(message.sent_timestamp),
            "SenderId": str(message.sender_id),
            "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
        }
        if message.group_id is not None:
            attributes["MessageGroupId"] = message.group_id
        if self.is_fifo:
            if message.deduplication_id is not None:
                attributes["MessageDeduplicationId"] = message.deduplication_id
            if message.sequence_number is not None:
                attributes["SequenceNumber"] = message.sequence_number
        for name, value in message.system_attributes.items():
            attributes[name] = value["StringValue"]
        return ReceivedMessage(
            message_id=message.id,
            receipt_handle=message.receipt_handle,
            body=message.body,
            body_md5=message.body_md5,
            attributes=attributes,
            message_attributes=message.message_attributes,
            attributes_md5=message.attribute_md5 if message.message_attributes else "",
            queue_arn=self.arn,
            sent=message.sent_timestamp / 1000,
            visible_again=max(message.visible_at / 1000, self._clock.time()),
        )

    def delete(self, receipt_handles: Sequence[str]) -> None:
        """Delete messages that were received; one that is gone already is no error."""
        from moto.sqs.exceptions import ReceiptHandleIsInvalid

        model = self._model
        if model is None:
            return
        for receipt_handle in receipt_handles:
            with suppress(ReceiptHandleIsInvalid):
                model.delete_message(receipt_handle)

    # -- waiting ------------------------------------------------------------------------------------

    def is_empty(self) -> bool:
        """Return whether it holds no message: none visible, delayed or invisible."""
        return not self._messages()

    def state(self) -> list[tuple[str, float, float]]:
        """Return which messages it holds, and when each was or will be visible."""
        return [(message.id, message.visible_at, message.delayed_until) for message in self._messages()]

    def due_at(self) -> float | None:
        """Return when the next delayed or invisible message can be received; None where there is none."""
        now = self._clock.time() * 1000
        hidden = [max(message.visible_at, message.delayed_until) for message in self._messages()]
        return min((moment / 1000 + _MILLISECOND for moment in hidden if moment >= now), default=None)

    def wait(self) -> simpy.Event:
        """Return an event that succeeds when something about the queue has changed."""
        return self._news.wait()

    def wake(self) -> None:
        """Wake those who wait."""
        self._news.send()

    def notice(self) -> None:
        """Wake those who wait, if the queue holds messages or held some before."""
        is_empty = self.is_empty()
        if not (is_empty and self._was_empty):
            self.wake()
        self._was_empty = is_empty
