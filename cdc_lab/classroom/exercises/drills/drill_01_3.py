"""Fix the handler: the newest change is told by the second."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from cdc_lab.classroom.exercises.common import ANSWER_LOST, REFUSED, THROTTLED, given_up
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.diagnosis import of_a_refusal, of_the_run
from cdc_lab.classroom.exercises.drills.mending import moments
from cdc_lab.classroom.exercises.exercise import Exercise, Scenario
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.redriving import LongNumbers
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.steps import Step
from cdc_lab.classroom.exercises.values import shown
from cdc_lab.classroom.exercises.writes import KEY, Write, flight_ids

_STATUSES = ("scheduled", "delayed", "boarding", "departed", "landed", "arrived")
_MANY = 14  # changes, among which the numbers are likely to grow a digit


class Board(NamedTuple):
    """What a run left: each flight's status, and all that the board showed on the way."""

    shows: dict[str, str]
    showed: dict[str, list[str]]


def prepare(lab: Any) -> Callable[[], Board]:
    """Make the board; its own stream tells what it showed."""
    table = lab.create_table("board", KEY)

    def collect() -> Board:
        nonlocal table
        shows = {row[KEY]: str(row.get("status")) for row in table.scan()["Items"]}
        showed: dict[str, list[str]] = {}
        for record in lab.read_stream(table):
            if record.new_image:
                showed.setdefault(record.keys[KEY], []).append(str(record.new_image.get("status")))
        table.delete()
        table = lab.create_table("board", KEY)
        return Board(shows, showed)

    return collect


def judge(run: Run) -> list[Difference]:
    """What the board shows in the end, and whether it ever went back."""
    board: Board = run.found
    found = given_up(run)
    for flight, statuses in _truth(run).items():
        if board.shows.get(flight) != statuses[-1]:
            got = shown(board.shows[flight]) if flight in board.shows else "(nothing)"
            found.append(Difference("not the latest", f"{flight} in the end", shown(statuses[-1]), got))
        back = _went_back(board.showed.get(flight, []), statuses)
        if back:
            found.append(
                Difference(
                    "went back", f"{flight} on the way", f"never back from {shown(back[0])}", shown(back[1])
                )
            )
    return found


def _truth(run: Run) -> dict[str, list[str]]:
    statuses: dict[str, list[str]] = {}
    for record in sorted(run.records, key=lambda record: record.sequence):
        assert record.new_image is not None
        statuses.setdefault(record.keys[KEY], []).append(record.new_image["status"])
    return statuses


def _went_back(showed: Sequence[str], statuses: Sequence[str]) -> tuple[str, str] | None:
    places = [statuses.index(status) for status in showed if status in statuses]
    for before, after in pairwise(places):
        if after < before:
            return statuses[before], statuses[after]
    return None


def diagnose(run: Run, differences: Sequence[Difference], scenario: str) -> MisconceptionId:
    """Return the id of the misconception."""
    kinds = [difference.kind for difference in differences]
    if general := of_the_run(run, differences):
        return general
    if scenario == "refused" and (belief := of_a_refusal(run, [record.event_id for record in run.records])):
        return belief
    if _stopped_where_text_stops(run, scenario):
        return "sequence numbers as text"
    if scenario == "an old stream":
        return "sequence numbers rounded"
    if scenario == "a digit more":
        return "told by what it says"
    if scenario == "one second":
        return "a second is too coarse"
    if scenario == "again, cold":
        return "memory of the environment"
    return "the last delivery wins" if "went back" in kinds else "changes left out"


def _stopped_where_text_stops(run: Run, scenario: str) -> bool:
    """Whether a flight shows the change whose number is the largest as text, and not as a number."""
    board: Board = run.found
    for flight, statuses in _truth(run).items():
        own = [record for record in run.records if record.keys[KEY] == flight]
        largest = max(own, key=lambda record: record.sequence_number)
        shows = board.shows.get(flight)
        # Within a second, the first change is where a handler stops that goes by seconds, too.
        stops = statuses[1:-1] if scenario == "one second" else statuses[:-1]
        if _grows_a_digit(run) and shows in stops and shows == (largest.new_image or {})["status"]:
            return True
    return False


# ---- scenarios -----------------------------------------------------------------------------------------


def _day(rng: random.Random) -> list[Write]:
    writes = [write for flight in flight_ids(rng, 2) for write in _life(flight, 4)]
    return moments(writes, 60.0)


def _few(rng: random.Random) -> list[Write]:
    return moments(_life(flight_ids(rng, 1)[0], 3), 60.0)


def _one_second(rng: random.Random) -> list[Write]:
    return moments(_life(flight_ids(rng, 1)[0], 4), 0.0)


def _digits(rng: random.Random) -> list[Write]:
    flight = flight_ids(rng, 1)[0]
    return moments([Write("put", flight, {"status": f"call {n}"}) for n in range(1, _MANY + 1)], 0.0)


def _old_stream(rng: random.Random) -> list[Step]:
    # Several flights: two numbers that are rounded to one may lie on both sides of where rounding goes.
    writes = [write for flight in flight_ids(rng, 4) for write in _life(flight, 3)]
    return [LongNumbers(before=1000, digits=38), *moments(writes, 60.0)]


def _life(flight: str, count: int) -> list[Write]:
    return [Write("put", flight, {"status": status}) for status in _STATUSES[:count]]


def _grows_a_digit(run: Run) -> bool:
    return len({len(record.sequence_number) for record in run.records}) > 1


EXERCISE: Exercise[Board] = Exercise(
    "drill_01_3",
    (
        Scenario("a day", "two flights, a minute between changes", _day),
        Scenario(
            "again",
            "an hour later all is delivered again",
            _day,
            Conditions(batch_size=3, again_in_batches_of=2),
        ),
        Scenario(
            "one second",
            "a flight changes four times within a second; all is delivered again",
            _one_second,
            Conditions(batch_size=3, again_in_batches_of=2),
        ),
        Scenario(
            "again, cold",
            "delivered again, each time to a fresh environment",
            _day,
            Conditions(batch_size=3, again_in_batches_of=2, cold=True),
        ),
        Scenario(
            "a digit more",
            "sequence numbers get longer",
            _digits,
            Conditions(again_in_batches_of=5),
            fits=_grows_a_digit,
        ),
        Scenario(
            "an old stream",
            "sequence numbers of 37 digits, one soon after the other",
            _old_stream,
            Conditions(batch_size=3, again_in_batches_of=2),
        ),
        Scenario(
            "refused",
            "DynamoDB refuses a call, and Lambda delivers again",
            _few,
            REFUSED,
            each_refusal=(THROTTLED, ANSWER_LOST),
        ),
    ),
    prepare=prepare,
    judge=judge,
    diagnose=diagnose,
)
