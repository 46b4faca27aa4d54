"""Every named history: the same outcomes, items and records as genuine DynamoDB Local's."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cdc_lab import Lab

from ..strategies import VIEW_TYPES, Call, History, TableSpec
from . import cases_conditions, cases_refusals, cases_updates
from .comparing import compare, report
from .divergences import as_the_service
from .dynamodb_local import DynamoDBLocal
from .running import BotoSide, run

pytestmark = pytest.mark.integration

Calls = tuple[Call, ...]
NAMED = {
    **cases_updates.RETURNED,
    **cases_updates.NO_CHANGE,
    **cases_updates.UPDATES,
    **cases_conditions.CONDITIONS,
    **cases_refusals.ITEMS,
    **cases_refusals.BATCHES,
    **cases_refusals.TRANSACTIONS,
}


@pytest.fixture(scope="module")
def lab_side() -> Iterator[BotoSide]:
    """One lab for all of them: each history makes its table anew."""
    with Lab(seed=7) as lab:
        yield BotoSide(lab.client)


@pytest.fixture(scope="module")
def judge(dynamodb_local: DynamoDBLocal, lab_side: BotoSide) -> Callable[[History], None]:
    def judged(history: History) -> None:
        # WHEN the history happens on DynamoDB Local and in the lab
        expected = as_the_service(history.calls, run(dynamodb_local.client, history))
        dynamodb_local.refresh()
        got = run(lab_side, history)
        # THEN nothing differs
        found = compare(history, expected, got)
        assert not found, report(history, found)

    return judged


@pytest.mark.parametrize("name", NAMED)
def test_named_history(judge: Callable[[History], None], name: str) -> None:
    judge(History(TableSpec("S", None, "NEW_AND_OLD_IMAGES"), NAMED[name]))


@pytest.mark.parametrize("view_type", VIEW_TYPES)
@pytest.mark.parametrize("name", cases_updates.NO_CHANGE)
def test_no_change_under_each_view_type(judge: Callable[[History], None], name: str, view_type: str) -> None:
    judge(History(TableSpec("S", None, view_type), cases_updates.NO_CHANGE[name]))
