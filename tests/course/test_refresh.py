"""Committed notebooks are executed in place: outputs are new, all else stays, and no typed text is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from cdc_lab.course.project import find_root
from cdc_lab.course.refresh import refresh
from tests.course.lessons import code, markdown, notebook, save, stream

pytestmark = pytest.mark.notebooks


@pytest.fixture(autouse=True)
def _compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    # Else all would be compiled anew in this checkout.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)


def test_outputs_are_new_and_what_the_author_typed_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # GIVEN a lesson with an output of yesterday, tags, ids, metadata of its own, and times of another run
    cells = [
        markdown("# 01. First"),
        code("seed = 7", tags=("parameters",)),
        code("import os\nprint(seed, os.path.basename(os.getcwd()))\nseed", stream("yesterday\n")),
    ]
    cells[2]["metadata"]["execution"] = {"iopub.status.busy": "2013-03-08T10:00:00Z"}
    own = {"cdc_lab": {"needs": ["search"]}}
    path = save(notebook(cells, **own, papermill={"duration": 3}), tmp_path / "notebooks" / "01_first.ipynb")
    # AND one whose last cell fails
    failing = save(
        notebook([code("1", stream("old\n")), code("raise KeyError('no\\nsuch flight')")]),
        tmp_path / "notebooks" / "02_bad.ipynb",
    )
    before = failing.read_bytes()
    # WHEN both are refreshed
    assert refresh([path, failing], tmp_path, jobs=2) == 1
    # THEN the first has new outputs, and is otherwise as it was, without what depends on the run
    made = json.loads(path.read_text("utf-8"))
    assert [cell["source"] for cell in made["cells"]] == [
        cell["source"].splitlines(keepends=True) for cell in cells
    ]
    assert [cell["id"] for cell in made["cells"]] == ["cell-1", "cell-2", "cell-3"]
    assert [cell["metadata"] for cell in made["cells"]] == [{}, {"tags": ["parameters"]}, {}]
    assert [cell.get("execution_count") for cell in made["cells"]] == [None, 1, 2]
    printed, shown = made["cells"][2]["outputs"]
    assert printed["text"] == ["7 notebooks\n"]
    assert shown["data"] == {"text/plain": ["7"]}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert made["metadata"] == {**own, "kernelspec": kernel, "language_info": {"name": "python"}}
    nbformat.validate(made)
    # AND the second is as it was
    assert failing.read_bytes() == before
    lines = sorted(capsys.readouterr().out.splitlines())
    assert lines == ["FAILED  02_bad.ipynb: KeyError: 'no\\nsuch flight'", "ok      01_first.ipynb"]
    # AND nothing of the run is left
    assert not list((tmp_path / "build").glob("refresh-*"))


def test_a_notebook_that_was_saved_while_it_ran_stays_as_it_was_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # GIVEN a notebook that is saved by somebody while it runs
    path = tmp_path / "notebooks" / "01_first.ipynb"
    save(notebook([code(f"open({str(path)!r}, 'a').write(' ')")]), path)
    before = path.read_bytes()
    # WHEN it is refreshed THEN it stays as it was saved, and the command says so
    assert refresh([path], tmp_path, jobs=1) == 1
    assert path.read_bytes() == before + b" "
    assert "FAILED  01_first.ipynb: it was saved while it ran" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
def test_an_interrupt_leaves_nothing_running_and_the_notebook_as_it_was(tmp_path: Path) -> None:
    # GIVEN a notebook that holds a pipe open, and then takes long
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    held = (
        f"import time\npipe = open({str(pipe)!r}, 'w')\npipe.write('here\\n')\npipe.flush()\ntime.sleep(600)"
    )
    path = save(notebook([code(held)]), tmp_path / "notebooks" / "01_long.ipynb")
    before = path.read_bytes()
    script = (
        "import pathlib, sys\n"
        "from cdc_lab import cli\n"
        f"cli.find_root = lambda: pathlib.Path({str(tmp_path)!r})\n"
        "sys.exit(cli.main(['refresh']))\n"
    )
    command = [sys.executable, "-c", script]
    process = subprocess.Popen(command, cwd=find_root(), stderr=subprocess.PIPE, text=True)
    with pipe.open() as reader:
        assert reader.readline() == "here\n"
        # WHEN the command is ended
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        # THEN it says so in one line, and the pipe's other end is closed: the kernel has ended
        assert process.returncode == 130
        assert errors.strip() == "cdc-lab: interrupted"
        assert reader.read() == ""
    # AND nothing was written
    assert path.read_bytes() == before
    assert not list((tmp_path / "build").glob("refresh-*"))
