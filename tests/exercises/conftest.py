"""A state folder that is not the developer's, and handlers that give up sooner."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

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
    monkeypatch.setattr("cdc_lab.classroom.exercises.checking.INVOCATION_SECONDS", 0.6)
