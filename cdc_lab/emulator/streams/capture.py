"""What stands between the tables and their streams: every change of an item passes here once."""

from __future__ import annotations

import marshal
import threading
from collections.abc import Callable, Iterable
from typing import Any

from cdc_lab.clock import Clock
from cdc_lab.emulator.constraints import detected, unsatisfied
from cdc_lab.emulator.dynamodb.images import Image, PackedImage, label
from cdc_lab.emulator.dynamodb.journal import ItemKey
from cdc_lab.emulator.dynamodb.throughput import PartitionThroughput, TableThroughput
from cdc_lab.emulator.dynamodb.ttl import Expire, TimeToLive
from cdc_lab.emulator.streams.service import Stream, StreamsService
from cdc_lab.emulator.streams.view_types import VIEW_TYPES
from cdc_lab.errors import ServiceError
from cdc_lab.trace.rows import ConflictRow


class ChangeCapture:
    """Connects tables, streams and time to live.

    Parameters
    ----------
    clock : Clock
    streams : StreamsService
    throughput : PartitionThroughput, optional
        What a partition of each table takes in a second; None: as much as comes.
    at_end_of_call : callable
        Lets something happen when the call that is being answered ends: at once where calls take no time.

    Attributes
    ----------
    conflicts : list of ConflictRow
        The requests for items that ongoing transactions refused, oldest first.
    under_way : int
        How many things still wait for the end of their calls.
    lock : threading.RLock
        Held for the length of a call: a write and its record are one step.
    """

    def __init__(
        self,
        clock: Clock,
        streams: StreamsService,
        throughput: PartitionThroughput | None = None,
        *,
        at_end_of_call: Callable[[Callable[[], None]], None] = lambda act: act(),
    ) -> None:
        self.clock = clock
        self._throughput = throughput
        self.streams = streams
        self.lock = threading.RLock()
        self._ttl: dict[str, TimeToLive] = {}
        self._at_end_of_call = at_end_of_call
        self.conflicts: list[ConflictRow] = []
        self.under_way = 0

    # ---- transactions ------------------------------------------------------------------------

    def at_end_of_call(self, act: Callable[[], None]) -> None:
        """Let something happen when the call that is being answered ends, also if nobody waits for it."""

        def end() -> None:
            self.under_way -= 1
            act()

        self.under_way += 1
        self._at_end_of_call(end)

    def note_conflict(self, table: str, keys: Image) -> None:
        """Note that a request for an item was refused, because the item belongs to an ongoing transaction."""
        self.conflicts.append(ConflictRow(at=self.clock.time(), table=table, keys=label(keys)))

    def throughput_of(self, table_arn: str) -> TableThroughput | None:
        """What limits the partitions of a new table."""
        if self._throughput is None:
            return None
        return TableThroughput(self._throughput, self.clock, table_arn)

    # ---- streams -----------------------------------------------------------------------------

    def view_type(self, specification: dict[str, Any] | None) -> str | None:
        """The view type that a StreamSpecification turns on, or None when it turns the stream off.

        There is no default (A22). The exact text of AWS's refusal is not established.
        """
        if not specification or not specification.get("StreamEnabled"):
            if specification and specification.get("StreamViewType"):
                raise ServiceError(
                    "ValidationException",
                    "One or more parameter values were invalid: "
                    "StreamViewType cannot be set while StreamEnabled is false",
                )
            return None
        view_type: str | None = specification.get("StreamViewType")
        if view_type is None:
            raise ServiceError(
                "ValidationException",
                "One or more parameter values were invalid: "
                "StreamViewType is required when StreamEnabled is true",
            )
        if view_type not in VIEW_TYPES:
            rule = f"Member must satisfy enum value set: [{', '.join(VIEW_TYPES)}]"
            raise detected(unsatisfied(view_type, "streamSpecification.streamViewType", rule))
        return view_type

    def enable_stream(self, **table: Any) -> Stream:
        """Open a new stream on a table."""
        return self.streams.enable(**table)

    def forget_table(self, table_arn: str) -> None:
        """Close the stream of a deleted table; it stays readable for 24 hours."""
        self._ttl.pop(table_arn, None)
        self.streams.shards_of_table.pop(table_arn, None)
        if self.streams.current(table_arn) is not None:
            self.streams.disable(table_arn)

    def changed(
        self,
        table_arn: str,
        *,
        key: ItemKey,
        keys: Image,
        before: PackedImage | None,
        after: PackedImage | None,
        service_delete: bool,
    ) -> None:
        """Write the stream record of an item that changed, and note when the item expires."""
        expiry = self._ttl.get(table_arn)
        if expiry is not None:
            expiry.watch(key, after)
        stream = self.streams.current(table_arn)
        if stream is None:
            return
        partition_key = next(iter(keys.values()))
        self.streams.record(
            stream,
            keys=label(keys),
            key_image=PackedImage(keys),
            partition_key=marshal.dumps(partition_key, 0),
            old=before,
            new=after,
            service_delete=service_delete,
        )

    # ---- time to live ------------------------------------------------------------------------

    def enable_ttl(
        self,
        table_arn: str,
        attribute: str,
        expire: Expire,
        items: Iterable[tuple[ItemKey, PackedImage]],
    ) -> None:
        """Let items leave the table after the time that their attribute names."""
        expiry = TimeToLive(self.clock, attribute, expire)
        for key, version in items:
            expiry.watch(key, version)
        self._ttl[table_arn] = expiry
        self.clock.env.process(self._sweep_regularly(table_arn, expiry))

    def disable_ttl(self, table_arn: str) -> None:
        """Let no item of the table expire any more."""
        self._ttl.pop(table_arn, None)

    def _sweep_regularly(self, table_arn: str, expiry: TimeToLive) -> Any:
        while self._ttl.get(table_arn) is expiry:
            yield self.clock.env.timeout(expiry.interval)
            if self._ttl.get(table_arn) is expiry:
                expiry.sweep()

    def expire_ttl(self) -> int:
        """Sweep every table now; return how many items left."""
        return sum(expiry.sweep() for expiry in list(self._ttl.values()))
