"""How boto3 reaches the lab: its clients get endpoints of the lab's, which answer in process.

While a lab is open, every client that this process makes belongs to it. A client made before, or in a lab
that was closed, never reaches the network. Where a handler uses it, the lab that runs the handler answers: it
is code that was deployed there. Elsewhere it is refused, for its owner may believe that it reaches another
account; a test's lab, and that of an exercise's check, answers it everywhere.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from types import FrameType
from typing import Any, ClassVar, Protocol

import botocore.client
import botocore.session
from botocore.config import Config

from cdc_lab.emulator import other_clients, waiters
from cdc_lab.emulator.attempts import InProcess, OutOfProcess, RetryParts, handlers_in_lab_time
from cdc_lab.emulator.backend import Answer
from cdc_lab.emulator.client_making import shared_parts, without_network
from cdc_lab.emulator.faults import FaultPlan
from cdc_lab.emulator.iam.actions import Request, requests
from cdc_lab.emulator.lambda_.functions import Function
from cdc_lab.emulator.lambda_.invocation import Invocation, current_invocation
from cdc_lab.emulator.local_time import local_time, to_local
from cdc_lab.emulator.other_services.packages import call_of_moto
from cdc_lab.emulator.regions import checked_region
from cdc_lab.errors import LabError, ServiceError


class Account(Protocol):
    """What a transport needs to know of the lab behind it."""

    name: str
    region: str

    @property
    def region_outside(self) -> str | None:
        """The region that the process's environment names outside of the lab."""

    @property
    def is_open(self) -> bool:
        """Whether calls are still answered."""

    def answers(self) -> dict[str, Answer]:
        """Who answers in process: service name to ``answer(operation, params, region)``."""

    @property
    def plan(self) -> FaultPlan:
        """What goes wrong in the present run."""

    def pass_time(self, seconds: float) -> None:
        """Let lab time pass while code waits."""

    @property
    def conflicts(self) -> int:
        """How many requests for items ongoing transactions have refused."""

    def pass_conflict(self) -> None:
        """A call outside of any handler met an ongoing transaction."""

    def time(self) -> float:
        """Seconds of lab time since the lab was opened."""

    def ready(self, service: str) -> AbstractContextManager[None]:
        """A context in which the process's clock shows lab time, and the service knows all that it should."""

    def long_poll(
        self, params: Mapping[str, Any], region: str, receive: Callable[[dict[str, Any]], Any]
    ) -> Any:
        """Answer a ReceiveMessage, for which lab time may pass; `receive` makes the call."""

    def note_rights(self, function_name: str, needed: Sequence[Request]) -> None:
        """Take note of what a function's role needs for a call that its handler made."""

    def client_settings(self, service: str) -> Mapping[str, Any] | None:
        """What clients are made with whose calls leave the process; None for all others."""

    def adopt(self, client: Any) -> None:
        """Take note that such a client was made."""


class _Http:
    """What botocore's client and its retry handlers look at of an HTTP response."""

    headers: ClassVar[Mapping[str, str]] = {}
    content = b""

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


class Transport:
    """Routes the calls of every boto3 client to the lab that is open.

    Parameters
    ----------
    account : Account
    seed : int
        For request ids, and for the waits of botocore's retries.

    Attributes
    ----------
    jitter : random.Random
        Where botocore's random waits come from.
    answers_all : bool
        Whether it answers also the clients that were made before it was opened.
    made_at_import : set of str
        Names of the modules that made a client of some lab while they were imported, and of those that
        imported them.
    """

    current: ClassVar[Transport | None] = None
    made_at_import: ClassVar[set[str]] = set()
    _original_call: ClassVar[Any] = None
    _original_create: ClassVar[Any] = None

    def __init__(self, account: Account, seed: int) -> None:
        self.account = account
        self._rng = random.Random(f"{seed}:requests")
        self.jitter = random.Random(f"{seed}:jitter")
        self._answers = account.answers()
        self._twins: dict[int, tuple[Any, Any]] = {}
        self.answers_all = False

    def open(self) -> None:
        """Take over: from now on clients are made for this lab."""
        cls = type(self)
        if cls._original_call is None:
            cls._original_call = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]
            cls._original_create = botocore.session.Session.create_client
            botocore.client.BaseClient._make_api_call = _make_api_call  # type: ignore[attr-defined]
            botocore.session.Session.create_client = _create_client  # type: ignore[method-assign, assignment]
            waiters.install(_pass_time_of)
            other_clients.install(_redirect)
        cls.current = self

    def close(self) -> None:
        """Let go. The patches stay: clients of this lab must go on meeting their guard."""
        if type(self).current is self:
            type(self).current = None

    # ---- clients -----------------------------------------------------------------------------

    def adopt(self, client: Any, parts: RetryParts) -> None:
        """Make a new client, with those retry handlers, the lab's."""
        client._cdc_lab_transport = self
        service = client.meta.service_model.service_name
        if service not in self._answers:
            client._endpoint = OutOfProcess(client, self._standing, parts)
            return
        client._endpoint = InProcess(client, self._standing, parts)
        if service != "dynamodb":  # whose parameters are its body
            event = client.meta.service_model.service_id.hyphenize()
            client.meta.events.register_last(f"before-parameter-build.{event}", _keep_params)
        without_network(client)

    def _standing(self) -> Transport:
        """Who answers for the clients of this one: itself, or the lab that is open, where it answers all."""
        return Transport._answering(current_invocation()) or self

    @classmethod
    def _answering(cls, invocation: Invocation | None) -> Transport | None:
        """The lab that answers also clients which are not its own, now and here; None where none does."""
        current = cls.current
        if current is None or not (current.answers_all or invocation is not None):
            return None
        return current

    def twin(self, client: Any, takes_plain_values: bool | None = None) -> Any:
        """A client of this lab for one that is not: same service, settings and values.

        Parameters
        ----------
        client : botocore client
        takes_plain_values : bool, optional
            Whether a resource uses it; by default the client is asked.
        """
        if id(client) not in self._twins:
            import boto3  # late: a backend needs botocore alone

            service: Any = client.meta.service_model.service_name
            # A region that came from the environment is the lab's by now, as for a client made in the lab.
            named = client.meta.region_name
            region = self.account.region if named == self.account.region_outside else named
            given: dict[str, Any] = {"region_name": region, "config": client.meta.config}
            twin = (
                boto3.resource(service, **given).meta.client
                if (_takes_plain_values(client) if takes_plain_values is None else takes_plain_values)
                else boto3.client(service, **given)
            )
            # What the twin raises must be caught by `except client.exceptions...`: each session has its own.
            twin._exceptions = client.exceptions
            self._twins[id(client)] = client, twin  # the first is kept, so that its id stays its own
        return self._twins[id(client)][1]

    # ---- attempts ----------------------------------------------------------------------------

    @property
    def plan(self) -> FaultPlan:
        """What goes wrong in the present run."""
        return self.account.plan

    def time(self) -> float:
        """Seconds of lab time since the lab was opened."""
        return self.account.time()

    def pass_time(self, seconds: float) -> None:
        """Let lab time pass, outside of any handler."""
        self.account.pass_time(seconds)

    @property
    def conflicts(self) -> int:
        """How many requests for items ongoing transactions have refused."""
        return self.account.conflicts

    def pass_conflict(self) -> None:
        """A call outside of any handler met an ongoing transaction."""
        self.account.pass_conflict()

    def ready(self, service: str) -> AbstractContextManager[None]:
        """A context in which moto can answer: it knows the process's clock alone."""
        return self.account.ready(service)

    def answer(self, model: Any, given: dict[str, Any], region: str) -> tuple[_Http, dict[str, Any]]:
        """Answer one attempt in process, a refusal of the service's included."""
        try:
            parsed = self._answers[model.service_model.service_name](model.name, given, region)
        except ServiceError as error:
            return self.refused(error, model.service_model)
        status = _status(model, parsed)
        parsed["ResponseMetadata"] = self._metadata(status)
        return _Http(status), parsed

    def refused(self, error: ServiceError, model: Any) -> tuple[_Http, dict[str, Any]]:
        """A refusal as botocore parses it."""
        parsed: dict[str, Any] = {
            "Error": {"Message": error.message, "Code": error.code},
            "ResponseMetadata": self._metadata(error.status),
        }
        shape = model.shape_for_error_code(error.code)
        if shape is not None:
            # Some of AWS's error shapes spell it with a capital letter.
            parsed |= {n: error.message for n in shape.members if n in ("message", "Message")}
        parsed |= error.fields
        return _Http(error.status), parsed

    def _metadata(self, status: int) -> dict[str, Any]:
        request_id = f"{self._rng.getrandbits(208):052X}"
        return {
            "RequestId": request_id,
            "HTTPStatusCode": status,
            "HTTPHeaders": {"server": "Server", "x-amzn-requestid": request_id},
            "RetryAttempts": 0,
        }

    def call(self, client: Any, operation: str, params: dict[str, Any]) -> Any:
        """Make one call of one client: its endpoint makes the attempts."""
        return self._call(client, operation, params, current_invocation())

    def _call(
        self, client: Any, operation: str, params: dict[str, Any], invocation: Invocation | None
    ) -> Any:
        service = client.meta.service_model.service_name
        if invocation is not None:
            denied = self._denied(invocation.function, client, operation, params)
            if denied is not None:
                return invocation.api_call(service, operation, partial(_raise, denied))
        if service in self._answers:
            return Transport._original_call(client, operation, params)
        ask_moto = partial(call_of_moto, Transport._original_call, client, operation)
        if (service, operation) == ("sqs", "ReceiveMessage"):
            return self.account.long_poll(params, client.meta.region_name, ask_moto)
        return ask_moto(params)

    def _denied(
        self, function: Function, client: Any, operation: str, params: dict[str, Any]
    ) -> Exception | None:
        """Return the ClientError of a call that the function's role may not make; it is not retried."""
        service_model, account = client.meta.service_model, function.arn.split(":")[4]
        needed = requests(service_model.service_name, operation, params, client.meta.region_name, account)
        self.account.note_rights(function.name, needed)
        if function.permissions is None:
            return None
        try:
            function.permissions.check(needed)
        except ServiceError as error:
            _, parsed = self.refused(error, service_model)
            parsed["ResponseMetadata"]["RetryAttempts"] = 0
            denied: Exception = client.exceptions.from_code(error.code)(parsed, operation)
            return denied
        return None


def _raise(error: Exception) -> None:
    raise error


def _status(model: Any, parsed: dict[str, Any]) -> int:
    # 202 for what was accepted (C2). Some answers have a field that botocore reads from the HTTP status.
    status: int = model.http.get("responseCode", 200)
    if model.http["requestUri"] != "/" and model.output_shape is not None:
        for name, shape in model.output_shape.members.items():
            if shape.serialization.get("location") == "statusCode":
                status = parsed.setdefault(name, status)
    return status


def _keep_params(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    context["cdc_lab_params"] = params


def _takes_plain_values(client: Any) -> bool:
    # A resource's client turns Python's values into DynamoDB's: boto3 hangs that on the client's events.
    from boto3.dynamodb.transform import copy_dynamodb_params

    event = "provide-client-params.dynamodb.PutItem"
    heard = client.meta.events.emit(event, params={}, model=None, context={})
    return any(handler is copy_dynamodb_params for handler, _ in heard)


def _owner(client: Any) -> Transport | None:
    # Not by getattr: botocore emits an event for what a client lacks, which takes longer than a read.
    owner: Transport | None = vars(client).get("_cdc_lab_transport")
    return owner


def _make_api_call(client: Any, operation: str, params: dict[str, Any]) -> Any:
    transport, invocation = _owner(client), current_invocation()
    answering = Transport._answering(invocation)
    if answering is not None:
        client = answering.twin(client) if transport is None else client
        return answering._call(client, operation, params, invocation)
    service = client.meta.service_model.service_name
    if transport is not None:
        if not transport.account.is_open:
            raise LabError(
                f"this {service} client belongs to {transport.account.name}, which is closed: "
                "make it again (run the cell or import that makes it)"
            )
        return transport._call(client, operation, params, invocation)
    if Transport.current is not None:
        raise LabError(
            f"this {service} client was made before the lab was opened and would reach the real AWS: "
            f'make it again, or take lab.client("{service}")'
        )
    return Transport._original_call(client, operation, params)


def _redirect(client: Any, takes_plain_values: bool) -> Callable[[str, dict[str, Any]], Any] | None:
    """Return what makes the calls of another library's client: the lab that is open."""
    current = Transport.current
    if current is None:
        return None
    return partial(current.call, current.twin(client, takes_plain_values))


def _pass_time_of(client: Any) -> Callable[[float], None] | None:
    transport = _owner(client) or Transport.current
    if transport is None:
        return None
    return transport._standing().account.pass_time


def _create_client(
    session: Any, service_name: str, region_name: str | None = None, *args: Any, **kwargs: Any
) -> Any:
    transport = Transport.current
    if transport is None:
        return Transport._original_create(session, service_name, region_name, *args, **kwargs)
    outside = transport.account.client_settings(service_name)
    args, kwargs = _in_the_lab(args, kwargs, outside or {})
    region = region_name or session.get_config_variable("region") or transport.account.region
    if outside is None:  # elsewhere regions may have other names
        region = checked_region(region)
    with shared_parts(session), handlers_in_lab_time(transport._standing) as parts:
        client = Transport._original_create(session, service_name, region, *args, **kwargs)
    Transport.made_at_import.update(_modules_that_are_imported_now())
    if outside is None:
        from moto.core.models import patch_client

        patch_client(client)
    else:
        transport.account.adopt(client)
    transport.adopt(client, parts)
    return client


def _modules_that_are_imported_now() -> Iterator[str]:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_name == "<module>":
            yield frame.f_globals.get("__name__", "")
        frame = frame.f_back


# Session.create_client's parameters after region_name, in order.
_PARAMETERS = (
    "api_version",
    "use_ssl",
    "verify",
    "endpoint_url",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "config",
    "aws_account_id",
)


def _in_the_lab(
    args: tuple[Any, ...], kwargs: dict[str, Any], outside: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    given = dict(zip(_PARAMETERS, args, strict=False)) | kwargs
    for name in ("endpoint_url", "verify", "aws_account_id"):
        given.pop(name, None)
    given |= {"aws_access_key_id": "lab", "aws_secret_access_key": "lab", "aws_session_token": None}
    config = given.get("config")
    given |= outside
    # botocore from 1.44.5 sends stream calls to account-based hosts that moto does not answer (D12).
    ours = Config(account_id_endpoint_mode="disabled").merge(outside.get("config") or Config())
    given["config"] = config.merge(ours) if config is not None else ours
    return (), given


def conform(shape: Any, value: Any) -> Any:
    """Bring an answer of moto's into the form in which boto3 parses it from the wire.

    Members that the service model does not know are dropped, absent ones are left out, times become
    ``datetime`` in the local zone, as botocore parses them.
    """
    kind = shape.type_name
    if kind == "structure":
        members = shape.members
        return {n: conform(members[n], v) for n, v in value.items() if n in members and v is not None}
    if kind == "list":
        return [conform(shape.member, v) for v in value]
    if kind == "map":
        return {k: conform(shape.value, v) for k, v in value.items()}
    if kind == "timestamp":
        return _local_time(value)
    if kind in ("double", "float"):
        return float(value)
    if kind in ("integer", "long"):
        return int(value)
    return value


def _local_time(value: Any) -> datetime:
    if isinstance(value, datetime):
        return to_local(value if value.tzinfo else value.replace(tzinfo=UTC))
    return local_time(float(value))
