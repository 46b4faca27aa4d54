"""Writes, values, and the learner's notebook."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from boto3.dynamodb.types import Binary

from cdc_lab.classroom.exercises.learner import STUB, learner_version, to_text
from cdc_lab.classroom.exercises.values import shown
from cdc_lab.classroom.exercises.writes import Write, makes_sense
from cdc_lab.lab import Lab
from tests.tested_notebooks import NOTEBOOKS

SOLUTIONS = sorted((NOTEBOOKS / "solutions").glob("*.ipynb"))


def test_a_sequence_without_its_put_makes_no_sense() -> None:
    put, update, delete = Write("put", "UA1"), Write("update", "UA1", {"gate": "B4"}), Write("delete", "UA1")
    assert makes_sense([put, update, delete, put])
    assert not makes_sense([update])
    assert not makes_sense([put, delete, update])


def test_writes_do_what_they_say() -> None:
    # GIVEN each kind of write
    with Lab(seed=7) as lab:
        flights = lab.create_table("flights", "flight_id", ttl_attribute="expires_at")
        expires_at = int(lab.clock.now().timestamp()) + 600
        writes = [
            Write("put", "UA1", {"gate": "B4", "delay": 0}),
            Write("update", "UA1", {"delay": 5}, removed=("gate",)),
            Write("put", "UA2", {"expires_at": expires_at}),
            Write("expire", "UA2"),
            Write("delete", "UA1"),
        ]
        # WHEN they are applied
        for write in writes:
            write.apply(lab, flights)
        records = lab.read_stream(flights)
    # THEN the stream holds them, and knows who removed what
    assert [record.event_name for record in records] == ["INSERT", "MODIFY", "INSERT", "REMOVE", "REMOVE"]
    assert [record.is_ttl_delete for record in records] == [False, False, False, True, False]
    assert records[1].new_image == {"flight_id": "UA1", "delay": Decimal(5)}
    assert str(writes[1]) == "update UA1: delay=5, without gate"


def test_values_are_shown_so_that_empty_ones_can_be_seen() -> None:
    value = {
        "b": {Decimal("2.50"), Decimal(1)},
        "a": ["", None, False, Binary(b"\x00")],
        "c": Decimal("1E+2"),
    }
    assert shown(value) == r"{a: ['', None, False, b'\x00'], b: {1, 2.5}, c: 100}"


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_the_learners_notebook_is_made_of_the_solution(path: Path) -> None:
    made = to_text(learner_version(json.loads(path.read_text("utf-8"))))
    committed = (NOTEBOOKS / "exercises" / path.name).read_text("utf-8")
    assert made == committed, "run python -m cdc_lab.classroom.exercises.learner"


def test_a_stub_is_what_the_solution_says_is_given() -> None:
    # GIVEN a solution beside what its learner is to begin with
    lines = [
        "def handler(event, context):",
        "    ### solution",
        "    return process_batch(event, save)",
        "    ### given",
        "    # raise NotAttempted",
        "    # for record in event['Records']:",
        "    #     save(record)  # goes on",
        "    ### end of solution",
        "",
        "### solution",
        "answer = 7",
        "### end of solution",
    ]
    cell = {"cell_type": "code", "source": [f"{line}\n" for line in lines]}
    # WHEN the learner's notebook is made
    made = "".join(learner_version({"cells": [cell]})["cells"][0]["source"])
    # THEN it holds that, as code; and where nothing is given, a line that raises
    assert made == (
        "def handler(event, context):\n    raise NotAttempted\n    for record in event['Records']:\n"
        f"        save(record)  # goes on\n\n{STUB}\n"
    )


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_the_learners_notebook_holds_no_solution(path: Path) -> None:
    text = (NOTEBOOKS / "exercises" / path.name).read_text("utf-8")
    assert "NotAttempted" in text
    assert "solution-only" not in text
    assert "### solution" not in text
    notebook = json.loads(text)
    assert all(not cell.get("outputs") and not cell.get("execution_count") for cell in notebook["cells"])
