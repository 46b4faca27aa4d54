"""Runs many notebooks, a few at a time: of each comes an executed copy, and of all what a report needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cdc_lab.course.kernel import batch_environment
from cdc_lab.course.outcomes import DRAFT, Job, Outcome, read_outcomes, write_outcomes
from cdc_lab.course.workers import execute_all

JOBS = 2
OUTCOMES = ".outcomes.jsonl"  # beside the executed copies: how each came about


def run(
    notebooks: Sequence[Path],
    folder: Path,
    build: Path,
    *,
    seed: int | None = None,
    jobs: int = JOBS,
    on_progress: Callable[[int], None] = lambda cells: None,
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Execute notebooks into ``folder``, and return the outcomes in the notebooks' order.

    What earlier runs left of other notebooks stays. An interrupt ends the processes that are running, and
    what was done is written down, before it goes on to the caller.

    Parameters
    ----------
    notebooks : sequence of Path
        What to execute, in this order.
    folder : Path
        Where the results go.
    build : Path
        Where kernels keep their settings.
    seed : int, optional
        Replaces the seed of each notebook that has a parameters cell that sets one.
    jobs : int
        How many at a time.
    on_progress : callable
        Called with the number of further cells that are done.
    on_outcome : callable
        Called with each notebook's outcome as it comes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = _earlier(folder)
    outcomes: dict[Path, Outcome] = {}

    def note(outcome: Outcome) -> None:
        outcomes[outcome.notebook] = outcome
        on_outcome(outcome)

    try:
        execute_all(
            [_job(notebook, folder, seed) for notebook in notebooks],
            batch_environment(build),
            jobs,
            note,
            on_progress,
        )
    finally:
        _write_down(folder, {**before, **outcomes})
    return [outcomes[notebook] for notebook in notebooks]


def _earlier(folder: Path) -> dict[Path, Outcome]:
    """Return what earlier runs left: by notebook, where that is still there. The rest of it is removed."""
    found = {}
    for outcome in read_outcomes(folder / OUTCOMES, folder):
        if outcome.notebook.exists():
            found[outcome.notebook] = outcome
        else:
            outcome.executed.unlink(missing_ok=True)
    return found


def _write_down(folder: Path, known: Mapping[Path, Outcome]) -> None:
    """Write down how all executed copies in a folder came about, this run's and those of earlier runs."""
    for draft in folder.rglob(f"{DRAFT}*"):
        draft.unlink()
    # Lessons, then what lies in folders, as a run of all has them.
    ordered = [known[path] for path in sorted(known, key=lambda path: (len(path.parts), path))]
    write_outcomes(folder / OUTCOMES, ordered, folder)


def _job(notebook: Path, folder: Path, seed: int | None) -> Job:
    below = notebook.parent.name if notebook.parent.name != "notebooks" else ""
    return Job(str(notebook), str(folder / below / notebook.name), seed)
