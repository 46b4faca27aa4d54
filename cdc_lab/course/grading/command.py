"""``cdc-lab exercise``: list the exercises, or check what learners handed in."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from cdc_lab.course.grading import gradebook
from cdc_lab.course.grading.handins import HandIn, of_files, of_folder
from cdc_lab.course.grading.running import Limits, Report, run_all
from cdc_lab.course.project import CourseError
from cdc_lab.show.tables import Table


def show_list() -> int:
    """Print every exercise and drill: its id, its title, in how many scenarios it is tried, its notebook."""
    from cdc_lab.classroom.exercises import EXERCISES, find
    from cdc_lab.classroom.exercises.drills import DRILLS

    rows = []
    for name in (*EXERCISES, *DRILLS):
        exercise = find(name)
        notebook = exercise.texts.solution.replace("solutions/", "exercises/")
        rows.append([name, exercise.texts.title, len(exercise.scenarios), f"notebooks/{notebook}"])
    print(Table(["exercise", "title", "scenarios", "notebook"], rows, limit=len(rows)))
    return 0


def check(
    paths: Sequence[Path], *, is_folder: bool, seed: int, jobs: int, limits: Limits, csv: Path | None
) -> int:
    """Run what was handed in, print the rows, and write them as a CSV file; return 0 when all rows were made.

    Parameters
    ----------
    paths : sequence of Path
        Notebooks, or one folder of a class.
    is_folder : bool
    seed : int
        Of the data; the next number is used as well, so that an answer made for one seed's data fails.
    jobs : int
        Notebooks at a time.
    limits : Limits
    csv : Path, optional
        None for no file.

    Raises
    ------
    CourseError
        Paths are not there, or are not what they should be.
    """
    if is_folder and len(paths) != 1:
        raise CourseError("--all takes one folder: the one that holds the class's notebooks")
    handins = of_folder(paths[0]) if is_folder else of_files(paths)
    reports = run_all(handins, [seed, seed + 1], limits, jobs, not is_folder, _Progress(handins).note)
    rows = gradebook.rows_of(handins, reports)
    if not is_folder:
        _show_panels(reports)
    print(gradebook.overview(rows))
    for table in (gradebook.mistakes(rows), *([gradebook.shared(rows)] if is_folder else [])):
        if len(table):
            print(f"\n{table}")
    if csv is not None:
        kept = gradebook.write_csv(rows, csv)
        beside = f"; the one that was there is {kept}" if kept else ""
        print(f"\n{csv}: the same as CSV, seeds {seed} and {seed + 1}{beside}")
    return 0


def _show_panels(reports: Sequence[Sequence[Report]]) -> None:
    for report in (report for row in reports for report in row):
        for judged in report.judged.values():
            if judged.outcome == "wrong":
                print(f"{judged.panel}\n")


class _Progress:
    """Says on standard error what is done, so that the table alone can be kept in a file."""

    def __init__(self, handins: Sequence[HandIn]) -> None:
        self._total = sum(len(handin.notebooks) for handin in handins)
        self._done = 0
        self._lock = threading.Lock()

    def note(self, handin: HandIn, report: Report) -> None:
        with self._lock:
            self._done += 1
            verdicts = [f"{name} {judged.outcome}" for name, judged in report.judged.items()]
            text = ", ".join(verdicts) or "; ".join(report.remarks)
            place = f"[{self._done}/{self._total}]"
            print(f"{place} {handin.learner}: {text}", file=sys.stderr, flush=True)
