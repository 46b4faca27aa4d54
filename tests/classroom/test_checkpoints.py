from __future__ import annotations

import doctest
from decimal import Decimal

import pytest

from cdc_lab.classroom import CheckpointFailed, begin, checkpoint, checkpoints, predict, reveal

Capture = pytest.CaptureFixture[str]


def through_section_1() -> None:
    predict("77-noop")
    reveal("77-noop", 0)


@pytest.fixture(autouse=True)
def _begun(lesson: str) -> None:
    begin(lesson)


def test_a_checkpoint_whose_claims_hold_prints_them(capsys: Capture) -> None:
    # GIVEN a section that was run
    through_section_1()
    capsys.readouterr()
    # WHEN its checkpoint runs
    checkpoint(1, {"two is two": lambda: 2 == 1 + 1, "a list holds something": lambda: [0]})
    # THEN it says so
    assert capsys.readouterr().out.splitlines() == [
        "Checkpoint 1: ok",
        "  - two is two",
        "  - a list holds something",
    ]


def test_a_claim_that_does_not_hold_fails_the_run_and_says_what_to_run_again() -> None:
    through_section_1()
    checkpoint(1)
    predict("77-order")
    reveal("77-order", ["INSERT", "MODIFY", "REMOVE"])
    with pytest.raises(CheckpointFailed) as error:
        checkpoint(2, {"this holds": lambda: True, "three records are there": lambda: 2 == 3})
    assert str(error.value) == (
        'checkpoint 2: "three records are there" does not hold. '
        "Run the cells from checkpoint 1 down to here again, in order."
    )


def test_a_name_that_a_skipped_cell_defines_is_asked_for() -> None:
    through_section_1()
    with pytest.raises(CheckpointFailed) as error:
        checkpoint(1, {"three records": lambda: len(records) == 3})  # type: ignore[name-defined]  # noqa: F821
    assert (
        str(error.value)
        == "checkpoint 1: `records` is not defined: run the cell that makes it, then this one."
    )


def test_a_claim_that_breaks_is_reported_in_one_line() -> None:
    through_section_1()
    with pytest.raises(
        CheckpointFailed, match=r'"there is a status" could not be checked: KeyError: .status.\. Run'
    ):
        checkpoint(1, {"there is a status": lambda: {}["status"]})


def test_a_skipped_prediction_is_named() -> None:
    with pytest.raises(CheckpointFailed) as error:
        checkpoint(1)
    assert str(error.value) == (
        'checkpoint 1: not run yet: predict("77-noop") and reveal("77-noop"). '
        'Run the cells from predict("77-noop") down to here, in order.'
    )


def test_a_prediction_without_its_reveal_is_named() -> None:
    predict("77-noop")
    with pytest.raises(CheckpointFailed, match=r'not run yet: reveal\("77-noop"\)\. Run'):
        checkpoint(1)


def test_a_skipped_section_is_named_from_its_first_step() -> None:
    predict("77-order")
    reveal("77-order", [])
    with pytest.raises(CheckpointFailed) as error:
        checkpoint(2)
    assert (
        'predict("77-noop"), reveal("77-noop") and checkpoint(1). Run the cells from predict("77-noop")'
        in str(error.value)
    )


def test_running_an_earlier_checkpoint_again_makes_the_later_ones_stale() -> None:
    # GIVEN a lesson that was run to its second checkpoint
    through_section_1()
    checkpoint(1)
    predict("77-order")
    reveal("77-order", [])
    checkpoint(2)
    # WHEN the reader goes back and runs the first section again
    through_section_1()
    checkpoint(1)
    # THEN the third asks for the second
    with pytest.raises(CheckpointFailed, match=r"not run yet: checkpoint\(2\)"):
        checkpoint(3)


def test_running_the_set_up_cell_again_starts_over() -> None:
    through_section_1()
    checkpoint(1)
    begin("77_test_lesson")
    with pytest.raises(CheckpointFailed, match=r"checkpoint\(1\)"):
        checkpoint(2)


def test_all_cells_above_may_run_again() -> None:
    for _ in range(2):
        begin("77_test_lesson")
        through_section_1()
        checkpoint(1)


def test_without_a_lesson_only_the_claims_and_the_order_count(capsys: Capture) -> None:
    from cdc_lab.classroom import session

    session._start(None)
    checkpoint(1, {"numbers are exact": lambda: Decimal("0.1") * 3 == Decimal("0.3")})
    assert capsys.readouterr().out.startswith("Checkpoint 1: ok")
    with pytest.raises(CheckpointFailed, match=r"checkpoint\(2\)"):
        checkpoint(3)


def test_the_docstring_runs() -> None:
    from cdc_lab.classroom import session

    session._start(None)
    assert doctest.testmod(checkpoints).failed == 0


def test_in_a_notebook_the_failure_is_one_line_without_frames() -> None:
    with pytest.raises(CheckpointFailed) as failed:
        checkpoint(2)
    assert failed.value._render_traceback_() == [f"CheckpointFailed: {failed.value}"]
