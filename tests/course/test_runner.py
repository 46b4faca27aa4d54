"""Notebooks run by papermill in this interpreter's kernel, failures are named, nothing is left running."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cdc_lab.course import execute, kernel
from cdc_lab.course.execute import has_parameters
from cdc_lab.course.outcomes import read_outcomes
from cdc_lab.course.runner import OUTCOMES, run
from cdc_lab.course.show import run_and_show
from tests.course.lessons import code, markdown, notebook, save

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("01_long.ipynb", "02_short.ipynb")


def text_of(executed: Path) -> str:
    """Return all that an executed notebook printed."""
    cells = nbformat.read(executed, as_version=4).cells
    return "".join(output.get("text", "") for cell in cells for output in cell.get("outputs", []))


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, str]:
    """A checkout of five small notebooks, run once with another seed: its folder, exit code and report."""
    root = tmp_path_factory.mktemp("a checkout with spaces")
    notebooks = root / "notebooks"
    good = [
        markdown("# 01. First\n\n[next](02_second.ipynb#there) [data](../data.csv)"),
        code("seed = 7\nshards = 1", tags=("parameters",)),
        code("import os, sys\nprint(seed, shards, sys.executable, os.getcwd(), sep='\\n')"),
    ]
    save(notebook(good), notebooks / "01_first.ipynb")
    save(notebook([markdown("# 02. Second"), code("print('no seed here')")]), notebooks / "02_second.ipynb")
    bad = [
        code("seed = 7", tags=("parameters",)),
        markdown("text"),
        code("raise KeyError('what\\nthe last line')"),
        code("print('never')"),
    ]
    save(notebook(bad), notebooks / "03_bad.ipynb")
    save(notebook([code("1"), code("import os; os._exit(3)")]), notebooks / "04_dies.ipynb")
    (notebooks / "05_broken.ipynb").write_text("<<<<<<< ours", "utf-8")
    (root / "data.csv").touch()
    # GIVEN a user whose home has a kernel `python3` that is another program, and start-up files of their own
    home = root / "home"
    spec = home / ".local" / "share" / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(
        json.dumps({"argv": ["/bin/false"], "display_name": "x", "language": "python"})
    )
    startup = home / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("print('a start-up file ran')")
    report = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # all would be compiled anew in this checkout
        ordered = sorted(notebooks.glob("*.ipynb"))
        exit_code = run_and_show(ordered, root / "build" / "course", root, seed=11, stream=report)
    return root, exit_code, report.getvalue()


@pytest.mark.notebooks
def test_a_notebook_runs_with_the_given_seed_in_this_interpreter(ran: tuple[Path, int, str]) -> None:
    root, _, _ = ran
    printed = text_of(root / "build" / "course" / "01_first.ipynb").split("\n")
    assert printed[:4] == ["11", "1", sys.executable, str(root / "notebooks")]
    assert text_of(root / "build" / "course" / "02_second.ipynb") == "no seed here\n"


@pytest.mark.notebooks
def test_failures_name_notebook_cell_and_error(ran: tuple[Path, int, str]) -> None:
    _, exit_code, report = ran
    assert exit_code == 1
    assert "FAILED notebooks/03_bad.ipynb, cell 3: KeyError: 'what\\nthe last line'" in report
    assert "FAILED notebooks/04_dies.ipynb, cell 2: DeadKernelError: Kernel died" in report
    assert "FAILED notebooks/05_broken.ipynb, before its first cell: NotJSONError: " in report
    assert "2 of 5 notebooks executed without an error, into build/course/" in report


@pytest.mark.notebooks
def test_what_was_executed_before_a_failure_can_be_read(ran: tuple[Path, int, str]) -> None:
    root, _, _ = ran
    assert "never" not in text_of(root / "build" / "course" / "03_bad.ipynb")
    assert "KeyError" in (root / "build" / "course" / "03_bad.ipynb").read_text("utf-8")


@pytest.mark.notebooks
def test_how_each_notebook_went_is_written_down(ran: tuple[Path, int, str]) -> None:
    root, _, _ = ran
    folder = root / "build" / "course"
    noted = {outcome.executed.name: outcome for outcome in read_outcomes(folder / OUTCOMES, folder)}
    assert noted["01_first.ipynb"].title == "01. First"
    assert noted["01_first.ipynb"].failure is None
    failure = noted["03_bad.ipynb"].failure
    assert failure is not None
    assert failure.where == "cell 3"
    assert [outcome.cells for outcome in noted.values()] == [
        4,
        2,
        5,
        2,
        0,
    ]  # with the cell that sets the seed
    assert all(outcome.seconds > 0 for outcome in noted.values())


def test_the_kernel_is_this_interpreter_whatever_else_is_on_the_path(tmp_path: Path) -> None:
    environment = kernel.batch_environment(tmp_path, {"JUPYTER_PATH": "/somewhere/else"})
    own, _, rest = environment["JUPYTER_PATH"].partition(os.pathsep)
    spec = json.loads((Path(own) / "kernels" / "python3" / "kernel.json").read_text("utf-8"))
    assert spec["argv"][0] == sys.executable
    assert rest == "/somewhere/else"
    assert environment["IPYTHONDIR"].startswith(str(tmp_path))


def test_who_wants_no_compiled_files_gets_them_out_of_the_way(tmp_path: Path) -> None:
    environment = kernel.batch_environment(tmp_path, {"PYTHONDONTWRITEBYTECODE": "1"})
    assert environment["PYTHONPYCACHEPREFIX"] == str(tmp_path / "pycache")
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert "PYTHONPYCACHEPREFIX" not in kernel.batch_environment(tmp_path, {})


def test_a_seed_is_handed_only_to_a_notebook_that_has_one() -> None:
    cells = [code("shards = 2", tags=("parameters",))]
    assert not has_parameters(nbformat.from_dict(notebook(cells)))
    cells[0]["source"] = "seed: int = 7"
    assert has_parameters(nbformat.from_dict(notebook(cells)))


def noted(folder: Path) -> list[tuple[str, bool]]:
    """Return the executed notebooks that a folder has a note of, in order, and whether each went well."""
    return [(one.executed.name, one.failure is None) for one in read_outcomes(folder / OUTCOMES, folder)]


@pytest.mark.notebooks
def test_a_run_of_some_keeps_what_is_there_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    # GIVEN two notebooks, and a run of the first alone
    folder = tmp_path / "build" / "course"
    first = save(notebook([markdown("# 01. A"), code("1")]), tmp_path / "notebooks" / "01_a.ipynb")
    second = save(notebook([markdown("# 02. B"), code("1/0")]), tmp_path / "notebooks" / "02_b.ipynb")
    run([first], folder, ROOT / "build")
    # WHEN the second alone is run
    outcomes = run([second], folder, ROOT / "build")
    # THEN both are there
    assert [outcome.notebook for outcome in outcomes] == [second]
    assert noted(folder) == [("01_a.ipynb", True), ("02_b.ipynb", False)]
    assert (folder / "01_a.ipynb").exists()


@pytest.mark.notebooks
def test_nothing_stays_of_a_notebook_that_is_gone_or_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    # GIVEN a run of two notebooks, of which then one is removed, and one is broken
    folder = tmp_path / "build" / "course"
    first, second = (
        save(notebook([code("1")]), tmp_path / "notebooks" / f"{name}.ipynb") for name in ("01_a", "02_b")
    )
    run([first, second], folder, ROOT / "build")
    first.unlink()
    second.write_text("<<<<<<< ours")
    # WHEN it is run again
    run([second], folder, ROOT / "build")
    # THEN nothing is left of what they were
    assert [path.name for path in folder.iterdir()] == [OUTCOMES]
    assert noted(folder) == [("02_b.ipynb", False)]


@pytest.mark.notebooks
@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_running(
    tmp_path: Path, signum: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    # GIVEN an earlier run
    folder, lessons = tmp_path / "build" / "course", tmp_path / "notebooks"
    paths = [
        save(notebook([markdown(f"# {n}\n\n[1](01_long.ipynb)"), code("1")]), lessons / n) for n in NAMES
    ]
    run(paths, folder, ROOT / "build")
    # AND a run in which one of the notebooks holds a pipe open, and then takes long
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    held = (
        f"import time\npipe = open({str(pipe)!r}, 'w')\npipe.write('here\\n')\npipe.flush()\ntime.sleep(600)"
    )
    save(notebook([code("0"), code(held)]), paths[0])
    script = (
        "import pathlib, sys\n"
        "from cdc_lab import cli\n"
        f"cli.find_root = lambda: pathlib.Path({str(tmp_path)!r})\n"
        "sys.exit(cli.main(['course']))\n"
    )
    command = [sys.executable, "-c", script]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with pipe.open() as reader:
        assert reader.readline() == "here\n"
        # WHEN it is interrupted
        process.send_signal(signum)
        _, errors = process.communicate(timeout=60)
        # THEN it says so in one line, and the pipe's other end is closed: the kernel has ended
        assert process.returncode == 130
        assert errors.strip() == "cdc-lab: interrupted"
        assert reader.read() == ""
    # AND the executed notebooks of the earlier run are there, each whole
    assert noted(folder) == [(name, True) for name in sorted(NAMES)]
    assert nbformat.read(folder / NAMES[0], as_version=4).cells[-1].source == "1"
    assert not list(folder.rglob(".part-*"))


def test_a_kernel_that_does_not_start_is_started_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a kernel that dies at its start, as when another took its port
    path = save(notebook([code("1")]), tmp_path / "one.ipynb")
    tries = []

    def start(*args: Any, **kwargs: Any) -> None:
        tries.append(args)
        if len(tries) < 2 or "always" in str(args[1]):
            raise RuntimeError("Kernel died before replying to kernel_info")

    monkeypatch.setattr(execute.papermill, "execute_notebook", start)
    # WHEN the notebook is executed, THEN it is tried again, once
    assert execute.execute(path, tmp_path / "done.ipynb") is None
    assert len(tries) == 2
    with pytest.raises(RuntimeError, match="Kernel died"):
        execute.execute(path, tmp_path / "always.ipynb")
    assert len(tries) == 4
