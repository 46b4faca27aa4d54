"""Random reads of random tables: genuine DynamoDB Local and the lab answer and refuse alike.

``CDC_LAB_READS`` says how many worlds (``CDC_LAB_HISTORIES`` unless told), ``CDC_LAB_TEST_SEED`` which
ones. ``CDC_LAB_READ_WORLD`` names the number of a single one, to run it alone and print it.
"""

from __future__ import annotations

import os

import pytest

from cdc_lab import Lab

from ..read_worlds import ReadWorld, world
from ..strategies import Call
from .divergences import outcome_as_the_service
from .dynamodb_local import DynamoDBLocal
from .reading import Finding, compare_reads, grouped, run_reads
from .running import BotoSide

pytestmark = pytest.mark.integration

WORLDS_PER_LAB = 50


def test_reads(dynamodb_local: DynamoDBLocal, histories_wanted: int, seed: int) -> None:
    # GIVEN tables with items
    alone = os.environ.get("CDC_LAB_READ_WORLD")
    count = int(os.environ.get("CDC_LAB_READS", histories_wanted))
    numbers = [int(alone)] if alone else range(count)
    found: list[tuple[int, Finding]] = []
    reads = 0
    for start in range(0, len(numbers), WORLDS_PER_LAB):
        with Lab(seed=seed) as lab:
            side = BotoSide(lab.client)
            for number in numbers[start : start + WORLDS_PER_LAB]:
                one = world(seed, number)
                # WHEN they are read on DynamoDB Local and in the lab
                expected, got = run_reads(dynamodb_local.client, one), run_reads(side, one)
                found += [(number, one) for one in compare_reads(one, expected, got, outcome_as_the_service)]
                reads += len(one.reads)
                if alone:
                    print(_code(one))
    # THEN nothing differs
    print(f"{reads} reads of {len(numbers)} worlds from seed {seed}: {len(found)} differences")
    assert not found, f"{len(found)} differences in {reads} reads, seed {seed}:\n{grouped(found)}"


def _code(one: ReadWorld) -> str:
    return "\n".join(map(repr, [Call("CreateTable", one.table.create_params()), *one.writes, *one.reads]))
