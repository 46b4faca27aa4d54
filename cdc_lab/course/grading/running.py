"""Runs hand-ins, a few notebooks at a time, each in a process that is ended when it takes too much."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from cdc_lab.course.grading.handins import NO_CHECK, HandIn
from cdc_lab.course.grading.messages import (
    LINES,
    Assignment,
    Contents,
    Examining,
    Finished,
    Judged,
    Remark,
    Running,
)
from cdc_lab.course.grading.untouched import untouched

_LOOK_EVERY = 0.1  # seconds
_BASE_MEMORY = 500 * 2**20  # bytes that Python, the lab and IPython take themselves
_KEPT = ("PATH", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "LANG", "LC_ALL", "PYTHONPATH")


@dataclass(frozen=True)
class Limits:
    """What one notebook may take: wall seconds, and bytes of memory on top of the lab's own."""

    seconds: float = 180.0
    memory: int = 1024 * 2**20


@dataclass
class Report:
    """What came of one notebook.

    `judged` holds the last verdict of each exercise; `digest` is empty when the file could not be read.
    """

    notebook: Path
    digest: str = ""
    judged: dict[str, Judged] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def run_all(
    handins: Sequence[HandIn],
    seeds: Sequence[int],
    limits: Limits,
    jobs: int,
    shortens: bool = False,
    on_report: Callable[[HandIn, Report], None] = lambda handin, report: None,
) -> list[list[Report]]:
    """Run every notebook; return each hand-in's reports, in order.

    `on_report` is called in this thread or another one, as soon as a notebook is done, and not for one that
    an interrupt ended.
    """
    is_over = threading.Event()

    def work(handin: HandIn, path: Path) -> Report:
        report = _not_attempted(path) or run_one(path, seeds, limits, shortens, is_over)
        if not is_over.is_set():  # else it was ended, and its report would blame the learner
            on_report(handin, report)
        return report

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        try:
            waiting = [[pool.submit(work, handin, path) for path in handin.notebooks] for handin in handins]
            return [[each.result() for each in row] for row in waiting]
        except BaseException:  # such as Ctrl-C: what is running ends with it
            is_over.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _not_attempted(path: Path) -> Report | None:
    found = untouched(path)
    if found is None:
        return None
    judged = {name: Judged(name, "not attempted") for name in found.exercises}
    return Report(path, found.digest, judged)


def run_one(
    path: Path,
    seeds: Sequence[int],
    limits: Limits,
    shortens: bool = False,
    is_over: threading.Event | None = None,
) -> Report:
    """Run one notebook in a process of its own, and read what it reported, also when it was ended."""
    task = Assignment(str(path.resolve()), list(seeds), limits.memory, limits.seconds, shortens)
    # What a process left running may still write there while it is removed.
    with tempfile.TemporaryDirectory(prefix="cdc-lab-", ignore_cleanup_errors=True) as folder:
        home, lines = Path(folder) / "home", Path(folder) / "report"
        home.mkdir()
        process = subprocess.Popen(
            [sys.executable, "-m", "cdc_lab.course.grading.process", LINES.to_line(task), str(lines)],
            cwd=home,
            env=environment(home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # A group of its own: what the notebook started ends with it.
            start_new_session=os.name != "nt",
        )
        try:
            ended = _watch(process, limits, is_over or threading.Event())
        finally:
            _kill(process)
        text = lines.read_text("utf-8", "replace") if lines.exists() else ""
    return _report(path, text, ended)


def environment(home: Path) -> dict[str, str]:
    """The environment of a notebook: an empty home, no credentials, no settings of the teacher's."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    nowhere = str(home / "none")
    return kept | {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "APPDATA": str(home),
        "LOCALAPPDATA": str(home),
        "TMPDIR": str(home),
        "TEMP": str(home),
        "TMP": str(home),
        "CDC_LAB_STATE": str(home / "state"),
        "IPYTHONDIR": str(home / "ipython"),
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONUTF8": "1",
    }


def _watch(process: subprocess.Popen[bytes], limits: Limits, is_over: threading.Event) -> str:
    """Wait for the end; return why it came, empty when the process left by itself and in order."""
    start = time.monotonic()
    while True:
        try:
            code = process.wait(timeout=_LOOK_EVERY)
        except subprocess.TimeoutExpired:
            if is_over.is_set():
                return "error: interrupted"
            if time.monotonic() - start > limits.seconds:
                return f"time: it was ended after {limits.seconds:g} seconds"
            if _memory_of(process.pid) > limits.memory + _BASE_MEMORY:
                return f"memory: it took more than {limits.memory // 2**20} MB"
            continue
        if code == -getattr(signal, "SIGXCPU", -1):
            return f"time: it used {limits.seconds:g} seconds of the processor"
        return "" if code == 0 else f"error: its process ended with code {code}"


def _memory_of(pid: int) -> int:
    """Bytes that a process holds with all that it started; 0 when it is gone."""
    psutil = import_module("psutil")  # Jupyter's kernels bring it
    total = 0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in [process, *process.children(recursive=True)]:
            with suppress(psutil.Error):
                total += one.memory_info().rss
    return total


def _kill(process: subprocess.Popen[bytes]) -> None:
    # Also after a good end: what the notebook left running in its group ends here.
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _report(path: Path, text: str, ended: str) -> Report:
    report, cell, examining, has_finished = Report(path), 0, "", False
    named: list[str] = []
    for message in map(LINES.from_line, text.splitlines()):
        if isinstance(message, Contents):
            report.digest, named = message.digest, message.exercises
        elif isinstance(message, Running):
            cell = message.cell
        elif isinstance(message, Examining):
            examining = message.exercise
        elif isinstance(message, Judged):
            report.judged[message.exercise], examining = message, ""
        elif isinstance(message, Remark):
            report.remarks.append(message.text)
            has_finished = has_finished or message.stops
        elif isinstance(message, Finished):
            has_finished = True
    if not has_finished:
        _note_the_end(report, ended or "error: it ended its process itself", cell, examining)
    _note_the_rest(report, named)
    return report


def _note_the_end(report: Report, ended: str, cell: int, examining: str) -> None:
    kind, _, text = ended.partition(": ")
    report.remarks.append(f"{kind}: {text}" + (f", in cell {cell}" if cell else ", before its first cell"))
    if examining:
        report.judged[examining] = Judged(examining, kind, detail=text)


def _note_the_rest(report: Report, named: list[str]) -> None:
    for exercise in named:
        if exercise not in report.judged:
            broken = next((remark for remark in report.remarks if remark.startswith(("time", "memory"))), "")
            outcome = broken.partition(":")[0] or "error"
            report.judged[exercise] = Judged(exercise, outcome, detail="its check was not reached")
    if report.digest and not report.judged:
        report.remarks.append(NO_CHECK)
