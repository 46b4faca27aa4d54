from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from cdc_lab import Lab
from cdc_lab.classroom.other_writers import interrupted, throttle


def test_another_writes_after_the_read_and_before_the_first_write_alone() -> None:
    with Lab(seed=7) as lab:
        table = lab.create_table("totals", partition_key="group", stream_view_type=None)
        mine = interrupted(table, lambda: table.put_item(Item={"group": "a", "by": "them"}))
        # GIVEN code that reads WHEN it writes THEN its read saw nothing of the other one, its write is last
        assert "Item" not in mine.get_item(Key={"group": "a"})
        mine.update_item(
            Key={"group": "a"}, UpdateExpression="ADD seats :n", ExpressionAttributeValues={":n": 1}
        )
        assert table.get_item(Key={"group": "a"})["Item"] == {"group": "a", "by": "them", "seats": 1}
        # AND nobody comes before the next write
        mine.delete_item(Key={"group": "a"})
        assert table.scan()["Items"] == []
        assert mine.name == "totals"


def test_a_throttled_write_raises_as_boto3_does_and_writes_nothing() -> None:
    with Lab(seed=7) as lab:
        table = lab.create_table("totals", partition_key="group", stream_view_type=None)
        with pytest.raises(ClientError) as caught:
            interrupted(table, throttle).put_item(Item={"group": "a"})
        assert caught.value.response["Error"]["Code"] == "ThrottlingException"
        assert table.scan()["Items"] == []
