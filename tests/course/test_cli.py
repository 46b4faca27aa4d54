"""The command's verbs: exit codes, one line for an error, arguments handed on unchanged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdc_lab import cli
from cdc_lab.course import navigation, show, tasks
from cdc_lab.course import refresh as refreshing
from cdc_lab.course.book import build
from tests.course.lessons import code, notebook, save


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """Put a recorder in place of what runs notebooks and tools, in a checkout with two lessons."""
    calls: list[Any] = []
    for name in ("01_streams_intro", "03_handlers"):
        path = tmp_path / "notebooks" / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.touch()

    def run_and_show(notebooks: list[Path], folder: Path, root: Path, **options: Any) -> int:
        calls.append(([path.stem for path in notebooks], folder.relative_to(root).as_posix(), options))
        return 0

    def build_book(root: Path, folder: Path, run: Path | None = None) -> Path:
        calls.append((folder.relative_to(root).as_posix(), run and run.relative_to(root).as_posix()))
        return folder / "index.html"

    monkeypatch.setattr(show, "run_and_show", run_and_show)
    monkeypatch.setattr(build, "build_book", build_book)
    monkeypatch.setattr(cli, "find_root", lambda: tmp_path)
    for name in ("lab", "test", "lock"):
        monkeypatch.setattr(
            tasks, name, lambda root, arguments, name=name: calls.append((name, arguments)) or 5
        )
    return calls


def test_course_runs_all_notebooks_two_at_a_time(asked: list[Any]) -> None:
    assert cli.main(["course"]) == 0
    ran = (["01_streams_intro", "03_handlers"], "build/course", {"seed": None, "jobs": 2})
    assert asked == [ran, ("build/book", "build/course")]


def test_course_takes_a_seed_and_a_pattern(asked: list[Any]) -> None:
    cli.main(["course", "--only", "03", "--seed", "11", "--jobs", "1"])
    assert asked[0] == (["03_handlers"], "build/course", {"seed": 11, "jobs": 1})


def test_course_takes_several_patterns(asked: list[Any]) -> None:
    cli.main(["course", "--only", "03", "--only", "01"])
    assert asked[0][0] == ["01_streams_intro", "03_handlers"]


def test_refresh_takes_several_patterns(asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    refreshed: list[list[str]] = []
    monkeypatch.setattr(navigation, "write_all", lambda folder: [])
    monkeypatch.setattr(
        refreshing, "refresh", lambda paths, root, jobs: refreshed.append([path.stem for path in paths]) or 0
    )
    assert cli.main(["refresh", "--only", "03", "--only", "01"]) == 0
    assert refreshed == [["01_streams_intro", "03_handlers"]]


def test_bench_takes_several_patterns(asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[list[str] | None] = []
    monkeypatch.setattr(tasks, "bench", lambda root, only: wanted.append(only) or 0)
    assert cli.main(["bench", "--only", "reads", "--only", "writes"]) == 0
    assert wanted == [["reads", "writes"]]


@pytest.mark.parametrize("verb", ["course", "refresh", "bench"])
def test_help_says_that_a_pattern_may_be_repeated(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main([verb, "--help"])
    assert "may be repeated" in " ".join(capsys.readouterr().out.split())


def test_an_example_runs_its_lessons_into_a_folder_of_its_own(asked: list[Any]) -> None:
    cli.main(["example", "1"])
    ran = (["01_streams_intro", "03_handlers"], "build/example-1", {"seed": None, "jobs": 2})
    assert asked == [ran, ("build/book", "build/example-1")]


def test_a_book_is_made_of_the_committed_notebooks(asked: list[Any]) -> None:
    assert cli.main(["book"]) == 0
    assert asked == [("build/book", None)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["example", "2"], "needs notebooks/04_"),
        (["example", "7"], "there is no example 7"),
        (["course", "--only", "nothing"], "contains 'nothing'"),
        (["bench"], "tests/benchmarks/ has no bench_*.py"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(
    asked: list[Any], capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert cli.main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("cdc-lab: ")
    assert words in error
    assert error.count("\n") == 1
    assert asked == []


@pytest.mark.parametrize("verb", ["test", "lab", "lock"])
def test_further_arguments_belong_to_the_tool(asked: list[Any], verb: str) -> None:
    # GIVEN arguments that this command would not know, in an order that matters
    arguments = ["-k", "stream and not slow", "--maxfail=1", "-q"]
    # WHEN the verb is run THEN they arrive as they are, and the tool's exit code comes back
    assert cli.main([verb, *arguments]) == 5
    assert asked == [(verb, arguments)]


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["course", "--jobs", "0"], ["lint", "extra"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 2
    assert "usage: cdc-lab" in capsys.readouterr().err


def test_an_interrupt_is_one_line_and_exit_code_130(
    asked: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*arguments: Any, **options: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(show, "run_and_show", interrupted)
    assert cli.main(["course"]) == 130
    assert capsys.readouterr().err == "cdc-lab: interrupted\n"


def test_a_missing_package_is_one_line_that_leads_to_the_doctor(
    asked: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(*arguments: Any, **options: Any) -> int:
        raise ModuleNotFoundError("No module named 'papermill'", name="papermill")

    monkeypatch.setattr(show, "run_and_show", missing)
    assert cli.main(["course"]) == 2
    assert capsys.readouterr().err == "cdc-lab: the package 'papermill' is missing: run `cdc-lab doctor`\n"


def test_progress_shows_the_lessons_and_forgets_on_request(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # GIVEN a reader who has answered nothing yet
    monkeypatch.setenv("CDC_LAB_STATE", str(tmp_path))
    assert cli.main(["progress"]) == 0
    assert "01_streams_intro" in capsys.readouterr().out
    # WHEN everything, or a lesson that there is not, is to be forgotten
    assert cli.main(["progress", "--reset", "all"]) == 0
    assert cli.main(["progress", "--reset", "99_nothing"]) == 2
    # THEN the second is one line that names it
    error = capsys.readouterr().err
    assert "99_nothing" in error
    assert error.count("\n") == 1


def test_refresh_writes_outputs_and_keeps_what_is_the_lessons_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # GIVEN a committed notebook with stale outputs, an id, a tag and metadata of its own
    path = tmp_path / "notebooks" / "01_small.ipynb"
    path.parent.mkdir()
    stale = {
        "cell_type": "code",
        "id": "01-01",
        "metadata": {"tags": ["parameters"], "execution": {"iopub.execute_input": "then"}},
        "source": "seed = 7\nseed",
        "execution_count": 12,
        "outputs": [],
    }
    own = {"exceptions": {"cell-count": "a notebook of a test"}}
    document = {
        "cells": [stale],
        "metadata": {"cdc_lab": own, "widgets": {}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(document))
    monkeypatch.setattr(cli, "find_root", lambda: tmp_path)
    # WHEN it is refreshed
    assert cli.main(["refresh"]) == 0
    # THEN it is executed from the start, and nothing of the run is left but what it shows
    after = json.loads(path.read_text())
    cell = after["cells"][0]
    assert (cell["id"], cell["metadata"], cell["execution_count"]) == ("01-01", {"tags": ["parameters"]}, 1)
    assert cell["outputs"][0]["data"]["text/plain"] == ["7"]
    assert after["metadata"]["cdc_lab"] == own
    assert "widgets" not in after["metadata"]


def test_refresh_does_not_write_over_what_was_saved_meanwhile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    # GIVEN a notebook that is saved while it is executed: here, by itself
    path = save(
        notebook([code("from pathlib import Path\nPath('01_small.ipynb').write_text('typed')")]),
        tmp_path / "notebooks" / "01_small.ipynb",
    )
    monkeypatch.setattr(cli, "find_root", lambda: tmp_path)
    # WHEN it is refreshed
    assert cli.main(["refresh"]) == 1
    # THEN what was saved stays, and one line says so
    assert path.read_text() == "typed"
    assert "FAILED  01_small.ipynb: it was saved while it ran" in capfd.readouterr().out
