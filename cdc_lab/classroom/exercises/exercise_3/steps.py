"""What happens in the scenarios: events are stored, writers append, snapshots are taken, time passes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from boto3.dynamodb.types import TypeSerializer

from cdc_lab.classroom.exercises.call import Call
from cdc_lab.classroom.exercises.diagnosis import identifiers
from cdc_lab.classroom.exercises.exercise_3.story import LATEST_SCHEMA, Happening
from cdc_lab.classroom.exercises.exercise_3.tables import BOARD, EVENTS
from cdc_lab.classroom.exercises.redriving import events_of
from cdc_lab.classroom.exercises.steps import CONTEXT, Asking, Quiet, Stage, call_until_done
from cdc_lab.patterns import StreamRecord

CONFLICT = "ConcurrencyError"
_PASSES = timedelta(minutes=1)
_KEPT = timedelta(hours=1)
_ATTEMPTS = 4
_MOST_SHOWN = 4
SPOILT = {"status": "spoilt", "announced": 99}
DEBUG = "debug"


@dataclass(frozen=True)
class Stored(Quiet):
    """An event that is in the table already: nobody appends it, it is put there.

    Parameters
    ----------
    old : bool
        Time to live will remove it, once an `Archive` comes.
    padding : int
        Bytes of a note that makes the item large.
    """

    flight_id: str
    happening: Happening
    schema: int = LATEST_SCHEMA
    old: bool = False
    is_unreadable: bool = False
    padding: int = 0

    def __str__(self) -> str:
        marks = [f"schema {self.schema}"] if self.schema != LATEST_SCHEMA else []
        marks += ["unreadable"] if self.is_unreadable else []
        marks += [f"with a note of {self.padding // 1000} kB"] if self.padding else []
        told = str(self.happening)
        if self.schema < 3:  # as it is stored: that is what a reader looks for
            told = told.replace("dep_delay", "delay")
        return f"{self.flight_id} {told}" + (f" ({', '.join(marks)})" if marks else "")

    @property
    def poison(self) -> bool:
        """Whether nobody can read its record."""
        return self.is_unreadable

    @property
    def expires(self) -> bool:
        """Whether time to live is at work."""
        return self.old

    def happen(self, stage: Stage) -> None:
        """Put it after the flight's last event."""
        stage.lab.clock.advance(_PASSES)
        store(stage, self)

    def made(self, record: StreamRecord) -> bool:
        """Whether the record is of its flight."""
        return bool(record.keys["flight_id"] == self.flight_id)


def store(stage: Stage, stored: Stored) -> None:
    """Put an event after the flight's last one, at once."""
    event = stored.happening.as_event(stored.schema)
    if stored.padding:
        event["data"]["note"] = "x" * stored.padding
    if stored.old:
        event["expires_at"] = int((stage.lab.clock.now() + _KEPT).timestamp())
    key = {"flight_id": stored.flight_id, "version": _next_version(stage, stored.flight_id)}
    # Not the stage's own table: inside a call of the check only the lab's present clients do. Nor a new table
    # each time: boto3 makes a class for each, which takes longer than the put.
    item = TypeSerializer().serialize({**event, **key})["M"]
    stage.lab.client("dynamodb").put_item(TableName=EVENTS.name, Item=item)


def _next_version(stage: Stage, flight_id: str, count: int = 1) -> int:
    version: int = stage.notes.get(flight_id, 0) + 1
    stage.notes[flight_id] = version + count - 1
    return version


@dataclass(frozen=True)
class Append(Quiet):
    """A writer appends events.

    Parameters
    ----------
    behind : int
        By how many events what it knows of the flight is out of date.
    again : bool
        Whether it appends once more when that failed, and was no conflict.
    """

    flight_id: str
    happenings: tuple[Happening, ...]
    behind: int = 0
    again: bool = False

    def __str__(self) -> str:
        told = "; ".join(map(str, self.happenings[:_MOST_SHOWN]))
        if len(self.happenings) > _MOST_SHOWN:
            told = f"{len(self.happenings)} events: {told}; and so on to {self.happenings[-1]}"
        late = " by a writer who does not know of the event before" if self.behind else ""
        return f"append {self.flight_id}{late}: {told}"

    def happen(self, stage: Stage) -> None:
        """Call `append`, with the version that the writer knows."""
        known = stage.notes.get(self.flight_id, 0) - self.behind
        calls = [stage.call(*_append(self.flight_id, known, self.happenings), meant=(CONFLICT,))]
        if self.again and calls[0].error and calls[0].kind != CONFLICT:
            calls.append(stage.call(*_append(self.flight_id, known, self.happenings), meant=(CONFLICT,)))
        if not self.behind:
            _next_version(stage, self.flight_id, len(self.happenings))
        stage.notes.setdefault("writers", []).append(Written(self, known, calls))


@dataclass(frozen=True)
class Race(Quiet):
    """Two writers who know the same append at the same time."""

    flight_id: str
    first: tuple[Happening, ...]
    second: tuple[Happening, ...]

    def __str__(self) -> str:
        one, other = ("; ".join(map(str, told)) for told in (self.first, self.second))
        return f"append {self.flight_id}, two writers at the same time: {one} | {other}"

    def happen(self, stage: Stage) -> None:
        """Call `append` twice, with the same version."""
        known = stage.notes.get(self.flight_id, 0)
        writers = (self.first, self.second)
        askings = [Asking("append", _append(self.flight_id, known, told)[1:]) for told in writers]
        calls = stage.call_together(*askings, meant=(CONFLICT,))
        _next_version(stage, self.flight_id)
        stage.notes.setdefault("writers", []).append(Written(self, known, calls))


class Written(NamedTuple):
    """What became of an `Append` or a `Race`: the version that the writers knew, and their last calls."""

    step: Append | Race
    known: int
    calls: list[Call]


def _append(flight_id: str, known: int, told: Sequence[Happening]) -> tuple[Any, ...]:
    return ("append", flight_id, known, [happening.as_event() for happening in told])


@dataclass(frozen=True)
class Snapshot(Quiet):
    """A snapshot of a flight is taken; once more, when that fails.

    Parameters
    ----------
    late : Stored, optional
        While a slow instance takes it, this event is stored, and a quick instance takes another.
    """

    flight_id: str
    late: Stored | None = None

    def __str__(self) -> str:
        if self.late is None:
            return f"snapshot of {self.flight_id}"
        return f"snapshot of {self.flight_id}, slow: meanwhile {self.late}, and another snapshot, quick"

    def happen(self, stage: Stage) -> None:
        """Call `snapshot`."""
        late = self.late
        if late is None:
            call_until_done(stage, "snapshot", self.flight_id)
            return
        slow = Asking("snapshot", (self.flight_id,), slow_writes=20.0)
        quick = Asking("snapshot", (self.flight_id,), after=2.0)
        stage.call_together(slow, lambda: _after(1.0, stage, late), quick)


def _after(seconds: float, stage: Stage, *stored: Stored) -> None:
    time.sleep(seconds)  # of lab time: it is a function of the lab that waits
    for event in stored:
        store(stage, event)


@dataclass(frozen=True)
class Rebuild(Quiet):
    """The board is made anew, slowly; meanwhile these events are stored, and the stream goes on."""

    meanwhile: tuple[Stored, ...]

    def __str__(self) -> str:
        told = "; ".join(map(str, self.meanwhile))
        return f"rebuild, slow: meanwhile {told}, which project follows"

    def happen(self, stage: Stage) -> None:
        """Call `rebuild`, and store the events after it has begun to read."""
        slow = Asking("rebuild", slow_writes=4.0)
        stage.call_together(slow, lambda: _after(0.5, stage, *self.meanwhile))


@dataclass(frozen=True)
class Together(Quiet):
    """A slow instance works on a flight's last event; meanwhile another is stored, which a quick one gets."""

    flight_id: str
    late: Stored

    def __str__(self) -> str:
        return f"project gets that event in a slow instance; meanwhile {self.late}, which a quick one gets"

    def happen(self, stage: Stage) -> None:
        """Call `project` twice; what failed is delivered again, as Lambda would."""
        first, second = _event_of_the_last(stage), dict[str, Any]()

        def meanwhile() -> None:
            _after(0.5, stage, self.late)
            second.update(_event_of_the_last(stage))

        left = [
            Asking("project", (first, CONTEXT), slow_writes=5.0),
            Asking("project", (second, CONTEXT), after=1.0),
        ]
        calls = stage.call_together(*left, meanwhile)
        for _ in range(_ATTEMPTS):
            left = [asking for asking, call in zip(left, calls, strict=True) if _failed(call)]
            calls = stage.call_together(*left) if left else []


def _event_of_the_last(stage: Stage) -> dict[str, Any]:
    return {"Records": events_of(stage, EVENTS.name)[-1:]}


def _failed(call: Call) -> bool:
    return bool(call.error or identifiers(call))


@dataclass(frozen=True)
class Spoil(Quiet):
    """A row of the board was written by a function with a bug.

    Parameters
    ----------
    has_version : bool
        Whether it keeps its version, or loses it.
    """

    flight_id: str
    has_version: bool = True

    def __str__(self) -> str:
        rest = "" if self.has_version else ", which has no version any more"
        return f"a bug has spoilt the row of {self.flight_id}{rest}"

    def happen(self, stage: Stage) -> None:
        """Put wrong values into the row, and one of the bug's own."""
        stage.lab.resource("dynamodb").Table(BOARD).update_item(
            Key={"flight_id": self.flight_id},
            UpdateExpression="SET #s = :s, announced = :a, #d = :s"
            + ("" if self.has_version else " REMOVE version"),
            ExpressionAttributeNames={"#s": "status", "#d": DEBUG},
            ExpressionAttributeValues={":s": SPOILT["status"], ":a": SPOILT["announced"]},
        )


@dataclass(frozen=True)
class Archive(Quiet):
    """Time to live removes the old events."""

    def __str__(self) -> str:
        return "time to live removes the old events"

    def happen(self, stage: Stage) -> None:
        """Let their time pass."""
        stage.lab.clock.advance(2 * _KEPT)
        stage.lab.expire_ttl()
