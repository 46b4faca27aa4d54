"""Which belief lies behind an answer of ``find_delayed``."""

from __future__ import annotations

import re

from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference

_DEFAULT_SIZE = 10
_OPERATORS = re.compile(r"(?<!\w)-\w|[|*~]")  # a hyphen within a word is none


def of_hits(difference: Difference) -> MisconceptionId:
    """Return the id of the misconception behind a wrong answer, or behind an error.

    The text that was looked for stands in the difference's `what`, as ``find_delayed('snow')``.
    """
    if difference.kind == "search":
        return "query language" if "search_phase_execution" in difference.got else "handler raises"
    expected, got = difference.expected_value, difference.got_value
    assert isinstance(expected, list)
    if not isinstance(got, list) or not all(isinstance(flight, str) for flight in got):
        return "form of the hits"
    missing, unwanted = set(expected) - set(got), set(got) - set(expected)
    if not missing and not unwanted:
        return "shortest first" if got == expected[::-1] else "order of the hits"
    if got and len(got) % _DEFAULT_SIZE == 0 and not unwanted:
        return "ten hits"
    if unwanted:
        return _of_unwanted(difference.what.removeprefix("find_delayed"), expected)
    return "words as written"


def _of_unwanted(text: str, expected: list[str]) -> MisconceptionId:
    if not re.search(r"\w", text):
        return "no word finds all"
    if _OPERATORS.search(text):
        return "query language"
    return "more than asked for" if expected else "words of other attributes"
