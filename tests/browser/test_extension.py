"""The course's extension of JupyterLab: pictures have their text, and links lead to the place they name."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

from tests.tested_notebooks import NOTEBOOKS

from .notebook_page import NotebookPage

pytestmark = pytest.mark.browser

NAME = "01_streams_intro.ipynb"


def test_a_committed_figure_is_shown_with_its_text(open_notebook: Any) -> None:
    # GIVEN a lesson whose outputs have figures with a text of their own
    committed = [
        output.metadata["image/png"]
        for cell in nbformat.read(NOTEBOOKS / NAME, as_version=4).cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert committed
    # WHEN it is opened in JupyterLab
    page: NotebookPage = open_notebook(NAME)
    # THEN each picture has its text
    assert page.alternative_texts(len(committed)) == [about["alt"] for about in committed]


@pytest.mark.parametrize(
    ("words", "anchor", "opened"),
    [("A35", "A35", "reference_facts.ipynb"), ("shard", "Shard", "reference_glossary.ipynb")],
)
def test_a_link_opens_a_notebook_at_the_place_that_it_names(
    open_notebook: Any, words: str, anchor: str, opened: str
) -> None:
    # GIVEN a lesson, WHEN the reader follows a link to a fact or a term THEN it is there
    page: NotebookPage = open_notebook(NAME)
    assert page.follow(words, anchor) == opened
