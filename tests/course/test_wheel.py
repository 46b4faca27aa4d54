"""An installed wheel carries the course: it starts in a folder of its own, far from any checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cdc_lab import __version__
from tests.tested_notebooks import NOTEBOOKS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of the wheel that this checkout makes, in a folder for ``PYTHONPATH``."""
    folder = tmp_path_factory.mktemp("wheel")
    code = f"from hatchling.build import build_wheel; print(build_wheel({str(folder)!r}))"
    built = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True, encoding="utf-8"
    )
    with zipfile.ZipFile(folder / built.stdout.splitlines()[-1]) as wheel:
        wheel.extractall(folder / "site-packages")
    return folder / "site-packages"


def run(installed: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run this Python with the wheel's package, in that folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CDC_LAB")}
    environment = {**kept, "PYTHONPATH": str(installed), "HOME": str(folder), "PYTHONSAFEPATH": "1"}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_it_holds_notebooks_and_data_and_nothing_of_a_readers(installed: Path) -> None:
    brought = installed / "cdc_lab" / "course_files"
    named = f"cdc_lab-{__version__}"
    assert {path.name for path in installed.iterdir()} == {"cdc_lab", f"{named}.data", f"{named}.dist-info"}
    # What gives pictures in JupyterLab their text goes to where JupyterLab looks for it.
    share = installed / f"{named}.data" / "data" / "share" / "jupyter"
    assert (share / "labextensions" / "cdc-lab" / "package.json").is_file()
    assert {path.name for path in NOTEBOOKS.glob("*.ipynb")} <= {
        path.name for path in brought.rglob("*.ipynb")
    }
    assert (brought / "data" / "facts.csv").is_file()
    assert not list(brought.rglob("*.py"))
    assert not [path for path in brought.rglob("*.ipynb") if "." in path.stem]


def test_the_course_starts_from_it_and_its_data_are_found(installed: Path, tmp_path: Path) -> None:
    # GIVEN a folder outside the checkout
    # WHEN the course is started there
    started = run(installed, tmp_path, "-m", "cdc_lab.cli", "start", "mine", "--no-lab")
    # THEN the notebooks are there
    assert started.returncode == 0, started.stderr
    assert {path.name for path in NOTEBOOKS.glob("*.ipynb")} <= {
        path.name for path in (tmp_path / "mine").glob("*.ipynb")
    }
    # AND a notebook's kernel finds data and facts
    code = (
        "import cdc_lab\nfrom cdc_lab.classroom import progress\n"
        "from cdc_lab.classroom.datasets import load_day\n"
        "print(cdc_lab.__file__, len(load_day('2013-05-17')), len(progress._claims()) > 100)"
    )
    found = run(installed, tmp_path / "mine", "-c", code)
    assert found.stdout.split() == [str(installed / "cdc_lab/__init__.py"), "980", "True"], found.stderr


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["progress"], 0, "Misconceptions met: none"),
        (["exercise"], 2, "usage: cdc-lab exercise"),
        (["exercise", "list"], 0, "exercise_1"),
        (["doctor"], 0, "your notebooks: not made yet"),
        (["lab"], 2, "run `cdc-lab start FOLDER` first"),
        (["reset", "exercise_1_audit_log"], 2, "change into the folder that `cdc-lab start` made"),
        (["course"], 2, "is not in a checkout of the course"),
    ],
)
def test_each_command_works_or_says_what_to_do(
    installed: Path, tmp_path: Path, command: list[str], code: int, said: str
) -> None:
    answer = run(installed, tmp_path, "-m", "cdc_lab.cli", *command)
    assert said in answer.stdout + answer.stderr
    assert answer.returncode == code
    assert "Traceback" not in answer.stderr
