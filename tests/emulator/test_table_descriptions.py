"""What DescribeTable shows of a table, as AWS recorded it (R1, R3 of the fact sheet's sources)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from cdc_lab import Lab

UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


@pytest.fixture
def client(lab: Lab) -> Any:
    return lab.client("dynamodb")


def described(client: Any, name: str = "tab") -> dict[str, Any]:
    return dict(client.describe_table(TableName=name)["Table"])


def test_a_table_on_demand(lab: Lab, client: Any) -> None:
    table = lab.create_table("tab", partition_key="pk", sort_key=("n", "N"))
    made = lab.clock.now()
    lab.clock.advance(timedelta(hours=1))
    table.put_item(Item={"pk": "a", "n": 1})
    found = described(client)
    assert uuid.UUID(found.pop("TableId")).version == 4
    stream = lab.stream_arn("tab")
    # THEN it shows this and nothing else: no list of indexes where there are none
    assert found == {
        "TableName": "tab",
        "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/tab",
        "TableStatus": "ACTIVE",
        "CreationDateTime": made,
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "n", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "n", "AttributeType": "N"},
        ],
        "ItemCount": 1,
        "TableSizeBytes": 6,
        "BillingModeSummary": {
            "BillingMode": "PAY_PER_REQUEST",
            "LastUpdateToPayPerRequestDateTime": made,
        },
        "ProvisionedThroughput": {
            "NumberOfDecreasesToday": 0,
            "ReadCapacityUnits": 0,
            "WriteCapacityUnits": 0,
        },
        "WarmThroughput": {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"},
        "DeletionProtectionEnabled": False,
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        "LatestStreamArn": stream,
        "LatestStreamLabel": stream.rpartition("/")[2],
    }


def test_a_provisioned_table_shows_no_mode_until_it_was_on_demand(lab: Lab, client: Any) -> None:
    client.create_table(
        TableName="tab",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        ProvisionedThroughput=UNITS,
    )
    assert "BillingModeSummary" not in described(client)
    assert described(client)["ProvisionedThroughput"]["WriteCapacityUnits"] == 5
    lab.clock.advance(timedelta(hours=1))
    client.update_table(TableName="tab", BillingMode="PAY_PER_REQUEST")
    summary = described(client)["BillingModeSummary"]
    assert summary == {
        "BillingMode": "PAY_PER_REQUEST",
        "LastUpdateToPayPerRequestDateTime": lab.clock.now(),
    }
    switched = summary["LastUpdateToPayPerRequestDateTime"]
    lab.clock.advance(timedelta(hours=1))
    client.update_table(TableName="tab", BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
    assert described(client)["BillingModeSummary"] == {
        "BillingMode": "PROVISIONED",
        "LastUpdateToPayPerRequestDateTime": switched,
    }


def test_indexes(client: Any) -> None:
    client.create_table(
        TableName="tab",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk", "g", "l")],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {
                "IndexName": "of-all",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "of-key",
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "l", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    client.put_item(TableName="tab", Item={n: {"S": "1"} for n in ("pk", "sk", "g", "x")})
    found = described(client)
    assert found["GlobalSecondaryIndexes"] == [
        {
            "IndexName": "of-all",
            "IndexArn": f"{found['TableArn']}/index/of-all",
            "IndexStatus": "ACTIVE",
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            "ItemCount": 1,
            "IndexSizeBytes": 10,
            "ProvisionedThroughput": {
                "NumberOfDecreasesToday": 0,
                "ReadCapacityUnits": 0,
                "WriteCapacityUnits": 0,
            },
            "WarmThroughput": {
                "ReadUnitsPerSecond": 12000,
                "WriteUnitsPerSecond": 4000,
                "Status": "ACTIVE",
            },
        }
    ]
    (local,) = found["LocalSecondaryIndexes"]
    assert local["IndexArn"] == f"{found['TableArn']}/index/of-key"
    assert (local["ItemCount"], local["IndexSizeBytes"]) == (0, 0)
    assert "IndexStatus" not in local
    client.update_table(TableName="tab", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "of-all"}}])
    assert "GlobalSecondaryIndexes" not in described(client)


def test_each_table_has_an_id_of_its_own_and_the_same_seed_the_same_ids() -> None:
    def ids() -> list[str]:
        with Lab(seed=3) as lab:
            client, found = lab.client("dynamodb"), []
            for name in ("one", "two"):
                lab.create_table(name, partition_key="pk")
                found.append(described(client, name)["TableId"])
                assert described(client, name)["TableId"] == found[-1]
            client.delete_table(TableName="one")
            lab.create_table("one", partition_key="pk")
            return [*found, described(client, "one")["TableId"]]

    first = ids()
    assert len(set(first)) == 3
    assert ids() == first


def test_a_protected_table_is_not_deleted(lab: Lab, client: Any) -> None:
    lab.create_table("tab", partition_key="pk")
    client.update_table(TableName="tab", DeletionProtectionEnabled=True)
    assert described(client)["DeletionProtectionEnabled"] is True
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.delete_table(TableName="tab")
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    client.update_table(TableName="tab", DeletionProtectionEnabled=False)
    client.delete_table(TableName="tab")
