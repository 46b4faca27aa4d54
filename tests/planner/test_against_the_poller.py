"""The coarse simulation gives what the lab's own poller gives, for a sample of the grid."""

from __future__ import annotations

import math

import pytest

from cdc_lab.planner import Function, Outage, Poison, Split, Workload, run_exact, simulate
from cdc_lab.planner.arrivals import at_random

QUICK = Function(seconds_per_record=0.01, seconds_per_batch=0.05)
CASES = {
    "below the knee": (Workload(writes=40, shards=1), {}, ()),
    "above the knee": (Workload(writes=80, shards=1), {}, ()),
    "a batching window": (Workload(writes=40, shards=1), {"MaximumBatchingWindowInSeconds": 2}, ()),
    "an outage": (Workload(writes=40, shards=1), {}, (Outage(10, 25),)),
    "a poisoned record": (Workload(writes=40, shards=1), {"MaximumRetryAttempts": 3}, (Poison(10),)),
    "a poisoned record, bisected": (
        Workload(writes=40, shards=1),
        {
            "MaximumRetryAttempts": 3,
            "BisectBatchOnFunctionError": True,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        },
        (Poison(10),),
    ),
    "a split": (Workload(writes=80, shards=1), {}, (Split(20),)),
    "a profile": (Workload(writes=40, shards=1, profile=((10, 2), (20, 0.5))), {}, ()),
}


@pytest.mark.parametrize("name", CASES)
def test_one_batch_at_a_time_is_the_same_to_the_record(name: str) -> None:
    # GIVEN a workload, a mapping with one batch at a time, and what goes wrong
    workload, mapping, incidents = CASES[name]
    options = {"seconds": 45.0, "incidents": incidents, "BatchSize": 10, **mapping}
    # WHEN it is simulated by counts, and run record by record
    coarse, exact = simulate(workload, QUICK, **options), run_exact(workload, QUICK, **options)
    # THEN age, throughput and what was given up are the same
    assert coarse.mean_age() == pytest.approx(exact.mean_age(), rel=0.01, abs=1e-3)
    assert coarse.peak_age == pytest.approx(exact.peak_age, rel=0.01, abs=1e-3)
    assert coarse.throughput == pytest.approx(exact.throughput, rel=0.01)
    assert coarse.invocations == pytest.approx(exact.invocations, abs=1)
    assert coarse.given_up == exact.given_up
    assert coarse.failed == exact.failed


def test_too_little_concurrency_throttles_both_alike() -> None:
    # GIVEN eight shards, and a function that may run five times at once
    workload, function = Workload(writes=80, shards=8), Function(seconds_per_record=0.02, concurrency=5)
    options = {"seconds": 30.0, "BatchSize": 10}
    # WHEN it runs both ways
    coarse, exact = simulate(workload, function, **options), run_exact(workload, function, **options)
    # THEN as much is throttled, and as much is done
    assert coarse.throttled == exact.throttled > 0
    assert coarse.throughput == pytest.approx(exact.throughput, rel=0.01)
    assert coarse.peak_concurrency == exact.peak_concurrency == 5


def test_concurrent_batches_are_close() -> None:
    # GIVEN concurrent batches, to which items are drawn by their keys, above the knee
    workload, options = Workload(writes=120, shards=1), {"seconds": 45.0, "BatchSize": 10}
    # WHEN both run
    coarse = simulate(workload, QUICK, ParallelizationFactor=2, **options)
    exact = run_exact(workload, QUICK, ParallelizationFactor=2, **options)
    # THEN the age differs by less than a tenth
    assert coarse.mean_age() == pytest.approx(exact.mean_age(), rel=0.1)
    assert coarse.throughput == pytest.approx(exact.throughput, rel=0.03)


def test_the_same_seed_draws_the_same_moments() -> None:
    # GIVEN records at random moments, close to the knee
    workload, options = Workload(writes=127, shards=1, is_random=True), {"seconds": 45.0, "BatchSize": 10}
    # WHEN both run with one seed
    coarse, exact = simulate(workload, QUICK, **options), run_exact(workload, QUICK, **options)
    # THEN they had the same records at the same moments
    assert coarse.mean_age() == pytest.approx(exact.mean_age(), rel=1e-3)
    assert coarse.throughput == exact.throughput
    assert simulate(workload, QUICK, seed=8, **options).mean_age() != coarse.mean_age()


def test_of_many_random_moments_each_so_many_th_is_kept() -> None:
    # GIVEN ten thousand records at random moments, of which a thousand moments are kept
    arrivals = at_random([(10.0, 5.0), (20.0, 100.0)], 120.0, "a", most=1000)
    # THEN they are counted as they come, and each count is reached at its record's moment
    moments = [arrivals.written(number) for number in range(1, 9_000)]
    assert moments == sorted(moments)
    assert moments[0] > 10
    assert [arrivals.count(moment) for moment in moments[:2000]] == list(range(1, 2001))
    assert arrivals.count(9.0) == 0
    assert arrivals.count(20.0) == pytest.approx(50, abs=25)
    assert arrivals.count(1e6) == pytest.approx(10_050, abs=400)
    assert arrivals.written(20_000) == math.inf


def test_where_shards_starve_what_waits_tells_the_lag() -> None:
    # GIVEN five places for twelve concurrent batches, and more records than they do
    workload = Workload(writes=546, shards=6)
    function = Function(seconds_per_record=0.01, concurrency=5)
    options = {"seconds": 60.0, "BatchSize": 100, "ParallelizationFactor": 2}
    # WHEN both run
    coarse = [simulate(workload, function, seed=seed, **options).behind for seed in range(1, 5)]
    exact = [run_exact(workload, function, seed=seed, **options).behind for seed in range(1, 5)]
    # THEN they are behind by the same time
    assert sum(coarse) == pytest.approx(sum(exact), rel=0.1)


def test_what_a_day_of_outage_loses_is_counted() -> None:
    # GIVEN an outage of a little more than a day
    day = 86_400.0
    workload = Workload(writes=1, shards=1)
    # WHEN it is over
    outcome = simulate(workload, QUICK, seconds=day * 1.2, incidents=[Outage(100, 100 + day + 3600)])
    # THEN the stream has forgotten the records of its first hour
    assert outcome.expired == pytest.approx(3600, abs=3)
