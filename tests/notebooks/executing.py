"""Executes committed notebooks with a seed that their author did not choose."""

from __future__ import annotations

import contextlib
from pathlib import Path

import nbformat
import pytest

from cdc_lab.course.execute import execute, has_parameters
from cdc_lab.course.kernel import batch_environment
from cdc_lab.course.project import EXAMPLES, CourseError, example_notebooks, find_root

SEED = 11


def lessons_of_examples(root: Path) -> list[tuple[int, Path]]:
    """Return every example's number with each of its lessons; an example that is not complete has none."""
    found = []
    for number in EXAMPLES:
        with contextlib.suppress(CourseError):
            found += [(number, path) for path in example_notebooks(root, number)]
    return found


def assert_runs_with_another_seed(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Execute one notebook by papermill and assert that no cell failed and that the seed arrived."""
    # GIVEN the environment of a batch run, whose caches all runs of a checkout share
    for name, value in batch_environment(find_root() / "build").items():
        monkeypatch.setenv(name, value)
    # WHEN the notebook is executed with another seed
    executed = folder / path.name
    failure = execute(path, executed, SEED)
    # THEN every cell ran
    assert failure is None, f"{path.name}, {failure.where}: {failure.error}"
    notebook = nbformat.read(executed, as_version=4)
    ran = [
        cell.execution_count for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()
    ]
    assert ran == list(range(1, len(ran) + 1))
    # AND the seed was replaced where the notebook has one
    injected = [
        cell.source for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", [])
    ]
    assert [f"seed = {SEED}" in source for source in injected] == [True] * has_parameters(
        nbformat.read(path, as_version=4)
    )
