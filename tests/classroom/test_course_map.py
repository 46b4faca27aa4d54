"""The map of the lessons: links, times, drills, and what the reader answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdc_lab.classroom import progress
from cdc_lab.classroom.course_map import course_map
from cdc_lab.errors import LabError
from tests.tested_notebooks import NOTEBOOKS


@pytest.fixture(autouse=True)
def reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who has answered two predictions of 01."""
    monkeypatch.setattr(progress, "answered", lambda: {"01_streams_intro": 2})
    monkeypatch.delenv("VSCODE_PID", raising=False)
    monkeypatch.setenv("JPY_SESSION_NAME", "00_start_here.ipynb")


def test_each_lesson_is_linked_with_its_time_and_how_far_the_reader_is() -> None:
    # WHEN the map is shown in the notebooks' folder
    shown = course_map(NOTEBOOKS)
    # THEN the first line leads to 01, and says what was answered there
    html = shown._repr_html_()
    assert '<a href="01_streams_intro.ipynb"' in html
    assert shown.stops[0].state.startswith("2 of ")
    # AND each chapter's drills stand once
    assert html.count("exercises/drills_01_streams.ipynb") == 1
    # AND the start page does not lead to itself
    assert "00_start_here" not in html


def test_a_batch_run_shows_nobodys_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME")
    assert "answered" not in repr(course_map(NOTEBOOKS))


def test_a_folder_without_lessons_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="in the folder of the course's notebooks"):
        course_map(tmp_path)
