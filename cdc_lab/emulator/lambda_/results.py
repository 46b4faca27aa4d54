"""How an invocation ended: AWS's payloads for answers, exceptions, timeouts and crashes."""

from __future__ import annotations

import json
import linecache
from dataclasses import dataclass, field
from decimal import Decimal
from types import TracebackType
from typing import Any

from cdc_lab.clock import iso_text
from cdc_lab.emulator.lambda_.watchdog import HOLDS_FACTOR, WAITS_FACTOR, Reason

_STUCK: dict[Reason, str] = {
    "runs": (
        "the handler used {limit:g} s of processor time without a sleep or an AWS call, in which lab time "
        "cannot pass: look for an endless loop"
    ),
    "waits": (
        "the handler waited {waited:g} s of real time for something outside lab time, such as a connection, "
        "a process, or a lock in a container that was made outside of handlers, and lab time cannot pass "
        "meanwhile: wait with time.sleep, asyncio, threading or an AWS call"
    ),
    "holds": (
        "the handler held the lab for {held:g} s of real time without a sleep or an AWS call, in which lab "
        "time cannot pass: look for code that asks again and again whether it may go on"
    ),
}
_RAISE_IT = "or raise create_function(watchdog_seconds=...)"

MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100
"""D44: AWS's refusal names 6,291,556 bytes."""


@dataclass(slots=True)
class Result:
    """How an invocation ended.

    Attributes
    ----------
    outcome : str
        ``success``, ``error`` or ``timeout``.
    payload : object
        The handler's answer after its way through JSON, or AWS's error payload.
    started, ended : float
        Lab time in epoch seconds.
    error : str
        One line for people; empty after success.
    lines : list of str
        What Lambda itself writes to the log about it.
    status : str
        ``timeout`` or ``exit`` where REPORT tells it; empty otherwise.
    """

    outcome: str
    payload: Any
    started: float
    ended: float
    error: str = ""
    lines: list[str] = field(default_factory=list)
    status: str = ""


def answered(answer: Any, request_id: str, started: float, ended: float) -> Result:
    """The handler returned: its answer goes through JSON, and fails the invocation where it cannot."""
    if answer is None:
        return Result("success", None, started, ended)
    try:
        text = to_json(answer)
        payload = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        text = f"Unable to marshal response: {error}"
        return _failed("Runtime.MarshalError", text, [], request_id, started, ended)
    if len(text) > MAX_RESPONSE_BYTES:  # JSON from Python is ASCII: a character is a byte
        return _too_large(started, ended)
    return Result("success", payload, started, ended)


def _too_large(started: float, ended: float) -> Result:
    # Lambda refuses to take the answer from the runtime, whoever invoked the function (D44). For an
    # asynchronous invocation that is an inference: nobody reads its answer.
    message = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
    payload = {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}
    line = "LAMBDA_RUNTIME Failed to post handler success response. Http response code: 413."
    return Result("error", payload, started, ended, message, [line])


def timed_out(limit: float, request_id: str, started: float, ended: float) -> Result:
    """The handler's time was over."""
    text = f"Task timed out after {limit:.2f} seconds"
    message = f"{iso_text(ended)} {request_id} {text}"
    return Result("timeout", {"errorMessage": message}, started, ended, text, [message], "timeout")


def exited(how: str, request_id: str, started: float, ended: float) -> Result:
    """The runtime's process ended, by ``sys.exit`` or from outside."""
    text = f"Runtime exited with error: {how}"
    message = f"RequestId: {request_id} Error: {text}"
    payload = {"errorType": "Runtime.ExitError", "errorMessage": message}
    return Result("error", payload, started, ended, text, [message], "exit")


def raised(error: BaseException, request_id: str, started: float, ended: float) -> Result:
    """The handler raised."""
    if isinstance(error, SystemExit):
        return exited(f"exit status {error.code or 0}", request_id, started, ended)
    stack = _stack(error.__traceback__)
    return _failed(type(error).__name__, str(error), stack, request_id, started, ended)


def stuck(reason: Reason, limit: float, request_id: str, started: float, ended: float) -> Result:
    """The watchdog threw the handler out; `limit` is the function's ``watchdog_seconds``."""
    text = _STUCK[reason].format(limit=limit, waited=WAITS_FACTOR * limit, held=HOLDS_FACTOR * limit)
    return _failed("HandlerStuck", f"{text}, {_RAISE_IT}", [], request_id, started, ended)


def _failed(
    kind: str, message: str, stack: list[str], request_id: str, started: float, ended: float
) -> Result:
    payload = {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": stack}
    text = f"{kind}: {message}" if message else kind
    lines = [f"[ERROR] {text}"]
    if stack:
        lines.append("Traceback (most recent call last):")
        lines += [line for entry in stack for line in entry.splitlines()]
    return Result("error", payload, started, ended, text, lines)


def to_json(value: Any) -> str:
    """The handler's answer as Lambda's runtime writes it: Decimals become numbers."""
    return json.dumps(value, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _stack(trace: TracebackType | None) -> list[str]:
    # As Lambda's runtime writes it: code lies in /var/task, and no carets. The first frame is ours.
    entries = []
    step = trace.tb_next if trace is not None else None
    while step is not None:
        code, line = step.tb_frame.f_code, step.tb_lineno
        source = linecache.getline(code.co_filename, line, step.tb_frame.f_globals).strip()
        name = code.co_filename.replace("\\", "/").rsplit("/", 1)[-1]
        entry = f'  File "/var/task/{name}", line {line}, in {code.co_name}\n'
        entries.append(f"{entry}    {source}\n" if source else entry)
        step = step.tb_next
    return entries
