"""A reader's first hour in JupyterLab: what opens, answers wrong and right, accidents, and the next day."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cdc_lab.course.jupyterlab import first_notebook
from cdc_lab.course.project import lessons
from cdc_lab.course.reader_copy import HOW_TO_ANSWER
from cdc_lab.show.missing_names import RUN_ABOVE
from tests.exercises.loading import load
from tests.tested_notebooks import ROOT

from .conftest import TOKEN
from .notebook_page import LOAD_MS, NotebookPage

pytestmark = pytest.mark.browser

HERE = Path(__file__).resolve()
PICTURES = HERE.parents[2] / "build" / "browser"
ANSWER = load("alternatives", "exercise_1", "raw_event").source
EXERCISE = "exercises/exercise_1_audit_log.ipynb"


def asks(path: Path) -> list[str]:
    """The questions of a notebook, by id, in its order."""
    cells = nbformat.read(path, as_version=4).cells
    return [name for cell in cells for name in re.findall(r'^predict\("([^"]+)"', cell.source, re.MULTILINE)]


ASKING = [path for path in lessons(ROOT) if asks(path)]
LESSON = next(path for path in ASKING if len(asks(path)) > 2)


@pytest.fixture(autouse=True, scope="module")
def _pictures() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)


def test_jupyterlab_opens_on_the_first_notebook_and_nothing_else(
    jupyter: str, workspace: Path, context: Any
) -> None:
    # GIVEN a reader who follows the address that the terminal shows
    page = context.new_page()
    page.goto(f"{jupyter}/?token={TOKEN}")
    # WHEN the page is there
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=LOAD_MS)
    page.wait_for_selector(".jp-DirListing-item", timeout=LOAD_MS)
    page.screenshot(path=str(PICTURES / "first.png"))
    # THEN it is the first notebook, without a launcher, a pop-up or a foreign section
    assert page.url.split("?")[0].endswith(f"/lab/tree/{first_notebook(workspace)}")
    assert page.locator(".jp-Launcher").count() == 0
    assert page.locator(".Toastify__toast").count() == 0
    page.get_by_role("menuitem", name="File", exact=True).click()
    assert page.get_by_role("menuitem", name=re.compile("Jupytext")).count() == 0
    # AND each notebook's name can be read; of the longest one the suffix may be cut
    cut = page.locator(".jp-DirListing-itemText").evaluate_all(
        "names => names.flatMap(name => [name, ...name.children])"
        ".filter(name => name.scrollWidth > name.clientWidth + 48).map(name => name.textContent)"
    )
    assert cut == []


def test_the_first_page_judges_a_newcomers_answer(open_copy: Any) -> None:
    # GIVEN the first notebook that asks
    question = asks(ASKING[0])[0]
    page: NotebookPage = open_copy(ASKING[0].name)
    reveal = page.cell(f'reveal("{question}"')
    # WHEN a letter is put between the quotes, and all is run to the verdict
    page.replace_cell(f'predict("{question}"', f'predict("{question}", answer="a")')
    page.run_above(reveal)
    # THEN the lab has judged it
    assert re.match(rf"{question}: (right\.|not so\. You said a\))", page.run_cell(reveal))


def test_a_prediction_is_wrong_then_right_and_survives_accidents(open_copy: Any) -> None:
    # GIVEN a lesson as a reader gets it: nothing ran, and the question can be read
    question = asks(LESSON)[0]
    page: NotebookPage = open_copy(LESSON.name)
    predict, reveal = page.cell(f'predict("{question}"'), page.cell(f'reveal("{question}"')
    assert page.shown(predict) == page.shown(reveal) == ""
    assert HOW_TO_ANSWER in page.source(predict - 1)

    # WHEN the reader answers with each letter, one after the other
    def answered(letter: str) -> str:
        page.replace_cell(f'predict("{question}"', f'predict("{question}", answer="{letter}")')
        page.run_cell(predict)
        return page.run_cell(reveal)

    page.replace_cell(f'predict("{question}"', f'predict("{question}", answer="a")')
    page.run_above(reveal)
    first = page.run_cell(reveal)
    lab = re.search(r"The lab: ([a-e])\)", first)
    assert lab, first
    wrong = "a" if lab[1] != "a" else "b"
    # THEN the lab's own result judges them
    assert answered(wrong).startswith(f"{question}: not so. You said {wrong})")
    assert answered(lab[1]).startswith(f"{question}: right.")
    page.screenshot(PICTURES / "right.png")

    # WHEN a cell runs twice THEN it says the same
    assert page.run_cell(reveal) == page.run_cell(reveal)

    # WHEN the reader stops a cell that takes long
    page.replace_cell("seed = ", "seed = 7\nimport time\nfor _ in range(600):\n    time.sleep(1)")
    slow = page.cell("seed = 7\nimport time")
    page.start_cell(slow)
    said = page.interrupt(slow)
    # THEN one or two lines say so, and the lab is still there
    assert said.startswith("KeyboardInterrupt")
    assert len(said.splitlines()) <= 2
    page.replace_cell("seed = 7\nimport time", "seed = 7")
    assert "right" in page.run_cell(reveal)

    # WHEN the kernel is started again THEN the section runs again from the top, with the answer as typed
    page.restart()
    assert RUN_ABOVE in page.run_cell(reveal).splitlines()[-1]
    page.run_above(reveal)
    assert page.run_cell(reveal).startswith(f"{question}: right.")

    # WHEN it is saved, closed and opened again THEN the answer and the verdict are there
    page.saved()
    page.close()
    again: NotebookPage = open_copy(LESSON.name)
    assert again.shown(again.cell(f'reveal("{question}"')).startswith(f"{question}: right.")
    assert f'answer="{lab[1]}"' in again.source(again.cell(f'predict("{question}"'))


def test_an_exercise_is_wrong_then_right(open_copy: Any) -> None:
    # GIVEN the exercise as a reader gets it
    page: NotebookPage = open_copy(EXERCISE)
    check = page.cell("check(")
    page.run_above(check)
    assert "not attempted" in page.run_cell(check).lower()
    # WHEN the reader types a handler that does nothing, then the right one
    page.replace_cell("raise NotAttempted", "def handler(event, context):\n    return None")
    page.run_cell(page.cell("    return None"))
    assert "wrong" in page.run_cell(check).lower()
    page.screenshot(PICTURES / "wrong.png")
    page.replace_cell("    return None", f"# mine\n{ANSWER}")
    page.run_cell(page.cell("# mine"))
    # THEN the check says so each time
    assert "pass" in page.run_cell(check).lower()
    page.screenshot(PICTURES / "pass.png")
