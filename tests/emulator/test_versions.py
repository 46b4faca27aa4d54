"""Versions and aliases: snapshots of a function, names for them, and who runs when one is invoked.

What AWS answers, and with which words it refuses, was recorded (C64, C65).
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cdc_lab import Lab
from tests.older_packages import newer_botocore

ARN = "arn:aws:lambda:us-east-1:123456789012:function:fn"


def saying(word: str) -> Any:
    """A handler that tells which version it is, and how it was invoked."""

    def handler(event: Any, context: Any) -> Any:
        return [
            word,
            context.function_version,
            os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
            context.invoked_function_arn,
        ]

    return handler


def invoke(lab: Lab, **params: Any) -> tuple[Any, str]:
    answer = lab.client("lambda").invoke(**params)
    return json.load(answer["Payload"]), answer["ExecutedVersion"]


def refusal(call: Any, **params: Any) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    response = caught.value.response
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    return response["Error"]["Code"], response["Error"]["Message"], status


@pytest.fixture
def lab() -> Any:
    with Lab(seed=1) as lab:
        yield lab


def test_a_version_is_a_snapshot(lab: Lab) -> None:
    # GIVEN a function, published, then deployed anew
    functions = lab.client("lambda")
    lab.create_function("fn", saying("old"), environment={"A": "1"}, timeout=5)
    first = functions.publish_version(FunctionName="fn", Description="the first")
    lab.create_function("fn", saying("new"), environment={"A": "2"})
    # WHEN each is invoked
    # THEN the version has the old code and settings, and $LATEST the new
    assert (first["Version"], first["FunctionArn"], first["Description"]) == ("1", f"{ARN}:1", "the first")
    assert invoke(lab, FunctionName="fn") == (["new", "$LATEST", "$LATEST", ARN], "$LATEST")
    for params in ({"FunctionName": "fn", "Qualifier": "1"}, {"FunctionName": f"{ARN}:1"}):
        assert invoke(lab, **params) == (["old", "1", "1", f"{ARN}:1"], "1")
    found = functions.get_function_configuration(FunctionName="fn:1")
    assert (found["Timeout"], found["Environment"]["Variables"]) == (5, {"A": "1"})
    # AND a qualifier that says $LATEST is repeated
    assert invoke(lab, FunctionName="fn:$LATEST")[0][-1] == f"{ARN}:$LATEST"


def test_nothing_is_published_where_nothing_changed(lab: Lab) -> None:
    functions, handler = lab.client("lambda"), saying("one")
    lab.create_function("fn", handler)
    first = functions.publish_version(FunctionName="fn")
    # WHEN nothing changed, not even by deploying the same function again
    lab.create_function("fn", handler)
    # THEN the version is the same
    again = functions.publish_version(FunctionName="fn", Description="again")
    assert (again["Version"], again["Description"], again["RevisionId"]) == ("1", "", first["RevisionId"])
    # WHEN a setting changed
    lab.create_function("fn", handler, timeout=9)
    # THEN it is a new one
    assert functions.publish_version(FunctionName="fn")["Version"] == "2"
    listed = functions.list_versions_by_function(FunctionName="fn")["Versions"]
    assert [version["FunctionArn"] for version in listed] == [f"{ARN}:$LATEST", f"{ARN}:1", f"{ARN}:2"]
    every = functions.list_functions(FunctionVersion="ALL")["Functions"]
    assert [version["Version"] for version in every] == ["$LATEST", "1", "2"]
    assert [version["FunctionArn"] for version in functions.list_functions()["Functions"]] == [ARN]


def test_an_alias_can_move(lab: Lab) -> None:
    functions = lab.client("lambda")
    for word in ("old", "new"):
        lab.create_function("fn", saying(word))
        functions.publish_version(FunctionName="fn")
    created = functions.create_alias(FunctionName="fn", Name="live", FunctionVersion="1", Description="d")
    del created["ResponseMetadata"]
    assert {**created, "RevisionId": ""} == {
        "AliasArn": f"{ARN}:live",
        "Name": "live",
        "FunctionVersion": "1",
        "Description": "d",
        "RevisionId": "",
    }
    assert invoke(lab, FunctionName="fn", Qualifier="live") == (["old", "1", "1", f"{ARN}:live"], "1")
    # WHEN the alias is moved
    moved = functions.update_alias(FunctionName="fn", Name="live", FunctionVersion="2")
    # THEN it invokes the other version, and is a new revision
    assert invoke(lab, FunctionName=f"{ARN}:live") == (["new", "2", "2", f"{ARN}:live"], "2")
    assert moved["RevisionId"] != created["RevisionId"]
    assert functions.get_alias(FunctionName="fn", Name="live")["Description"] == "d"
    described = functions.get_function(FunctionName="fn", Qualifier="live")["Configuration"]
    assert (described["FunctionArn"], described["Version"]) == (f"{ARN}:live", "2")
    # AND it can be listed by its version, and deleted, even twice
    functions.create_alias(FunctionName="fn", Name="next", FunctionVersion="$LATEST")
    names = [alias["Name"] for alias in functions.list_aliases(FunctionName="fn")["Aliases"]]
    assert names == ["live", "next"]
    of_two = functions.list_aliases(FunctionName="fn", FunctionVersion="2")["Aliases"]
    assert [alias["Name"] for alias in of_two] == ["live"]
    for _ in range(2):
        functions.delete_alias(FunctionName="fn", Name="live")
    assert refusal(functions.invoke, FunctionName="fn:live")[0] == "ResourceNotFoundException"


def test_a_weighted_alias_shares_invocations_by_the_seed() -> None:
    def shares(seed: int) -> list[str]:
        with Lab(seed=seed) as lab:
            functions = lab.client("lambda")
            for word in ("old", "new"):
                lab.create_function("fn", saying(word))
                functions.publish_version(FunctionName="fn")
            functions.create_alias(
                FunctionName="fn",
                Name="live",
                FunctionVersion="1",
                RoutingConfig={"AdditionalVersionWeights": {"2": 0.2}},
            )
            found = [invoke(lab, FunctionName="fn:live")[1] for _ in range(200)]
            # An update without weights keeps them, and empty ones end them.
            functions.update_alias(FunctionName="fn", Name="live", Description="still weighted")
            assert "RoutingConfig" in functions.get_alias(FunctionName="fn", Name="live")
            functions.update_alias(FunctionName="fn", Name="live", RoutingConfig={})
            assert "RoutingConfig" not in functions.get_alias(FunctionName="fn", Name="live")
            assert {invoke(lab, FunctionName="fn:live")[1] for _ in range(50)} == {"1"}
            return found

    first = shares(3)
    assert first == shares(3)
    assert 20 <= first.count("2") <= 60, first.count("2")  # 40 of 200, give or take 3.5 deviations
    assert first != shares(4)


def test_a_mapping_on_an_alias_follows_it_and_names_it(lab: Lab) -> None:
    # GIVEN a mapping on an alias, with a queue for what is given up
    functions, sqs = lab.client("lambda"), lab.client("sqs")
    seen: list[tuple[str, str, str]] = []

    def handler_of(word: str) -> Any:
        def handler(event: Any, context: Any) -> None:
            seen.append((word, context.function_version, context.invoked_function_arn))
            print(word)
            raise ValueError(word)

        return handler

    for word in ("old", "new"):
        lab.create_function("fn", handler_of(word))
        functions.publish_version(FunctionName="fn")
    functions.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    url = sqs.create_queue(QueueName="dlq")["QueueUrl"]
    table = lab.create_table("tab", "pk")
    given: dict[str, Any] = {
        "EventSourceArn": lab.stream_arn(table),
        "StartingPosition": "TRIM_HORIZON",
        "MaximumRetryAttempts": 0,
        "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:dlq"}},
    }
    mapping = functions.create_event_source_mapping(FunctionName="fn:live", **given)
    assert mapping["FunctionArn"] == f"{ARN}:live"
    # WHEN the alias moves between two records
    table.put_item(Item={"pk": "1"})
    lab.run()
    functions.update_alias(FunctionName="fn", Name="live", FunctionVersion="2")
    table.put_item(Item={"pk": "2"})
    lab.run()
    # THEN each version got one, and the failure records name the alias and the version that ran
    assert seen == [("old", "1", f"{ARN}:live"), ("new", "2", f"{ARN}:live")]
    bodies = [
        json.loads(message["Body"])
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    ]
    assert sorted(body["responseContext"]["executedVersion"] for body in bodies) == ["1", "2"]
    assert {body["requestContext"]["functionArn"] for body in bodies} == {f"{ARN}:live"}  # C42
    # AND the log tells the version
    streams = lab.client("logs").describe_log_streams(logGroupName="/aws/lambda/fn")["logStreams"]
    assert sorted(stream["logStreamName"][:3] for stream in streams) == ["[1]", "[2]"]
    starts = [line for line in lab.trace.log_events["line"] if line.startswith("START")]
    assert [line.rpartition(" ")[2] for line in starts] == ["1", "2"]
    # AND the function itself can have a mapping of its own on that stream, listed apart
    functions.create_event_source_mapping(FunctionName="fn", **given)
    assert refusal(functions.create_event_source_mapping, FunctionName="fn:live", **given)[0] == (
        "ResourceConflictException"
    )
    for name in ("fn", "fn:live"):
        listed = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        assert len(listed) == 1, name


def test_a_mapping_whose_alias_was_deleted_waits_for_it(lab: Lab) -> None:
    functions = lab.client("lambda")
    lab.create_function("fn", saying("one"))
    functions.publish_version(FunctionName="fn")
    functions.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    table = lab.create_table("tab", "pk")
    functions.create_event_source_mapping(
        FunctionName="fn:live", EventSourceArn=lab.stream_arn(table), StartingPosition="TRIM_HORIZON"
    )
    functions.delete_alias(FunctionName="fn", Name="live")
    table.put_item(Item={"pk": "1"})
    lab.run(until=lab.clock.now() + _minute())
    frame = lab.trace.invocations
    assert set(frame["outcome"]) == {"throttled"}
    assert f"Function not found: {ARN}:live" in frame["error"].iloc[0]
    functions.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    assert lab.run().deliveries["outcome"].tolist()[-1] == "success"


def _minute() -> Any:
    from datetime import timedelta

    return timedelta(minutes=1)


def test_what_does_not_exist_or_fit_is_refused_with_the_words_of_aws(lab: Lab) -> None:
    functions = lab.client("lambda")
    lab.create_function("fn", saying("one"))
    functions.publish_version(FunctionName="fn")
    lab.create_function("fn", saying("two"))
    functions.publish_version(FunctionName="fn")
    functions.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    missing, unfit = "ResourceNotFoundException", "InvalidParameterValueException"
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    wrong_revision = (
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API "
        "to retrieve the latest Revision Id"
    )

    mismatch = "The derived qualifier from the function name does not match the specified qualifier."
    twice = "Invalid function version 1. Function version 1 is already included in routing configuration."

    def alias(**changes: Any) -> dict[str, Any]:
        return {"FunctionName": "fn", "Name": "x", "FunctionVersion": "1", **changes}

    cases: list[tuple[Any, dict[str, Any], tuple[str, str, int]]] = [
        (functions.invoke, {"FunctionName": "fn:7"}, (missing, f"Function not found: {ARN}:7", 404)),
        (
            functions.get_function,
            {"FunctionName": "no:live"},
            (missing, f"Function not found: {ARN[:-2]}no:live", 404),
        ),
        (
            functions.get_function,
            {"FunctionName": "fn:1", "Qualifier": "2"},
            (unfit, mismatch, 400),
        ),
        (
            functions.get_alias,
            {"FunctionName": "fn", "Name": "x"},
            (missing, f"Cannot find alias arn: {ARN}:x", 404),
        ),
        (
            functions.update_alias,
            {"FunctionName": "fn", "Name": "x"},
            (missing, f"Alias not found: {ARN}:x", 404),
        ),
        (
            functions.create_alias,
            alias(FunctionVersion="10"),
            (missing, f"Function not found: {ARN}:10", 404),
        ),
        (
            functions.create_alias,
            alias(Name="live"),
            ("ResourceConflictException", f"Alias already exists: {ARN}:live", 409),
        ),
        (
            functions.create_alias,
            alias(RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}}),
            (unfit, twice, 400),
        ),
        (
            functions.create_alias,
            alias(RoutingConfig={"AdditionalVersionWeights": {"1": 0.5, "2": 0.5}}),
            (unfit, "Number of items in AdditionalVersionWeights cannot be greater than 1", 400),
        ),
        (
            functions.create_alias,
            alias(FunctionVersion="$LATEST", RoutingConfig=weights),
            (unfit, "$LATEST is not supported for an alias pointing to more than 1 version", 400),
        ),
        (
            functions.create_alias,
            alias(RoutingConfig={"AdditionalVersionWeights": {"10": 0.5}}),
            (missing, f"Function not found: {ARN}:10", 404),
        ),
        (
            functions.delete_function,
            {"FunctionName": "fn", "Qualifier": "$LATEST"},
            (unfit, "$LATEST version cannot be deleted without deleting the function.", 400),
        ),
        (
            functions.delete_function,
            {"FunctionName": "fn:live"},
            (unfit, "Deletion of aliases is not currently supported.", 400),
        ),
        (
            functions.publish_version,
            {"FunctionName": "fn", "RevisionId": "x"},
            ("PreconditionFailedException", wrong_revision, 412),
        ),
        (
            functions.update_alias,
            {"FunctionName": "fn", "Name": "live", "RevisionId": "x"},
            ("PreconditionFailedException", wrong_revision, 412),
        ),
    ]
    for call, params, expected in cases:
        assert refusal(call, **params) == expected, params
    for params in (
        alias(Name="2024"),
        alias(RoutingConfig={"AdditionalVersionWeights": {"2": 2.0}}),
        alias(RoutingConfig={"AdditionalVersionWeights": {"$LATEST": 0.5}}),
    ):
        code, message, _ = refusal(functions.create_alias, **params)
        assert code == "ValidationException", params
        assert message.startswith("1 validation error detected: Value '"), params
    assert refusal(functions.delete_function, FunctionName="fn:1")[0] == "ResourceConflictException"
    functions.delete_function(FunctionName="fn:2")
    functions.delete_function(FunctionName="fn:2")  # a version that is gone is no error
    assert [v["Version"] for v in functions.list_versions_by_function(FunctionName="fn")["Versions"]] == [
        "$LATEST",
        "1",
    ]


def test_numbers_of_deleted_versions_do_not_come_back(lab: Lab) -> None:
    functions = lab.client("lambda")
    for timeout in (1, 2):
        lab.create_function("fn", saying("one"), timeout=timeout)
        functions.publish_version(FunctionName="fn")
    functions.delete_function(FunctionName="fn:2")
    assert functions.publish_version(FunctionName="fn")["Version"] == "3"


@newer_botocore
def test_reserved_concurrency_is_the_functions_not_the_versions(lab: Lab) -> None:
    functions = lab.client("lambda")
    inner: list[str] = []

    def handler(event: Any, context: Any) -> None:
        inner.append(context.function_version)
        if len(inner) == 1:
            with pytest.raises(ClientError) as caught:
                lab.client("lambda").invoke(FunctionName="fn:1")
            inner.append(caught.value.response["Error"]["Code"])

    lab.create_function("fn", handler)
    functions.publish_version(FunctionName="fn")
    assert functions.get_function_concurrency(FunctionName="fn").get("ReservedConcurrentExecutions") is None
    functions.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=1)
    assert functions.get_function_concurrency(FunctionName="fn")["ReservedConcurrentExecutions"] == 1
    # WHEN $LATEST runs and invokes version 1
    functions.invoke(FunctionName="fn")
    # THEN that is one too many
    assert inner == ["$LATEST", "TooManyRequestsException"]
    functions.delete_function_concurrency(FunctionName="fn")
    inner.clear()
    functions.invoke(FunctionName="fn:1")
    assert inner[0] == "1"


def test_an_event_for_an_alias_is_invoked_under_its_name(lab: Lab) -> None:
    functions, seen = lab.client("lambda"), []

    def handler(event: Any, context: Any) -> None:
        seen.append(context.invoked_function_arn)

    lab.create_function("fn", handler)
    functions.publish_version(FunctionName="fn")
    functions.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    functions.invoke(FunctionName="fn", Qualifier="live", InvocationType="Event", Payload=b"{}")
    lab.run()
    assert seen == [f"{ARN}:live"]


def test_asynchronous_invocations_of_an_alias_have_limits_and_destinations_of_their_own(lab: Lab) -> None:
    # GIVEN a function that fails, an alias of it, and a queue for what the alias gives up at once
    functions, sqs = lab.client("lambda"), lab.client("sqs")
    runs: list[str] = []

    def handler(event: Any, context: Any) -> None:
        runs.append(context.invoked_function_arn)
        raise ValueError("no")

    lab.create_function("fn", handler)
    functions.publish_version(FunctionName="fn")
    functions.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    url = sqs.create_queue(QueueName="failed")["QueueUrl"]
    answer = functions.put_function_event_invoke_config(
        FunctionName="fn",
        Qualifier="live",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
    )
    assert answer["FunctionArn"] == f"{ARN}:live"
    # WHEN both are invoked
    for name in ("fn", "fn:live"):
        functions.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    lab.run()
    # THEN the alias was tried once, the function three times, and the record names alias and version
    assert (runs.count(f"{ARN}:live"), runs.count(ARN)) == (1, 3)
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    body = json.loads(message["Body"])
    assert body["requestContext"]["functionArn"] == f"{ARN}:live"
    assert body["responseContext"]["executedVersion"] == "1"
    # AND the configuration is listed with the function, and gone with it
    listed = functions.list_function_event_invoke_configs(FunctionName="fn")["FunctionEventInvokeConfigs"]
    assert [config["FunctionArn"] for config in listed] == [f"{ARN}:live"]
    functions.delete_function(FunctionName="fn")
    lab.create_function("fn", handler)
    assert functions.list_function_event_invoke_configs(FunctionName="fn")["FunctionEventInvokeConfigs"] == []
