"""What a test may get wrong is said in one line, with the value and what to give instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cdc_lab import Lab, LabError
from cdc_lab.testing import run_handler, stream_event, stream_record


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as opened:
        yield opened


def handler(event: Any, context: Any) -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"timeout": "3"}, "timeout='3': give 1 to 900 seconds"),
        ({"memory_size": True}, "memory_size=True: give 128 to 10240 MB"),
        ({"cold_starts": "x"}, "cold_starts='x': give a share from 0 to 1"),
        ({"environment": "x"}, "environment='x': give a dict"),
        ({"environment": {"A": 1}}, "environment 'A'=1: names and values are strings"),
        ({"watchdog_seconds": 0}, "watchdog_seconds=0: give processor seconds above 0"),
        ({"reserved_concurrency": -1}, "reserved_concurrency=-1: give a number of invocations"),
        ({"latencies": 0.1}, "latencies=0.1 is no Latencies"),
        ({"dead_letter": 5}, "dead_letter=5: give the ARN"),
    ],
)
def test_options_of_functions(lab: Lab, options: dict[str, Any], text: str) -> None:
    with pytest.raises(LabError, match=re.escape(text)):
        lab.create_function("f", handler, **options)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: stream_event("x"), "stream_event('x'): give items as dicts"),  # type: ignore[arg-type]
        (lambda: stream_record("x"), "new='x': give an item as a dict"),  # type: ignore[arg-type]
        (
            lambda: stream_record({"id": "a"}, view_type="KEYS"),
            "view_type='KEYS': give one of NEW_IMAGE, OLD",
        ),
        (lambda: stream_record({"id": "a"}, event_name="x"), "event_name='x': give one of INSERT, MODIFY"),
        (lambda: stream_record({"id": "a"}, number="1"), "number='1': give a whole number"),
        (lambda: stream_record({"id": "a", "n": 0.5}), "item {'id': 'a', 'n': 0.5}: Float types"),
        (lambda: Lab(seed="7"), "seed='7': give a whole number"),  # type: ignore[arg-type]
    ],
)
def test_events_and_seeds(make: Callable[[], object], text: str) -> None:
    with pytest.raises(LabError, match=re.escape(text)):
        make()


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"id": "a"}, "changes={'id': 'a'}: give a list of items and functions"),
        (5, "changes=5: give a list"),
        ([5], "change 5 is neither an item, as a dict, nor a function of the table"),
    ],
)
def test_changes(lab: Lab, changes: Any, text: str) -> None:
    orders = lab.create_table("orders", "id")
    with pytest.raises(LabError, match=re.escape(text)):
        run_handler(lab, handler, orders, changes)


def test_a_service_with_canned_answers_is_refused(lab: Lab) -> None:
    with pytest.raises(
        LabError, match=r"does not emulate rekognition's DetectText: give its answer in the test"
    ):
        lab.client("rekognition").detect_text(Image={"Bytes": b"x"})
