"""Runs many notebooks, a few at a time, each in a process of its own; pages and an index come of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from cdc_lab.course.kernel import batch_environment
from cdc_lab.course.outcomes import Failure, Outcome, Progress, from_line
from cdc_lab.course.pages import title, write_index

JOBS = 2


@dataclass
class Run:
    """Notebooks being executed.

    Parameters
    ----------
    notebooks : sequence of Path
        What to execute, in this order.
    folder : Path
        Where the results go; it is emptied first.
    build : Path
        Where kernels keep their settings.
    seed : int, optional
        Handed to each notebook that has a parameters cell that sets one.
    jobs : int
        How many at a time.
    on_progress : callable
        Called with the number of further cells that are done.
    """

    notebooks: Sequence[Path]
    folder: Path
    build: Path
    seed: int | None = None
    jobs: int = JOBS
    on_progress: Callable[[int], None] = lambda cells: None
    on_outcome: Callable[[Outcome], None] = lambda outcome: None
    _processes: set[subprocess.Popen[str]] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    _stopped: bool = False

    def execute(self, heading: str) -> list[Outcome]:
        """Execute all, write the index, and return the outcomes in the notebooks' order.

        An interrupt ends the processes that are running before it goes on to the caller.
        """
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        environment = batch_environment(self.build)
        _warm_up(environment)
        outcomes: dict[Path, Outcome] = {}
        with ThreadPoolExecutor(max_workers=self.jobs) as pool:
            waiting = [pool.submit(self._one, notebook, environment) for notebook in self.notebooks]
            try:
                for done in as_completed(waiting):
                    outcome = done.result()
                    outcomes[outcome.notebook] = outcome
                    self.on_outcome(outcome)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self._stop()
                raise
        ordered = [outcomes[notebook] for notebook in self.notebooks]
        write_index(self.folder / "index.html", heading, ordered)
        return ordered

    def _one(self, notebook: Path, environment: dict[str, str]) -> Outcome:
        executed = self.folder / _place(notebook)
        page = executed.with_suffix(".html")
        command = [sys.executable, "-m", "cdc_lab.course.execute", str(notebook), str(executed)]
        command += ["--page", str(page)]
        if self.seed is not None:
            command += ["--seed", str(self.seed)]
        command += ["--rendered", *map(str, self.notebooks)]
        started = time.perf_counter()
        cells = done = 0
        failure = None
        process = self._start(command, environment)
        assert process.stdout is not None
        noise: list[str] = []  # warnings, and what a process that broke had to say
        for line in process.stdout:
            event = from_line(line)
            if isinstance(event, Progress):
                self.on_progress(event.done - done)
                done, cells = event.done, event.total
            elif isinstance(event, Failure):
                failure = event
            else:
                noise.append(line.strip())
        code = process.wait()
        with self._lock:
            self._processes.discard(process)
        if code and failure is None:
            last = next((line for line in reversed(noise) if line), f"exit code {code}")
            failure = Failure(None, last)
        return Outcome(
            notebook=notebook,
            executed=executed,
            page=page,
            title=_title(executed, notebook),
            cells=cells,
            seconds=time.perf_counter() - started,
            failure=failure,
        )

    def _start(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
        with self._lock:
            if self._stopped:
                raise KeyboardInterrupt
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                # Away from the terminal's Ctrl-C: the parent ends its children itself, in order.
                start_new_session=os.name != "nt",
            )
            self._processes.add(process)
            return process

    def _stop(self) -> None:
        """End what runs; a kernel ends by itself when the process that started it has gone."""
        with self._lock:
            self._stopped = True
            running = list(self._processes)
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()


def _place(notebook: Path) -> Path:
    """Return where a notebook's results go, below the run's folder."""
    return (
        Path(notebook.name)
        if notebook.parent.name == "notebooks"
        else Path(notebook.parent.name, notebook.name)
    )


def _title(executed: Path, notebook: Path) -> str:
    import nbformat

    source = executed if executed.exists() else notebook
    try:
        return title(nbformat.read(source, as_version=4), notebook)
    except Exception:
        return notebook.stem


def _warm_up(environment: dict[str, str]) -> None:
    """Make matplotlib's font list before two kernels do it at once, and write about it into a lesson."""
    command = [sys.executable, "-c", "import matplotlib.font_manager"]
    subprocess.run(command, env=environment, capture_output=True, check=False)
