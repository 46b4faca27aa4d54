"""Asynchronous invocation: an event in Lambda's own queue, tried again when the function fails."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import simpy

from cdc_lab.emulator.lambda_.service import LambdaService

RETRY_SECONDS = (60.0, 120.0)
"""Waits before the second and the third attempt (AWS's page "Invoking a Lambda function asynchronously")."""
THROTTLED_SECONDS = 6 * 3600.0
LONGEST_WAIT = 300.0


def enqueue(service: LambdaService, function_name: str, payload: str | bytes) -> None:
    """Run a function with that event, from now on, until it succeeds or the event is given up.

    A failed attempt is followed by two more, with the same request id. Throttled attempts use up none:
    they are repeated for six hours, after 1 second at first and 5 minutes at most. What is given up is
    lost: the lab emulates neither a function's dead-letter queue nor its destinations, which play no part
    for streams (E15).

    Parameters
    ----------
    service : LambdaService
    function_name : str
    payload : str or bytes
        JSON.
    """
    service.activity.begin()
    service.env.process(_deliver(service, function_name, payload))


def _deliver(
    service: LambdaService, function_name: str, payload: str | bytes
) -> Generator[simpy.Event, Any, None]:
    env, request_id = service.env, None
    retries = list(reversed(RETRY_SECONDS))
    throttled, give_up_at = 0, env.now + THROTTLED_SECONDS
    try:
        while function_name in service.functions:
            invocation = service.begin(
                function_name, lambda: json.loads(payload), (function_name, payload, env.now), request_id
            )
            if isinstance(invocation, str):
                wait = min(2.0**throttled, LONGEST_WAIT)
                throttled += 1
                if env.now + wait > give_up_at:
                    return
            else:
                request_id = invocation.request_id
                for seconds in invocation.steps():
                    yield env.timeout(seconds)
                service.log(invocation)
                if invocation.result.outcome == "success" or not retries:
                    return
                wait = retries.pop()
            yield env.timeout(wait)
    finally:
        service.activity.end()
