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


CODE = """
import os
import boto3

totals = boto3.resource("dynamodb").Table(os.environ["TOTALS"])


def handler(event, context):
    for record in event["Records"]:
        totals.put_item(Item={"id": record["dynamodb"]["Keys"]["id"]["S"]})
"""


def stack_with_function(**function: Any) -> dict[str, Any]:
    """A template with a table, a function, its role, and a mapping."""
    allowed = [
        {"Effect": "Allow", "Action": "dynamodb:*", "Resource": {"Fn::GetAtt": ["Orders", "StreamArn"]}},
        {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "arn:aws:dynamodb:*:*:table/totals"},
    ]
    stack: dict[str, Any] = json.loads(template(StreamSpecification=STREAM))
    stack["Resources"] |= {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {},
                "Policies": [
                    {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": allowed}}
                ],
            },
        },
        "Count": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "count",
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Code": {"ZipFile": CODE},
                "Timeout": "7",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Environment": {"Variables": {"TOTALS": "totals"}},
                **function,
            },
        },
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "FunctionName": {"Ref": "Count"},
                "EventSourceArn": {"Fn::GetAtt": ["Orders", "StreamArn"]},
                "StartingPosition": "TRIM_HORIZON",
                "BatchSize": "3",
                "MaximumRetryAttempts": "2",
            },
        },
    }
    return stack


def test_a_function_of_a_stack_runs_behind_its_mapping_within_its_role(lab: Lab) -> None:
    # GIVEN a stack with a function, a role and a mapping, and the function's sink
    totals = lab.create_table("totals", "id", stream_view_type=None)
    stacks = lab.client("cloudformation")
    stacks.create_stack(StackName="shop", TemplateBody=json.dumps(stack_with_function()))
    # WHEN the table is written to
    orders = lab.resource("dynamodb").Table("orders")
    for number in range(4):
        orders.put_item(Item={"id": str(number)})
    trace = lab.run()
    # THEN the lab's Lambda has run it: so many records a batch, so many seconds, the rights of the role
    assert sorted(item["id"] for item in totals.scan()["Items"]) == ["0", "1", "2", "3"]
    assert trace.invocations["records"].tolist() == [3, 1]
    assert lab.client("lambda").get_function_configuration(FunctionName="count")["Timeout"] == 7
    # AND the stack that is deleted takes them with it
    stacks.delete_stack(StackName="shop")
    lab.run()
    assert lab.client("lambda").list_functions()["Functions"] == []
    assert lab.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []


def test_a_call_outside_the_role_of_a_stack_is_refused(lab: Lab) -> None:
    lab.create_table("others", "id", stream_view_type=None)
    stack = stack_with_function(Environment={"Variables": {"TOTALS": "others"}})
    lab.client("cloudformation").create_stack(StackName="shop", TemplateBody=json.dumps(stack))
    lab.resource("dynamodb").Table("orders").put_item(Item={"id": "1"})
    assert set(lab.run().calls["outcome"]) == {"AccessDeniedException"}


def test_an_update_deploys_the_function_anew_and_keeps_its_mapping(lab: Lab) -> None:
    lab.create_table("totals", "id", stream_view_type=None)
    stacks, functions = lab.client("cloudformation"), lab.client("lambda")
    stacks.create_stack(StackName="shop", TemplateBody=json.dumps(stack_with_function()))
    (before,) = functions.list_event_source_mappings()["EventSourceMappings"]
    stacks.update_stack(StackName="shop", TemplateBody=json.dumps(stack_with_function(Timeout=9)))
    (after,) = functions.list_event_source_mappings()["EventSourceMappings"]
    assert functions.get_function_configuration(FunctionName="count")["Timeout"] == 9
    assert before["UUID"] == after["UUID"]


@pytest.mark.parametrize(
    ("function", "text"),
    [
        ({"Runtime": "nodejs22.x"}, "the lab runs Python, and function count has the runtime 'nodejs22.x'"),
        ({"PackageType": "Image", "Code": {"ImageUri": "x"}}, "does not run images .function count."),
        ({"FileSystemConfigs": []}, "does not emulate FileSystemConfigs of AWS::Lambda::Function"),
        ({"Code": {"S3Bucket": "a", "S3Key": "b.zip"}}, "the code of count is to be at s3://a/b.zip"),
        (
            {"Code": {"ZipFile": "import nowhere_to_be_found"}},
            "'count' imports 'nowhere_to_be_found'.*pip install",
        ),
        ({"Handler": "app.handler"}, "'count': there is no module 'app'"),
        ({"Handler": "index.other"}, "'count': module index has no function 'other'"),
        ({"Timeout": 1000}, "timeout=1000: give 1 to 900 seconds"),
    ],
)
def test_a_function_that_the_lab_cannot_run_is_refused_in_one_line(
    lab: Lab, function: Any, text: str
) -> None:
    with pytest.raises(LabError, match=text) as caught:
        lab.client("cloudformation").create_stack(
            StackName="shop", TemplateBody=json.dumps(stack_with_function(**function))
        )
    assert "\n" not in str(caught.value)


def test_a_mapping_that_lambda_refuses_is_refused_with_its_words(lab: Lab) -> None:
    stack = stack_with_function()
    stack["Resources"]["Mapping"]["Properties"]["BatchSize"] = 20_000
    with pytest.raises(LabError, match=r"AWS::Lambda::EventSourceMapping is refused: .*atchSize"):
        lab.client("cloudformation").create_stack(StackName="shop", TemplateBody=json.dumps(stack))


def test_versions_and_aliases_of_a_stack_are_the_labs(lab: Lab) -> None:
    # GIVEN a stack that publishes a version and maps an alias
    lab.create_table("totals", "id", stream_view_type=None)
    stack = stack_with_function()
    resources = stack["Resources"]
    resources["One"] = {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Count"}}}
    version = {"Fn::GetAtt": ["One", "Version"]}
    resources["Live"] = {
        "Type": "AWS::Lambda::Alias",
        "Properties": {"FunctionName": {"Ref": "Count"}, "Name": "live", "FunctionVersion": version},
    }
    resources["Mapping"]["Properties"]["FunctionName"] = {"Ref": "Live"}
    lab.client("cloudformation").create_stack(StackName="shop", TemplateBody=json.dumps(stack))
    (mapping,) = lab.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert mapping["FunctionArn"].endswith(":function:count:live")


def test_modules_of_a_stack_are_forgotten_with_its_lab_and_those_before_come_back(
    lab: Lab, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a module of the user's that is named as a function's
    mine = ModuleType("index")
    monkeypatch.setitem(sys.modules, "index", mine)
    paths = list(sys.path)
    lab.client("cloudformation").create_stack(
        StackName="shop", TemplateBody=json.dumps(stack_with_function())
    )
    assert sys.modules["index"] is not mine
    # WHEN the lab is closed THEN the user's is back
    lab.close()
    assert sys.modules["index"] is mine
    assert sys.path == paths


def test_a_closed_lab_leaves_moto_its_own() -> None:
    from moto.dynamodb.models.table import Table

    plain = vars(Table)["create_from_cloudformation_json"]
    with Lab():
        assert vars(Table)["create_from_cloudformation_json"] is not plain
    assert vars(Table)["create_from_cloudformation_json"] is plain


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        ("AWS::Serverless::Function", r"Lab\.from_template\(path\)"),
        ("AWS::Lambda::Url", "take it out of the template"),
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
