"""What passes between a run and the processes that execute its notebooks: one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Job:
    """One notebook to execute: paths of the notebook, of the executed copy and of its HTML page."""

    notebook: str
    executed: str
    page: str
    seed: int | None
    rendered: list[str]


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
        return "before its first cell" if self.cell is None else f"cell {self.cell}"


@dataclass(frozen=True)
class Done:
    """The job is finished, well or not."""

    title: str


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


Message = Job | Progress | Failure | Done
_KINDS: dict[str, type[Message]] = {kind.__name__: kind for kind in (Job, Progress, Failure, Done)}


def to_line(message: Message) -> str:
    """Return the message as one line of JSON."""
    return json.dumps({"kind": type(message).__name__, **asdict(message)})


def from_line(line: str) -> Message | None:
    """Return the message that a line holds, None for any other text, such as a library's warning."""
    try:
        fields = json.loads(line)
        return _KINDS[fields.pop("kind")](**fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
