"""What is planned for: the writes to a table, the function behind its stream, and what goes wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cdc_lab.emulator.lambda_.event_source_mapping.parameters import Parameters, created
from cdc_lab.errors import LabError, ServiceError
from cdc_lab.planner import limits


class PlanError(LabError):
    """A plan that cannot be met, or bad input: one line that names the limit."""


def number(name: str, value: Any, least: float, *, most: float = math.inf, above: bool = False) -> None:
    """Refuse what is no number of that range; `above`: the least value itself is refused, too."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number or value < least or value > most or (above and value == least):
        floor = "above" if above else "from"
        ceiling = f" to {most:,.10g}" if most < math.inf else ""
        raise PlanError(f"{name}={value!r}: give a number {floor} {least:,.10g}{ceiling}")


def whole(name: str, value: Any, least: int, most: float = math.inf) -> None:
    """Refuse what is no whole number of that range."""
    number(name, value, least, most=most)
    if value != int(value):
        raise PlanError(f"{name}={value!r}: give a whole number")


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The changes that a stream carries.

    Records are counts here: nobody makes a million items.

    Parameters
    ----------
    writes : float
        Changes a second, over the whole table.
    shards : int, optional
        Open shards, one for each partition of the table (B20). By default as many as the writes need.
    item_bytes : int
        Of an item, from 1 to 400 KB.
    view_type : str
        What a record of the stream carries (A19).
    hot_share : float
        The share of all writes that goes to one item, 0 to 1.
    readers : int
        How many mappings read the stream, each with the same settings and a function of its own.
    profile : tuple of (float, float)
        Seconds, and the factor of the writes from each of them on: ``((60, 3), (120, 1))`` is a minute of
        three times the writes. Later in the run where it is longer than the profile, the last factor holds.
    is_random : bool
        Whether the records of a shard come at random moments (a Poisson process) and not evenly spaced. Near
        the knee that makes some hundredths of a second; far from it nothing.
    """

    writes: float
    shards: int | None = None
    item_bytes: int = 500
    view_type: str = "NEW_AND_OLD_IMAGES"
    hot_share: float = 0.0
    readers: int = 1
    profile: tuple[tuple[float, float], ...] = ()
    is_random: bool = False

    def __post_init__(self) -> None:
        number("writes", self.writes, 0, above=True)
        if self.shards is not None:
            whole("shards", self.shards, 1)
        whole("item_bytes", self.item_bytes, 1)
        if self.item_bytes > limits.MAX_ITEM_BYTES:
            raise PlanError(
                f"item_bytes={self.item_bytes}: an item has {limits.MAX_ITEM_BYTES:,} bytes at most"
            )
        if self.view_type not in limits.VIEW_TYPES:
            raise PlanError(f"view_type={self.view_type!r}: choose one of {', '.join(limits.VIEW_TYPES)}")
        number("hot_share", self.hot_share, 0, most=1)
        whole("readers", self.readers, 1)
        before = -math.inf
        for at, factor in self.profile:
            number("profile: a second", at, 0)
            number("profile: a factor", factor, 0)
            if at <= before:
                raise PlanError(f"profile={self.profile!r}: the seconds rise from one entry to the next")
            before = at
        self._check_partitions()

    def _check_partitions(self) -> None:
        """Refuse what partitions do not take, at the peak of the profile."""
        units = limits.write_units(self.item_bytes)
        most = limits.PARTITION_WRITE_UNITS
        if self.hot_writes * units > most * (1 + 1e-9):
            raise PlanError(
                f"hot_share={self.hot_share:g} is {self.hot_writes:,.10g} writes a second to one item, "
                f"{units:g} write units each, and one partition takes {most:,.0f} units a second: "
                "spread the item over several keys"
            )
        hottest = self.hot_writes + (self.peak - self.hot_writes) / self.shard_count
        if hottest * units > most * (1 + 1e-9):
            where = "the shard with the hot item" if self.hot_share else "each shard"
            raise PlanError(
                f"shards={self.shard_count}: {where} would take {hottest:,.10g} writes a second of {units:g} "
                f"write units, and a partition takes {most:,.0f} units: at least {self.least_shards:,} shards"
            )

    @property
    def peak(self) -> float:
        """The most writes a second that the profile reaches."""
        factors = [factor for _, factor in self.profile]
        if not self.profile or self.profile[0][0] > 0:
            factors.append(1.0)
        return self.writes * max(factors)

    @property
    def hot_writes(self) -> float:
        """The most writes a second to the hot item."""
        return self.peak * self.hot_share

    @property
    def least_shards(self) -> int:
        """How many partitions the writes need at their peak, each with its share of 1,000 units (D8).

        The partition of the hot item has that much less room for its share of all others.
        """
        most = limits.PARTITION_WRITE_UNITS / limits.write_units(self.item_bytes)
        others, room = self.peak - self.hot_writes, most - self.hot_writes
        if room <= 0:
            return 1  # one key alone fills a partition: it is refused, or exactly full
        return max(1, math.ceil(others / room - 1e-9))

    @property
    def shard_count(self) -> int:
        """The open shards, as given or as the writes need."""
        return self.least_shards if self.shards is None else int(self.shards)


@dataclass(frozen=True, kw_only=True)
class Function:
    """A handler, by the time that it takes.

    Parameters
    ----------
    seconds_per_record : float
    seconds_per_batch : float
        What an invocation takes beside its records: connections, one flush at its end.
    timeout : float
        Seconds, 1 to 900. A batch that takes longer fails, again and again.
    memory_mb : int
        For the bill.
    concurrency : int, optional
        Its reserved concurrency; without one, what the account leaves.
    account_concurrency : int
        The account's quota (F101).
    others : int
        How many invocations of other functions run at the same time, or are reserved for them.
    """

    seconds_per_record: float
    seconds_per_batch: float = 0.02
    timeout: float = 60.0
    memory_mb: int = 512
    concurrency: int | None = None
    account_concurrency: int = limits.ACCOUNT_CONCURRENCY
    others: int = 0

    def __post_init__(self) -> None:
        number("seconds_per_record", self.seconds_per_record, 0)
        number("seconds_per_batch", self.seconds_per_batch, 0)
        shortest, longest = limits.TIMEOUT_SECONDS
        number("timeout", self.timeout, shortest, most=longest)
        whole("memory_mb", self.memory_mb, 128, 10_240)
        whole("account_concurrency", self.account_concurrency, 1)
        whole("others", self.others, 0)
        if self.concurrency is not None:
            whole("concurrency", self.concurrency, 0)
            most = self.account_concurrency - self.others - limits.UNRESERVED
            if self.concurrency > most:
                raise PlanError(
                    f"concurrency={self.concurrency}: of the account's {self.account_concurrency:,} at most "
                    f"{max(0, most):,} can be reserved here, {limits.UNRESERVED} stay unreserved"
                )

    @property
    def limit(self) -> int:
        """How many of its invocations run at a time at most."""
        if self.concurrency is not None:
            return int(self.concurrency)
        return max(0, int(self.account_concurrency - self.others))

    def seconds(self, records: int) -> float:
        """Return how long an invocation with this number of records takes, whatever its timeout is."""
        return self.seconds_per_batch + records * self.seconds_per_record


@dataclass(frozen=True)
class Outage:
    """The mapping is disabled from one second of the run to another, and then catches up."""

    start: float
    end: float

    def __post_init__(self) -> None:
        number("Outage: start", self.start, 0)
        number("Outage: end", self.end, self.start, above=True)


@dataclass(frozen=True)
class Poison:
    """A record that always fails, written at about that second of the run to the first shard."""

    at: float

    def __post_init__(self) -> None:
        number("Poison: at", self.at, 0)


@dataclass(frozen=True)
class Split:
    """The first shard splits in two at that second of the run (B20)."""

    at: float

    def __post_init__(self) -> None:
        number("Split: at", self.at, 0)


Incident = Outage | Poison | Split


def mapping_parameters(options: Mapping[str, Any]) -> Parameters:
    """Return the parameters of a mapping, checked as Lambda checks them.

    Parameters
    ----------
    options : mapping
        As for CreateEventSourceMapping: ``BatchSize``, ``ParallelizationFactor``, ...

    Raises
    ------
    PlanError
        With Lambda's own words where it refuses, and for what no simulation here knows.
    """
    known = {"StartingPosition": "TRIM_HORIZON", **options, "FunctionName": "planned"}
    for name in ("FilterCriteria", "TumblingWindowInSeconds"):
        if known.get(name):
            raise PlanError(
                f"{name}: the planner does not simulate it; lab.attach(...) does, with real records"
            )
    try:
        return created(known)
    except ServiceError as error:
        raise PlanError(error.message) from None
