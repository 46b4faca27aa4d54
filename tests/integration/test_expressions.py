"""Hundreds of expressions on one item: the lab takes, refuses and computes what DynamoDB Local does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdc_lab import Lab

from ..strategies import TABLE, Call, TableSpec
from .building import ITEM, KEY, put
from .cases_expressions import CONDITIONS, UPDATES, condition_call, update_call
from .comparing import canonical, compare_outcomes, differences
from .divergences import as_the_service
from .dynamodb_local import DynamoDBLocal
from .running import BotoSide, Outcome, Run, Side, attempt

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def sides(dynamodb_local: DynamoDBLocal) -> Iterator[list[Side]]:
    """A table without a stream on both sides."""
    with Lab(seed=7) as lab:
        sides: list[Side] = [dynamodb_local.client, BotoSide(lab.client)]
        for side in sides:
            side.call("dynamodb", "CreateTable", TableSpec("S", None, None).create_params())
        yield sides
        dynamodb_local.client.call("dynamodb", "DeleteTable", {"TableName": TABLE})


def _ask(side: Side, call: Call) -> Run:
    # GIVEN the item as ever, WHEN the call is made
    side.call("dynamodb", "PutItem", put(ITEM).params)
    outcome: Outcome = attempt(side, "dynamodb", call.operation, call.params)
    after = side.call("dynamodb", "GetItem", {"TableName": TABLE, "Key": KEY, "ConsistentRead": True})
    return Run([outcome], [after["Item"]])


def _judge(sides: list[Side], call: Call) -> None:
    expected, got = as_the_service((call,), _ask(sides[0], call)), _ask(sides[1], call)
    # THEN the outcome is the same, and so is the item
    found = compare_outcomes(repr(call), call, expected.outcomes[0], got.outcomes[0])
    found += differences("item", canonical(expected.items[0]), canonical(got.items[0]))
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize("expression", UPDATES)
def test_update(sides: list[Side], expression: str) -> None:
    _judge(sides, update_call(expression))


@pytest.mark.parametrize("expression", CONDITIONS)
def test_condition(sides: list[Side], expression: str) -> None:
    _judge(sides, condition_call(expression))
