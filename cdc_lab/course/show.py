"""Shows a run on the terminal: a bar that moves where there is one, else a line per notebook."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from cdc_lab.course.outcomes import Outcome, read_outcomes
from cdc_lab.course.runner import JOBS, OUTCOMES, run
from cdc_lab.show.tables import counted

SECONDS_EACH = 6.0  # of a notebook and its kernel, while another one runs


def run_and_show(
    notebooks: Sequence[Path],
    folder: Path,
    root: Path,
    *,
    seed: int | None = None,
    jobs: int = JOBS,
    stream: TextIO | None = None,
) -> int:
    """Execute notebooks, show how it goes, and return the exit code: 1 when any failed.

    Parameters
    ----------
    notebooks : sequence of Path
        What to execute.
    folder, root : Path
        Where the results go, and the checkout; paths are shown relative to it.
    seed, jobs : int, optional
        As for :func:`cdc_lab.course.runner.run`.
    stream : text file, optional
        Where to write; standard output by default.
    """
    stream = stream or sys.stdout
    print(_announcement(notebooks, folder, jobs), file=stream, flush=True)
    bar = _bar(notebooks, stream)
    shown = 0

    def show(outcome: Outcome) -> None:
        nonlocal shown
        shown += 1
        line = f"[{shown:2}/{len(notebooks)}] {_line(outcome, root)}"
        if bar is None:
            print(line, file=stream, flush=True)
        elif outcome.failure is not None:  # of those that are well the bar tells
            bar.write(line, file=stream)

    def advance(cells: int) -> None:
        if bar is not None:
            bar.update(cells)

    try:
        outcomes = run(
            notebooks,
            folder,
            root / "build",
            seed=seed,
            jobs=jobs,
            on_progress=advance,
            on_outcome=show,
        )
    finally:
        if bar is not None:
            bar.close()
    failed = [outcome for outcome in outcomes if outcome.failure is not None]
    for outcome in failed:
        assert outcome.failure is not None
        where = f"{_relative(outcome.notebook, root)}, {outcome.failure.where}"
        print(f"FAILED {where}: {outcome.failure.error}", file=stream)
    count = f"{len(outcomes) - len(failed)} of {len(outcomes)} notebooks executed without an error"
    print(f"{count}, into {_relative(folder, root)}/", file=stream, flush=True)
    return 1 if failed else 0


def _announcement(notebooks: Sequence[Path], folder: Path, jobs: int) -> str:
    """Say how long it will take: as the last time where it is known, else as a laptop took."""
    last = {outcome.notebook: outcome.seconds for outcome in read_outcomes(folder / OUTCOMES, folder)}
    seconds = sum(last.get(notebook, SECONDS_EACH) for notebook in notebooks) / jobs
    takes = f"{seconds / 60:.0f} minutes" if seconds > 100 else f"{max(10 * round(seconds / 10), 10)} seconds"
    return f"{counted(len(notebooks), 'notebook')}, {jobs} at a time: about {takes}"


def _line(outcome: Outcome, root: Path) -> str:
    status = "ok    " if outcome.failure is None else "FAILED"
    return f"{status} {outcome.seconds:5.1f} s  {_relative(outcome.notebook, root)}"


def _relative(path: Path, root: Path) -> str:
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _bar(notebooks: Sequence[Path], stream: TextIO) -> Any:
    """Return a progress bar over all cells, None where nobody watches."""
    if not stream.isatty():
        return None
    from tqdm import tqdm

    total = sum(_count_cells(notebook) for notebook in notebooks)
    return tqdm(total=total, unit="cell", file=stream, dynamic_ncols=True)


def _count_cells(notebook: Path) -> int:
    """Return a notebook's number of cells, 0 where the file is none: executing it will say so."""
    try:
        return len(json.loads(notebook.read_text("utf-8"))["cells"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0
