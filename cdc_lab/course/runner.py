"""Runs many notebooks, a few at a time; of each comes an executed copy and a page, of all an index."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

from cdc_lab.course.kernel import batch_environment
from cdc_lab.course.outcomes import (
    DRAFT,
    Done,
    Failure,
    Job,
    Outcome,
    Progress,
    from_line,
    read_outcomes,
    to_line,
    write_outcomes,
)
from cdc_lab.course.pages import mend_links, write_index

JOBS = 2
OUTCOMES = ".outcomes.jsonl"  # beside the index: what it was made of


class Worker:
    """A process that executes notebooks one after the other; it is replaced when it dies."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None
        self.is_stopped = False  # set when the run ends, or is interrupted

    def execute(self, job: Job, on_progress: Callable[[int], None]) -> Outcome:
        """Have one notebook executed and return how it went."""
        started = time.perf_counter()
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(to_line(job) + "\n")
        process.stdin.flush()
        progress, failure, done = Progress(0, 0), None, None
        noise = ""  # warnings, and the last words of a process that broke
        for line in process.stdout:
            message = from_line(line)
            if isinstance(message, Progress):
                on_progress(message.done - progress.done)
                progress = message
            elif isinstance(message, Failure):
                failure = message
            elif isinstance(message, Done):
                done = message
                break
            else:
                noise = line.strip() or noise
        if done is None:
            self._process = None
            if not self.is_stopped:
                Path(job.page).unlink(missing_ok=True)  # it would be an earlier run's
            failure = Failure(None, f"its process ended with exit code {_let_go(process)}: {noise}")
        return Outcome(
            notebook=Path(job.notebook),
            executed=Path(job.executed),
            page=Path(job.page),
            title=done.title if done else Path(job.notebook).stem,
            cells=progress.total,
            seconds=time.perf_counter() - started,
            failure=failure,
        )

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None and not self.is_stopped:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cdc_lab.course.execute"],
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                # Away from the terminal's Ctrl-C: the run ends its workers itself, in order.
                start_new_session=os.name != "nt",
            )
        if self._process is None:
            raise KeyboardInterrupt
        return self._process

    def stop(self) -> None:
        """End the process; its kernel sees that, and ends too."""
        self.is_stopped = True
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def close(self) -> None:
        """Let go of the ended process, when nobody reads from it any more."""
        if self._process is not None:
            _let_go(self._process)
            self._process = None


def _let_go(process: subprocess.Popen[str]) -> int:
    """Close the pipes of a process that has ended, or is about to; return its exit code."""
    code = process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    return code


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
    environment = batch_environment(build)
    _warm_up(environment)
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    rendered = list(dict.fromkeys([*notebooks, *before]))
    for notebook in notebooks:
        waiting.put(_job(notebook, rendered, folder, seed))
    outcomes: dict[Path, Outcome] = {}
    workers = [Worker(environment) for _ in range(min(jobs, len(notebooks)))]

    def work_off(worker: Worker) -> None:
        while True:
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                return
            outcome = worker.execute(job, on_progress)
            if worker.is_stopped:
                return
            outcomes[outcome.notebook] = outcome
            on_outcome(outcome)

    try:
        with ThreadPoolExecutor(max_workers=max(len(workers), 1)) as pool:
            try:
                threads = [pool.submit(work_off, worker) for worker in workers]
                for thread in wait(threads, return_when=FIRST_EXCEPTION).done:
                    thread.result()
            finally:
                for worker in workers:
                    worker.stop()
    finally:
        _write_down(folder, heading, before, outcomes)
    for worker in workers:
        worker.close()
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


def _warm_up(environment: dict[str, str]) -> None:
    """Make matplotlib's font list before two kernels do it at once, and write about it into a lesson."""
    command = [sys.executable, "-c", "import matplotlib.font_manager"]
    subprocess.run(command, env=environment, capture_output=True, check=False)
