"""One invocation of one of the reader's functions, as the checks see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

EXIT, TIMEOUT = "os._exit", "Task timed out"
"""Kinds of errors that are no exceptions: the code ended its process; Lambda ended it after its timeout."""


@dataclass(frozen=True)
class Call:
    """One invocation of one of the reader's functions, as it looked from outside.

    `at` is lab time in epoch seconds; `error` one line, empty when it returned; `kind` the error's type.
    `args` are what the check called it with, where no mapping did; `is_meant`: the task asks for that error.
    `request_id` is the invocation's.
    """

    event_ids: tuple[str, ...]
    at: float
    answer: Any = None
    error: str = ""
    kind: str = ""
    died: bool = False
    part: str = "handler"
    args: tuple[Any, ...] = ()
    is_meant: bool = False
    request_id: str = ""
