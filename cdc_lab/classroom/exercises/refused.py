"""Calls of a run that were refused on purpose: what the check lets happen, and what it saw of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from cdc_lab.emulator.refusals import UNPROCESSED, Refusal
from cdc_lab.trace import Trace

ATTEMPTS = 4
"""As often boto3 sends a request to DynamoDB before it raises what it was refused with (D31)."""
_LEFT = tuple(UNPROCESSED.values())
_SERVICES = {"dynamodb": "DynamoDB", "opensearch": "The search engine"}


@dataclass(frozen=True)
class RefusedCall:
    """One call that was refused.

    Attributes
    ----------
    service, operation : str
    error : str
        An error code, or an HTTP status.
    attempts : int
        How often it was refused.
    request_id : str
        Of the invocation that made it.
    is_final : bool
        Whether the client made no further attempt that succeeded.
    is_done : bool
        Whether the effect stands, and only the answer is lost.
    """

    service: str
    operation: str
    error: str
    attempts: int
    request_id: str
    is_final: bool = True
    is_done: bool = False

    @property
    def is_partial(self) -> bool:
        """Whether a batch was done in part, without an error."""
        return self.error in _LEFT

    def told(self, whose: str) -> str:
        """What happened, in a sentence: ``DynamoDB refused the handler's PutItem ...``."""
        service = _SERVICES.get(self.service, self.service)
        call = f"{whose} {self.operation}"
        if self.is_partial:
            return f"{service} did {call} in part, and gave the rest back as {self.error}."
        error = f"status {self.error}" if self.error.isdecimal() else self.error
        times = f", {self.attempts} times in a row" if self.attempts > 1 else ""
        if self.is_done:
            again = "" if self.is_final else "; boto3 sent the request again"
            return f"{service} carried out {call}, and its answer was lost ({error}{times}){again}."
        return f"{service} refused {call} with {error}{times}."


def refused_in(trace: Trace, refusals: Sequence[Refusal]) -> Iterator[RefusedCall]:
    """What was refused in a run on purpose, call by call.

    Parameters
    ----------
    trace : Trace
        Of a run with these refusals.
    refusals : sequence of Refusal
    """
    attempts: Iterator[Any] = trace.calls.itertuples()
    for _, call in groupby(attempts, key=_Numbering()):
        rows = list(call)
        struck = [(row, refusal) for row in rows if (refusal := _behind(row, refusals)) is not None]
        if struck:
            row, refusal = struck[-1]
            yield RefusedCall(
                row.service,
                row.operation,
                row.outcome,
                len(struck),
                row.request_id,
                is_final=rows[-1] is row,
                is_done=refusal.after,
            )


class _Numbering:
    """Numbers calls: each begins with a first attempt."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._count = 0

    def __call__(self, row: Any) -> int:
        if row.attempt == 1 or row.request_id not in self._last:
            self._count += 1
            self._last[row.request_id] = self._count
        return self._last[row.request_id]


def _behind(row: Any, refusals: Sequence[Refusal]) -> Refusal | None:
    for refusal in refusals:
        is_of_it = refusal.service == row.service and refusal.operation in ("", row.operation)
        if is_of_it and str(refusal.error) == row.outcome:
            return refusal
    return None
