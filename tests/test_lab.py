"""The front door: what a lab promises to whoever opens it, and what it says when it is used wrongly."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import weakref
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cdc_lab import Lab, LabError


def one_line(error: BaseException) -> str:
    """The text of a LabError, which is one line."""
    text = str(error)
    assert text
    assert "\n" not in text
    return text


# ---- opening and closing ---------------------------------------------------------------------


def test_a_table_a_write_and_its_record() -> None:
    with Lab(seed=7) as lab:
        flights = lab.create_table("flights", partition_key="flight_id")
        flights.put_item(Item={"flight_id": "UA1545", "status": "scheduled"})
        (record,) = lab.read_stream(flights)
        assert (record.event_name, record.new_image["status"]) == ("INSERT", "scheduled")


def test_opening_another_lab_closes_the_first() -> None:
    # GIVEN an open lab
    first = Lab(seed=1)
    table = first.create_table("flights", "flight_id")
    client = first.client("dynamodb")
    # WHEN another is opened
    with Lab(seed=1) as second:
        # THEN the first, and what belongs to it, says so when it is used
        for use in (lambda: first.client("dynamodb"), lambda: table.scan(), lambda: client.list_tables()):
            with pytest.raises(LabError, match=r"is closed") as caught:
                use()
            assert "seed 1" in one_line(caught.value)
        # and the second is empty
        assert second.client("dynamodb").list_tables()["TableNames"] == []
    assert "closed" in repr(first)


def test_running_a_cell_again_gives_a_fresh_lab() -> None:
    for _ in range(3):
        lab = Lab(seed=7)
        lab.create_table("flights", "flight_id")
        assert lab.client("dynamodb").list_tables()["TableNames"] == ["flights"]
    lab.close()


def test_closing_twice_does_nothing() -> None:
    lab = Lab()
    lab.close()
    lab.close()
    with pytest.raises(LabError, match="open another") as caught:
        lab.run()
    one_line(caught.value)


def test_a_context_manager_closes_also_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), Lab() as lab:
        1 / 0  # noqa: B018
    with pytest.raises(LabError):
        lab.client("dynamodb")


def test_a_closed_lab_is_given_back_to_the_machine() -> None:
    # GIVEN labs with data that were opened one after the other
    gone = []
    for seed in range(4):
        lab = Lab(seed=seed)
        lab.create_table("flights", "flight_id").put_item(Item={"flight_id": "UA1", "note": "x" * 10_000})
        gone.append(weakref.ref(lab))
        lab.close()
    del lab
    # THEN nothing holds them
    gc.collect()
    assert [reference() for reference in gone] == [None] * 4


def test_a_lab_that_cannot_open_leaves_the_open_one_alone() -> None:
    with Lab() as lab:
        for wrong in ({"shards": 0}, {"start": datetime(2013, 3, 8)}):
            with pytest.raises(LabError):
                Lab(**wrong)  # type: ignore[arg-type]
        assert lab.client("dynamodb").list_tables()["TableNames"] == []


# ---- the same for a seed -----------------------------------------------------------------------


def history(seed: int) -> Any:
    """Everything that a lab shows of a small history."""
    with Lab(seed=seed, shards=3) as lab:
        table = lab.create_table("flights", "flight_id")
        for number in range(20):
            table.put_item(Item={"flight_id": f"UA{number % 6}", "n": number})
        lab.roll_shards(table)
        lab.clock.advance(timedelta(hours=9))
        table.put_item(Item={"flight_id": "UA0", "n": 99})
        answer = table.get_item(Key={"flight_id": "UA0"})
        queue = lab.client("sqs").create_queue(QueueName="failures")
        sent = lab.client("sqs").send_message(QueueUrl=queue["QueueUrl"], MessageBody="x")
        return (
            [record.model_dump() for record in lab.read_stream(table)],
            lab.shards(table),
            answer["ResponseMetadata"],
            sent["MessageId"],
        )


def test_the_same_seed_gives_the_same_lab() -> None:
    assert history(7) == history(7)


def test_another_seed_gives_another_lab() -> None:
    (first, shards, metadata, message), (other, other_shards, other_metadata, other_message) = (
        history(7),
        history(8),
    )
    assert shards != other_shards
    assert metadata["RequestId"] != other_metadata["RequestId"]
    assert message != other_message
    assert not {record["event_id"] for record in first} & {record["event_id"] for record in other}


PROGRAM = """
import json
from cdc_lab import Lab
lab = Lab(seed=7, shards=4)
table = lab.create_table("flights", "flight_id")
for number in range(30):
    table.put_item(Item={"flight_id": f"UA{number}", "tags": {"x", "y", "z"}})
found = lab.read_stream(table)
print(json.dumps([[r.event_id, r.sequence_number, sorted(r.new_image["tags"])] for r in found]))
"""


def test_the_seed_holds_across_processes() -> None:  # and whatever PYTHONHASHSEED is
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={"PYTHONHASHSEED": hash_seed, "PATH": "", "PYTHONPATH": ":".join(sys.path)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    (only,) = outputs
    assert len(json.loads(only)) == 30


def test_a_lab_loads_nothing_that_it_does_not_need() -> None:
    program = """
import sys
from cdc_lab import Lab
with Lab() as lab:
    lab.create_table("flights", "flight_id").put_item(Item={"flight_id": "UA1"})
heavy = ("pandas", "numpy", "matplotlib", "pytest", "IPython", "cdc_lab.patterns")
print([name for name in heavy if name in sys.modules])
"""
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert found.stdout == "[]\n"


# ---- used wrongly ------------------------------------------------------------------------------


@pytest.mark.parametrize("shards", [0, -1, 101, 1.5, "4", None, True])
def test_a_number_of_shards_that_is_none(shards: Any) -> None:
    with pytest.raises(LabError) as caught:
        Lab(shards=shards)
    assert repr(shards) in one_line(caught.value)
    with Lab() as lab:
        if shards is not None:
            with pytest.raises(LabError) as caught:
                lab.create_table("flights", "flight_id", shards=shards)
            assert repr(shards) in one_line(caught.value)
            assert lab.client("dynamodb").list_tables()["TableNames"] == []


def test_a_datetime_without_a_zone() -> None:
    naive = datetime(2013, 3, 8, 10)
    with pytest.raises(LabError) as caught:
        Lab(start=naive)
    assert "2013-03-08T10:00:00" in one_line(caught.value)
    assert "UTC" in str(caught.value)
    with Lab() as lab:
        for use in (lab.clock.advance, lambda moment: lab.run(until=moment)):
            with pytest.raises(LabError) as caught:
                use(naive + timedelta(days=1))
            assert "2013-03-09T10:00:00" in one_line(caught.value)


@pytest.mark.parametrize("start", ["2013-03-08", 0, None])
def test_a_start_that_is_no_datetime(start: Any) -> None:
    with pytest.raises(LabError) as caught:
        Lab(start=start)
    assert repr(start) in one_line(caught.value)


def test_the_clock_cannot_go_back() -> None:
    with Lab() as lab:
        for moment in (lab.clock.now() - timedelta(seconds=1), timedelta(seconds=-1)):
            with pytest.raises(LabError, match="cannot go back") as caught:
                lab.clock.advance(moment)
            one_line(caught.value)
        lab.clock.advance(lab.clock.now())
        lab.clock.advance(timedelta())


def test_the_clock_moves_by_a_time_or_to_a_moment_of_any_zone() -> None:
    with Lab(start=datetime(2013, 3, 8, 10, tzinfo=UTC)) as lab:
        lab.clock.advance(timedelta(minutes=90))
        assert lab.clock.now() == datetime(2013, 3, 8, 11, 30, tzinfo=UTC)
        lab.clock.advance(datetime(2013, 3, 8, 8, tzinfo=timezone(timedelta(hours=-5))))
        assert lab.clock.now() == datetime(2013, 3, 8, 13, tzinfo=UTC)


@pytest.mark.parametrize("handler", ["handler", None, 5])
def test_a_handler_that_cannot_be_called(handler: Any) -> None:
    with Lab() as lab:
        with pytest.raises(LabError) as caught:
            lab.create_function("board", handler)
        assert repr(handler) in one_line(caught.value)


def test_a_table_without_a_stream() -> None:
    with Lab() as lab:
        table = lab.create_table("flights", "flight_id", stream_view_type=None)
        for use in (lab.stream_arn, lab.read_stream, lab.roll_shards, lab.shards):
            with pytest.raises(LabError, match="flights has no stream") as caught:
                use(table)
            one_line(caught.value)


def test_a_key_of_a_type_that_is_none() -> None:
    with Lab() as lab, pytest.raises(LabError) as caught:
        lab.create_table("flights", ("flight_id", "M"))
    assert "'M'" in one_line(caught.value)


def test_a_stream_that_was_trimmed_away() -> None:
    with Lab() as lab:
        table = lab.create_table("flights", "flight_id")
        lab.client("dynamodb").update_table(TableName="flights", StreamSpecification={"StreamEnabled": False})
        lab.clock.advance(timedelta(hours=25))
        with pytest.raises(LabError, match="flights") as caught:
            lab.roll_shards(table)
        one_line(caught.value)
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            lab.read_stream(table)


# ---- clients and resources ---------------------------------------------------------------------


def test_read_stream_takes_a_table_its_name_or_an_arn() -> None:
    with Lab(shards=3) as lab:
        table = lab.create_table("flights", "flight_id")
        for number in range(9):
            table.put_item(Item={"flight_id": f"UA{number}"})
        reads = [lab.read_stream(one) for one in (table, "flights", lab.stream_arn(table))]
        assert len(reads[0]) == 9
        assert reads[0] == reads[1] == reads[2]


def test_a_region_of_the_labs_own() -> None:
    with Lab(region="ap-southeast-2") as lab:
        table = lab.create_table("flights", "flight_id")
        table.put_item(Item={"flight_id": "UA1"})
        assert ":ap-southeast-2:" in lab.stream_arn(table)
        assert boto3.client("dynamodb").meta.region_name == "ap-southeast-2"
        assert lab.client("dynamodb").meta.region_name == "ap-southeast-2"


def test_what_a_lab_shows_of_itself() -> None:
    with Lab(seed=7) as lab:
        assert repr(lab) == "<Lab seed=7 open, clock 2013-03-08 10:00:00 UTC>"


def test_a_run_that_was_interrupted_does_not_end_a_later_one() -> None:
    # GIVEN a run of an hour that the reader interrupts while a handler runs
    with Lab() as lab:
        table = lab.create_table("flights", "flight_id")

        def handler(event: Any, context: Any) -> None:
            if context.aws_request_id not in seen:
                seen.append(context.aws_request_id)
                if len(seen) == 1:
                    raise KeyboardInterrupt

        seen: list[str] = []
        lab.attach(handler, table)
        table.put_item(Item={"flight_id": "UA1545"})
        with pytest.raises(KeyboardInterrupt):
            lab.run(until=timedelta(hours=1))
        # WHEN it runs again, for two hours
        began = lab.clock.now()
        lab.run(until=timedelta(hours=2))
        # THEN the end of the first run is not the second's
        assert lab.clock.now() - began == timedelta(hours=2)
        assert len(seen) == 2
