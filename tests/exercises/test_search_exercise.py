"""The exercise on search: what its stories, its judge and its questions count as right."""

from __future__ import annotations

import random
import sys
from decimal import Decimal
from typing import Any

import pytest

from cdc_lab.classroom.exercises import check, find
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.exercise_2.index import Index
from cdc_lab.classroom.exercises.exercise_2.judging import judge
from cdc_lab.classroom.exercises.exercise_2.scenarios import delayed
from cdc_lab.classroom.exercises.exercise_2.steps import Indexed, Late, Rebuild, makes_sense
from cdc_lab.classroom.exercises.exercise_2.stories import removals
from cdc_lab.classroom.exercises.run import Call, Run
from cdc_lab.classroom.exercises.steps import Delivery
from cdc_lab.classroom.exercises.writes import Write
from cdc_lab.classroom.search.engine import Embedded, SearchUnavailable
from cdc_lab.patterns import StreamRecord
from cdc_lab.testing import stream_record

PUT, UPDATE, DELETE = Write("put", "UA1"), Write("update", "UA1", {"gate": "B4"}), Write("delete", "UA1")


def run_with(item: dict[str, Any], document: dict[str, Any] | None, *past: dict[str, Any]) -> Run:
    """A run after which one flight is in the table, and this in the index."""
    states = [*past, item]
    records = [
        StreamRecord.of(stream_record(new, old, number=number))
        for number, (old, new) in enumerate(zip([None, *states], states, strict=False))
    ]
    run = Run((), Conditions(), records, frozenset(), calls=[Call((), 0.0)])
    run.found = Index({} if document is None else {"UA1": document}, {"UA1": item}, [])
    return run


def kinds(run: Run) -> list[str]:
    return [difference.kind for difference in judge(run)]


def test_a_shorter_story_delivers_late_only_what_was_delivered() -> None:
    late = Late("UA1", "INSERT")
    assert makes_sense([PUT, Delivery(), late])
    assert not makes_sense([PUT, late])
    assert not makes_sense([PUT, Delivery(), Late("UA1", "REMOVE")])
    assert not makes_sense([PUT, Delivery(), Late("UA1", "MODIFY")])
    assert makes_sense([PUT, UPDATE, Delivery(), Late("UA1", "MODIFY")])
    assert not makes_sense([Delivery(), Rebuild((DELETE,))])


@pytest.mark.parametrize("seed", range(5))
def test_versions_grow_and_leave_one_out_for_a_removal(seed: int) -> None:
    # GIVEN the story in which flights are removed, and one comes back
    last: dict[str, int] = {}
    for write in removals(random.Random(seed)):
        assert isinstance(write, Write)
        if "version" in write.values:
            # THEN what comes back is newer than the version that follows the one that was removed
            version = write.values["version"]
            assert version >= last.get(write.flight_id, 0) + (2 if write.flight_id in last else 1)
            last[write.flight_id] = version


ITEM = {
    "flight_id": "UA1",
    "version": Decimal(2),
    "fare": Decimal("119.99"),
    "seats": Decimal(180),
    "crew": {"ann", "bob"},
    "on_time": True,
}
DOCUMENT = {
    "flight_id": "UA1",
    "version": 2,
    "fare": 119.99,
    "seats": 180,
    "crew": ["bob", "ann"],
    "on_time": True,
}


@pytest.mark.parametrize(
    "change",
    [{}, {"seats": 180.0}, {"crew": ["ann", "bob"]}, {"indexed_by": "me"}, {"version": "2"}],
    ids=str,
)
def test_documents_may_differ_where_json_or_the_task_leaves_it_open(change: dict[str, Any]) -> None:
    assert kinds(run_with(ITEM, DOCUMENT | change)) == []


@pytest.mark.parametrize(
    "change",
    [{"fare": 119}, {"seats": "180"}, {"crew": ["ann"]}, {"on_time": 1}, {"crew": "{'ann', 'bob'}"}],
    ids=str,
)
def test_values_that_are_others_are_named(change: dict[str, Any]) -> None:
    assert kinds(run_with(ITEM, DOCUMENT | change)) == ["value"]


def test_an_older_state_a_left_over_and_nothing_are_told_apart() -> None:
    old = {"flight_id": "UA1", "version": Decimal(1), "gate": "B4"}
    new = {"flight_id": "UA1", "version": Decimal(2)}
    assert kinds(run_with(new, {"flight_id": "UA1", "version": 1, "gate": "B4"}, old)) == ["stale"]
    assert kinds(run_with(new, {"flight_id": "UA1", "gate": "B4"}, old)) == ["stale"]
    assert kinds(run_with(new, {"flight_id": "UA1", "version": 2, "gate": "B4"}, old)) == ["left over"]
    assert kinds(run_with(new, None, old)) == ["missing"]


def test_hits_have_all_words_and_the_longest_delay_comes_first() -> None:
    def flight(name: str, note: str, delay: int, status: str = "delayed") -> Indexed:
        return Indexed(name, {"note": note, "dep_delay": delay, "status": status})

    indexed = [
        flight("UA1", "Snow at the gate", 20),
        flight("UA2", "gate (snow)", 90),
        flight("UA3", "snow", 50),
        flight("UA4", "snow gate", 70, "arrived"),
    ]
    assert delayed(indexed, "GATE: snow") == ["UA2", "UA1"]
    assert delayed(indexed, "snow") == ["UA2", "UA3", "UA1"]
    assert delayed(indexed, "(") == []


def test_without_an_engine_the_check_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN a system for which the embedded engine has no build
    monkeypatch.delenv("OPENSEARCH_URL", raising=False)
    monkeypatch.setattr(Embedded, "_one", None)
    monkeypatch.setitem(sys.modules, "osmem_server", None)
    answer = {part.name: (lambda *_: None) for part in find("exercise_2").parts}
    with pytest.raises(SearchUnavailable, match="Set OPENSEARCH_URL"):
        check("exercise_2", answer)
