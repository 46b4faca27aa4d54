"""Fix the handler: an alert that takes both images, and the attribute, for granted."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from cdc_lab.classroom.exercises.common import ANSWER_LOST, REFUSED, THROTTLED, given_up, name
from cdc_lab.classroom.exercises.diagnosis import of_a_refusal, of_the_run
from cdc_lab.classroom.exercises.drills.mending import moments
from cdc_lab.classroom.exercises.exercise import Exercise, Scenario
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.values import shown
from cdc_lab.classroom.exercises.writes import Write

_JUMP = 60  # minutes
_LITTLE = Decimal("0.00000000000000000001")
Alerts = dict[str, Any]
"""What each alert says in ``minutes``, by event id."""


def prepare(lab: Any) -> Callable[[], Alerts]:
    """Make the table of alerts."""
    table = lab.create_table("alerts", "event_id", stream_view_type=None)

    def collect() -> Alerts:
        nonlocal table
        alerts = {row["event_id"]: row.get("minutes") for row in table.scan()["Items"]}
        table.delete()
        table = lab.create_table("alerts", "event_id", stream_view_type=None)
        return alerts

    return collect


def judge(run: Run) -> list[Difference]:
    """One alert for each jump, and none else."""
    alerts: Alerts = run.found
    found = given_up(run)
    for record in run.records:
        wanted, got = _jump(record), alerts.get(record.event_id)
        if record.event_id in run.given_up or wanted == got:
            continue
        kind = "missed" if got is None else "other minutes" if wanted is not None else _false(record)
        says = [f"minutes={shown(value)}" if value is not None else "no alert" for value in (wanted, got)]
        found.append(Difference(kind, name(record), says[0], says[1], record.event_id))
    return found


def _jump(record: Any) -> Decimal | None:
    if record.event_name != "MODIFY":
        return None
    growth = _growth(record)
    return growth if growth > _JUMP else None


def _false(record: Any) -> str:
    is_drop = record.event_name == "MODIFY" and _growth(record) < -_JUMP
    return "alarm for a drop" if is_drop else "false alarm"


def _growth(record: Any) -> Decimal:
    old, new = (
        (image or {}).get("dep_delay") or Decimal(0) for image in (record.old_image, record.new_image)
    )
    return Decimal(new - old)


_BELIEFS = {
    "early": "growth, not lateness",
    "an insert": "an insert is no change",
    "the first delay": "absent is not nothing",
    "not known": "absent is not nothing",
    "half minutes": "numbers rounded",
    "tenths": "numbers rounded",
    "deleted": "both images assumed",
}


def diagnose(run: Run, differences: Sequence[Difference], scenario: str) -> MisconceptionId:
    """Return the id of the misconception."""
    general = of_the_run(run, differences)
    if general and general != "handler raises":
        return general
    if scenario == "refused" and (belief := of_a_refusal(run, [record.event_id for record in run.records])):
        return belief
    if any("dep_delay" in complaint or "NoneType" in complaint for complaint in run.complaints):
        return "absent is not nothing"
    kinds = {difference.kind for difference in differences}
    if kinds == {"alarm for a drop"}:
        return "shrunk is not grown"
    if kinds == {"missed"} and run.found.keys() - {record.event_id for record in run.records}:
        return "under another key"
    if scenario == "a day" and "false alarm" in kinds:
        return "the value taken for the change"
    if "other minutes" in kinds and scenario not in ("half minutes", "tenths"):
        return "other minutes"
    return _BELIEFS.get(scenario, general or "jumps missed")


# ---- scenarios -----------------------------------------------------------------------------------------


def _flight(rng: random.Random) -> str:
    return f"UA{rng.randint(100, 5999)}"


def _history(*delays: Any) -> list[Write]:
    """A flight whose delay is set to each value in turn; ``...`` for a change of its gate alone."""
    rng = random.Random(str(delays))
    flight, writes = delays[0], [Write("put", delays[0], {"gate": "B4", **delays[1]})]
    for number, delay in enumerate(delays[2:]):
        values = {"gate": f"C{number}"} if delay is ... else {"dep_delay": delay}
        writes.append(Write("update", flight, values))
    return moments(writes, float(rng.randint(30, 90)))


def _a_day(rng: random.Random) -> list[Write]:
    low, jump = rng.randint(75, 95), rng.randint(61, 70)  # a jump is no doubling
    return _history(_flight(rng), {"dep_delay": low - 40}, low, low + jump, ..., low + jump + 20, 3)


def _early(rng: random.Random) -> list[Write]:
    early = -rng.randint(5, 20)
    return _history(_flight(rng), {"dep_delay": early}, early + _JUMP, early, early + _JUMP + 1)


def _an_insert(rng: random.Random) -> list[Write]:
    return _history(_flight(rng), {"dep_delay": rng.randint(61, 200)})


def _first_delay(rng: random.Random) -> list[Write]:
    return _history(_flight(rng), {}, rng.randint(61, 200))


def _not_known(rng: random.Random) -> list[Write]:
    return _history(_flight(rng), {"dep_delay": None}, rng.randint(61, 200), None)


def _half_minutes(rng: random.Random) -> list[Write]:
    low = rng.randint(1, 9)
    return _history(_flight(rng), {"dep_delay": low}, low + Decimal("60.5"), low + Decimal("121.25"))


@cache
def _more_as_floats() -> list[Decimal]:
    values = (Decimal(hundredths) / 100 for hundredths in range(1, 3000))
    return [low for low in values if float(low + _JUMP) - float(low) > _JUMP]


def _tenths(rng: random.Random) -> list[Write]:
    # An hour exactly, between values whose difference is more as floats, such as 64.4 less 4.4. Then
    # a little more than an hour, which a float does not hold.
    low = rng.choice(_more_as_floats())
    return _history(_flight(rng), {"dep_delay": low}, low + _JUMP, low, low + _JUMP + _LITTLE)


def _deleted(rng: random.Random) -> list[Write]:
    flight = _flight(rng)
    return [*_history(flight, {"dep_delay": rng.randint(1, 90)}), Write("delete", flight)]


EXERCISE: Exercise[Alerts] = Exercise(
    "drill_02_3",
    (
        Scenario("a day", "the delay grows, jumps, and shrinks; the gate changes too", _a_day),
        Scenario("early", "a flight that was to leave early is delayed, by an hour or a little more", _early),
        Scenario("an insert", "a flight is put with a large delay", _an_insert),
        Scenario("the first delay", "a flight without `dep_delay` gets one", _first_delay),
        Scenario("not known", "`dep_delay` is NULL, then a number, then NULL", _not_known),
        Scenario("half minutes", "delays with decimals", _half_minutes),
        Scenario("tenths", "delays with more decimals, an hour apart or a little more", _tenths),
        Scenario("deleted", "a delayed flight is deleted", _deleted),
        Scenario(
            "refused",
            "DynamoDB refuses a call, and Lambda delivers again",
            _first_delay,
            REFUSED,
            each_refusal=(THROTTLED, ANSWER_LOST),
        ),
    ),
    prepare=prepare,
    judge=judge,
    diagnose=diagnose,
)
