"""Records that do not come as a mapping brings them: late, out of turn, from an old stream."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cdc_lab.classroom.exercises.steps import Quiet, Stage

_AN_HOUR = timedelta(hours=1)
_LONGEST = 10**39  # the first number of 40 digits, and none is longer (A8)


def events_of(stage: Stage, table: str) -> list[dict[str, Any]]:
    """The records of a table's stream as Lambda events hold them, by their sequence numbers."""
    arn = stage.lab.stream_arn(stage.tables[table])
    records = [record for shard in _shards(stage, table) for record in shard.records]
    return [record.to_event(arn) for record in sorted(records, key=lambda it: it.sequence_number)]


def redrive(stage: Stage, part: str, events: Sequence[dict[str, Any]]) -> None:
    """Invoke a function of the answer with records, as somebody does who redrives them."""
    if events:
        payload = json.dumps({"Records": list(events)})
        stage.lab.client("lambda").invoke(FunctionName=part, InvocationType="Event", Payload=payload)


def _shards(stage: Stage, table: str) -> list[Any]:
    arn = stage.lab.stream_arn(stage.tables[table])
    return list(stage.lab._account.backend.streams.get(arn).shards.values())


@dataclass(frozen=True)
class OldestLast(Quiet):
    """The oldest records come last: they had failed for long, and are redriven when newer ones are done.

    Parameters
    ----------
    count : int
        How many.
    """

    count: int = 2
    table: str = "flights"
    part: str = "handler"

    def __str__(self) -> str:
        return f"the records come, but for the {self.count} oldest: these are redriven an hour later"

    def happen(self, stage: Stage) -> None:
        """Invoke the function with the newer ones, and then with the older ones."""
        events = events_of(stage, self.table)
        redrive(stage, self.part, events[self.count :])
        stage.lab.run()
        stage.lab.clock.advance(_AN_HOUR)
        redrive(stage, self.part, events[: self.count])
        stage.lab.run()


@dataclass(frozen=True)
class LongNumbers(Quiet):
    """The stream is old: its sequence numbers have 39 digits, and soon one more.

    Parameters
    ----------
    before : int
        How many records at most have 39 digits still.
    """

    before: int = 2
    table: str = "flights"

    def __str__(self) -> str:
        return "the stream's sequence numbers grow from 39 to 40 digits"

    def happen(self, stage: Stage) -> None:
        """Let the numbers of its shards go on from there."""
        for shard in _shards(stage, self.table):
            shard.go_on_below(_LONGEST, self.before)
