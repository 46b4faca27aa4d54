"""A run on the terminal: how long it will take, a bar, and what failed."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from cdc_lab.course import show
from cdc_lab.course.outcomes import Failure, Outcome, write_outcomes
from cdc_lab.course.runner import OUTCOMES
from tests.course.lessons import code, notebook, save


class Terminal(io.StringIO):
    """A stream that somebody watches."""

    def isatty(self) -> bool:
        return True


def outcome(path: Path, folder: Path, seconds: float = 40.0, failure: Failure | None = None) -> Outcome:
    return Outcome(path, folder / path.name, path.stem, 1, seconds, failure)


@pytest.fixture
def notebooks(tmp_path: Path) -> list[Path]:
    return [
        save(notebook([code("1")]), tmp_path / "notebooks" / f"0{number}_a.ipynb") for number in (1, 2, 3)
    ]


def test_how_long_it_takes_is_said_before(notebooks: list[Path], tmp_path: Path) -> None:
    # GIVEN a first run, and one after a run that took longer
    folder = tmp_path / "build"
    folder.mkdir()
    assert show._announcement(notebooks, folder, 2) == "3 notebooks, 2 at a time: about 10 seconds"
    write_outcomes(folder / OUTCOMES, [outcome(path, folder) for path in notebooks], folder)
    assert show._announcement(notebooks, folder, 2) == "3 notebooks, 2 at a time: about 60 seconds"
    assert show._announcement(notebooks, folder, 1) == "3 notebooks, 1 at a time: about 2 minutes"
    assert show._announcement(notebooks[:1], folder, 1) == "1 notebook, 1 at a time: about 40 seconds"


@pytest.mark.parametrize(("stream", "lines"), [(Terminal(), 1), (io.StringIO(), 3)])
def test_on_a_terminal_only_what_failed_has_a_line(
    notebooks: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, lines: int
) -> None:
    # GIVEN a run of three, one of which fails
    def run(given: list[Path], folder: Path, *_: Any, on_outcome: Any, **__: Any) -> list[Outcome]:
        failure = Failure(1, "KeyError: 'x'")
        outcomes = [outcome(path, folder, failure=failure if path == given[1] else None) for path in given]
        for each in outcomes:
            on_outcome(each)
        return outcomes

    monkeypatch.setattr(show, "run", run)
    # WHEN it is shown
    assert show.run_and_show(notebooks, tmp_path / "build", tmp_path, stream=stream) == 1
    # THEN the failure can be seen at once, and at the end
    said = stream.getvalue()
    assert sum(f"/3] {word}" in said for word in ("ok", "FAILED")) == (1 if lines == 1 else 2)
    assert said.count("FAILED") == 2
    assert "FAILED notebooks/02_a.ipynb, cell 1: KeyError: 'x'" in said
