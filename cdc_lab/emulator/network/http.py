"""HTTP calls of handlers as steps of the lab: they take lab time, fail on purpose, and stand in the trace."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

from cdc_lab.emulator.lambda_.invocation import Invocation
from cdc_lab.emulator.refusals import Struck
from cdc_lab.errors import LabError

T = TypeVar("T")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
STATUSES = (429, 503, 500, 502, 504, 400, 401, 403, 404, 408, 409, 422)
"""What a call may be refused with on purpose; the first says "too many requests"."""
_REFUSED = {"message": "This call was refused on purpose, by a fault of the run."}
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class HttpRequest:
    """What a handler asks for.

    Attributes
    ----------
    method : str
        ``GET``, ``POST``, ...
    url : str
        The whole address, with its query.
    headers : mapping of str to str
        Names in lower case.
    body : bytes
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class HttpResponse:
    """What a handler gets."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def of(cls, given: Any) -> HttpResponse:
        """Read what an answer gave.

        Parameters
        ----------
        given : int, str, bytes, dict, list or tuple
            A status; a body, of which dict and list become JSON; or a tuple of status, body and, if wanted,
            headers.
        """
        status, body, headers = 200, given, {}
        if isinstance(given, int) and not isinstance(given, bool):
            status, body = given, b""
        elif isinstance(given, tuple):
            if not 2 <= len(given) <= 3:
                raise LabError(f"answer {given!r}: give a tuple of status and body, or status, body, headers")
            status, body, headers = given if len(given) == 3 else (*given, {})
        kind = ""
        if isinstance(body, dict | list):
            body, kind = json.dumps(body), "application/json"
        elif isinstance(body, str):
            kind = "text/plain; charset=utf-8"
        content = body.encode() if isinstance(body, str) else body
        if not isinstance(content, bytes) or not isinstance(status, int):
            raise LabError(
                f"answer {given!r}: an HTTP answer is a status, a body (str, bytes, dict, list), or a tuple "
                "of status, body and, if wanted, headers"
            )
        return cls(status, {"Content-Type": kind, **headers} if kind else headers, content)

    def to_wire(self, method: str) -> bytes:
        """Return it as it goes over the line; the connection ends with it."""
        try:
            reason = HTTPStatus(self.status).phrase
        except ValueError:
            reason = ""
        own = {"Content-Length": str(len(self.body)), "Connection": "close"}
        lines = [f"{name}: {value}\r\n" for name, value in {**self.headers, **own}.items()]
        head = f"HTTP/1.1 {self.status} {reason}\r\n{''.join(lines)}\r\n".encode("latin-1")
        return head if method == "HEAD" else head + self.body


Answer = Callable[[HttpRequest], Any]


class HttpService:
    """A service behind addresses that begin alike; :meth:`cdc_lab.Lab.http` makes it.

    Parameters
    ----------
    name : str
        As faults and the trace call it.
    prefix : str
        Of the addresses: scheme, host, port if it is not the scheme's own, and a path.
    answer : callable or constant, or None
        None: the real service answers.
    seconds : float, optional
        Lab time that a call takes; by default as long as any other call.

    Attributes
    ----------
    requests : list of HttpRequest
        All that reached it, in order.
    """

    def __init__(self, name: str, prefix: str, answer: Any, seconds: float | None) -> None:
        self.name = name
        self.prefix = prefix
        self._answer = answer
        self.seconds = seconds
        self.requests: list[HttpRequest] = []

    def __repr__(self) -> str:
        return f"<{self.name} at {self.prefix}: {len(self.requests)} requests>"

    @property
    def is_real(self) -> bool:
        """Whether its calls leave the process."""
        return self._answer is None

    @property
    def host(self) -> str:
        """The host of its addresses."""
        return host_of(self.prefix)

    def serve(self, request: HttpRequest) -> HttpResponse:
        """Take a request."""
        self.requests.append(request)
        return HttpResponse.of(self._answer(request) if callable(self._answer) else self._answer)

    def call(self, invocation: Invocation, request: HttpRequest, patience: float | None) -> HttpResponse:
        """Make a call of a handler: it takes lab time and takes effect half-way.

        Parameters
        ----------
        patience : float or None
            Seconds after which the client gives up.

        Raises
        ------
        TimeoutError
            The client gave up.
        """
        own = self.seconds
        if own is None:
            own = invocation.function.latencies.of(self.name, request.method)
        slowness = invocation.plan.slowness(self.name, request.method)
        gives_up = patience is not None and patience < own + slowness

        def carry_out(struck: Struck | None) -> HttpResponse:
            refused = HttpResponse.of((struck.status, _REFUSED)) if struck is not None else None
            served = self.serve(request) if struck is None or struck.after else None
            if gives_up:
                raise TimeoutError("timed out")
            answer = refused or served
            assert answer is not None
            return answer

        return http_step(
            invocation,
            self.name,
            request.method,
            carry_out,
            outcome=lambda answer: "ok" if answer.status < 400 else str(answer.status),
            latency=own,
            seconds=patience if gives_up else None,
            slowness=slowness,
        )


def http_step(
    invocation: Invocation,
    service: str,
    operation: str,
    carry_out: Callable[[Struck | None], T],
    outcome: Callable[[T], str] = lambda _: "ok",
    latency: float | None = None,
    seconds: float | None = None,
    slowness: float | None = None,
) -> T:
    """Make an HTTP call of a handler as one step of it.

    Every client that is not boto3's goes through here: what `lab.http` answers, and the search engine.

    Parameters
    ----------
    invocation : Invocation
        Whose handler makes the call.
    service, operation : str
        As ``register_http_service`` was told.
    carry_out : callable
        Makes the call, or what a fault leaves of it.
    outcome, latency, seconds, slowness
        As in :meth:`Invocation.api_call`.
    """
    return invocation.api_call(
        service,
        operation,
        lambda: carry_out(invocation.plan.refusal(service, operation, {})),
        outcome=outcome,
        latency=latency,
        seconds=seconds,
        slowness=slowness,
    )


def host_of(url: str) -> str:
    """Return the host of an address, in lower case; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def checked_prefix(prefix: object) -> str:
    """Return a prefix of addresses as they are compared: host in lower case, the scheme's own port left out.

    Raises
    ------
    LabError
        It is no address of HTTP.
    """
    parts = urlsplit(prefix) if isinstance(prefix, str) else None
    if parts is None or parts.scheme not in _PORTS or not parts.hostname or parts.username or parts.fragment:
        raise LabError(
            f"lab.http({prefix!r}): give the beginning of an address, 'https://api.example.com/v1'"
        )
    query = f"?{parts.query}" if parts.query else ""
    return f"{origin(parts.scheme == 'https', parts.hostname, parts.port)}{parts.path or '/'}{query}"


def origin(is_encrypted: bool, host: str, port: int | None) -> str:
    """Return scheme, host and port as they begin an address."""
    scheme = "https" if is_encrypted else "http"
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown.lower()}" + (f":{port}" if port not in (None, _PORTS[scheme]) else "")


def is_below(prefix: str, url: str) -> bool:
    """Return whether an address begins with a prefix: ``/v1`` begins ``/v1/x``, but not ``/v10``."""
    rest = url[len(prefix) :] if url.startswith(prefix) else None
    return rest is not None and (not rest or prefix[-1] in "/?=&" or rest[0] in "/?&")
