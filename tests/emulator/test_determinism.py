"""The same seed shows the same run: in one process twice, and in processes whose hashes differ."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.emulator.seeded_run import digests

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def here() -> dict[str, str]:
    """What a run of seed 7 shows in this process."""
    return digests(7)


def test_two_runs_of_one_process_show_the_same(here: dict[str, str]) -> None:
    # GIVEN a run with tables, indexes, transactions, time to live and faults, WHEN it is done once more
    # THEN answers, pages, stream records and the trace are the same
    assert digests(7) == here


def test_another_seed_shows_another_run(here: dict[str, str]) -> None:
    # GIVEN a run of another seed
    other = digests(8)
    # THEN what the seed decides differs: ids of shards and records, what faults hit
    differs = {name for name in here if here[name] != other[name]}
    assert {"stream of flights", "trace.records", "trace.invocations", "trace.calls"} <= differs


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_runs_of_several_processes_show_the_same(here: dict[str, str], hash_seed: str) -> None:
    # GIVEN a process in which the hashes of texts, and so the order of sets, are others
    done = subprocess.run(
        [sys.executable, "-m", "tests.emulator.seeded_run", "7"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
    )
    # THEN it shows what this one shows
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == here
