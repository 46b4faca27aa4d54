"""A reset brings the committed notebook, and never loses the reader's."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdc_lab import cli
from cdc_lab.classroom.exercises.learner import learner_version, to_text, write_all
from cdc_lab.course.project import CourseError, course_notebooks, notebook_files
from cdc_lab.course.reset import reset
from cdc_lab.keeping import keep, replace
from tests.course.git_checkout import commit_all
from tests.course.lessons import code, notebook, save

EXERCISE = "notebooks/exercises/exercise_1_audit_log.ipynb"
SOLUTION = "notebooks/solutions/exercise_1_audit_log.ipynb"
LESSON = "notebooks/01_streams_intro.ipynb"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A committed checkout with a lesson, an exercise and its solution."""
    for name in (LESSON, EXERCISE, SOLUTION):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"fresh {name}")
    commit_all(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "exercise_1_audit_log",
        "exercise_1_audit_log.ipynb",
        "exercises/exercise_1_audit_log",
        EXERCISE,
    ],
)
def test_the_readers_notebook_is_kept_beside_the_fresh_one(checkout: Path, name: str) -> None:
    # GIVEN an exercise in which a handler was typed
    (checkout / EXERCISE).write_text("typed")
    # WHEN it is reset by any of its names
    said = reset(checkout, name)
    # THEN the fresh one is there, and what was typed
    kept = "notebooks/exercises/exercise_1_audit_log.mine.ipynb"
    assert (checkout / EXERCISE).read_text() == f"fresh {EXERCISE}"
    assert (checkout / kept).read_text() == "typed"
    assert said.startswith(f"{EXERCISE} is fresh, yours is {kept}")


def test_no_copy_takes_the_place_of_an_earlier_one(checkout: Path) -> None:
    for text in ("first", "second", "third"):
        (checkout / LESSON).write_text(text)
        reset(checkout, "01_streams_intro")
    texts = [path.read_text() for path in sorted((checkout / "notebooks").glob("*.mine*.ipynb"))]
    assert sorted(texts) == ["first", "second", "third"]


def test_what_is_as_committed_is_left_alone(checkout: Path) -> None:
    assert "nothing to do" in reset(checkout, "01_streams_intro")
    assert not list((checkout / "notebooks").glob("*.mine*"))


def test_a_notebook_that_was_removed_comes_back(checkout: Path) -> None:
    (checkout / LESSON).unlink()
    assert "yours was not there" in reset(checkout, "01_streams_intro")
    assert (checkout / LESSON).read_text() == f"fresh {LESSON}"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("99_nothing", "no notebook is called '99_nothing': none is edited"),
        ("exercise_1_audit_log", f"several notebooks: write one of {EXERCISE}, {SOLUTION}"),
    ],
)
def test_a_name_that_is_not_clear_is_refused(checkout: Path, name: str, message: str) -> None:
    with pytest.raises(CourseError, match=message):
        reset(checkout, name)


def test_without_git_nothing_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    save(notebook([code("typed")]), tmp_path / LESSON)
    with pytest.raises(CourseError, match="unpack the course once more in another folder"):
        reset(tmp_path, "01_streams_intro")
    assert "typed" in (tmp_path / LESSON).read_text()


def test_the_command_takes_several(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "find_root", lambda: checkout)
    (checkout / LESSON).write_text("typed")
    (checkout / SOLUTION).write_text("typed")
    assert cli.main(["reset", "01_streams_intro", "exercise_1_audit_log"]) == 0
    assert (checkout / LESSON).with_suffix(".mine.ipynb").read_text() == "typed"
    assert (checkout / SOLUTION).with_suffix(".mine.ipynb").read_text() == "typed"


def test_a_kept_copy_is_no_notebook_of_the_course(checkout: Path) -> None:
    kept = keep(checkout / LESSON)
    assert kept.exists()
    assert kept not in course_notebooks(checkout)
    assert kept not in notebook_files(checkout)


def test_a_write_that_fails_leaves_the_file_that_was_there(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN that the last step is interrupted
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace(checkout / LESSON, b"half")
    # THEN nothing was changed, and nothing is left about
    files = [path.name for path in checkout.glob("notebooks/*") if path.is_file()]
    assert files == ["01_streams_intro.ipynb"]
    assert (checkout / LESSON).read_text() == f"fresh {LESSON}"


def test_making_the_exercises_anew_keeps_what_was_typed(tmp_path: Path) -> None:
    # GIVEN exercises as they were made, one of which somebody typed into
    notebooks = tmp_path / "notebooks"
    for name in ("a", "b"):
        solution = notebook([code("### solution\n1\n### end of solution")])
        save(solution, notebooks / "solutions" / f"{name}.ipynb")
    write_all(notebooks)
    (notebooks / "exercises" / "a.ipynb").write_text("typed")
    # WHEN they are made anew
    written = write_all(notebooks)
    # THEN they are as they should be, and what was typed lies beside
    assert [path.name for path in written] == ["a.mine.ipynb", "a.ipynb", "b.ipynb"]
    assert written[0].read_text() == "typed"
    assert written[1].read_text() == to_text(learner_version(solution))
