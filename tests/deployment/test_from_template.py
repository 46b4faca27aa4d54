"""A team's template, stood up in a lab: SAM's, CDK's, and the one that a lab wrote."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cdc_lab import Lab, LabError
from tests.deployment.days import FLIGHTS, day, outcome

APP = """
import os
import boto3

totals = boto3.resource("dynamodb").Table(os.environ["TOTALS"])


def handler(event, context):
    for record in event["Records"]:
        totals.put_item(Item={"id": record["dynamodb"]["Keys"]["id"]["S"], "by": os.environ["BY"]})
"""
SAM = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Size: {Type: Number, Default: 5}
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  Totals:
    Type: AWS::Serverless::SimpleTable
    Properties: {TableName: totals}
  Failures: {Type: AWS::SQS::Queue}
  Count:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.13
      Timeout: 7
      Environment: {Variables: {TOTALS: !Ref Totals, BY: sam}}
      Policies:
        - DynamoDBWritePolicy: {TableName: !Ref Totals}
        - SQSSendMessagePolicy: {QueueName: !GetAtt Failures.QueueName}
      Events:
        Stream:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Orders.StreamArn
            StartingPosition: TRIM_HORIZON
            BatchSize: !Ref Size
            MaximumRetryAttempts: 2
            DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failures.Arn}}
"""

_HTTP = """  Api: {Type: AWS::Serverless::Api, Properties: {StageName: prod}}
  Page:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.13
      Environment: {Variables: {TOTALS: !Ref Totals, BY: page}}
      Events:
        Get: {Type: Api, Properties: {Path: /, Method: get}}
"""


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A team's folder with a SAM template, and code beside it."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(APP, "utf-8")
    (tmp_path / "template.yaml").write_text(SAM, "utf-8")
    return tmp_path


def changed(team: Path, old: str, new: str) -> Path:
    """The template with a text exchanged."""
    path = team / "template.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    return path


def delivered(lab: Lab) -> dict[str, str]:
    """Write three orders, run, and return what the function wrote of them."""
    for number in range(3):
        lab.resource("dynamodb").Table("orders").put_item(Item={"id": str(number)})
    trace = lab.run()
    assert set(trace.invocations["outcome"]) == {"success"}
    return {row["id"]: row["by"] for row in lab.resource("dynamodb").Table("totals").scan()["Items"]}


def test_a_sam_template_runs_as_it_would_on_aws(team: Path) -> None:
    # GIVEN a SAM template beside its code WHEN a lab is opened from it, with a parameter
    with Lab.from_template(team / "template.yaml", parameters={"Size": 2}, seed=3) as lab:
        # THEN tables, mapping, function and queue are there
        (mapping,) = lab.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        assert (mapping["BatchSize"], mapping["MaximumRetryAttempts"]) == (2, 2)
        assert "Failures" in mapping["DestinationConfig"]["OnFailure"]["Destination"]
        # AND changes reach the function
        assert delivered(lab) == {"0": "sam", "1": "sam", "2": "sam"}
        assert lab.trace.invocations["records"].tolist() == [2, 1]


def test_the_roles_of_a_template_are_enforced_unless_told_otherwise(team: Path) -> None:
    # GIVEN a template that forgot the right to write
    path = changed(team, "        - DynamoDBWritePolicy: {TableName: !Ref Totals}\n", "")
    with Lab.from_template(path) as lab:
        lab.resource("dynamodb").Table("orders").put_item(Item={"id": "1"})
        assert set(lab.run().calls["outcome"]) == {"AccessDeniedException"}
    with Lab.from_template(path, enforce_roles=False) as lab:
        assert len(delivered(lab)) == 3


CDK_FUNCTION = {
    "Code": {"S3Bucket": {"Fn::Sub": "cdk-assets-${AWS::AccountId}"}, "S3Key": "abc.zip"},
    "Handler": "app.handler",
    "Runtime": "python3.13",
    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    "Environment": {"Variables": {"TOTALS": {"Ref": "Totals"}, "BY": "cdk"}},
}


def cdk_template(**metadata: Any) -> dict[str, Any]:
    """What ``cdk synth`` writes of a TableV2 with a function behind its stream."""
    key = [{"AttributeName": "id", "AttributeType": "S"}], [{"AttributeName": "id", "KeyType": "HASH"}]

    def table(name: str, **more: Any) -> dict[str, Any]:
        keys = {"AttributeDefinitions": key[0], "KeySchema": key[1], "BillingMode": "PAY_PER_REQUEST"}
        properties = {"TableName": name, **keys, "Replicas": [{"Region": {"Ref": "AWS::Region"}}], **more}
        return {"Type": "AWS::DynamoDB::GlobalTable", "Properties": properties}

    read = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
    stream = {"Fn::GetAtt": ["Orders", "StreamArn"]}
    statements = [
        {"Effect": "Allow", "Action": "dynamodb:ListStreams", "Resource": "*"},
        {"Effect": "Allow", "Action": read, "Resource": stream},
        {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": {"Fn::GetAtt": ["Totals", "Arn"]}},
    ]
    basic = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/service-role/"]]}
    return {
        "Resources": {
            "Count": {
                "Type": "AWS::Lambda::Function",
                "Properties": CDK_FUNCTION,
                "DependsOn": ["Policy", "Role"],
                "Metadata": metadata,
            },
            "Orders": table("orders", StreamSpecification={"StreamViewType": "NEW_IMAGE"}),
            "Totals": table("totals"),
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {},
                    "ManagedPolicyArns": [
                        {"Fn::Join": ["", [basic, "AWSLambdaBasicExecutionRole"]]},
                    ],
                },
            },
            "Policy": {
                "Type": "AWS::IAM::Policy",
                "Properties": {
                    "PolicyName": "own",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
                    "Roles": [{"Ref": "Role"}],
                },
            },
            "Source": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {
                    "FunctionName": {"Ref": "Count"},
                    "EventSourceArn": stream,
                    "StartingPosition": "TRIM_HORIZON",
                },
            },
            "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:x"}},
        }
    }


@pytest.mark.parametrize("named_by", ["metadata", "manifest"])
def test_what_cdk_synthesizes_runs_too(tmp_path: Path, named_by: str) -> None:
    # GIVEN cdk.out: a template, and the function's code as an asset that its metadata or its manifest names
    asset = tmp_path / "asset.abc"
    asset.mkdir()
    (asset / "app.py").write_text(APP, "utf-8")
    metadata = {"aws:asset:path": "asset.abc"} if named_by == "metadata" else {}
    template = tmp_path / "Shop.template.json"
    template.write_text(json.dumps(cdk_template(**metadata)), "utf-8")
    if named_by == "manifest":
        where = {"destinations": {"here": {"objectKey": "abc.zip"}}, "source": {"path": "asset.abc"}}
        (tmp_path / "Shop.assets.json").write_text(json.dumps({"files": {"abc": where}}), "utf-8")
        resources = json.loads(template.read_text("utf-8"))
    else:
        resources = cdk_template(**metadata)
    assert resources["Resources"]["Count"]["Properties"]["Code"]["S3Key"] == "abc.zip"
    # WHEN a lab is opened from it THEN it runs
    with Lab.from_template(template) as lab:
        assert delivered(lab) == {"0": "cdk", "1": "cdk", "2": "cdk"}


def test_two_functions_may_have_modules_of_the_same_name(team: Path) -> None:
    # GIVEN a second function whose module is called app, too
    shutil.copytree(team / "src", team / "other")
    text = APP.replace('os.environ["BY"]', '"other"').replace("handler(", "second(")
    (team / "other" / "app.py").write_text(text, "utf-8")
    count = SAM[SAM.index("  Count:") :]
    second = count.replace("Count:", "Second:").replace("src/", "other/").replace("app.handler", "app.second")
    path = changed(team, count, count + second)
    with Lab.from_template(path) as lab:
        handlers = {one["Handler"] for one in lab.client("lambda").list_functions()["Functions"]}
        assert handlers == {"handler", "second"}
        assert len(delivered(lab)) == 3


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("BatchSize:", "BatchSzie:", "AWS SAM refuses the template: .*BatchSzie"),
        (
            "CodeUri: src/",
            "CodeUri: source/",
            "the code of Count is to be in 'source/', and source is not there",
        ),
        ("app.handler", "main.handler", "there is no module 'main' in src/"),
        ("python3.13", "nodejs22.x", "has the runtime 'nodejs22.x'"),
        ("BatchSize: !Ref Size", "BatchSize: 20000", "AWS::Lambda::EventSourceMapping is refused: .*20000"),
        (
            "  Failures: {Type: AWS::SQS::Queue}",
            "  Failures: {Type: AWS::SQS::Queue}\n  Api: {Type: AWS::Kinesis::Stream}",
            r"asks for what the lab does not emulate: AWS::Kinesis::Stream \(Api\).*leave_out=\['Api'\]",
        ),
        ("Resources:", "Resoruces:", "has no Resources"),
        ("Parameters:", "Parameters: [", "is no YAML: line"),
        ("!GetAtt Orders.StreamArn", "!GetAtt Order.StreamArn", "Order"),
    ],
)
def test_what_cannot_be_stood_up_is_refused_in_one_line_and_no_lab_is_left_open(
    team: Path, old: str, new: str, text: str
) -> None:
    path = changed(team, old, new)
    with pytest.raises(LabError, match=text) as caught:
        Lab.from_template(path)
    assert "\n" not in str(caught.value)
    assert Lab._open is None


def test_what_the_lab_lacks_can_be_left_out(team: Path) -> None:
    path = changed(team, "  Failures: {", "  Api: {Type: AWS::Kinesis::Stream}\n  Failures: {")
    with Lab.from_template(path, leave_out=["Api"]) as lab:
        assert len(delivered(lab)) == 3
    with pytest.raises(LabError, match="leave_out names 'Apis', which is no resource"):
        Lab.from_template(path, leave_out=["Apis"])


def test_what_sam_makes_of_a_resource_is_left_out_as_the_refusal_says(team: Path) -> None:
    # GIVEN a template with an API of its own, of which SAM makes three resources, and one that SAM adds for
    # a function's event
    path = changed(team, "  Failures: {", f"{_HTTP}  Failures: {{")
    with path.open("a", encoding="utf-8") as file:
        file.write('Outputs: {Page: {Value: !Sub "https://${ServerlessRestApi}.example"}}\n')
    with pytest.raises(LabError) as caught:
        Lab.from_template(path)
    # WHEN what the refusal names is left out
    named = ast.literal_eval(str(caught.value).partition("leave_out=")[2].removesuffix(")"))
    assert named == [
        "AWS::ApiGateway::Deployment", "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage", "Api"
    ]  # fmt: skip
    # THEN the rest is stood up
    with Lab.from_template(path, leave_out=named) as lab:
        assert len(delivered(lab)) == 3


def test_a_template_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"there is no template at .*nowhere\.yaml"):
        Lab.from_template(tmp_path / "nowhere.yaml")


# ---- there and back --------------------------------------------------------------------------------


def test_the_template_of_a_lab_makes_the_same_day(tmp_path: Path) -> None:
    # GIVEN a day in a lab, its template, and the folder with its code
    with Lab(seed=7) as lab:
        day(lab)
        expected = outcome(lab)
        (before,) = lab.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        lab.template().write(tmp_path / "template.yaml")
    # WHEN another lab's CloudFormation creates it, and the same day runs through it
    with Lab.from_template(tmp_path / "template.yaml", seed=7) as lab:
        flights = lab.resource("dynamodb").Table("flights")
        for flight in FLIGHTS:
            flights.put_item(Item=flight)
        flights.delete_item(Key={"flight_id": "UA3"})
        lab.run()
        (after,) = lab.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        # THEN the mapping is the same, but for the metrics that the template asks for, and so is the outcome
        own = ("UUID", "EventSourceMappingArn", "LastModified")
        assert after.pop("MetricsConfig") == {"Metrics": ["EventCount"]}
        assert {k: v for k, v in after.items() if k not in own} == {
            k: v for k, v in before.items() if k not in own
        }
        assert outcome(lab) == expected
