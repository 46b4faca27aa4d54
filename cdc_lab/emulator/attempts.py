"""One attempt of a call after the other: botocore's own retries, in lab time and by the lab's seed.

A client of the lab has an endpoint of the lab's in place of botocore's. Each attempt has its latency, its
step, its faults and its row in the trace; what refuses it passes botocore's ``needs-retry`` handlers, which
decide whether and when there is another (modes ``legacy``, ``standard`` and ``adaptive``).
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from botocore import exceptions
from botocore.endpoint import Endpoint
from botocore.hooks import first_non_none_response
from botocore.retries import adaptive, bucket, standard

from cdc_lab.emulator.client_making import swapped
from cdc_lab.emulator.dynamodb.images import with_bytes
from cdc_lab.emulator.dynamodb.transactions import canceled
from cdc_lab.emulator.faults import FaultPlan
from cdc_lab.emulator.lambda_.invocation import Invocation, current_invocation
from cdc_lab.emulator.network.following import followed
from cdc_lab.emulator.refusals import (
    CANCELED,
    NO_ANSWER,
    NO_CONNECTION,
    UNPROCESSED,
    Struck,
    without_items,
)
from cdc_lab.errors import ServiceError

Outcome = tuple[tuple[Any, dict[str, Any]] | None, Exception | None]
"""Of an attempt, as botocore has it: HTTP response and parsed answer, or the exception met."""

_SHORTEST_WAIT = 1e-6  # lab time is a float: less than this might not move it
_REFUSED = "This call was refused on purpose, by a fault of the run."


class Answering(Protocol):
    """Who answers the calls of a client: the lab that is open."""

    @property
    def plan(self) -> FaultPlan:
        """What goes wrong in the present run."""

    def answer(self, model: Any, given: dict[str, Any], region: str) -> tuple[Any, dict[str, Any]]:
        """Answer one attempt in process, a refusal of the service's included."""

    def refused(self, error: ServiceError, model: Any) -> tuple[Any, dict[str, Any]]:
        """That refusal as an answer."""

    def ready(self, service: str) -> AbstractContextManager[None]:
        """A context in which moto can answer."""

    def pass_time(self, seconds: float) -> None:
        """Let lab time pass, outside of any handler."""

    @property
    def conflicts(self) -> int:
        """How many requests for items ongoing transactions have refused."""

    def pass_conflict(self) -> None:
        """A call outside of any handler met an ongoing transaction."""

    def time(self) -> float:
        """Seconds of lab time since the lab was opened."""

    @property
    def jitter(self) -> random.Random:
        """Where botocore's random waits come from."""


class LabEndpoint(Endpoint):
    """Where a client's calls go: its attempts are made in lab time.

    Parameters
    ----------
    client : boto3 client
        Whose endpoint it becomes.
    standing : callable
        Gives who answers at the moment.
    parts : RetryParts
        Of the client's own retry handlers.

    Attributes
    ----------
    is_lambdas : bool
        Whether the lab's Lambda itself makes the calls: faults are for handlers and cells.
    """

    def __init__(self, client: Any, standing: Callable[[], Answering], parts: RetryParts) -> None:
        plain = client._endpoint
        super().__init__(
            plain.host,
            plain._endpoint_prefix,
            plain._event_emitter,
            plain._response_parser_factory,
            plain.http_session,
        )
        self._emitter: Any = plain._event_emitter
        self._client = client
        self._service = client.meta.service_model.service_name
        self._standing = standing
        self._parts = parts
        self.is_lambdas = False
        self._most_attempts = _most_attempts(client)
        if parts.limiter is not None:
            # Asked before the latency of an attempt begins: moto answers in a moment that stands still.
            client.meta.events.unregister("before-send", parts.limiter.on_sending_request)

    def _needs_retry(
        self,
        attempts: int,
        operation_model: Any,
        request_dict: dict[str, Any],
        response: Any = None,
        caught_exception: Exception | None = None,
    ) -> bool:
        """Ask botocore's retry handlers; when they say so, let the wait before the next attempt pass."""
        standing = self._standing()
        event = f"needs-retry.{operation_model.service_model.service_id.hyphenize()}.{operation_model.name}"
        with _seeded(standing.jitter):
            told = self._emitter.emit(
                event,
                response=response,
                endpoint=self,
                operation=operation_model,
                attempts=attempts,
                caught_exception=caught_exception,
                request_dict=request_dict,
            )
        owed, self._parts.owed = self._parts.owed, 0.0
        wait = first_non_none_response(told)
        is_repeated = wait is not None and wait is not False
        if is_repeated or owed:
            pass_lab_time(standing, owed + (wait if is_repeated else 0.0))
        return is_repeated

    def _carry_out(self, model: Any, given: dict[str, Any], sent: Any) -> Outcome:
        """Make an attempt that no fault strikes."""
        raise NotImplementedError

    def _attempt(self, number: int, model: Any, given: dict[str, Any], sent: Any) -> Outcome:
        """Make one attempt; `sent` is for `_carry_out`."""
        if self._parts.limiter is not None:
            self._parts.limiter.on_sending_request(request=None)
        invocation = current_invocation()
        plan = self._standing().plan if invocation is None else invocation.plan
        struck = None
        if plan.refuses and not self.is_lambdas:
            struck = plan.refusal(self._service, model.name, given, invocation is not None)
        if invocation is None:
            if struck is None:
                standing = self._standing()
                met = standing.conflicts
                outcome = self._carry_out(model, given, sent)
                if standing.conflicts > met:
                    standing.pass_conflict()
                return outcome
            outcome = self._refused(struck, model, given, sent)
            seconds = self._seconds_until_given_up(struck)
            if seconds is not None:
                self._standing().pass_time(seconds)
            return outcome
        plan.attempts[self._service, model.name] = self._most_attempts
        return invocation.api_call(
            self._service,
            model.name,
            lambda: self._refused(struck, model, given, sent),
            number,
            _told,
            self._seconds_until_given_up(struck),
        )

    def _seconds_until_given_up(self, struck: Struck | None) -> float | None:
        if struck is None:
            return None
        config = self._client.meta.config
        if struck.error == "ConnectTimeoutError":
            return float(config.connect_timeout)
        return float(config.read_timeout) if struck.error == "ReadTimeoutError" else None

    def _refused(self, struck: Struck | None, model: Any, given: dict[str, Any], sent: Any) -> Outcome:
        if struck is None:
            return self._carry_out(model, given, sent)
        if struck.error in UNPROCESSED.values():
            return self._in_part(struck, model, given, sent)
        if struck.after:
            self._carry_out(model, given, sent)
        if struck.error in NO_CONNECTION or struck.error in NO_ANSWER:
            met: Exception = getattr(exceptions, str(struck.error))(
                endpoint_url=self._client.meta.endpoint_url, error=_REFUSED
            )
            return None, met
        return self._standing().refused(_error_of(struck, given), model.service_model), None

    def _in_part(self, struck: Struck, model: Any, given: dict[str, Any], sent: Any) -> Outcome:
        rest, back = without_items(given, struck.places)
        if not rest["RequestItems"]:
            error = ServiceError("ProvisionedThroughputExceededException", _REFUSED)
            return self._standing().refused(error, model.service_model), None
        response, exception = self._carry_out(model, rest, sent)
        if response is not None and response[0].status_code < 300:
            left = response[1].setdefault(UNPROCESSED[model.name], {})
            for table, asked in _as_answered(back).items():
                listed = left.get(table)
                if listed is None:
                    left[table] = asked
                elif isinstance(asked, list):
                    listed.extend(asked)
                else:
                    listed["Keys"].extend(asked["Keys"])
        return response, exception


def _most_attempts(client: Any) -> int:
    """How often a client tries a call at most."""
    retries = client.meta.config.retries or {}
    given: int | None = retries.get("total_max_attempts")
    if given is not None:
        return given
    if retries.get("mode", "legacy") == "legacy":
        return 10 if client.meta.service_model.service_name == "dynamodb" else 5  # D32
    # Later versions of botocore try more often for some services.
    by_service: dict[str, int] = getattr(standard, "_SERVICE_MAX_ATTEMPTS", {})
    name = client.meta.service_model.service_id.hyphenize()
    return by_service.get(name, standard.DEFAULT_MAX_ATTEMPTS)


class InProcess(LabEndpoint):
    """The endpoint of a service that the lab itself answers: no request is signed, sent or parsed."""

    def __init__(self, client: Any, standing: Callable[[], Answering], parts: RetryParts) -> None:
        super().__init__(client, standing, parts)
        retries = client.meta.config.retries
        # Elsewhere botocore's handlers have nothing to say of an answer that is a success.
        self._hears_successes = retries["mode"] == "adaptive" or retries.get("total_max_attempts") == 1

        # Before the handlers that prepare a request for the network: there is none.
        event = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register_first(f"before-call.{event}", self._respond)

    def _respond(self, model: Any, params: dict[str, Any], **_: Any) -> Any:
        return self.make_request(model, params)

    def _carry_out(self, model: Any, given: dict[str, Any], sent: Any) -> Outcome:
        return self._standing().answer(model, given, sent["context"]["client_region"]), None

    def make_request(self, operation_model: Any, request_dict: Any) -> Any:
        """Make attempts until one succeeds or botocore's handlers want no other."""
        response, exception = self._attempt(1, operation_model, _given(request_dict), request_dict)
        if response is not None and response[0].status_code < 300 and not self._hears_successes:
            return response
        attempts = 1
        while self._needs_retry(attempts, operation_model, request_dict, response, exception):
            attempts += 1
            if hasattr(request_dict["body"], "seek"):  # what was read is read again
                request_dict["body"].seek(0)
            given = _given(request_dict)
            response, exception = self._attempt(attempts, operation_model, given, request_dict)
        if response is None:
            assert exception is not None
            raise exception
        response[1]["ResponseMetadata"]["RetryAttempts"] = attempts - 1
        return response


class OutOfProcess(LabEndpoint):
    """The endpoint of a service that moto answers, or a remote one: botocore sends, the lab looks on."""

    def _get_response(self, request: Any, operation_model: Any, context: dict[str, Any]) -> Outcome:
        given = json.loads(request.body) if self._service == "dynamodb" else {}
        return self._attempt(context["retries"]["attempt"], operation_model, given, (request, context))

    def _carry_out(self, model: Any, given: dict[str, Any], sent: Any) -> Outcome:
        request, context = sent
        plain: Any = super()
        with self._standing().ready(self._service), followed():
            outcome: Outcome = plain._get_response(request, model, context)
        return outcome


def _given(request_dict: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a call, afresh for each attempt."""
    given: dict[str, Any] | None = request_dict["context"].get("cdc_lab_params")
    if given is None:
        given = json.loads(request_dict["body"].decode())  # it need not guess which encoding bytes have
    return given


def _told(outcome: Outcome) -> str:
    response, exception = outcome
    if response is None:
        return type(exception).__name__
    if response[0].status_code >= 300:
        return str(response[1]["Error"]["Code"])
    if len(response[1]) > 1:  # more than its metadata
        for left in UNPROCESSED.values():
            if response[1].get(left):
                return left
    return "ok"


def _error_of(struck: Struck, given: Mapping[str, Any]) -> ServiceError:
    if struck.error == CANCELED:
        count = len(given.get("TransactItems") or given.get("TransactStatements") or [None])
        code = struck.reason or "TransactionConflict"
        places = struck.places or (0,)
        reasons = [{"Code": code if place in places else "None"} for place in range(count)]
        for place in places:
            reasons[place]["Message"] = _REFUSED
        return canceled(reasons)
    return ServiceError(str(struck.error), _REFUSED, struck.status)


def _as_answered(back: dict[str, Any]) -> dict[str, Any]:
    """What comes back of a batch, with bytes as boto3 gives them."""
    shown: dict[str, Any] = {}
    for table, asked in back.items():
        if isinstance(asked, dict):
            shown[table] = {**asked, "Keys": [with_bytes(key) for key in asked["Keys"]]}
        else:
            shown[table] = [
                {
                    kind: {name: with_bytes(image) for name, image in inner.items()}
                    for kind, inner in one.items()
                }
                for one in asked
            ]
    return shown


# ---- botocore's waits ------------------------------------------------------------------------


def pass_lab_time(standing: Answering, seconds: float) -> None:
    """Wait as a client does: a step of the handler that makes the call, or a move of the lab's clock."""
    invocation: Invocation | None = current_invocation()
    if invocation is not None:
        invocation.sleep(seconds)
    else:
        standing.pass_time(seconds)


@contextmanager
def _seeded(rng: random.Random) -> Iterator[None]:
    # botocore draws its jitter from the random module's own generator, which belongs to the user.
    users = random.getstate()
    random.seed(rng.getrandbits(64))
    try:
        yield
    finally:
        random.setstate(users)


class RetryParts:
    """What of a client's retry handlers keeps time.

    Attributes
    ----------
    limiter : adaptive.ClientRateLimiter or None
        Of a client in adaptive mode: it holds attempts back.
    owed : float
        Seconds that a retry handler wanted to sleep while it decided.
    """

    def __init__(self) -> None:
        self.limiter: Any = None
        self.owed = 0.0

    def owe(self, seconds: float) -> None:
        """Sleep later: when the handler that wants to has decided."""
        self.owed += seconds


@contextmanager
def handlers_in_lab_time(standing: Callable[[], Answering]) -> Iterator[RetryParts]:
    """Inside, a client that is made gets retry handlers that live in lab time."""
    parts = RetryParts()

    class Clock(bucket.Clock):
        def current_time(self) -> float:
            return standing().time()

    class Condition(threading.Condition):
        def wait(self, timeout: float | None = None) -> bool:
            # Another handler may come for a token meanwhile.
            self.release()
            try:
                pass_lab_time(standing(), max(_SHORTEST_WAIT, timeout or 0.0))
            finally:
                self.acquire()
            return True

    class TokenBucket(bucket.TokenBucket):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._new_fill_rate_condition = Condition(self._lock)  # type: ignore[attr-defined]

    class RateLimiter(adaptive.ClientRateLimiter):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            parts.limiter = self

    class RetryHandler(standard.RetryHandler):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._sleep = parts.owe

    with swapped(
        (bucket, "Clock", Clock),
        (bucket, "TokenBucket", TokenBucket),
        (adaptive, "ClientRateLimiter", RateLimiter),
        (standard, "RetryHandler", RetryHandler),
    ):
        yield parts


def of_lambda(client: Any) -> Any:
    """The client, as one with which Lambda itself makes calls: no fault strikes them."""
    client._endpoint.is_lambdas = True
    return client
