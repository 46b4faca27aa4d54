"""The same boto3 calls on several sides, each in a process of its own, taking turns in an order that rotates.

The lab and plain moto work inside the calling process: they are compared by the time that the processor
worked, so that other programs do not decide. A server is compared by wall time: its work is not the caller's.
Servers are there when they can be reached: ``DYNAMODB_LOCAL_URL``, ``MINISTACK_URL``.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

Clients = Callable[[str], Any]
"""A service's name to a boto3 client."""

SERVERS = {"DynamoDB Local": "DYNAMODB_LOCAL_URL", "ministack": "MINISTACK_URL"}
ROUNDS = 7


class Work(NamedTuple):
    """One thing to measure.

    Attributes
    ----------
    name : str
    prepare : callable
        ``prepare(clients, units)`` gives the function that is timed; each round prepares anew.
    units : int
        How many units a round does on the lab.
    slower : int
        On plain moto a round does so many times fewer.
    target : float
        How many times moto's rate the lab's must be.
    """

    name: str
    prepare: Callable[[Clients, int], Callable[[], object]]
    units: int
    slower: int
    target: float


class Spent(NamedTuple):
    """Seconds for one unit."""

    wall: float
    cpu: float


def clients_of(side: str) -> Clients:
    """Open a side in this process."""
    import boto3
    from botocore.config import Config

    if side == "cdc_lab":
        from cdc_lab import Lab

        return Lab(seed=7).client
    config = Config(account_id_endpoint_mode="disabled")  # D12
    options: dict[str, Any] = {"config": config}
    if side == "plain moto":
        from moto import mock_aws

        mock_aws().start()
    else:
        options["endpoint_url"] = os.environ[SERVERS[side]]
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    kept: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in kept:
            kept[service] = session.client(service, **options)
        return kept[service]

    return client


def serve(side: str, works: list[Work], orders: Connection) -> None:
    """Answer orders ``(index of the work, units)`` with what a unit took; None ends it."""
    clients = clients_of(side)
    while (order := orders.recv()) is not None:
        index, units = order
        run = works[index].prepare(clients, units)
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        orders.send(Spent((time.perf_counter() - wall) / units, (time.process_time() - cpu) / units))


class Side:
    """One side's process."""

    def __init__(self, name: str, works: list[Work]) -> None:
        self.name = name
        context = multiprocessing.get_context("spawn")
        self._orders, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(name, works, theirs), daemon=True)
        self._process.start()

    def spend(self, index: int, units: int) -> Spent:
        """Do one round."""
        self._orders.send((index, units))
        spent: Spent = self._orders.recv()
        return spent

    def close(self) -> None:
        """End the process."""
        self._orders.send(None)
        self._process.join()


def measure(works: list[Work], rounds: int = ROUNDS) -> list[dict[str, list[Spent]]]:
    """Let every side do every work `rounds` times."""
    names = ["plain moto", "cdc_lab", *(name for name, url in SERVERS.items() if os.environ.get(url))]
    sides = [Side(name, works) for name in names]
    measured: list[dict[str, list[Spent]]] = []
    for index, work in enumerate(works):
        spent: dict[str, list[Spent]] = {name: [] for name in names}
        for turn in range(-1, rounds):
            for side in sides[turn % len(sides) :] + sides[: turn % len(sides)]:
                one = side.spend(index, work.units if side.name == "cdc_lab" else work.units // work.slower)
                if turn >= 0:  # the first round warms up
                    spent[side.name].append(one)
        measured.append(spent)
    for side in sides:
        side.close()
    return measured


def show(title: str, unit: str, works: list[Work], rounds: int = ROUNDS) -> int:
    """Print the table; return 1 when a target was missed."""
    measured = measure(works, rounds)
    print(f"{title}: {unit} per second, min / median / max of {rounds} rounds")
    print(f"  {'':34}{'side':16}{'by the processor':>26}{'by the wall':>26}")
    missed = 0
    for work, spent in zip(works, measured, strict=True):
        for name, rounds_of_side in spent.items():
            cells = "".join(
                f"{_rates([getattr(one, clock) for one in rounds_of_side]):>26}" for clock in ("cpu", "wall")
            )
            print(f"  {work.name:34}{name:16}{cells}")
        moto, lab = (statistics.median(one.cpu for one in spent[name]) for name in ("plain moto", "cdc_lab"))
        reached = moto / lab >= work.target
        missed += not reached
        verdict = "reached" if reached else "MISSED"
        print(f"  {'':34}{moto / lab:.1f} times plain moto (target {work.target:g}: {verdict})")
        for name in spent.keys() & SERVERS.keys():
            wall, ours = (statistics.median(one.wall for one in spent[side]) for side in (name, "cdc_lab"))
            print(f"  {'':34}{wall / ours:.1f} times {name}, by the wall")
    return int(missed > 0)


def _rates(seconds: list[float]) -> str:
    low, middle, high = 1 / max(seconds), 1 / statistics.median(seconds), 1 / min(seconds)
    return f"{_number(low)} / {_number(middle)} / {_number(high)}"


def _number(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"


def new_table(clients: Clients, name: str, view_type: str = "NEW_AND_OLD_IMAGES") -> None:
    """A table with a stream, empty: an older one of that name goes first."""
    client = clients("dynamodb")
    if name in client.list_tables()["TableNames"]:
        client.delete_table(TableName=name)
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "flight_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "flight_id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view_type},
    )


def flight(number: int, **more: Any) -> dict[str, Any]:
    """An item as the lessons' flights are: about 200 bytes."""
    return {
        "flight_id": {"S": f"UA{number}"},
        "carrier": {"S": "UA"},
        "flight": {"N": str(number)},
        "origin": {"S": "EWR"},
        "dest": {"S": "IAH"},
        "distance": {"N": "1400"},
        "scheduled_departure": {"S": "2013-03-08T10:15:00Z"},
        "scheduled_arrival": {"S": "2013-03-08T14:04:00Z"},
        "status": {"S": "scheduled"},
        **more,
    }


def key(number: int) -> dict[str, Any]:
    """A flight's key."""
    return {"flight_id": {"S": f"UA{number}"}}
