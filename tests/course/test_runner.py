"""Notebooks run by papermill in this interpreter's kernel, failures are named, nothing is left running."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cdc_lab.course import execute, kernel
from cdc_lab.course.execute import has_parameters
from cdc_lab.course.pages import write_page
from cdc_lab.course.runner import run
from cdc_lab.course.show import run_and_show
from tests.course.lessons import code, figure, markdown, notebook, save

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
        exit_code = run_and_show(ordered, root / "build" / "course", root, "All", seed=11, stream=report)
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
    assert "2 of 5 notebooks executed without an error: open build/course/index.html" in report


@pytest.mark.notebooks
def test_what_was_executed_before_a_failure_can_be_read(ran: tuple[Path, int, str]) -> None:
    root, _, _ = ran
    assert "never" not in text_of(root / "build" / "course" / "03_bad.ipynb")
    assert "KeyError" in (root / "build" / "course" / "03_bad.html").read_text("utf-8")


@pytest.mark.notebooks
def test_pages_link_to_pages_and_to_files(ran: tuple[Path, int, str]) -> None:
    root, _, _ = ran
    page = (root / "build" / "course" / "01_first.html").read_text("utf-8")
    assert 'href="02_second.html#there"' in page
    assert 'href="../../data.csv"' in page
    assert "<title>01. First</title>" in page


@pytest.mark.notebooks
def test_the_index_lists_all_with_status_and_time(ran: tuple[Path, int, str]) -> None:
    root, _, _ = ran
    index = (root / "build" / "course" / "index.html").read_text("utf-8")
    assert '<a href="01_first.html">01. First</a></td><td>ok</td>' in index
    assert "failed: cell 3" in index
    assert "5 notebooks executed, 3 failed." in index
    assert index.count(" s</td>") == 5


def test_a_page_loads_nothing_from_the_network(tmp_path: Path) -> None:
    # GIVEN an executed notebook
    executed = save(notebook([markdown("# 01. T\n\n$x$"), code("1")]), tmp_path / "01_t.ipynb")
    # WHEN its page is written
    write_page(executed, tmp_path / "01_t.html", executed, {executed})
    # THEN no script, style or picture comes from elsewhere
    page = (tmp_path / "01_t.html").read_text("utf-8")
    assert "cdnjs" not in page
    assert "<script" not in page


def test_a_pages_picture_has_its_text_and_its_size(tmp_path: Path) -> None:
    # GIVEN a figure whose output tells what it shows, and how large
    drawn = figure()
    drawn["metadata"] = {"image/png": {"alt": 'The "line" rises', "width": 900, "height": 350}}
    executed = save(notebook([markdown("# 01. T"), code("draw()", drawn)]), tmp_path / "01_t.ipynb")
    # WHEN its page is written
    write_page(executed, tmp_path / "01_t.html", executed, {executed})
    # THEN the picture has all of it
    page = (tmp_path / "01_t.html").read_text("utf-8")
    picture = re.search(r"<img[^>]*>", page)
    assert picture is not None
    (alt,) = re.findall(r""" alt=(?:"([^"]*)"|'([^']*)')""", picture.group())
    assert unescape("".join(alt)) == 'The "line" rises'
    assert 'width="900"' in picture.group()
    assert 'height="350"' in picture.group()


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


def links(page: Path) -> list[str]:
    """Return where a page's links between files lead."""
    return re.findall(r'href="(?![a-z]+:|#)([^"#]+)', page.read_text("utf-8"))


def broken(folder: Path) -> list[str]:
    """Return the links of a run's index and pages that lead to no file."""
    return [
        f"{page.name}: {link}"
        for page in folder.rglob("*.html")
        for link in links(page)
        if not (page.parent / link).exists()
    ]


@pytest.mark.notebooks
def test_a_run_of_some_keeps_the_pages_of_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    # GIVEN two notebooks that link to each other, and a run of the first alone
    folder = tmp_path / "build" / "course"
    first = save(
        notebook([markdown("# 01. A\n\n[b](02_b.ipynb#x)"), code("1")]), tmp_path / "notebooks" / "01_a.ipynb"
    )
    second = save(
        notebook([markdown("# 02. B\n\n[a](01_a.ipynb)"), code("1/0")]), tmp_path / "notebooks" / "02_b.ipynb"
    )
    run([first], folder, ROOT / "build", "All")
    assert "../../notebooks/02_b.ipynb" in links(folder / "01_a.html")
    # WHEN the second alone is run
    outcomes = run([second], folder, ROOT / "build", "All")
    # THEN both have pages, which lead to each other, and the index says which is of today
    assert [outcome.notebook for outcome in outcomes] == [second]
    assert "02_b.html" in links(folder / "01_a.html")
    assert "01_a.html" in links(folder / "02_b.html")
    index = (folder / "index.html").read_text("utf-8")
    assert "1 notebook executed, 1 failed. 1 more from earlier runs." in index
    assert '<a href="01_a.html">01. A</a></td><td>ok, earlier run</td>' in index
    assert '<a href="02_b.html">02. B</a></td><td>failed: cell 2</td>' in index
    assert broken(folder) == []
    # AND when both are run, nothing is said of earlier runs
    save(notebook([markdown("# 02. B\n\n[a](01_a.ipynb)"), code("2")]), second)
    run([first, second], folder, ROOT / "build", "All")
    assert "2 notebooks executed, all without an error.</p>" in (folder / "index.html").read_text("utf-8")


@pytest.mark.notebooks
def test_nothing_stays_of_a_notebook_that_is_gone_or_gives_no_page_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    # GIVEN pages of two notebooks, of which then one is removed, and one is broken
    folder = tmp_path / "build" / "course"
    names = ("01_a", "02_b")
    first, second = (
        save(
            notebook([markdown("[a](01_a.ipynb) [b](02_b.ipynb)"), code("1")]),
            tmp_path / "notebooks" / f"{name}.ipynb",
        )
        for name in names
    )
    run([first, second], folder, ROOT / "build", "All")
    first.unlink()
    second.write_text("<<<<<<< ours")
    # WHEN it is run again
    run([second], folder, ROOT / "build", "All")
    # THEN no page is left of what they were, and nobody else's file is touched
    assert sorted(path.name for path in folder.iterdir()) == [".outcomes.jsonl", "index.html"]
    assert links(folder / "index.html") == []


@pytest.mark.notebooks
@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_running(
    tmp_path: Path, signum: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    # GIVEN pages of an earlier run
    folder, lessons = tmp_path / "build" / "course", tmp_path / "notebooks"
    paths = [
        save(notebook([markdown(f"# {n}\n\n[1](01_long.ipynb)"), code("1")]), lessons / n) for n in NAMES
    ]
    run(paths, folder, ROOT / "build", "All")
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
    # AND every page is there, each whole, and in the index
    pages = [path.with_suffix(".html").name for path in paths]
    assert [link for link in links(folder / "index.html") if link.endswith(".html")] == pages
    assert broken(folder) == []
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
