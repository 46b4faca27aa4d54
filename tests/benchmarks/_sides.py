"""One side of a comparison: a process of its own that does rounds of work when it is told to."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

LAB, MOTO = "cdc_lab", "plain moto"
CLOSE_SECONDS = 10.0


class Clients:
    """Makes boto3's clients of one side.

    Parameters
    ----------
    side : str
        `LAB`, `MOTO`, or a server's name.
    url : str, optional
        Where the server is.

    Attributes
    ----------
    lab : cdc_lab.Lab or None
        On the lab's side.
    """

    def __init__(self, side: str, url: str | None = None) -> None:
        import boto3
        from botocore.config import Config

        self.side, self.lab = side, None
        self._kept: dict[str, Any] = {}
        self._options: dict[str, Any] = {"config": Config(account_id_endpoint_mode="disabled")}  # D12
        if side == LAB:
            from cdc_lab import Lab

            self.lab = Lab(seed=7)
        elif side == MOTO:
            from moto import mock_aws

            mock_aws().start()
        else:
            self._options["endpoint_url"] = url
        self._session = boto3.Session("testing", "testing", region_name="us-east-1")

    def __call__(self, service: str) -> Any:
        """The client of a service, made once."""
        if service not in self._kept:
            self._kept[service] = self._session.client(service, **self._options)  # type: ignore[call-overload]
        return self._kept[service]


Prepare = Callable[[Clients, int], Callable[[], object]]
"""``prepare(clients, units)`` gives the function that is timed; each round prepares anew."""


class Spent(NamedTuple):
    """Seconds for one unit."""

    wall: float
    cpu: float


class Lacks(NamedTuple):
    """A round that could not be done: the side has no such operation."""

    what: str


class _Died(NamedTuple):
    traceback: str


class SideDied(Exception):
    """A side's process has ended; the text is its traceback, or how it ended."""


# What servers answer to an operation that they do not have.
_UNKNOWN = {"UnknownOperationException", "NotImplemented", "NotImplementedException", "UnsupportedOperation"}


def one_round(prepare: Prepare, clients: Clients, units: int) -> Spent | Lacks:
    """Do one round of work, and say what a unit took.

    Raises
    ------
    Exception
        Whatever the work raises, but for an operation that is not there.
    """
    try:
        run = prepare(clients, units)
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if error.response["Error"]["Code"] in _UNKNOWN or status == 501:
            return Lacks(f"lacks {error.operation_name}")
        raise
    return Spent(wall / units, cpu / units)


def serve(side: str, url: str | None, works: list[Prepare], orders: Connection) -> None:
    """Answer orders ``(index of the work, units)`` with what a unit took; None ends it."""
    try:
        clients = Clients(side, url)
        while (order := orders.recv()) is not None:
            index, units = order
            orders.send(one_round(works[index], clients, units))
    except (EOFError, KeyboardInterrupt):
        return  # the benchmark itself was ended
    except BaseException:
        orders.send(_Died(traceback.format_exc()))


class Side:
    """One side's process.

    Parameters
    ----------
    name : str
    works : list of callable
        What it can be told to do.
    url : str, optional
        A server's.
    """

    def __init__(self, name: str, works: list[Prepare], url: str | None = None) -> None:
        self.name = name
        context = multiprocessing.get_context("spawn")
        self._orders, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(name, url, works, theirs), daemon=True)
        self._process.start()
        theirs.close()  # so that the pipe breaks when the process ends

    def spend(self, index: int, units: int) -> Spent | Lacks:
        """Do one round.

        Raises
        ------
        SideDied
            The process has ended, in this round or before.
        """
        try:
            with contextlib.suppress(OSError):  # what it said before it ended is still to be read
                self._orders.send((index, units))
            answer = self._orders.recv()
        except (EOFError, OSError):
            self._process.join(CLOSE_SECONDS)
            raise SideDied(f"its process ended without a word, exit code {self._process.exitcode}") from None
        if isinstance(answer, _Died):
            raise SideDied(answer.traceback)
        assert isinstance(answer, Spent | Lacks)
        return answer

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self._orders.send(None)
        self._process.join(CLOSE_SECONDS)
        if self._process.is_alive():
            self._process.kill()
