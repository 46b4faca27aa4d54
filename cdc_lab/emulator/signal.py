"""How processes of the lab wait for news."""

from __future__ import annotations

import simpy


class Signal:
    """Wakes everybody who waits for news, once for each piece of news.

    Parameters
    ----------
    env : simpy.Environment
    """

    def __init__(self, env: simpy.Environment) -> None:
        self._env = env
        self._next: simpy.Event | None = None

    def wait(self) -> simpy.Event:
        """Return an event that succeeds at the next `send`."""
        if self._next is None:
            self._next = self._env.event()
        return self._next

    def send(self) -> None:
        """Wake those who wait."""
        event, self._next = self._next, None
        if event is not None:
            event.succeed()
