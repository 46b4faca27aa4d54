"""The coarse simulation gives what the lab's own poller gives, for a sample of the grid."""

from __future__ import annotations

import pytest

from cdc_lab.planner import Function, Outage, Poison, Split, Workload, run_exact, simulate

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


def test_what_a_day_of_outage_loses_is_counted() -> None:
    # GIVEN an outage of a little more than a day
    day = 86_400.0
    workload = Workload(writes=1, shards=1)
    # WHEN it is over
    outcome = simulate(workload, QUICK, seconds=day * 1.2, incidents=[Outage(100, 100 + day + 3600)])
    # THEN the stream has forgotten the records of its first hour
    assert outcome.expired == pytest.approx(3600, abs=3)
