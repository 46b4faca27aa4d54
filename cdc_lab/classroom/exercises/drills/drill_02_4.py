"""Fix the handler: an archive of what time to live removed, and of nothing else."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import Binary

from cdc_lab.classroom.exercises.common import ANSWER_LOST, REFUSED, THROTTLED, given_up
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.diagnosis import of_a_refusal, of_the_run
from cdc_lab.classroom.exercises.exercise import Exercise, Scenario
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.steps import Delivery, Step
from cdc_lab.classroom.exercises.values import shown
from cdc_lab.classroom.exercises.writes import EXPIRY, KEY, Write, flight_ids
from cdc_lab.clock import START
from cdc_lab.patterns.deserializer import is_typed

Archive = dict[str, dict[str, Any]]
_MISSING = object()


def prepare(lab: Any) -> Callable[[], Archive]:
    """Make the archive."""
    table = lab.create_table("archive", KEY, stream_view_type=None)

    def collect() -> Archive:
        nonlocal table
        items = {row[KEY]: row for row in table.scan()["Items"]}
        table.delete()
        table = lab.create_table("archive", KEY, stream_view_type=None)
        return items

    return collect


def judge(run: Run) -> list[Difference]:
    """The items that expired, as they were last."""
    archive: Archive = run.found
    found = given_up(run)
    expired = {r.keys[KEY]: r.old_image for r in run.records if r.is_ttl_delete}
    for flight in sorted({*expired, *archive}):
        wanted, got = expired.get(flight), archive.get(flight)
        if wanted is None:
            found.append(Difference("not expired", flight, "not in the archive", "archived"))
        elif got is None:
            found.append(Difference("missing", flight, "archived", "not in the archive"))
        else:
            found += _values(flight, wanted, got)
    return found


def _values(flight: str, wanted: dict[str, Any], got: dict[str, Any]) -> list[Difference]:
    return [
        Difference("values", f"{flight}.{name}", _shown(value), _shown(there), "", value, there)
        for name in wanted
        if (value := wanted[name]) != (there := got.get(name, _MISSING)) or type(value) is not type(there)
    ]


def _shown(value: Any) -> str:
    return "(nothing)" if value is _MISSING else shown(value)


def diagnose(run: Run, differences: Sequence[Difference], scenario: str) -> MisconceptionId:
    """Return the id of the misconception."""
    kinds = {difference.kind for difference in differences}
    if any("userIdentity" in complaint for complaint in run.complaints):
        return "nobody is named"
    if any("PrincipalId" in complaint for complaint in run.complaints):
        return "capitals of another call"
    if general := of_the_run(run, differences):
        return general
    if scenario == "refused" and (belief := of_a_refusal(run, [record.event_id for record in run.records])):
        return belief
    if "not expired" in kinds:
        return "due is not gone" if scenario == "deleted when due" else "any delete taken for an expiry"
    if "missing" in kinds:
        # In "expiry" nothing stands before the expiries in their batch.
        return "capitals of another call" if scenario == "expiry" else "the batch left early"
    return _of_values(differences)


def _of_values(differences: Sequence[Difference]) -> MisconceptionId:
    for difference in differences:
        value, got = difference.expected_value, difference.got_value
        if is_typed(got) and not isinstance(value, dict):
            return "type tags left"
        if isinstance(value, Binary):
            return "binary as text"
        if isinstance(value, Decimal):
            return "numbers rounded"
    return "unexplained"


# ---- scenarios -----------------------------------------------------------------------------------------


def _landed(rng: random.Random, flight: str, hours: float) -> Write:
    """A flight that is due `hours` later, with values of many types."""
    expires_at = int((START + timedelta(hours=hours)).timestamp())
    miles = Decimal(rng.randint(10_000, 99_999)) / 100 + Decimal("1E-20")
    values = {
        "status": "landed",
        "miles": miles,
        "crew": {"ann", "bob", f"eve{rng.randint(1, 9)}"},
        "tag": bytes(rng.randrange(256) for _ in range(4)),
        "note": "",
        "reason": None,
        EXPIRY: expires_at,
    }
    return Write("put", flight, values)


def _expired(rng: random.Random) -> list[Step]:
    """Two flights that expire, and before that a delivery: their batch holds nothing else."""
    puts = [_landed(rng, flight, rng.randint(2, 5)) for flight in flight_ids(rng, 2)]
    return [*puts, Delivery(), *(Write("expire", put.flight_id) for put in puts)]


def _expiry(rng: random.Random) -> list[Step]:
    return [step for step in _expired(rng) if isinstance(step, Write)]


def _both(rng: random.Random) -> list[Step]:
    """Between two expiries, and soon after the first, a user deletes what is due in two days."""
    first, deleted, last = flight_ids(rng, 3)
    hours = rng.randint(2, 5)
    return [
        _landed(rng, first, hours),
        _landed(rng, deleted, hours + 48),
        _landed(rng, last, hours + 0.1),  # six minutes later: time to live removes one by one
        Write("expire", first),
        Write("delete", deleted),
        Write("expire", last),
    ]


def _due(rng: random.Random) -> list[Write]:
    """A user deletes what is past its time, before time to live comes by."""
    flight = flight_ids(rng, 1)[0]
    past = int((START - timedelta(hours=rng.randint(1, 5))).timestamp())
    return [Write("put", flight, {"status": "landed", EXPIRY: past}), Write("delete", flight, after=1.0)]


EXERCISE: Exercise[Archive] = Exercise(
    "drill_02_4",
    (
        Scenario("expiry", "time to live removes two flights, with values of many types", _expired),
        Scenario("both", "a user deletes one flight, time to live removes two others", _both),
        Scenario("deleted when due", "a user deletes a flight whose time was over", _due),
        Scenario("again", "all is delivered twice", _both, Conditions(duplicates=True)),
        Scenario(
            "refused",
            "DynamoDB refuses a call, and Lambda delivers again",
            _expiry,
            REFUSED,
            each_refusal=(THROTTLED, ANSWER_LOST),
        ),
    ),
    prepare=prepare,
    judge=judge,
    diagnose=diagnose,
)
