"""Planned writes: they happen during the run that reaches them, under its faults."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cdc_lab import Faults, Lab
from cdc_lab.classroom.datasets import load_day
from cdc_lab.classroom.planned_writes import plan_writes
from cdc_lab.errors import LabError

DAY = load_day("2013-05-17")
CHANGES = DAY.changes()[:40]


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(seed=1, start=DAY.start) as opened:
        yield opened


def table_with_function(lab: Lab) -> Any:
    table = lab.create_table("flights", partition_key="flight_id")
    lab.attach(lambda event, context: None, table, name="reader")
    return table


def test_each_change_is_written_at_its_time(lab: Lab) -> None:
    # GIVEN a planned morning
    table = lab.create_table("flights", partition_key="flight_id")
    end = plan_writes(lab, table, CHANGES)
    assert lab.trace.records.empty

    # WHEN time passes up to its last change
    lab.run(until=end + timedelta(seconds=1))

    # THEN each record bears the time of its change
    assert end == CHANGES[-1].at
    assert lab.trace.records["written_at"].tolist() == [change.at for change in CHANGES]


def test_a_run_that_stops_earlier_leaves_the_rest_for_the_next(lab: Lab) -> None:
    # GIVEN a planned morning, and a moment in its middle
    table = lab.create_table("flights", partition_key="flight_id")
    end = plan_writes(lab, table, CHANGES)
    middle = CHANGES[20].at - timedelta(milliseconds=1)

    # WHEN time passes in two runs
    first = len(lab.run(until=middle).records)
    second = len(lab.run(until=end + timedelta(seconds=1)).records)

    # THEN both wrote their part
    assert first == sum(change.at < middle for change in CHANGES)
    assert first + second == len(CHANGES)


def test_faults_strike_while_the_day_is_written(lab: Lab) -> None:
    # GIVEN a function on the stream of a planned morning
    end = plan_writes(lab, table_with_function(lab), CHANGES)

    # WHEN it runs under duplicates
    trace = lab.run(until=end + timedelta(minutes=1), faults=Faults(seed=1, duplicates=0.5))

    # THEN some records came twice, and none was missed
    assert trace.deliveries["event_id"].nunique() == len(CHANGES)
    assert len(trace.deliveries) > len(CHANGES)


def test_changes_that_are_past_are_written_as_soon_as_time_passes(lab: Lab) -> None:
    # GIVEN a clock beyond the morning
    table = lab.create_table("flights", partition_key="flight_id")
    lab.clock.advance(CHANGES[-1].at + timedelta(hours=1))
    late = lab.clock.now()

    # WHEN it is planned nevertheless
    plan_writes(lab, table, CHANGES)
    lab.run(until=timedelta(seconds=1))

    # THEN all of it is written at once
    assert lab.trace.records["written_at"].tolist() == [late] * len(CHANGES)


def test_no_changes_are_refused(lab: Lab) -> None:
    table = lab.create_table("flights", partition_key="flight_id")
    with pytest.raises(LabError, match="no changes to plan"):
        plan_writes(lab, table, [])


def test_changes_out_of_order_are_refused(lab: Lab) -> None:
    table = lab.create_table("flights", partition_key="flight_id")
    with pytest.raises(LabError, match="sort the changes"):
        plan_writes(lab, table, [CHANGES[-1], CHANGES[0]])


def test_a_write_that_is_refused_ends_the_run_with_what_aws_answers(lab: Lab) -> None:
    # GIVEN a planned morning for a table with another key
    table = lab.create_table("flights", partition_key="tail_number")
    end = plan_writes(lab, table, CHANGES)
    # WHEN its time comes: THEN the run ends with the refusal, from the line that wrote
    with pytest.raises(ClientError, match="Missing the key tail_number") as refused:
        lab.run(until=end)
    assert refused.value.operation_name in ("PutItem", "UpdateItem")
    assert any(entry.name == "write" for entry in refused.traceback)
    # AND time can pass again
    lab.run(until=end)
    assert lab.clock.now() == end
