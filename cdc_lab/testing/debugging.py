"""A debugger's prompt inside a handler, in the middle of a test."""

from __future__ import annotations

from typing import Any

import pytest


def stop_where_it_was_raised(config: pytest.Config, error: BaseException) -> None:
    """Open pytest's debugger at the frame in which a handler raised.

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
            terminal.write_sep(">", f"cdc-lab: the handler raised {type(error).__name__}: {error}")
        own: Any = pytestPDB
        prompt = own._init_pdb("post_mortem")
        prompt.reset()
        prompt.interaction(None, error.__traceback__)
        if prompt.quitting:
            pytest.exit("Quitting debugger")
    finally:
        if capture is not None:
            capture.resume_global_capture()
