"""What the capstone's check says of the difference between its truth and a board."""

from __future__ import annotations

from cdc_lab.classroom.exercises import find
from cdc_lab.classroom.exercises.checking import examine
from cdc_lab.classroom.exercises.exercise_4.misconceptions import diagnose
from tests.exercises.loading import answer


def test_what_was_counted_and_then_given_up_is_no_difference_of_the_board() -> None:
    # GIVEN a function that counts the readable flights of a batch, and then fails the batch as a whole
    wrong = answer("mutants", "exercise_4", "exception_for_the_batch")
    # WHEN Lambda gives them all up
    failure = examine(find("exercise_4"), wrong, 1, only="unreadable record").failure
    # THEN that is what differs; the board shows the flights that it must show
    assert failure is not None
    assert {difference.kind for difference in failure.differences} == {"given up"}


def test_rows_left_out_are_not_taken_for_rows_that_share_a_second() -> None:
    # GIVEN a log with two rows of one second, in which others of that second are missing
    wrong = answer("mutants", "exercise_4", "last_of_a_batch")
    failure = examine(find("exercise_4"), wrong, 1, only="log").failure
    # THEN the key is not what is wrong with it, in whichever scenario it shows
    assert failure is not None
    names = {diagnose(failure.run, failure.differences, name) for name in ("log", "long log")}
    assert names == {"lost"}
