"""The connection that a handler's asynchronous HTTP client gets in place of one to another machine.

Each request is answered in a thread of the handler's, so that several calls wait at the same time while the
loop goes on.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

from cdc_lab.emulator.network.sockets import TLS_BEGINS, Exchange


class _Line:
    """What a client may ask of the socket behind a transport."""

    family, type, proto = socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP

    def __init__(self, host: str, port: int) -> None:
        self._peer = host, port

    def getpeername(self) -> tuple[str, int]:
        return self._peer

    def getsockname(self) -> tuple[str, int]:
        return "127.0.0.1", 0

    def getsockopt(self, *_: Any) -> int:
        return 0

    def setsockopt(self, *_: Any) -> None:
        pass

    def fileno(self) -> int:
        return -1


class AnsweredTransport(asyncio.Transport):
    """A transport of asyncio's whose other end is the lab.

    Parameters
    ----------
    loop : asyncio loop
    protocol : asyncio.Protocol
        The client's.
    exchange : Exchange
    """

    def __init__(self, loop: Any, protocol: Any, exchange: Exchange) -> None:
        line = _Line(exchange.host, exchange.port)
        super().__init__({"peername": line.getpeername(), "sockname": line.getsockname(), "socket": line})
        self._loop, self._protocol, self._exchange = loop, protocol, exchange
        self._is_closing = False

    def write(self, data: Any) -> None:
        """Take what the client sends; answer when a request is complete."""
        self._exchange.write(bytes(data))
        if self._exchange.is_complete and not self._is_closing:
            threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self) -> None:
        """Work in a thread of the handler's."""
        try:
            answered, met = self._exchange.read(-1, None), None
        except Exception as error:
            answered, met = b"", error
        self._loop.call_soon_threadsafe(self._deliver, answered, met)

    def _deliver(self, answered: bytes, met: Exception | None) -> None:
        if self._is_closing:
            return
        if answered:
            self._protocol.data_received(answered)
        self._lose(met)

    def _lose(self, met: Exception | None) -> None:
        if not self._is_closing:
            self._is_closing = True
            if met is None:
                self._protocol.eof_received()
            self._loop.call_soon(self._protocol.connection_lost, met)

    def is_closing(self) -> bool:
        """Return whether it is closed."""
        return self._is_closing

    def close(self) -> None:
        """Close it."""
        if not self._is_closing:
            self._is_closing = True
            self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        """Close it at once."""
        self.close()

    def can_write_eof(self) -> bool:
        """Return that a client cannot end its side alone."""
        return False

    def write_eof(self) -> None:
        """Do nothing: a request that is complete has been answered (older anyios call it all the same)."""

    def get_protocol(self) -> Any:
        """Return the client's protocol."""
        return self._protocol

    def set_protocol(self, protocol: Any) -> None:
        """Let another protocol of the client's go on."""
        self._protocol = protocol

    def pause_reading(self) -> None:
        """Do nothing: what comes is there at once."""

    def resume_reading(self) -> None:
        """Do nothing: what comes is there at once."""

    def is_reading(self) -> bool:
        """Return whether it is open."""
        return not self._is_closing

    def get_write_buffer_size(self) -> int:
        """Return that nothing waits to be sent."""
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Do nothing: nothing waits to be sent."""


class PlainTls:
    """What stands for TLS between memory buffers: everything passes as it is."""

    def __init__(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, host: str) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self.server_hostname = host
        self._has_begun = False

    def do_handshake(self) -> None:
        """Tell the other end that TLS begins."""
        if not self._has_begun:
            self._has_begun = True
            self._outgoing.write(TLS_BEGINS)

    def read(self, size: int = 1024, buffer: Any = None) -> Any:
        """Return what came."""
        data = self._incoming.read(size)
        if not data and not self._incoming.eof:
            raise ssl.SSLWantReadError
        if buffer is None:
            return data
        buffer[: len(data)] = data
        return len(data)

    def write(self, data: Any) -> int:
        """Send."""
        return self._outgoing.write(data)

    def unwrap(self) -> None:
        """Do nothing."""

    def pending(self) -> int:
        """Return how many bytes wait decrypted."""
        return 0

    def getpeercert(self, binary_form: bool = False) -> Any:
        """Return a certificate for the host."""
        return b"" if binary_form else {"subjectAltName": (("DNS", self.server_hostname),)}

    def version(self) -> str:
        """Return the version of TLS."""
        return "TLSv1.3"

    def cipher(self) -> tuple[str, str, int]:
        """Return the cipher."""
        return "TLS_AES_256_GCM_SHA384", "TLSv1.3", 256

    def compression(self) -> None:
        """Return no compression."""

    def selected_alpn_protocol(self) -> None:
        """Return no protocol: HTTP 1 is spoken."""

    def get_channel_binding(self, kind: str = "tls-unique") -> None:
        """Return no binding."""

    def shared_ciphers(self) -> list[Any]:
        """Return no ciphers."""
        return []


def connect(loop: Any, factory: Callable[[], Any], exchange: Exchange) -> tuple[AnsweredTransport, Any]:
    """Return a connection to the lab, as ``loop.create_connection`` gives one."""
    protocol = factory()
    transport = AnsweredTransport(loop, protocol, exchange)
    protocol.connection_made(transport)
    return transport, protocol
