"""Backlogs: what is measured of a function that works one off."""

from __future__ import annotations

import time

from cdc_lab import Lab
from cdc_lab.classroom.backlogs import done, drain, seconds_behind, side_by_side
from cdc_lab.classroom.datasets import load_day

CHANGES = [change for change in load_day("2013-03-08").changes() if change.kind == "scheduled"][:40]


def taking(seconds):
    """A handler that needs so many lab seconds for each record."""

    def handler(event, context):
        for _ in event["Records"]:
            time.sleep(seconds)

    return handler


def drained(handler):
    with Lab(seed=7) as lab:
        return drain(lab, handler, CHANGES, BatchSize=10, timeout=3)


def test_a_quick_function_catches_up_and_a_slow_one_does_not():
    # GIVEN 40 changes, of which 20 wait when the function begins
    # WHEN a record takes less time than passes between two changes, and when the function always times out
    quick = drained(taking(0.01))
    slow = drained(taking(1))
    # THEN the first is done in less than the ten seconds in which the rest came, and the second never
    assert done(quick) == 40
    behind = seconds_behind(quick)
    assert behind is not None
    assert 0 < behind < 10
    assert done(slow) == 0
    assert seconds_behind(slow) is None
    # AND a frame of both tells them apart
    both = side_by_side({"quick": quick, "slow": slow})
    assert set(both["function"]) == {"quick", "slow"}
    assert len(both) == len(quick.invocations) + len(slow.invocations)
