"""What a write leaves in the stream (facts A1 to A39)."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from typing import Any

import pytest

from cdc_lab import Lab

from .streaming import delete, events, item, names, numbers, put, records, refused, table, update

OLD, NEW = item("a", n=1), item("a", n=2)

# Fact A19, row by row: which images a record carries beside its keys.
MATRIX = {
    ("KEYS_ONLY", "INSERT"): set(),
    ("KEYS_ONLY", "MODIFY"): set(),
    ("KEYS_ONLY", "REMOVE"): set(),
    ("NEW_IMAGE", "INSERT"): {"NewImage"},
    ("NEW_IMAGE", "MODIFY"): {"NewImage"},
    ("NEW_IMAGE", "REMOVE"): set(),
    ("OLD_IMAGE", "INSERT"): set(),
    ("OLD_IMAGE", "MODIFY"): {"OldImage"},
    ("OLD_IMAGE", "REMOVE"): {"OldImage"},
    ("NEW_AND_OLD_IMAGES", "INSERT"): {"NewImage"},
    ("NEW_AND_OLD_IMAGES", "MODIFY"): {"NewImage", "OldImage"},
    ("NEW_AND_OLD_IMAGES", "REMOVE"): {"OldImage"},
}


@pytest.mark.parametrize(("view_type", "event"), MATRIX)
def test_images_by_view_type_and_event(lab: Lab, view_type: str, event: str) -> None:  # A19 to A21, A24, A26
    # GIVEN a stream of that view type
    client = table(lab, view_type)
    # WHEN an item is put, put over with other values, and deleted
    put(client, "a", n=1)
    put(client, "a", n=2)
    delete(client, "a")
    # THEN each event carries the keys and the whole images of its row
    found = {record["eventName"]: record["dynamodb"] for record in records(lab)}
    body = found[event]
    assert {name for name in body if name.endswith("Image")} == MATRIX[view_type, event]
    assert body["Keys"] == item("a")
    assert body["StreamViewType"] == view_type
    whole = {"INSERT": {"NewImage": OLD}, "REMOVE": {"OldImage": NEW}}
    for name in MATRIX[view_type, event]:
        assert body[name] == whole.get(event, {"OldImage": OLD, "NewImage": NEW})[name]


def test_members_of_a_record(lab: Lab) -> None:  # A1, A3 to A8, A15
    client = table(lab)
    put(client, "a", n=1)
    (record,) = records(lab)
    assert set(record) == {"eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb"}
    assert set(record["dynamodb"]) == {
        "ApproximateCreationDateTime", "Keys", "NewImage", "SequenceNumber", "SizeBytes", "StreamViewType",
    }  # fmt: skip
    assert record["eventVersion"] == "1.1"
    assert record["eventSource"] == "aws:dynamodb"
    assert record["awsRegion"] == "us-east-1"
    assert re.fullmatch(r"[0-9a-f]{32}", record["eventID"])
    assert re.fullmatch(r"[0-9]{21,40}", record["dynamodb"]["SequenceNumber"])


def test_event_ids_are_unique_and_stay(lab: Lab) -> None:  # A7, A35
    client = table(lab)
    for number in range(200):
        put(client, f"k{number % 7}", n=number)
    first, again = records(lab), records(lab)
    assert len({record["eventID"] for record in first}) == 200
    assert first == again


def test_sequence_numbers_grow_with_gaps_and_in_length(lab: Lab) -> None:  # A8, A37
    client = table(lab)
    for number in range(60):
        put(client, "a", n=number)
    texts = [record["dynamodb"]["SequenceNumber"] for record in records(lab)]
    as_numbers = [int(text) for text in texts]
    assert as_numbers == sorted(as_numbers)
    assert all(after - before > 1 for before, after in itertools.pairwise(as_numbers))
    # compared as strings they would not be in order
    assert texts != sorted(texts)


def test_creation_time_is_the_labs_in_whole_seconds(lab: Lab) -> None:  # A9
    client = table(lab)
    lab.clock.advance(timedelta(seconds=61, milliseconds=900))
    put(client, "a")
    (record,) = records(lab)
    created = record["dynamodb"]["ApproximateCreationDateTime"]
    assert created.microsecond == 0
    assert created == lab.clock.now().replace(microsecond=0)


def test_attribute_values_of_all_ten_types(lab: Lab) -> None:  # A11 to A13
    client = table(lab)
    values: dict[str, Any] = {
        "s": {"S": "é"}, "n": {"N": "-1.5"}, "b": {"B": b"foobar"}, "ss": {"SS": ["x", "y"]},
        "ns": {"NS": ["1", "2"]}, "bs": {"BS": [b"a", b"b"]}, "flag": {"BOOL": False}, "none": {"NULL": True},
        "m": {"M": {"inner": {"L": [{"B": b"\x00"}, {"BS": [b"q"]}, {"N": "7"}]}}}, "l": {"L": []},
    }  # fmt: skip
    client.put_item(TableName="tab", Item=item("a", **values))
    (record,) = records(lab)
    assert record["dynamodb"]["NewImage"] == item("a", **values)


def test_a_caller_cannot_change_history(lab: Lab) -> None:
    client = table(lab)
    client.put_item(TableName="tab", Item=item("a", m={"M": {"l": {"L": [{"N": "1"}]}}}))
    (record,) = records(lab)
    record["dynamodb"]["NewImage"]["m"]["M"]["l"]["L"].clear()
    record["dynamodb"]["Keys"].clear()
    answer = client.get_item(TableName="tab", Key=item("a"))["Item"]
    answer["m"]["M"].clear()
    assert records(lab)[0]["dynamodb"]["NewImage"] == item("a", m={"M": {"l": {"L": [{"N": "1"}]}}})
    assert client.get_item(TableName="tab", Key=item("a"))["Item"]["m"] == {"M": {"l": {"L": [{"N": "1"}]}}}


# ---- size ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view_type", "written", "size"),
    [
        # AWS's recorded and documented samples of A17 where the item is known, by the rules of A18
        ("NEW_AND_OLD_IMAGES", {"Id": {"N": "101"}, "Message": {"S": "New item!"}}, 26),
        ("KEYS_ONLY", {"Id": {"N": "101"}, "Message": {"S": "New item!"}}, 5),
    ],
)
def test_size_of_the_documented_samples(lab: Lab, view_type: str, written: Any, size: int) -> None:
    client = table(lab, view_type, partition_key=("Id", "N"))
    client.put_item(TableName="tab", Item=written)
    (record,) = records(lab)
    assert record["dynamodb"]["SizeBytes"] == size


def test_size_of_the_documented_modify_and_remove(lab: Lab) -> None:  # A17: 26, 59, 38
    client = table(lab, partition_key=("Id", "N"))
    key = {"Id": {"N": "101"}}
    client.put_item(TableName="tab", Item={**key, "Message": {"S": "New item!"}})
    client.put_item(TableName="tab", Item={**key, "Message": {"S": "This item has changed"}})
    client.delete_item(TableName="tab", Key=key)
    assert [record["dynamodb"]["SizeBytes"] for record in records(lab)] == [26, 59, 38]


def test_size_is_keys_and_the_images_that_show(lab: Lab) -> None:  # A17
    sizes = {}
    for view_type in ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
        client = table(lab, view_type, name=view_type)
        put(client, "a", name=view_type, n=1)
        put(client, "a", name=view_type, word="four")
        sizes[view_type] = [record["dynamodb"]["SizeBytes"] for record in records(lab, view_type)]
    keys, old, new = 3, 3 + 1 + 2, 3 + 4 + 4
    assert sizes == {
        "KEYS_ONLY": [keys, keys],
        "NEW_IMAGE": [keys + old, keys + new],
        "OLD_IMAGE": [keys, keys + old],
        "NEW_AND_OLD_IMAGES": [keys + old, keys + old + new],
    }


# ---- what produces a record ------------------------------------------------------------------

X, Y = {"N": "1"}, {"S": ""}
SAME = [
    ("equal item", {"n": {"N": "1"}}, {"n": {"N": "1"}}),
    ("a number spelt otherwise", {"n": {"N": "1"}}, {"n": {"N": "1.0"}}),
    ("an exponent", {"n": {"N": "100"}}, {"n": {"N": "1e2"}}),
    ("negative zero", {"n": {"N": "0"}}, {"n": {"N": "-0.0"}}),
    ("a string set in another order", {"s": {"SS": ["x", "y"]}}, {"s": {"SS": ["y", "x"]}}),
    ("a number set respelt", {"s": {"NS": ["1", "2"]}}, {"s": {"NS": ["2.0", "1.00"]}}),
    ("a binary set in another order", {"s": {"BS": [b"x", b"y"]}}, {"s": {"BS": [b"y", b"x"]}}),
    ("a nested number respelt", {"l": {"L": [{"M": {"n": X}}]}}, {"l": {"L": [{"M": {"n": {"N": "1.0"}}}]}}),
    ("map members in another order", {"m": {"M": {"x": X, "y": Y}}}, {"m": {"M": {"y": Y, "x": X}}}),
]  # fmt: skip


@pytest.mark.parametrize(("before", "again"), [case[1:] for case in SAME], ids=[case[0] for case in SAME])
@pytest.mark.parametrize("way", ["put", "update", "batch", "transact put", "transact update"])
def test_writing_what_is_there_leaves_no_record(lab: Lab, way: str, before: Any, again: Any) -> None:  # A23
    client = table(lab)
    client.put_item(TableName="tab", Item=item("a", **before))
    ((name, value),) = again.items()
    change = {
        "TableName": "tab",
        "Key": item("a"),
        "UpdateExpression": "SET #x = :x",
        "ExpressionAttributeNames": {"#x": name},
        "ExpressionAttributeValues": {":x": value},
    }
    whole = {"TableName": "tab", "Item": item("a", **again)}
    if way == "put":
        client.put_item(**whole)
    elif way == "update":
        client.update_item(**change)
    elif way == "batch":
        client.batch_write_item(RequestItems={"tab": [{"PutRequest": {"Item": whole["Item"]}}]})
    elif way == "transact put":
        client.transact_write_items(TransactItems=[{"Put": whole}])
    else:
        client.transact_write_items(TransactItems=[{"Update": change}])
    assert names(lab) == ["INSERT"]


DIGITS = "1234567890123456789012345678901234567"  # with one more: the 38 that DynamoDB keeps


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"l": {"L": [{"N": "1"}, {"N": "2"}]}}, {"l": {"L": [{"N": "2"}, {"N": "1"}]}}),
        ({"x": {"S": "1"}}, {"x": {"N": "1"}}),
        ({"x": {"SS": ["1"]}}, {"x": {"NS": ["1"]}}),
        ({"x": {"NULL": True}}, {}),
        ({"x": {"BOOL": True}}, {"x": {"BOOL": False}}),
        ({"x": {"B": b"a"}}, {"x": {"S": "YQ=="}}),
        ({"x": {"S": ""}}, {}),
        ({"x": {"N": DIGITS + "8"}}, {"x": {"N": DIGITS + "9"}}),
    ],
)  # fmt: skip
def test_writing_what_differs_leaves_a_modify(lab: Lab, before: Any, after: Any) -> None:  # A26
    client = table(lab)
    client.put_item(TableName="tab", Item=item("a", **before))
    client.put_item(TableName="tab", Item=item("a", **after))
    assert events(lab)[1] == ("MODIFY", item("a", **before), item("a", **after))


@pytest.mark.parametrize("expression", ["SET n = n", "REMOVE absent", "ADD n :zero", "DELETE s :other"])
def test_an_update_that_changes_nothing_leaves_no_record(lab: Lab, expression: str) -> None:  # A23
    client = table(lab)
    put(client, "a", n=1, s={"SS": ["x"]})
    values = {
        name: value for name, value in (("zero", 0), ("other", {"SS": ["y"]})) if f":{name}" in expression
    }
    update(client, "a", expression, **values)
    assert names(lab) == ["INSERT"]


def test_there_and_back_within_two_calls_is_two_records(lab: Lab) -> None:
    client = table(lab)
    for value in (1, 2, 1):
        put(client, "a", n=value)
    assert [(old and old["n"], new["n"]) for _, old, new in events(lab)] == [
        (None, {"N": "1"}), ({"N": "1"}, {"N": "2"}), ({"N": "2"}, {"N": "1"}),
    ]  # fmt: skip


@pytest.mark.parametrize("way", ["alone", "in a transaction", "by key alone"])
def test_an_upsert_is_one_insert(lab: Lab, way: str) -> None:  # A25
    client = table(lab)
    change = {
        "TableName": "tab",
        "Key": item("a"),
        "UpdateExpression": "SET n = :n ADD m :n",
        "ExpressionAttributeValues": {":n": {"N": "5"}},
    }
    if way == "alone":
        client.update_item(**change)
    elif way == "by key alone":
        client.update_item(TableName="tab", Key=item("a"))
    else:
        client.transact_write_items(TransactItems=[{"Update": change}])
    new = item("a") if way == "by key alone" else item("a", n=5, m=5)
    assert events(lab) == [("INSERT", None, new)]


def test_old_image_of_an_update_in_place(lab: Lab) -> None:  # A19: moto changes the live item
    client = table(lab)
    client.put_item(TableName="tab", Item=item("a", m={"M": {"l": {"L": [{"N": "1"}]}}}))
    update(client, "a", "SET m.l[0] = :v", v=2)
    update(client, "a", "REMOVE m.l[0]")
    images = [[{"N": "1"}], [{"N": "2"}], []]
    expected = [item("a", m={"M": {"l": {"L": image}}}) for image in images]
    assert [old for _, old, _ in events(lab)] == [None, *expected[:2]]
    assert [new for _, _, new in events(lab)] == expected


def test_batch_write_is_one_record_for_each_changed_item(lab: Lab) -> None:  # A27
    client = table(lab)
    put(client, "a", n=1)
    put(client, "b", n=1)
    put(client, "c", n=1)
    client.batch_write_item(
        RequestItems={
            "tab": [
                {"PutRequest": {"Item": item("a", n=2)}},
                {"PutRequest": {"Item": item("b", n=1)}},
                {"DeleteRequest": {"Key": item("c")}},
                {"DeleteRequest": {"Key": item("missing")}},
                {"PutRequest": {"Item": item("d", n=1)}},
            ]
        }
    )
    # between the items of a batch no order is promised
    assert sorted(events(lab)[3:], key=repr) == [
        ("INSERT", None, item("d", n=1)),
        ("MODIFY", item("a", n=1), item("a", n=2)),
        ("REMOVE", item("c", n=1), None),
    ]


def test_transaction_is_one_record_for_each_changed_item_without_a_mark(lab: Lab) -> None:  # A28
    client = table(lab)
    table(lab, None, name="plain")
    table(lab, "KEYS_ONLY", name="other")
    put(client, "a", n=1)
    client.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "tab", "Item": item("b", n=1)}},
            {"Put": {"TableName": "plain", "Item": item("b", n=1)}},
            {"Put": {"TableName": "other", "Item": item("b", n=1)}},
            {"Delete": {"TableName": "tab", "Key": item("a")}},
        ]
    )
    found = records(lab)
    assert events(lab)[1:] == [("INSERT", None, item("b", n=1)), ("REMOVE", item("a", n=1), None)]
    assert set(found[1]) == set(found[0])
    assert set(found[1]["dynamodb"]) == set(found[0]["dynamodb"])
    assert names(lab, "other") == ["INSERT"]


# ---- what produces none ----------------------------------------------------------------------


def test_delete_of_a_missing_item_leaves_no_record(lab: Lab) -> None:  # A33
    client = table(lab)
    delete(client, "a")
    client.transact_write_items(TransactItems=[{"Delete": {"TableName": "tab", "Key": item("a")}}])
    assert records(lab) == []


def test_failed_conditions_leave_no_record(lab: Lab) -> None:  # A33
    client = table(lab)
    put(client, "a", n=1)
    absent = {"ConditionExpression": "attribute_not_exists(pk)"}
    code = "ConditionalCheckFailedException"
    assert refused(client.put_item, TableName="tab", Item=item("a", n=2), **absent)[0] == code
    assert refused(client.delete_item, TableName="tab", Key=item("a"), **absent)[0] == code
    assert refused(
        client.update_item,
        TableName="tab",
        Key=item("a"),
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues={":n": {"N": "2"}},
        **absent,
    )[0] == code  # fmt: skip
    assert refused(
        client.update_item, TableName="tab", Key=item("new"), ConditionExpression="attribute_exists(pk)"
    )[0] == code  # fmt: skip
    assert names(lab) == ["INSERT"]
    assert client.scan(TableName="tab")["Items"] == [item("a", n=1)]


def _failing(last: dict[str, Any]) -> list[dict[str, Any]]:
    """A transaction that writes in every way before its last action fails."""
    return [
        {"Put": {"TableName": "tab", "Item": item("new", n=1)}},
        {"Put": {"TableName": "tab", "Item": item("a", n=9)}},
        {
            "Update": {
                "TableName": "tab",
                "Key": item("b"),
                "UpdateExpression": "SET m.l[0] = :v REMOVE n ADD s :s",
                "ExpressionAttributeValues": {":v": {"N": "9"}, ":s": {"SS": ["z"]}},
            }
        },
        {"Update": {"TableName": "tab", "Key": item("upsert"), "UpdateExpression": "SET n = pk"}},
        {"Delete": {"TableName": "tab", "Key": item("c")}},
        {"Put": {"TableName": "other", "Item": item("a", n=9)}},
        last,
    ]


CANCELLING = {
    "a failed check": {
        "ConditionCheck": {
            "TableName": "tab",
            "Key": item("d"),
            "ConditionExpression": "attribute_exists(pk)",
        }
    },
    "a failed condition of a put": {
        "Put": {"TableName": "tab", "Item": item("d"), "ConditionExpression": "attribute_exists(pk)"}
    },
    "an update half-way wrong": {
        "Update": {
            "TableName": "tab",
            "Key": item("e"),
            "UpdateExpression": "SET n = :n, x.y = :n",
            "ExpressionAttributeValues": {":n": {"N": "2"}},
        }
    },
    "an item too large": {"Put": {"TableName": "tab", "Item": item("d", s="x" * 410_000)}},
    "an update that makes its item too large": {
        "Update": {
            "TableName": "tab",
            "Key": item("e"),
            "UpdateExpression": "SET n = :n, s = :s",
            "ExpressionAttributeValues": {":n": {"N": "2"}, ":s": {"S": "x" * 410_000}},
        }
    },
    "an item named twice": {"Delete": {"TableName": "tab", "Key": item("a")}},
    "a table that is not there": {"Put": {"TableName": "absent", "Item": item("d")}},
    "an ADD to a string": {
        "Update": {
            "TableName": "tab",
            "Key": item("e"),
            "UpdateExpression": "ADD word :n",
            "ExpressionAttributeValues": {":n": {"N": "2"}},
        }
    },
}


@pytest.mark.parametrize("last", CANCELLING.values(), ids=CANCELLING)
def test_a_cancelled_transaction_leaves_nothing(lab: Lab, last: dict[str, Any]) -> None:  # A33
    # GIVEN two tables with items of every shape
    client = table(lab)
    table(lab, name="other")
    put(client, "a", n=1)
    put(client, "b", n=1, m={"M": {"l": {"L": [{"N": "1"}]}}}, s={"SS": ["x"]})
    put(client, "c", n=1)
    put(client, "e", n=1, word="x")
    put(client, "a", name="other", n=1)
    before = {name: client.scan(TableName=name)["Items"] for name in ("tab", "other")}
    seen = {name: records(lab, name) for name in ("tab", "other")}
    # WHEN a transaction fails at its last action
    refused(client.transact_write_items, TransactItems=_failing(last))
    # THEN tables and streams are what they were, and further writes see the old items
    after = {name: client.scan(TableName=name)["Items"] for name in ("tab", "other")}
    assert {n: sorted(map(repr, i)) for n, i in after.items()} == {
        n: sorted(map(repr, i)) for n, i in before.items()
    }
    assert {name: records(lab, name) for name in ("tab", "other")} == seen
    update(client, "b", "SET n = n + :one", one=1)
    assert events(lab)[-1][1]["n"] == {"N": "1"}


FAILING_UPDATES = {
    "a path into nothing": ("SET n = :n, x.y = :n", {"n": 2}),
    "an item too large": ("SET n = :n, s = :s", {"n": 2, "s": "x" * 410_000}),
    "an ADD to a string": ("SET n = :n ADD word :n", {"n": 2}),
    "an attribute that is absent": ("SET n = :n, m = absent", {"n": 2}),
}


@pytest.mark.parametrize(("expression", "values"), FAILING_UPDATES.values(), ids=FAILING_UPDATES)
@pytest.mark.parametrize("there", [True, False])
def test_an_update_that_fails_half_way_leaves_nothing(
    lab: Lab, expression: str, values: dict[str, Any], there: bool
) -> None:
    client = table(lab)
    if there:
        put(client, "a", n=1, word="x")
    before = client.scan(TableName="tab")["Items"], records(lab)
    # an ADD to a string, and what is absent, are no errors for an item that is not there
    if not there and "ADD" in expression:
        expression = "SET n = :n, x.y = :n"
    refused(update, client=client, pk="a", expression=expression, **values)
    assert (client.scan(TableName="tab")["Items"], records(lab)) == before
    if there:
        update(client, "a", "SET n = n + :n", n=1)
        assert events(lab)[-1] == ("MODIFY", item("a", n=1, word="x"), item("a", n=2, word="x"))


def test_enabling_does_not_fill_in_the_past(lab: Lab) -> None:  # A34
    client = table(lab, None)
    put(client, "a", n=1)
    client.update_table(
        TableName="tab", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    )
    assert records(lab) == []
    put(client, "a", n=2)
    assert events(lab) == [("MODIFY", item("a", n=1), item("a", n=2))]


# ---- order -----------------------------------------------------------------------------------


def test_each_items_records_are_in_the_order_of_its_writes(lab: Lab) -> None:  # A36
    client = table(lab, shards=4)
    for number in range(120):
        put(client, f"k{number % 11}", n=number)
    written: dict[str, list[int]] = {}
    for record in records(lab):
        image = record["dynamodb"]["NewImage"]
        written.setdefault(image["pk"]["S"], []).append(int(image["n"]["N"]))
    assert written == {f"k{k}": list(range(k, 120, 11)) for k in range(11)}


def test_no_two_records_share_a_sequence_number(lab: Lab) -> None:  # A35
    client = table(lab, shards=8)
    for number in range(300):
        put(client, f"k{number}", n=number)
    found = numbers(records(lab))
    assert len(set(found)) == len(found) == 300


# ---- regions ---------------------------------------------------------------------------------


def test_region_is_the_callers(lab: Lab) -> None:  # A5
    # GIVEN tables of one name in two regions
    table(lab)
    there = lab.client("dynamodb", region="eu-central-1")
    there.create_table(
        TableName="tab",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    # WHEN an item is written in the other region
    put(there, "a", n=1)
    # THEN it is in that region's stream alone, which only a client of that region sees
    streams = lab.client("dynamodbstreams", region="eu-central-1")
    (listed,) = streams.list_streams()["Streams"]
    arn = listed["StreamArn"]
    assert arn.startswith("arn:aws:dynamodb:eu-central-1:123456789012:table/tab/stream/")
    shard_id = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = streams.get_shard_iterator(StreamArn=arn, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON")
    (record,) = streams.get_records(ShardIterator=start["ShardIterator"])["Records"]
    assert record["awsRegion"] == "eu-central-1"
    assert records(lab) == []
    here = lab.client("dynamodbstreams")
    assert len(here.list_streams()["Streams"]) == 1
    assert refused(here.describe_stream, StreamArn=arn)[0] == "ResourceNotFoundException"
    assert refused(here.get_records, ShardIterator=start["ShardIterator"])[0] == "ResourceNotFoundException"
