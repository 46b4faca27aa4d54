"""What can be known of the tests against AWS without running them."""

from __future__ import annotations

from typing import Any

import pytest

from cdc_lab.backends.aws import PERMISSION

from . import conftest
from .histories import RECORDS, VIEW_TYPES
from .test_real_service import emulated


class Item:
    """A collected test, as far as the hook looks at it."""

    def __init__(self, *markers: str) -> None:
        self.markers = markers
        self.added: list[Any] = []

    def get_closest_marker(self, name: str) -> str | None:
        return name if name in self.markers else None

    def add_marker(self, marker: Any) -> None:
        self.added.append(marker)


def test_asked_once_they_are_skipped_and_say_how(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN -m aws, without permission in the environment
    monkeypatch.delenv(PERMISSION, raising=False)
    items: list[Any] = [Item("aws"), Item()]
    # WHEN pytest collects
    conftest.pytest_collection_modifyitems(items)
    # THEN they are skipped, and one sentence says how to run them and that it may cost money
    (mark,) = items[0].added
    assert (mark.name, items[1].added) == ("skip", [])
    reason = mark.kwargs["reason"]
    assert PERMISSION in reason
    assert "may cost money" in reason
    assert "\n" not in reason


def test_asked_twice_they_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PERMISSION, "1")
    items: list[Any] = [Item("aws")]
    conftest.pytest_collection_modifyitems(items)
    assert items[0].added == []


@pytest.mark.parametrize("view_type", VIEW_TYPES)
def test_the_history_leaves_as_many_records_as_they_wait_for(view_type: str) -> None:
    assert len(emulated(view_type)) == RECORDS
