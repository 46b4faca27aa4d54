"""Other ways in: papermill and nbval as their users type them, an editor, Binder, a container."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from cdc_lab.course.project import lessons
from cdc_lab.course.workspace import Workspace
from tests.tested_notebooks import ROOT as TESTED

ROOT = Path(__file__).resolve().parents[2]
LESSON = lessons(TESTED)[0]


@pytest.fixture
def newcomer(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody whose home is empty, and who has told the course nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CDC_LAB", "JUPYTER"))}
    (tmp_path / "home").mkdir()
    return {**kept, "HOME": str(tmp_path / "home"), "PYTEST_ADDOPTS": ""}


def run(*command: str | Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment in the checkout's folder."""
    line = [sys.executable, "-m", *map(str, command)]
    return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.notebooks
def test_papermill_runs_a_lesson_from_the_checkouts_folder(newcomer: dict[str, str], tmp_path: Path) -> None:
    # GIVEN nothing but the tool, and a kernel whose folder is the checkout's, as an editor may start it
    executed = tmp_path / "executed.ipynb"
    # WHEN a lesson is run with a parameter
    ran = run("papermill", LESSON, executed, "-p", "seed", "11", environment=newcomer)
    # THEN it runs to its end
    assert ran.returncode == 0, ran.stderr[-2000:]
    cells = nbformat.read(executed, as_version=4).cells
    assert any(cell.source.strip().endswith("seed = 11") for cell in cells)
    assert [cell for cell in cells if cell.cell_type == "code"][-1].execution_count


@pytest.mark.notebooks
def test_nbval_finds_each_cell_as_it_is_committed(newcomer: dict[str, str]) -> None:
    ran = run("pytest", "-q", "-p", "no:cacheprovider", "--nbval", LESSON, environment=newcomer)
    assert ran.returncode == 0, ran.stdout[-2000:]
    assert re.search(r"^\d+ passed in", ran.stdout, re.MULTILINE)


def test_an_editor_can_open_a_readers_copy_with_the_projects_own_tools(tmp_path: Path) -> None:
    # GIVEN a workspace as an editor opens it: no JupyterLab was started
    workspace = Workspace(tmp_path / "workspace", TESTED)
    workspace.update()
    # THEN each of its notebooks is one that any tool reads, with the kernel's usual name
    for name in workspace.names():
        notebook = nbformat.read(workspace.folder / name, as_version=4)
        nbformat.validate(notebook)
        assert notebook.metadata.kernelspec.name == "python3"


def test_binder_gets_a_python_of_the_course_and_the_locked_packages() -> None:
    # GIVEN the files that Binder reads
    environment = yaml.safe_load((ROOT / ".binder" / "environment.yml").read_text("utf-8"))
    script = ROOT / ".binder" / "postBuild"
    # THEN its Python is one of the course's, and all else comes from the lock, with hashes
    python, pip = environment["dependencies"]
    assert python.removeprefix("python=") in ("3.11", "3.12", "3.13", "3.14")
    assert pip == "pip"
    assert os.access(script, os.X_OK)
    lines = script.read_text("utf-8").splitlines()
    assert any("--require-hashes -r requirements.lock" in line for line in lines)
    assert lines[-1] == "cdc-lab start workspace --no-lab"
    if shutil.which("bash"):
        subprocess.run(["bash", "-n", str(script)], check=True)


def test_a_container_is_set_up_by_the_same_commands() -> None:
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    assert re.fullmatch(r"python:3\.1[1-4]-\w+", container["image"])
    assert container["postCreateCommand"].startswith("make setup && ")
    settings = container["customizations"]["vscode"]["settings"]
    assert settings["python.defaultInterpreterPath"].endswith("/.venv/bin/python")
