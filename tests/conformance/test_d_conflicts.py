"""D33, D35 and D36: what an ongoing transaction refuses, and what boto3 sends again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cdc_lab import Lab

KEY = {"pk": {"S": "a"}}
PUT = {"TableName": "tab", "Item": KEY}


@pytest.fixture
def lab():
    with Lab(seed=1) as lab:
        lab.create_table("tab", partition_key="pk")
        yield lab


def beside_a_transaction(lab: Lab, call: Callable[[Any], Any], **token: str) -> dict[str, Any]:
    """What a call is answered that takes effect while a transaction on the item is under way."""
    answers: list[dict[str, Any]] = []

    def first(event, context):
        boto3.client("dynamodb").transact_write_items(TransactItems=[{"Put": PUT}], **token)

    def second(event, context):
        try:
            answers.append(call(boto3.client("dynamodb")))
        except ClientError as error:
            answers.append(error.response)

    for name, handler in (("first", first), ("second", second)):
        lab.create_function(name, handler)
        lab.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    lab.run()
    return answers[0]


def outcome(answer: dict[str, Any]) -> tuple[str, list[str], int]:
    code = answer.get("Error", {}).get("Code", "ok")
    reasons = [reason["Code"] for reason in answer.get("CancellationReasons", [])]
    return code, reasons, answer["ResponseMetadata"]["RetryAttempts"]


CANCELED = ("TransactionCanceledException", ["TransactionConflict"], 0)
REFUSED = ("TransactionConflictException", [], 0)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda client: client.transact_write_items(TransactItems=[{"Put": PUT}]), CANCELED),
        (
            lambda client: client.transact_get_items(
                TransactItems=[{"Get": {"TableName": "tab", "Key": KEY}}]
            ),
            CANCELED,
        ),
        (lambda client: client.put_item(**PUT), REFUSED),
        (
            lambda client: client.update_item(TableName="tab", Key=KEY, UpdateExpression="REMOVE n"),
            REFUSED,
        ),
        (lambda client: client.delete_item(TableName="tab", Key=KEY), REFUSED),
        (lambda client: client.get_item(TableName="tab", Key=KEY), ("ok", [], 0)),
    ],
    ids=["write", "transactional read", "put", "update", "delete", "plain read"],
)
def test_d33_and_d35_an_ongoing_transaction_refuses_others_and_boto3_asks_once(lab, call, expected):
    assert outcome(beside_a_transaction(lab, call)) == expected
    assert len(lab.trace.conflicts) == (0 if expected[0] == "ok" else 1)


def test_d36_a_token_that_is_under_way_is_refused_and_boto3_asks_again(lab):
    answer = beside_a_transaction(
        lab,
        lambda client: client.transact_write_items(TransactItems=[{"Put": PUT}], ClientRequestToken="once"),
        ClientRequestToken="once",
    )
    code, _, retries = outcome(answer)
    assert code == "ok"
    assert retries > 0
    assert "TransactionInProgressException" in set(lab.trace.calls["outcome"])
