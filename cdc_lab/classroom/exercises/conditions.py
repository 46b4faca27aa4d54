"""How the records of a scenario are delivered, and what goes wrong on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from cdc_lab.emulator.faults import Faults
from cdc_lab.emulator.refusals import Refusal

_NEARLY_ALL = 0.999999  # of all there may be none: the lab would deliver for ever


@dataclass(frozen=True)
class Conditions:
    """Delivery of one run.

    Parameters
    ----------
    batch_size : int
    shards, lanes : int
        Of the stream; ``ParallelizationFactor``.
    duplicates : bool
        Each batch comes once more right after it succeeded (C15).
    again_in_batches_of : int
        When set, all comes a second time an hour later, in batches of this size.
    cold : bool
        Each invocation runs in a fresh execution environment.
    crash_after : int, optional
        The environment dies after so many AWS calls.
    late : timedelta
        How long after the last write the records are delivered.
    bisect : bool
        ``BisectBatchOnFunctionError``.
    view_type : str, optional
        Of the source tables' streams, where it is not the one that they have elsewhere.
    slow : mapping of str to float
        Lab seconds added to each call of a service or operation.
    refuse : tuple of Refusal
        Calls of the functions that are refused, once in a run (D31, D33).
    retries : int
        ``MaximumRetryAttempts``.
    timeout : float
        Of the functions, in lab seconds. boto3 may wait seven of them before it gives up a throttled call.
    conflicts : bool
        Transactions of the functions are under way for a while, and conflict (D35).
    most_invocations : int
        After so many of one delivery the run is broken off: twenty times what the longest scenario needs.
    """

    batch_size: int = 10
    shards: int = 1
    lanes: int = 1
    duplicates: bool = False
    again_in_batches_of: int = 0
    cold: bool = False
    crash_after: int | None = None
    late: timedelta = timedelta(0)
    bisect: bool = False
    view_type: str | None = None
    slow: Mapping[str, float] = field(default_factory=dict)
    refuse: tuple[Refusal, ...] = ()
    retries: int = 3
    timeout: float = 3.0
    conflicts: bool = False
    most_invocations: int = 400

    def faults(self, poisoned: frozenset[str]) -> Faults:
        """What the lab is told to let happen."""
        return Faults(
            duplicates=_NEARLY_ALL if self.duplicates else 0.0,
            crash_after=() if self.crash_after is None else self.crash_after,
            poison=tuple(sorted(poisoned)),
            slow=self.slow,
            refuse=self.refuse,
        )
