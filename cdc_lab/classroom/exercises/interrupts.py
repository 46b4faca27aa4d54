"""Tells the reader's interrupt of a check from a `KeyboardInterrupt` that an answer raises by itself."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any


class Interrupts:
    """Notices whether the reader interrupts. Use it as a context around a check.

    Attributes
    ----------
    came : bool
        Whether an interrupt came. It stays False where signals cannot be heard, as in a thread.
    """

    def __init__(self) -> None:
        self.came = False
        self._is_heard = False
        self._before: Any = None

    def __enter__(self) -> Interrupts:
        self._before = signal.getsignal(signal.SIGINT)
        self._is_heard = threading.current_thread() is threading.main_thread() and callable(self._before)
        if self._is_heard:
            signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_heard:
            signal.signal(signal.SIGINT, self._before)

    @property
    def is_the_answers(self) -> bool:
        """Whether a `KeyboardInterrupt` that has just come can be none but the answer's own."""
        return self._is_heard and not self.came

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        self._before(number, frame)
