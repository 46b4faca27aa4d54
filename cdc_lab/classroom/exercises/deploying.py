"""Takes functions out of their notebook for a while: their clients reach the check, memory starts afresh.

On Lambda the code beside a handler runs anew with each execution environment. A notebook's has run once, in
the reader's lab. So here the check's lab answers every client, wherever it came from and whatever holds it;
containers start as they were, and the reader gets them back so.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import boto3

from cdc_lab.classroom.exercises.interrupts import Interrupts
from cdc_lab.emulator.lambda_.environments import Memory
from cdc_lab.lab import Lab


class Deployment:
    """A reader's functions in the hands of a check. Use it as a context: the notebook stays as it was.

    Parameters
    ----------
    functions : mapping of str to callable
        What the reader gave, by part: ``{"handler": handler}``, or several.

    Attributes
    ----------
    interrupts : Interrupts
        Whether the reader interrupted the check meanwhile.
    """

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self.functions = dict(functions)
        self.interrupts = Interrupts()
        self._memory = Memory(*functions.values())
        self._boto3 = (boto3.client, boto3.resource)

    def __enter__(self) -> Deployment:
        self.interrupts.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()
        self._memory.give_back()
        self.interrupts.__exit__(*_)

    def move_to(self, lab: Lab) -> None:
        """Let that lab, which is open, answer all clients; give it a fresh memory."""
        make_client, make_resource = self._boto3
        # One client per kind and check, also where the handler makes one in each invocation: making it
        # takes 40 ms, which a reader would wait for.
        clients: Any = functools.cache(make_client)
        resources: Any = functools.cache(make_resource)
        boto3.client, boto3.resource = clients, resources
        lab.answer_all()
        self.start_afresh()

    def leave(self) -> None:
        """The lab is about to be closed: no client of it may be handed out any more."""
        boto3.client, boto3.resource = self._boto3

    def start_afresh(self) -> None:
        """Forget what it remembered, as a fresh execution environment would."""
        self._memory.start_afresh()
