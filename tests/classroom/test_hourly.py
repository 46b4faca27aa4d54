"""Hour by hour: what a table shows a minute after each full hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from cdc_lab import Lab
from cdc_lab.classroom.datasets import load_day
from cdc_lab.classroom.hourly import hour_by_hour
from cdc_lab.errors import LabError

DAY = load_day("2013-03-08")


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(seed=7, start=DAY.start) as opened:
        yield opened


def test_each_full_hour_is_read_beside_the_truth(lab):
    # GIVEN the changes of a day's first hours, and a table in which flights are counted by a scan
    changes = [change for change in DAY.changes() if change.at < DAY.start + timedelta(hours=3)]
    flights = lab.create_table("flights", "flight_id")
    # WHEN they happen at their times
    seen = hour_by_hour(
        lab,
        flights,
        changes,
        {"flights": lambda: flights.scan(Select="COUNT")["Count"]},
        lambda now: len({change.flight_id for change in changes if change.at <= now}),
    )
    # THEN there is a row for each full hour, with the table beside the truth
    assert list(seen.columns) == ["at", "flights", "truth"]
    assert (seen["flights"] == seen["truth"]).all()
    assert len(seen) == 2
    assert seen["truth"].iloc[0] < seen["truth"].iloc[-1]
    # AND a second replay, for which the day is over, says what to do
    with pytest.raises(LabError, match="run the cell that opens the lab"):
        hour_by_hour(lab, flights, changes, {}, lambda now: 0)
    assert seen["at"].diff().dropna().eq(timedelta(hours=1)).all()
