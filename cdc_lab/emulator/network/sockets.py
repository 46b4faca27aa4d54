"""The socket that a handler's HTTP client gets in place of one to another machine.

Clients are left as they are: what they write is read as an HTTP request, and what they read is the answer.
Nothing is encrypted on the way, for nothing leaves the process.
"""

from __future__ import annotations

import io
import socket
from collections.abc import Callable
from http.client import HTTPMessage, parse_headers
from typing import Any
from weakref import WeakKeyDictionary

from cdc_lab.emulator.network.http import HttpRequest, origin

Answering = Callable[[HttpRequest, float | None], bytes]
"""Answers a request; the second parameter is how many seconds the client waits, None for ever."""

TLS_BEGINS = b"\0TLS begins\0"
"""What a client's TLS sends in place of its handshake."""

Refuse = Callable[[str], Exception]
"""Makes the refusal of what cannot be answered."""


class Exchange:
    """What went over one connection.

    Parameters
    ----------
    host : str
    port : int
    answer : Answering
    refuse : Refuse
    """

    def __init__(self, host: str, port: int, answer: Answering, refuse: Refuse) -> None:
        self.host, self.port = host, port
        self.is_encrypted = False
        self._answer, self._refuse = answer, refuse
        self._asked = b""
        self._answered = io.BytesIO()

    def write(self, data: bytes) -> None:
        """Take what the client sends."""
        if data.startswith(TLS_BEGINS):
            self.is_encrypted, data = True, data[len(TLS_BEGINS) :]
        self._asked += data

    @property
    def is_complete(self) -> bool:
        """Whether all of a request was sent: its head, and as much of a body as that says."""
        head, found, rest = self._asked.partition(b"\r\n\r\n")
        if not found:
            return False
        headers: HTTPMessage = parse_headers(io.BytesIO(head.partition(b"\r\n")[2] + b"\r\n\r\n"))
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return rest.startswith(b"0\r\n") or rest.endswith(b"\r\n0\r\n\r\n")
        return len(rest) >= int(headers.get("content-length", 0))

    def read(self, count: int, patience: float | None) -> bytes:
        """Return the next bytes of the answer; empty at its end."""
        if self._asked:
            if patience == 0:
                raise self._refuse("with a client that does not wait for answers")
            request, self._asked = self._request(), b""
            self._answered = io.BytesIO(self._answer(request, patience))
        return self._answered.read(count)

    def _request(self) -> HttpRequest:
        head, found, rest = self._asked.partition(b"\r\n\r\n")
        first, _, lines = head.partition(b"\r\n")
        words = first.decode("latin-1").split(" ")
        if not found or len(words) != 3 or not words[2].startswith("HTTP/1"):
            raise self._refuse("in another protocol than HTTP 1")
        headers: HTTPMessage = parse_headers(io.BytesIO(lines + b"\r\n\r\n"))
        body = _unchunked(rest) if "chunked" in headers.get("transfer-encoding", "").lower() else rest
        target = words[1]
        if "://" not in target:
            target = origin(self.is_encrypted, self.host, self.port) + target
        return HttpRequest(
            words[0].upper(), target, {name.lower(): value for name, value in headers.items()}, body
        )


def _unchunked(rest: bytes) -> bytes:
    body, stream = b"", io.BytesIO(rest)
    while size := int(stream.readline().split(b";")[0] or b"0", 16):
        body += stream.read(size)
        stream.readline()
    return body


_EXCHANGES: WeakKeyDictionary[AnsweredSocket, Exchange]


class AnsweredSocket(socket.socket):
    """A connection whose other end is the lab; a client's own socket becomes one as it connects."""

    __slots__ = ()

    @classmethod
    def take(cls, plain: socket.socket, exchange: Exchange) -> None:
        """Make a client's socket one."""
        plain.__class__ = cls
        assert isinstance(plain, cls)
        _EXCHANGES[plain] = exchange

    @property
    def _exchange(self) -> Exchange:
        return _EXCHANGES[self]

    def encrypt(self) -> AnsweredSocket:
        """Return itself: wrapping it in TLS changes nothing."""
        self._exchange.is_encrypted = True
        return self

    # -- as a client of the standard library's knows it ---------------------------------------------

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send all of the data."""
        self._exchange.write(bytes(data))

    def send(self, data: Any, flags: int = 0, /) -> int:
        """Send the data; return how many bytes went."""
        self._exchange.write(bytes(data))
        return memoryview(data).nbytes

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Return the next bytes."""
        return self._exchange.read(bufsize, self.gettimeout())

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Read the next bytes into a buffer; return how many there were."""
        view = memoryview(buffer).cast("B")
        data = self.recv(nbytes or len(view))
        view[: len(data)] = data
        return len(data)

    def shutdown(self, how: int, /) -> None:
        """Do nothing: there is no line to shut."""

    def getpeername(self) -> tuple[str, int]:
        """Return host and port."""
        return self._exchange.host, self._exchange.port

    # -- what a socket wrapped in TLS has beside ------------------------------------------------------

    def getpeercert(self, binary_form: bool = False) -> Any:
        """Return a certificate for the host."""
        return b"" if binary_form else {"subjectAltName": (("DNS", self._exchange.host),)}

    def version(self) -> str:
        """Return the version of TLS."""
        return "TLSv1.3"

    def cipher(self) -> tuple[str, str, int]:
        """Return the cipher."""
        return "TLS_AES_256_GCM_SHA384", "TLSv1.3", 256

    def selected_alpn_protocol(self) -> None:
        """Return no protocol: HTTP 1 is spoken."""

    def pending(self) -> int:
        """Return how many bytes wait decrypted."""
        return 0

    def unwrap(self) -> AnsweredSocket:
        """Return itself."""
        return self


_EXCHANGES = WeakKeyDictionary()
