"""How the package's code is shown: whole, without the docstring, the same as plain text and as HTML."""

from __future__ import annotations

import ast
import html
import inspect
import re

import pytest

from cdc_lab import patterns
from cdc_lab.classroom.code import show_code
from cdc_lab.show.panels import ClassroomError

FUNCTIONS = [
    getattr(patterns, name) for name in patterns.__all__ if inspect.isfunction(getattr(patterns, name))
]


def documented(number: int) -> int:
    """Return twice the number.

    A second paragraph.
    """

    # Why it is so.
    return number + number if number else 0


def only_documented() -> None:
    """Do nothing."""


def branches(word: str) -> int:
    match word:
        case "<one>":
            return 1
    return 0


def test_the_docstring_is_left_out_and_the_comment_stays():
    assert repr(show_code(documented)) == (
        "def documented(number: int) -> int:\n"
        "    # Why it is so.\n"
        "    return number + number if number else 0"
    )


def test_a_body_that_is_a_docstring_stays():
    assert repr(show_code(only_documented)).endswith('"""Do nothing."""')


def test_a_method_is_moved_to_the_left():
    assert repr(show_code(patterns.Aggregate.deltas)).startswith("def deltas(self, ")


def test_the_beginning_of_the_body_can_be_left_out():
    assert repr(show_code(documented, since="return")) == (
        "def documented(number: int) -> int:\n    ...\n    return number + number if number else 0"
    )


def test_a_beginning_that_is_not_there_is_named():
    with pytest.raises(ClassroomError, match="no line of documented starts with 'yield'"):
        show_code(documented, since="yield")


def test_what_has_no_source_is_refused():
    with pytest.raises(ClassroomError, match="pass a function"):
        show_code(len)


def test_keywords_are_strong_comments_slanted_and_text_is_escaped():
    assert "<i># Why it is so.</i>" in show_code(documented)._repr_html_()
    shown = show_code(branches)._repr_html_()
    assert "<b>match</b> word:" in shown
    assert "<b>case</b> &quot;&lt;one&gt;&quot;:" in shown


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_html_and_plain_text_say_the_same(function):
    shown = show_code(function)
    inner = re.sub(r"</?(?:pre[^>]*|b|i)>", "", shown._repr_html_())
    assert html.unescape(inner) == repr(shown)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_what_is_shown_is_what_runs(function):
    # GIVEN the definition in its file, without its docstring
    whole = ast.parse(inspect.getsource(function)).body[0]
    assert isinstance(whole, ast.FunctionDef)
    without = whole.body[1:]
    # THEN the text shown is the same program
    shown = ast.parse(repr(show_code(function))).body[0]
    assert isinstance(shown, ast.FunctionDef)
    assert [ast.dump(node) for node in shown.body] == [ast.dump(node) for node in without]
