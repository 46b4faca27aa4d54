"""What a handler does that lab time cannot follow: it is noted where it happens, never silent."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cdc_lab.emulator.lambda_.invocation import Invocation, current_invocation

_depth = 0


@contextmanager
def followed() -> Iterator[None]:
    """Inside, sockets and processes are the lab's own, or part of a call that is a step already."""
    global _depth
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1


def is_followed() -> bool:
    """Whether what happens now is the lab's own, or part of a call that is a step already."""
    return _depth > 0


def unfollowed_invocation() -> Invocation | None:
    """The invocation whose handler does by itself what happens now; None for everybody else."""
    return None if _depth else current_invocation()


def started_process(original: Callable[..., Any], kind: str) -> Callable[..., Any]:
    """Return what stands for a function of the standard library that starts a process.

    Parameters
    ----------
    original : callable
    kind : str
        How to find the name of the program: ``popen`` (`subprocess.Popen.__init__`), ``shell`` (`os.system`),
        ``spawn`` (`os.posix_spawn`) or ``fork``.
    """

    def start(*args: Any, **kwargs: Any) -> Any:
        invocation = unfollowed_invocation()
        if invocation is None:
            return original(*args, **kwargs)
        given = args[1:] if kind == "popen" else args
        command = given[0] if given else kwargs.get("args", kwargs.get("command", kwargs.get("path", "")))
        invocation.note_unfollowed("process", "fork" if kind == "fork" else _program(command))
        with followed():  # one process is noted once, however it is started
            return original(*args, **kwargs)

    return start


def _program(command: Any) -> str:
    """Return the name of a program: of a path the last part, of a shell's line the first word."""
    first = command
    if isinstance(command, bytes):
        first = os.fsdecode(command)
    if isinstance(first, str):
        try:
            first = (shlex.split(first) or [""])[0]
        except ValueError:
            first = first.split()[0]
    elif not isinstance(first, os.PathLike):
        first = command[0] if command else ""
    return os.path.basename(os.fsdecode(first)) or "?"


PROCESSES: tuple[tuple[Any, str, str], ...] = tuple(
    (owner, name, kind)
    for owner, name, kind in (
        (subprocess.Popen, "__init__", "popen"),
        (os, "system", "shell"),
        (os, "posix_spawn", "spawn"),
        (os, "posix_spawnp", "spawn"),
        (os, "fork", "fork"),
    )
    if hasattr(owner, name)
)
"""What starts processes, and how: not every system has all of it."""
