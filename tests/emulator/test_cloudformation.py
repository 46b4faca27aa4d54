"""Tables that a CloudFormation template declares have the lab's streams."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import pytest

from cdc_lab import Lab, LabError

VALIDATOR = "openapi_spec_validator"


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A lab in which moto answers for CloudFormation."""
    # moto imports a validator of OpenAPI documents with it, which only API Gateway uses: a stand-in will do.
    if find_spec(VALIDATOR) is None:
        names = (VALIDATOR, f"{VALIDATOR}.validation", f"{VALIDATOR}.validation.exceptions")
        for name in names:
            module: Any = ModuleType(name)
            module.__path__ = []
            module.validate, module.OpenAPIValidationError = None, ValueError
            monkeypatch.setitem(sys.modules, name, module)
    with Lab(seed=7) as lab:
        yield lab


def template(**properties: Any) -> str:
    """A template with one table, and its stream's ARN as output where it has a stream."""
    table = {
        "TableName": "orders",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        **properties,
    }
    body: dict[str, Any] = {"Resources": {"Orders": {"Type": "AWS::DynamoDB::Table", "Properties": table}}}
    if "StreamSpecification" in properties:
        body["Outputs"] = {"Stream": {"Value": {"Fn::GetAtt": ["Orders", "StreamArn"]}}}
    return json.dumps(body)


STREAM = {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_a_table_with_a_view_type_has_a_stream_that_works(lab: Lab) -> None:
    # GIVEN a stack whose table names a view type, which is all that CloudFormation lets it say
    stacks = lab.client("cloudformation")
    stacks.create_stack(StackName="shop", TemplateBody=template(StreamSpecification=STREAM))
    (output,) = stacks.describe_stacks(StackName="shop")["Stacks"][0]["Outputs"]
    # THEN the table has that stream
    described = lab.client("dynamodb").describe_table(TableName="orders")["Table"]
    assert described["StreamSpecification"] == {"StreamEnabled": True, **STREAM}
    assert output["OutputValue"] == described["LatestStreamArn"] == lab.stream_arn("orders")
    # WHEN items are written, and a function is mapped to it
    seen: list[str] = []
    lab.attach(lambda event, _: seen.extend(r["eventName"] for r in event["Records"]), output["OutputValue"])
    table = lab.resource("dynamodb").Table("orders")
    table.put_item(Item={"id": "1", "state": "new"})
    table.put_item(Item={"id": "1", "state": "paid"})
    lab.run()
    # THEN both changes are delivered
    assert seen == ["INSERT", "MODIFY"]
    assert lab.read_stream("orders")[1].old_image == {"id": "1", "state": "new"}


def test_a_table_without_a_specification_has_none(lab: Lab) -> None:
    lab.client("cloudformation").create_stack(StackName="shop", TemplateBody=template())
    described = lab.client("dynamodb").describe_table(TableName="orders")["Table"]
    assert "LatestStreamArn" not in described


def test_a_stack_that_is_deleted_closes_the_stream(lab: Lab) -> None:
    # GIVEN a stack with a stream that holds a record
    stacks = lab.client("cloudformation")
    stacks.create_stack(StackName="shop", TemplateBody=template(StreamSpecification=STREAM))
    arn = lab.stream_arn("orders")
    lab.resource("dynamodb").Table("orders").put_item(Item={"id": "1"})
    # WHEN it is deleted
    stacks.delete_stack(StackName="shop")
    # THEN the table is gone, and the stream disabled: what it holds can be read for a day
    assert lab.client("dynamodb").list_tables()["TableNames"] == []
    stream = lab.client("dynamodbstreams").describe_stream(StreamArn=arn)["StreamDescription"]
    assert stream["StreamStatus"] == "DISABLED"
    assert len(lab.read_stream(arn)) == 1


@pytest.mark.parametrize("properties", [{}, {"StreamSpecification": {"StreamViewType": "KEYS_ONLY"}}])
def test_an_update_leaves_the_stream_as_it_is(lab: Lab, properties: dict[str, Any]) -> None:
    # GIVEN a stack with a stream
    stacks = lab.client("cloudformation")
    stacks.create_stack(StackName="shop", TemplateBody=template(StreamSpecification=STREAM))
    arn = lab.stream_arn("orders")
    # WHEN an update takes it away, or asks for another view type
    stacks.update_stack(StackName="shop", TemplateBody=template(**properties))
    # THEN nothing changed, for moto updates no table of a stack, and the stream goes on
    lab.resource("dynamodb").Table("orders").put_item(Item={"id": "1"})
    assert lab.stream_arn("orders") == arn
    assert [record.new_image for record in lab.read_stream("orders")] == [{"id": "1"}]


@pytest.mark.parametrize(
    ("properties", "text"),
    [
        ({"StreamSpecification": {"StreamViewType": "EVERYTHING"}}, "EVERYTHING"),
        ({"TableName": "no"}, "length greater than or equal to 3"),
        ({"KeySchema": [{"AttributeName": "id", "KeyType": "RANGE"}]}, "is not a HASH key type"),
        ({"KeySchema": [{"AttributeName": "no", "KeyType": "HASH"}]}, "are not defined"),
        ({"BillingMode": "PROVISIONED"}, "must both be specified"),
        (
            {"AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in ("id", "x")]},
            "does not exactly match",
        ),
        ({"OnDemandThroughput": {"MaxReadRequestUnits": 5}}, "does not emulate OnDemandThroughput"),
        ({"TableClass": "STANDARD_INFREQUENT_ACCESS"}, "does not emulate TableClass"),
        ({"Tags": [{"Key": "aws:x", "Value": "y"}]}, "aws:"),
        ({"KinesisStreamSpecification": {"StreamArn": "x"}}, "does not emulate KinesisStreamSpecification"),
        ({"ImportSourceSpecification": {}}, "does not emulate ImportSourceSpecification"),
        ({"TimeToLiveSpecification": {"Enabled": True}}, 'Missing required parameter .*"AttributeName"'),
        ({"KeySchema": "id"}, "Invalid type for parameter KeySchema"),
    ],
)
def test_a_table_that_create_table_refuses_is_refused(lab: Lab, properties: Any, text: str) -> None:
    # GIVEN a template with a table that CreateTable would refuse, or a property that would have no effect
    stacks = lab.client("cloudformation")
    # WHEN a stack is asked for THEN it is refused in one line
    with pytest.raises(LabError, match=text):
        stacks.create_stack(StackName="shop", TemplateBody=template(**properties))


def test_a_template_says_all_that_the_calls_say(lab: Lab) -> None:
    # GIVEN a template with throughput as text, an index, encryption, tags, time to live and backups
    names = ("id", "state")
    keys = [{"AttributeName": "state", "KeyType": "HASH"}]
    units = {"ReadCapacityUnits": "5", "WriteCapacityUnits": "6"}
    index = {"IndexName": "by_state", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}
    lab.client("cloudformation").create_stack(
        StackName="shop",
        TemplateBody=template(
            BillingMode="PROVISIONED",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
            ProvisionedThroughput=units,
            GlobalSecondaryIndexes=[{**index, "ProvisionedThroughput": units}],
            SSESpecification={"SSEEnabled": "true"},
            Tags=[{"Key": "team", "Value": "shop"}],
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "due"},
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        ),
    )
    # THEN the table is what it says
    client = lab.client("dynamodb")
    table = client.describe_table(TableName="orders")["Table"]
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 6
    assert table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    assert table["SSEDescription"]["Status"] == "ENABLED"
    tags = client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
    assert {"Key": "team", "Value": "shop"} in tags
    ttl = client.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]
    assert (ttl["TimeToLiveStatus"], ttl["AttributeName"]) == ("ENABLED", "due")
    backups = client.describe_continuous_backups(TableName="orders")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_a_closed_lab_leaves_moto_its_own() -> None:
    from moto.dynamodb.models.table import Table

    plain = vars(Table)["create_from_cloudformation_json"]
    with Lab():
        assert vars(Table)["create_from_cloudformation_json"] is not plain
    assert vars(Table)["create_from_cloudformation_json"] is plain


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        ("AWS::Lambda::Function", "lab.create_function"),
        ("AWS::Serverless::Function", "lab.create_function"),
        ("AWS::Lambda::EventSourceMapping", "create_event_source_mapping"),
        ("AWS::Kinesis::Stream", "take it out of the template"),
    ],
)
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_what_moto_would_keep_to_itself_is_refused_by_name(
    lab: Lab, kind: str, remedy: str, form: str
) -> None:
    # GIVEN a template with a resource that moto would create where nothing of the lab reaches
    text = f"Resources:\n  One:\n    Type: {kind}\n"
    if form == "json":
        text = json.dumps({"Resources": {"One": {"Type": kind}}})
    # WHEN a stack is asked for THEN it is refused, and nothing was created
    stacks = lab.client("cloudformation")
    with pytest.raises(LabError, match=f"does not emulate {kind} in a template: .*{remedy}"):
        stacks.create_stack(StackName="shop", TemplateBody=text)
    assert stacks.list_stacks()["StackSummaries"] == []


def test_a_package_that_moto_lacks_is_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN an installation without moto's extra for CloudFormation
    for name in [name for name in sys.modules if name.startswith(("moto.apigateway", "moto.cloudformation"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, VALIDATOR, None)
    with Lab() as lab, pytest.raises(LabError, match=r"pip install 'moto\[cloudformation\]'") as caught:
        # WHEN a stack is asked for THEN the error names the package
        lab.client("cloudformation").list_stacks()
    assert VALIDATOR in str(caught.value)
