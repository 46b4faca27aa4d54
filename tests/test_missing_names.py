"""A name that a cell above makes, and that is missing, says which entry of JupyterLab's menu helps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from cdc_lab.show import short_errors
from cdc_lab.show.missing_names import RUN_ABOVE

CELLS = {
    "magic": "%matplotlib inline",
    "imports": "from cdc_lab import Lab",
    "opens": "lab = Lab(seed=1)\ndef handler(event, context):\n    inner = 1\n",
    "unfinished": "for flight in",
    "running": "lab.run()",
    "below": "later = 1",
}
LABELS = (RUN_ABOVE, "Restart Kernel and Run up to Selected Cell…")


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A kernel's shell in which no cell ran yet, and which is about to run the cell named ``running``."""
    cells = [
        {"cell_type": "code", "id": name, "source": text.splitlines(True)} for name, text in CELLS.items()
    ]
    cells.insert(0, {"cell_type": "markdown", "id": "title", "source": ["title = 1"]})
    (tmp_path / "01_lesson.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JPY_SESSION_NAME", "somewhere/01_lesson.ipynb")
    running = InteractiveShell(ipython_dir=str(tmp_path), colors="nocolor")
    running.get_parent = lambda: {"metadata": {"cellId": "running"}}
    short_errors.load_ipython_extension(running)
    yield running
    running.history_manager.end_session()
    running.restore_sys_module_state()


def shown(shell: Any, capsys: pytest.CaptureFixture[str], cell: str) -> list[str]:
    """Run a cell that fails; return what the notebook shows."""
    capsys.readouterr()
    assert not shell.run_cell(cell).success
    return capsys.readouterr().out.strip().splitlines()


@pytest.mark.parametrize("name", ["lab", "Lab", "handler"])
def test_a_name_that_a_cell_above_makes_says_what_to_do(shell: Any, capsys: Any, name: str) -> None:
    *_, error, remedy = shown(shell, capsys, f"{name}.run()")
    assert error == f"NameError: name {name!r} is not defined"
    assert remedy == (
        f"A cell above makes {name!r}, and it has not run since the kernel started: "
        "choose Run, then Run All Above Selected Cell, and run this cell again."
    )


@pytest.mark.parametrize("name", ["later", "inner", "flight", "title", "nothing"])
def test_any_other_missing_name_is_as_python_has_it(shell: Any, capsys: Any, name: str) -> None:
    assert shown(shell, capsys, name)[-1] == f"NameError: name {name!r} is not defined"


def test_a_local_name_that_is_not_set_yet_is_no_cell_that_did_not_run(shell: Any, capsys: Any) -> None:
    lines = shown(shell, capsys, "def f():\n    lab\n    lab = 1\n\nf()")
    assert lines[-1].startswith("UnboundLocalError")


@pytest.mark.parametrize("parent", [{}, {"metadata": {}}, {"metadata": {"cellId": "not saved yet"}}, None])
def test_where_the_cell_is_not_known_nothing_is_advised(shell: Any, capsys: Any, parent: Any) -> None:
    shell.get_parent = lambda: parent
    assert shown(shell, capsys, "lab")[-1] == "NameError: name 'lab' is not defined"


def test_without_the_notebooks_file_nothing_is_advised(
    shell: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME")
    assert shown(shell, capsys, "lab")[-1] == "NameError: name 'lab' is not defined"


def test_once_a_lab_is_open_its_errors_are_short_too_and_the_remedy_stays(
    shell: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    assert shell.run_cell("import cdc_lab\nopened = cdc_lab.Lab(seed=1)").success
    refused = shown(shell, capsys, 'opened.client("dynamodb").describe_table(TableName="none")')
    assert len(refused) == 2
    assert RUN_ABOVE in shown(shell, capsys, "lab")[-1]
    shell.run_cell("opened.close()")


@pytest.mark.parametrize("label", LABELS)
def test_jupyterlab_has_the_entry_of_that_name(label: str) -> None:
    # GIVEN what the installed JupyterLab sends to a browser
    static = Path(pytest.importorskip("jupyterlab").__file__).parent / "static"
    # THEN its menus have what the course says to choose
    scripts = list(static.glob("jlab_core.*.js"))
    assert scripts
    assert any(f'"{label}"' in script.read_text("utf-8") for script in scripts)
