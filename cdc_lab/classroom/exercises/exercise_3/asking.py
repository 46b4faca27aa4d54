"""The questions that the check asks the reader's functions, each with the answer that it expects."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from cdc_lab.classroom.exercises.call import Call
from cdc_lab.classroom.exercises.common import scanned
from cdc_lab.classroom.exercises.exercise_3.sense import history
from cdc_lab.classroom.exercises.exercise_3.steps import Written
from cdc_lab.classroom.exercises.exercise_3.story import Happening, state_of
from cdc_lab.classroom.exercises.exercise_3.tables import EVENTS
from cdc_lab.classroom.exercises.steps import Asking, Stage, call_until_done

NOBODY = "XX0"
_LATEST = datetime(2013, 3, 10, tzinfo=UTC)
_EARLY, _LATE = 2, 3  # of the moments at which something happened
_NEAR = (timedelta(seconds=-1), timedelta(0), timedelta(seconds=30))
_NEW_YORK, _INDIA = ZoneInfo("America/New_York"), timezone(timedelta(hours=5, minutes=30))


@dataclass(frozen=True)
class Question:
    """One call and what it must return; `what` names it in a table of differences."""

    what: str
    call: Call
    expected: Any
    was_changed: bool = False


@dataclass(frozen=True)
class Answers:
    """What the check asked at the end.

    Attributes
    ----------
    questions : tuple of Question
    written : tuple of Written
        What became of the writers.
    """

    questions: tuple[Question, ...] = ()
    written: tuple[Written, ...] = ()


def fold_each(stage: Stage, steps: Sequence[Any]) -> Answers:
    """Fold the first event of each flight, the first two, and so on, as they lie in the table."""
    items = sorted(scanned(stage.tables[EVENTS.name]), key=lambda item: item["version"])
    askings, kept = [], []
    told = history(steps)
    for flight_id in told:
        events = [item for item in items if item["flight_id"] == flight_id]
        for count in range(1, len(events) + 1):
            kept.append((flight_id, copy.deepcopy(events[:count])))
            askings.append(Asking("fold", (copy.deepcopy(events[:count]),)))
    return Answers(
        tuple(
            Question(
                f"fold, {name} up to version {len(before)}",
                call,
                state_of(told[name][: len(before)]),
                was_changed=call.args[0] != before,
            )
            for (name, before), call in zip(kept, stage.call_together(*askings), strict=True)
        )
    )


def written(stage: Stage, steps: Sequence[Any]) -> Answers:
    """What became of the writers."""
    return Answers(written=tuple(stage.notes.get("writers", ())))


def load_each(stage: Stage, steps: Sequence[Any]) -> Answers:
    """Load each flight, and one that nobody knows."""
    told: dict[str, list[Happening]] = {**history(steps), NOBODY: []}
    calls = stage.call_together(*(Asking("load", (name,)) for name in told))
    return Answers(
        tuple(
            Question(f"load, {name}", call, (len(told[name]), state_of(told[name]) if told[name] else {}))
            for name, call in zip(told, calls, strict=True)
        )
    )


def load_alone(stage: Stage, steps: Sequence[Any]) -> Answers:
    """Load each flight, one after the other."""
    told = history(steps)
    return Answers(
        tuple(
            Question(f"load, {name}", stage.call("load", name), (len(life), state_of(life)))
            for name, life in told.items()
        )
    )


def rebuild(stage: Stage, steps: Sequence[Any]) -> Answers:
    """Rebuild the board; what it holds then is compared by the judge."""
    call_until_done(stage, "rebuild")
    return Answers()


def boards(stage: Stage, steps: Sequence[Any]) -> Answers:
    """Ask for the board when something happened, just before and after, and at the end."""
    moments = _moments(steps)
    near = sorted({at + by for at in {*moments[:_EARLY], *moments[-_LATE:]} for by in _NEAR})
    return _asked_for(stage, steps, [*near, _LATEST])


def boards_each(stage: Stage, steps: Sequence[Any]) -> Answers:
    """Ask for the board at each event, and at the end."""
    return _asked_for(stage, steps, [*_moments(steps), _LATEST])


def latest_board(stage: Stage, steps: Sequence[Any]) -> Answers:
    """Ask for the board at the end."""
    return _asked_for(stage, steps, [_LATEST])


def boards_in_zones(stage: Stage, steps: Sequence[Any]) -> Answers:
    """Ask for the board just before, at and after each event, by the clocks of several zones."""
    moments = _moments(steps)
    near = sorted({at + by for at in moments for by in _NEAR})
    chosen = [*(at.astimezone(_NEW_YORK) for at in near), *(at.astimezone(_INDIA) for at in moments)]
    return _asked_for(stage, steps, chosen)


def _moments(steps: Sequence[Any]) -> list[datetime]:
    return sorted({happening.at for life in history(steps).values() for happening in life})


def _asked_for(stage: Stage, steps: Sequence[Any], chosen: Sequence[datetime]) -> Answers:
    told = history(steps)
    calls = stage.call_together(*(Asking("board_at", (moment,)) for moment in chosen))
    return Answers(
        tuple(
            Question(f"board_at, {moment:%d %b %H:%M:%S %Z}", call, _board(told, moment))
            for moment, call in zip(chosen, calls, strict=True)
        )
    )


def _board(told: dict[str, list[Happening]], moment: datetime) -> dict[str, Any]:
    by_then = {name: [event for event in life if event.at <= moment] for name, life in told.items()}
    return {name: state_of(life) for name, life in by_then.items() if life}
