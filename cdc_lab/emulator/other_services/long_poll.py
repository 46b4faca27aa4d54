"""ReceiveMessage that waits for messages (long polling): the wait is lab time.

moto waits in real time until its clock says that the time is over. Its clock is the lab's, which stands
still during a call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import simpy

from cdc_lab.clock import Clock
from cdc_lab.emulator.other_services.queues import Queues, WatchedQueue

T = TypeVar("T")

Pause = Callable[[float, simpy.Event], None]
"""Lets so many seconds of lab time pass, fewer when the event comes first."""

# Epoch seconds as floats are exact to a quarter of this.
_MICROSECOND = 1e-6


@dataclass(frozen=True, slots=True)
class _EmptyPoll:
    """A ReceiveMessage found nothing and has seconds left to wait."""

    queue: WatchedQueue
    seconds: float


class LongPoll:
    """Answers calls of SQS, as long as the lab is open.

    Parameters
    ----------
    clock : Clock
    queues : Queues
    pause : Pause
        Lets lab time pass for whoever makes the call.
    """

    def __init__(self, clock: Clock, queues: Queues, pause: Pause) -> None:
        self._clock = clock
        self._queues = queues
        self._pause = pause
        self._call = threading.local()
        self._original: Any = None

    def ready(self) -> None:
        """Take the wait over from moto, before the first call of SQS."""
        if self._original is not None:
            return
        from moto.sqs.models import SQSBackend  # late: only a lab that uses queues needs it

        self._original = original = SQSBackend.receive_message

        def receive_message(
            backend: Any, queue_name: str, count: int, wait_seconds_timeout: int, *args: Any, **kwargs: Any
        ) -> Any:
            found = original(backend, queue_name, count, 0, *args, **kwargs)
            if wait_seconds_timeout and not found:
                queue = self._queues.get(backend.get_queue(queue_name).queue_arn)
                if queue is not None:
                    self._call.empty = _EmptyPoll(queue, wait_seconds_timeout)
            return found

        SQSBackend.receive_message = receive_message  # type: ignore[method-assign, assignment]

    def close(self) -> None:
        """Give the wait back to moto."""
        if self._original is not None:
            from moto.sqs.models import SQSBackend

            SQSBackend.receive_message = self._original  # type: ignore[method-assign]
            self._original = None

    def answer(self, once: Callable[[], T]) -> T:
        """Make a call of SQS; repeat one that waits for messages until some come or its time is over.

        Parameters
        ----------
        once : callable
            Makes the call. moto answers it at once.
        """
        answered, empty = self._made(once)
        if empty is None:
            return answered
        queue, ends = empty.queue, self._clock.time() + empty.seconds
        while empty is not None and self._clock.time() < ends - _MICROSECOND:
            self._wait_for_change(queue, ends)
            answered, empty = self._made(once)
        return answered

    def _made(self, once: Callable[[], T]) -> tuple[T, _EmptyPoll | None]:
        self._call.empty = None
        answered = once()
        return answered, self._call.empty

    def _wait_for_change(self, queue: WatchedQueue, ends: float) -> None:
        """Let lab time pass until the queue may give a message, at most until then.

        A poll that finds nothing wakes all others, too. The state tells whether anything is new for this one.
        """
        due, state = queue.due_at(), queue.state()
        until = ends if due is None else min(due, ends)
        while queue.state() == state and (left := until - self._clock.time()) > _MICROSECOND:
            self._pause(left, queue.wait())
