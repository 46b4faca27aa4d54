"""Where searches go: an engine of this process, or the one that ``OPENSEARCH_URL`` names."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any, ClassVar

from cdc_lab.emulator.network.following import followed
from cdc_lab.show.panels import ClassroomError

SETTING = "OPENSEARCH_URL"
_END_SECONDS = 2.0


class SearchUnavailable(ClassroomError):
    """There is no search engine here, or it cannot be used."""


def engine_url() -> str:
    """Return the engine's address; start the embedded one the first time that it is needed.

    Raises
    ------
    SearchUnavailable
        None is named, and the embedded one has no build for this machine or does not start.
    """
    return os.environ.get(SETTING) or Embedded.running().url


def engine_seconds() -> float:
    """Processor seconds that the embedded engine has used; 0 where there is none, or no system tells."""
    one = Embedded._one
    return one.seconds if one is not None and one.is_ours else 0.0


class Embedded:
    """An OpenSearch-compatible engine in a process of its own, on a free port of this machine only.

    It keeps everything in memory, and ends with this process, however that ends.

    Attributes
    ----------
    url : str
    """

    _one: ClassVar[Embedded | None] = None

    def __init__(self) -> None:
        command = [_binary(), "--parent-pid", str(os.getpid()), "--no-ja"]
        self._pid = os.getpid()
        try:
            with followed():
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    # Away from the terminal's Ctrl-C, which is meant for a cell.
                    start_new_session=os.name != "nt",
                )
        except OSError as error:
            raise SearchUnavailable(f"the embedded search engine does not start: {error}") from None
        self.url = self._announced()
        atexit.register(self.close)

    @classmethod
    def running(cls) -> Embedded:
        """The process's engine, started if need be."""
        if cls._one is None or not cls._one.is_ours:
            cls._one = cls()
        return cls._one

    @property
    def is_ours(self) -> bool:
        """Whether it runs, and was started by this process: not by the one that this was forked from."""
        return self._pid == os.getpid() and self._process.poll() is None

    @property
    def seconds(self) -> float:
        """Processor seconds that its process has used."""
        if not sys.platform.startswith("linux"):
            return 0.0
        try:
            # Linux has a clock for each process: its number is made of the process's (clock_getcpuclockid).
            return time.clock_gettime((~self._process.pid << 3) | 2)
        except OSError:  # it has just ended
            return 0.0

    def _announced(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with suppress(ValueError):
                told: Any = json.loads(line)
                if isinstance(told, dict) and "url" in told:
                    return str(told["url"])
        code = self._process.wait()
        self._let_go()
        raise SearchUnavailable(f"the embedded search engine ended with exit code {code} as it started")

    def close(self) -> None:
        """End it."""
        if not self.is_ours:
            return
        self._let_go()  # the engine ends when its pipe is closed
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _let_go(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def _binary() -> str:
    try:
        from osmem_server import OsmemError, resolve_binary
    except ImportError:
        raise SearchUnavailable(_NONE) from None
    try:
        return str(resolve_binary())
    except OsmemError:
        raise SearchUnavailable(_NONE) from None


_NONE = (
    "no search engine here: osmem-server has no build for this system. "
    f"Set {SETTING} to an OpenSearch of yours, such as http://localhost:9200, and restart the kernel."
)
