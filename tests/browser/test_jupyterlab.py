"""Lessons and exercises in JupyterLab, in a browser: who runs them sees what is committed."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

from tests.tested_notebooks import NOTEBOOKS

from .notebook_page import NotebookPage

pytestmark = pytest.mark.browser


def texts(cell: Any) -> list[str]:
    """What a cell shows, but for pictures."""
    shown = []
    for output in cell.outputs:
        data = output.get("data", {})
        shown.append(output.get("text") or data.get("text/html") or data.get("text/plain", ""))
        assert output.output_type != "error", output.evalue
    return ["".join(shown)] if shown else []


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


@pytest.mark.parametrize("name", ["01_streams_intro.ipynb", "06_exercises.ipynb"])
def test_a_notebook_run_by_its_menu_shows_what_is_committed(open_notebook: Any, name: str) -> None:
    # GIVEN a notebook opened in JupyterLab
    page: NotebookPage = open_notebook(name)
    # WHEN the reader restarts the kernel and runs all
    page.run_all()
    # THEN each cell shows what it shows in the repository
    ran = code(page.saved())
    committed = code(nbformat.read(NOTEBOOKS / name, as_version=4))
    assert [cell.execution_count for cell in ran] == list(range(1, len(ran) + 1))
    assert [texts(cell) for cell in ran] == [texts(cell) for cell in committed]
    assert any("image/png" in output.get("data", {}) for cell in ran for output in cell.outputs) == any(
        "image/png" in output.get("data", {}) for cell in committed for output in cell.outputs
    )
