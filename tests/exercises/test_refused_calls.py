"""Calls that AWS refuses: a story has them, the verdict names them, and the beliefs about them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cdc_lab.classroom.exercises.checking import examine
from cdc_lab.classroom.exercises.common import ANSWER_LOST, CONFLICT, LEFT, REFUSED, THROTTLED
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.diagnosis import of_a_refusal, of_the_run
from cdc_lab.classroom.exercises.exercise import Exercise, Scenario
from cdc_lab.classroom.exercises.outcome import Difference, Verdict
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.showing import panel
from cdc_lab.classroom.exercises.writes import KEY, Write
from cdc_lab.emulator.refusals import Refusal
from cdc_lab.patterns import process_batch

FLIGHTS = ("UA1", "UA2", "UA3")
runs: list[Run] = []


def prepare(lab: Any) -> Callable[[], list[str]]:
    table = lab.create_table("audit", KEY, stream_view_type=None)

    def collect() -> list[str]:
        found = sorted(row[KEY] for row in table.scan()["Items"])
        for flight in found:
            table.delete_item(Key={KEY: flight})
        return found

    return collect


def judge(run: Run) -> list[Difference]:
    runs.append(run)
    return [
        Difference("missing", record.keys[KEY], "a row", "no row", record.event_id)
        for record in run.records
        if record.keys[KEY] not in run.found
    ]


def diagnose(run: Run, differences: Any, scenario: str) -> str:
    lost = [difference.event_id for difference in differences]
    return of_the_run(run, differences) or of_a_refusal(run, lost) or "unexplained"


def verdict_of(handler: Callable[..., Any], *refusals: Refusal, writes: Any = None) -> Verdict:
    runs.clear()
    steps = writes or [Write("put", flight) for flight in FLIGHTS]
    scenario = Scenario("refused", "", lambda rng: steps, REFUSED, each_refusal=refusals)
    exercise: Exercise[Any] = Exercise(
        "exercise_1", (scenario,), prepare=prepare, judge=judge, diagnose=diagnose
    )
    return examine(exercise, handler, seed=1)


def found(verdict: Verdict) -> str:
    return verdict.failure.misconception if verdict.failure else verdict.outcome


def put(record: Any) -> None:
    boto3.resource("dynamodb").Table("audit").put_item(Item={KEY: record.keys[KEY]})


def right(event: Any, context: Any) -> Any:
    return process_batch(event, put)


@pytest.mark.parametrize("refusal", [THROTTLED, LEFT, CONFLICT, ANSWER_LOST], ids=repr)
def test_a_handler_that_lets_errors_out_passes(refusal: Refusal) -> None:
    assert found(verdict_of(right, refusal)) == "pass"


def test_each_call_is_refused_in_a_run_of_its_own() -> None:
    verdict_of(right, THROTTLED)
    # THEN the first, the second and the third put were refused, and the last run met no refusal
    assert [[(c.operation, c.attempts) for c in run.refused] for run in runs] == [[("PutItem", 4)]] * 3 + [[]]
    assert all(not run.given_up and not run.timed_out for run in runs)


def test_a_client_that_does_not_try_again_has_retries_enough() -> None:
    def write(record: Any) -> None:
        once = boto3.client("dynamodb", config=Config(retries={"max_attempts": 0}))
        once.put_item(TableName="audit", Item={KEY: {"S": record.keys[KEY]}})

    assert found(verdict_of(lambda event, context: process_batch(event, write), THROTTLED)) == "pass"


def all_caught(event: Any, context: Any) -> None:
    for record in event["Records"]:
        with suppress(ClientError):
            boto3.client("dynamodb").put_item(TableName="audit", Item=record["dynamodb"]["Keys"])


def taken_for_seen(event: Any, context: Any) -> Any:
    def write(record: Any) -> None:
        try:
            boto3.resource("dynamodb").Table("audit").put_item(
                Item={KEY: record.keys[KEY]}, ConditionExpression=f"attribute_not_exists({KEY})"
            )
        except ClientError as error:
            print("seen before", error)

    return process_batch(event, write)


@pytest.mark.parametrize("handler", [all_caught, taken_for_seen])
@pytest.mark.parametrize("refusal", [THROTTLED, CONFLICT], ids=["throttled", "conflict"])
def test_a_refusal_that_nobody_hears_of_is_named(handler: Any, refusal: Refusal) -> None:
    verdict = verdict_of(handler, refusal)
    assert found(verdict) == "refusal taken for done"
    exercise: Any = Exercise(
        "exercise_1", (Scenario("refused", "", lambda rng: []),), prepare, judge, diagnose
    )
    text = repr(panel(exercise, verdict))
    assert f"DynamoDB refused the handler's PutItem with {refusal.error}" in text
    assert "A refused call taken for done." in text


def test_what_a_batch_leaves_is_named() -> None:
    def handler(event: Any, context: Any) -> None:
        rows = [{"PutRequest": {"Item": record["dynamodb"]["Keys"]}} for record in event["Records"]]
        boto3.client("dynamodb").batch_write_item(RequestItems={"audit": rows})

    verdict = verdict_of(handler, LEFT)
    assert found(verdict) == "unprocessed items left"
    exercise: Any = Exercise(
        "exercise_1", (Scenario("refused", "", lambda rng: []),), prepare, judge, diagnose
    )
    assert (
        "DynamoDB did the handler's BatchWriteItem in part, and gave the rest back as UnprocessedItems."
        in repr(panel(exercise, verdict))
    )


seen: set[str] = set()


def test_a_memory_that_is_set_before_the_call_is_named() -> None:
    def write(record: Any) -> None:
        if record.event_id not in seen:
            seen.add(record.event_id)
            put(record)

    assert found(verdict_of(lambda event, context: process_batch(event, write), THROTTLED)) == (
        "mark before effect"
    )


def test_an_answer_that_is_lost_brings_the_request_again() -> None:
    verdict_of(right, ANSWER_LOST)
    assert [(call.attempts, call.is_final, call.is_done) for call in runs[0].refused] == [(1, False, True)]
    assert runs[0].refused[0].told("the handler's") == (
        "DynamoDB carried out the handler's PutItem, and its answer was lost (InternalServerError); "
        "boto3 sent the request again."
    )


@pytest.fixture(autouse=True)
def _unshrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdc_lab.classroom.exercises.checking.SHRINK_UNTIL", 0.0)
    seen.clear()


def test_conditions_tell_the_lab_what_to_refuse() -> None:
    assert Conditions(refuse=(THROTTLED,)).faults(frozenset()).refuse == (THROTTLED,)
