"""An account whose DynamoDB is somewhere else; Lambda, queues, topics and buckets stay in this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.config import Config

from cdc_lab.backends.real_time import WallClock
from cdc_lab.backends.streams import RemoteStreams
from cdc_lab.emulator.account import Account
from cdc_lab.emulator.attempts import of_lambda
from cdc_lab.emulator.faults import Faults
from cdc_lab.emulator.latencies import Latencies
from cdc_lab.emulator.transport import Answer
from cdc_lab.errors import LabError

SERVICES = frozenset({"dynamodb", "dynamodbstreams"})
EMPTY_PAGES = 10
"""After so many empty pages in a row `Lab.read_stream` takes an open shard for read. On AWS it may take four
or five to cross an empty one (B13, third party)."""

# A poller asks again at its next interval: it must not hang on retries of its own.
_POLLER = Config(retries={"max_attempts": 1}, connect_timeout=3, read_timeout=10)


@dataclass(frozen=True)
class Remote:
    """Where DynamoDB is.

    Attributes
    ----------
    where : str
        How texts call it.
    settings : mapping
        What clients of `SERVICES` are made with.
    granularity : float
        Seconds to which ``ApproximateCreationDateTime`` is rounded down there.
    quiet_seconds : float
        A shard that gave nothing for so long counts as drained: no answer of the service says so (B13).
    guard : callable, optional
        Given each client of `SERVICES`.
    passing : sequence of str
        Patterns of the addresses that calls go to, for moto to let pass.
    """

    where: str
    settings: Mapping[str, Any]
    granularity: float
    quiet_seconds: float
    guard: Callable[[Any], None] | None = None
    passing: Sequence[str] = ()


class RemoteAccount(Account):
    """An account on real time.

    Parameters
    ----------
    name : str
    remote : Remote
    seed : int
    region : str
    clock : WallClock, optional
    """

    # A call takes the time that it takes.
    latencies = Latencies(call=0.0)

    def __init__(
        self, name: str, remote: Remote, *, seed: int, region: str, clock: WallClock | None = None
    ) -> None:
        self._remote = remote
        self.where = remote.where
        self.passing = remote.passing
        super().__init__(name, clock or WallClock(), seed=seed, shards=1, region=region)

    def _sources(self) -> RemoteStreams:
        return RemoteStreams(self.clock, self._poller_client, self.where, self._remote.granularity)

    def _poller_client(self) -> Any:
        import boto3

        return of_lambda(boto3.client("dynamodbstreams", region_name=self.region, config=_POLLER))

    # -- clients ----------------------------------------------------------------------------------

    def outside(self, service: str) -> Mapping[str, Any] | None:
        """The settings of clients that reach the remote DynamoDB."""
        return self._remote.settings if service in SERVICES else None

    def adopted(self, client: Any) -> None:
        """Put the guard before a new client's calls."""
        if self._remote.guard is not None:
            self._remote.guard(client)

    def answers(self) -> dict[str, Answer]:
        """Lambda alone is answered here; moto answers the rest, but for `SERVICES`."""
        return {"lambda": lambda operation, params, _: self.functions.call(operation, params)}

    def frozen(self) -> nullcontext[None]:
        """Nothing: the process's clock is right."""
        return nullcontext()

    # -- tables and streams -----------------------------------------------------------------------

    def plan_table(self, name: str, shards: int | None) -> None:
        """Refuse to choose: the service decides how many shards a stream has."""
        if shards is not None:
            raise self._refusal(f"create_table(shards={shards})", "how many shards a stream has")

    def table_made(self, name: str) -> None:
        """Wait until the table is active."""
        self.client("dynamodb").get_waiter("table_exists").wait(
            TableName=name, WaiterConfig={"Delay": 2, "MaxAttempts": 60}
        )

    def holds_more(self, stream_arn: str, shard_id: str) -> Callable[[int], bool]:
        """Whether to read on: after `EMPTY_PAGES` empty pages nothing more is expected."""
        last, empty = -1, -1

        def read_on(position: int) -> bool:
            nonlocal last, empty
            empty = empty + 1 if position == last else 0
            last = position
            return empty <= EMPTY_PAGES

        return read_on

    def emulated(self, what: str) -> Account:
        """Refuse: tables and streams are not the lab's own."""
        raise self._refusal(what, "when shards split or close and items expire")

    def checked_faults(self, faults: Faults | None) -> Faults | None:
        """Refuse splits and batches done in part; all else goes wrong here, on this side of the calls."""
        if isinstance(faults, Faults) and faults.splits:
            raise self._refusal(f"Faults(splits={faults.splits!r})", "when its shards split")
        partial = [one for one in faults.refuse if one.is_partial and one.service in SERVICES] if faults else []
        if partial:
            raise self._refusal(f"Faults(refuse={partial!r})", "what of a batch it does")
        return faults

    def _refusal(self, what: str, decided: str) -> LabError:
        return LabError(
            f"{what} is for the emulator: {self.where} decides {decided}; open Lab() without backend= for it"
        )

    # -- time -------------------------------------------------------------------------------------

    def run_until(self, moment: timedelta | datetime) -> None:
        """Wait until then; what is due meanwhile happens."""
        self.clock.env.run(until=self.clock.due(moment))

    def run_until_drained(self) -> None:
        """Wait until nothing is left to retry, and every shard has given nothing for a while."""
        since = float(self.clock.env.now)
        while not (self.functions.drained() and self._is_quiet(since)):
            self.clock.env.step()

    def _is_quiet(self, since: float) -> bool:
        now, longest = float(self.clock.env.now), self._remote.quiet_seconds
        return all(
            shard.empty_since is not None and now - max(since, shard.empty_since) >= longest
            for mapping in self.functions.mappings.values()
            if mapping.is_enabled
            for shard in mapping.polled_shards
        )
