from __future__ import annotations

from cdc_lab.classroom.debugger import ask_debugger


def fails(new: dict[str, str]) -> str:
    keys = sorted(new)
    return new[f"tailnum of {keys}"]


def raised() -> KeyError:
    try:
        fails({"carrier": "US"})
    except KeyError as error:
        return error
    raise AssertionError("nothing was raised")


def test_commands_are_answered_where_the_error_was_raised() -> None:
    # WHEN values are asked for where it was raised, and one call further up
    answers = ask_debugger(raised(), "p new", "p keys", "u", "p error")
    # THEN they are those of the function that failed, then of its caller
    assert answers["p new"] == "{'carrier': 'US'}"
    assert answers["p keys"] == "['carrier']"
    assert "NameError" in answers["p error"] or "KeyError" in answers["p error"]
    assert list(answers) == ["p new", "p keys", "u", "p error"]


def test_a_name_that_is_not_there_is_answered_and_the_rest_goes_on() -> None:
    answers = ask_debugger(raised(), "p tailnum", "p len(new)")
    assert "NameError" in answers["p tailnum"]
    assert answers["p len(new)"] == "1"
