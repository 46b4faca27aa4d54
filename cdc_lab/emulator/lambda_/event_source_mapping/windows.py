"""Tumbling windows: state that travels from one invocation to the next (C57 to C60)."""

from __future__ import annotations

import json
from typing import Any, Protocol

from cdc_lab.clock import iso_text

STATE_BYTES = 1 << 20  # C59


class Created(Protocol):
    """A stream record, as far as windows tell it from others."""

    @property
    def created(self) -> int:
        """``ApproximateCreationDateTime`` in epoch seconds."""


class Window:
    """The tumbling window of one shard: the one that is open, or the next to be opened.

    Windows are aligned to the epoch; a record belongs to one by its approximate creation time (C60).

    Parameters
    ----------
    seconds : int
        Length.
    shard_id, stream_arn : str
        What the event tells.

    Attributes
    ----------
    start, end : float or None
        Epoch seconds; None while no window is open.
    state : object
        What the last successful invocation returned.
    """

    def __init__(self, seconds: int, shard_id: str, stream_arn: str) -> None:
        self.seconds = seconds
        self._shard_id = shard_id
        self._stream_arn = stream_arn
        self.start: float | None = None
        self.end: float | None = None
        self.state: Any = {}
        self.is_too_big = False

    def admits(self, record: Created) -> bool:
        """Whether a record belongs to the open window. Opens one for it where none is."""
        if self.end is None:
            self.start = record.created // self.seconds * self.seconds
            self.end = self.start + self.seconds
        return record.created < self.end

    def decorate(self, event: dict[str, Any], *, is_final: bool) -> dict[str, Any]:
        """Add what a windowed event carries beside its records (C57)."""
        assert self.start is not None, "no window is open"
        start, end = self.start, self.start + self.seconds
        event["window"] = {"start": iso_text(start, "seconds"), "end": iso_text(end, "seconds")}
        event["state"] = json.loads(json.dumps(self.state))
        event["shardId"] = self._shard_id
        event["eventSourceARN"] = self._stream_arn
        event["isFinalInvokeForWindow"] = is_final
        event["isWindowTerminatedEarly"] = is_final and self.is_too_big
        return event

    def refuses(self, answer: Any) -> str:
        """Why an answer fails the invocation; empty when it does not (C58)."""
        if isinstance(answer, dict) and "state" in answer:
            return ""
        return "the response has no state, which a tumbling window requires"

    def keep(self, answer: dict[str, Any]) -> None:
        """Keep the state that a successful invocation returned."""
        self.state = answer["state"]
        self.is_too_big = len(json.dumps(self.state).encode()) > STATE_BYTES

    def close(self) -> None:
        """Drop the state, after the final invocation (C59)."""
        self.start = self.end = None
        self.state = {}
        self.is_too_big = False
