"""What a notebook's process is told to do, and what it reports while it runs."""

from __future__ import annotations

from dataclasses import dataclass

from cdc_lab.course.lines import Lines


@dataclass(frozen=True)
class Assignment:
    """What a process is to do: run one notebook and examine its answers, with each of the seeds.

    `memory` is in bytes, on top of what Python and the lab take themselves; `seconds` are of the processor;
    `shortens` asks for the shortest sequence that fails, which takes time to find.
    """

    notebook: str
    seeds: list[int]
    memory: int
    seconds: float
    shortens: bool = True


@dataclass(frozen=True)
class Contents:
    """What is in the notebook before it runs: a digest of its code, and the exercises that it names."""

    digest: str
    exercises: list[str]


@dataclass(frozen=True)
class Running:
    """A cell has begun, counted from 1 among all cells of the file."""

    cell: int


@dataclass(frozen=True)
class Examining:
    """The answer to an exercise is being put to the test."""

    exercise: str


@dataclass(frozen=True)
class Judged:
    """The verdict on one answer.

    `outcome` is ``pass``, ``wrong``, ``not attempted`` or ``error``; `scenario` and `misconception` are of a
    wrong one; `detail` is one line for the teacher; `panel` is what the learner would see.
    """

    exercise: str
    outcome: str
    scenario: str = ""
    misconception: str = ""
    detail: str = ""
    panel: str = ""


@dataclass(frozen=True)
class Remark:
    """Something about the notebook that a teacher should know; `stops` when nothing could be run."""

    text: str
    stops: bool = False


@dataclass(frozen=True)
class Finished:
    """The last cell has run."""


Message = Assignment | Contents | Running | Examining | Judged | Remark | Finished
LINES = Lines[Message](Assignment, Contents, Running, Examining, Judged, Remark, Finished)
