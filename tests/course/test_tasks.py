"""Tests, checks and benchmarks are run as they should be: strictly, all of them, with the right exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cdc_lab.course import tasks
from cdc_lab.course.committed import CHOICE
from cdc_lab.course.project import CourseError


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a lesson, an exercise, a test and two benchmarks."""
    for name in ("notebooks/01_a.ipynb", "notebooks/exercises/e.ipynb", "tests/test_a.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "tests" / "benchmarks").mkdir()
    for name, text in (("bench_b.py", "print('table b')"), ("bench_a.py", "print('table a')")):
        (tmp_path / "tests" / "benchmarks" / name).write_text(text)
    return tmp_path


def test_notebooks_are_compared_strictly_and_each_by_one_process(checkout: Path) -> None:
    arguments = tasks.pytest_arguments(checkout, [])
    assert "--nbval" in arguments
    assert not any("lax" in argument for argument in arguments)
    assert arguments[arguments.index("--dist") + 1] == "loadfile"
    assert arguments[-2:] == ["tests", "notebooks/01_a.ipynb"]


def test_a_selection_keeps_all_paths(checkout: Path) -> None:
    assert tasks.pytest_arguments(checkout, ["-k", "test_stream"])[-2:] == ["tests", "notebooks/01_a.ipynb"]


@pytest.mark.parametrize("path", ["tests/test_a.py", "tests/test_a.py::test_one"])
def test_named_paths_replace_the_default_ones(checkout: Path, path: str) -> None:
    assert tasks.pytest_arguments(checkout, ["-q", path])[-2:] == ["-q", path]


def test_there_is_a_worker_for_each_processor_up_to_eight() -> None:
    assert 1 <= tasks.workers() <= 8


def test_benchmarks_run_in_order_and_print(checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert tasks.bench(checkout, None) == 0
    announced, *rest = capfd.readouterr().out.splitlines()
    assert announced.startswith("2 benchmarks: about a quarter of an hour")
    assert rest == ["-- [1/2] bench_a", "table a", "-- [2/2] bench_b", "table b"]


def test_benchmarks_are_chosen_by_one_name_or_more(checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    # WHEN one is named, and then both THEN no more than those run
    assert tasks.bench(checkout, ["_b"]) == 0
    assert capfd.readouterr().out.splitlines() == ["-- [1/1] bench_b", "table b"]
    assert tasks.bench(checkout, ["_b", "_a"]) == 0
    assert capfd.readouterr().out.splitlines()[::2] == ["-- [1/2] bench_a", "-- [2/2] bench_b"]
    # AND a name that none has is refused
    with pytest.raises(CourseError, match=r"no bench_\*.py with 'nothing' in its name"):
        tasks.bench(checkout, ["_a", "nothing"])


def test_a_failed_benchmark_is_named_and_the_others_still_run(
    checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (checkout / "tests" / "benchmarks" / "bench_a.py").write_text("raise SystemExit(3)")
    assert tasks.bench(checkout, None) == 1
    assert capfd.readouterr().out.splitlines()[2:] == [
        "-- [2/2] bench_b",
        "table b",
        "bench: FAILED: bench_a.py",
    ]


def test_every_check_runs_even_after_one_that_failed(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(CHOICE)
    ran: list[str] = []

    def run(command: list[str], root: Path, environment: dict[str, str]) -> int:
        assert environment[CHOICE] == str(checkout)
        ran.append(" ".join(command[2:]))
        return 1 if "mypy" in command else 0

    monkeypatch.setattr(tasks, "_step", run)
    assert tasks.lint(checkout) == 1
    assert ran == ["ruff check .", "ruff format --check .", "mypy", "tests.notebooks.lint"]
    lines = capsys.readouterr().out.splitlines()
    assert "git does not know them here" in lines[0]
    assert lines[-1] == "lint: FAILED: mypy"


def test_clean_removes_what_runs_left_and_nothing_else(checkout: Path) -> None:
    # GIVEN results, caches, and an environment
    kept = {"notebooks/01_a.ipynb", "tests/test_a.py", ".venv/bin/python"}
    kept |= {"notebooks/.ipynb_checkpoints/x.ipynb", "notebooks/01_a.mine.ipynb"}  # what a reader typed
    for name in (
        "build/course/index.html",
        ".pytest_cache/x",
        "tests/__pycache__/x.pyc",
        "notebooks/.ipynb_checkpoints/x.ipynb",
        "notebooks/01_a.mine.ipynb",
        ".venv/bin/python",
    ):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).touch()
    # WHEN it is cleaned
    assert tasks.clean(checkout) == 0
    # THEN results and caches are gone
    left = {path.relative_to(checkout).as_posix() for path in checkout.rglob("*") if path.is_file()}
    assert kept <= left
    assert not {name for name in left if "cache" in name or "build" in name}


def test_an_author_opens_jupyterlab_on_a_folder_without_a_copy(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr(tasks, "_run", lambda command, root, environment: seen.append(command) or 0)
    tasks.lab(checkout, ["--ServerApp.root_dir=notebooks"])
    assert seen[0][-1] == "--ServerApp.root_dir=notebooks"
    assert not (checkout / "workspace").exists()


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_tool_that_is_interrupted_ends_in_its_own_way(tmp_path: Path, signum: signal.Signals) -> None:
    # GIVEN a tool that has something to say when it is stopped
    tool = (
        "import os, signal, sys\n"
        "def leave(signum, frame):\n"
        "    os.write(1, b'in order\\n')\n"
        "    sys.exit(7)\n"
        "for signum in (signal.SIGINT, signal.SIGTERM):\n"
        "    signal.signal(signum, leave)\n"
        "os.write(1, b'started\\n')\n"
        "signal.pause()\n"
    )
    runner = (
        "import sys, pathlib\n"
        "from cdc_lab.course.tasks import _run\n"
        f"sys.exit(_run([sys.executable, '-c', {tool!r}], pathlib.Path('.')))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", runner], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    # WHEN the terminal interrupts both, or someone ends the command that runs it
    if signum == signal.SIGINT:
        os.killpg(process.pid, signum)
    else:
        process.send_signal(signum)
    # THEN the tool says it, and its exit code is the command's
    printed, _ = process.communicate(timeout=60)
    assert printed == "in order\n"
    assert process.returncode == 7


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
def test_ctrl_c_ends_the_benchmarks_at_once_and_starts_no_other(checkout: Path) -> None:
    # GIVEN benchmarks, the first of which has started a server that takes no notice
    server = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); "
    first = (
        "import subprocess, sys\n"
        f"server = subprocess.Popen([sys.executable, '-c', {server + 'time.sleep(600)'!r}])\n"
        "server.wait()\n"
    )
    (checkout / "tests" / "benchmarks" / "bench_a.py").write_text(first)
    runner = (
        "import pathlib, sys\nfrom cdc_lab.course import tasks\n"
        "try:\n    tasks.bench(pathlib.Path(sys.argv[1]), None)\n"
        "except KeyboardInterrupt:\n    print('interrupted', flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", runner, str(checkout)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(3)][1:] == ["-- [1/2] bench_a\n", "up\n"]
    # WHEN the reader presses Ctrl-C
    os.killpg(process.pid, signal.SIGINT)
    # THEN no traceback is shown, no other benchmark runs, and nothing is left that holds the output open
    printed, _ = process.communicate(timeout=60)
    assert printed == "interrupted\n"
