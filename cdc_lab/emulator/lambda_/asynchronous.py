"""Asynchronous invocation: an event in Lambda's own queue, tried again when the function fails.

Sources: the Lambda guide's pages "Invoking a Lambda function asynchronously", "How Lambda handles errors and
retries with asynchronous invocation" and "Capturing records of Lambda asynchronous invocations".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from cdc_lab.clock import iso_text
from cdc_lab.emulator.lambda_.event_source_mapping.roles import Steps
from cdc_lab.emulator.lambda_.functions import LATEST
from cdc_lab.emulator.lambda_.invocation import Invocation
from cdc_lab.emulator.lambda_.invoke_configs import qualified
from cdc_lab.emulator.lambda_.results import Result
from cdc_lab.emulator.lambda_.service import LambdaService

RETRY_SECONDS = (60.0, 120.0)
"""Waits before the second and the third attempt."""
LONGEST_WAIT = 300.0
_ERROR_BYTES = 1024  # of the text that a dead-letter queue gets


def enqueue(service: LambdaService, function_arn: str, payload: str | bytes) -> None:
    """Run a function with that event, from now on, until it succeeds or the event is given up.

    A failed attempt is followed by two more, with the same request id. Throttled attempts use up none:
    they are repeated, after 1 second at first and 5 minutes at most, until the event is six hours old.
    ``PutFunctionEventInvokeConfig`` sets other limits, and where a record of the end is sent. What is given
    up goes to the function's dead-letter queue, too, where it has one.

    Parameters
    ----------
    service : LambdaService
    function_arn : str
        With a qualifier, where a version or an alias is invoked.
    payload : str or bytes
        JSON.
    """
    text = payload.decode() if isinstance(payload, bytes) else payload
    service.env.process(_under_way(service, _Delivery(service, function_arn, text)))
    service.activity.begin()


def _under_way(service: LambdaService, delivery: _Delivery) -> Steps:
    try:
        yield from delivery.steps()
    finally:
        service.activity.end()


@dataclass(frozen=True)
class _End:
    """How an event ended; `result` is None when the function never ran."""

    condition: str
    result: Result | None


class _Delivery:
    """One event's way through Lambda's queue."""

    def __init__(self, service: LambdaService, function_arn: str, payload: str) -> None:
        self._service = service
        self._env = service.env
        self._arn = function_arn
        self._name = function_arn.split(":")[6]
        self._version = LATEST
        self._payload = payload
        self._since = float(service.env.now)
        self._request_id: str | None = None
        self._number = service.new_event_number()
        self._attempts = self._deliveries = 0

    def steps(self) -> Steps:
        """Try until the end, then tell the destinations."""
        end: _End | None = yield from self._until_the_end()
        if end is None:
            return  # the function was deleted: nobody is left to tell
        self._tell(end)
        if end.condition == "Success" and self._service.plan.draw("duplicates", self._name, self._request_id):
            # The queue is eventually consistent: an event may come twice. Its outcome changes nothing.
            yield from self._attempt()

    def _until_the_end(self) -> Steps:
        service = self._service
        throttled = 0
        result: Result | None = None
        while service.functions.find(self._arn) is not None:
            config = service.invoke_configs.of(self._arn)
            left = self._since + config.max_age - float(self._env.now)
            if left <= 0:
                return _End("EventAgeExceeded", result)
            outcome: Result | str = yield from self._attempt()
            if isinstance(outcome, Result):
                result = outcome
                self._attempts += 1
                if result.outcome == "success":
                    return _End("Success", result)
                if self._attempts > config.max_retries:
                    return _End("RetriesExhausted", result)
                wait = RETRY_SECONDS[self._attempts - 1]
            else:
                function = service.functions.find(self._arn)
                if function is not None and function.concurrency.limit == 0:
                    return _End("ZeroReservedConcurrency", result)
                wait = min(2.0**throttled, LONGEST_WAIT)
                throttled += 1
            yield self._env.timeout(max(0.0, min(wait, self._since + config.max_age - float(self._env.now))))
        return None

    def _attempt(self) -> Steps:
        """Invoke once; gives the result, or why Lambda refused to."""
        service = self._service
        place = (self._name, self._payload, float(self._env.now))
        invocation = service.begin(self._arn, lambda: json.loads(self._payload), place, self._request_id)
        if isinstance(invocation, str):
            self._add_row(None, invocation)
            return invocation
        self._request_id = invocation.request_id
        self._version = invocation.function.version
        for seconds in invocation.steps():
            yield invocation.pause(seconds)
        self._add_row(invocation, invocation.result.error)
        service.log(invocation)
        return invocation.result

    def _add_row(self, invocation: Invocation | None, error: str) -> None:
        now = self._service.clock.time()
        self._deliveries += 1
        self._service.recorder.add_invocation(
            request_id=invocation.request_id if invocation is not None else "",
            function=self._name,
            mapping="",
            shard_id="",
            lane=0,
            batch=self._number,
            attempt=self._deliveries,
            started=invocation.result.started if invocation is not None else now,
            ended=invocation.result.ended if invocation is not None else now,
            records=(),
            outcome=invocation.result.outcome if invocation is not None else "throttled",
            error=error,
            checkpoint=0,
            passed=0,
            cold_start=invocation is not None and invocation.was_cold,
        )

    # -- what is told about the end -----------------------------------------------------------------

    def _tell(self, end: _End) -> None:
        service = self._service
        function = service.functions.find(self._arn)
        if function is None:
            return
        config = service.invoke_configs.of(self._arn)
        is_success = end.condition == "Success"
        destination = config.on_success if is_success else config.on_failure
        delivered = False
        if destination:
            folder = f"aws/lambda/async/{self._name}"
            record = self._record(end)
            at = service.clock.time()
            delivered = service.destinations.deliver(function.arn, destination, record, at, folder)
        if is_success:
            return
        if function.dead_letter:
            taken = self._send_dead_letter(function.arn, function.dead_letter, end)
            if not destination:
                destination, delivered = function.dead_letter, taken
        service.recorder.add_failure(
            at=service.clock.time(),
            function=self._name,
            mapping="",
            condition=end.condition,
            shard_id="",
            sequence_numbers=(0,),
            invoke_count=self._attempts,
            destination=destination,
            delivered=delivered,
        )

    def _record(self, end: _End) -> dict[str, Any]:
        record: dict[str, Any] = {
            "version": "1.0",
            "timestamp": iso_text(self._service.clock.time()),
            "requestContext": {
                "requestId": self._request_id or self._service.new_request_id(),
                "functionArn": qualified(self._arn),
                "condition": end.condition,
                "approximateInvokeCount": self._attempts,
            },
            "requestPayload": json.loads(self._payload),
        }
        if end.result is not None:
            record["responseContext"] = {"statusCode": 200, "executedVersion": self._version}
            if end.result.outcome != "success":
                record["responseContext"]["functionError"] = "Unhandled"
            record["responsePayload"] = end.result.payload
        return record

    def _send_dead_letter(self, function_arn: str, arn: str, end: _End) -> bool:
        # The event itself, and about the failure no more than three attributes.
        error = end.result.payload.get("errorMessage", "") if end.result is not None else end.condition
        attributes = {
            "RequestID": {"DataType": "String", "StringValue": self._request_id or "none"},
            "ErrorCode": {"DataType": "Number", "StringValue": "200" if end.result is not None else "429"},
            "ErrorMessage": {"DataType": "String", "StringValue": error[:_ERROR_BYTES] or "none"},
        }
        return self._service.destinations.post(function_arn, arn, self._payload, attributes)
