"""How far a shard has been processed, when several lanes work on it at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from cdc_lab.emulator.lambda_.event_source_mapping.responses import Numbered


class Checkpoint:
    """The checkpoint of one shard: everything up to it is done, and it never moves back.

    With one lane, batches finish in order. With several, the checkpoint stays below the oldest
    record that is not done; what AWS does there is not established. After a restart, records that
    other lanes had finished beyond it are delivered again.

    Attributes
    ----------
    position : int
        A sequence number.
    """

    def __init__(self, position: int) -> None:
        self.position = position
        self._out: deque[int] = deque()
        self._done: set[int] = set()

    def hand_out(self, records: Iterable[Numbered]) -> None:
        """Take note of records that were given to lanes, in order."""
        self._out.extend(record.sequence_number for record in records)

    def done(self, records: Iterable[Numbered]) -> None:
        """Take note of records that need no further delivery."""
        if not self._out:
            for record in records:
                self.position = max(self.position, record.sequence_number)
            return
        self._done.update(record.sequence_number for record in records)
        while self._out and self._out[0] in self._done:
            self.position = self._out.popleft()
            self._done.discard(self.position)

    def skip_to(self, position: int) -> None:
        """Move up to a position, if nothing is in hand: all up to there was filtered out or given up."""
        if not self._out:
            self.position = max(self.position, position)
