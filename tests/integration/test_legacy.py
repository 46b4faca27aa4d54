"""Writes with parameters from before expressions: the lab does what DynamoDB Local does."""

from __future__ import annotations

import random

import pytest

from ..strategies import Call, Params
from .building import delete, put
from .cases_legacy import (
    ACTIONS,
    CALLS,
    OPERATORS,
    VALUES,
    WHOLE,
    expectations,
    random_call,
    removes_alone,
    updates,
)
from .comparing import Difference, compare_outcomes
from .divergences import as_the_service
from .judging import found_by, judge
from .running import Run, Side, attempt

pytestmark = pytest.mark.integration

RANDOM_CALLS = 300


def _judge_answers(sides: list[Side], calls: list[Call]) -> None:
    """Hold the answers against each other, of calls that leave everything as it is."""
    found: list[Difference] = []
    for call in calls:
        one, other = (attempt(side, "dynamodb", call.operation, call.params) for side in sides)
        expected = as_the_service((call,), Run([one])).outcomes[0]
        found += compare_outcomes(repr(call), call, expected, other)
    assert not found, "\n".join(map(str, found[:20]))


def _judge_all(sides: list[Side], calls: list[Call], before: Params | None = WHOLE) -> None:
    found = [difference for call in calls for difference in found_by(sides, call, before)]
    assert not found, "\n".join(map(str, found[:20]))


@pytest.mark.parametrize("operator", OPERATORS)
def test_expected(sides: list[Side], operator: str) -> None:
    # GIVEN an item, WHEN it is put again, expecting all kinds of things of it
    for side in sides:
        side.call("dynamodb", "PutItem", put(WHOLE).params)
    for tag in VALUES:
        _judge_answers(sides, [put(WHOLE, Expected=one) for one in expectations(operator, tag)])


@pytest.mark.parametrize("operator", OPERATORS)
def test_expected_of_no_item(sides: list[Side], operator: str) -> None:
    # GIVEN no item, WHEN it is deleted, expecting all kinds of things of it
    for side in sides:
        side.call("dynamodb", "DeleteItem", delete().params)
    for tag in ("S", "NULL"):
        _judge_answers(sides, [delete(Expected=one) for one in expectations(operator, tag)])


@pytest.mark.parametrize("tag", [*VALUES, ""])
@pytest.mark.parametrize("action", ACTIONS)
def test_update(sides: list[Side], action: str | None, tag: str) -> None:
    _judge_all(sides, updates(action, tag))


@pytest.mark.parametrize("tag", [*VALUES, ""])
@pytest.mark.parametrize("action", ["PUT", "ADD"])
def test_update_of_no_item(sides: list[Side], action: str, tag: str) -> None:
    _judge_all(sides, updates(action, tag), None)


@pytest.mark.parametrize("name", CALLS)
def test_named_call(sides: list[Side], name: str) -> None:
    judge(sides, CALLS[name])


def test_random_calls(sides: list[Side], rng: random.Random) -> None:
    calls = [random_call(rng) for _ in range(RANDOM_CALLS)]
    there, missing = calls[::2], [call for call in calls[1::2] if not removes_alone(call)]
    _judge_all(sides, there)
    _judge_all(sides, missing, None)
