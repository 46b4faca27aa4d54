"""boto3's waiters (``client.get_waiter``, ``Table.wait_until_exists``): between two looks lab time passes.

botocore's waiters sleep in real time. Outside handlers lab time would stand still meanwhile, so that what a
waiter waits for could never come. Inside handlers ``time.sleep`` is lab time anyway.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import botocore.client
import botocore.waiter

PassTime = Callable[[float], None]

_pass_time: ContextVar[PassTime | None] = ContextVar("cdc_lab_pass_time", default=None)


class _Time:
    """What botocore's waiters know of the module ``time``."""

    def sleep(self, seconds: float) -> None:
        pass_time = _pass_time.get()
        if pass_time is not None:
            pass_time(seconds)
        else:
            time.sleep(seconds)


def install(pass_time_of: Callable[[Any], PassTime | None]) -> None:
    """Let the waiters of some clients sleep in lab time.

    Parameters
    ----------
    pass_time_of : callable
        Tells how lab time passes for a client; None for one that is not the lab's.
    """
    get_waiter: Any = botocore.client.BaseClient.get_waiter

    def get_lab_waiter(client: Any, waiter_name: str) -> Any:
        waiter = get_waiter(client, waiter_name)
        wait = waiter.wait

        def lab_wait(**kwargs: Any) -> None:
            token = _pass_time.set(pass_time_of(client))
            try:
                wait(**kwargs)
            finally:
                _pass_time.reset(token)

        waiter.wait = lab_wait
        return waiter

    botocore.waiter.time = _Time()  # type: ignore[attr-defined]
    botocore.client.BaseClient.get_waiter = get_lab_waiter  # type: ignore[method-assign, assignment]
