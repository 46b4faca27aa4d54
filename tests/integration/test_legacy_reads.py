"""Reads with parameters from before expressions, held against DynamoDB Local."""

from __future__ import annotations

import random
from collections.abc import Iterator

import boto3
import pytest
from botocore.config import Config

from cdc_lab import Lab
from cdc_lab.emulator.dynamodb.attribute_values import accept_image
from cdc_lab.emulator.dynamodb.legacy import filter_of
from cdc_lab.errors import ServiceError

from ..strategies import TABLE, Call, Params, TableSpec
from .building import put
from .cases_legacy import (
    ATTRIBUTES,
    OPERATORS,
    READS,
    VALUES,
    WHOLE,
    expectations,
    query,
    random_condition,
    read,
)
from .comparing import Difference, compare_outcomes
from .divergences import as_the_service
from .dynamodb_local import DynamoDBLocal
from .running import BotoSide, Outcome, Run, Side, attempt
from .wire import wire_form

pytestmark = pytest.mark.integration

STORED = WHOLE | {"sk": {"N": "1"}}
RANDOM_FILTERS = 300


@pytest.fixture(scope="module")
def sides(dynamodb_local: DynamoDBLocal) -> Iterator[list[Side]]:
    """DynamoDB Local and a lab, with a table with a sort key and two items on both."""
    with Lab(seed=7):
        # Some calls are malformed on purpose: botocore sends them as it got them, as other SDKs do.
        unchecked = Config(parameter_validation=False)
        judged = BotoSide(lambda service: boto3.client(service, config=unchecked))  # type: ignore[call-overload]
        sides: list[Side] = [dynamodb_local.client, judged]
        for side in sides:
            side.call("dynamodb", "CreateTable", TableSpec("S", "N", None).create_params())
            for number in ("1", "2"):
                side.call("dynamodb", "PutItem", put(STORED | {"sk": {"N": number}}).params)
        yield sides
        dynamodb_local.client.call("dynamodb", "DeleteTable", {"TableName": TABLE})


def _judge(sides: list[Side], calls: list[Call]) -> None:
    found: list[Difference] = []
    for call in calls:
        one, other = (attempt(side, "dynamodb", call.operation, call.params) for side in sides)
        found += compare_outcomes(repr(call), call, as_the_service((call,), Run([one])).outcomes[0], other)
    assert not found, "\n".join(map(str, found[:20]))


def _random_filter(rng: random.Random) -> Params:
    names = rng.sample([name for name in ATTRIBUTES if name != "pk"], rng.randrange(1, 4))
    more = {"ConditionalOperator": rng.choice(("AND", "OR"))} if len(names) > 1 and rng.random() < 0.7 else {}
    return {"ScanFilter": {name: random_condition(rng, name) for name in names}} | more


def _filtered(call: Call) -> Outcome:
    """How many of the two items a filter lets pass, asked of the filter itself."""
    image = accept_image(wire_form("PutItem", put(STORED).params)["Item"])
    try:
        condition = filter_of(wire_form(call.operation, call.params))
    except ServiceError as error:
        return Outcome(error.code, error.message, {})
    return Outcome(None, None, {"Count": 2 * (condition is None or condition.holds(image))})


def _judge_filters(local: Side, calls: list[Call]) -> None:
    found: list[Difference] = []
    for call in calls:
        one = attempt(local, "dynamodb", call.operation, call.params)
        if one.ok:
            one = Outcome(None, None, {"Count": one.answer["Count"]})
        expected = as_the_service((call,), Run([one])).outcomes[0]
        found += compare_outcomes(repr(call), call, expected, _filtered(call))
    assert not found, "\n".join(map(str, found[:20]))


@pytest.mark.parametrize("operator", OPERATORS)
def test_filter_without_a_table(sides: list[Side], operator: str) -> None:
    for tag in VALUES:
        _judge_filters(sides[0], [read("Scan", ScanFilter=one) for one in expectations(operator, tag)])


def test_random_filters_without_a_table(sides: list[Side], rng: random.Random) -> None:
    _judge_filters(sides[0], [read("Scan", **_random_filter(rng)) for _ in range(RANDOM_FILTERS)])


@pytest.mark.parametrize("operator", OPERATORS)
def test_filter(sides: list[Side], operator: str) -> None:
    for tag in VALUES:
        filters = [one for one in expectations(operator, tag) if "pk" not in one]
        _judge(sides, [query(QueryFilter=one) for one in filters])
        _judge(sides, [read("Scan", ScanFilter=one) for one in filters])


def test_random_filters(sides: list[Side], rng: random.Random) -> None:
    _judge(sides, [read("Scan", **_random_filter(rng)) for _ in range(RANDOM_FILTERS)])


@pytest.mark.parametrize("name", READS)
def test_named_read(sides: list[Side], name: str) -> None:
    _judge(sides, [READS[name]])
