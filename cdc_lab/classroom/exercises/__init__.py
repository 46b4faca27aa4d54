"""Exercises that catch the wrong answer: a handler runs under faults, and is judged by what it leaves.

Each exercise is a package with its scenarios, a judge and a diagnosis, and a TOML file with its texts. A
drill is short, and about one thing: see `cdc_lab.classroom.exercises.drills`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cdc_lab.classroom.exercises.broken_cells import BrokenCells
from cdc_lab.classroom.exercises.drills import DRILLS
from cdc_lab.classroom.exercises.outcome import MISSING, NotAttempted, Verdict
from cdc_lab.show.panels import ClassroomError, listing, show

if TYPE_CHECKING:
    from cdc_lab.classroom.exercises.task import Task

__all__ = ["ExerciseError", "NotAttempted", "Verdict", "check", "find", "hint"]

# The modules are imported when an exercise is asked for: a lesson that only predicts needs none of them.
EXERCISES = ("exercise_1", "exercise_2", "exercise_3", "exercise_4", "exercise_5")

# Cells that fail are listened to from the cell on that imports the classroom.
BrokenCells.install()


class ExerciseError(ClassroomError):
    """There is no such exercise, or no such hint."""


def find(exercise_id: str) -> Task:
    """Return an exercise, or a drill, by its id.

    Raises
    ------
    ExerciseError
        When there is none.
    """
    if exercise_id not in (*EXERCISES, *DRILLS):
        raise ExerciseError(
            f"there is no exercise {exercise_id!r}: there is {listing(list(EXERCISES), 'and')}, "
            f"and there are {len(DRILLS)} drills, {DRILLS[0]} to {DRILLS[-1]}."
        )
    import_module(f"{__name__}.{'drills.' if exercise_id in DRILLS else ''}{exercise_id}")
    from cdc_lab.classroom.exercises.task import Task

    return Task.first_made(exercise_id)


def check(exercise_id: str = "", answer: Any = MISSING, seed: int | None = None) -> None:
    """Put an answer to the test, and show the verdict: not attempted, wrong, or pass.

    It is run in labs of the check's own, one for each scenario. One lab is open at a time, so yours is
    closed: run its cell again when you go on with it. An empty one is open afterwards, for cells that make
    clients of their own. The clients that its functions use reach the check's labs meanwhile, and what they
    remember starts afresh; it is given back as it was.

    Parameters
    ----------
    exercise_id : str
        ``exercise_1``.
    answer : callable, mapping or object
        ``handler(event, context)``, as it would be deployed. Where an exercise has several parts, its
        functions by name, ``{"append": append, "handler": handler}``, or what has them as attributes. A part
        that is still a stub is not attempted; the others are judged, but for those that passed before and
        were not changed since.
    seed : int, optional
        Decides the data of the scenarios. By default it follows from the code: changed code meets other
        flights and values, unchanged code the same.

    Raises
    ------
    ExerciseError
        There is no such exercise.
    CheckError
        What was given can be no answer, or the cell that should have defined it ended in an error. Whatever
        the functions do is a verdict, never an exception.
    """
    from cdc_lab.classroom.exercises.answer import require_call, require_whole
    from cdc_lab.classroom.exercises.checking import examine
    from cdc_lab.classroom.exercises.showing import panel
    from cdc_lab.classroom.exercises.unchanged import PASSES
    from cdc_lab.classroom.progress import record_check
    from cdc_lab.lab import Lab

    require_call(exercise_id, answer)
    exercise = find(exercise_id)
    require_whole(exercise_id, answer)
    try:
        # A seed asks for other data: then everything is judged.
        verdict = examine(exercise, answer, seed, before=PASSES if seed is None else None)
    finally:
        # Without a lab, a cell's own boto3.client would ask for a region, or reach the reader's account.
        if Lab._open is None:
            Lab()
    if verdict.outcome != "not attempted":
        record_check(exercise_id, verdict.outcome == "pass")
    show(panel(exercise, verdict))


def hint(exercise_id: str, number: int = 1) -> None:
    """Show one of an exercise's hints: 1 is slight, the last one is plain.

    Raises
    ------
    ExerciseError
        There is no such exercise or hint.
    """
    from cdc_lab.classroom.exercises.showing import hint_panel

    exercise = find(exercise_id)
    last = len(exercise.texts.hints)
    if type(number) is not int or not 1 <= number <= last:
        raise ExerciseError(f"{exercise_id} has no hint {number!r}: ask for 1 to {last}.")
    show(hint_panel(exercise, number))
