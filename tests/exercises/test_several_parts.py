"""An exercise of several functions and tables: what is missing, what is a stub, what runs side by side."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cdc_lab.classroom.exercises import NotAttempted
from cdc_lab.classroom.exercises.checking import CheckError, examine, seed_of
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.exercise import Exercise, Scenario
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Call, Run
from cdc_lab.classroom.exercises.showing import panel
from cdc_lab.classroom.exercises.steps import Asking, Consumer, Delivery, Part, Source, Stage
from cdc_lab.classroom.exercises.writes import Write

# ---- an exercise: a counter that is taken, and a table that follows it ------------------------------


@dataclass(frozen=True)
class Takes:
    """So many callers take a ticket at the same time."""

    count: int
    poison: bool = False
    expires: bool = False

    def happen(self, stage: Stage) -> None:
        callers = [Asking("take", (f"caller {n}",)) for n in range(self.count)]
        stage.call_together(*callers, meant=("LookupError",))

    def made(self, record: Any) -> bool:
        return False


def prepare(lab: Any) -> Any:
    for name in ("tickets", "seen"):
        lab.create_table(name, "id", stream_view_type=None)

    def collect() -> dict[str, list[Any]]:
        found = {}
        for name in ("tickets", "seen"):
            table = lab.resource("dynamodb").Table(name)
            found[name] = table.scan()["Items"]
            for item in found[name]:
                table.delete_item(Key={"id": item["id"]})
        return found

    return collect


def judge(run: Run) -> list[Difference]:
    if run.answers is not None:
        return [] if run.answers == "2" else [Difference("asked", "count", "2", str(run.answers))]
    if any(isinstance(step, Takes) for step in run.writes):
        owners = sorted(item["owner"] for item in run.found["tickets"])
        refused = sum(call.kind == "LookupError" for call in run.asked)
        whole = len(owners) + refused == len({call.args for call in run.asked})
        return [] if whole and owners else [Difference("lost", "tickets", "one an owner", str(owners))]
    seen = {item["id"] for item in run.found["seen"]}
    expected = {record.keys["flight_id"] for record in run.records}
    return [] if seen == expected else [Difference("missing", "seen", str(expected), str(seen))]


def two_tables(rng: random.Random) -> Sequence[Any]:
    return [Write("put", "UA1", {"n": 1}), Delivery(), Write("put", "B62", {"n": 2}, table="crews")]


TWO = Exercise(
    "exercise_1",  # whose texts it borrows
    (
        Scenario("plain day", "", lambda rng: [Takes(1)], parts=("take",)),
        Scenario("race", "", lambda rng: [Takes(2)], parts=("take",)),
        Scenario("crash", "", lambda rng: [Takes(1)], each_crash=True, parts=("take",)),
        Scenario("duplicates", "", two_tables, Conditions(duplicates=True), parts=("follow", "crew")),
        Scenario(
            "values",
            "",
            two_tables,
            parts=("follow", "crew", "count"),
            ask=lambda stage, steps: stage.call("count").answer,
        ),
    ),
    prepare=prepare,
    judge=judge,
    diagnose=lambda run, differences, scenario: "lost",
    parts=(
        Part("take", ("owner",)),
        Part("follow"),
        Part("crew"),
        Part("count", ()),
    ),
    sources=(Source(), Source("crews", view_type="KEYS_ONLY")),
    consumers=(Consumer("follow", "flights"), Consumer("crew", "crews")),
)


def take(owner: str) -> None:
    tickets = boto3.resource("dynamodb").Table("tickets")
    taken = tickets.scan()["Items"]
    if any(item["owner"] == owner for item in taken):
        return
    number = len(taken) + 1
    item = {"id": str(number), "owner": owner}
    try:
        tickets.put_item(Item=item, ConditionExpression="attribute_not_exists(id)")
    except ClientError:
        raise LookupError(owner) from None


def take_blindly(owner: str) -> None:
    tickets = boto3.resource("dynamodb").Table("tickets")
    tickets.put_item(Item={"id": str(len(tickets.scan()["Items"]) + 1), "owner": owner})


def follow(event: Any, context: Any) -> None:
    seen = boto3.resource("dynamodb").Table("seen")
    for record in event["Records"]:
        seen.put_item(Item={"id": record["dynamodb"]["Keys"]["flight_id"]["S"]})


def count() -> str:
    return str(len(boto3.resource("dynamodb").Table("seen").scan()["Items"]))


def stub(*args: Any) -> Any:
    raise NotAttempted


ANSWER = {"take": take, "follow": follow, "crew": follow, "count": count}


# ---- what is given -----------------------------------------------------------------------------------


def test_parts_are_given_by_name_or_as_attributes() -> None:
    class Answers:
        take = staticmethod(take)
        follow = staticmethod(follow)
        crew = staticmethod(follow)
        count = staticmethod(count)
        helper = 3

    for given in (ANSWER, Answers, Answers(), SimpleNamespace(**ANSWER)):
        verdict = examine(TWO, given, seed=1)
        assert verdict.failure is None
        assert verdict.outcome == "pass"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (take, "has 4 parts, and needs them by name"),
        ({**ANSWER, "fold": count}, "has no part fold"),
        ({"take": take, "follow": follow, "crew": follow}, "count missing"),
        ({**ANSWER, "count": None}, "check needs count itself, not NoneType: name it, without calling it"),
        (
            {**ANSWER, "take": count},
            r"count\(\).* cannot be called as take\(owner\): give it this one",
        ),
    ],
)
def test_what_is_no_answer_is_refused_in_one_line(given: Any, message: str) -> None:
    with pytest.raises(CheckError, match=message):
        examine(TWO, given)


def test_the_data_follow_from_the_code_of_all_parts() -> None:
    assert seed_of(take, follow) != seed_of(take)
    assert seed_of(take, follow) != seed_of(take_blindly, follow)


# ---- stubs -------------------------------------------------------------------------------------------


def test_a_stub_leaves_out_its_scenarios_and_no_others() -> None:
    verdict = examine(TWO, {**ANSWER, "take": stub, "count": stub}, seed=1)
    assert verdict.outcome == "not attempted"
    assert verdict.not_attempted == ("take", "count")
    assert verdict.passed == ("duplicates",)
    text = repr(panel(TWO, verdict))
    assert "not attempted. take and count raise NotAttempted" in text
    assert "So far so good, 1 scenario of 5 passed:\n  + duplicates" in text


@pytest.mark.parametrize("blank", [NotAttempted, NotAttempted("later")], ids=["the class", "one of it"])
def test_the_placeholder_itself_is_no_attempt(blank: Any) -> None:
    # GIVEN an answer in which the exception that a stub raises stands in a function's place
    given = {"take": blank, "follow": follow, "crew": follow, "count": count}
    # THEN that part counts as a stub
    verdict = examine(TWO, given, seed=1)
    assert (verdict.outcome, verdict.not_attempted) == ("not attempted", ("take",))
    assert verdict.passed == ("duplicates", "values")


def test_what_is_wrong_is_said_also_beside_a_stub() -> None:
    verdict = examine(TWO, {**ANSWER, "follow": stub, "take": take_blindly}, seed=1)
    assert verdict.outcome == "wrong"
    assert verdict.passed == ("plain day",)


# ---- calls inside Lambda -----------------------------------------------------------------------------


def test_callers_at_the_same_time_come_between_each_others_calls() -> None:
    # GIVEN who reads and then writes blindly
    verdict = examine(TWO, {**ANSWER, "take": take_blindly}, seed=1)
    # THEN two at the same time have read the same
    assert verdict.failure is not None
    assert verdict.failure.scenario == "race"
    assert [call.answer for call in verdict.failure.run.asked] == [None, None]


def test_an_error_that_the_task_asks_for_is_no_complaint() -> None:
    asked: list[Call] = []

    def watching(run: Run) -> list[Difference]:
        asked.extend(run.asked)
        assert not run.complaints
        return judge(run)

    verdict = examine(replace(TWO, judge=watching), ANSWER, seed=1, only="race")
    assert verdict.failure is None
    assert [call.is_meant for call in asked] == [False, True]


def test_a_call_whose_environment_dies_is_made_again() -> None:
    runs: list[Run] = []

    def watching(run: Run) -> list[Difference]:
        runs.append(run)
        return judge(run)

    examine(replace(TWO, judge=watching), ANSWER, seed=1, only="crash")
    # THEN after the first call nothing was lost, after the second the ticket was there; then none was left
    assert [[call.died for call in run.asked] for run in runs] == [[True, False], [True, False], [False]]
    assert [run.crashed for run in runs] == [True, True, False]


def test_a_slow_call_lets_the_check_come_between() -> None:
    # GIVEN a caller whose writes take a second, and one who gives the ticket away meanwhile
    def act(stage: Stage, steps: Any) -> Any:
        def meanwhile() -> None:
            time.sleep(0.2)  # lab time
            stage.lab.resource("dynamodb").Table("tickets").put_item(Item={"id": "1", "owner": "check"})

        calls = stage.call_together(
            Asking("take", ("slow",), slow_writes=1.0),
            meanwhile,
            Asking("count", (), after=9.0),
            meant=("LookupError",),
        )
        return [call.kind or call.answer for call in calls]

    asks = Scenario("plain day", "", lambda rng: [], parts=("take", "count"), ask=act)
    answers: list[Any] = []

    def watching(run: Run) -> list[Difference]:
        answers.append(run.answers)
        return []

    examine(replace(TWO, scenarios=(asks,), judge=watching), ANSWER, seed=1)
    # THEN it had read before, and was refused after
    assert answers == [["LookupError", "0"]]


@pytest.mark.usefixtures("impatient")
def test_a_call_that_never_comes_back_ends() -> None:
    def endless(owner: str) -> None:
        while True:
            pass

    verdict = examine(TWO, {**ANSWER, "take": endless}, seed=1)
    assert verdict.failure is not None
    assert verdict.failure.run.stuck


def test_each_part_is_behind_its_own_table() -> None:
    runs: list[Run] = []

    def watching(run: Run) -> list[Difference]:
        runs.append(run)
        return judge(run)

    examine(replace(TWO, judge=watching), ANSWER, seed=1, only="duplicates")
    run = runs[0]
    assert [record.keys["flight_id"] for record in run.records_of("flights")] == ["UA1"]
    assert [(call.part, len(call.event_ids)) for call in run.calls] == [("follow", 1)] * 2 + [("crew", 1)] * 2
    # THEN the one whose stream has keys only has no image
    assert [record.new_image is None for record in run.records] == [False, True]


def test_a_scenario_can_take_the_images_away() -> None:
    def needs_an_image(event: Any, context: Any) -> None:
        for record in event["Records"]:
            record["dynamodb"]["NewImage"]

    without = replace(TWO.scenarios[3], conditions=Conditions(view_type="KEYS_ONLY"))
    exercise = replace(TWO, scenarios=(without,))
    verdict = examine(exercise, {**ANSWER, "follow": needs_an_image}, seed=1)
    assert verdict.failure is not None
    assert verdict.failure.run.given_up_by.keys() == {"follow"}
    assert len(verdict.failure.run.given_up) == 1
    assert "Your follow raised KeyError: 'NewImage' (line 3 of needs_an_image)" in repr(panel(TWO, verdict))
