"""The lab where pandas and matplotlib are not installed: the tables of a trace are lists of typed rows."""

from __future__ import annotations

import math
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from cdc_lab import Lab, LabError
from cdc_lab.errors import MissingExtraError, require
from cdc_lab.trace import Trace
from cdc_lab.trace.tables import KINDS


def some_run(lab: Lab) -> Trace:
    """A run that leaves something in most tables."""
    orders = lab.create_table("orders", "order_id", shards=2)
    lab.create_table("totals", "id", stream_view_type=None)
    queue = lab.client("sqs").create_queue(QueueName="failed")["QueueUrl"]
    arn = lab.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    totals = lab.resource("dynamodb").Table("totals")

    def handler(event: Any, context: Any) -> None:
        print("got", len(event["Records"]))
        totals.put_item(Item={"id": event["Records"][0]["eventID"]})
        if any(record["dynamodb"]["Keys"]["order_id"]["S"] == "o3" for record in event["Records"]):
            raise ValueError("o3")

    destination = {"OnFailure": {"Destination": arn["Attributes"]["QueueArn"]}}
    lab.attach(handler, orders, BatchSize=2, MaximumRetryAttempts=1, DestinationConfig=destination)
    for number in range(6):
        orders.put_item(Item={"order_id": f"o{number}"})
    return lab.run()


def test_rows_and_frames_hold_the_same() -> None:
    with Lab() as lab:
        some_run(lab)
        trace = lab.trace
    for name in KINDS:
        # GIVEN a table in both forms
        frame = getattr(trace, name)
        frame = frame() if callable(frame) else frame
        rows = getattr(trace.rows, name)
        # THEN columns, values and their types are the same
        assert list(frame.columns) == rows.columns
        assert len(frame) == len(rows)
        assert frame.empty == rows.empty
        for column in rows.columns:
            for given, shown in zip(rows[column], frame[column], strict=True):
                if isinstance(shown, pd.Timestamp):
                    assert given == shown.to_pydatetime()
                elif isinstance(given, float) and math.isnan(given):
                    assert math.isnan(shown)
                else:
                    assert given == shown
    assert {name for name in KINDS if not getattr(trace.rows, name)} == {"unfollowed", "conflicts"}


def test_what_frames_have_in_common_with_rows() -> None:
    with Lab() as lab:
        rows = some_run(lab).rows.invocations
    assert rows[0].outcome in ("success", "error")
    assert rows[0].started_at.date() == datetime(2013, 3, 8, tzinfo=UTC).date()
    assert rows[0].started_at.tzinfo is UTC
    assert rows["outcome"] == [row.outcome for row in rows.itertuples()]
    chosen = rows[["attempt", "outcome"]]
    assert (chosen.columns, chosen[0].attempt) == (["attempt", "outcome"], 1)
    assert rows[1:].columns == rows.columns
    assert repr(chosen).splitlines()[0] == "attempt  outcome"
    with pytest.raises(LabError, match="no column 'outcom': there are invocation, request_id"):
        rows["outcom"]


def test_a_long_list_is_shown_in_part() -> None:
    with Lab() as lab:
        orders = lab.create_table("orders", "order_id")
        for number in range(70):
            orders.put_item(Item={"order_id": f"o{number}"})
        lines = repr(lab.trace.rows.records).splitlines()
    assert (len(lines), lines[-1]) == (62, "... and 10 rows more")


def test_the_lab_runs_without_pandas_and_says_what_needs_it() -> None:
    # GIVEN a process in which neither is installed
    code = textwrap.dedent(
        """
        import sys
        for name in ("pandas", "matplotlib", "numpy", "IPython", "jupyterlab"):
            sys.modules[name] = None
        from cdc_lab import Lab
        from cdc_lab.testing import run_handler, timeline
        with Lab() as lab:
            orders = lab.create_table("orders", "order_id")
            trace = run_handler(lab, lambda event, context: None, orders, [{"order_id": "a"}])
            assert [row.outcome for row in trace.invocations] == ["success"]
            assert trace.metrics()["metric"] == ["Duration", "Errors", "Invocations", "IteratorAge"]
            print(timeline(trace))
            try:
                trace.plot()
            except ImportError as error:
                print(type(error).__name__, error)
        try:
            from cdc_lab.classroom.datasets import load_day
        except ImportError as error:
            print(type(error).__name__, error)
        """
    )
    # WHEN the lab is used: THEN all but drawing and the flights works: they say in one line what to install
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == [
        "+0.000 s  shard 1  batch 1 attempt 1  order_id=a  success",
        "MissingExtraError drawing needs pandas and matplotlib: pip install 'cdc-lab[plots]'",
        "MissingExtraError a day of flights needs pandas: pip install 'cdc-lab[frames]'",
    ], done.stderr


def test_what_is_missing_is_named() -> None:
    require("frames", "this", "json")
    with pytest.raises(
        MissingExtraError, match=r"this needs no_such: pip install 'cdc-lab\[frames\]'"
    ) as met:
        require("frames", "this", "json", "no_such")
    assert met.value.name == "no_such"
