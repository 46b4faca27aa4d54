"""The servers beside which the lab is measured: each started anew for a work, and stopped after it.

DynamoDB Local slows down with every stream record that it holds, so no work meets what another left behind.
It is fetched and started where java and npm are there; ministack is started where it is installed. A server
that ``DYNAMODB_LOCAL_URL`` or ``MINISTACK_URL`` names is taken as it is, however full.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Protocol

import urllib3
from botocore.exceptions import ClientError

from tests.integration.dynamodb_local import DynamoDBLocal, Unavailable, free_port
from tests.integration.wire import WireClient

MINISTACK_URL = "MINISTACK_URL"
START_SECONDS = 60.0
POLL_SECONDS = 0.1


class Server(Protocol):
    """A server of AWS's API on this machine."""

    client: WireClient

    def start(self) -> None:
        """Start, and wait until the API answers; `Unavailable` says why it cannot run here."""

    def stop(self) -> None:
        """End what was started; a given server is left alone."""


class Ministack:
    """One ministack: a process of ours on loopback, or the one that ``MINISTACK_URL`` names."""

    def __init__(self) -> None:
        self._given_url = os.environ.get(MINISTACK_URL)
        self._process: subprocess.Popen[bytes] | None = None
        self._files: tempfile.TemporaryDirectory[str] | None = None
        self.client: WireClient

    def start(self) -> None:
        """Start, and wait until the API answers.

        Raises
        ------
        Unavailable
            ministack is not installed, does not come up, or nothing answers at the given URL.
        """
        if self._given_url:
            self.client = WireClient(self._given_url)
            if not self._answers():
                raise Unavailable(f"nothing answers at {MINISTACK_URL}={self._given_url}")
            return
        program = shutil.which("ministack")
        if program is None:
            raise Unavailable(f"ministack is not on the PATH; install it apart or set {MINISTACK_URL}")
        port = free_port()
        self.client = WireClient(f"http://127.0.0.1:{port}")
        self._files = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            [program],
            env=os.environ | _SETTINGS | {"GATEWAY_PORT": str(port), "TMPDIR": self._files.name},
            cwd=self._files.name,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # its workers end with it
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.stop()
                raise Unavailable(f"ministack did not answer within {START_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)

    def _answers(self) -> bool:
        try:
            self.client.call("dynamodb", "ListTables", {"Limit": 1})
        except (urllib3.exceptions.HTTPError, ClientError):
            return False
        return True

    def stop(self) -> None:
        """End the process that was started here and its workers."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=30)
            self._process = None
        if self._files is not None:
            self._files.cleanup()
            self._files = None


# It would listen on every interface, and open ports for other services than DynamoDB's.
_SETTINGS = {
    "BIND_HOST": "127.0.0.1",
    "IOT_MTLS_ENABLED": "0",
    "SFTP_ENABLED": "0",
    "LAMBDA_EXECUTOR": "local",
    "LOG_LEVEL": "ERROR",
}

SERVERS: dict[str, Callable[[], Server]] = {"DynamoDB Local": DynamoDBLocal, "ministack": Ministack}


def left_out(names: list[str]) -> dict[str, str]:
    """Try each server once: those that cannot run here, and why.

    Parameters
    ----------
    names : list of str
        Keys of `SERVERS`.
    """
    reasons = {}
    for name in names:
        try:
            with running(name):
                pass
        except Unavailable as reason:
            reasons[name] = str(reason)
    return reasons


@contextlib.contextmanager
def running(name: str) -> Iterator[str]:
    """A fresh server; gives its URL.

    Raises
    ------
    Unavailable
        It cannot run here.
    """
    server = SERVERS[name]()
    try:
        server.start()
        yield server.client.url
    finally:
        server.stop()
