"""What the process that executes a notebook tells the one that started it, and what a run is made of."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Progress:
    """So many of a notebook's cells are finished."""

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
        return "no cell" if self.cell is None else f"cell {self.cell}"


@dataclass(frozen=True)
class Outcome:
    """One notebook of a run: where it lies, where its results went, how it ended and how long it took."""

    notebook: Path
    executed: Path
    page: Path
    title: str
    cells: int
    seconds: float
    failure: Failure | None


def to_line(event: Progress | Failure) -> str:
    """Return the event as one line of JSON."""
    return json.dumps({"event": type(event).__name__, **asdict(event)})


def from_line(line: str) -> Progress | Failure | None:
    """Return the event that a line holds, None for any other text."""
    try:
        fields = json.loads(line)
        kind = {"Progress": Progress, "Failure": Failure}[fields.pop("event")]
        return kind(**fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
