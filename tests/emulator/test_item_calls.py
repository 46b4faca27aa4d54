"""What item calls answer beside their records: returned values, capacity, tokens, older parameters."""

from __future__ import annotations

import gc
import re
from datetime import timedelta
from typing import Any

import pytest

from cdc_lab import Lab

from .streaming import events, item, names, put, records, refused, table


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ("NONE", None),
        (
            "ALL_OLD",
            item("a", n=1, word="x", m={"M": {"l": {"L": [{"N": "1"}, {"N": "2"}]}, "k": {"S": "v"}}}),
        ),
        (
            "ALL_NEW",
            item("a", n=2, word="x", m={"M": {"l": {"L": [{"N": "1"}, {"N": "9"}]}, "k": {"S": "v"}}}),
        ),
        ("UPDATED_OLD", {"n": {"N": "1"}, "m": {"M": {"l": {"L": [{"N": "2"}]}}}}),
        ("UPDATED_NEW", {"n": {"N": "2"}, "m": {"M": {"l": {"L": [{"N": "9"}]}}}}),
    ],
)
def test_what_an_update_returns(lab: Lab, returned: str, expected: Any) -> None:
    client = table(lab)
    client.put_item(
        TableName="tab",
        Item=item("a", n=1, word="x", m={"M": {"l": {"L": [{"N": "1"}, {"N": "2"}]}, "k": {"S": "v"}}}),
    )
    answer = client.update_item(
        TableName="tab",
        Key=item("a"),
        UpdateExpression="SET n = :n, m.l[1] = :v",
        ExpressionAttributeValues={":n": {"N": "2"}, ":v": {"N": "9"}},
        ReturnValues=returned,
    )
    assert answer.get("Attributes") == expected


def test_binary_values_come_back_as_bytes(lab: Lab) -> None:
    client = table(lab)
    whole = item("a", b={"B": b"\x00\xff"}, l={"L": [{"BS": [b"x", b"y"]}]})
    client.put_item(TableName="tab", Item=whole)
    shown = {
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as failed:
        client.put_item(TableName="tab", Item=whole, **shown)
    assert failed.value.response["Item"] == whole
    check = {"ConditionCheck": {"TableName": "tab", "Key": item("a"), **shown}}
    with pytest.raises(client.exceptions.TransactionCanceledException) as cancelled:
        client.transact_write_items(TransactItems=[check])
    assert cancelled.value.response["CancellationReasons"][0]["Item"] == whole
    assert client.delete_item(TableName="tab", Key=item("a"), ReturnValues="ALL_OLD")["Attributes"] == whole


def test_members_that_nobody_asked_for_are_not_there(lab: Lab) -> None:
    client = table(lab)
    requests = {"tab": [{"PutRequest": {"Item": item("b")}}]}
    answers = [
        put(client, "a", n=1),
        client.get_item(TableName="tab", Key=item("zz")),
        client.delete_item(TableName="tab", Key=item("zz")),
        client.transact_write_items(TransactItems=[{"Delete": {"TableName": "tab", "Key": item("zz")}}]),
    ]
    assert all(set(answer) == {"ResponseMetadata"} for answer in answers)
    assert set(client.batch_write_item(RequestItems=requests)) == {"UnprocessedItems", "ResponseMetadata"}


def test_capacity_when_it_is_asked_for(lab: Lab) -> None:
    client = table(lab)
    total = {"ReturnConsumedCapacity": "TOTAL"}
    large = item("a", text="x" * 2100)

    def units(answer: Any) -> float:
        consumed = answer["ConsumedCapacity"]
        one = consumed[0] if isinstance(consumed, list) else consumed
        assert one["TableName"] == "tab"
        return float(one["CapacityUnits"])

    assert units(client.put_item(TableName="tab", Item=large, **total)) == 3
    assert units(client.get_item(TableName="tab", Key=item("a"), **total)) == 0.5
    assert units(client.get_item(TableName="tab", Key=item("a"), ConsistentRead=True, **total)) == 1
    put_again = {"Put": {"TableName": "tab", "Item": large}}
    assert units(client.transact_write_items(TransactItems=[put_again], **total)) == 6
    assert units(client.delete_item(TableName="tab", Key=item("a"), **total)) == 3
    indexes = client.put_item(TableName="tab", Item=item("b"), ReturnConsumedCapacity="INDEXES")
    assert indexes["ConsumedCapacity"]["Table"] == {"CapacityUnits": 1.0}


def adding(token: str, amount: int = 1) -> dict[str, Any]:
    """A transaction that adds to a counter."""
    update = {
        "TableName": "tab",
        "Key": item("a"),
        "UpdateExpression": "ADD n :n",
        "ExpressionAttributeValues": {":n": {"N": str(amount)}},
    }
    return {"TransactItems": [{"Update": update}], "ClientRequestToken": token}


def test_a_token_holds_for_ten_minutes(lab: Lab) -> None:  # D20
    client = table(lab)
    client.transact_write_items(**adding("token"))
    lab.clock.advance(timedelta(minutes=9, seconds=59))
    client.transact_write_items(**adding("token"))
    assert names(lab) == ["INSERT"]
    # AND after that the same request is a new one
    lab.clock.advance(timedelta(seconds=2))
    client.transact_write_items(**adding("token"))
    assert events(lab)[-1][2] == item("a", n=2)


def test_a_token_with_another_request_is_refused(lab: Lab) -> None:  # D20
    client = table(lab)
    client.transact_write_items(**adding("token"))
    code, _ = refused(client.transact_write_items, **adding("token", amount=5))
    assert code == "IdempotentParameterMismatchException"
    assert names(lab) == ["INSERT"]


def test_a_cancelled_transaction_may_be_tried_again_with_its_token(lab: Lab) -> None:  # D20
    client = table(lab)
    request = adding("token")
    request["TransactItems"].append(
        {
            "ConditionCheck": {
                "TableName": "tab",
                "Key": item("b"),
                "ConditionExpression": "attribute_exists(pk)",
            }
        }
    )
    assert refused(client.transact_write_items, **request)[0] == "TransactionCanceledException"
    put(client, "b")
    client.transact_write_items(**request)
    assert events(lab)[-1] == ("INSERT", None, item("a", n=1))


def test_reasons_of_a_cancelled_transaction(lab: Lab) -> None:
    client = table(lab)
    put(client, "a", word="x")
    actions = [
        {"Put": {"TableName": "tab", "Item": item("b")}},
        {
            "Update": {
                "TableName": "tab",
                "Key": item("a"),
                "UpdateExpression": "ADD word :n",
                "ExpressionAttributeValues": {":n": {"N": "1"}},
            }
        },
        {"Delete": {"TableName": "tab", "Key": item("c"), "ConditionExpression": "attribute_exists(pk)"}},
    ]
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        client.transact_write_items(TransactItems=actions)
    response = caught.value.response
    assert [reason["Code"] for reason in response["CancellationReasons"]] == [
        "None",
        "ValidationError",
        "ConditionalCheckFailed",
    ]
    assert response["Message"] == response["Error"]["Message"]
    assert response["Message"].endswith("[None, ValidationError, ConditionalCheckFailed]")


def test_older_parameters_leave_the_same_records(lab: Lab) -> None:  # A23, A25
    client = table(lab)
    put(client, "a", n=1)
    client.put_item(TableName="tab", Item=item("a", n=1), Expected={"n": {"Value": {"N": "1"}}})
    code, _ = refused(
        client.put_item, TableName="tab", Item=item("a", n=5), Expected={"pk": {"Exists": False}}
    )
    assert code == "ConditionalCheckFailedException"
    change = {"n": {"Action": "ADD", "Value": {"N": "1.0"}}}
    client.update_item(TableName="tab", Key=item("a"), AttributeUpdates=change)
    client.update_item(TableName="tab", Key=item("new"), AttributeUpdates=change)
    client.update_item(TableName="tab", Key=item("new"), AttributeUpdates={"absent": {"Action": "DELETE"}})
    client.delete_item(TableName="tab", Key=item("a"), Expected={"n": {"Value": {"N": "2"}}})
    assert events(lab) == [
        ("INSERT", None, item("a", n=1)),
        ("MODIFY", item("a", n=1), item("a", n=2)),
        ("INSERT", None, item("new", n=1)),
        ("REMOVE", item("a", n=2), None),
    ]
    # and calls of both kinds see the same items
    assert client.get_item(TableName="tab", Key=item("new"))["Item"] == item("new", n=1)


def test_an_index_follows_every_write(lab: Lab) -> None:
    client = table(lab)
    client.update_table(
        TableName="tab",
        AttributeDefinitions=[{"AttributeName": "carrier", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by-carrier",
                    "KeySchema": [{"AttributeName": "carrier", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )

    def of(carrier: str) -> list[str]:
        found = client.query(
            TableName="tab",
            IndexName="by-carrier",
            KeyConditionExpression="carrier = :c",
            ExpressionAttributeValues={":c": {"S": carrier}},
        )["Items"]
        return sorted(one["pk"]["S"] for one in found)

    put(client, "a", carrier="UA")
    put(client, "b", carrier="UA")
    client.update_item(
        TableName="tab",
        Key=item("b"),
        UpdateExpression="SET carrier = :c",
        ExpressionAttributeValues={":c": {"S": "DL"}},
    )
    assert (of("UA"), of("DL")) == (["a"], ["b"])
    client.delete_item(TableName="tab", Key=item("a"))
    assert (of("UA"), of("DL")) == ([], ["b"])


FILTERS = {
    "size(absent) > :n": [],
    "NOT size(absent) > :n": ["a", "b", "c"],
    "word < :w": ["a"],
    "n < :w": [],
    "absent = :none": [],
    "flag = :one": [],
    "begins_with(b, :b)": ["b"],
    "contains(b, :b)": ["b"],
    "l[0].x = :n": ["c"],
}


@pytest.mark.parametrize(("expression", "found"), FILTERS.items(), ids=FILTERS)
def test_filters_are_read_as_conditions_are(lab: Lab, expression: str, found: list[str]) -> None:
    client = table(lab)
    put(client, "a", n=1, word="m", flag={"BOOL": True})
    put(client, "b", n=2, word="z", b={"B": b"\xff\x01"})
    put(client, "c", l={"L": [{"M": {"x": {"N": "1"}}}]})
    values = {
        ":n": {"N": "1"},
        ":w": {"S": "n"},
        ":none": {"NULL": True},
        ":one": {"N": "1"},
        ":b": {"B": b"\xff"},
    }
    used = {name: values[name] for name in re.findall(r":[a-z]+", expression)}
    answer = client.scan(TableName="tab", FilterExpression=expression, ExpressionAttributeValues=used)
    assert sorted(one["pk"]["S"] for one in answer["Items"]) == found
    assert answer["ScannedCount"] == 3
    query = client.query(
        TableName="tab",
        KeyConditionExpression="pk = :pk",
        FilterExpression=expression,
        ExpressionAttributeValues=used | {":pk": {"S": "a"}},
    )
    assert query["Count"] == ("a" in found)


def test_a_filter_that_is_none(lab: Lab) -> None:
    client = table(lab)
    code, message = refused(client.scan, TableName="tab", FilterExpression="n >")
    assert code == "ValidationException"
    assert "FilterExpression" in message


def test_versions_that_were_written_over_are_given_back_to_the_machine(lab: Lab) -> None:
    # GIVEN a table without a stream, whose few items are written again and again
    client = table(lab, None)
    before = _versions()
    for number in range(200):
        put(client, f"k{number % 4}", n=number)
    # THEN no more than the items are kept
    gc.collect()
    assert len(_versions().keys() - before.keys()) == 4


def _versions() -> dict[int, object]:
    # Whoever holds what is returned keeps it alive, so that none of these ids is given to another object.
    return {id(found): found for found in gc.get_objects() if type(found).__name__ == "PackedImage"}


EMPTY = "One or more parameter values were invalid: An string set  may not be empty"
UNUSED = "Value provided in ExpressionAttributeNames unused in expressions: keys: {#u}"
HERE = {"ConditionExpression": "attribute_exists(pk)", "ExpressionAttributeNames": {"#u": "u"}}


@pytest.mark.parametrize(
    ("operation", "params", "text"),
    [
        ("put_item", {"Item": item("a"), **HERE}, UNUSED),
        ("put_item", {"Item": item("a", s={"SS": []})}, EMPTY),
        ("delete_item", {"Key": item("a"), **HERE}, UNUSED),
        ("update_item", {"Key": item("a"), **HERE}, UNUSED),
        (
            "update_item",
            {"Key": item("a"), "UpdateExpression": ""},
            "Invalid UpdateExpression: The expression can not be empty;",
        ),
        (
            "update_item",
            {
                "Key": item("a"),
                "UpdateExpression": "SET s = :s",
                "ExpressionAttributeValues": {":s": {"SS": []}},
            },
            EMPTY,
        ),
    ],
)
def test_calls_on_one_item_announce_what_they_refuse(
    lab: Lab, operation: str, params: dict[str, Any], text: str
) -> None:
    code, message = refused(getattr(table(lab), operation), TableName="tab", **params)
    assert (code, message) == ("ValidationException", f"1 validation error detected: {text}")


def test_what_only_the_table_can_refuse_is_not_announced(lab: Lab) -> None:
    _, message = refused(table(lab).put_item, TableName="tab", Item={"x": {"S": "a"}})
    assert message == "One or more parameter values were invalid: Missing the key pk in the item"


def test_batches_and_transactions_announce_nothing(lab: Lab) -> None:
    client = table(lab)
    put = {"Item": item("a", s={"SS": []})}
    _, message = refused(client.batch_write_item, RequestItems={"tab": [{"PutRequest": put}]})
    assert message == EMPTY
    _, message = refused(client.transact_write_items, TransactItems=[{"Put": {"TableName": "tab", **put}}])
    assert message == EMPTY


def test_a_resource_policy_has_another_revision_each_time(lab: Lab) -> None:
    client = table(lab)
    arn = client.describe_table(TableName="tab")["Table"]["TableArn"]
    revisions = [
        client.put_resource_policy(ResourceArn=arn, Policy=f'{{"Version": "{number}"}}')["RevisionId"]
        for number in (1, 2, 2, 3)
    ]
    assert revisions[1] == revisions[2]
    assert len(set(revisions)) == 3


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({"pk": {"S": "\u00e9" * 1025}}, "Size of hashkey has exceeded the maximum size limit of2048 bytes"),
        ({"pk": {"S": "x" * 1025}, "g": {"S": "g"}}, "Aggregated size of all range keys has exceeded"),
        ({"pk": {"S": "a"}, "g": {"S": "x" * 2049}}, "Size of hashkey has exceeded"),
    ],
    ids=["in bytes", "a partition key that an index sorts by", "an index key"],
)
def test_keys_have_a_longest(lab: Lab, attributes: dict[str, Any], text: str) -> None:
    client = table(lab)
    client.update_table(
        TableName="tab",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "g")],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by-g",
                    "KeySchema": [
                        {"AttributeName": "g", "KeyType": "HASH"},
                        {"AttributeName": "pk", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    code, message = refused(client.put_item, TableName="tab", Item=attributes)
    assert (code, text in message) == ("ValidationException", True)


def test_what_does_not_fit_into_a_batch_comes_back(lab: Lab) -> None:
    # GIVEN 60 items of 300 KB under binary keys, which is more than 16 MB
    lab.create_table("large", ("pk", "B"))
    client = lab.client("dynamodb")
    keys = [{"pk": {"B": bytes([number])}} for number in range(60)]
    for key in keys:
        client.put_item(TableName="large", Item={**key, "x": {"S": "x" * 300_000}})
    # WHEN all are asked for, and what came back is asked for again
    request: Any = {"large": {"Keys": keys, "ConsistentRead": True}}
    found = []
    for _ in range(2):
        answer = client.batch_get_item(RequestItems=request)
        found += [item["pk"]["B"] for item in answer["Responses"]["large"]]
        request = answer["UnprocessedKeys"]
        if request:
            assert request["large"]["ConsistentRead"] is True
    # THEN each was there once
    assert request == {}
    assert sorted(found) == [key["pk"]["B"] for key in keys]


def test_item_collections_of_a_table_with_a_local_index(lab: Lab) -> None:
    client = lab.client("dynamodb")
    keys = [("pk", "HASH"), ("sk", "RANGE")]
    client.create_table(
        TableName="collected",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "day")],
        LocalSecondaryIndexes=[
            {
                "IndexName": "by-day",
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "day", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    size: dict[str, Any] = {"ReturnItemCollectionMetrics": "SIZE"}
    one = {"ItemCollectionKey": {"pk": {"S": "a"}}, "SizeEstimateRangeGB": [0.0, 1.0]}
    key = {"pk": {"S": "a"}, "sk": {"S": "1"}}
    put_request = {"TableName": "collected", "Item": key}
    assert client.put_item(**put_request, **size)["ItemCollectionMetrics"] == one
    assert "ItemCollectionMetrics" not in client.put_item(**put_request)
    batch = {"collected": [{"PutRequest": {"Item": key | {"sk": {"S": number}}}} for number in "23"]}
    answer = client.batch_write_item(RequestItems=batch, **size)
    assert answer["ItemCollectionMetrics"] == {"collected": [one]}
    answer = client.transact_write_items(TransactItems=[{"Put": put_request}], **size)
    assert answer["ItemCollectionMetrics"] == {"collected": [one]}
    # AND a table without one has none
    table(lab)
    assert "ItemCollectionMetrics" not in client.put_item(TableName="tab", Item=item("a"), **size)


ONLY_REMOVES: dict[str, dict[str, Any]] = {
    "REMOVE": {"UpdateExpression": "REMOVE a"},
    "several": {"UpdateExpression": "REMOVE a, b"},
    "inside an attribute": {"UpdateExpression": "REMOVE a.b"},
    "members of a set": {
        "UpdateExpression": "DELETE a :s",
        "ExpressionAttributeValues": {":s": {"SS": ["x"]}},
    },
    "both": {
        "UpdateExpression": "REMOVE b DELETE a :s",
        "ExpressionAttributeValues": {":s": {"SS": ["x"]}},
    },
    "AttributeUpdates": {"AttributeUpdates": {"a": {"Action": "DELETE"}}},
    "AttributeUpdates of a set": {
        "AttributeUpdates": {"a": {"Action": "DELETE", "Value": {"SS": ["x"]}}, "b": {"Action": "DELETE"}}
    },
}


@pytest.mark.parametrize("change", ONLY_REMOVES.values(), ids=ONLY_REMOVES)
def test_there_is_nothing_to_remove_from_an_item_that_is_not_there(  # A25
    lab: Lab, change: dict[str, Any]
) -> None:
    client = table(lab)
    # WHEN an update that only removes meets no item, alone or in a transaction
    answer = client.update_item(TableName="tab", Key=item("a"), ReturnValues="ALL_NEW", **change)
    if "UpdateExpression" in change:
        update = {"TableName": "tab", "Key": item("b"), **change}
        client.transact_write_items(TransactItems=[{"Update": update}])
    # THEN there is still none, and no record
    assert "Attributes" not in answer
    assert client.scan(TableName="tab")["Items"] == []
    assert records(lab) == []


@pytest.mark.parametrize("expression", ["SET b = :n REMOVE a", "ADD b :n REMOVE a"], ids=["SET", "ADD"])
def test_what_else_an_update_does_makes_the_item(lab: Lab, expression: str) -> None:  # A25
    client = table(lab)
    values = {":n": {"N": "1"}}
    client.update_item(
        TableName="tab", Key=item("a"), UpdateExpression=expression, ExpressionAttributeValues=values
    )
    assert events(lab) == [("INSERT", None, item("a", b=1))]
