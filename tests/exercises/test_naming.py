"""Ids of misconceptions in code are those of the texts: a misprint is found when the module is imported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdc_lab.classroom.exercises import EXERCISES, find, task
from cdc_lab.classroom.exercises.drills import DRILLS
from cdc_lab.classroom.exercises.naming import named_in, require_known


@pytest.mark.parametrize("name", [*EXERCISES, *DRILLS])
def test_each_misconception_of_its_own_is_named_in_the_code(name: str) -> None:
    # So nothing that a diagnosis can answer is overlooked when the ids are compared.
    found = find(name)
    named = {belief for _, belief in named_in(name, found.asks_for_data)}
    assert set(found.texts.own) - named == set()


@pytest.mark.parametrize(
    ("name", "belief", "where"),
    [
        ("exercise_1", "old by the clock", "exercise_1/misconceptions.py"),  # returned by a diagnosis
        ("exercise_3", "conflict kept quiet", "exercise_3/misconceptions.py"),  # handed to a function
        ("exercise_4", "expiry guessed", "exercise_4/misconceptions.py"),  # in a table
        ("exercise_5", "given up too soon", "exercise_5/scenarios.py"),  # the kind of a difference
        ("drill_01_1", "by chance", "drills/spotting.py"),  # of what drills share
        ("drill_03_2", "too few lanes", "drills/drill_03_2.py"),
    ],
)
def test_an_unknown_id_is_refused_in_one_line(name: str, belief: str, where: str) -> None:
    # GIVEN texts that lack an id which the code names
    found = find(name)
    known = {key: value for key, value in found.texts.misconceptions.items() if key != belief}
    # THEN the line says where it stands
    with pytest.raises(ValueError, match=rf"^{where}, line \d+: {name} has no misconception '{belief}'$"):
        require_known(name, known, found.asks_for_data)


def test_a_task_is_compared_when_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = find("exercise_1").texts

    def without_one(name: str) -> Any:
        return replace(texts, misconceptions={k: v for k, v in texts.misconceptions.items() if k != "lost"})

    monkeypatch.setattr(task, "texts_of", without_one)
    with pytest.raises(ValueError, match="exercise_1 has no misconception 'lost'"):
        replace(find("exercise_1"))
