"""Backups, restores, exports and imports: moto's, on copies of the lab's items."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from cdc_lab import Lab

from .streaming import item, put, table

ITEMS: list[dict[str, Any]] = [
    item("a", n=1, b={"B": b"\x00\xff"}, s={"SS": ["x", "y"]}),
    item("b", m={"M": {"l": {"L": [{"N": "1.5"}, {"NULL": True}, {"BS": [b"\x01"]}]}}}),
]


@pytest.fixture
def client(lab: Lab) -> Any:
    """A table of two items with values of all kinds, one of them written again."""
    client = table(lab)
    client.put_item(TableName="tab", Item=item("a", n=7))
    for one in ITEMS:
        client.put_item(TableName="tab", Item=one)
    return client


def _items(client: Any, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.scan(TableName=name)["Items"]
    return sorted(found, key=lambda one: str(one["pk"]["S"]))


def test_a_backup_is_restored_as_it_was(client: Any) -> None:
    # GIVEN a backup, and a change after it
    arn = client.create_backup(TableName="tab", BackupName="one")["BackupDetails"]["BackupArn"]
    put(client, "later")
    # WHEN it is restored
    client.restore_table_from_backup(TargetTableName="copy", BackupArn=arn)
    # THEN the copy has the items of then, and goes its own way
    assert _items(client, "copy") == ITEMS
    put(client, "a", n=9)
    assert _items(client, "copy") == ITEMS
    client.delete_item(TableName="copy", Key=item("a"))
    assert [one["pk"]["S"] for one in _items(client, "tab")] == ["a", "b", "later"]
    assert client.describe_table(TableName="copy")["Table"]["ItemCount"] == 1


def test_a_restored_table_can_have_a_stream(client: Any, lab: Lab) -> None:
    client.restore_table_to_point_in_time(
        SourceTableName="tab", TargetTableName="copy", UseLatestRestorableTime=True
    )
    assert _items(client, "copy") == ITEMS
    specification = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    client.update_table(TableName="copy", StreamSpecification=specification)
    client.delete_item(TableName="copy", Key=item("b"))
    assert [(record.event_name, record.keys) for record in lab.read_stream("copy")] == [
        ("REMOVE", {"pk": "b"})
    ]


def test_a_table_is_exported_to_s3_and_imported_from_it(client: Any, lab: Lab) -> None:
    # GIVEN a bucket, and a table of text and numbers with point-in-time recovery
    s3 = lab.client("s3")
    s3.create_bucket(Bucket="exports")
    lab.create_table("plain", "pk")
    plain = [item("a", n=1), item("b", word="x")]
    for one in plain:
        client.put_item(TableName="plain", Item=one)
    client.update_continuous_backups(
        TableName="plain", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    # WHEN it is exported
    arn = client.describe_table(TableName="plain")["Table"]["TableArn"]
    export = client.export_table_to_point_in_time(TableArn=arn, S3Bucket="exports", S3Prefix="day")
    export_arn = export["ExportDescription"]["ExportArn"]
    described = client.describe_export(ExportArn=export_arn)["ExportDescription"]
    # THEN the bucket has its items
    assert (described["ExportStatus"], described["ItemCount"]) == ("COMPLETED", 2)
    (key,) = (one["Key"] for one in s3.list_objects_v2(Bucket="exports")["Contents"])
    lines = gzip.decompress(s3.get_object(Bucket="exports", Key=key)["Body"].read()).decode().splitlines()
    assert sorted((json.loads(line)["Item"] for line in lines), key=lambda one: one["pk"]["S"]) == plain
    # AND a table made of them has them, too
    imported = client.import_table(
        S3BucketSource={"S3Bucket": "exports", "S3KeyPrefix": "day"},
        InputFormat="DYNAMODB_JSON",
        InputCompressionType="GZIP",
        TableCreationParameters={
            "TableName": "again",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        },
    )["ImportTableDescription"]
    assert client.describe_import(ImportArn=imported["ImportArn"])["ImportTableDescription"][
        "ImportStatus"
    ] == ("COMPLETED")
    assert _items(client, "again") == plain
    assert _items(client, "plain") == plain
