"""What a test changes in a lab, and wants to see of it, beside what it names itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cdc_lab.emulator.faults import Watch

VARIED = (
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "ParallelizationFactor",
    "BisectBatchOnFunctionError",
)
"""Parameters of CreateEventSourceMapping of which a right handler does not depend."""
_MOST_RAISED = 50
# A tumbling window keeps its state for each shard, and AWS does not say what a bisect means for it (C62).
_NOT_BESIDE_WINDOWS = ("ParallelizationFactor", "BisectBatchOnFunctionError")


@dataclass
class Trial:
    """How a lab is used by a test. As it is made, it changes nothing.

    Attributes
    ----------
    mapping : mapping of str to object
        Parameters of CreateEventSourceMapping for streams, where a call does not name them.
    cold_starts : float
        Of functions that name none.
    outside : callable or None
        What somebody outside of the execution environments holds at the moment: objects, and cells of
        closures. Where it is given, a crash or a timeout loses everything else that a handler remembers.
    watch : callable or None
        Is told of each step of a handler.
    raised : dict of str to BaseException, or None
        Where it is a dict, what the last handlers raised is kept there, by request id.
    left_open : set of str
        Which of the parameters in `mapping`, and of those that may stand there, calls did not name.
    echoes : bool
        Whether what handlers print goes to the test's own output, too.
    """

    mapping: Mapping[str, Any] = field(default_factory=dict)
    cold_starts: float = 0.0
    outside: Callable[[], Sequence[object]] | None = None
    watch: Watch | None = None
    raised: dict[str, BaseException] | None = None
    echoes: bool = False
    left_open: set[str] = field(default_factory=set)

    def note_raised(self, request_id: str, error: BaseException | None) -> None:
        """Keep what a handler raised, if that is wanted."""
        if self.raised is None or error is None:
            return
        self.raised[request_id] = error
        if len(self.raised) > _MOST_RAISED:
            del self.raised[next(iter(self.raised))]

    def completed(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """The parameters of a call that creates a mapping of a stream, and what it leaves open."""
        self.left_open.update(name for name in VARIED if name not in params)
        own = self.mapping
        if params.get("TumblingWindowInSeconds"):
            own = {name: value for name, value in own.items() if name not in _NOT_BESIDE_WINDOWS}
        return {**own, **params}
