"""The machinery: it answers whatever a handler does, cannot be fooled, and leaves the notebook as it was."""

from __future__ import annotations

import _thread
import asyncio
import os
import signal
import sys
import threading
import time
from collections import UserList
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import boto3
import pytest

from cdc_lab.classroom.exercises import ExerciseError, NotAttempted, check, find, hint
from cdc_lab.classroom.exercises.checking import CheckError, examine, seed_of
from cdc_lab.classroom.exercises.outcome import Verdict
from cdc_lab.classroom.exercises.showing import panel
from cdc_lab.errors import LabError
from cdc_lab.lab import Lab
from tests.exercises.loading import answer


def verdict_on(handler: Any, scenario: str = "plain day", seed: int = 1) -> Verdict:
    return examine(find("exercise_1"), handler, seed, only=scenario)


def misconception(handler: Any, scenario: str = "plain day") -> str:
    verdict = verdict_on(handler, scenario)
    assert verdict.failure is not None
    return verdict.failure.misconception


# ---- whatever a handler does, there is an answer ----------------------------------------------------


@pytest.mark.usefixtures("impatient")
def test_an_endless_loop_ends() -> None:
    def handler(event: Any, context: Any) -> None:
        while True:
            pass

    assert misconception(handler) == "endless"


@pytest.mark.usefixtures("impatient")
def test_an_endless_loop_ends_that_catches_everything() -> None:
    def handler(event: Any, context: Any) -> None:
        while True:
            with suppress(BaseException):
                sum(range(100))

    assert misconception(handler) == "endless"


@pytest.mark.usefixtures("impatient")
@pytest.mark.skipif(sys.platform == "win32", reason="what waits in C code hears no signal there")
def test_a_handler_ends_that_waits_for_what_never_comes() -> None:
    def handler(event: Any, context: Any) -> None:
        lock = _thread.allocate_lock()  # of which the lab does not know
        lock.acquire()
        while True:
            with suppress(KeyboardInterrupt):
                lock.acquire()

    assert misconception(handler) == "waits outside lab time"


@pytest.mark.parametrize("wait", [lambda: time.sleep(1_000_000), lambda: threading.Event().wait()])
def test_a_handler_that_waits_too_long_is_timed_out_in_lab_time(wait: Callable[[], Any]) -> None:
    def handler(event: Any, context: Any) -> None:
        wait()

    assert misconception(handler) == "too slow"


def test_exceptions_and_exits_are_verdicts() -> None:
    def exits(event: Any, context: Any) -> None:
        sys.exit(3)

    def recurs(event: Any, context: Any) -> None:
        recurs(event, context)

    def divides(event: Any, context: Any) -> float:
        return 1 / 0

    def interrupts(event: Any, context: Any) -> None:
        raise KeyboardInterrupt

    def ends_the_process(event: Any, context: Any) -> None:
        os._exit(3)

    for handler, named, says in (
        (exits, "ends its process", "raised SystemExit: 3"),
        (interrupts, "ends its process", "raised KeyboardInterrupt"),
        (ends_the_process, "ends its process", "ended its process (exit status 3)"),
        (recurs, "handler raises", "raised RecursionError"),
        (divides, "handler raises", "raised ZeroDivisionError"),
    ):
        verdict = verdict_on(handler)
        assert misconception(handler) == named
        assert f"Your handler {says}" in repr(panel(find("exercise_1"), verdict))


def test_an_error_that_the_handler_caught_is_read_from_its_log() -> None:
    verdict = verdict_on(answer("mutants", "exercise_1", "numbers_as_float"))
    text = repr(panel(find("exercise_1"), verdict))
    assert "Your handler logged" in text
    assert "\n  TypeError: Float types are not supported" in text


def test_the_readers_own_interrupt_is_not_a_verdict() -> None:
    # GIVEN a handler that is at work when the reader interrupts the kernel
    def handler(event: Any, context: Any) -> None:
        signal.raise_signal(signal.SIGINT)

    # THEN the check ends, and signals are heard as before
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        verdict_on(handler)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("scenario", ["rebuild", "rebuild during changes"])
def test_a_function_that_does_its_work_and_never_returns_is_told_so(scenario: str) -> None:
    # GIVEN a right answer whose rebuild goes on for ever when all is done
    parts = answer("alternatives", "exercise_2", "patterns_index")
    rebuild = parts["rebuild"]

    def never_ends(table: Any) -> None:
        rebuild(table)
        while True:
            time.sleep(60)

    # WHEN it is checked
    exercise = find("exercise_2")
    verdict = examine(exercise, {**parts, "rebuild": never_ends}, 1, only=scenario)
    # THEN that is what the reader is told
    assert verdict.failure is not None
    assert verdict.failure.misconception == "does not return"
    assert "rebuild(table)  returns   did not return in time" in repr(panel(exercise, verdict))


def test_a_handler_that_does_its_work_and_never_returns_is_told_so() -> None:
    # GIVEN a right handler, but for the first time, when it does not return
    right = answer("alternatives", "exercise_1", "patterns_put")
    seen: UserList[Any] = UserList()  # no memory that a check puts back

    def handler(event: Any, context: Any) -> Any:
        told = right(event, context)
        if not seen:
            seen.append(event)
            time.sleep(60)
        return told

    # THEN an environment that timed out is no success, though all rows are there
    assert misconception(handler) == "too slow"


def test_a_handler_that_uses_the_lab_is_told_so() -> None:
    lab = Lab(seed=7)

    def handler(event: Any, context: Any) -> None:
        lab.client("dynamodb").put_item(TableName="audit", Item={})

    assert misconception(handler) == "lab in the handler"


def test_a_handler_that_reports_everything_is_told_so() -> None:
    def handler(event: Any, context: Any) -> Any:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        return {"batchItemFailures": [{"itemIdentifier": number} for number in numbers]}

    assert misconception(handler) == "handler reports"


@pytest.mark.parametrize("given", [None, {"batchItemFailures": []}, "handler"])
def test_what_is_no_handler_is_refused_in_one_line(given: Any) -> None:
    with pytest.raises(CheckError, match="the handler itself"):
        check("exercise_1", given)


def test_a_handler_of_another_form_is_refused_in_one_line() -> None:
    async def waits(event: Any, context: Any) -> None: ...

    def one(event: Any) -> None: ...

    with pytest.raises(CheckError, match="async"):
        check("exercise_1", waits)
    with pytest.raises(CheckError, match="these two parameters"):
        check("exercise_1", one)


def test_unknown_exercises_and_hints_are_refused() -> None:
    with pytest.raises(ExerciseError, match="there is exercise_1"):
        find("exercise_9")
    with pytest.raises(ExerciseError, match="ask for 1 to 3"):
        hint("exercise_1", 4)


def test_hints_are_shown_one_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    hint("exercise_1", 2)
    assert capsys.readouterr().out.startswith("exercise_1, hint 2 of 3: Sequence numbers have")


def test_a_loop_that_runs_until_complete_works_beside_the_notebooks_own() -> None:
    # GIVEN a right handler that runs a coroutine to its end, as on Lambda
    right = answer("alternatives", "exercise_1", "patterns_put")

    def handler(event: Any, context: Any) -> Any:
        async def work() -> Any:
            await asyncio.sleep(0.1)
            return right(event, context)

        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(work())
        finally:
            loop.close()

    # WHEN it is checked in a kernel, where a loop is running
    async def cell() -> Verdict:
        return verdict_on(handler)

    # THEN it passes
    assert asyncio.run(cell()).failure is None


# ---- it cannot be fooled ----------------------------------------------------------------------------


def test_rows_written_before_the_check_do_not_count() -> None:
    # GIVEN a log that is full already, in the reader's lab
    lab = Lab(seed=7)
    audit = lab.create_table("audit", "flight_id", "sequence")
    audit.put_item(Item={"flight_id": "UA1545", "sequence": "1"})
    # THEN a handler that writes nothing has written nothing
    verdict = verdict_on(lambda event, context: None)
    assert verdict.failure is not None
    assert {difference.got for difference in verdict.failure.differences} == {"no row"}


def test_other_seeds_bring_other_data() -> None:
    def shown(seed: int) -> list[str]:
        failure = verdict_on(lambda event, context: None, seed=seed).failure
        assert failure is not None
        return [str(write) for write in failure.run.writes]

    assert shown(1) == shown(1)
    assert shown(1) != shown(2)


def _version(value: int) -> Any:
    def handler(event: Any, context: Any) -> Any:
        return value

    return handler


def test_changed_code_meets_other_data_and_unchanged_code_the_same() -> None:
    def first(event: Any, context: Any) -> Any:
        return 1

    def second(event: Any, context: Any) -> Any:
        return 2

    assert seed_of(first) == seed_of(first)
    assert seed_of(first) != seed_of(second)
    assert seed_of(_version(1)) == seed_of(_version(2)), "what a closure holds is data, not code"


# ---- the notebook is as it was ----------------------------------------------------------------------

SEEN: list[str] = []


def remembers(event: Any, context: Any) -> None:
    SEEN.extend(record["eventID"] for record in event["Records"])


def test_what_a_handler_remembers_is_given_back_untouched() -> None:
    # GIVEN a list beside a handler, with something in it
    SEEN[:] = ["mine"]
    same = SEEN
    verdict_on(remembers)
    # THEN the check has left nothing there, and it is the same list
    assert same is SEEN
    assert SEEN == ["mine"]


def test_clients_are_made_anew_for_the_check_and_given_back() -> None:
    # GIVEN a handler with a table of the reader's lab, in a closure
    with Lab(seed=7) as lab:
        audit = lab.create_table("audit", "flight_id", "sequence")

        def handler(event: Any, context: Any) -> None:
            names.append(audit.name)
            audit.scan()

        names: list[str] = []
        before = handler.__closure__
        own = (boto3.client, boto3.resource)
        # WHEN it is checked
        verdict_on(handler)
        # THEN it could use its table, and has its own again, of a lab that is closed now
        assert handler.__closure__ == before
        assert (boto3.client, boto3.resource) == own
        with pytest.raises(LabError, match="closed"):
            audit.scan()


@pytest.mark.parametrize("exercise", ["exercise_1", "drill_01_2"])
def test_a_cell_can_make_a_client_after_a_check(exercise: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a reader without any settings for AWS, and a lab that a check has closed
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    Lab(seed=7)
    check(exercise, NotAttempted if exercise.startswith("drill") else _stub)
    # WHEN a cell makes its own client, as a handler's does
    client: Any = boto3.client("dynamodb")
    # THEN it is a lab's
    assert client.list_tables()["TableNames"] == []


def _stub(event: Any, context: Any) -> None:
    raise NotAttempted


def test_a_stub_is_not_attempted_even_behind_process_batch(capsys: pytest.CaptureFixture[str]) -> None:
    def handler(event: Any, context: Any) -> None:
        raise NotAttempted

    check("exercise_1", handler)
    assert capsys.readouterr().out.startswith("exercise_1: not attempted.")


# ---- how it is shown --------------------------------------------------------------------------------


def test_wrong_shows_sequence_difference_and_misconception_and_no_solution() -> None:
    # GIVEN a handler with a random part in its key
    wrong = answer("mutants", "exercise_1", "random_suffix")
    # WHEN the scenario with duplicates has failed
    shown = panel(find("exercise_1"), verdict_on(wrong, "duplicates"))
    text = repr(shown)
    # THEN one write is enough to show it
    assert "The shortest sequence that fails:\n  1. put" in text
    assert "  2. " not in text
    assert "The batch was delivered, succeeded, and was delivered once more." in text
    assert "one row   2 rows" in text
    assert "A row for each delivery. Lambda delivers at least once." in text
    assert "Treated in lesson 03d_idempotency [C15]." in text
    assert "zfill" not in text
    assert "<table>" in shown._repr_html_()


def test_a_sequence_that_could_not_be_shortened_is_not_called_the_shortest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cdc_lab.classroom.exercises.checking.SHRINK_UNTIL", 0.0)
    verdict = verdict_on(lambda event, context: None)
    assert "A sequence that fails:" in repr(panel(find("exercise_1"), verdict))


def test_a_row_whose_record_was_given_up_is_not_called_a_row_without_an_event() -> None:
    # GIVEN a handler that writes the good rows, and answers with an eventID
    verdict = verdict_on(answer("mutants", "exercise_1", "event_id_as_identifier"), "unreadable last record")
    # THEN what differs is that Lambda gave good records up, and nothing else
    assert verdict.failure is not None
    assert {difference.kind for difference in verdict.failure.differences} == {"given up"}


def test_the_place_of_an_error_is_a_function_of_the_readers() -> None:
    verdict = verdict_on(answer("mutants", "exercise_1", "type_deserializer"), "values")
    assert "(line 5 of handler)" in repr(panel(find("exercise_1"), verdict))
