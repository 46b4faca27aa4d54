"""Mistakes in handlers are found on every seed, and right handlers are never accused."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdc_lab import LabError
from cdc_lab.testing import run_handler
from cdc_lab.testing.drawing import LONGEST_WORK, Seen, Step, schedules
from cdc_lab.testing.schedules import Trials
from tests.testing.planted import OF_THE_REVIEW, PUBLISHED, RIGHT, Planted

ORDERS = 20
# make test tries one seed, another for each handler; CDC_LAB_PLANTED_SEEDS=20 all that make prove does.
SEEDS = int(os.environ.get("CDC_LAB_PLANTED_SEEDS", "1"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where handlers are deployed."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("planted_")]:
        del sys.modules[name]


def seeds_of(planted: Planted) -> range:
    first = 0 if SEEDS > 1 else sum(map(ord, planted.name)) % 20
    return range(first, first + SEEDS)


def deployed(folder: Path, planted: Planted) -> str:
    (folder / f"planted_{planted.name}.py").write_text(planted.module)
    return f"planted_{planted.name}.handler"


def in_lab(where: str, planted: Planted) -> Any:
    """The test that a team would write."""

    def test(lab: Any, faults: Any) -> None:
        lab.create_table("totals", "id", stream_view_type=None)
        ids = lab.create_table("ids", "id", stream_view_type=None)
        orders = lab.create_table("orders", "order_id")
        charged = lab.http("https://pay.example/", {"paid": True}, name="pay")
        placed = [{"order_id": f"o{n}"} for n in range(ORDERS)]
        mapping = {"BatchSize": 5, **planted.mapping}
        if mapping.get("DestinationConfig"):
            queue = lab.client("sqs").create_queue(QueueName="given-up")["QueueUrl"]
            arn = lab.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
            destination = {"OnFailure": {"Destination": arn["Attributes"]["QueueArn"]}}
            mapping["DestinationConfig"] = destination
        run_handler(lab, where, orders, placed, faults=faults, **mapping)
        rows = [item["id"] for item in ids.scan()["Items"] if item["id"].startswith("o")]
        total = lab.resource("dynamodb").Table("totals").get_item(Key={"id": "all"}).get("Item")
        expected = ORDERS - ("event_id" in planted.name)
        if charged.requests:
            assert sorted(request.url for request in charged.requests) == sorted(
                f"https://pay.example/o{n}" for n in range(ORDERS)
            )
        elif total is not None:
            assert total["n"] == expected
        else:
            assert len(set(rows)) == ORDERS

    return test


@pytest.mark.parametrize("planted", [*OF_THE_REVIEW, *PUBLISHED], ids=lambda planted: planted.name)
def test_a_planted_mistake_is_found(planted: Planted, folder: Path) -> None:
    # GIVEN a handler with a mistake that was found in a review of this tool, or published (see its source)
    if "aws_lambda_powertools" in planted.module:
        pytest.importorskip("aws_lambda_powertools")
    where = deployed(folder, planted)
    for seed in seeds_of(planted):
        # WHEN it is tested with the default number of tries: THEN the test fails, on each seed
        with pytest.raises(AssertionError) as found:
            Trials(in_lab(where, planted), {"seed": seed}).run()
        assert "what was delivered" in "".join(found.value.__notes__), (planted.name, seed)


@pytest.mark.parametrize("planted", RIGHT, ids=lambda planted: planted.name)
def test_a_right_handler_is_not_accused(planted: Planted, folder: Path) -> None:
    where = deployed(folder, planted)
    for seed in seeds_of(planted):
        trials = Trials(in_lab(where, planted), {"seed": seed})
        trials.run()
        # THEN what went to the on-failure destination is said, and nothing else
        assert bool(trials.not_judged) == (planted.name == "on_failure_destination"), (planted.name, seed)


@pytest.mark.parametrize("calls", range(1, LONGEST_WORK + 1))
@pytest.mark.parametrize("first", [0, 1, 2])  # calls that an invocation makes before its first record
@pytest.mark.parametrize("batch_size", [5, 100])
def test_a_crash_strikes_each_call_of_a_records_work(calls: int, first: int, batch_size: int) -> None:
    # GIVEN a run of a handler that makes so many calls for a record, all in one line of it
    work: dict[int, tuple[int, int] | None] = {}
    steps: list[Step] = []

    def step(line: str, of: tuple[int, int] | None, batch: int) -> None:
        steps.append(Step(len(steps) + 1, "dynamodb", "PutItem", f"r{batch}", (line,)))  # type: ignore[arg-type]
        work[len(steps)] = of

    for start in range(0, ORDERS, batch_size):
        for _ in range(first):
            step("at the start", None, start)
        for record in range(start, min(start + batch_size, ORDERS)):
            for call in range(calls):
                step("for a record", (record, call), start)
    seen = Seen(steps, len({one.request_id for one in steps}), {("dynamodb", "PutItem"): 3})
    struck_records = set()
    for seed in range(20):
        # WHEN crashes are drawn by any seed
        crashes = [one.faults.crash_after for one in schedules(seed, seen, 40)]
        struck = [work[one] for one in crashes if isinstance(one, int)]
        # THEN each call is struck, at records of the seed's choice
        assert {of[1] for of in struck if of is not None} == set(range(calls)), seed
        assert None in struck or not first
        struck_records |= {of[0] for of in struck if of is not None}
    assert len(struck_records) > ORDERS // 2


def test_no_try_is_no_test() -> None:
    from cdc_lab.testing import under_faults

    with pytest.raises(LabError, match="tries=0"):
        under_faults(tries=0)
