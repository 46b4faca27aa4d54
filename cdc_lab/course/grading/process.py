"""The process of one notebook: ``python -m cdc_lab.course.grading.process ASSIGNMENT REPORT``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from cdc_lab.classroom.exercises.broken_cells import BrokenCells
from cdc_lab.classroom.exercises.outcome import MISSING
from cdc_lab.course.grading.intercepting import RECORDER, ChecksCaught, replaces_check
from cdc_lab.course.grading.limits import hold
from cdc_lab.course.grading.messages import (
    LINES,
    Assignment,
    Examining,
    Finished,
    Judged,
    Message,
    Remark,
    Running,
)
from cdc_lab.course.grading.reading import Unreadable, code_cells, contents

# Times the time that a check may take, and seconds that a handler may run without a call.
PATIENT = (4.0, 6.0)
Say = Callable[[Message], None]


def main(assignment: str, report: str) -> None:
    """Run the notebook of an assignment, and append to the report line by line."""
    task = LINES.from_line(assignment)
    assert isinstance(task, Assignment)
    with Path(report).open("a", encoding="utf-8", buffering=1) as file:
        _work(task, lambda message: print(LINES.to_line(message), file=file, flush=True))
        # Threads that a notebook has left running are not waited for.
        os._exit(0)


def _work(task: Assignment, say: Say) -> None:
    try:
        cells = code_cells(Path(task.notebook))
    except Unreadable as error:
        say(Remark(str(error), stops=True))
        return
    found = contents(cells)
    say(replace(found, exercises=[name for name in found.exercises if _knows(name)]))
    examiner = _Examiner(task.seeds, say)
    shell = _shell(examiner)
    from cdc_lab.classroom.exercises import checking, world

    # Helper modules that lie beside the notebook can be imported, as they can in JupyterLab.
    sys.path.append(str(Path(task.notebook).parent))
    if not task.shortens:
        checking.SHRINK_UNTIL = 0.0
    # Several notebooks run beside each other, and a verdict must not depend on that. The limits end the rest.
    checking.PATIENCE, world.WATCHDOG_SECONDS = PATIENT
    hold(task.memory, task.seconds)
    for number, source in cells:
        say(Running(number))
        _run_cell(shell, number, source, say)
        if replaces_check(shell.user_ns, examiner.examine) and not examiner.is_replaced:
            examiner.is_replaced = True
            say(Remark(f"cell {number} replaces check: the course's own was used"))
    say(Finished())


def _knows(exercise_id: str) -> bool:
    from cdc_lab.classroom.exercises import ExerciseError, find

    try:
        find(exercise_id)
    except ExerciseError:
        return False
    return True


def _shell(examiner: _Examiner) -> Any:
    """IPython, as in JupyterLab: magics work, and functions know their source."""
    os.environ.setdefault("MPLBACKEND", "agg")
    from IPython.core.interactiveshell import InteractiveShell

    import cdc_lab.classroom
    import cdc_lab.classroom.exercises
    import cdc_lab.classroom.exercises.checking

    cdc_lab.classroom.check = examiner.examine
    cdc_lab.classroom.exercises.check = examiner.examine
    shell: Any = InteractiveShell.instance(colors="NoColor")
    BrokenCells.install()
    shell.user_ns[RECORDER] = examiner.examine
    shell.ast_transformers.append(ChecksCaught(_knows))
    return shell


def _run_cell(shell: Any, number: int, source: str, say: Say) -> None:
    result = shell.run_cell(source, store_history=False)
    error = result.error_before_exec or result.error_in_exec
    if error is not None:
        word = "memory: " if isinstance(error, MemoryError) else ""
        text = " ".join(str(error).split())[:160]
        say(Remark(f"{word}cell {number} raised {type(error).__name__}" + (f": {text}" if text else "")))


class _Examiner:
    """Stands in the place of ``check``.

    Attributes
    ----------
    is_replaced : bool
        The notebook has put something else in that place.
    """

    def __init__(self, seeds: list[int], say: Say) -> None:
        self._seeds = seeds
        self._say = say
        self.is_replaced = False

    def examine(self, exercise_id: str = "", answer: Any = MISSING, seed: int | None = None) -> None:
        """Examine an answer with the teacher's seeds, whatever seed the notebook asks for."""
        from cdc_lab.show.panels import ClassroomError

        self._say(Examining(str(exercise_id)))
        try:
            self._say(self._judged(exercise_id, answer))
        except ClassroomError as error:
            self._say(Judged(str(exercise_id), "error", detail=str(error)))
        except MemoryError:
            self._say(Judged(str(exercise_id), "memory", detail="no memory was left"))

    def _judged(self, exercise_id: str, answer: Any) -> Judged:
        from cdc_lab.classroom.exercises import find
        from cdc_lab.classroom.exercises.answer import require_call, require_whole
        from cdc_lab.classroom.exercises.checking import examine
        from cdc_lab.classroom.exercises.showing import panel

        require_call(exercise_id, answer)
        exercise = find(exercise_id)
        require_whole(exercise_id, answer)
        verdicts = []
        for seed in self._seeds:
            verdicts.append(examine(exercise, answer, seed))
            if verdicts[-1].outcome != "pass":
                break
        verdict = verdicts[-1]
        shown = panel(exercise, verdict).text
        if verdict.failure is None:
            return Judged(exercise_id, verdict.outcome, panel=shown)
        misconception = exercise.texts.misconceptions[verdict.failure.misconception]
        # Whoever passes with one seed and not with the other may have looked at one's data.
        first = self._seeds[0]
        detail = f"passes with seed {first}, not with seed {verdict.seed}" if len(verdicts) > 1 else ""
        return Judged(exercise_id, "wrong", verdict.failure.scenario, misconception.title, detail, shown)


if __name__ == "__main__":
    main(*sys.argv[1:3])
