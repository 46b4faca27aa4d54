"""Records that do not come as a mapping brings them: late, out of turn, from an old stream."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cdc_lab.classroom.exercises.steps import Quiet, Stage

_AN_HOUR = timedelta(hours=1)


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
    """The stream is old: its sequence numbers are long, and soon have one digit more.

    Parameters
    ----------
    before : int
        How many records at most have the fewer digits still.
    digits : int
        How many they have then; none is longer than 40 (A8).
    """

    before: int = 2
    table: str = "flights"
    digits: int = 40

    def __str__(self) -> str:
        digits = f"{self.digits - 1} digits, and after {self.before} records {self.digits}"
        return f"the stream is old: its sequence numbers have {digits}"

    def happen(self, stage: Stage) -> None:
        """Let the numbers of its shards go on from there."""
        for shard in _shards(stage, self.table):
            shard.go_on_below(10 ** (self.digits - 1), self.before)
