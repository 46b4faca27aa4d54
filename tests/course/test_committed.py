"""What is tested is what git has, whatever a reader typed; an author tests what is about to be committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdc_lab.course import tasks
from cdc_lab.course.committed import CHOICE, under_test
from cdc_lab.course.project import CourseError, course_notebooks, notebook_files
from tests.course.git_checkout import commit_all, git
from tests.course.lessons import code, good_cells, notebook, save
from tests.notebooks.lint.__main__ import main as lint_notebooks

LESSON = "notebooks/09_a.ipynb"
EXERCISE = "notebooks/exercises/e.ipynb"
RUFF = """
[tool.ruff]
lint.per-file-ignores = { "notebooks/*.ipynb" = ["F821"], "notebooks/exercises/*.ipynb" = ["F821"] }
format.exclude = ["*.ipynb"]
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed checkout with a lesson and an exercise, and what lies beside them."""
    monkeypatch.delenv(CHOICE, raising=False)
    root = tmp_path / "a course"
    save(notebook(good_cells()), root / LESSON)
    save(
        notebook(
            [
                code(
                    "raise NotAttempted",
                )
            ]
        ),
        root / EXERCISE,
    )
    (root / "data").mkdir()
    (root / "data" / "facts.csv").write_text("id,claim\nA1,a\n")
    (root / "README.md").write_text("# A course\n")
    (root / "pyproject.toml").write_text("")
    (root / ".gitignore").write_text("build/\n.ipynb_checkpoints/\n")
    commit_all(root)
    return root


def test_files_that_are_as_in_git_are_tested_where_they_are(checkout: Path) -> None:
    assert under_test(checkout).root == checkout
    assert under_test(checkout).said == ""


def test_a_readers_work_is_not_tested(checkout: Path) -> None:
    # GIVEN a reader who answered a prediction, typed an exercise, and left a notebook and a checkpoint about
    committed = (checkout / LESSON).read_bytes()
    (checkout / LESSON).write_text("answered")
    (checkout / EXERCISE).write_text("typed")
    save(notebook([code("1")]), checkout / "notebooks" / "Untitled.ipynb")
    save(notebook([code("1")]), checkout / "notebooks" / ".ipynb_checkpoints" / "Untitled-checkpoint.ipynb")
    # WHEN notebooks are tested
    chosen = under_test(checkout)
    # THEN they are those of git, with the files that they read beside them
    assert (chosen.root / LESSON).read_bytes() == committed
    assert [path.name for path in notebook_files(chosen.root)] == ["09_a.ipynb", "e.ipynb"]
    assert (chosen.root / "data" / "facts.csv").read_text() == "id,claim\nA1,a\n"
    assert chosen.environment == {CHOICE: str(chosen.root), "CDC_LAB_DATA": str(chosen.root / "data")}
    # AND one line says which differ, and how to test them
    assert chosen.said.count("\n") == 0
    assert f"{LESSON}, {EXERCISE}, notebooks/Untitled.ipynb (`git add` yours" in chosen.said
    # AND the reader's files are as they were
    assert (checkout / LESSON).read_text() == "answered"
    assert (checkout / EXERCISE).read_text() == "typed"


def test_what_is_about_to_be_committed_is_tested(checkout: Path) -> None:
    # GIVEN an author who changed a lesson and the facts, made another notebook, and staged the notebooks
    save(notebook([code("2")]), checkout / LESSON)
    save(notebook([code("3")]), checkout / "notebooks" / "10_b.ipynb")
    git(checkout, "add", "notebooks")
    (checkout / "data" / "facts.csv").write_text("id,claim\nA1,b\n")
    # THEN the files are tested as they are
    assert under_test(checkout).root == checkout
    # AND when the lesson is changed once more, what was staged
    staged = (checkout / LESSON).read_bytes()
    (checkout / LESSON).write_text("{")
    chosen = under_test(checkout)
    assert (chosen.root / LESSON).read_bytes() == staged
    assert (chosen.root / "notebooks" / "10_b.ipynb").exists()
    assert (chosen.root / "data" / "facts.csv").read_text() == "id,claim\nA1,b\n"


def test_a_copy_is_made_once_and_follows_the_index(checkout: Path) -> None:
    (checkout / LESSON).write_text("answered")
    first = under_test(checkout).root
    assert under_test(checkout).root == first
    git(checkout, "add", LESSON)
    (checkout / LESSON).write_text("answered otherwise")
    assert (under_test(checkout).root / LESSON).read_text() == "answered"
    assert under_test(checkout).root != first


def test_a_notebook_that_was_removed_is_tested(checkout: Path) -> None:
    (checkout / LESSON).unlink()
    assert (under_test(checkout).root / LESSON).exists()


def test_the_working_copy_is_tested_on_request(checkout: Path) -> None:
    (checkout / LESSON).write_text("answered")
    chosen = under_test(checkout, {CHOICE: "working"})
    assert chosen.root == checkout
    assert "as they are (CDC_LAB_TEST_NOTEBOOKS=working)" in chosen.said


def test_a_choice_that_is_none_is_refused(checkout: Path) -> None:
    with pytest.raises(CourseError, match="is 'worknig': write 'working', or a folder"):
        under_test(checkout, {CHOICE: "worknig"})


@pytest.mark.parametrize("around", ["nothing", "another repository", "an empty repository"])
def test_an_unpacked_archive_is_tested_as_it_is_and_says_so(
    tmp_path: Path, around: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN the course without git, maybe in a repository that does not know it
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    save(notebook([code("1")]), tmp_path / "course" / LESSON)
    if around != "nothing":
        git(tmp_path, "init")
    if around == "another repository":
        git(tmp_path, "commit", "--allow-empty", "-m", "x")
    # THEN what is there is tested
    chosen = under_test(tmp_path / "course", {})
    assert chosen.root == tmp_path / "course"
    assert "git does not know them here" in chosen.said


def test_a_course_inside_a_larger_repository_is_found(tmp_path: Path) -> None:
    save(notebook([code("1")]), tmp_path / "course" / LESSON)
    commit_all(tmp_path)
    committed = (tmp_path / "course" / LESSON).read_bytes()
    (tmp_path / "course" / LESSON).write_text("answered")
    chosen = under_test(tmp_path / "course", {})
    assert (chosen.root / LESSON).read_bytes() == committed
    assert f" {LESSON} (" in chosen.said


def test_pytest_is_given_the_notebooks_of_the_copy(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(tasks, "_run", lambda command, root, env: ran.append((command, env)) or 0)
    (checkout / LESSON).write_text("answered")
    assert tasks.test(checkout, []) == 0
    chosen = under_test(checkout)
    command, environment = ran[-1]
    expected = [str(path.relative_to(checkout)) for path in course_notebooks(chosen.root)]
    assert command[-1 - len(expected) :] == ["tests", *expected]
    assert environment[CHOICE] == str(chosen.root)
    assert capsys.readouterr().out.splitlines()[0] == chosen.said


def test_a_readers_work_passes_the_checks(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # GIVEN a reader whose notebooks break rules of ruff and of the notebooks' own
    save(notebook([code("import os\nfrom time import sleep\nsleep(1)\nundefined")]), checkout / EXERCISE)
    save(notebook([code("import os\nundefined")]), checkout / LESSON)
    monkeypatch.setattr("tests.notebooks.lint.__main__.find_root", lambda: checkout)
    (checkout / "pyproject.toml").write_text(RUFF)
    step = tasks._step
    monkeypatch.setattr(tasks, "_step", lambda command, *rest: "ruff" in command and step(command, *rest))
    # THEN ruff, which is run on all, and the notebooks' checks, which say what they looked at, find nothing
    assert tasks.lint(checkout) == 0
    findings = lint_notebooks([])
    out = capsys.readouterr().out
    assert "notebooks: tested as in git's index" in out
    assert findings == 0, out
    # AND both find it in the files as they are
    monkeypatch.setenv(CHOICE, "working")
    assert tasks.lint(checkout) == 1
    assert lint_notebooks([]) == 1
