"""A debugger's prompt inside a handler, in the middle of a test."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import pytest

from cdc_lab.emulator.lambda_.invocation import InvocationEnded
from cdc_lab.testing.users_code import is_users


def stop_where_it_was_raised(config: pytest.Config, error: BaseException) -> None:
    """Open pytest's debugger at the user's last line on the way to what a handler raised.

    The calls below it, of boto3 and the lab, are left out. Of a handler that was ended it is the line at
    which its environment died, or at which its time was over.

    Parameters
    ----------
    config : pytest.Config
    error : BaseException
        What it raised, with its traceback.
    """
    from _pytest.debugging import pytestPDB

    capture: Any = config.pluginmanager.getplugin("capturemanager")
    if capture is not None:
        capture.suspend_global_capture(in_=True)
    try:
        terminal: Any = config.pluginmanager.getplugin("terminalreporter")
        if terminal is not None:
            terminal.write_line("")
            ended = "the handler was here when its environment ended"
            raised = f"the handler raised {type(error).__name__}: {error}"
            terminal.write_sep(">", f"cdc-lab: {ended if isinstance(error, InvocationEnded) else raised}")
        own: Any = pytestPDB
        prompt = own._init_pdb("post_mortem")
        prompt.reset()
        prompt.interaction(None, of_the_user(error.__traceback__))
        if prompt.quitting:
            pytest.exit("Quitting debugger")
    finally:
        if capture is not None:
            capture.resume_global_capture()


def of_the_user(trace: TracebackType | None) -> TracebackType | None:
    """The same traceback up to the last line of the user's own code; all of it where there is none."""
    steps: list[TracebackType] = []
    step = trace
    while step is not None:
        steps.append(step)
        step = step.tb_next
    while steps and not is_users(steps[-1].tb_frame.f_code.co_filename):
        steps.pop()
    shorter: TracebackType | None = None
    for step in reversed(steps):
        shorter = TracebackType(shorter, step.tb_frame, step.tb_lasti, step.tb_lineno)
    return shorter or trace
