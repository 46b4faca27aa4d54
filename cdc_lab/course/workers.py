"""The processes that execute notebooks: a few at a time, each for many, and none is left running."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

from cdc_lab.course.outcomes import LINES, Done, Failure, Job, Outcome, Progress


def execute_all(
    jobs: Sequence[Job],
    environment: dict[str, str],
    at_a_time: int,
    on_outcome: Callable[[Outcome], None],
    on_progress: Callable[[int], None] = lambda cells: None,
) -> None:
    """Have all notebooks executed.

    An interrupt ends the processes that are running, and their kernels, before it goes on to the caller.

    Parameters
    ----------
    jobs : sequence of Job
        What to execute, in this order.
    environment : dict
        The environment of the processes, and of the kernels that they start.
    at_a_time : int
        How many notebooks at a time.
    on_outcome : callable
        Called with each notebook's outcome as it comes, in one of several threads.
    on_progress : callable, optional
        Called with the number of further cells that are done.
    """
    _warm_up(environment)
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)
    workers = [Worker(environment) for _ in range(min(at_a_time, len(jobs)))]

    def work_off(worker: Worker) -> None:
        while True:
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                return
            outcome = worker.execute(job, on_progress)
            if worker.is_stopped:
                return
            on_outcome(outcome)

    with ThreadPoolExecutor(max_workers=max(len(workers), 1)) as pool:
        try:
            threads = [pool.submit(work_off, worker) for worker in workers]
            for thread in wait(threads, return_when=FIRST_EXCEPTION).done:
                thread.result()
        finally:
            for worker in workers:
                worker.stop()
    for worker in workers:
        worker.close()


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
        process.stdin.write(LINES.to_line(job) + "\n")
        process.stdin.flush()
        progress, failure, done = Progress(0, 0), None, None
        noise = ""  # warnings, and the last words of a process that broke
        for line in process.stdout:
            message = LINES.from_line(line)
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
            failure = Failure(None, f"its process ended with exit code {_let_go(process)}: {noise}")
        return Outcome(
            notebook=Path(job.notebook),
            executed=Path(job.executed),
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


def _warm_up(environment: dict[str, str]) -> None:
    """Make matplotlib's font list before two kernels do it at once, and write about it into a lesson."""
    command = [sys.executable, "-c", "import matplotlib.font_manager"]
    subprocess.run(command, env=environment, capture_output=True, check=False)
