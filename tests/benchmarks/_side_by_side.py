"""The same boto3 calls on several sides, each in a process of its own, taking turns in an order that rotates.

The lab and plain moto work inside the calling process: they are compared by the time that the processor
worked, so that other programs do not decide. A server is compared by wall time, its work is not the caller's;
and by its best round, because a fresh Java machine is slow at first and a full one later on.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

from tests.benchmarks._servers import SERVERS, left_out, running
from tests.benchmarks._sides import LAB, MOTO, Clients, Lacks, Prepare, Side, SideDied, Spent

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
    others : int
        And on every other side.
    target : float
        How many times moto's rate the lab's must be.
    """

    name: str
    prepare: Prepare
    units: int
    others: int
    target: float


Measured = dict[str, list[Spent] | str]
"""By side: its rounds, or why there are none."""


class Comparison:
    """The sides, and what has become of them.

    Parameters
    ----------
    works : list of Work
    servers : list of str, optional
        Which of `SERVERS` take part, where they can run.

    Attributes
    ----------
    out : dict
        The sides that are left out from now on, and why.
    """

    def __init__(self, works: list[Work], servers: list[str] | None = None) -> None:
        self.works = works
        servers = list(SERVERS) if servers is None else servers
        self.out = left_out(servers)
        for name, reason in self.out.items():
            print(f"  {name} is left out: {reason}", flush=True)
        self._servers = [name for name in servers if name not in self.out]
        self._ours = [Side(name, [work.prepare for work in works]) for name in (MOTO, LAB)]

    def close(self) -> None:
        """End the processes."""
        for side in self._ours:
            side.close()

    def measure(self, index: int, rounds: int) -> Measured:
        """Let every side do one work so many times, and once before to warm up; servers are fresh."""
        with ExitStack() as stack:
            sides = list(self._ours)
            for name in self._servers:
                url = stack.enter_context(running(name))
                sides.append(Side(name, [work.prepare for work in self.works], url))
                stack.callback(sides[-1].close)
            measured: Measured = {side.name: [] for side in sides}
            for turn in range(-1, rounds):
                for side in sides[turn % len(sides) :] + sides[: turn % len(sides)]:
                    self._take_turn(side, index, measured, counts=turn >= 0)
        for name in [name for name in self.out if name in measured]:
            self._servers = [server for server in self._servers if server != name]
            self._ours = [side for side in self._ours if side.name != name]
        return measured

    def _take_turn(self, side: Side, index: int, measured: Measured, counts: bool) -> None:
        rounds = measured[side.name]
        if isinstance(rounds, str):
            return
        work = self.works[index]
        try:
            one = side.spend(index, work.units if side.name == LAB else work.others)
        except SideDied as death:
            print(f"  {side.name} died in {work.name!r} and is left out from here on:\n{death}", flush=True)
            self.out[side.name] = measured[side.name] = "died"
            return
        if isinstance(one, Lacks):
            measured[side.name] = one.what
        elif counts:
            rounds.append(one)


def measure(works: list[Work], rounds: int = ROUNDS) -> Iterator[tuple[Work, Measured]]:
    """Let every side do every work; each is given when it is done."""
    comparison = Comparison(works)
    print(f"  {'':34}{'side':16}{'by the processor':>30}{'by the wall':>30}", flush=True)
    try:
        for index, work in enumerate(works):
            yield work, comparison.measure(index, rounds)
    finally:
        comparison.close()


def show(title: str, unit: str, works: list[Work], rounds: int = ROUNDS) -> int:
    """Print the table; return 1 when a target was missed."""
    print(f"{title}: {unit} per second, min / median / max of {rounds} rounds", flush=True)
    verdicts = [judge(work, spent) for work, spent in measure(works, rounds)]  # each prints its rows
    return int(not all(verdicts))


def judge(work: Work, measured: Measured) -> bool:
    """Print one work's rows and verdicts; say whether the lab reached what it should."""
    rows(work.name, measured)
    lab, moto = measured.get(LAB, "died"), measured.get(MOTO, "died")
    if isinstance(lab, str) or isinstance(moto, str):
        print(f"  {'':34}nothing to compare: MISSED")
        return False
    ratio = median(moto, "cpu") / median(lab, "cpu")
    reached = ratio >= work.target
    print(f"  {'':34}{ratio:.1f} times plain moto (target {work.target:g}: {_verdict(reached)})")
    for name, theirs in measured.items():
        if name in SERVERS and not isinstance(theirs, str):
            ratio = min(one.wall for one in theirs) / median(lab, "wall")
            reached &= ratio > 1
            print(f"  {'':34}{ratio:.1f} times {name}'s best, by the wall (target 1: {_verdict(ratio > 1)})")
    sys.stdout.flush()
    return reached


def rows(work: str, measured: Measured) -> None:
    """Print what each side did."""
    for name, spent in measured.items():
        if isinstance(spent, str):
            print(f"  {work:34}{name:16}{spent:>30}")
            continue
        cells = (f"{_rates([getattr(one, clock) for one in spent]):>30}" for clock in ("cpu", "wall"))
        print(f"  {work:34}{name:16}{''.join(cells)}")


def median(spent: list[Spent], clock: str) -> float:
    """Seconds for one unit in the median round, by ``cpu`` or ``wall``."""
    middle: float = statistics.median(getattr(one, clock) for one in spent)
    return middle


def _verdict(reached: bool) -> str:
    return "reached" if reached else "MISSED"


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
