"""An attempt is an attempt: botocore's own retries decide, in lab time and by the lab's seed."""

from __future__ import annotations

import io
import random
import time
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from cdc_lab import Faults, Lab, LabError, Refusal
from cdc_lab.emulator.transport import Transport
from cdc_lab.testing import run_handler
from tests.older_packages import newer_botocore

THROUGHPUT = "ProvisionedThroughputExceededException"
CONFIGS: dict[str, dict[str, Any]] = {
    "default": {},
    "legacy": {"mode": "legacy"},
    "standard": {"mode": "standard"},
    "adaptive": {"mode": "adaptive"},
    "legacy, 2 retries": {"mode": "legacy", "max_attempts": 2},
    "standard, 2 in all": {"mode": "standard", "total_max_attempts": 2},
    "standard, no retry": {"mode": "standard", "max_attempts": 0},
    "adaptive, 5 in all": {"mode": "adaptive", "total_max_attempts": 5},
}
# Code, HTTP status, and how often in a row.
REFUSED = [
    (THROUGHPUT, 400, 1),
    (THROUGHPUT, 400, 99),
    ("ThrottlingException", 400, 3),
    ("RequestLimitExceeded", 400, 99),
    ("InternalServerError", 500, 2),
    ("ServiceUnavailable", 503, 99),
    ("TransactionConflictException", 400, 99),
    ("ConditionalCheckFailedException", 400, 99),
    ("AccessDeniedException", 400, 99),
    ("ReplicatedWriteConflictException", 409, 1),
]


class Wire:
    """The network as plain botocore meets it: it refuses so many requests, then it answers."""

    def __init__(self, code: str, status: int, times: int) -> None:
        self.attempts = 0
        self._refused = status, f'{{"__type": "com.amazonaws.dynamodb#{code}", "message": "no"}}', times

    def __call__(self, **_: Any) -> AWSResponse:
        self.attempts += 1
        status, body, times = self._refused
        if self.attempts > times:
            status, body = 200, "{}"
        raw = type("Raw", (), {"stream": lambda self: iter([body.encode()])})()
        return AWSResponse("https://wire", status, {}, raw)


def outcome(client: Any) -> tuple[str, Any, Any]:
    """What the caller of PutItem learns: error code, retries, and whether all attempts were used up."""
    try:
        metadata = client.put_item(TableName="tab", Item={"pk": {"S": "a"}})["ResponseMetadata"]
        code = "ok"
    except ClientError as error:
        metadata, code = error.response["ResponseMetadata"], error.response["Error"]["Code"]
    return code, metadata["RetryAttempts"], metadata.get("MaxAttemptsReached")


@pytest.mark.parametrize("retries", CONFIGS.values(), ids=CONFIGS)
def test_a_refusal_is_repeated_as_by_plain_botocore(  # D31, D32
    lab: Lab, retries: dict[str, Any]
) -> None:
    # GIVEN plain botocore, before a network that refuses so many requests
    expected = [by_plain_botocore(retries, *refused) for refused in REFUSED]
    # WHEN the lab refuses the same attempts of a handler's call
    lab.create_table("tab", "pk", stream_view_type=None)
    told: list[Any] = []
    lab.create_function("f", lambda event, context: told.append(outcome(clients.pop())), timeout=900)
    got, clients = [], []
    for code, _, times in REFUSED:
        clients.append(boto3.client("dynamodb", config=Config(retries=dict(retries))))
        before = len(lab.trace.calls)
        refusal = Refusal("dynamodb", "PutItem", code, times=times)
        cell(lab, refusal, lambda: lab.client("lambda").invoke(FunctionName="f", Payload=b"{}"))
        attempts = list(lab.trace.calls["attempt"])[before:]
        got.append((told[-1], len(attempts)))
        assert attempts == list(range(1, len(attempts) + 1))
    # THEN its caller learns the same, after as many attempts
    assert got == expected


def by_plain_botocore(retries: dict[str, Any], code: str, status: int, times: int) -> tuple[Any, int]:
    """What the caller of PutItem learns where no lab answers, and after how many attempts."""
    transport, Transport.current = Transport.current, None
    try:
        plain = boto3.client("dynamodb", region_name="us-east-1", config=Config(retries=dict(retries)))
        wire = Wire(code, status, times)
        plain.meta.events.register("before-send.dynamodb.PutItem", wire)
        with (
            patch("botocore.endpoint.time.sleep"),
            patch("botocore.retries.bucket.TokenBucket.acquire", return_value=True),
        ):
            return outcome(plain), wire.attempts
    finally:
        Transport.current = transport


def cell(lab: Lab, refusal: Refusal, call: Any) -> Any:
    """Make a call from a cell while faults are at work."""
    lab._account.functions.apply(Faults(refuse=[refusal]))
    try:
        return call()
    finally:
        lab._account.functions.apply(None)


def put(client: Any, pk: str = "a") -> Any:
    return client.put_item(TableName="tab", Item={"pk": {"S": pk}})


def test_in_a_cell_backoff_moves_the_labs_clock(lab: Lab) -> None:
    lab.create_table("tab", "pk", stream_view_type=None)
    real, before = time.monotonic(), lab.clock.time()
    answer = cell(
        lab, Refusal("dynamodb", "PutItem", THROUGHPUT, times=3), lambda: put(lab.client("dynamodb"))
    )
    assert answer["ResponseMetadata"]["RetryAttempts"] == 3
    # D31: up to 1, 2 and 4 seconds
    assert 0 < lab.clock.time() - before < 7
    assert time.monotonic() - real < 5  # nobody waited for the wall clock; 7 s at most if they did


def test_legacy_backoff_of_dynamodb_doubles_from_50_milliseconds(lab: Lab) -> None:  # D32
    lab.create_table("tab", "pk", stream_view_type=None)
    client = boto3.client("dynamodb", config=Config(retries={"mode": "legacy"}))
    before = lab.clock.time()
    with pytest.raises(client.exceptions.ProvisionedThroughputExceededException) as caught:
        cell(lab, Refusal("dynamodb", "PutItem", THROUGHPUT, times=99), lambda: put(client))
    metadata = caught.value.response["ResponseMetadata"]
    assert (metadata["RetryAttempts"], metadata["MaxAttemptsReached"]) == (9, True)
    assert lab.clock.time() - before == pytest.approx(0.05 * (2**9 - 1))


def waits(seed: int) -> list[float]:
    """When the attempts of three refused calls were made."""
    with Lab(seed=seed) as lab:
        lab.create_table("tab", "pk", stream_view_type=None)
        source, client = lab.create_table("source", "pk"), lab.client("dynamodb")
        faults = Faults(refuse=[Refusal("dynamodb", "PutItem", THROUGHPUT, share=0.5)])
        changes = [{"pk": f"x{n}"} for n in range(3)]
        trace = run_handler(lab, lambda e, c: put(client), source, changes, faults=faults, BatchSize=1)
        return list(trace.calls["at"].astype("int64"))


@newer_botocore
def test_jitter_follows_the_labs_seed_and_leaves_the_users_generator_alone() -> None:
    random.seed(1)
    state = random.getstate()
    first = waits(3)
    assert random.getstate() == state
    random.seed(2)
    assert waits(3) == first
    assert waits(4) != first


def test_a_handlers_backoff_is_a_step_and_its_timeout_cuts_it(lab: Lab) -> None:
    # GIVEN a call that is throttled for good, and a handler of three seconds
    lab.create_table("tab", "pk", stream_view_type=None)
    source, client = lab.create_table("source", "pk"), lab.client("dynamodb")
    faults = Faults(refuse=[Refusal("dynamodb", "PutItem", "ThrottlingException", times=99)])
    trace = run_handler(
        lab, lambda e, c: put(client), source, [{"pk": "x"}], faults=faults, MaximumRetryAttempts=0
    )
    # THEN waits of up to 1, 2, 4 seconds fit or are cut; the clock shows lab time alone
    assert set(trace.invocations["outcome"]) <= {"timeout", "error"}
    assert trace.invocations["duration_ms"].max() <= 3000
    # AND a crash can follow a wait: attempt, wait, attempt
    (plan,) = lab._account.functions.disturbed
    assert plan.steps >= 2 * len(trace.calls) - 1


def test_what_is_not_retried_is_one_attempt(lab: Lab) -> None:
    table = lab.create_table("tab", "pk", stream_view_type=None)
    client, before = lab.client("dynamodb"), lab.clock.time()
    with pytest.raises(ClientError) as caught:
        table.put_item(Item={"pk": "a"}, ConditionExpression="attribute_exists(pk)")
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    with pytest.raises(ClientError) as caught:
        client.put_item(TableName="tab", Item={"other": {"S": "a"}})
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    transaction = [{"Put": {"TableName": "tab", "Item": {"pk": {"S": "a"}}}}]
    for reason in ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"):
        canceled = Refusal("dynamodb", "TransactWriteItems", "TransactionCanceledException", reason=reason)
        with pytest.raises(client.exceptions.TransactionCanceledException) as canceled_call:
            cell(lab, canceled, lambda: client.transact_write_items(TransactItems=transaction))
        response = canceled_call.value.response
        assert [one["Code"] for one in response["CancellationReasons"]] == [reason]
        assert response["ResponseMetadata"]["RetryAttempts"] == 0
    assert lab.clock.time() == before
    assert client.scan(TableName="tab")["Count"] == 0


def test_transaction_in_progress_is_retried_with_the_same_token(lab: Lab) -> None:
    table = lab.create_table("tab", "pk", stream_view_type=None)
    add = {
        "Update": {
            "TableName": "tab",
            "Key": {"pk": {"S": "a"}},
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }
    # GIVEN a transaction whose effect stood and whose answer was lost
    lost = Refusal("dynamodb", "TransactWriteItems", "InternalServerError", after=True)
    client = lab.client("dynamodb")
    answer = cell(lab, lost, lambda: client.transact_write_items(TransactItems=[add]))
    # THEN boto3 sends its ClientRequestToken again, and it counts once (D20)
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert table.get_item(Key={"pk": "a"})["Item"]["n"] == 1
    # WHILE a plain update counts twice
    lost = Refusal("dynamodb", "UpdateItem", "InternalServerError", after=True)
    cell(lab, lost, lambda: client.update_item(**add["Update"]))
    assert table.get_item(Key={"pk": "a"})["Item"]["n"] == 3


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_the_retry_quota_and_the_token_bucket_live_in_lab_time(lab: Lab, mode: str) -> None:
    lab.create_table("tab", "pk", stream_view_type=None)
    client = boto3.client("dynamodb", config=Config(retries={"mode": mode}))
    real = time.monotonic()
    for _ in range(20):
        cell(lab, Refusal("dynamodb", "PutItem", THROUGHPUT, times=2), lambda: put(client))
    spent = lab.clock.time()
    for _ in range(5):
        put(client)
    # An adaptive client holds attempts back after it was throttled, also those that succeed.
    assert (lab.clock.time() > spent) == (mode == "adaptive")
    assert time.monotonic() - real < 20


@newer_botocore
def test_a_standard_clients_quota_runs_dry(lab: Lab) -> None:
    lab.create_table("tab", "pk", stream_view_type=None)
    client = boto3.client("dynamodb", config=Config(retries={"mode": "standard"}))
    retried = []
    for _ in range(40):
        with pytest.raises(ClientError) as caught:
            cell(lab, Refusal("dynamodb", "PutItem", THROUGHPUT, times=9), lambda: put(client))
        retried.append(caught.value.response["ResponseMetadata"]["RetryAttempts"])
    # 500 tokens, 5 for each retry that follows a throttle, none of which comes back (D31)
    assert sum(retried) == 100
    assert retried[:33] == [3] * 33
    assert retried[-1] == 0


# ---- other services ----------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "attempts"), [("standard", 3), ("legacy", 5)])  # D31, D32
def test_lambdas_own_throttle_is_retried(lab: Lab, mode: str, attempts: int) -> None:
    # GIVEN a function without room, and one that invokes it
    lab.create_function("full", lambda event, context: "done", reserved_concurrency=0)
    client = boto3.client("lambda", config=Config(retries={"mode": mode}))
    before = lab.clock.time()
    with pytest.raises(client.exceptions.TooManyRequestsException) as caught:
        client.invoke(FunctionName="full", Payload=b"{}")
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == attempts - 1
    assert lab.clock.time() > before


def test_a_payload_that_is_read_is_read_again(lab: Lab) -> None:
    seen: list[Any] = []
    lab.create_function("f", lambda event, context: seen.append(event))
    throttle = Refusal("lambda", "Invoke", "TooManyRequestsException", after=True)
    payload = io.BytesIO(b'{"n": 1}')
    cell(lab, throttle, lambda: lab.client("lambda").invoke(FunctionName="f", Payload=payload))
    assert seen == [{"n": 1}, {"n": 1}]


@pytest.mark.parametrize("mode", ["standard", "legacy", "adaptive"])
def test_a_service_of_motos_is_retried_in_lab_time(lab: Lab, mode: str) -> None:
    sqs = boto3.client("sqs", config=Config(retries={"mode": mode}))
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    source = lab.create_table("source", "pk")

    def handler(event: Any, context: Any) -> Any:
        return sqs.send_message(QueueUrl=queue, MessageBody="x")["ResponseMetadata"]["RetryAttempts"]

    faults = Faults(
        refuse=[
            Refusal("sqs", "SendMessage", "InternalServerError", after=True),
            Refusal("sqs", "SendMessage", "RequestThrottled", skip=1),
        ]
    )
    real = time.monotonic()
    trace = run_handler(lab, handler, source, [{"pk": "x"}], faults=faults, function={"timeout": 60})
    assert list(trace.calls["outcome"]) == ["InternalServerError", "RequestThrottled", "ok"]
    assert time.monotonic() - real < 30
    # Its effect stood the first time: the message is there twice.
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in received] == ["x", "x"]


# ---- connections -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "after", "seconds", "stands"),
    [
        (EndpointConnectionError, False, 0.005, False),
        (ConnectionClosedError, True, 0.005, True),
        (ConnectTimeoutError, False, 7, False),
        (ReadTimeoutError, False, 9, False),
        (ReadTimeoutError, True, 9, True),
    ],
)
def test_a_lost_connection_is_botocores_own_exception(
    lab: Lab, kind: type[Exception], after: bool, seconds: float, stands: bool
) -> None:
    table = lab.create_table("tab", "pk", stream_view_type=None)
    source = lab.create_table("source", "pk")
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=7, read_timeout=9)
    client = boto3.client("dynamodb", config=config)
    met: list[Exception] = []

    def handler(event: Any, context: Any) -> None:
        try:
            put(client)
        except Exception as error:
            met.append(error)

    faults = Faults(refuse=[Refusal("dynamodb", "PutItem", kind.__name__, after=after)])
    trace = run_handler(lab, handler, source, [{"pk": "x"}], faults=faults, function={"timeout": 60})
    assert [type(error) for error in met] == [kind]
    assert "dynamodb.us-east-1.amazonaws.com" in str(met[0])
    assert list(trace.calls["took_ms"]) == [pytest.approx(seconds * 1000)]
    assert ("Item" in table.get_item(Key={"pk": "a"})) is stands


def test_a_read_timeout_outlives_a_handler_of_three_seconds(lab: Lab) -> None:
    # GIVEN the defaults: botocore waits 60 s for an answer, Lambda 3 s for the handler
    table, source = lab.create_table("tab", "pk", stream_view_type=None), lab.create_table("source", "pk")
    client = lab.client("dynamodb")
    faults = Faults(refuse=[Refusal("dynamodb", "PutItem", "ReadTimeoutError", after=True)])
    trace = run_handler(
        lab, lambda e, c: put(client), source, [{"pk": "x"}], faults=faults, MaximumRetryAttempts=0
    )
    assert list(trace.invocations["outcome"]) == ["timeout"]
    assert list(trace.calls["outcome"]) == ["unanswered"]
    assert "Item" in table.get_item(Key={"pk": "a"})


def test_a_lab_error_is_no_refusal(lab: Lab) -> None:
    current = Transport.current
    assert current is not None

    def broken(operation: str, params: Any, region: str) -> Any:
        calls.append(operation)
        raise LabError("misuse")

    calls: list[str] = []
    current._answers["lambda"] = broken
    with pytest.raises(LabError, match="misuse"):
        lab.client("lambda").list_functions()
    assert calls == ["ListFunctions"]
