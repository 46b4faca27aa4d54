"""Drills whose answer is data: what is none is refused in one line; a verdict shows what was handed in."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from cdc_lab.classroom.cases import Case, delete, put, update
from cdc_lab.classroom.exercises import ExerciseError, NotAttempted, check, find, hint
from cdc_lab.classroom.exercises.answer import CheckError
from cdc_lab.classroom.exercises.checking import examine
from cdc_lab.classroom.exercises.showing import panel
from cdc_lab.emulator.faults import Faults


@pytest.mark.parametrize("blank", [None, ..., NotAttempted, NotAttempted("later")])
def test_what_is_left_open_is_not_attempted(blank: Any, capsys: pytest.CaptureFixture[str]) -> None:
    check("drill_01_1", blank)
    assert capsys.readouterr().out.startswith("drill_01_1: not attempted. There is no answer yet:")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("put", "asks for a list of writes, .* not str"),
        ([put("UA1"), "UA2"], "asks for a list of writes"),
        ([], "Nothing happens then"),
        ([put("UA1")] * 13, "13 writes. It takes far fewer"),
        (Case([put("UA1")], Faults(duplicates=0.5)), "no faults are needed"),
        ([put("UA1"), Faults(duplicates=0.5)], "asks for a list of writes, .*: Faults is no write"),
        (Case(put("UA1")), "asks for a list of writes, .* not Write"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_list_of_writes_is_refused_in_one_line(answer: Any, says: str) -> None:
    with pytest.raises(CheckError, match=says):
        check("drill_01_1", answer)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (12, "asks for a dict of parameters, .* not int"),
        (
            {"hours": 12, "Limit": 10},
            "Limit is not yours to choose here. There is ShardIteratorType and hours",
        ),
    ],
)
def test_what_is_no_dict_of_its_parameters_is_refused_in_one_line(answer: Any, says: str) -> None:
    with pytest.raises(CheckError, match=says):
        check("drill_01_4", answer)


def test_a_wrong_case_is_shown_with_what_it_led_to() -> None:
    # GIVEN a case in which the handler is right
    drill = find("drill_01_1")
    shown = panel(drill, examine(drill, [put("UA1", gate="B4"), delete("UA1", after=0)], seed=1))
    # THEN the writes, what was counted, the belief and the lesson are there, and no solution
    text = repr(shown)
    assert "Your case:\n  1. put UA1: gate='B4'\n  2. delete UA1 (at once)\n" in text
    assert "pulses of UA1  anything but 2  2" in text
    assert "A delete is a change." in text
    assert "Treated in lesson 01_streams_intro [A4]." in text
    assert "gate='B4'" in shown._repr_html_()
    assert "solutions" not in text


def test_a_case_that_aws_refuses_is_a_verdict_with_its_words() -> None:
    verdict = examine(find("drill_01_1"), [update("UA1")], seed=1)
    assert verdict.failure is not None
    assert verdict.failure.misconception == "cannot happen"
    assert "ValidationException" in verdict.failure.differences[0].got
    # ... and no lesson is named that would not treat them
    assert "Treated in" not in repr(panel(find("drill_01_1"), verdict))


@pytest.mark.parametrize(
    ("drill", "case", "misconception"),
    [
        ("drill_02_5", [put("UA1", gate="B4")], "one change, one look"),
        ("drill_03_5", [put("UA1", gate="B4")], "nothing goes wrong"),
        (
            "drill_03_5",
            Case([put("UA1", origin="EWR")], Faults(lost_acks=0.999999)),
            "cannot happen",
        ),
    ],
)
def test_a_case_that_no_handler_could_stand_does_not_pass(drill: str, case: Any, misconception: str) -> None:
    verdict = examine(find(drill), case, seed=1)
    assert verdict.failure is not None
    assert verdict.failure.misconception == misconception


def test_faults_that_are_none_are_refused_in_one_line() -> None:
    faults: Any = {"crash_after": 2}
    with pytest.raises(CheckError, match=r"asks for a list of writes, .* dict is no Faults"):
        check("drill_03_5", Case([put("UA1", origin="EWR")], faults))


def test_what_is_not_there_is_told_from_a_text() -> None:
    # GIVEN a case that leaves the right handler without a row
    case = Case([put("UA1", origin="EWR")], Faults(poison=("flight_id=UA1",)))
    verdict = examine(find("drill_03_5"), case, seed=1)
    # THEN nothing is shown without the quotes that a value has
    assert verdict.failure is not None
    assert verdict.failure.differences[0].got == "(nothing)"


def test_a_single_attribute_may_be_taken_away_without_a_list() -> None:
    assert update("UA1", without="gate") == update("UA1", without=["gate"])
    assert (
        examine(find("drill_02_1"), [put("UA1", gate="B4"), update("UA1", without="gate")]).outcome == "pass"
    )


def test_late_starts_count_to_the_minute() -> None:
    # GIVEN an interval that is a day to the minute when half an hour is added, and one a little longer
    job = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER"}
    found = [examine(find("drill_01_4"), {**job, "hours": hours}, seed=1).outcome for hours in (23.5, 23.6)]
    assert found == ["pass", "wrong"]


def test_a_handler_that_fails_for_good_shows_late_marks_as_well_as_a_crash() -> None:
    # GIVEN a good flight and one without an origin: the batch fails after the good one was counted
    case = [put("UA1", origin="EWR"), put("UA2", gate="B4")]
    assert examine(find("drill_03_5"), case, seed=1).outcome == "pass"


def test_a_pass_is_discussed_and_points_at_the_solution(capsys: pytest.CaptureFixture[str]) -> None:
    check("drill_01_2", ("9" * 21, "1" + "0" * 21))
    out = capsys.readouterr().out
    assert out.startswith("drill_01_2: pass. 2 scenarios:")
    assert "Solution: notebooks/solutions/drills_01_streams.ipynb" in out


def test_the_same_answer_meets_the_same_data() -> None:
    seeds = [examine(find("drill_01_2"), pair).seed for pair in [("1", "2"), ("1", "2"), ("1", "3")]]
    assert seeds[0] == seeds[1] != seeds[2]


def test_hints_and_unknown_drills(capsys: pytest.CaptureFixture[str]) -> None:
    hint("drill_01_2", 1)
    assert capsys.readouterr().out.startswith("drill_01_2, hint 1 of 2: ")
    with pytest.raises(ExerciseError, match="ask for 1 to 2"):
        hint("drill_01_2", 3)
    with pytest.raises(ExerciseError, match="drills, drill_01_1 to "):
        find("drill_01_0")


def test_only_the_module_of_the_drill_is_imported() -> None:
    # GIVEN no drill in memory
    name = "cdc_lab.classroom.exercises.drills.drill_01_"
    kept = {module: sys.modules.pop(module) for module in list(sys.modules) if module.startswith(name)}
    try:
        find("drill_01_2")
        assert [module for module in sys.modules if module.startswith(name)] == [f"{name}2"]
    finally:
        sys.modules.update(kept)
