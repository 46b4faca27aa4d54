"""What happens in this exercise beside writes: late records, a lost index, a busy engine, a rebuild."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from cdc_lab.classroom.exercises.exercise_2.index import NAME
from cdc_lab.classroom.exercises.redriving import events_of, redrive
from cdc_lab.classroom.exercises.steps import Delivery, Quiet, Stage, call_until_done
from cdc_lab.classroom.exercises.values import shown
from cdc_lab.classroom.exercises.writes import Write
from cdc_lab.classroom.exercises.writes import makes_sense as writes_make_sense
from cdc_lab.classroom.search import search_engine
from cdc_lab.classroom.search.client import connect
from cdc_lab.classroom.search.refusals import REFUSALS
from cdc_lab.show.tables import counted

_MADE_BY = {"INSERT": ("put",), "MODIFY": ("put", "update"), "REMOVE": ("delete", "expire")}
_WRITER, _WRITER_TIMEOUT = "writer", 10
_LATE = timedelta(hours=1)
_OTHER = "arrivals"


@dataclass(frozen=True)
class Late(Quiet):
    """An old record comes once more, alone, an hour after all others: somebody redrives what had failed."""

    flight_id: str
    event_name: Literal["INSERT", "MODIFY", "REMOVE"]
    table: str = NAME
    part: str = "handler"

    def __str__(self) -> str:
        return f"an hour later the first {self.event_name} of {self.flight_id} is delivered once more, alone"

    def happen(self, stage: Stage) -> None:
        """Invoke the function with it, as a redrive does."""
        wanted = [
            event
            for event in events_of(stage, self.table)
            if event["eventName"] == self.event_name
            and event["dynamodb"]["Keys"]["flight_id"]["S"] == self.flight_id
        ]
        stage.lab.clock.advance(_LATE)
        redrive(stage, self.part, wanted[:1])
        stage.deliver()


@dataclass(frozen=True)
class LostIndex(Quiet):
    """The index is gone, and is made anew."""

    def __str__(self) -> str:
        return "the index is lost, and made anew, empty"

    def happen(self, stage: Stage) -> None:
        """Delete the index and make it anew."""
        search_engine(NAME)


@dataclass(frozen=True)
class Busy(Quiet):
    """The engine refuses what comes next."""

    items: int = 0
    calls: int = 0
    skip: int = 1  # documents that it takes before each that it refuses

    def __str__(self) -> str:
        if self.calls:
            return f"the engine is busy: it answers the next {self.calls} calls with 429"
        if not self.skip:
            return f"the engine is busy: it refuses the next {counted(self.items, 'document')}"
        return f"the engine is busy: of what comes next it refuses {self.items} documents, every second one"

    def happen(self, stage: Stage) -> None:
        """Let the engine refuse the documents that come next."""
        REFUSALS.items, REFUSALS.skip = self.items, self.skip
        REFUSALS.calls = [429] * self.calls


@dataclass(frozen=True)
class Rebuild(Quiet):
    """The answer's rebuild runs; meanwhile the table changes, and its stream is delivered.

    Parameters
    ----------
    during : tuple of Write
        What is written after the scan has read, and before it answers.
    """

    during: tuple[Write, ...] = ()
    # The scan takes 1.4 seconds (Conditions.slow), and reads in their middle.
    after: float = 0.8

    def __str__(self) -> str:
        writes = "; ".join(map(str, self.during))
        return "rebuild" + (f", and while its scan is on the way back: {writes}" if writes else "")

    def happen(self, stage: Stage) -> None:
        """Call `rebuild`, and write while its scan is under way."""
        if self.during:
            stage.lab.create_function(_WRITER, lambda *_: self._write(stage), timeout=_WRITER_TIMEOUT)
            stage.lab.client("lambda").invoke(FunctionName=_WRITER, InvocationType="Event")
        call_until_done(stage, "rebuild", stage.tables[NAME])

    def _write(self, stage: Stage) -> None:
        time.sleep(self.after)
        for write in self.during:
            write.happen(stage)


@dataclass(frozen=True)
class Indexed(Quiet):
    """A document that is in the index, whoever put it there."""

    flight_id: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"in the index: {self.told}"

    @property
    def told(self) -> str:
        """The document in words."""
        told = ", ".join(f"{name}={shown(value)}" for name, value in self.values.items())
        return f"{self.flight_id}: {told}"

    @property
    def body(self) -> dict[str, Any]:
        """The document."""
        return {"flight_id": self.flight_id, **self.values}

    def happen(self, stage: Stage) -> None:
        """Put the document into the index."""
        connect().index(index=NAME, id=self.flight_id, body=self.body)


@dataclass(frozen=True)
class OfAnotherIndex(Quiet):
    """Another index of the engine has a document that would fit, too."""

    flight_id: str
    values: Mapping[str, Any]

    def __str__(self) -> str:
        told = ", ".join(f"{name}={shown(value)}" for name, value in self.values.items())
        return f"in the index {_OTHER}: {self.flight_id}: {told}"

    def happen(self, stage: Stage) -> None:
        """Put the document there."""
        client = search_engine(_OTHER)
        client.index(index=_OTHER, id=self.flight_id, body={"flight_id": self.flight_id, **self.values})
        client.indices.refresh(index=_OTHER)


@dataclass(frozen=True)
class IndexedTogether(Quiet):
    """Documents that are in the index, more than anybody wants to read one by one."""

    documents: tuple[Indexed, ...]

    def __str__(self) -> str:
        return f"in the index: {counted(len(self.documents), 'flight')} such as {self.documents[0].told}"

    def happen(self, stage: Stage) -> None:
        """Put them into the index with one request."""
        lines: list[dict[str, Any]] = []
        for document in self.documents:
            lines += [{"index": {"_id": document.flight_id}}, document.body]
        connect().bulk(index=NAME, body=lines)


def refresh() -> None:
    """Let searches see what was indexed."""
    connect().indices.refresh(index=NAME)


def makes_sense(steps: Sequence[Any]) -> bool:
    """Whether the writes can happen, and each late record is of one that did, and was delivered before."""
    written = [*steps, *(write for step in steps if isinstance(step, Rebuild) for write in step.during)]
    return writes_make_sense(written) and all(
        _has_happened(step, steps[:place]) for place, step in enumerate(steps) if isinstance(step, Late)
    )


def _has_happened(late: Late, before: Sequence[Any]) -> bool:
    writes = [step for step in before if isinstance(step, Write) and step.flight_id == late.flight_id]
    if late.event_name == "MODIFY":
        writes = writes[1:]
    was_delivered = any(isinstance(step, Delivery) for step in before)
    return was_delivered and any(write.kind in _MADE_BY[late.event_name] for write in writes)
