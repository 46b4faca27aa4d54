"""The guard on the way out of the process: at name resolution, and at connecting.

While a lab is open, nothing of the process reaches another machine, be it a handler's, a test's or a thread's
beside them. Addresses that `lab.http` knows are answered in the process, for handlers. Loopback and what the
user named stay free; where a handler goes there, that takes real time and no lab time, which the trace says.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from asyncio import BaseEventLoop
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import Any

import urllib3.connection

from cdc_lab.emulator.lambda_.invocation import Invocation
from cdc_lab.emulator.network.async_connections import PlainTls, connect
from cdc_lab.emulator.network.following import (
    PROCESSES,
    is_followed,
    started_process,
    unfollowed_invocation,
)
from cdc_lab.emulator.network.http import (
    METHODS,
    STATUSES,
    HttpRequest,
    HttpService,
    checked_prefix,
    host_of,
    is_below,
)
from cdc_lab.emulator.network.sockets import AnsweredSocket, Exchange
from cdc_lab.emulator.refusals import is_aws_service, register_http_service
from cdc_lab.errors import LabError

NAMED = ("OPENSEARCH_URL", "DYNAMODB_LOCAL_URL")
"""Settings in which a user names an address."""

_SERVICE_PORTS = {"http": 80, "https": 443}
# RFC 5737: addresses for documentation, which no machine has.
_MADE_UP = "192.0.2."


class WayOut:
    """What handlers may reach beside AWS, as long as a lab is open."""

    _resolving = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")
    _connecting = ("connect", "connect_ex", "sendto", "sendmsg")

    def __init__(self) -> None:
        self._services: dict[str, HttpService] = {}
        self._named = set(map(host_of, _settings()))
        self._resolved: set[str] = set()
        self._made_up: dict[str, str] = {}
        self._replaced: list[tuple[Any, str, Any, Any]] = []

    def open(self) -> None:
        """Stand guard from now on."""
        for name in self._resolving:
            self._replace(socket, name, self._resolver(getattr(socket, name)))
        for name in filter(partial(hasattr, socket.socket), self._connecting):
            self._replace(socket.socket, name, self._connecter(name, getattr(socket.socket, name)))
        # It warns of a clock that is years behind, as the lab's is.
        self._replace(urllib3.connection, "RECENT_DATE", date.min)
        self._replace(ssl.SSLContext, "wrap_socket", _wrapper(ssl.SSLContext.wrap_socket))
        self._replace(ssl.SSLContext, "wrap_bio", self._bio_wrapper(ssl.SSLContext.wrap_bio))
        loops: Any = BaseEventLoop
        self._replace(loops, "create_connection", self._loop_connecter(loops.create_connection))
        for owner, name, kind in PROCESSES:
            self._replace(owner, name, started_process(getattr(owner, name), kind))

    def close(self) -> None:
        """Give everything back."""
        for owner, name, ours, own in reversed(self._replaced):
            if vars(owner).get(name) is not ours:
                continue  # somebody else replaced it meanwhile, or put back what had been there
            if own is None:
                delattr(owner, name)
            else:
                setattr(owner, name, own)
        self._replaced.clear()

    def _replace(self, owner: Any, name: str, ours: Any) -> None:
        # A method that a class inherits becomes its own for a time.
        self._replaced.append((owner, name, ours, vars(owner).get(name)))
        setattr(owner, name, ours)

    # -- services ------------------------------------------------------------------------------------

    def add(self, url_prefix: str, answer: Any, seconds: float | None, name: str | None) -> HttpService:
        """Answer the calls to addresses that begin so; see :meth:`cdc_lab.Lab.http`."""
        prefix = checked_prefix(url_prefix)
        if seconds is not None and (isinstance(seconds, bool) or not seconds >= 0):
            raise LabError(f"lab.http(seconds={seconds!r}): give seconds of lab time, 0 or more")
        service = HttpService(name or host_of(prefix), prefix, answer, seconds)
        if is_aws_service(service.name):
            raise LabError(f"lab.http(name={service.name!r}): AWS has a service of that name; choose another")
        register_http_service(service.name, METHODS, STATUSES)
        self._services[prefix] = service
        return service

    def _service(self, url: str) -> HttpService | None:
        found = [service for prefix, service in self._services.items() if is_below(prefix, url)]
        return max(found, key=lambda service: len(service.prefix), default=None)

    def _of_host(self, host: str) -> list[HttpService]:
        return [service for service in self._services.values() if service.host == host]

    def _is_answered(self, host: str) -> bool:
        return any(not service.is_real for service in self._of_host(host))

    def _answer(self, request: HttpRequest, patience: float | None) -> bytes:
        invocation = unfollowed_invocation()
        service = self._service(request.url)
        if service is None or service.is_real or invocation is None:
            known = ", ".join(one.prefix for one in self._of_host(host_of(request.url)))
            raise _refused(invocation, f"called {request.url}, and lab.http knows {known} alone")
        return service.call(invocation, request, patience).to_wire(request.method)

    # -- the guard -----------------------------------------------------------------------------------

    def _resolver(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
            if is_followed():
                return original(host, *args, **kwargs)
            invocation = unfollowed_invocation()
            name = _text(host)
            port = args[0] if args else kwargs.get("port")
            if invocation is not None and self._is_answered(name):
                return _resolved(original.__name__, self._address_of(name), port)
            self._check(invocation, name, port)
            found = original(host, *args, **kwargs)
            if original.__name__ == "getaddrinfo":
                self._resolved |= {str(entry[4][0]) for entry in found}
            return found

        return resolve

    def _address_of(self, name: str) -> str:
        for address, known in self._made_up.items():
            if known == name:
                return address
        address = f"{_MADE_UP}{len(self._made_up) % 254 + 1}"
        self._made_up[address] = name
        return address

    def _connecter(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def connect(plain: socket.socket, *args: Any) -> Any:
            if is_followed():
                return original(plain, *args)
            invocation = unfollowed_invocation()
            address = args[-1]
            if name == "sendmsg" and len(args) < 4:
                return original(plain, *args)  # over a connection
            if not isinstance(address, tuple):  # of this machine
                if invocation is not None:
                    invocation.note_unfollowed("socket", "local")
                return original(plain, *args)
            host = self._made_up.get(str(address[0]), _text(address[0]))
            port = int(address[1])
            if invocation is not None and self._is_answered(host):
                if type(plain) is not socket.socket or name.startswith("send"):
                    raise _refused(invocation, f"reached {host}:{port} by something else than plain HTTP")
                refuse = _refuser(invocation, host, port)
                AnsweredSocket.take(plain, Exchange(host, port, self._answer, refuse))
                return 0 if name == "connect_ex" else None
            self._check(invocation, host, port)
            if invocation is not None:
                invocation.note_unfollowed("socket", f"{host}:{port}")
            return original(plain, *args)

        return connect

    def _loop_connecter(self, original: Callable[..., Any]) -> Callable[..., Any]:
        async def create_connection(
            loop: Any, protocol_factory: Any, host: Any = None, port: Any = None, **kwargs: Any
        ) -> Any:
            invocation = unfollowed_invocation()
            if invocation is not None:
                sock = kwargs.get("sock")
                if isinstance(sock, AnsweredSocket):
                    host, port = sock.getpeername()
                    sock.close()
                name = self._made_up.get(str(host), _text(host))
                if self._is_answered(name):
                    exchange = Exchange(name, int(port), self._answer, _refuser(invocation, name, int(port)))
                    exchange.is_encrypted = bool(kwargs.get("ssl"))
                    return connect(loop, protocol_factory, exchange)
            return await original(loop, protocol_factory, host, port, **kwargs)

        return create_connection

    def _bio_wrapper(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def wrap_bio(context: Any, incoming: Any, outgoing: Any, *args: Any, **kwargs: Any) -> Any:
            host = _text(kwargs.get("server_hostname") or (args[1] if len(args) > 1 else None))
            if unfollowed_invocation() is not None and self._is_answered(host):
                return PlainTls(incoming, outgoing, host)
            return original(context, incoming, outgoing, *args, **kwargs)

        return wrap_bio

    def _check(self, invocation: Invocation | None, host: str, port: Any) -> None:
        """Refuse what would leave the machine."""
        if self._is_free(host):
            return
        at = f"{host}:{port}" if port else host
        scheme = "http" if port in (80, "80", "http") else "https"
        real = f"let the real service answer, lab.http('{scheme}://{host}/', None)"
        if invocation is None:
            raise LabError(
                f"the process tried to reach {at} while a lab is open: nothing leaves this machine then. Do "
                f"it before Lab(...) or after lab.close(); or {real}"
            )
        raise _refused(
            invocation,
            f"tried to reach {at}: in a lab no handler reaches another machine. Give its calls an answer, "
            f"lab.http('{scheme}://{host}/', answer, seconds=0.2), or {real}",
        )

    def _is_free(self, host: str) -> bool:
        named = self._named | set(map(host_of, _settings()))
        if host in named or host in self._resolved or host in _OWN_NAMES or host.endswith(".localhost"):
            return True
        if any(service.is_real for service in self._of_host(host)) or host == socket.gethostname().lower():
            return True
        try:
            found = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return False
        return found.is_loopback or found.is_unspecified


_OWN_NAMES = ("", "localhost", "ip6-localhost", "localhost.localdomain")


def _settings() -> Iterable[str]:
    return [os.environ[name] for name in NAMED if name in os.environ]


def _text(host: Any) -> str:
    if host is None:
        return ""
    text = host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)
    return text.rstrip(".").lower()


def _resolved(what: str, address: str, port: Any) -> Any:
    """Return what a function that resolves names gives for a made-up address."""
    if what == "gethostbyname":
        return address
    if what != "getaddrinfo":
        return address, [], [address]
    number = _SERVICE_PORTS.get(port, port) if isinstance(port, str) else port
    place = (address, int(number or 0))
    return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place)]


def _refuser(invocation: Invocation, host: str, port: int) -> Callable[[str], LabError]:
    return lambda how: _refused(
        invocation,
        f"reached {host}:{port} {how}: lab.http answers HTTP clients such as requests, urllib3, "
        "urllib.request and httpx",
    )


def _refused(invocation: Invocation | None, what: str) -> LabError:
    """The refusal; the invocation keeps it, for its handler may swallow it."""
    if invocation is None:
        return LabError(f"a handler {what}")
    error = LabError(f"the handler of {invocation.function.name!r} {what}")
    invocation.refused = error
    return error


def _wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
    def wrap_socket(context: ssl.SSLContext, sock: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(sock, AnsweredSocket):
            return sock.encrypt()
        return original(context, sock, *args, **kwargs)

    return wrap_socket
