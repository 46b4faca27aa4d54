from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from cdc_lab.classroom import questions
from cdc_lab.classroom.questions import QuestionError, normalised, parse

GOOD = """
[77-age]
section = 1
question = "How old?"
fact = "A38"
expected = "b"
[77-age.a]
text = "under an hour"
below = 3600
why = "no"
[77-age.b]
text = "an hour or more"
at_least = 3600
why = "yes"
"""


@pytest.mark.parametrize(
    ("written", "computed", "fits"),
    [
        ("1", 1, True),
        ("1", 1.0, True),
        ("1", Decimal("1.0"), True),
        ("1", np.int64(1), True),
        ("1", True, False),  # a count is not a truth
        ("true", True, True),
        ("true", np.bool_(True), True),
        ("true", 1, False),
        ("84.3", 84.3, True),
        ("84.3", Decimal("84.3"), True),
        ("84.3", 84.30001, False),
        ("'MODIFY'", "MODIFY", True),
        ("'MODIFY'", "modify", False),
        ("['INSERT', 'MODIFY']", ("INSERT", "MODIFY"), True),
        ("['INSERT', 'MODIFY']", pd.Series(["INSERT", "MODIFY"]), True),
        ("['INSERT', 'MODIFY']", ["MODIFY", "INSERT"], False),
        ("['a', 'b']", {"b", "a"}, True),
        ("{INSERT = 2}", {"INSERT": 2}, True),
        ("{INSERT = 2}", {"INSERT": 2, "MODIFY": 0}, False),
        ("0", None, False),
    ],
)
def test_a_value_fits_what_was_computed_by_value_not_by_type(
    written: str, computed: object, fits: bool
) -> None:
    # GIVEN a question whose first option is right at one value
    text = GOOD.replace("below = 3600", f"value = {written}").replace("at_least = 3600", "otherwise = true")
    question = parse(text, "test")["77-age"]
    # WHEN the lab computes a value
    option = question.matching(computed)
    # THEN that option is right exactly where the two are the same
    assert option.key == ("a" if fits else "b")


@pytest.mark.parametrize(("computed", "key"), [(0, "a"), (3599.9, "a"), (3600, "b"), (np.float64(9e9), "b")])
def test_a_range_holds_its_lower_end_and_not_its_upper(computed: object, key: str) -> None:
    assert parse(GOOD, "test")["77-age"].matching(computed).key == key


@pytest.mark.parametrize("computed", ["3600", None, float("nan"), [1]])
def test_what_is_no_number_fits_no_range(computed: object) -> None:
    with pytest.raises(QuestionError, match="no option stands for that"):
        parse(GOOD, "test")["77-age"].matching(computed)


def test_two_options_that_fit_are_an_authors_error() -> None:
    question = parse(GOOD.replace("at_least = 3600", "at_least = 1800"), "test")["77-age"]
    with pytest.raises(QuestionError, match=r"77-age: the lab computed 2000, and options a and b all stand"):
        question.matching(2000)


@pytest.mark.parametrize(
    ("broken", "mended", "says"),
    [
        ('fact = "A38"', "", "needs fact = .str., has None"),
        ("section = 1", 'section = "1"', "needs section"),
        ('expected = "b"', 'expected = "c"', "expected = 'c' is none of its options 'ab'"),
        ('why = "no"', "", "77-age.a: needs why"),
        ("below = 3600", "", "exactly one of value"),
        ("below = 3600", "below = 3600\nvalue = 1", "exactly one of value"),
        ("below = 3600", "otherwise = false", "exactly one of value"),
        ("below = 3600", "under = 3600", "not an option; its fields may be"),
        ("[77-age.b]", "[77-age.c]", "options a, b, c, ... in order, has 'ac'"),
        ("[77-age", "[age", "ids look like 01-noop"),
        ("section = 1", "section 1", "test.toml: "),
    ],
)
def test_a_badly_written_question_is_refused_by_name(broken: str, mended: str, says: str) -> None:
    with pytest.raises(QuestionError, match=says) as error:
        parse(GOOD.replace(broken, mended), "test.toml")
    assert "\n" not in str(error.value)


def test_only_one_option_may_be_the_rest() -> None:
    text = GOOD.replace("below = 3600", "otherwise = true").replace("at_least = 3600", "otherwise = true")
    with pytest.raises(QuestionError, match="only one option may be otherwise"):
        parse(text, "test")


@pytest.mark.parametrize("unknown", ["78-noop", "noop", "77_noop", None, 3])
def test_an_id_of_no_lesson_names_the_lessons(lesson: str, unknown: object) -> None:
    with pytest.raises(QuestionError, match="77_test_lesson"):
        questions.lesson_of(unknown)


def test_an_id_that_the_lesson_does_not_hold_names_those_it_holds(lesson: str) -> None:
    with pytest.raises(
        QuestionError, match="no question '77-nope' in 77_test_lesson; it has 77-noop, 77-order"
    ):
        questions.find("77-nope")


def test_normalising_changes_no_meaning() -> None:
    assert normalised(np.array([1, 2])) == [Decimal(1), Decimal(2)]
    assert normalised({"b", "a"}) == ["a", "b"]
    assert normalised({"n": 1.5}) == {"n": Decimal("1.5")}
    assert normalised(True) is True
