"""A reader's workspace: made once, kept, brought up to date only where nothing was typed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from cdc_lab import cli
from cdc_lab.classroom.questions import lessons, load
from cdc_lab.course import tasks
from cdc_lab.course.project import CourseError
from cdc_lab.course.reset import reset
from cdc_lab.course.workspace import Workspace, find_workspace
from tests.course.git_checkout import commit_all, git
from tests.course.lessons import code, markdown, notebook, save, shown

LESSON, EXERCISE, FACTS = "01_a.ipynb", "exercises/e.ipynb", "reference_facts.ipynb"
FIGURE = "images/figure.png"
QUESTION = next(iter(load(lessons()[0])))


def lesson(text: str) -> dict[str, object]:
    return notebook([markdown(text), code(f'predict("{QUESTION}", answer=None)', shown("asked")), code("1")])


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with a lesson, an exercise, a reference and a figure."""
    root = tmp_path / "course"
    save(lesson("# 01"), root / "notebooks" / LESSON)
    save(notebook([code("raise NotAttempted")]), root / "notebooks" / EXERCISE)
    save(notebook([code("facts", shown("A1"))]), root / "notebooks" / FACTS)
    (root / "notebooks" / "images").mkdir()
    (root / "notebooks" / FIGURE).write_bytes(b"png")
    return root


@pytest.fixture
def workspace(course: Path) -> Workspace:
    """A workspace that was made just now."""
    made = Workspace(course / "workspace", course)
    assert made.update() == []
    return made


def typed_into(workspace: Workspace, name: str, text: str) -> bytes:
    """Type into the last cell, as JupyterLab saves it."""
    path = workspace.folder / name
    raw = json.loads(path.read_text())
    raw["cells"][-1]["source"] = [text]
    path.write_text(json.dumps(raw))
    return path.read_bytes()


def ran(workspace: Workspace, name: str) -> None:
    """Run and save, with nothing typed."""
    path = workspace.folder / name
    raw = json.loads(path.read_text())
    raw["cells"][-1].update(outputs=[shown("1")], execution_count=3)
    raw["metadata"]["language_info"] = {"name": "python", "version": "3.11.0"}
    path.write_text(json.dumps(raw, indent=2))


def files(folder: Path) -> set[str]:
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {name for name in found if not name.startswith(".")}


def test_it_holds_all_notebooks_without_outputs(workspace: Workspace) -> None:
    assert files(workspace.folder) == {LESSON, EXERCISE, FACTS, FIGURE}
    first, question, asking, _ = json.loads((workspace.folder / LESSON).read_text())["cells"]
    assert first["source"] == "# 01"
    assert question["source"][0].startswith(f"**Prediction {QUESTION}.**")
    assert asking["source"] == [f'predict("{QUESTION}", answer="")']
    assert asking["outputs"] == []
    # What is looked up can be read at once.
    assert json.loads((workspace.folder / FACTS).read_text())["cells"][0]["outputs"]


def test_git_ignores_it(workspace: Workspace) -> None:
    commit_all(workspace.course)
    assert git(workspace.course, "ls-files", "--", "workspace") == ""
    assert git(workspace.course, "status", "--porcelain") == ""


def test_the_next_start_leaves_everything_as_it_is(workspace: Workspace) -> None:
    mine = typed_into(workspace, EXERCISE, "def handler(event, context): ...")
    ran(workspace, LESSON)
    before = (workspace.folder / LESSON).read_bytes()
    assert workspace.update() == []
    assert (workspace.folder / EXERCISE).read_bytes() == mine
    assert (workspace.folder / LESSON).read_bytes() == before


def test_what_is_new_in_the_course_comes_where_nothing_was_typed(workspace: Workspace) -> None:
    # GIVEN a lesson that was only run, and one more lesson, a new figure
    ran(workspace, LESSON)
    save(lesson("# 01, better"), workspace.course / "notebooks" / LESSON)
    save(lesson("# 02"), workspace.course / "notebooks" / "02_b.ipynb")
    (workspace.course / "notebooks" / FIGURE).write_bytes(b"better")
    # WHEN the workspace is opened again
    said = workspace.update()
    # THEN it is there, and what was done is said
    assert "better" in (workspace.folder / LESSON).read_text()
    assert (workspace.folder / FIGURE).read_bytes() == b"better"
    assert said == [f"{LESSON}, {FIGURE}: brought up to date: nothing was typed there", "02_b.ipynb: new"]
    assert workspace.update() == []


def test_what_was_typed_stays_and_the_new_version_lies_beside_it(workspace: Workspace) -> None:
    # GIVEN an answer, and a lesson that was mended since
    mine = typed_into(workspace, LESSON, "answered")
    save(lesson("# 01, better"), workspace.course / "notebooks" / LESSON)
    # WHEN the workspace is opened again
    said = workspace.update()
    # THEN the reader's is untouched, the other beside it, once
    assert (workspace.folder / LESSON).read_bytes() == mine
    assert "better" in (workspace.folder / "01_a.new.ipynb").read_text()
    assert said == [f"{LESSON}: yours stays, and the course's new version is 01_a.new.ipynb"]
    assert workspace.update() == []
    # AND one more version does not take its place: that, too, may have been typed into
    save(lesson("# 01, best"), workspace.course / "notebooks" / LESSON)
    assert workspace.update() == [f"{LESSON}: yours stays, and the course's new version is 01_a.new-2.ipynb"]


def test_a_notebook_that_is_gone_comes_back(workspace: Workspace) -> None:
    (workspace.folder / LESSON).rename(workspace.folder / "mine.ipynb")
    assert workspace.update() == [f"{LESSON}: was gone, and is back"]
    assert (workspace.folder / "mine.ipynb").exists()


def test_a_lesson_that_the_course_has_no_more_goes_unless_something_was_typed(workspace: Workspace) -> None:
    typed_into(workspace, EXERCISE, "typed")
    for name in (LESSON, EXERCISE):
        (workspace.course / "notebooks" / name).unlink()
    assert workspace.update() == [
        f"{LESSON}: no longer in the course, and removed: nothing was typed there",
        f"{EXERCISE}: no longer in the course: yours stays",
    ]
    assert files(workspace.folder) == {EXERCISE, FACTS, FIGURE}


def test_a_file_that_is_no_notebook_any_more_counts_as_typed(workspace: Workspace) -> None:
    (workspace.folder / LESSON).write_text("{ broken")
    save(lesson("# 01, better"), workspace.course / "notebooks" / LESSON)
    workspace.update()
    assert (workspace.folder / LESSON).read_text() == "{ broken"


def test_when_what_was_given_is_forgotten_nothing_is_taken_for_the_courses(workspace: Workspace) -> None:
    # GIVEN an answer, and a list that was lost
    mine = typed_into(workspace, LESSON, "answered")
    (workspace.state / "given.json").write_text("{ broken")
    # WHEN the workspace is opened THEN the answer is there
    workspace.update()
    assert (workspace.folder / LESSON).read_bytes() == mine


def test_an_interrupted_start_goes_on(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN Ctrl-C after the first file
    workspace = Workspace(course / "workspace", course)
    bring, brought = Workspace._bring, []

    def interrupted(self: Workspace, name: str, *rest: object) -> str:
        if brought:
            raise KeyboardInterrupt
        brought.append(name)
        return bring(self, name, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "_bring", interrupted)
        with pytest.raises(KeyboardInterrupt):
            workspace.update()
    # WHEN it is started again THEN the rest is there
    workspace.update()
    assert files(workspace.folder) == {LESSON, EXERCISE, FACTS, FIGURE}
    assert workspace.update() == []


def test_a_folder_with_other_things_is_refused(course: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "01_a.ipynb").write_text("mine")
    with pytest.raises(CourseError, match="thesis is not empty: name a new folder"):
        Workspace(tmp_path / "thesis", course).update()
    assert files(tmp_path / "thesis") == {"01_a.ipynb"}


@pytest.mark.parametrize("name", ["01_a", "01_a.ipynb", "e", "exercises/e"])
def test_a_reset_gives_a_fresh_one_and_keeps_each_of_the_readers(workspace: Workspace, name: str) -> None:
    found = LESSON if name.startswith("01") else EXERCISE
    given = (workspace.folder / found).read_bytes()
    for text in ("first", "second"):
        typed_into(workspace, found, text)
        said = reset(workspace.course, name)
        assert said.startswith(f"{found} is fresh, yours is {found.removesuffix('.ipynb')}.mine")
    assert (workspace.folder / found).read_bytes() == given
    kept = [path.read_text() for path in (workspace.folder / found).parent.glob("*.mine*.ipynb")]
    assert [sum(text in one for one in kept) for text in ("first", "second")] == [1, 1]
    assert "nothing to do" in reset(workspace.course, name)
    assert workspace.update() == []


def test_a_reset_outside_the_checkout_finds_the_workspace_around(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace.folder / "exercises")
    typed_into(workspace, EXERCISE, "typed")
    assert reset(workspace.course, "e.ipynb").startswith(f"{EXERCISE} is fresh")


def test_the_courses_own_notebook_is_reset_by_its_path(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN somebody who typed into notebooks/
    commit_all(workspace.course)
    path = workspace.course / "notebooks" / LESSON
    committed = path.read_bytes()
    path.write_text("typed")
    # WHEN it is reset from the checkout THEN it is as committed, and what was typed lies beside
    monkeypatch.chdir(workspace.course)
    assert reset(workspace.course, f"notebooks/{LESSON}").startswith(f"notebooks/{LESSON} is fresh")
    assert path.read_bytes() == committed
    assert path.with_name("01_a.mine.ipynb").read_text() == "typed"


def test_lab_opens_the_workspace_of_the_checkout(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(course)
    opened: list[tuple[list[str], Path]] = []
    monkeypatch.setattr(tasks, "_run", lambda command, root, environment: opened.append((command, root)) or 0)
    tasks.lab(course, ["--no-browser"])
    command, folder = opened[0]
    assert folder == course / "workspace"
    assert f"--ServerApp.root_dir={folder}" in command
    assert f"--LabApp.default_url=/lab/tree/{LESSON}" in command
    assert command[-1] == "--no-browser"
    assert find_workspace(course) is not None


def test_start_makes_a_folder_anywhere(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # GIVEN a folder to be made
    monkeypatch.setattr(cli, "find_root", lambda: course)
    monkeypatch.chdir(tmp_path)
    opened: list[list[str]] = []
    monkeypatch.setattr(tasks, "_run", lambda command, root, environment: opened.append(command) or 0)
    # WHEN it is made without JupyterLab, then opened with arguments for it
    assert cli.main(["start", "mine", "--no-lab"]) == 0
    assert opened == []
    assert "made now" in capsys.readouterr().out
    assert cli.main(["start", "mine", "--port", "9999"]) == 0
    # THEN JupyterLab shows that folder, and gets them
    assert f"--ServerApp.root_dir={tmp_path / 'mine'}" in opened[0]
    assert opened[0][-2:] == ["--port", "9999"]
    assert "as you left them" in capsys.readouterr().out


def test_git_is_not_needed(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_git(command: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        raise AssertionError(command)

    monkeypatch.setattr(subprocess, "run", no_git)
    Workspace(course / "workspace", course).update()
