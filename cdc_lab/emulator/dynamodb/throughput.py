"""How much one partition takes in a second, and how DynamoDB refuses what is more (D8).

Off by default: ``Lab(partition_throughput=True)`` turns it on for every table of the lab.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cdc_lab.clock import Clock
from cdc_lab.emulator.dynamodb.order import Part, hash_of, segment_of
from cdc_lab.errors import LabError, ServiceError

MAX_PARTITIONS = 4096
_GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html"
ON_DEMAND_TEXT = (
    "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your "
    "table or index so please try again shortly. If exceptions persist, check if you have a hot key: "
    f"{_GUIDE}"
)
PROVISIONED_TEXT = (
    "The level of configured provisioned throughput for the table was exceeded. "
    "Consider increasing your provisioning level with the UpdateTable API."
)
THROTTLED: Mapping[str, str] = {
    "ThrottlingException": "ThrottlingError",
    "ProvisionedThroughputExceededException": "ProvisionedThroughputExceeded",
}
"""The codes of a throttled call, and of the same refusal inside a transaction or a batch of statements."""


@dataclass(frozen=True)
class PartitionThroughput:
    """What each partition of a table takes in a second of lab time.

    From AWS are the two limits, 1,000 write units and 3,000 read units (D8); that a transaction costs double
    and an eventually consistent read half; and that reads and writes are limited apart from each other. The
    rest is a model:

    - A table has `partitions` partitions. Each takes an equal share of the hashes of the partition keys, and
      the shares stay as they are. AWS moves and splits partitions as traffic asks for it. One key never gets
      more than one partition's throughput, on AWS and here.
    - Each second of lab time, from whole second to whole second, has its own budget. A call that costs more
      than a whole second's budget takes place in a second that is unused, and takes up the following ones.
    - A write is counted by the larger of the item's two versions. A page of a query or a scan is counted when
      it was read, for each partition by the share of its items.
    - Not modelled: the throughput of global indexes, and that a table's writes wait for an index which is
      throttled; the capacity of a provisioned table; the quotas of an account; how a table on demand grows.

    Parameters
    ----------
    write_units, read_units : float
        A partition's budget for each second.
    burst_seconds : float
        How many seconds of unused budget a partition saves for later. AWS saves up to 300 seconds for a
        provisioned table, but not beyond the limits of a partition (D42): so 0 is the default.
    partitions : int
        Of each table, 1 to 4,096. The default is what the throughput of a new table on demand asks for: 4,000
        write units and 12,000 read units a second.
    """

    write_units: float = 1000.0
    read_units: float = 3000.0
    burst_seconds: float = 0.0
    partitions: int = 4

    def __post_init__(self) -> None:
        if self.write_units <= 0 or self.read_units <= 0:
            raise LabError(f"{self!r}: write_units and read_units are above 0")
        if self.burst_seconds < 0:
            raise LabError(f"{self!r}: burst_seconds is 0 or more")
        if not 1 <= self.partitions <= MAX_PARTITIONS:
            raise LabError(f"{self!r}: partitions are 1 to {MAX_PARTITIONS}")


def checked_throughput(given: object) -> PartitionThroughput | None:
    """What ``Lab(partition_throughput=...)`` was given; None where nothing is limited."""
    if given is None or given is False:
        return None
    if given is True:
        return PartitionThroughput()
    if isinstance(given, PartitionThroughput):
        return given
    raise LabError(f"partition_throughput={given!r}: give True, False or a PartitionThroughput(...)")


class _Budget:
    """What one partition has left of one kind of unit."""

    def __init__(self, limit: float, burst_seconds: float) -> None:
        self._limit = limit
        self._most_saved = limit * burst_seconds
        self._saved = 0.0
        self._second: int | None = None
        self._used = 0.0

    def _move_to(self, second: int) -> None:
        if self._second is None:
            # A partition that was never used has saved all that it can.
            self._second, self._saved = second, self._most_saved
        passed = second - self._second
        if passed <= 0:
            return
        # Below zero, what is saved is what an earlier call took in advance; a new second pays it back first.
        self._saved = min(self._most_saved, self._saved + self._limit * passed - self._used)
        self._used, self._second = 0.0, second

    def takes(self, units: float, second: int) -> bool:
        self._move_to(second)
        room = self._limit + self._saved
        return self._used + units <= room or (self._used == 0.0 and room >= self._limit)

    def use(self, units: float, second: int) -> None:
        self._move_to(second)
        self._used += units


class TableThroughput:
    """The budgets of one table's partitions.

    Parameters
    ----------
    limits : PartitionThroughput
    clock : Clock
    table_arn : str
    """

    def __init__(self, limits: PartitionThroughput, clock: Clock, table_arn: str) -> None:
        self.limits = limits
        self.is_on_demand = True
        self._clock = clock
        self._arn = table_arn
        self._budgets: dict[tuple[str, int], _Budget] = {}

    def partition_of(self, partition_key: Part) -> int:
        """The number of the partition that a partition key belongs to."""
        return segment_of(hash_of((partition_key,)), self.limits.partitions)

    def write(self, partition_key: Part, units: float) -> None:
        """Count a write, or refuse it.

        Raises
        ------
        ServiceError
            ``ThrottlingException``, or ``ProvisionedThroughputExceededException`` for a provisioned table
            (D41). Nothing is counted then.
        """
        self._count("Write", {self.partition_of(partition_key): units})

    def write_more(self, partition_key: Part, units: float) -> None:
        """Count what a write that was admitted costs beyond its first estimate."""
        if units > 0:
            self._budget("Write", self.partition_of(partition_key)).use(units, self._second())

    def read(self, partition_key: Part, units: float) -> None:
        """Count a read, or refuse it; see :meth:`write`."""
        self._count("Read", {self.partition_of(partition_key): units})

    def read_page(self, sizes: Mapping[Part, int], units: float) -> None:
        """Count a page of items, or refuse it.

        Parameters
        ----------
        sizes : mapping
            Bytes that were read of each partition key.
        units : float
            Of the whole page.
        """
        total = sum(sizes.values())
        shares: dict[int, float] = {}
        for partition_key, size in sizes.items():
            partition = self.partition_of(partition_key)
            shares[partition] = shares.get(partition, 0.0) + units * size / total
        self._count("Read", shares)

    def _count(self, kind: str, units: Mapping[int, float]) -> None:
        second = self._second()
        if not all(self._budget(kind, one).takes(cost, second) for one, cost in units.items()):
            raise self._refusal(kind)
        for one, cost in units.items():
            self._budget(kind, one).use(cost, second)

    def _second(self) -> int:
        return int(self._clock.time())

    def _budget(self, kind: str, partition: int) -> _Budget:
        where = (kind, partition)
        if where not in self._budgets:
            limit = self.limits.write_units if kind == "Write" else self.limits.read_units
            self._budgets[where] = _Budget(limit, self.limits.burst_seconds)
        return self._budgets[where]

    def _refusal(self, kind: str) -> ServiceError:
        reasons = [{"reason": f"Table{kind}KeyRangeThroughputExceeded", "resource": self._arn}]
        if self.is_on_demand:
            return ServiceError("ThrottlingException", ON_DEMAND_TEXT, throttlingReasons=reasons)
        return ServiceError(
            "ProvisionedThroughputExceededException", PROVISIONED_TEXT, ThrottlingReasons=reasons
        )
