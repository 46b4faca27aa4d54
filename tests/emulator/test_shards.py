"""Shards: which item goes where, and what closing, splitting and ageing do (facts B4 to B8, B19 to B22)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from cdc_lab import Lab, LabError
from tests.older_packages import newer_botocore

from .streaming import iterator, numbers, pages, put, read_shard, records, refused, shards, table


def shard_of(lab: Lab, arn: str) -> dict[str, set[str]]:
    """Partition keys to the shards in which they have records."""
    found: dict[str, set[str]] = {}
    for shard in shards(lab, arn):
        for record in read_shard(lab, arn, shard["ShardId"]):
            found.setdefault(record["dynamodb"]["Keys"]["pk"]["S"], set()).add(shard["ShardId"])
    return found


@pytest.mark.parametrize("number", [1, 2, 7, 100])
def test_a_stream_starts_with_that_many_open_shards(lab: Lab, number: int) -> None:  # B7, B22
    table(lab, shards=number)
    found = shards(lab, lab.stream_arn("tab"))
    assert len({shard["ShardId"] for shard in found}) == number
    assert all("EndingSequenceNumber" not in shard["SequenceNumberRange"] for shard in found)
    assert all("ParentShardId" not in shard for shard in found)


def test_default_number_of_shards_is_the_labs(lab: Lab) -> None:
    with Lab(seed=1, shards=4) as opened:
        table(opened)
        table(opened, name="two", shards=2)
        # a table of a name that once had its own number starts from the default again
        opened.client("dynamodb").delete_table(TableName="two")
        assert len(shards(opened, opened.stream_arn("tab"))) == 4
        table(opened, name="two")
        assert len(shards(opened, opened.stream_arn("two"))) == 4


def test_shard_ids_tell_their_creation_in_milliseconds(lab: Lab) -> None:  # B8
    table(lab, shards=3)
    for shard in shards(lab, lab.stream_arn("tab")):
        found = re.fullmatch(r"shardId-([0-9]{20})-[0-9a-f]{8,}", shard["ShardId"])
        assert found is not None
        assert int(found[1]) == int(lab.clock.time() * 1000)
        assert 28 <= len(shard["ShardId"]) <= 65


def test_an_items_shard_follows_from_its_partition_key_alone(lab: Lab) -> None:
    # GIVEN a table with a sort key
    lab.create_table("tab", "pk", "sk", shards=5)
    client = lab.client("dynamodb")
    # WHEN items of few partition keys and many sort keys are written
    for number in range(90):
        key = {"pk": {"S": f"p{number % 9}"}, "sk": {"S": str(number)}}
        client.put_item(TableName="tab", Item=key)
        if number % 2:
            client.delete_item(TableName="tab", Key=key)
    # THEN the items of one partition key share one shard, and the shards share the keys
    found = shard_of(lab, lab.stream_arn("tab"))
    assert all(len(ids) == 1 for ids in found.values())
    assert len(set.union(*found.values())) > 1


@pytest.mark.parametrize("spelling", ["1", "1.0", "10e-1"])
def test_equal_numbers_are_one_key(lab: Lab, spelling: str) -> None:
    lab.create_table("tab", ("pk", "N"), shards=16)
    client = lab.client("dynamodb")
    client.put_item(TableName="tab", Item={"pk": {"N": "1"}, "v": {"N": "1"}})
    client.put_item(TableName="tab", Item={"pk": {"N": spelling}, "v": {"N": "2"}})
    found = records(lab)
    assert [record["eventName"] for record in found] == ["INSERT", "MODIFY"]
    assert client.scan(TableName="tab")["Count"] == 1


# ---- splitting and rolling -------------------------------------------------------------------


def test_split_closes_a_shard_and_gives_two_children(lab: Lab) -> None:  # B7, B20
    client = table(lab)
    for number in range(20):
        put(client, f"k{number}", n=0)
    arn = lab.stream_arn("tab")
    (parent,) = shards(lab, arn)
    children = lab.split_shard("tab", parent["ShardId"])
    for number in range(20):
        put(client, f"k{number}", n=1)
    described = {shard["ShardId"]: shard for shard in shards(lab, arn)}
    assert set(described) == {parent["ShardId"], *children}
    assert len(children) == 2
    last = read_shard(lab, arn, parent["ShardId"])[-1]["dynamodb"]["SequenceNumber"]
    closed = described[parent["ShardId"]]["SequenceNumberRange"]
    assert closed["EndingSequenceNumber"] == last
    for child in children:
        assert described[child]["ParentShardId"] == parent["ShardId"]
        assert int(described[child]["SequenceNumberRange"]["StartingSequenceNumber"]) > int(last)
        # each child takes a part of the keys
        assert read_shard(lab, arn, child)
    # the parent holds the old versions alone, its children the new ones
    assert {r["dynamodb"]["NewImage"]["n"]["N"] for r in read_shard(lab, arn, parent["ShardId"])} == {"0"}


def test_split_leaves_other_shards_alone(lab: Lab) -> None:  # B20
    table(lab, shards=3)
    arn = lab.stream_arn("tab")
    before = shards(lab, arn)
    lab.split_shard("tab", before[1]["ShardId"])
    after = {shard["ShardId"]: shard for shard in shards(lab, arn)}
    assert after[before[0]["ShardId"]] == before[0]
    assert after[before[2]["ShardId"]] == before[2]
    assert len(after) == 5


def test_roll_gives_each_open_shard_one_child(lab: Lab) -> None:  # B21
    table(lab, shards=3)
    arn = lab.stream_arn("tab")
    before = [shard["ShardId"] for shard in shards(lab, arn)]
    children = lab.roll_shards("tab")
    after = shards(lab, arn)
    assert len(children) == 3
    assert [shard["ParentShardId"] for shard in after if "ParentShardId" in shard] == before
    assert sum("EndingSequenceNumber" in s["SequenceNumberRange"] for s in after) == 3


def test_an_empty_shard_that_closes_starts_where_it_ends(lab: Lab) -> None:  # B7
    table(lab)
    lab.roll_shards("tab")
    numbers_of = shards(lab, lab.stream_arn("tab"))[0]["SequenceNumberRange"]
    assert numbers_of["StartingSequenceNumber"] == numbers_of["EndingSequenceNumber"]


def test_closing_twice_or_a_shard_of_nowhere(lab: Lab) -> None:
    table(lab)
    (parent,) = shards(lab, lab.stream_arn("tab"))
    lab.roll_shards("tab")
    for shard_id in (parent["ShardId"], "shardId-00000000000000000000-00000000"):
        with pytest.raises(LabError, match=shard_id) as caught:
            lab.split_shard("tab", shard_id)
        assert "open shards: shardId-" in str(caught.value)
        assert "\n" not in str(caught.value)


def test_split_to_the_limit(lab: Lab) -> None:
    # GIVEN a shard split again and again
    client = table(lab)
    arn = lab.stream_arn("tab")
    shard_id = shards(lab, arn)[0]["ShardId"]
    for _ in range(40):
        shard_id = lab.split_shard("tab", shard_id)[0]
    # THEN every key still has exactly one open shard
    for number in range(50):
        put(client, f"k{number}")
    assert len(records(lab)) == 50


def generations(lab: Lab, arn: str) -> list[str]:
    """Shard ids, parents before children."""
    by_parent: dict[str | None, list[str]] = {}
    known = {shard["ShardId"] for shard in shards(lab, arn)}
    for shard in shards(lab, arn):
        parent = shard.get("ParentShardId")
        by_parent.setdefault(parent if parent in known else None, []).append(shard["ShardId"])
    order, todo = [], list(by_parent.get(None, []))
    while todo:
        order.append(todo.pop(0))
        todo += by_parent.get(order[-1], [])
    return order


def test_an_items_order_holds_across_generations(lab: Lab) -> None:  # A36, B19
    # GIVEN items that are written over and over while shards split and roll
    client = table(lab, shards=2)
    arn = lab.stream_arn("tab")
    for number in range(200):
        put(client, f"k{number % 13}", n=number)
        if number % 40 == 25:
            open_ones = [
                s for s in shards(lab, arn) if "EndingSequenceNumber" not in s["SequenceNumberRange"]
            ]
            lab.split_shard("tab", open_ones[number % len(open_ones)]["ShardId"])
        if number % 60 == 50:
            lab.roll_shards("tab")
    # WHEN the shards are read, parents before children
    found = [record for shard_id in generations(lab, arn) for record in read_shard(lab, arn, shard_id)]
    # THEN each item's records come in the order of its writes, none lost, none twice
    written: dict[str, list[int]] = {}
    for record in found:
        image = record["dynamodb"]["NewImage"]
        written.setdefault(image["pk"]["S"], []).append(int(image["n"]["N"]))
    assert written == {f"k{k}": list(range(k, 200, 13)) for k in range(13)}
    # and the sequence numbers of an item grow with them
    for key in written:
        mine = numbers([r for r in found if r["dynamodb"]["Keys"]["pk"]["S"] == key])
        assert mine == sorted(mine)


def test_shards_roll_by_themselves_after_about_four_hours(lab: Lab) -> None:  # B21
    table(lab)
    arn = lab.stream_arn("tab")
    opened = lab.clock.now()
    closed_after = []
    for _ in range(12 * 60):
        before = len(shards(lab, arn))
        lab.clock.advance(timedelta(minutes=1))
        if len(shards(lab, arn)) > before:
            closed_after.append(lab.clock.now() - opened)
            opened = lab.clock.now()
    assert len(closed_after) == 2
    assert all(timedelta(hours=4) <= lived <= timedelta(hours=4, minutes=31) for lived in closed_after)
    lineage = shards(lab, arn)
    assert [s.get("ParentShardId") for s in lineage[1:]] == [s["ShardId"] for s in lineage[:-1]]


def test_closed_shards_leave_after_a_day(lab: Lab) -> None:  # A38
    table(lab)
    arn = lab.stream_arn("tab")
    for _ in range(6):
        lab.clock.advance(timedelta(hours=24))
        # 24 hours of shards that live four hours or a little longer
        assert 5 <= len(shards(lab, arn)) <= 8
    assert sum("EndingSequenceNumber" not in s["SequenceNumberRange"] for s in shards(lab, arn)) == 1


# ---- DescribeStream --------------------------------------------------------------------------


def test_describe_stream_pages_through_more_than_a_hundred_shards(lab: Lab) -> None:  # B4
    table(lab, shards=100)
    lab.roll_shards("tab")
    arn = lab.stream_arn("tab")
    client = lab.client("dynamodbstreams")
    first = client.describe_stream(StreamArn=arn)["StreamDescription"]
    assert len(first["Shards"]) == 100
    assert first["LastEvaluatedShardId"] == first["Shards"][-1]["ShardId"]
    second = client.describe_stream(StreamArn=arn, ExclusiveStartShardId=first["LastEvaluatedShardId"])
    rest = second["StreamDescription"]
    assert len(rest["Shards"]) == 100
    assert "LastEvaluatedShardId" not in rest
    assert not {s["ShardId"] for s in first["Shards"]} & {s["ShardId"] for s in rest["Shards"]}


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_describe_stream_pages_of_any_length_give_the_same_shards(lab: Lab, limit: int) -> None:  # B4
    table(lab, shards=7)
    arn = lab.stream_arn("tab")
    client = lab.client("dynamodbstreams")
    found: list[Any] = []
    request: dict[str, Any] = {"StreamArn": arn, "Limit": limit}
    while True:
        page = client.describe_stream(**request)["StreamDescription"]
        assert len(page["Shards"]) <= limit
        found += page["Shards"]
        if "LastEvaluatedShardId" not in page:
            break
        request["ExclusiveStartShardId"] = page["LastEvaluatedShardId"]
    assert found == shards(lab, arn)


@newer_botocore
def test_shard_filter_gives_the_immediate_children(lab: Lab) -> None:  # B5
    table(lab, shards=2)
    arn = lab.stream_arn("tab")
    parent, other = (shard["ShardId"] for shard in shards(lab, arn))
    children = lab.split_shard("tab", parent)
    grandchildren = lab.split_shard("tab", children[0])
    client = lab.client("dynamodbstreams")

    def filtered(shard_id: str) -> list[str]:
        answer = client.describe_stream(
            StreamArn=arn, ShardFilter={"Type": "CHILD_SHARDS", "ShardId": shard_id}
        )
        return [shard["ShardId"] for shard in answer["StreamDescription"]["Shards"]]

    assert filtered(parent) == children
    assert filtered(children[0]) == grandchildren
    assert filtered(other) == []


@newer_botocore
def test_shard_filter_of_nothing_is_refused(lab: Lab) -> None:  # B5, B16
    table(lab)
    arn = lab.stream_arn("tab")
    describe = lab.client("dynamodbstreams").describe_stream
    shard_id = shards(lab, arn)[0]["ShardId"]
    bad = {"Type": "PARENTS", "ShardId": shard_id}
    assert refused(describe, StreamArn=arn, ShardFilter=bad)[0] == "ValidationException"
    assert refused(describe, StreamArn=arn, ShardFilter={"Type": "CHILD_SHARDS"})[0] == "ValidationException"
    gone = {"Type": "CHILD_SHARDS", "ShardId": "shardId-00000000000000000000-00000000"}
    assert refused(describe, StreamArn=arn, ShardFilter=gone)[0] == "ResourceNotFoundException"


def test_null_at_the_end_of_a_closed_shard_and_only_there(lab: Lab) -> None:  # B14
    client = table(lab)
    arn = lab.stream_arn("tab")
    (shard,) = shards(lab, arn)
    for number in range(5):
        put(client, "a", n=number)
    streams = lab.client("dynamodbstreams")
    caught_up = streams.get_records(ShardIterator=iterator(lab, arn, shard["ShardId"]))
    assert len(caught_up["Records"]) == 5
    assert "NextShardIterator" in caught_up
    lab.roll_shards("tab")
    # who was caught up learns of the end with an empty page; who reads anew, with the last record
    assert list(pages(lab, caught_up["NextShardIterator"])) == [[]]
    assert [len(page) for page in pages(lab, iterator(lab, arn, shard["ShardId"]), limit=2)] == [2, 2, 1]
