"""Runs many notebooks, a few at a time; of each comes an executed copy and a page, of all an index."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cdc_lab.course.kernel import batch_environment
from cdc_lab.course.outcomes import DRAFT, Job, Outcome, read_outcomes, write_outcomes
from cdc_lab.course.pages import mend_links, write_index
from cdc_lab.course.workers import execute_all

JOBS = 2
OUTCOMES = ".outcomes.jsonl"  # beside the index: what it was made of


def run(
    notebooks: Sequence[Path],
    folder: Path,
    build: Path,
    heading: str,
    *,
    seed: int | None = None,
    jobs: int = JOBS,
    on_progress: Callable[[int], None] = lambda cells: None,
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Execute notebooks into ``folder``, write the index, and return the outcomes in the notebooks' order.

    Pages that earlier runs left for other notebooks stay, and stand in the index as such. An interrupt ends
    the processes that are running, and the index is written, before it goes on to the caller.

    Parameters
    ----------
    notebooks : sequence of Path
        What to execute, in this order.
    folder : Path
        Where the results go.
    build : Path
        Where kernels keep their settings.
    heading : str
        The index page's heading.
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
    rendered = list(dict.fromkeys([*notebooks, *before]))
    outcomes: dict[Path, Outcome] = {}

    def note(outcome: Outcome) -> None:
        outcomes[outcome.notebook] = outcome
        on_outcome(outcome)

    try:
        execute_all(
            [_job(notebook, rendered, folder, seed) for notebook in notebooks],
            batch_environment(build),
            jobs,
            note,
            on_progress,
        )
    finally:
        _write_down(folder, heading, before, outcomes)
    return [outcomes[notebook] for notebook in notebooks]


def _earlier(folder: Path) -> dict[Path, Outcome]:
    """Return what earlier runs left: by notebook, where that is still there. The rest of it is removed."""
    found = {}
    for outcome in read_outcomes(folder / OUTCOMES, folder):
        if outcome.notebook.exists():
            found[outcome.notebook] = outcome
        else:
            outcome.page.unlink(missing_ok=True)
            outcome.executed.unlink(missing_ok=True)
    return found


def _write_down(
    folder: Path, heading: str, before: Mapping[Path, Outcome], outcomes: Mapping[Path, Outcome]
) -> None:
    """Make index, links and pages agree: this run's, and those of earlier runs for all other notebooks."""
    for draft in folder.rglob(f"{DRAFT}*"):
        draft.unlink()
    known = {**before, **outcomes}
    # Lessons, then what lies in folders, as a run of all has them.
    ordered = [known[path] for path in sorted(known, key=lambda path: (len(path.parts), path))]
    for outcome in ordered:
        if outcome.page.exists():
            mend_links(outcome.page, outcome.notebook)
    write_outcomes(folder / OUTCOMES, ordered, folder)
    write_index(folder / "index.html", heading, ordered, before.keys() - outcomes.keys())


def _job(notebook: Path, notebooks: Sequence[Path], folder: Path, seed: int | None) -> Job:
    below = notebook.parent.name if notebook.parent.name != "notebooks" else ""
    executed = folder / below / notebook.name
    page = executed.with_suffix(".html")
    return Job(str(notebook), str(executed), str(page), seed, [str(path) for path in notebooks])
