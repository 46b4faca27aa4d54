"""How long things take in lab time: a model that a lab may change, not figures of AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cdc_lab.errors import LabError


@dataclass(frozen=True)
class Latencies:
    """Durations in lab seconds.

    A handler's own computing takes no lab time: only its waits and its AWS calls do. None of these
    numbers is established by AWS; they are round numbers of the usual order of magnitude.

    Parameters
    ----------
    call : float
        One AWS call, there and back. It takes effect half-way.
    calls : mapping of str to float
        Exceptions from `call`, by service (``"sqs"``) or operation (``"dynamodb.PutItem"``).
    transaction : float, optional
        For how long a TransactWriteItems is under way: it claims its items when it takes effect, and writes
        them so much later, but not after its answer. In between others conflict with it (D35). By default it
        is under way until its answer; 0.0: transactions never conflict.
    shortest : float
        No invocation lasts less: Lambda bills by the millisecond.
    cold_start : float
        What a fresh execution environment takes before the handler starts. It does not count towards
        the function's timeout.

    Examples
    --------
    >>> Latencies(calls={"dynamodb": 0.004}).of("dynamodb", "PutItem")
    0.004
    """

    call: float = 0.005
    calls: Mapping[str, float] = field(default_factory=dict)
    transaction: float | None = None
    shortest: float = 0.001
    cold_start: float = 0.25

    def __post_init__(self) -> None:
        named = {"call": self.call, "shortest": self.shortest, "cold_start": self.cold_start, **self.calls}
        if self.transaction is not None:
            named["transaction"] = self.transaction
        for name, seconds in named.items():
            if not seconds >= 0:
                raise LabError(f"latency {name}={seconds!r} is not a number of seconds >= 0")

    def under_way(self, rest: float) -> float:
        """Seconds for which a transaction is under way whose answer arrives after `rest` seconds."""
        return rest if self.transaction is None else min(rest, self.transaction)

    def of(self, service: str, operation: str) -> float:
        """Seconds that one call of that operation takes."""
        if not self.calls:
            return self.call
        return self.calls.get(f"{service}.{operation}", self.calls.get(service, self.call))
