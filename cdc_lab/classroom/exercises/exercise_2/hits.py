"""Which belief lies behind an answer of ``find_delayed``."""

from __future__ import annotations

from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference

_DEFAULT_SIZE = 10


def of_hits(difference: Difference) -> MisconceptionId:
    """Return the id of the misconception behind a wrong answer, or behind an error."""
    if difference.kind == "search":
        return "query language" if "search_phase_execution" in difference.got else "handler raises"
    expected, got = difference.expected_value, difference.got_value
    assert isinstance(expected, list)
    if not isinstance(got, list) or not all(isinstance(flight, str) for flight in got):
        return "form of the hits"
    missing, unwanted = set(expected) - set(got), set(got) - set(expected)
    if not missing and not unwanted:
        return "order of the hits"
    if got and len(got) % _DEFAULT_SIZE == 0 and not unwanted:
        return "ten hits"
    if unwanted:
        return "more than asked for"
    return "words as written"
