"""Gathers records into batches: by count, by time, by size (C11)."""

from __future__ import annotations

from typing import Protocol

from cdc_lab.emulator.lambda_.event_source_mapping.roles import PolledMapping, PolledRecord, Records, Steps
from cdc_lab.emulator.lambda_.event_source_mapping.windows import Window

PAYLOAD_BYTES = 6 * 1024 * 1024  # C11
ENVELOPE_BYTES = 100


class Source(Protocol):
    """Where records come from: a shard, or a lane's share of it."""

    @property
    def caught_up(self) -> bool:
        """Whether the last read took all there was."""

    @property
    def has_ended(self) -> bool:
        """Whether nothing will ever come any more."""

    def read(self, limit: int) -> Steps:
        """Take up to `limit` records; gives a list."""

    def unread(self, records: Records) -> None:
        """Put the last records read back."""

    def wait(self, until: float | None = None, idle: bool = False) -> Steps:
        """Wait until a read can find something, or until that time."""


class Batcher:
    """Makes the batches of one lane.

    A batch goes out when it is full by count or by payload, or when the batching window is over.
    Without a window, whatever was read goes at once. The window starts when the previous invocation
    completed (C11); where it passes without a record, which AWS does not describe, the next one
    starts with the first record read.

    Parameters
    ----------
    mapping : PolledMapping
    source : Source
    """

    def __init__(self, mapping: PolledMapping, source: Source) -> None:
        self._mapping = mapping
        self._source = source
        self._env = mapping.service.env
        self._opened = float(self._env.now)

    def completed(self) -> None:
        """The invocations of the last batch are over: the next batching window starts."""
        self._opened = float(self._env.now)

    def next(self, window: Window | None = None) -> Steps:
        """Gather the next batch.

        Parameters
        ----------
        window : Window, optional
            The tumbling window: a batch neither crosses its end nor waits beyond it.

        Returns
        -------
        list
            Empty when the shard has ended, or the tumbling window.
        """
        source, env = self._source, self._env
        batch: list[PolledRecord] = []
        size = ENVELOPE_BYTES
        opened = 0.0
        while True:
            parameters = self._mapping.parameters
            found = yield from source.read(max(1, parameters.batch_size - len(batch)))
            if found and not batch:
                over = self._opened + parameters.window <= env.now
                opened = float(env.now) if over else self._opened
            for place, record in enumerate(found):
                record_size = record.event_size()
                too_big = size + record_size > PAYLOAD_BYTES and batch
                if too_big or (window is not None and not window.admits(record)):
                    source.unread(found[place:])
                    return batch
                batch.append(record)
                size += record_size
            if len(batch) >= parameters.batch_size:
                return batch
            if not source.caught_up:
                continue
            if source.has_ended:
                return batch
            due = opened + parameters.window if batch else None
            if window is not None and window.end is not None:
                end = self._mapping.service.clock.on_axis(window.end)
                due = end if due is None else min(due, end)
            if due is not None and env.now >= due - 1e-9:
                return batch
            yield from source.wait(due, idle=not batch and (window is None or window.end is None))
