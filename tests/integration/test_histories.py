"""Random histories: genuine DynamoDB Local and the lab give the same outcomes, items and records.

``CDC_LAB_HISTORIES`` says how many (60 unless told), ``CDC_LAB_TEST_SEED`` which ones.
"""

from __future__ import annotations

from collections.abc import Callable

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cdc_lab import Lab

from .. import partiql_strategies, strategies
from ..strategies import History
from .comparing import compare, report
from .divergences import as_the_service
from .dynamodb_local import DynamoDBLocal
from .running import BotoSide, run

pytestmark = pytest.mark.integration

Trial = Callable[[st.SearchStrategy[History], int], None]


@pytest.fixture
def try_histories(dynamodb_local: DynamoDBLocal, histories_wanted: int, seed: int) -> Trial:
    """Compares the sides on a share of the histories; a failure is shrunk, and printed as boto3 code."""

    def tried(histories: st.SearchStrategy[History], shards: int) -> None:
        share = max(1, histories_wanted // 6)

        @hypothesis.seed(seed)
        @settings(
            max_examples=share,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            print_blob=False,
            report_multiple_bugs=False,
        )
        @given(histories)
        def same(history: History) -> None:
            # WHEN the history happens on DynamoDB Local and in the lab
            expected = as_the_service(history.calls, run(dynamodb_local.client, history))
            dynamodb_local.refresh()
            got = run(lab_side, history)
            # THEN nothing differs
            found = compare(history, expected, got)
            assert not found, report(history, found)

        with Lab(seed=seed, shards=shards) as lab:
            lab_side = BotoSide(lab.client)
            same()
        print(f"{share} histories from seed {seed}: no difference")

    return tried


@pytest.mark.parametrize("view_type", strategies.VIEW_TYPES)
def test_histories_under_each_view_type(try_histories: Trial, view_type: str) -> None:
    try_histories(strategies.histories(view_types=(view_type,)), 1)


def test_histories_over_several_shards(try_histories: Trial) -> None:
    try_histories(strategies.histories(), 4)


def test_histories_with_partiql(try_histories: Trial) -> None:
    def calls(world: strategies.World) -> st.SearchStrategy[strategies.Call]:
        return st.one_of(partiql_strategies.calls(world), strategies.classic_calls(world))

    try_histories(strategies.histories(calls), 1)
