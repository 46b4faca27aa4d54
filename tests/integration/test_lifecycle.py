"""A stream's life, seen side by side with genuine DynamoDB Local."""

from __future__ import annotations

import pytest

from .dynamodb_local import DynamoDBLocal
from .lifecycle import SCENARIOS, live
from .running import BotoSide

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(dynamodb_local: DynamoDBLocal, lab_side: BotoSide, name: str) -> None:
    # WHEN the scenario is played on both sides
    expected = live(dynamodb_local.client, SCENARIOS[name])
    dynamodb_local.refresh()
    got = live(lab_side, SCENARIOS[name])
    # THEN both saw the same, step by step
    assert got == expected
