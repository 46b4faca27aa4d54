"""A state folder that is not the developer's, and handlers that give up sooner."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from cdc_lab.course.project import has_embedded_engine
from cdc_lab.lab import Lab


@pytest.fixture(autouse=True)
def _no_lab_left_open() -> Iterator[None]:
    yield
    if Lab._open is not None:
        Lab._open.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Handlers that hang are thrown out after tenths of seconds: a test need not wait longer to see it."""
    monkeypatch.setattr("cdc_lab.classroom.exercises.world.WATCHDOG_SECONDS", 0.2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the exercises that search where there is no engine to search with."""
    if has_embedded_engine() or os.environ.get("OPENSEARCH_URL"):
        return
    skip = pytest.mark.skip(reason="no search engine here")
    for item in items:
        if "exercise_2" in item.nodeid or "exercise_4" in item.nodeid or "storm_day" in item.nodeid:
            item.add_marker(skip)
