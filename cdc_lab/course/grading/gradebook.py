"""What a teacher reads: one row a learner, what was wrong, and which beliefs the class shares."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cdc_lab.course.grading.handins import HandIn
from cdc_lab.course.grading.messages import Judged
from cdc_lab.course.grading.running import Report
from cdc_lab.keeping import keep, replace
from cdc_lab.show.tables import Table

_NOTHING = "-"
_REMARK_SHOWN = 90  # characters
_BEST_FIRST = ("pass", "wrong", "time", "memory", "error", "not attempted")


class StudentRow:
    """One learner.

    Attributes
    ----------
    judged : dict
        The verdict by exercise. Of an exercise in two notebooks the better one stands, and a remark says so.
    remarks : list of str
    """

    def __init__(self, handin: HandIn, reports: Sequence[Report]) -> None:
        self.learner = handin.learner
        self.digests = {report.digest for report in reports if report.digest and _is_tried(report)}
        self.judged: dict[str, Judged] = {}
        self.remarks = [handin.reason] if handin.reason else []
        if handin.has_solutions:
            self.remarks.append("the folder solutions was left out")
        for report in reports:
            where = f"{report.notebook.name}: " if len(reports) > 1 else ""
            self.remarks += [where + remark for remark in report.remarks]
            for exercise, judged in report.judged.items():
                self._take(exercise, judged)

    def _take(self, exercise: str, judged: Judged) -> None:
        before = self.judged.get(exercise)
        if before is not None:
            self.remarks.append(f"{exercise} is in two notebooks: the better verdict stands")
        if before is None or _rank(judged) < _rank(before):
            self.judged[exercise] = judged

    def outcome(self, exercise: str) -> str:
        """One word, or a dash where the learner handed nothing in."""
        return self.judged[exercise].outcome if exercise in self.judged else _NOTHING


def rows_of(handins: Sequence[HandIn], reports: Sequence[Sequence[Report]]) -> list[StudentRow]:
    """The rows of a class; the same code under two names is remarked on both rows."""
    rows = [StudentRow(handin, found) for handin, found in zip(handins, reports, strict=True)]
    for row in rows:
        for other in rows:
            if other is not row and row.digests & other.digests:
                row.remarks.append(f"the same code as {other.learner}")
    return rows


def exercises_of(rows: Sequence[StudentRow]) -> list[str]:
    """The exercises that anyone handed in: exercises first, then drills, by number."""
    found = {exercise for row in rows for exercise in row.judged}
    return sorted(found, key=lambda name: (name.startswith("drill"), name))


def overview(rows: Sequence[StudentRow]) -> Table:
    """One row a learner, one column an exercise, and the first remark."""
    names = exercises_of(rows)
    lines = [
        [row.learner, *(row.outcome(name) for name in names), _short("; ".join(row.remarks))] for row in rows
    ]
    return Table(["learner", *names, "remarks"], lines, limit=len(lines))


def mistakes(rows: Sequence[StudentRow]) -> Table:
    """What was wrong, and what the check takes for the belief behind it."""
    lines = [
        [row.learner, name, judged.scenario or _NOTHING, judged.misconception or judged.detail]
        for row in rows
        for name, judged in sorted(row.judged.items())
        if judged.outcome not in ("pass", "not attempted")
    ]
    return Table(["learner", "exercise", "scenario", "misconception"], lines, "What was wrong:", len(lines))


def shared(rows: Sequence[StudentRow]) -> Table:
    """How many learners met which misconception, the most frequent first: what to talk about."""
    counts = Counter(
        (name, judged.misconception)
        for row in rows
        for name, judged in row.judged.items()
        if judged.misconception
    )
    lines = [
        [count, name, title] for (name, title), count in sorted(counts.items(), key=lambda e: (-e[1], e[0]))
    ]
    return Table(
        ["learners", "exercise", "misconception"], lines, "Misconceptions in this class:", len(lines)
    )


class CsvFile:
    """The rows as a CSV file, written anew and whole after each learner, so that an interrupt keeps them.

    A file that was there and differs may hold a teacher's remarks: it is kept beside.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    kept : Path or None
        Where the earlier file is.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # A terminal or a pipe shows what is written: it gets the rows once, at the end.
        self._is_file = path.is_file() or not path.exists()
        self._before = path.read_bytes() if path.is_file() else None
        self.kept: Path | None = None

    def write(self, rows: Sequence[StudentRow], *, is_all: bool) -> None:
        """Write these rows; with `is_all` the copy of an earlier file is dropped where it says the same."""
        content = _csv_of(rows)
        if not self._is_file:
            if is_all:
                self._path.write_bytes(content)
            return
        if self._before is not None and self.kept is None and content != self._before:
            self.kept = keep(self._path)
        replace(self._path, content)
        if is_all and self.kept is not None and content == self._before:
            self.kept.unlink()
            self.kept = None


def _csv_of(rows: Sequence[StudentRow]) -> bytes:
    """A cell of a wrong answer names scenario and misconception."""
    names = exercises_of(rows)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["learner", *names, "remarks"])
    for row in rows:
        cells = [row.learner, *(_cell(row, name) for name in names), "; ".join(row.remarks)]
        writer.writerow([_harmless(cell) for cell in cells])
    return text.getvalue().encode()


def _cell(row: StudentRow, exercise: str) -> str:
    judged = row.judged.get(exercise)
    if judged is None:
        return ""
    return ": ".join(
        part for part in (judged.outcome, judged.scenario, judged.misconception, judged.detail) if part
    )


def _harmless(cell: str) -> str:
    # A spreadsheet takes such a cell for a formula, and file names are the learners' to choose.
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _short(text: str) -> str:
    return text if len(text) <= _REMARK_SHOWN else f"{text[: _REMARK_SHOWN - 1]}…"


def _rank(judged: Judged) -> int:
    return _BEST_FIRST.index(judged.outcome) if judged.outcome in _BEST_FIRST else len(_BEST_FIRST)


def _is_tried(report: Report) -> bool:
    return any(judged.outcome not in ("not attempted", "error") for judged in report.judged.values())
