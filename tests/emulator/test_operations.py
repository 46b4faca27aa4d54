"""data/operations.csv: who answers each operation of the three services, and what is refused by name."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from cdc_lab import Lab
from tests.older_packages import newer_botocore

ROOT = Path(__file__).parent.parent.parent
ROWS = list(csv.DictReader((ROOT / "data/operations.csv").read_text("utf-8").splitlines()))
SERVICES = ("dynamodb", "dynamodbstreams", "lambda")
STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/none/stream/2013-03-08T10:00:00.000"
# Values that pass botocore and the checks of form; nothing of that name exists.
VALUES: dict[str, Any] = {
    "TableName": "none",
    "FunctionName": "none",
    "EventSourceArn": STREAM,
    "StreamArn": STREAM,
    "StartingPosition": "LATEST",
    "ExportFormat": "DYNAMODB_JSON",
    "InputFormat": "DYNAMODB_JSON",
    "S3Prefix": "p",
    "Topics": ["departures"],
    "SourceAccessConfigurations": [
        {"Type": "BASIC_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"}
    ],
    "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/none",
}


GIVEN = ("EventSourceArn", "StartingPosition", "TableArn", "S3Prefix")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(seed=1) as lab:
        yield lab


def value_of(name: str, shape: Any) -> Any:
    """A value that botocore accepts for a member."""
    if name in VALUES:
        return VALUES[name]
    kind = shape.type_name
    if kind == "structure":
        first = next(iter(shape.members.items()), None)
        return minimal(shape) or ({} if first is None else {first[0]: value_of(*first)})
    if kind == "list":
        return [value_of("", shape.member) for _ in range(max(1, shape.metadata.get("min", 1)))]
    if kind == "map":
        return {"a": value_of("", shape.value)}
    if kind == "string":
        return (shape.enum or ["x" * max(1, shape.metadata.get("min", 1))])[0]
    if kind == "timestamp":
        return datetime(2013, 3, 8, 10, tzinfo=UTC)
    return {"boolean": True, "blob": b"x", "double": 1.0, "float": 1.0}.get(
        kind, max(1, shape.metadata.get("min", 1))
    )


def minimal(shape: Any) -> dict[str, Any]:
    """The required members of a structure."""
    return {name: value_of(name, shape.members[name]) for name in shape.required_members}


def model_of(lab: Lab, service: str, operation: str) -> Any:
    return lab.client(service).meta.service_model.operation_model(operation).input_shape


def refusal_of(lab: Lab, service: str, operation: str, **more: Any) -> tuple[str, str]:
    """The code and text of a refusal; empty when there was an answer."""
    shape = model_of(lab, service, operation)
    params = {} if shape is None else minimal(shape)
    if operation in ("CreateEventSourceMapping", "ListExports", "ExportTableToPointInTime"):
        params |= {name: VALUES[name] for name in GIVEN if name in shape.members}
    try:
        getattr(lab.client(service), xform_name(operation))(**{**params, **more})
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return "", ""


def test_every_operation_has_a_row(lab: Lab) -> None:
    named = [(row["service"], row["operation"]) for row in ROWS]
    assert named == sorted(set(named)), "sorted, and no row twice"
    known = {
        (service, operation)
        for service in SERVICES
        for operation in lab.client(service).meta.service_model.operation_names
    }
    assert known <= set(named), known - set(named)
    assert {row["answered_by"] for row in ROWS} == {"us", "moto", "refused"}
    for row in ROWS:
        assert row["what"].endswith("."), row


@newer_botocore
def test_what_is_refused_names_the_operation_and_a_remedy(lab: Lab) -> None:
    for row in ROWS:
        # WHEN each operation is called with as little as botocore lets through
        code, message = refusal_of(lab, row["service"], row["operation"])
        # THEN those that the file says are refused, and no other
        assert (code == "NotImplemented") == (row["answered_by"] == "refused"), (row, message)
        if code == "NotImplemented":
            said = f"the lab does not emulate {row['service']} {row['operation']}: "
            assert message.startswith(said), row
            assert len(message) > len(said) + 10, message


def test_what_is_answered_by_us(lab: Lab) -> None:
    from moto.dynamodb.models import dynamodb_backends
    from moto.dynamodb.responses import DynamoHandler

    lab.client("dynamodb").list_tables()
    ours = set(dynamodb_backends["123456789012"]["us-east-1"].calls)  # type: ignore[attr-defined]
    said = {
        by: {row["operation"] for row in ROWS if (row["service"], row["answered_by"]) == ("dynamodb", by)}
        for by in ("us", "moto")
    }
    assert said["us"] == ours
    assert all(hasattr(DynamoHandler, xform_name(operation)) for operation in said["moto"])
    assert not [row for row in ROWS if row["service"] != "dynamodb" and row["answered_by"] == "moto"]


@newer_botocore
def test_parameters_that_would_have_no_effect_are_refused_or_named(lab: Lab) -> None:
    lab.create_function("none", lambda event, context: None)
    for row in ROWS:
        service, operation = row["service"], row["operation"]
        shape = model_of(lab, service, operation)
        for name in row["refused_parameters"].split():
            # A botocore that is older does not know it.
            if name in shape.members:
                given = {name: value_of(name, shape.members[name])}
                if operation == "UpdateEventSourceMapping":
                    given["UUID"] = mapping_of(lab)
                code, message = refusal_of(lab, service, operation, **given)
                assert code in ("NotImplemented", "InvalidParameterValueException"), (operation, name, code)
                assert name in message, (operation, name, message)
        for name in row["no_effect"].split():
            assert name in shape.members, (operation, name)
            code, _ = refusal_of(lab, service, operation, **{name: value_of(name, shape.members[name])})
            assert code != "NotImplemented", (operation, name)
        assert row["answered_by"] != "refused" or not (row["no_effect"] or row["refused_parameters"]), row
    lab.client("lambda").delete_function(FunctionName="none")


def mapping_of(lab: Lab) -> str:
    """The UUID of a mapping that can be updated."""
    known = lab.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    if not known:
        lab.attach(lambda event, context: None, lab.create_table("mapped", "pk"), name="mapped")
        lab.run()
        return mapping_of(lab)
    uuid: str = known[0]["UUID"]
    return uuid


KEYS: dict[str, Any] = {
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
}
INDEX: dict[str, Any] = {
    "IndexName": "by-pk",
    "KeySchema": KEYS["KeySchema"],
    "Projection": {"ProjectionType": "ALL"},
    "OnDemandThroughput": {"MaxReadRequestUnits": 1},
}


@pytest.mark.parametrize(
    ("operation", "given", "named"),
    [
        ("CreateTable", {**KEYS, "TableClass": "STANDARD_INFREQUENT_ACCESS"}, "TableClass"),
        ("CreateTable", {**KEYS, "GlobalSecondaryIndexes": [INDEX]}, "OnDemandThroughput of an index"),
        ("UpdateTable", {"TableClass": "STANDARD_INFREQUENT_ACCESS"}, "TableClass"),
        ("UpdateTable", {"GlobalSecondaryIndexUpdates": [{"Create": INDEX}]}, "OnDemandThroughput of an"),
        ("UpdateTable", {"ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}]}, "ReplicaUpdates"),
        ("ListBackups", {"BackupType": "SYSTEM"}, "BackupType='SYSTEM'"),
        ("ExportTableToPointInTime", {"ExportFormat": "ION"}, "ExportFormat='ION'"),
        ("ExportTableToPointInTime", {"ExportType": "INCREMENTAL_EXPORT"}, "ExportType='INCREMENTAL_EXPORT'"),
        ("ImportTable", {"InputFormat": "CSV"}, "InputFormat='CSV'"),
        ("ImportTable", {"InputCompressionType": "ZSTD"}, "InputCompressionType='ZSTD'"),
    ],
)
def test_values_that_would_have_no_effect_are_refused(
    lab: Lab, operation: str, given: dict[str, Any], named: str
) -> None:
    code, message = refusal_of(lab, "dynamodb", operation, **given)
    assert code == "NotImplemented", message
    assert f"{named}" in message
    assert f"of dynamodb {operation}: " in message


def test_what_moto_needs_and_the_service_does_not_is_asked_for(lab: Lab) -> None:
    client = lab.client("dynamodb")
    with pytest.raises(ClientError, match="does not emulate leaving out TableArn of dynamodb ListExports"):
        client.list_exports()
    with pytest.raises(ClientError, match="leaving out S3Prefix of dynamodb ExportTableToPointInTime"):
        client.export_table_to_point_in_time(TableArn=VALUES["TableArn"], S3Bucket="b")


def test_a_failed_condition_of_a_statement_shows_the_item_if_asked(lab: Lab) -> None:
    # GIVEN an item, and statements whose condition fails
    table = lab.create_table("shown", "pk")
    table.put_item(Item={"pk": "a", "n": 1})
    client = lab.client("dynamodb")
    update = {"Statement": "UPDATE shown SET n=2 WHERE pk='a' AND n=5"}
    asked = {**update, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    item = {"pk": {"S": "a"}, "n": {"N": "1"}}
    # WHEN they run alone, in a batch and in a transaction
    for statement, expected in ((update, None), (asked, item)):
        with pytest.raises(ClientError) as alone:
            client.execute_statement(**statement)  # type: ignore[arg-type]
        (answer,) = client.batch_execute_statement(Statements=[statement])["Responses"]
        with pytest.raises(ClientError) as together:
            client.execute_transaction(TransactStatements=[statement])
        # THEN the item is shown where it was asked for
        response: Any = together.value.response
        shown: list[Any] = [alone.value.response.get("Item"), answer["Error"].get("Item")]
        shown.append(response["CancellationReasons"][0].get("Item"))
        assert shown == [expected] * 3
