"""The context object that Lambda's Python runtime hands to a handler."""

from __future__ import annotations

from typing import Any

from cdc_lab.clock import Clock
from cdc_lab.emulator.lambda_.functions import Function, Instance


class LambdaContext:
    """What a handler knows of its invocation. ``memory_limit_in_mb`` is a string, as on Lambda.

    Parameters
    ----------
    invoked_arn : str
        The function's ARN with the qualifier that the caller gave.
    deadline : float
        Lab time, in epoch seconds, at which the invocation is cut.
    """

    client_context: Any = None
    identity: Any = None

    def __init__(
        self,
        function: Function,
        instance: Instance,
        invoked_arn: str,
        request_id: str,
        deadline: float,
        clock: Clock,
    ) -> None:
        self.aws_request_id = request_id
        self.function_name = function.name
        self.function_version = function.version
        self.invoked_function_arn = invoked_arn
        self.memory_limit_in_mb = str(function.memory_size)
        self.log_group_name = f"/aws/lambda/{function.name}"
        self.log_stream_name = instance.log_stream_name
        self._deadline = deadline
        self._clock = clock

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds of lab time until the timeout."""
        return max(0, round((self._deadline - self._clock.time()) * 1000))

    def log(self, message: object) -> None:
        """Write a line to the function's log."""
        print(message)

    def __repr__(self) -> str:
        return f"LambdaContext([aws_request_id={self.aws_request_id},function_name={self.function_name}])"
