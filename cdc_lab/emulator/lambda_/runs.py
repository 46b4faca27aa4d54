"""Who moves lab time: one run at a time, and never a handler."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import simpy

from cdc_lab.emulator.lambda_.invocation import current_invocation
from cdc_lab.emulator.lambda_.stand_ins import StandIns
from cdc_lab.errors import LabError


def refuse_in_handler(what: str) -> None:
    """Refuse what only a cell or a test may do, where a handler does it.

    Parameters
    ----------
    what : str
        How the refusal calls it.

    Raises
    ------
    LabError
        In the handler, and again out of the run when the handler has ended: it may catch the first one.
    """
    invocation = current_invocation()
    if invocation is not None:
        invocation.refused = LabError(
            f"the handler of {invocation.function.name!r} called {what}: a handler cannot move or close the "
            "lab that runs it. In a handler lab time passes in time.sleep() and other waits, and in AWS "
            "calls; call the lab in the cell or test"
        )
        raise invocation.refused


class Runs:
    """Lets lab time pass for one caller at a time.

    Parameters
    ----------
    env : simpy.Environment
    """

    def __init__(self, env: simpy.Environment) -> None:
        self._env = env
        self._mover = threading.Lock()

    @property
    def is_under_way(self) -> bool:
        """Whether somebody lets lab time pass at the moment."""
        return self._mover.locked()

    @contextmanager
    def one(self, what: str) -> Iterator[None]:
        """Inside, nobody else may let lab time pass.

        Raises
        ------
        LabError
            When somebody does so already.
        """
        if not self._mover.acquire(blocking=False):
            raise LabError(
                f"{what} was called while the lab runs already, in another thread or in a callback: one run "
                "at a time moves lab time; wait for its end"
            )
        try:
            with StandIns.in_place():
                yield
        finally:
            self._mover.release()

    def pass_time(self, seconds: float, news: simpy.Event | None = None) -> None:
        """Let seconds pass, fewer when the news come first; for use inside `one`."""
        env = self._env
        env.run(until=env.now + seconds if news is None else env.timeout(seconds) | news)

    def pass_until(self, event: simpy.Event) -> None:
        """Let time pass until that event; for use inside `one`."""
        self._env.run(until=event)
