"""Executing a notebook where it lies."""

from __future__ import annotations

import json

import pytest
from nbclient.exceptions import CellExecutionError

from cdc_lab.course.reexecute import main, reexecute
from tests.course.lessons import code, markdown, notebook, save, shown


def test_outputs_are_made_anew_and_the_rest_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", "")
    # GIVEN a notebook whose output is stale, with a word of its own in its metadata
    stale = notebook(
        [markdown("# Title"), code("1 + 1", shown("3"), tags=("kept",))], cdc_lab={"note": "mine"}
    )
    path = save(stale, tmp_path / "99_small.ipynb")
    before = json.loads(path.read_text("utf-8"))
    # WHEN it is executed in place
    assert main([str(path)]) == 0
    after = json.loads(path.read_text("utf-8"))
    # THEN the output is today's
    assert after["cells"][1]["outputs"][0]["data"]["text/plain"] in ("2", ["2"])
    # AND ids, tags, counts and metadata are as before
    assert [cell["id"] for cell in after["cells"]] == [cell["id"] for cell in before["cells"]]
    assert after["cells"][1]["metadata"] == {"tags": ["kept"]}
    assert after["cells"][1]["execution_count"] == 1
    assert after["metadata"] == before["metadata"]


def test_a_notebook_that_fails_is_left_as_it_was(tmp_path):
    path = save(notebook([code("1 / 0")]), tmp_path / "99_small.ipynb")
    before = path.read_bytes()
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        reexecute(path)
    assert path.read_bytes() == before


def test_without_a_notebook_it_says_how(capsys):
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
