"""Regions: what belongs to one is not seen from another, and names that AWS does not know are refused."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cdc_lab import Lab, LabError

HERE, THERE = "us-east-1", "eu-west-1"
ACCOUNT = "123456789012"


def table_with_stream(region: str, name: str = "tab") -> str:
    """Create a table in a region; gives its stream's ARN."""
    dynamodb = boto3.client("dynamodb", region_name=region)
    table = dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    arn: str = table["TableDescription"]["LatestStreamArn"]
    return arn


def connect(region: str, arn: str, name: str = "fn", **parameters: Any) -> dict[str, Any]:
    answer: dict[str, Any] = boto3.client("lambda", region_name=region).create_event_source_mapping(
        FunctionName=name, EventSourceArn=arn, StartingPosition="TRIM_HORIZON", **parameters
    )
    return answer


def code_of(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_an_application_that_names_its_region_runs_there() -> None:
    # GIVEN a lab of us-east-1, and an application whose table, queue and mapping are in eu-west-1
    seen: list[Any] = []

    def handler(event: Any, context: Any) -> None:
        seen.append(
            (
                os.environ["AWS_REGION"],
                os.environ["AWS_DEFAULT_REGION"],
                boto3.client("dynamodb").meta.region_name,
                context.invoked_function_arn,
                event["Records"][0]["awsRegion"],
                event["Records"][0]["eventSourceARN"],
            )
        )
        print("here")
        raise ValueError("poison")

    with Lab(seed=1) as lab:
        arn = table_with_stream(THERE)
        sqs = boto3.client("sqs", region_name=THERE)
        url = sqs.create_queue(QueueName="dlq")["QueueUrl"]
        lab.create_function("fn", handler)
        queue = f"arn:aws:sqs:{THERE}:{ACCOUNT}:dlq"
        mapping = connect(
            THERE, arn, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": queue}}
        )
        # WHEN a record is poisoned
        boto3.client("dynamodb", region_name=THERE).put_item(TableName="tab", Item={"pk": {"S": "1"}})
        lab.run()
        # THEN everything about it is of eu-west-1
        function = f"arn:aws:lambda:{THERE}:{ACCOUNT}:function:fn"
        assert seen == [(THERE, THERE, THERE, function, THERE, arn)]
        assert f":{THERE}:" in arn
        assert mapping["FunctionArn"] == function
        assert mapping["EventSourceMappingArn"].startswith(f"arn:aws:lambda:{THERE}:")
        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
        assert json.loads(message["Body"])["requestContext"]["functionArn"] == function
        # AND so are its logs
        groups = {
            region: boto3.client("logs", region_name=region).describe_log_groups()["logGroups"]
            for region in (HERE, THERE)
        }
        assert [len(groups[region]) for region in (HERE, THERE)] == [0, 1]


def test_dead_letters_go_to_the_region_of_their_arn() -> None:
    with Lab(seed=1) as lab:
        # GIVEN queues of one name in two regions, and a mapping here whose destination is there
        urls = {
            region: boto3.client("sqs", region_name=region).create_queue(QueueName="dlq")["QueueUrl"]
            for region in (HERE, THERE)
        }
        arn = table_with_stream(HERE)
        lab.create_function("fn", lambda event, context: 1 / 0)
        queue = f"arn:aws:sqs:{THERE}:{ACCOUNT}:dlq"
        connect(HERE, arn, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": queue}})
        # WHEN a record is given up
        boto3.client("dynamodb", region_name=HERE).put_item(TableName="tab", Item={"pk": {"S": "1"}})
        lab.run()
        # THEN its message is there alone
        found = {
            region: len(
                boto3.client("sqs", region_name=region).receive_message(QueueUrl=url).get("Messages", [])
            )
            for region, url in urls.items()
        }
        assert found == {HERE: 0, THERE: 1}


def test_functions_and_mappings_of_one_region_are_not_seen_from_another() -> None:
    with Lab(seed=1) as lab:
        # GIVEN a function of eu-west-1 with a mapping
        lab.create_function("fn", lambda event, context: None, region=THERE)
        uuid = connect(THERE, table_with_stream(THERE))["UUID"]
        here, there = (lab.client("lambda", region=region) for region in (HERE, THERE))
        # WHEN a client of another region asks
        # THEN it finds nothing
        assert [f["FunctionName"] for f in there.list_functions()["Functions"]] == ["fn"]
        assert here.list_functions()["Functions"] == []
        missing = f"Function not found: arn:aws:lambda:{HERE}:{ACCOUNT}:function:fn"
        for call in (here.get_function, here.get_function_configuration, here.invoke, here.delete_function):
            assert code_of(call, FunctionName="fn") == ("ResourceNotFoundException", missing)
        assert len(there.list_event_source_mappings()["EventSourceMappings"]) == 1
        assert here.list_event_source_mappings()["EventSourceMappings"] == []
        for call in (
            here.get_event_source_mapping,
            here.update_event_source_mapping,
            here.delete_event_source_mapping,
        ):
            assert code_of(call, UUID=uuid)[0] == "ResourceNotFoundException"
        # AND an ARN does not reach across
        assert code_of(here.invoke, FunctionName=f"arn:aws:lambda:{THERE}:{ACCOUNT}:function:fn") == (
            "ResourceNotFoundException",
            f"Functions from '{THERE}' are not reachable in this region ('{HERE}')",
        )


def test_a_mapping_across_regions_is_refused() -> None:  # C8, C66
    with Lab(seed=1) as lab:
        lab.create_function("fn", lambda event, context: None)
        arn = table_with_stream(THERE)
        assert code_of(connect, region=HERE, arn=arn) == (
            "InvalidParameterValueException",
            f"Event source region must match Lambda region {HERE}.",
        )


def test_a_function_without_a_region_is_deployed_in_each_and_deleted_in_one() -> None:
    with Lab(seed=1) as lab:
        lab.create_function("fn", lambda event, context: os.environ["AWS_REGION"], environment={"A": "1"})
        here, there = (lab.client("lambda", region=region) for region in (HERE, THERE))
        answers = [json.load(client.invoke(FunctionName="fn")["Payload"]) for client in (here, there)]
        assert answers == [HERE, THERE]
        # WHEN it is deleted in one
        there.delete_function(FunctionName="fn")
        # THEN the other keeps it
        assert there.list_functions()["Functions"] == []
        assert [f["FunctionName"] for f in here.list_functions()["Functions"]] == ["fn"]
        # AND deploying it anew brings it back
        lab.create_function("fn", lambda event, context: "new")
        assert [json.load(c.invoke(FunctionName="fn")["Payload"]) for c in (here, there)] == ["new", "new"]


def test_tables_of_one_name_in_two_regions_have_two_streams_and_their_own_shards() -> None:
    with Lab(seed=1) as lab:
        # GIVEN a table here that begins with four shards, and one of its name there
        lab.create_table("tab", "pk", shards=4)
        arns = {HERE: lab.stream_arn("tab"), THERE: table_with_stream(THERE)}
        seen: list[tuple[str, str]] = []

        def handler(event: Any, context: Any) -> None:
            seen.extend(
                (os.environ["AWS_REGION"], r["dynamodb"]["Keys"]["pk"]["S"]) for r in event["Records"]
            )

        lab.create_function("fn", handler)
        for region, arn in arns.items():
            connect(region, arn)
        # WHEN each gets an item
        for region in arns:
            client = boto3.client("dynamodb", region_name=region)
            client.put_item(TableName="tab", Item={"pk": {"S": f"of {region}"}})
        lab.run()
        # THEN each region's function sees its own
        assert sorted(seen) == [(THERE, f"of {THERE}"), (HERE, f"of {HERE}")]
        counts = {
            region: len(
                boto3.client("dynamodbstreams", region_name=region).describe_stream(StreamArn=arn)[
                    "StreamDescription"
                ]["Shards"]
            )
            for region, arn in arns.items()
        }
        assert counts == {HERE: 4, THERE: 1}
        # AND deleting one leaves the other, with as many shards when its stream is enabled anew
        boto3.client("dynamodb", region_name=THERE).delete_table(TableName="tab")
        here = boto3.client("dynamodb", region_name=HERE)
        here.update_table(TableName="tab", StreamSpecification={"StreamEnabled": False})
        here.update_table(
            TableName="tab", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        )
        assert len(lab.shards("tab")) == 4


@pytest.mark.parametrize(
    "name", ["us-est-1", "eu-west", "US-EAST-1", "europe", "local"], ids=lambda name: str(name)
)
def test_a_region_that_aws_does_not_have_is_refused(name: str) -> None:
    near = {"us-est-1": "us-east-1", "eu-west": "eu-west-1", "US-EAST-1": "us-east-1"}.get(name, "write one")
    text = rf"AWS has no region '{name}': .*{near}"
    with pytest.raises(LabError, match=text):
        Lab(region=name)
    with Lab() as lab:
        with pytest.raises(LabError, match=text):
            lab.client("dynamodb", region=name)
        with pytest.raises(LabError, match=text):
            lab.resource("dynamodb", region=name)
        with pytest.raises(LabError, match=text):
            boto3.client("sqs", region_name=name)
        with pytest.raises(LabError, match=text):
            lab.create_function("fn", lambda event, context: None, region=name)


def test_the_setting_of_a_region_is_checked_like_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with Lab(), monkeypatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-est-1")
        with pytest.raises(LabError, match="no region 'us-est-1'"):
            boto3.Session().client("dynamodb")


def test_a_destination_in_a_region_that_aws_does_not_have_is_refused() -> None:
    with Lab(seed=1) as lab:
        lab.create_function("fn", lambda event, context: None)
        arn = table_with_stream(HERE)
        given = {"OnFailure": {"Destination": f"arn:aws:sqs:us-est-1:{ACCOUNT}:dlq"}}
        code, message = code_of(connect, region=HERE, arn=arn, DestinationConfig=given)
        assert code == "InvalidParameterValueException"
        assert "us-est-1" in message


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_other_partitions_have_arns_of_their_own(region: str, partition: str) -> None:
    with Lab(region=region) as lab:
        lab.create_table("tab", "pk")
        lab.create_function("fn", lambda event, context: context.invoked_function_arn)
        mapping = lab.client("lambda").create_event_source_mapping(
            FunctionName="fn", EventSourceArn=lab.stream_arn("tab"), StartingPosition="LATEST"
        )
        arns = [mapping["EventSourceArn"], mapping["FunctionArn"], mapping["EventSourceMappingArn"]]
        assert [arn.split(":")[1:4:2] for arn in arns] == [[partition, region]] * 3


def test_a_service_without_regions_can_be_named_as_botocore_does() -> None:
    with Lab():
        assert boto3.client("iam", region_name="aws-global").list_roles()["Roles"] == []


def test_attach_puts_function_and_mapping_into_the_region_of_the_stream() -> None:
    with Lab(seed=1) as lab:
        seen: list[str] = []

        def note_region(event: Any, context: Any) -> None:
            seen.append(context.invoked_function_arn)

        # GIVEN a table of another region
        arn = table_with_stream(THERE)
        # WHEN a handler is attached to its stream, as a function of that region
        mapping = lab.attach(note_region, arn, region=THERE)
        (successor,) = lab.roll_shards(arn)
        boto3.client("dynamodb", region_name=THERE).put_item(TableName="tab", Item={"pk": {"S": "1"}})
        lab.run()
        # THEN it runs there, and is nowhere else
        assert [record.keys for record in lab.read_stream(arn)] == [{"pk": "1"}]
        assert [shard["ShardId"] for shard in lab.shards(arn)][-1] == successor
        assert seen == [f"arn:aws:lambda:{THERE}:{ACCOUNT}:function:note-region"]
        assert mapping["FunctionArn"] == seen[0]
        assert lab.client("lambda").list_functions()["Functions"] == []
        # AND a mapping that is refused leaves no function behind, in no region
        with pytest.raises(ClientError):
            lab.attach(lambda event, context: None, arn, name="gone", MaximumRecordAgeInSeconds=5)
        for region in (HERE, THERE):
            names = [f["FunctionName"] for f in lab.client("lambda", region).list_functions()["Functions"]]
            assert "gone" not in names


def test_a_queue_of_another_region_is_refused_and_one_of_its_own_is_read() -> None:  # C66
    with Lab(seed=1) as lab:
        seen: list[tuple[str, str]] = []

        def handler(event: Any, context: Any) -> None:
            seen.extend((record["body"], os.environ["AWS_REGION"]) for record in event["Records"])

        lab.create_function("fn", handler)
        sqs = boto3.client("sqs", region_name=THERE)
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        given = {"FunctionName": "fn", "EventSourceArn": f"arn:aws:sqs:{THERE}:{ACCOUNT}:orders"}
        code, message = code_of(lab.client("lambda").create_event_source_mapping, **given)
        assert (code, message) == (
            "InvalidParameterValueException",
            f"Event source region must match Lambda region {HERE}.",
        )
        lab.client("lambda", THERE).create_event_source_mapping(**given)
        sqs.send_message(QueueUrl=url, MessageBody="one")
        lab.run()
        assert seen == [("one", THERE)]
