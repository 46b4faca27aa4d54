"""Waiting that can be called off: how a poller is stopped between two invocations, never within one."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy


class Stopped(Exception):
    """The poller was stopped."""


class Gate:
    """Where one process waits.

    Parameters
    ----------
    env : simpy.Environment

    Attributes
    ----------
    is_stopped : bool
        Once set, every wait ends at once, with `Stopped`.
    """

    def __init__(self, env: simpy.Environment) -> None:
        self._env = env
        self._waiting: simpy.Event | None = None
        self.is_stopped = False

    def check(self) -> None:
        """Raise `Stopped` if the process was stopped."""
        if self.is_stopped:
            raise Stopped

    def wait(self, event: simpy.Event) -> Generator[simpy.Event, Any, None]:
        """Wait for the event, or for `stop`."""
        self.check()
        mine = self._waiting = self._env.event()

        def open_gate(_: simpy.Event) -> None:
            if not mine.triggered:
                mine.succeed()

        callbacks: Any = event.callbacks
        if callbacks is None:  # it has happened already
            return
        callbacks.append(open_gate)
        yield mine
        self._waiting = None
        self.check()

    def stop(self) -> None:
        """Let the process end where it waits, or at its next wait."""
        self.is_stopped = True
        if self._waiting is not None and not self._waiting.triggered:
            self._waiting.succeed()
