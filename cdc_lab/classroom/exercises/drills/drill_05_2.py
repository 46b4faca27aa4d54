"""Fix the handler: one that writes to the table whose stream it reads, and meets its own writes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cdc_lab.classroom.exercises.common import CONFLICT, REFUSED, THROTTLED, given_up
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.diagnosis import of_a_refusal, of_the_run
from cdc_lab.classroom.exercises.exercise import Exercise, Scenario
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.redriving import events_of
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.steps import CONTEXT, Asking, Delivery, Quiet, Stage, Step
from cdc_lab.classroom.exercises.values import shown
from cdc_lab.classroom.exercises.writes import KEY, Write

_HIGH = 60  # minutes
_MOST_CALLS = 30  # twice what the longest scenario needs
_SHORT = Conditions(most_invocations=40)
_WRITE_SECONDS = 5.0  # lab seconds: a write has its effect in their middle, long after the flight is gone
Board = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class GoneMeanwhile(Quiet):
    """A slow instance gets a flight's last record; before it writes, somebody deletes the flight."""

    flight_id: str

    def __str__(self) -> str:
        return f"a slow instance gets that record; before its write, somebody deletes {self.flight_id}"

    def happen(self, stage: Stage) -> None:
        """Call the handler, and delete the flight between its reading and its writing."""
        event = {"Records": events_of(stage, "flights")[-1:]}

        def delete() -> None:
            time.sleep(1.0)  # of lab time: it is a function of the lab that waits
            stage.tables["flights"].delete_item(Key={KEY: self.flight_id})

        stage.call_together(Asking("handler", (event, CONTEXT), slow_writes=_WRITE_SECONDS), delete)


def prepare(lab: Any) -> Callable[[], Board]:
    """The handler writes to the source table itself, so there is nothing to make."""

    def collect() -> Board:
        rows = lab.resource("dynamodb").Table("flights").scan()["Items"]
        return {str(row[KEY]): row for row in rows}

    return collect


def judge(run: Run) -> list[Difference]:
    """The flights that are there, each with the risk that follows from its delay; and that it ends."""
    if len(run.calls) > _MOST_CALLS:
        count = len(run.calls)
        # That the lab broke the run off is no error of the handler's.
        run.calls[:] = [call for call in run.calls if call.kind != "LabError"]
        return [Difference("loop", "invocations", f"at most {_MOST_CALLS}", f"{count}, and no end")]
    found = given_up(run)
    wanted, board = _truth(run), run.found
    for flight in sorted({*wanted, *board}):
        if flight not in wanted:
            found.append(Difference("back again", flight, "deleted", shown(board[flight])))
        elif flight not in board:
            found.append(Difference("gone", flight, "is there", "(nothing)"))
        else:
            found += [
                Difference(name, f"{flight} {name}", shown(value), shown(board[flight].get(name)))
                for name, value in wanted[flight].items()
                if board[flight].get(name) != value
            ]
    return found


def _truth(run: Run) -> Board:
    there: Board = {}
    for write in run.writes:
        if isinstance(write, GoneMeanwhile) or (isinstance(write, Write) and write.kind == "delete"):
            there.pop(write.flight_id, None)
        elif isinstance(write, Write):
            kept = there.get(write.flight_id, {}) if write.kind == "update" else {}
            there[write.flight_id] = {**kept, **write.values}
    return {
        flight: {**row, "risk": "high" if row["dep_delay"] >= _HIGH else "low"}
        for flight, row in there.items()
    }


def diagnose(run: Run, differences: Sequence[Difference], scenario: str) -> MisconceptionId:
    """Return the id of the misconception."""
    kinds = {difference.kind for difference in differences}
    if "loop" in kinds:
        return "its own echo"
    # A flight that came back lacks most of its attributes, over which the handler then stumbles.
    if "back again" in kinds:
        return "check, then act" if scenario == "gone before the write" else "an update makes items"
    if general := of_the_run(run, differences):
        return general
    if scenario == "refused" and (belief := of_a_refusal(run, [record.event_id for record in run.records])):
        return belief
    return "once and never again" if "risk" in kinds and scenario == "changed again" else "unexplained"


def _new(rng: random.Random) -> tuple[str, Write]:
    flight = f"UA{rng.randint(100, 5999)}"
    return flight, Write("put", flight, {"dep_delay": rng.randint(0, 50), "gate": "B4"})


def _day(rng: random.Random) -> Sequence[Step]:
    late = Write("put", f"B6{rng.randint(100, 999)}", {"dep_delay": rng.randint(60, 200), "gate": "C1"})
    return [_new(rng)[1], late, Delivery()]


def _again(rng: random.Random) -> Sequence[Step]:
    flight, put = _new(rng)
    high, low = rng.randint(60, 200), rng.randint(0, 59)
    worse, better = Write("update", flight, {"dep_delay": high}), Write("update", flight, {"dep_delay": low})
    return [put, Delivery(), worse, Delivery(), better, Delivery(), worse]


def _gone(rng: random.Random) -> Sequence[Step]:
    flight, put = _new(rng)
    return [put, Write("update", flight, {"dep_delay": rng.randint(60, 200)}), Write("delete", flight)]


def _gone_before_the_write(rng: random.Random) -> Sequence[Step]:
    flight, put = _new(rng)
    return [put, Write("update", flight, {"dep_delay": rng.randint(60, 200)}), GoneMeanwhile(flight)]


EXERCISE: Exercise[Board] = Exercise(
    "drill_05_2",
    (
        Scenario("a day", "two flights, delivered at once", _day, _SHORT),
        Scenario(
            "changed again", "a flight's delay changes three times, each time delivered", _again, _SHORT
        ),
        Scenario(
            "refused",
            "DynamoDB refuses a call, and Lambda delivers again",
            _day,
            replace(REFUSED, most_invocations=_SHORT.most_invocations),
            each_refusal=(THROTTLED, CONFLICT),
        ),
        Scenario("gone meanwhile", "a flight is deleted before its records are delivered", _gone, _SHORT),
        Scenario(
            "gone before the write",
            "a flight is deleted after the handler has read, and before it writes",
            _gone_before_the_write,
            _SHORT,
        ),
    ),
    prepare=prepare,
    judge=judge,
    diagnose=diagnose,
)
