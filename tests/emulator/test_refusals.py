"""Faults that refuse AWS calls: which, when, with what, and that they are told back."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections import Counter
from typing import Any

import boto3
import pytest
from botocore.config import Config
from hypothesis import given, note
from hypothesis import strategies as st

from cdc_lab import Faults, Lab, LabError, Refusal
from cdc_lab.patterns import process_batch, process_with_idempotency
from cdc_lab.testing import run_handler
from tests.emulator.test_attempts import cell
from tests.emulator.worlds import world_settings
from tests.older_packages import newer_botocore

ONCE = Config(retries={"total_max_attempts": 1})
THROUGHPUT = "ProvisionedThroughputExceededException"


def run(lab: Lab, handler: Any, faults: Faults, count: int = 1, **mapping: Any) -> Any:
    """Run a handler behind a stream of so many records."""
    source = lab.create_table("source", "pk")
    changes = [{"pk": f"x{n}"} for n in range(count)]
    return run_handler(lab, handler, source, changes, faults=faults, function={"timeout": 60}, **mapping)


# ---- the recipe ----------------------------------------------------------------------------------


def test_repr_is_the_recipe() -> None:
    faults = Faults(
        seed=3,
        refuse=[
            Refusal("dynamodb", "PutItem", THROUGHPUT, times=2, table="orders", key={"pk": "a", "n": 1}),
            Refusal("sqs", "", "ServiceUnavailable", share=0.25, after=True),
            Refusal("dynamodb", "BatchWriteItem", "UnprocessedItems", items=2, skip=1),
        ],
        refusals=0.1,
    )
    assert eval(repr(faults)) == faults
    assert pickle.loads(pickle.dumps(faults)) == faults
    assert repr(Refusal("lambda", "Invoke", "TooManyRequestsException")) == (
        "Refusal('lambda', 'Invoke', 'TooManyRequestsException')"
    )
    one = Refusal("sqs", "SendMessage", "RequestThrottled")
    assert Faults(refuse=[one]) == Faults(refuse=(one,)) != Faults()


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (("dynamo", "PutItem", THROUGHPUT), "no service 'dynamo'"),
        (("dynamodb", "PutItm", THROUGHPUT), "no operation 'PutItm'; it has PutItem"),
        (("dynamodb", "PutItem", "ThrotlingException"), "PutItem has no error 'ThrotlingException'; it has "),
        (("dynamodb", "GetItem", "TransactionCanceledException"), "ThrottlingException"),
        (("dynamodb", "PutItem", "UnprocessedItems"), "PutItem has no error 'UnprocessedItems'"),
        (("sqs", "SendMessage", 429), "SendMessage has no error 429"),
    ],
)
def test_what_an_operation_does_not_have_is_refused_with_what_it_has(wrong: Any, text: str) -> None:
    with pytest.raises(LabError, match=text):
        Refusal(*wrong)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"times": 0}, "times=0"),
        ({"skip": -1}, "skip=-1"),
        ({"share": 1.0}, r"share=1\.0"),
        ({"share": 0.5, "times": 2}, "times and skip"),
        ({"items": 1}, "UnprocessedItems"),
        ({"reason": "TransactionConflict"}, "TransactionCanceledException"),
        ({"key": {"pk": 0.5}}, "Float"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any], text: str) -> None:
    with pytest.raises(LabError, match=text):
        Refusal("dynamodb", "PutItem", THROUGHPUT, **wrong)


def test_a_table_of_another_service_and_an_effect_that_cannot_be_are_refused() -> None:
    with pytest.raises(LabError, match="calls of dynamodb have a table"):
        Refusal("sqs", "SendMessage", "RequestThrottled", table="orders")
    with pytest.raises(LabError, match="nothing was done"):
        Refusal("dynamodb", "PutItem", "ConnectTimeoutError", after=True)
    with pytest.raises(LabError, match="give a list"):
        Faults(refuse=Refusal("sqs", "SendMessage", "RequestThrottled"))  # type: ignore[arg-type]
    with pytest.raises(LabError, match="refusals"):
        Faults(refusals=1.0)


# ---- what strikes --------------------------------------------------------------------------------


@newer_botocore
def test_table_and_key_choose_the_call(lab: Lab) -> None:
    for name in ("aaa", "bbb"):
        lab.create_table(name, ("pk", "S"), ("n", "N"), stream_view_type=None)
    client = boto3.client("dynamodb", config=ONCE)

    def answers(refusal: Refusal, operation: str = "put_item", member: str = "Item") -> list[str]:
        told = []

        def calls() -> None:
            for table in ("aaa", "bbb", f"arn:aws:dynamodb:us-east-1:{'1' * 12}:table/aaa"):
                for number in ("1", "1.0", "2"):
                    item = {"pk": {"S": "x"}, "n": {"N": number}}
                    try:
                        getattr(client, operation)(TableName=table, **{member: item})
                        told.append(".")
                    except client.exceptions.ResourceNotFoundException:
                        told.append(".")
                    except client.exceptions.ThrottlingException:
                        told.append("T")

        cell(lab, refusal, calls)
        return "".join(told)  # type: ignore[return-value]

    many = {"times": 99}
    throttled = ("dynamodb", "PutItem", "ThrottlingException")
    assert answers(Refusal(*throttled, **many)) == "TTTTTTTTT"
    assert answers(Refusal(*throttled, table="aaa", **many)) == "TTT...TTT"
    assert answers(Refusal(*throttled, key={"pk": "x", "n": 1}, **many)) == "TT.TT.TT."
    assert answers(Refusal(*throttled, key={"n": 2}, table="bbb", **many)) == ".....T..."
    assert answers(Refusal(*throttled, skip=2, times=3)) == "..TTT...."
    assert answers(Refusal("dynamodb", "", "ThrottlingException", times=2)) == "TT......."
    assert answers(Refusal("dynamodb", "GetItem", "ThrottlingException", **many)) == "........."
    by_key = Refusal("dynamodb", "DeleteItem", "ThrottlingException", key={"n": 2}, **many)
    assert answers(by_key, "delete_item", "Key") == "..T..T..T"


@pytest.mark.parametrize("after", [False, True])
def test_before_the_effect_or_after_it(lab: Lab, after: bool) -> None:
    table = lab.create_table("tab", "pk", stream_view_type=None)
    client = boto3.client("dynamodb", config=ONCE)
    refusal = Refusal("dynamodb", "PutItem", "ServiceUnavailable", after=after)
    with pytest.raises(client.exceptions.ClientError) as caught:
        cell(lab, refusal, lambda: client.put_item(TableName="tab", Item={"pk": {"S": "a"}}))
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert ("Item" in table.get_item(Key={"pk": "a"})) is after


def test_faults_end_with_the_run(lab: Lab) -> None:
    table = lab.create_table("tab", "pk", stream_view_type=None)
    refusal = Refusal("dynamodb", "PutItem", "InternalServerError", times=99)
    run(lab, lambda e, c: None, Faults(refuse=[refusal]))
    assert table.put_item(Item={"pk": "a"})["ResponseMetadata"]["RetryAttempts"] == 0


def test_lambdas_own_calls_are_not_refused(lab: Lab) -> None:
    # GIVEN a handler that fails for good, and a queue for what is given up
    sqs = lab.client("sqs")
    url = sqs.create_queue(QueueName="failed")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    faults = Faults(refuse=[Refusal("sqs", "", "ServiceUnavailable", times=99)])

    def handler(event: Any, context: Any) -> None:
        raise ValueError

    trace = run(
        lab, handler, faults, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    assert list(trace.failures["delivered"]) == [True]


def test_a_batch_done_in_part(lab: Lab) -> None:  # D34
    table = lab.create_table("tab", "pk", stream_view_type=None)
    client = lab.client("dynamodb")
    items = [{"pk": {"S": f"k{n}"}, "raw": {"B": b"\x00"}} for n in range(5)]
    batch = {"tab": [{"PutRequest": {"Item": item}} for item in items]}
    partial = ("dynamodb", "BatchWriteItem", "UnprocessedItems")
    # WHEN two items come back
    answer = cell(lab, Refusal(*partial, items=2), lambda: client.batch_write_item(RequestItems=batch))
    back = answer["UnprocessedItems"]["tab"]
    # THEN they are as they were sent, the others are there, and botocore tried once
    assert len(back) == 2
    assert all(one in batch["tab"] for one in back)
    assert client.scan(TableName="tab")["Count"] == 3
    assert answer["ResponseMetadata"]["RetryAttempts"] == 0
    # AND by key: that one
    named = Refusal(*partial, key={"pk": "k4"})
    answer = cell(lab, named, lambda: client.batch_write_item(RequestItems=batch))
    assert answer["UnprocessedItems"]["tab"] == [batch["tab"][4]]
    # AND when all would, the batch is refused, which botocore does retry
    answer = cell(lab, Refusal(*partial, items=5), lambda: client.batch_write_item(RequestItems=batch))
    assert (answer["UnprocessedItems"], answer["ResponseMetadata"]["RetryAttempts"]) == ({}, 1)

    # AND a batch_writer sends them again
    def through_a_writer() -> None:
        with table.batch_writer() as writer:
            for n in range(40):
                writer.put_item(Item={"pk": f"w{n}"})

    cell(lab, Refusal(*partial, items=3, times=2), through_a_writer)
    assert client.scan(TableName="tab")["Count"] == 45


def test_a_batch_read_in_part(lab: Lab) -> None:  # D34
    table = lab.create_table("tab", ("pk", "B"), stream_view_type=None)
    for n in range(3):
        table.put_item(Item={"pk": bytes([n])})
    client, keys = lab.client("dynamodb"), [{"pk": {"B": bytes([n])}} for n in range(3)]
    asked = {"tab": {"Keys": keys, "ConsistentRead": True}}
    refusal = Refusal("dynamodb", "BatchGetItem", "UnprocessedKeys", key={"pk": b"\x01"})
    answer = cell(lab, refusal, lambda: client.batch_get_item(RequestItems=asked))
    assert answer["UnprocessedKeys"] == {"tab": {"Keys": [keys[1]], "ConsistentRead": True}}
    assert sorted(item["pk"]["B"] for item in answer["Responses"]["tab"]) == [b"\x00", b"\x02"]


def test_the_reasons_name_the_items_of_the_key(lab: Lab) -> None:
    lab.create_table("tab", "pk", stream_view_type=None)
    client = lab.client("dynamodb")
    actions = [{"Put": {"TableName": "tab", "Item": {"pk": {"S": pk}}}} for pk in "abc"]
    refusal = Refusal("dynamodb", "TransactWriteItems", "TransactionCanceledException", key={"pk": "b"})
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        cell(lab, refusal, lambda: client.transact_write_items(TransactItems=actions))
    response = caught.value.response
    assert [one["Code"] for one in response["CancellationReasons"]] == [
        "None", "TransactionConflict", "None",
    ]  # fmt: skip
    assert "[None, TransactionConflict, None]" in response["Error"]["Message"]


# ---- shares, shrinking, schedules ------------------------------------------------------------------


def counting(lab: Lab) -> Any:
    """A handler that counts its records with ADD, in a table of totals."""
    totals = lab.create_table("totals", "pk", stream_view_type=None)

    def handler(event: Any, context: Any) -> None:
        for _ in event["Records"]:
            totals.update_item(
                Key={"pk": "all"},
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": 1},
            )

    return handler


def test_a_share_of_attempts_is_refused_before_or_after_its_effect(lab: Lab) -> None:
    trace = run(lab, counting(lab), Faults(seed=5, refusals=0.3), count=100, BatchSize=1)
    outcomes = Counter(trace.calls["outcome"])
    assert set(outcomes) == {"ok", THROUGHPUT, "InternalServerError"}
    assert 0.2 < 1 - outcomes["ok"] / outcomes.total() < 0.4
    # Some effects stood before the retry, so that ADD counted them twice.
    counted = lab.resource("dynamodb").Table("totals").get_item(Key={"pk": "all"})["Item"]["n"]
    assert counted > 100


def test_shrinking_leaves_what_is_needed() -> None:
    def fails(faults: Faults) -> bool:
        with Lab() as lab:
            run(lab, counting(lab), faults, count=3)
            table = lab.resource("dynamodb").Table("totals")
            return bool(table.get_item(Key={"pk": "all"})["Item"]["n"] != 3)

    lost = Refusal("dynamodb", "UpdateItem", "InternalServerError", times=2, skip=1, after=True)
    noise = Refusal("dynamodb", "", "ThrottlingException", times=3)
    shortest = Faults(seed=1, refuse=[noise, lost], refusals=0.05, duplicates=0.1).shrink(fails)
    assert shortest.duplicates == shortest.refusals == 0
    assert shortest.refuse == (Refusal("dynamodb", "UpdateItem", "InternalServerError", after=True),)


REPLAY = """
import json, sys
sys.path.insert(0, {root!r})
from cdc_lab import Faults, Lab
from tests.emulator.test_refusals import counting, run
with Lab(seed=4) as lab:
    faults = Faults(seed=9, refusals=0.4, crash_after=3)
    trace = run(lab, counting(lab), faults, count=12, BatchSize=2)
    calls = trace.calls.drop(columns="at").to_csv() + str(list(trace.calls["at"].astype("int64")))
print(json.dumps(calls))
"""


def test_the_same_in_every_process() -> None:
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    shown = {
        subprocess.run(
            [sys.executable, "-c", REPLAY.format(root=root)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "77")
    }
    assert len(shown) == 1
    assert "InternalServerError" in json.loads(shown.pop())


# ---- nothing is lost -------------------------------------------------------------------------------

SOME = world_settings(12)
OPERATIONS = ("UpdateItem", "PutItem", "GetItem", "TransactWriteItems")
ERRORS = (
    THROUGHPUT, "ThrottlingException", "InternalServerError", "ServiceUnavailable", "RequestLimitExceeded",
    "ConnectionClosedError", "EndpointConnectionError", "ReadTimeoutError", "ConnectTimeoutError",
)  # fmt: skip
refusals = st.builds(
    lambda operation, error, times, skip, after: Refusal(
        "dynamodb", operation, error, times=times, skip=skip, after=after and "Endpoint" not in error
        and "ConnectT" not in error,
    ),
    st.sampled_from(OPERATIONS),
    st.sampled_from(ERRORS),
    st.integers(1, 12),
    st.integers(0, 6),
    st.booleans(),
)  # fmt: skip
faulty = st.builds(
    Faults,
    seed=st.integers(0, 99),
    refuse=st.lists(refusals, max_size=3),
    refusals=st.sampled_from([0.0, 0.1, 0.3]),
    duplicates=st.sampled_from([0.0, 0.3]),
    lost_acks=st.sampled_from([0.0, 0.3]),
    crash_after=st.sampled_from([(), 2, (1, 5)]),
)


@SOME
@given(
    faults=faulty,
    batch_size=st.integers(1, 6),
    style=st.sampled_from(["idempotent", "put", "partial"]),
    mode=st.sampled_from(["standard", "legacy", "adaptive"]),
)
def test_handlers_that_follow_the_patterns_lose_nothing_and_count_once(
    faults: Faults, batch_size: int, style: str, mode: str
) -> None:
    count = 8
    note(f"{faults!r}, BatchSize={batch_size}, {style}, {mode}")
    with Lab(seed=1) as lab:
        done = lab.create_table("done", "event_id", stream_view_type=None)
        totals = lab.create_table("totals", "pk", stream_view_type=None)
        dynamodb = boto3.resource("dynamodb", config=Config(retries={"mode": mode}))

        def once(record: Any) -> None:
            add = {
                "Update": {
                    "TableName": "totals",
                    "Key": {"pk": "all"},
                    "UpdateExpression": "ADD n :one",
                    "ExpressionAttributeValues": {":one": 1},
                }
            }
            process_with_idempotency(record, dynamodb.Table("done"), [add])

        def put(record: Any) -> None:
            keys = record["dynamodb"]["Keys"]["pk"]["S"]
            dynamodb.Table("totals").put_item(Item={"pk": keys})

        work = put if style == "put" else once

        def handler(event: Any, context: Any) -> Any:
            if style == "partial":
                return process_batch(event, work)
            for record in event["Records"]:
                work(record)
            return None

        mapping: dict[str, Any] = {"BatchSize": batch_size}
        if style == "partial":
            mapping["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
        trace = run(lab, handler, faults, count, **mapping)
        # THEN nothing was given up within the day that Lambda retries for, and each record counted once
        assert trace.failures.empty
        if style == "put":
            assert totals.scan()["Count"] == count
        else:
            assert totals.get_item(Key={"pk": "all"})["Item"]["n"] == count
            assert done.scan()["Count"] == count
