"""A folder with a reader's handler and its tests, outside of the course, and pytest as in a terminal."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import weakref
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cdc_lab.classroom import pytest_process
from cdc_lab.show.panels import ClassroomError, in_notebook

_REPORT = "cdc-lab.json"
_LONGEST = 300  # seconds; a test that waits for ever must not take the notebook with it
_OPTIONS = ("-p", "cdc_lab.testing", "-p", "no:cacheprovider", "--color=no")
# Settings of pytest, of AWS and of backends that a reader's machine may have: what a lesson shows has none.
_NOT_HANDED_ON = ("PYTEST_", "COV_", "COVERAGE_", "AWS_", "CDC_LAB_", "DYNAMODB_LOCAL_URL")
_OF_CI = ("CI", "BUILD_NUMBER")  # where one is set, pytest shortens its lines less
_PROMPT = "(Pdb) "
_STOPPED = re.compile(r"^> (\S+\(\d+\)\S+)", re.MULTILINE)
_SECONDS = re.compile(r" in \d+\.\d+s( \(\d+:\d\d:\d\d\))?")


class ProjectError(ClassroomError):
    """A file that cannot be written, or tests that pytest could not run."""


@dataclass(frozen=True, repr=False)
class PytestRun:
    """What one call of pytest said.

    Attributes
    ----------
    outcomes : dict of str to int
        How many tests ``passed``, ``failed``, were ``skipped``.
    failures : list of dict
        What ``--cdc-lab-report`` wrote of each failed test: ``test``, ``error``, ``schedule``, ``recipe``,
        ``delivered``, ``handler``, ``log``.
    text : str
        The output, without how long it took and where the folder is.
    stopped_at : str
        The line at which the debugger opened, as ``board.py(21)is_new()``; empty where it did not.
    answers : dict of str to str
        What the debugger said to each line that was typed.
    """

    outcomes: Mapping[str, int]
    failures: Sequence[Mapping[str, Any]] = field(default=())
    text: str = ""
    stopped_at: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return self.text


class ScratchProject:
    """A temporary folder for a handler and its tests; it goes when the kernel ends.

    In a notebook a cell that begins with ``%%project_file test_board.py`` is written into the folder of the
    newest project, and is not run.

    Attributes
    ----------
    folder : Path
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cdc-lab-project-")).resolve()
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        if in_notebook():
            _register(self)

    def __repr__(self) -> str:
        return (
            f"<project of {', '.join(sorted(path.name for path in self.folder.glob('*.py'))) or 'no file'}>"
        )

    def write(self, name: str, content: str) -> None:
        """Write a file, in place of one of that name.

        Raises
        ------
        ProjectError
            For a name that is no file of this folder.
        """
        if not re.fullmatch(r"\w[\w.-]*\.\w+", name):
            raise ProjectError(f"{name!r} is no name of a file in this project: write test_board.py, say")
        (self.folder / name).write_text(content.rstrip() + "\n", encoding="utf-8")

    def pytest(self, *arguments: str, typed: Sequence[str] = ()) -> PytestRun:
        """Run pytest in the folder, as in a terminal, in a process of its own.

        Parameters
        ----------
        *arguments : str
            Such as ``"test_board.py"``, ``"-q"``, ``"--cdc-lab-seed=7"``.
        typed : sequence of str
            What a reader types at the debugger's prompt, line by line; then it is left.

        Raises
        ------
        ProjectError
            When no test ran, with what pytest said, or when five minutes were not enough.
        """
        report = self.folder / _REPORT
        report.unlink(missing_ok=True)
        given = (
            []
            if any(one.startswith("--cdc-lab-report") for one in arguments)
            else [f"--cdc-lab-report={_REPORT}"]
        )
        with tempfile.TemporaryDirectory(prefix="cdc-lab-run-", ignore_cleanup_errors=True) as files:
            ran = pytest_process.run(
                self.folder,
                [*_OPTIONS, *given, *arguments],
                environment=_environment(),
                typed="".join(f"{line}\n" for line in (*typed, "q")) if typed else "",
                files=Path(files),
                seconds=_LONGEST,
            )
        if ran.code is None:
            raise ProjectError(f"the tests did not end within {_LONGEST} seconds")
        text = self._without_accidents(ran.out)
        if ran.code > 2 or ran.code < 0 or (ran.code == 2 and not typed):
            raise ProjectError(f"no test ran:\n{text}{self._without_accidents(ran.err)}".rstrip())
        failures = json.loads(report.read_text("utf-8"))["failures"] if report.exists() else []
        stopped = _STOPPED.search(text)
        answers = (answer.strip() for answer in text.split(_PROMPT)[1:])
        return PytestRun(
            _outcomes(text),
            failures,
            text,
            stopped_at=stopped[1] if stopped else "",
            answers=dict(zip(typed, answers, strict=False)),
        )

    def _without_accidents(self, text: str) -> str:
        """The text without how long it took, where the folder is, and how wide a terminal."""
        text = text.replace(f"{self.folder}{os.sep}", "").replace(str(self.folder), ".")
        return _SECONDS.sub("", text).strip()


def _outcomes(text: str) -> dict[str, int]:
    last = text.splitlines()[-1] if text else ""
    counts: Counter[str] = Counter()
    for number, word in re.findall(r"(\d+) (passed|failed|skipped|error)", last):
        counts[word] += int(number)
    return dict(counts)


def _environment() -> dict[str, str]:
    package = str(Path(__file__).resolve().parents[2])  # where cdc_lab is imported from
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_NOT_HANDED_ON) and name not in _OF_CI
    }
    paths = [package, *filter(None, [kept.get("PYTHONPATH")])]
    return kept | {
        "COLUMNS": "80",
        "PY_COLORS": "0",  # a kernel asks for colours by FORCE_COLOR
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",  # for what a test starts
        "PYTHONIOENCODING": "utf-8",
        "PYTHONPATH": os.pathsep.join(paths),
    }


def _register(project: ScratchProject) -> None:
    from IPython import get_ipython

    def project_file(line: str, cell: str) -> None:
        project.write(line.strip(), cell)
        print(f"{line.strip()}: {len(cell.strip().splitlines())} lines")

    shell = get_ipython()
    if shell is not None:
        shell.register_magic_function(project_file, magic_kind="cell", magic_name="project_file")
