"""What drills share in which a handler keeps counts: rows of a table, each with a number of flights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from cdc_lab.classroom.exercises.common import given_up
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.values import shown

Counts = dict[str, object]
Truth = Callable[[Run], Counter[str]]


def prepare_counts(key: str, *others: tuple[str, str]) -> Callable[[Any], Callable[[], Counts]]:
    """Return what makes the table ``counts`` with that key, and further tables by name and key, in a lab.

    What is read are the rows' attribute ``flights``; rows with none are left out.
    """
    tables = {"counts": key, **dict(others)}

    def prepare(lab: Any) -> Callable[[], Counts]:
        def make() -> dict[str, Any]:
            return {name: lab.create_table(name, own, stream_view_type=None) for name, own in tables.items()}

        made = make()

        def collect() -> Counts:
            nonlocal made
            rows = made["counts"].scan()["Items"]
            found = {str(row[key]): row.get("flights") for row in rows if row.get("flights", 0) != 0}
            for table in made.values():
                table.delete()
            made = make()
            return found

        return collect

    return prepare


def judge_counts(truth: Truth) -> Callable[[Run], list[Difference]]:
    """Return a judge that compares the counts with what they should be; kinds are ``more`` and ``fewer``."""

    def judge(run: Run) -> list[Difference]:
        found, wanted, got = given_up(run), truth(run), run.found
        for name in sorted({*wanted, *got}):
            there = got.get(name, 0)
            if there != wanted[name]:
                kind = "more" if _is_more(there, wanted[name]) else "fewer"
                found.append(Difference(kind, f"flights of {name}", str(wanted[name]), shown(there)))
        return found

    return judge


def _is_more(got: Any, wanted: int) -> bool:
    try:
        return bool(got > wanted)
    except TypeError:
        return False
