"""What happens in this exercise alone: the view type of a stream is changed while the day goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from cdc_lab.classroom.exercises.steps import Quiet, Stage
from cdc_lab.patterns import StreamRecord

_RETRIES = 1
_RECORDS, _MAPPING = "records of the stream before", "mapping on the stream after"


@dataclass(frozen=True)
class NewView(Quiet):
    """Somebody changes the view type of a table's stream, and makes a mapping on the new stream.

    DynamoDB knows no change of the view type: the stream is disabled, and another one is enabled (B25).
    """

    view_type: str = "NEW_IMAGE"
    table: str = "departures"
    part: str = "board"

    def __str__(self) -> str:
        made = f"the stream of {self.table} is made anew with the view type {self.view_type}"
        return f"{made}, and mapped to {self.part}"

    def happen(self, stage: Stage) -> None:
        """Disable the stream, enable another, and map it."""
        table, client = stage.tables[self.table], stage.lab.client("dynamodb")
        stage.notes[_RECORDS] = list(stage.lab.read_stream(table))
        enabled = {"StreamEnabled": True, "StreamViewType": self.view_type}
        for specification in ({"StreamEnabled": False}, enabled):
            client.update_table(TableName=table.name, StreamSpecification=specification)
        stage.notes[_MAPPING] = stage.lab.attach(
            self.part,
            table,
            MaximumRetryAttempts=_RETRIES,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )["UUID"]


class Streams(NamedTuple):
    """What both streams held, one after the other; and the event ids that Lambda gave up of the second."""

    records: tuple[StreamRecord, ...]
    given_up: frozenset[str]


def both_streams(stage: Stage, steps: Sequence[Any]) -> Streams:
    """Read what came of a `NewView`, and delete its mapping."""
    now = list(stage.lab.read_stream(stage.tables["departures"]))
    lost: set[str] = set()
    mapping = stage.notes.get(_MAPPING)
    if mapping is not None:
        failures = stage.lab.trace.failures
        rows = failures[failures["mapping"] == mapping].to_dict("records") if len(failures) else []
        for row in rows:
            first, last = int(row["start_sequence_number"]), int(row["end_sequence_number"])
            lost |= {record.event_id for record in now if first <= record.sequence <= last}
        stage.lab.client("lambda").delete_event_source_mapping(UUID=mapping)
    return Streams((*stage.notes.get(_RECORDS, ()), *now), frozenset(lost))
