"""The map of the lessons: links, times, drills, and what the reader answered."""

from __future__ import annotations

import re
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
    # THEN the line of 01 leads there, and says what was answered
    html = shown._repr_html_()
    assert '<a href="01_streams_intro.ipynb"' in html
    states = {stop.lesson.stem: stop.state for stop in shown.stops}
    assert states["01_streams_intro"].startswith("2 of ")
    # AND where nothing was, it says that, not how much there is to do
    assert re.fullmatch(r"0 of \d+ answered", states["02_view_types"])
    # AND each chapter's drills stand once
    assert html.count("exercises/drills_01_streams.ipynb") == 1
    # AND the start page, which has a question, too, is listed and does not lead to itself
    assert states["00_start_here"] == "0 of 1 answered"
    assert "00_start_here" not in html


def test_a_batch_run_shows_nobodys_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME")
    assert {stop.state[:2] for stop in course_map(NOTEBOOKS).stops} == {"0 ", ""}


def test_a_folder_without_lessons_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="in the folder of the course's notebooks"):
        course_map(tmp_path)


def test_the_lesson_on_exercises_lists_each_exercise_and_the_drills_of_each_lesson() -> None:
    lesson = (NOTEBOOKS / "06_exercises.ipynb").read_text("utf-8")
    folder = NOTEBOOKS / "exercises"
    names = [path.name for path in sorted(folder.glob("*.ipynb")) if ".mine." not in path.name]
    assert len(names) > 10
    assert [name for name in names if f"(exercises/{name})" not in lesson] == []
