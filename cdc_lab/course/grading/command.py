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
from cdc_lab.show.tables import Table, counted


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
    progress = _Progress(handins, gradebook.CsvFile(csv) if csv else None)
    progress.begin(jobs)
    try:
        reports = run_all(handins, [seed, seed + 1], limits, jobs, not is_folder, progress.note)
    except KeyboardInterrupt:
        progress.keep(csv)
        raise
    rows = gradebook.rows_of(handins, reports)
    if not is_folder:
        _show_panels(reports)
    print(gradebook.overview(rows))
    for table in (gradebook.mistakes(rows), *([gradebook.shared(rows)] if is_folder else [])):
        if len(table):
            print(f"\n{table}")
    if csv is not None:
        kept = progress.end(rows)
        beside = f"; the one that was there is {kept}" if kept else ""
        print(f"\n{csv}: the same as CSV, seeds {seed} and {seed + 1}{beside}")
    return 0


def _show_panels(reports: Sequence[Sequence[Report]]) -> None:
    for report in (report for row in reports for report in row):
        for judged in report.judged.values():
            if judged.outcome == "wrong":
                print(f"{judged.panel}\n")


class _Progress:
    """Says on standard error what is done, so that the table alone can be kept in a file, and keeps the rows.

    Parameters
    ----------
    handins : sequence of HandIn
    file : CsvFile, optional
        Written after each learner.
    """

    def __init__(self, handins: Sequence[HandIn], file: gradebook.CsvFile | None) -> None:
        self._handins = handins
        self._file = file
        self._reports: dict[Path, Report] = {}
        self._total = sum(len(handin.notebooks) for handin in handins)
        self._lock = threading.Lock()

    def begin(self, jobs: int) -> None:
        """Say what will be run and what is left out, and find out whether the file can be written."""
        learners = counted(len(self._handins), "learner")
        notebooks = counted(self._total, "notebook")
        _say(f"{learners}, {notebooks} to run, {jobs} at a time; a line follows when one is done")
        unchecked = sum(handin.unchecked for handin in self._handins)
        if unchecked:
            _say(
                f"left out: {counted(unchecked, 'notebook')} without a check of an exercise, such as lessons"
            )
        with_solutions = [handin.learner for handin in self._handins if handin.has_solutions]
        if with_solutions:
            names = ", ".join(with_solutions)
            _say(f"left out: the folder solutions, which holds the course's own answers, of {names}")
        self._write()

    def note(self, handin: HandIn, report: Report) -> None:
        """Say what came of a notebook, and write the row of a learner whose last one it is."""
        with self._lock:
            self._reports[report.notebook] = report
            verdicts = [f"{name} {judged.outcome}" for name, judged in report.judged.items()]
            text = ", ".join(verdicts) or "; ".join(report.remarks)
            where = f", {report.notebook.name}" if len(handin.notebooks) > 1 else ""
            _say(f"[{len(self._reports)}/{self._total}] {handin.learner}{where}: {text}")
            if self._is_done(handin):
                self._write()

    def keep(self, csv: Path | None) -> None:
        """After an interrupt: show the rows of those who are done, and say where they are."""
        rows = self._rows()
        print(gradebook.overview(rows))
        done = f"{len(rows)} of {counted(len(self._handins), 'learner')}"
        where = f"; their rows are in {csv}" if csv else ""
        _say(f"stopped when {done} were done{where if rows else ''}. The same command begins anew")

    def end(self, rows: Sequence[gradebook.StudentRow]) -> Path | None:
        """Write all rows; return where the file is that was there and differs."""
        assert self._file is not None
        self._file.write(rows, is_all=True)
        return self._file.kept

    def _is_done(self, handin: HandIn) -> bool:
        return all(path in self._reports for path in handin.notebooks)

    def _rows(self) -> list[gradebook.StudentRow]:
        done = [handin for handin in self._handins if self._is_done(handin)]
        return gradebook.rows_of(done, [[self._reports[path] for path in each.notebooks] for each in done])

    def _write(self) -> None:
        if self._file is not None:
            try:
                self._file.write(self._rows(), is_all=False)
            except OSError as error:
                raise CourseError(f"the CSV file cannot be written: {error}") from None


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
