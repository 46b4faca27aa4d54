"""Powertools in a lab: its caches remember nothing of another lab, and its logger logs as on Lambda."""

from __future__ import annotations

import logging
from typing import Any

import boto3
import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

from cdc_lab import Lab


def test_parameters_are_read_anew_in_each_lab(monkeypatch: Any) -> None:
    # GIVEN a function that reads a parameter in both ways, with a provider that outlives the labs
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    provider = parameters.SSMProvider()

    def handler(event: Any, context: Any) -> list[Any]:
        return [parameters.get_parameter("/limit"), provider.get("/limit")]

    for value in ("10", "20"):
        # WHEN it is run in labs with another value each
        with Lab() as lab:
            lab.client("ssm").put_parameter(Name="/limit", Value=value, Type="String")
            lab.create_function("f", handler)
            answers = [lab.client("lambda").invoke(FunctionName="f")["Payload"].read() for _ in range(2)]
        # THEN it gets that value; within a lab the cache works as ever
        assert answers == [f'["{value}", "{value}"]'.encode()] * 2


def test_idempotency_remembers_nothing_of_another_lab(monkeypatch: Any) -> None:
    # GIVEN a persistence layer with a local cache, made once
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    layer = DynamoDBPersistenceLayer(table_name="done")
    shipped = boto3.resource("dynamodb").Table("shipped")

    config = IdempotencyConfig(use_local_cache=True)

    @idempotent_function(data_keyword_argument="order", persistence_store=layer, config=config)
    def ship(order: str) -> str:
        count = {":one": 1}
        shipped.update_item(Key={"id": order}, UpdateExpression="ADD n :one", ExpressionAttributeValues=count)
        return order

    def handler(event: Any, context: Any) -> None:
        config.register_lambda_context(context)
        ship(order="o1")

    for _ in range(2):
        # WHEN the same order is shipped, twice in each of two labs
        with Lab() as lab:
            lab.create_table("done", "id", stream_view_type=None)
            lab.create_table("shipped", "id", stream_view_type=None)
            lab.create_function("f", handler)
            for _ in range(2):
                assert lab.client("lambda").invoke(FunctionName="f")["Payload"].read() == b"null"
            # THEN it is shipped once in each
            found = lab.resource("dynamodb").Table("shipped").scan()["Items"]
            assert found == [{"id": "o1", "n": 1}]


@pytest.mark.parametrize("asks_for_both", [False, True])
def test_its_logger_logs_a_line_once(asks_for_both: bool) -> None:
    # GIVEN a logger that was made before the lab was opened, one below it, and a plain one
    logger = Logger(service="a-service-of-orders")
    below = Logger(service="a-service-of-orders", child=True)
    plain = logging.getLogger("a-library-of-orders")

    def handler(event: Any, context: Any) -> None:
        for one in (logger, below, plain):
            one.warning("looking")

    # WHEN a handler logs
    with Lab() as lab:
        environment = {"POWERTOOLS_LOG_DEDUPLICATION_DISABLED": "true"} if asks_for_both else {}
        lab.create_function("f", handler, environment=environment)
        lab.client("lambda").invoke(FunctionName="f")
        lines = [row.line for row in lab.trace.rows.logs if "looking" in row.line]
    # THEN each line stands there once: Powertools keeps the runtime's own handler from printing it again
    printed = [line for line in lines if line.startswith("{")]
    assert len(printed) == 2
    assert len(lines) == (5 if asks_for_both else 3)
