"""The lab beside the real DynamoDB Streams. Never run against AWS by the authors: see ``conftest.py``.

``CDC_LAB_ALLOW_REAL_AWS=1 pytest tests/aws -m aws``
"""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cdc_lab import Lab
from cdc_lab.patterns import StreamRecord

from .conftest import Make
from .histories import RECORDS, VIEW_TYPES, comparable, write_history

pytestmark = pytest.mark.aws

PATIENCE_SECONDS = 60.0


def read_until(lab: Lab, table: Any, count: int) -> list[StreamRecord]:
    """The records of a stream, once there are so many: they come some time after the writes (A39)."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    records: list[StreamRecord] = []
    while len(records) < count and time.monotonic() < deadline:
        lab.run(until=timedelta(seconds=1))
        records = lab.read_stream(table)
    return records


def emulated(view_type: str) -> list[StreamRecord]:
    """The records that the emulator writes for the history."""
    with Lab(seed=7) as lab:
        table = lab.create_table("flights", "id", stream_view_type=view_type)
        write_history(table)
        return list(lab.read_stream(table))


@pytest.fixture(params=VIEW_TYPES)
def expected(request: pytest.FixtureRequest) -> tuple[str, list[StreamRecord]]:
    """A view type, and what the emulator's stream holds under it. Asked for before the lab on AWS is opened:
    opening one closes the other."""
    return request.param, emulated(request.param)


def test_the_records_of_a_history(
    expected: tuple[str, list[StreamRecord]], real_lab: Lab, make_table: Make
) -> None:
    # GIVEN the same writes on AWS, under one of the four view types (A19 to A33)
    view_type, emulators = expected
    table = make_table(stream_view_type=view_type)
    write_history(table)
    # WHEN the stream is read; five seconds more would show a record too many
    read_until(real_lab, table, RECORDS)
    real_lab.run(until=timedelta(seconds=5))
    records = list(real_lab.read_stream(table))
    # THEN the records are the emulator's: names, images, sizes (A17), per item in order (A36)
    assert comparable(records) == comparable(emulators)
    # AND their numbers, ids and times have the form that the facts say (A6 to A9)
    for record in records:
        assert re.fullmatch(r"[0-9]{21,40}", record.sequence_number)
        assert re.fullmatch(r"[0-9a-f]{32}", record.event_id)
        assert record.event_version == "1.1"
        assert record.created_at.microsecond == 0


def test_a_mapping_of_the_labs_delivers_them(real_lab: Lab, make_table: Make) -> None:
    # GIVEN a history on AWS and a mapping in the lab
    table = make_table()
    write_history(table)
    arrived: list[StreamRecord] = []

    def handler(event: dict[str, Any], context: Any) -> None:
        arrived.extend(StreamRecord.from_event(record) for record in event["Records"])

    real_lab.attach(handler, table)
    # WHEN it runs until its shards are quiet
    real_lab.run()
    # THEN what arrived is what the stream holds
    assert comparable(arrived) == comparable(read_until(real_lab, table, RECORDS))


def test_refusals(real_lab: Lab, make_table: Make) -> None:
    # GIVEN a table with a stream
    table = make_table()
    client, streams = real_lab.client("dynamodb"), real_lab.client("dynamodbstreams")
    missing = f"{real_lab.stream_arn(table).rsplit('/', 1)[0]}/2013-03-08T10:00:00.000"
    # WHEN it is made again: THEN it exists
    with pytest.raises(ClientError) as exists:
        real_lab.create_table(table.name, "id")
    assert exists.value.response["Error"]["Code"] == "ResourceInUseException"
    # WHEN its stream is enabled again: THEN that is no valid request (B24)
    with pytest.raises(ClientError) as twice:
        client.update_table(
            TableName=table.name,
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        )
    assert twice.value.response["Error"]["Code"] == "ValidationException"
    # WHEN a stream that is not there is described: THEN the text is the recorded one (B18)
    with pytest.raises(ClientError) as unknown:
        streams.describe_stream(StreamArn=missing)
    assert unknown.value.response["Error"] == {
        "Code": "ResourceNotFoundException",
        "Message": f"Requested resource not found: Stream: {missing} not found",
    }
