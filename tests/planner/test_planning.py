"""Plans: what they answer, on which runs they stand, and how they are refused."""

from __future__ import annotations

import doctest
import importlib
import math
import time
from pathlib import Path
from typing import Any

import pytest

from cdc_lab import cli
from cdc_lab.emulator.lambda_.validation import check_model
from cdc_lab.errors import ServiceError
from cdc_lab.planner import (
    Function,
    Outage,
    PlanError,
    Prices,
    Sink,
    Workload,
    capacity,
    limits,
    plan,
    simulate,
)

BOARD = Function(seconds_per_record=0.01, seconds_per_batch=0.02)


def refused(act: Any) -> str:
    """Return the one line of a refusal."""
    with pytest.raises(PlanError) as caught:
        act()
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_plan_answers_from_its_runs() -> None:
    # GIVEN 800 writes a second over four partitions
    # WHEN it is planned
    found = plan(Workload(writes=800, shards=4), BOARD, lag=10)
    # THEN the knee lies 30 % above the busiest shard, and no smaller factor would do
    assert capacity(BOARD, **found.mapping) >= 200 * 1.3
    smaller = {**found.mapping, "ParallelizationFactor": found.mapping["ParallelizationFactor"] - 1}
    assert capacity(BOARD, **smaller) < 200 * 1.3
    # AND the lag holds in the run that it names, and the outage is caught up with
    assert found.outcome.peak_age <= 10
    assert [run.what for run in found.runs] == ["the plan", "ten minutes without the function"]
    assert 0 < found.catches_up < 3000
    # AND the concurrency is shards times factor; a transaction of two rows takes four units
    assert found.concurrency == 4 * found.mapping["ParallelizationFactor"]
    assert found.sink_units == 800 * 4
    assert found.breaks_first == max(found.limits, key=lambda limit: limit.share)
    assert "breaks first" in repr(found)
    assert all(run.outcome.made in repr(found) for run in found.runs)


@pytest.mark.parametrize(
    ("workload", "function", "options", "limit"),
    [
        ({"writes": 4000}, {}, {"lag": 0.1}, "[C10]"),
        ({"writes": 4000, "readers": 3}, {}, {"lag": 10}, "[B15]"),
        ({"writes": 500, "hot_share": 0.5}, {}, {"lag": 10}, "[C14]"),
        ({"writes": 8000}, {"seconds_per_record": 0.2}, {"lag": 10}, "[C1, C13]"),
        ({"writes": 8000, "shards": 80}, {"concurrency": 20}, {"lag": 10}, "[F101]"),
        ({"writes": 80}, {"seconds_per_record": 1.0, "timeout": 10}, {"lag": 10}, "timeout=10"),
    ],
)
def test_a_plan_that_cannot_be_met_names_the_limit(
    workload: dict[str, Any], function: dict[str, Any], options: dict[str, Any], limit: str
) -> None:
    made = Function(**{"seconds_per_record": 0.01, **function})
    assert limit in refused(lambda: plan(Workload(**workload), made, **options))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Workload(writes=0), "writes=0: give a number above 0"),
        (lambda: Workload(writes=math.nan), "writes=nan"),
        (lambda: Workload(writes=True), "writes=True"),
        (lambda: Workload(writes=5000, shards=2), "at least 5 shards"),
        (lambda: Workload(writes=5000, hot_share=0.5), "spread the item over several keys"),
        (lambda: Workload(writes=1, item_bytes=500_000), "409,600"),
        (lambda: Workload(writes=1, view_type="ALL"), "NEW_AND_OLD_IMAGES"),
        (lambda: Workload(writes=1, profile=((10, 1), (5, 2))), "rise"),
        (lambda: Function(seconds_per_record=-1), "seconds_per_record=-1"),
        (lambda: Function(seconds_per_record=1, timeout=901), "1 to 900"),
        (lambda: Function(seconds_per_record=1, concurrency=950), "100 stay unreserved"),
        (lambda: Outage(10, 5), "Outage: end=5"),
        (lambda: simulate(Workload(writes=1), BOARD, BatchSize=10_001), "10000"),
        (lambda: simulate(Workload(writes=1), BOARD, ParallelizationFactor=11), "10"),
        (lambda: simulate(Workload(writes=1), BOARD, TumblingWindowInSeconds=60), "does not simulate"),
        (lambda: simulate(Workload(writes=1), BOARD, seconds=0), "seconds=0"),
        (lambda: Sink(item_bytes=0), "item_bytes=0"),
    ],
)
def test_bad_input_is_refused_in_one_line(make: Any, says: str) -> None:
    assert says in refused(make)


def test_the_knee_is_the_batch_by_its_time_and_lanes_reach_a_little_less() -> None:
    assert capacity(BOARD, BatchSize=100) == pytest.approx(100 / 1.02)
    assert 1.8 < capacity(BOARD, ParallelizationFactor=2) / capacity(BOARD) < 2.0
    assert capacity(Function(seconds_per_record=1, timeout=60), BatchSize=100) == 0.0


def test_who_never_catches_up_is_told_so() -> None:
    # GIVEN a function above its knee, and one whose batches time out after an outage
    above = Workload(writes=120, shards=1)
    late = Function(seconds_per_record=0.01, timeout=2)
    # WHEN they run
    busy = simulate(above, BOARD, seconds=120)
    stuck = simulate(
        Workload(writes=60, shards=1), late, seconds=400, incidents=[Outage(10, 60)], BatchSize=1000
    )
    # THEN none has caught up, also where no invocation begins in the last second
    assert busy.caught_up_at(0) == stuck.caught_up_at(60) == math.inf
    assert simulate(Workload(writes=50, shards=1), BOARD, seconds=120).caught_up_at(30) == 30


def test_a_sample_of_shards_holds_no_more_places_than_there_are() -> None:
    # GIVEN 110 shards, of which fewer are simulated, and 100 places
    few = Function(seconds_per_record=0.01, account_concurrency=100)
    run = simulate(Workload(writes=11_000, shards=110), few, seconds=30, ParallelizationFactor=2)
    # THEN the places are used up, and not overdrawn
    assert "33 of 110 shards" in run.made
    assert run.peak_concurrency == pytest.approx(100, rel=1e-6)


def test_an_hour_of_a_million_writes_a_second_takes_seconds() -> None:
    # GIVEN a million writes a second over 1,100 shards
    workload = Workload(writes=1e6, shards=1100)
    function = Function(seconds_per_record=0.0005, seconds_per_batch=0.02, account_concurrency=20_000)
    # WHEN an hour is simulated
    before = time.process_time()
    outcome = simulate(workload, function, seconds=3600, ParallelizationFactor=2)
    # THEN it is done in seconds of the processor, and all was followed
    assert time.process_time() - before < 20
    assert outcome.throughput == pytest.approx(1e6, rel=0.01)


def test_the_largest_factor_is_the_service_models() -> None:
    def factor(number: int) -> None:
        check_model("CreateEventSourceMapping", {"FunctionName": "f", "ParallelizationFactor": number})

    factor(limits.MOST_LANES)
    with pytest.raises(ServiceError):
        factor(limits.MOST_LANES + 1)


def test_a_bill_leaves_open_what_has_no_price(tmp_path: Path) -> None:
    # GIVEN the project's prices, and the same without Lambda's duration
    own = Path(__file__).parents[2] / "data" / "prices.csv"
    lines = own.read_text().splitlines()
    blank = [line.replace("0.00001667", "") if line.startswith("lambda_duration") else line for line in lines]
    (tmp_path / "mine.csv").write_text("\n".join(blank))
    workload = Workload(writes=100, shards=1)
    # WHEN a plan is made with each
    full = plan(workload, BOARD, lag=10).bill
    open_ = plan(workload, BOARD, lag=10, prices=Prices.read(tmp_path / "mine.csv")).bill
    # THEN the second bill says what it lacks, and its sum is the rest
    assert full.missing == []
    assert open_.missing == ["Lambda's duration"]
    assert "no price is known" in repr(open_)
    duration = next(line.amount for line in full.lines if line.what == "Lambda's duration")
    assert open_.total == pytest.approx(full.total - duration)
    # AND each sum follows AWS's formula: 100 writes of one unit for 730 hours, in millions
    writes = next(line for line in full.lines if line.what == "writes to the table")
    assert writes.quantity == pytest.approx(100 * 730 * 3600 / 1e6)


def test_each_price_has_a_source_and_a_date_or_is_empty() -> None:
    for price in Prices.read():
        assert (price.price is None) == (price.as_of is None), price.name
        assert price.price is None or price.address.startswith("https://"), price.name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name,price\n", "the column what is missing"),
        ("name,what,unit,price,currency,region,source,address,as_of\na,b,c,much,USD,,,,\n", "line 2"),
        ("name,what,unit,price,currency,region,source,address,as_of\na,b,c,1,USD,,,,\n", "a date (as_of)"),
        ("name,what,unit,price,currency,region,source,address,as_of\n", "no row 'dynamodb_write'"),
    ],
)
def test_a_table_of_prices_that_is_none_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "bad.csv").write_text(text)
    workload = Workload(writes=100, shards=1)
    assert says in refused(lambda: plan(workload, BOARD, lag=10, prices=Prices.read(tmp_path / "bad.csv")))


def test_the_command_prints_the_plan_and_its_bill(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["plan", "--writes", "100", "--seconds-per-record", "0.01", "--lag", "10"]
    assert cli.main(asked) == 0
    out = capsys.readouterr().out
    assert "mapping" in out
    assert "writes to the sink" in out


def test_the_command_refuses_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["plan", "--writes", "9000", "--seconds-per-record", "1", "--lag", "10"]
    assert cli.main(asked) == 2
    said = capsys.readouterr().err
    assert "timeout=60" in said or "[C1, C13]" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("seconds", "lag", "words"),
    [
        (5, 0.1, "ask for 5.27 s or more"),
        (2000, 5, "ask for 2,000.27 s or more"),
        (70, 5000, "a batch of 10 takes 700.02 s, and Lambda ends a function after 900 s at the latest"),
        (5, 5000, "a batch of 10 takes 50.02 s, more than half of it: raise the timeout to 101 s or more"),
    ],
)
def test_a_target_that_cannot_be_met_says_what_could(seconds: float, lag: float, words: str) -> None:
    with pytest.raises(PlanError) as refused:
        plan(Workload(writes=10), Function(seconds_per_record=seconds), lag=lag)
    assert words in str(refused.value)


@pytest.mark.parametrize("module", ["knee", "planning", "simulation"])
def test_the_examples_in_the_docstrings_hold(module: str) -> None:
    found = doctest.testmod(importlib.import_module(f"cdc_lab.planner.{module}"))
    assert found.attempted
    assert found.failed == 0
