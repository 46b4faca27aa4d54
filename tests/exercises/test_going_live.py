"""Exercise 5: what is refused in one line, what a verdict shows, and the folder that comes of an answer."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from cdc_lab.classroom.exercises import NotAttempted, check, find
from cdc_lab.classroom.exercises.answer import CheckError
from cdc_lab.classroom.exercises.checking import examine
from cdc_lab.classroom.exercises.exercise_5.alarms import Point, first, read_alarm
from cdc_lab.classroom.exercises.exercise_5.going_live import audit_folder, audit_world
from cdc_lab.classroom.exercises.showing import panel
from cdc_lab.deployment.checking import check as check_template
from cdc_lab.lab import Lab
from tests.exercises.loading import answer, load


def given(**others: Any) -> dict[str, Any]:
    """The right answer of the wrong ones' first cell, with some parts in the place of its own."""
    names: dict[str, Any] = {"__name__": "__main__"}
    load("mutants", "exercise_5", "given").run(names)
    parts = {name: names[name] for name in ("handler", "function", "mapping", "policy", "alarms")}
    return {**parts, **others}


@pytest.mark.parametrize(
    ("others", "says"),
    [
        ({"function": 3}, "function is a dict of parameters, not int"),
        ({"function": {"Timeout": 3}}, "Timeout is not yours to choose in function. There is timeout"),
        ({"mapping": {"FunctionName": "mine"}}, "FunctionName is not yours to choose in mapping"),
        ({"policy": "*"}, "policy is a dict with Version and Statement, not str"),
        ({"policy": {"Version": "2012-10-17"}}, "has no Statement"),
        ({"policy": {"Statement": [{"Effect": "Allow", "Action": "*"}]}}, "has no Resource"),
        ({"alarms": {"MetricName": "Errors"}}, "alarms is a list of dicts"),
        ({"alarms": ["Errors"]}, "an alarm is a dict such as"),
        ({"alarms": [{"MetricName": "Errors", "Statistic": "Sum"}]}, "has no Threshold"),
        (
            {"alarms": [{"MetricName": "IterratorAge", "Statistic": "Sum", "Threshold": 1}]},
            "draws no metric 'IterratorAge'. On AWS such an alarm never goes off",
        ),
        (
            {"alarms": [{"MetricName": "Errors", "Statistic": "p99", "Threshold": 1}]},
            "Statistic 'p99': choose",
        ),
        (
            {"alarms": [{"MetricName": "Errors", "Statistic": "Sum", "Threshold": 0, "Period": 90}]},
            "Period 90: give seconds",
        ),
        ({"handler": "handler"}, "handler is str: give the function itself"),
        ({"handler": lambda event: None}, "cannot be called as handler"),
        ({"role": {}}, "has no part role"),
    ],
)
def test_what_is_no_answer_is_refused_in_one_line(others: dict[str, Any], says: str) -> None:
    with pytest.raises(CheckError, match=says) as refused:
        check("exercise_5", given(**others))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("wrong", [print, {"handler": print}])
def test_an_answer_without_its_parts_is_told_how_to_write_it(wrong: Any) -> None:
    with pytest.raises(CheckError, match=r'write check\("exercise_5", {"handler": handler, '):
        check("exercise_5", wrong)


def test_what_is_not_written_yet_is_left_out_and_said() -> None:
    # GIVEN an answer without policy and alarms
    verdict = examine(find("exercise_5"), given(policy=NotAttempted, alarms=NotAttempted), 1)
    # THEN the scenarios of the other parts are passed, and the rest is named
    assert verdict.outcome == "not attempted"
    assert verdict.not_attempted == ("policy", "alarms")
    assert verdict.passed[-1] == "slow hour"
    assert "Not written yet: policy and alarms." in repr(panel(find("exercise_5"), verdict))


def test_a_wrong_one_is_shown_with_what_was_deployed_and_what_happened() -> None:
    wrong = answer("mutants", "exercise_5", "errors_alone")
    text = repr(panel(find("exercise_5"), examine(find("exercise_5"), wrong, 1, only="failing record")))
    assert "You deployed:\n  function: timeout=60, memory_size=256\n  mapping: StartingPosition=" in text
    assert "alarm: Errors Sum > 0" in text
    assert "no alarm went off" in text
    assert "Errors 0, FailedInvokeEventCount " in text
    assert "Treated in lesson 08_going_live" in text
    assert "600_000" not in text


def test_the_folder_has_the_policy_and_the_alarms_and_is_clean(tmp_path: Path) -> None:
    # GIVEN a right answer
    written = audit_folder(given(), tmp_path / "audit-log")
    # THEN its folder passes SAM's translator and cfn-lint, and has what was handed in
    assert written is not None
    text = (written.path / "template.yaml").read_text("utf-8")
    assert check_template(text) == []
    assert "Threshold: 600000\n" in text
    assert "FlightsTable.Arn}/stream/*" in text
    assert "dynamodb:DeleteItem" not in text
    assert "def handler(event, context):" in (written.path / "handler.py").read_text("utf-8")


def test_the_folder_waits_for_what_is_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit_folder(given(alarms=NotAttempted), tmp_path / "audit-log") is None
    assert capsys.readouterr().out == "exercise_5: not written yet: alarms. The folder waits.\n"


def test_the_world_of_the_notebook_runs_the_handler_without_a_policy() -> None:
    with Lab(seed=7) as lab:
        flights = audit_world(lab, given(policy=NotAttempted))
        flights.put_item(Item={"flight_id": "UA1"})
        lab.run()
        assert len(lab.resource("dynamodb").Table("audit").scan()["Items"]) == 1


def test_an_alarm_goes_off_at_the_end_of_the_last_of_its_periods() -> None:
    # GIVEN a metric that is above the threshold in the minutes 2, 3 and 5
    series = {
        "Errors": [
            Point(60.0 * minute, value, value, value, 1) for minute, value in enumerate([0, 0, 2, 2, 0, 9])
        ]
    }
    alarm = {"MetricName": "Errors", "Statistic": "Sum", "Threshold": 1}
    once = read_alarm("exercise_5", alarm)
    twice = read_alarm("exercise_5", {**alarm, "EvaluationPeriods": 2})
    thrice = read_alarm("exercise_5", {**alarm, "EvaluationPeriods": 3})
    longer = read_alarm("exercise_5", {**alarm, "Threshold": 8, "Period": 180})
    # THEN one, two and three periods in a row tell it at the end of the last
    assert [one.rings(series) for one in (once, twice, thrice, longer)] == [180.0, 240.0, math.inf, 360.0]
    assert first([thrice, twice, once], series) == (180.0, once)
    assert first([thrice], series) == (math.inf, None)


@pytest.mark.parametrize(
    ("statistic", "goes_off"),
    [("Maximum", True), ("Average", False), ("Minimum", False), ("SampleCount", False)],
)
def test_the_average_hides_one_old_record_among_young_ones(statistic: str, goes_off: bool) -> None:
    series = {"IteratorAge": [Point(0.0, 900.0, 0.0, 900.0, 4)]}
    alarm = read_alarm("exercise_5", {"MetricName": "IteratorAge", "Statistic": statistic, "Threshold": 600})
    assert (alarm.rings(series) < math.inf) is goes_off


def test_a_check_ends_when_its_time_of_the_processor_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN an answer that is right, and far less time than it takes
    monkeypatch.setattr("cdc_lab.classroom.exercises.exercise_5.production.CPU_SECONDS", 0.01)
    verdict = examine(find("exercise_5"), answer("alternatives", "exercise_5", "bucket"), seed=1)
    # THEN the first story that has to wait for it says so
    assert verdict.failure is not None
    assert verdict.failure.misconception == "out of budget"
