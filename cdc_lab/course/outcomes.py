"""What passes between a run and the processes that execute its notebooks, and what a run leaves written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from cdc_lab.course.lines import Lines

# How the name begins of an executed copy that is not whole yet.
DRAFT = ".part-"


@dataclass(frozen=True)
class Job:
    """One notebook to execute: paths of the notebook and of the executed copy.

    ``seed`` replaces the notebook's own; None keeps it.
    """

    notebook: str
    executed: str
    seed: int | None


@dataclass(frozen=True)
class Progress:
    """How many of a notebook's cells are finished."""

    done: int
    total: int


@dataclass(frozen=True)
class Failure:
    """A cell failed: its number in the notebook's file, counted from 1, and the error's last line.

    ``cell`` is None when the failure belongs to no cell: the kernel did not start, the file is no notebook.
    """

    cell: int | None
    error: str

    @property
    def where(self) -> str:
        """The place in words."""
        return "before its first cell" if self.cell is None else f"cell {self.cell}"


@dataclass(frozen=True)
class Done:
    """The job is finished, well or not."""

    title: str


@dataclass(frozen=True)
class Outcome:
    """One notebook of a run: where it lies, where its executed copy went, how it ended, how long it took."""

    notebook: Path
    executed: Path
    title: str
    cells: int
    seconds: float
    failure: Failure | None


def write_outcomes(file: Path, outcomes: Iterable[Outcome], root: Path) -> None:
    """Write down what a run did, with paths relative to ``root``, for `read_outcomes` of a later one."""
    lines = []
    for outcome in outcomes:
        fields = asdict(outcome)
        for name in ("notebook", "executed"):
            fields[name] = Path(os.path.relpath(fields[name], root)).as_posix()
        lines.append(json.dumps(fields))
    file.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def read_outcomes(file: Path, root: Path) -> list[Outcome]:
    """Return what earlier runs did; nothing where the file is none of theirs."""
    found = []
    try:
        for line in file.read_text("utf-8").splitlines():
            fields = json.loads(line)
            for name in ("notebook", "executed"):
                fields[name] = Path(os.path.normpath(root / fields[name]))
            failure = fields.pop("failure")
            found.append(Outcome(**fields, failure=Failure(**failure) if failure else None))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []
    return found


Message = Job | Progress | Failure | Done
LINES = Lines[Message](Job, Progress, Failure, Done)
