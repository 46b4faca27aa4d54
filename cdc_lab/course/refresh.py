"""Executes the committed notebooks anew, in place: what they show is what the code does now."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat

from cdc_lab.course.kernel import NAME, batch_environment
from cdc_lab.course.outcomes import Job, Outcome
from cdc_lab.course.workers import execute_all
from cdc_lab.keeping import replace


def refresh(notebooks: Sequence[Path], root: Path, jobs: int) -> int:
    """Execute notebooks from a fresh kernel and write their outputs back; return 1 when one failed.

    A notebook that fails stays as it was, and so does one that was saved meanwhile. Only outputs and
    execution counts are taken from the run. What is typed in cells, their ids and tags and the lesson's own
    metadata are kept. What depends on the run (times, versions) is not written.
    """
    build = root / "build"
    build.mkdir(exist_ok=True)
    before = {path: path.read_bytes() for path in notebooks}
    failed: list[Path] = []

    def write_back(outcome: Outcome) -> None:
        path = outcome.notebook
        problem = (
            outcome.failure.error if outcome.failure else _write_back(path, before[path], outcome.executed)
        )
        print(f"FAILED  {path.name}: {problem}" if problem else f"ok      {path.name}", flush=True)
        if problem:
            failed.append(path)

    with tempfile.TemporaryDirectory(dir=build, prefix="refresh-") as folder:
        execute_all(
            [_job(path, Path(folder) / path.relative_to(root)) for path in notebooks],
            batch_environment(build),
            jobs,
            write_back,
        )
    return 1 if failed else 0


def _job(notebook: Path, executed: Path) -> Job:
    return Job(str(notebook), str(executed), seed=None)


def _write_back(path: Path, before: bytes, executed: Path) -> str:
    """Write a notebook with the outputs of its executed copy; return why not, empty when it is written."""
    notebook = nbformat.reads(before.decode(), as_version=4)
    ran = nbformat.read(executed, as_version=4)
    for cell, done in zip(notebook.cells, ran.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = done.outputs, done.execution_count
        cell.metadata.pop("execution", None)
    notebook.metadata = _metadata(notebook.metadata)
    if path.read_bytes() != before:
        return "it was saved while it ran, and stays as it was saved: refresh it again"
    replace(path, (nbformat.writes(notebook) + "\n").encode())
    return ""


def _metadata(given: Any) -> Any:
    own = {"cdc_lab": given["cdc_lab"]} if "cdc_lab" in given else {}
    kernel = {"display_name": "Python 3", "language": "python", "name": NAME}
    return nbformat.from_dict({"kernelspec": kernel, "language_info": {"name": "python"}, **own})
