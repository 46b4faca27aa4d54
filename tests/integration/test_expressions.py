"""Hundreds of expressions on one item: the lab takes, refuses and computes what DynamoDB Local does."""

from __future__ import annotations

import pytest

from .cases_expressions import CONDITIONS, UPDATES, condition_call, update_call
from .judging import judge
from .running import Side

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("expression", UPDATES)
def test_update(sides: list[Side], expression: str) -> None:
    judge(sides, update_call(expression))


@pytest.mark.parametrize("expression", CONDITIONS)
def test_condition(sides: list[Side], expression: str) -> None:
    judge(sides, condition_call(expression))
