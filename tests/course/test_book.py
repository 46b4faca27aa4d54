"""The book: what unfolds on its pages, where its links lead, and that a fault of a page is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cdc_lab.classroom.exercises.texts import texts_of
from cdc_lab.classroom.questions import find
from cdc_lab.course.book.chapter import Chapter, question_in_html
from cdc_lab.course.book.checks import faults_of
from cdc_lab.course.book.links import led, led_from_page, led_html
from cdc_lab.course.book.sources import Sources
from cdc_lab.course.outcomes import Failure, Outcome
from cdc_lab.course.project import CourseError
from tests.course.lessons import code, figure, markdown, notebook, save


def chapter_of(*cells: dict[str, Any], place: str = "01_t.ipynb") -> Chapter:
    return Chapter(notebook(list(cells)), place)


def sources_of(*cells: dict[str, Any], place: str = "01_t.ipynb") -> list[str]:
    return [cell["source"] for cell in chapter_of(*cells, place=place).notebook["cells"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](02_b.ipynb)", "[a](page:02_b.html)"),
        ('[a](../02_b.ipynb#1.-Why? "B")', '[a](part:../02_b.html#1.-Why? "B")'),
        ("[a](#Here)", "[a](part:01_t.html#Here)"),
        ("[A35]: reference_facts.ipynb#A35", "[A35]: part:reference_facts.html#A35"),
        ("[a](https://example.com/x.ipynb)", "[a](https://example.com/x.ipynb)"),
        ("![a](images/x.png)", "![a](images/x.png)"),
    ],
)
def test_links_between_notebooks_lead_to_pages(text: str, expected: str) -> None:
    assert led(text, "01_t.ipynb") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](../../../../notebooks/01_t.ipynb#1.-Why?)", "[a](part:01_t.html#1.-Why?)"),
        ("[a](../../../../notebooks/exercises/x.ipynb)", "[a](page:exercises/x.html)"),
        ("[a](teaching.md)", "[a](page:teaching.html)"),
        ("[a](../../../../CONTRIBUTING.md)", "[a](page:contributing.html)"),
        ("[a](../../../../data/operations.csv)", "[a](page:operations.html)"),
        ("[a](https://example.com/b.md)", "[a](https://example.com/b.md)"),
    ],
)
def test_a_page_of_the_book_reads_as_well_in_the_checkout(text: str, expected: str) -> None:
    assert led_from_page(text, ("teaching", "contributing", "operations")) == expected


def test_links_in_an_output_lead_to_pages() -> None:
    assert led_html('<a href="a/b.ipynb#c">x</a>') == '<a href="a/b.html#c">x</a>'
    assert led_html('<a href="https://e.com/b.ipynb">x</a>') == '<a href="https://e.com/b.ipynb">x</a>'


def test_a_question_unfolds_to_what_is_right_and_why() -> None:
    # GIVEN a question
    question = find("01-polling")
    # WHEN it is made a part of a page
    html = question_in_html(question)
    # THEN each option unfolds, and one alone is right: the one that the facts name
    assert html.count("<details") == len(question.options)
    assert html.count("<strong>Right.</strong>") == 1
    (right,) = [part for part in html.split("<details")[1:] if "Right." in part]
    assert f"{question.expected})" in right


def test_a_cell_that_asks_gives_way_to_its_question() -> None:
    (shown,) = sources_of(code('predict("01-polling", answer=None)'))
    assert shown.startswith('<section class="question" id="01-polling"')


def test_an_exercise_shows_its_hints_folded_once() -> None:
    # GIVEN an exercise that is checked in two cells
    checks = [code('check("exercise_1", handler)'), code('check("exercise_1", handler)')]
    # WHEN it becomes a page
    shown = sources_of(*checks, place="exercises/exercise_1_t.ipynb")
    # THEN the hints stand below the first of them
    hints = texts_of("exercise_1").hints
    assert [text.startswith("<section") for text in shown] == [False, True, False]
    assert shown[1].count("<details>") == len(hints)
    # AND no lesson that shows a check has them
    assert len(sources_of(*checks)) == 2


def test_a_solution_is_called_so_and_folded() -> None:
    # GIVEN a solution
    cells = [
        markdown("# Exercise 1. A log"),
        code("def handler(event, context):\n    ### solution\n    pass"),
    ]
    # WHEN it becomes a page
    made = chapter_of(*cells, place="solutions/exercise_1_t.ipynb").notebook["cells"]
    # THEN its title says what it is, and the answer is hidden until it is asked for
    assert "# Solution: Exercise 1. A log" in made[0]["source"]
    assert "hide-input" in made[1]["metadata"]["tags"]
    assert made[1]["metadata"]["mystnb"]["code_prompt_show"] == "Show the solution"


def test_headings_keep_the_anchors_that_links_name() -> None:
    (shown,) = sources_of(markdown("## 1. Order: per item\n\ntext"))
    assert '<span class="anchor" id="1.-Order:-per-item"></span>' in shown


def test_a_figure_is_a_file_with_a_readable_name_and_its_text() -> None:
    # GIVEN a figure whose output tells what it shows, and how large
    drawn = figure()
    drawn["metadata"] = {"image/png": {"alt": 'The "line" rises', "width": 900, "height": 350}}
    chapter = chapter_of(code("draw()", drawn), place="solutions/x.ipynb")
    # WHEN it becomes a page
    (cell,) = chapter.notebook["cells"]
    # THEN the picture is beside the pages, and its text and size are on the page
    (name,) = chapter.figures
    assert name.startswith("figures/solutions-x-")
    html = cell["outputs"][0]["data"]["text/html"]
    assert f'src="../{name}"' in html
    assert 'alt="The &quot;line&quot; rises" width="900" height="350"' in html


def test_what_a_run_adds_does_not_make_a_page_new() -> None:
    # GIVEN a notebook as it is committed, and as papermill leaves it
    cell = code("1")
    ran = {**cell, "metadata": {"papermill": {"duration": 0.2}}}
    # THEN both become the same page
    assert chapter_of(cell).notebook == chapter_of(ran).notebook


def page(folder: Path, body: str, name: str = "a.html") -> None:
    (folder / name).write_text(f"<!doctype html><html><body>{body}</body></html>", "utf-8")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="b.html">x</a>', "a.html: the link b.html leads nowhere"),
        ('<a href="#there">x</a>', "a.html: the link #there leads to a place that the page has not"),
        (
            '<script src="https://e.com/x.js"></script>',
            "a.html: https://e.com/x.js is fetched from another host",
        ),
        ('<link href="//e.com/x.css">', "a.html: //e.com/x.css is fetched from another host"),
        ('<img src="x.png" alt="a line">', "a.html: x.png is not there"),
        (
            '<img src="data:image/png;base64,AA" alt="">',
            "a.html: the picture data:image/png;base64,AA has no",
        ),
        ('<p id="x"></p><p id="x"></p>', "a.html: the id 'x' stands twice"),
    ],
)
def test_a_fault_of_a_page_is_named(tmp_path: Path, body: str, fault: str) -> None:
    page(tmp_path, body)
    (found,) = faults_of(tmp_path)
    assert found.startswith(fault)


def test_a_page_in_order_has_no_faults(tmp_path: Path) -> None:
    page(tmp_path, '<p id="1.-Why?"></p><a href="#1.-Why%3F">x</a><a href="https://e.com">y</a>')
    page(tmp_path, '<a href="a.html#1.-Why?">x</a>', "b.html")
    assert faults_of(tmp_path) == []


def test_the_sources_hold_what_a_run_made_and_a_report_of_it(tmp_path: Path) -> None:
    # GIVEN a checkout with two lessons, one of which was just executed and failed
    notebooks, ran = tmp_path / "notebooks", tmp_path / "build" / "course"
    save(notebook([markdown("# 01. A"), code("1")]), notebooks / "01_a.ipynb")
    save(notebook([markdown("# 02. B"), code("2")]), notebooks / "02_b.ipynb")
    save(notebook([markdown("# 02. B"), code("3")]), ran / "02_b.ipynb")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "operations.csv").write_text(
        "service,operation,answered_by,what,no_effect,refused_parameters\ndynamodb,GetItem,us,reads,,\n"
    )
    outcome = Outcome(
        notebooks / "02_b.ipynb", ran / "02_b.ipynb", "02. B", 2, 1.26, Failure(2, "KeyError: 1")
    )
    folder = tmp_path / "source"
    stale = folder / "09_gone.md"
    folder.mkdir()
    stale.touch()
    # WHEN the sources are written
    Sources(tmp_path, folder, [outcome]).write()
    # THEN the executed one is taken, the report tells of it, and what belongs to no page is gone
    assert '"1"' in (folder / "01_a.ipynb").read_text("utf-8")
    assert '"3"' in (folder / "02_b.ipynb").read_text("utf-8")
    assert "| [02. B](page:02_b.html) | failed: cell 2 | 2 | 1.3 |" in (folder / "report.md").read_text(
        "utf-8"
    )
    assert "| GetItem | us | reads |" in (folder / "operations.md").read_text("utf-8")
    assert "01_a\n" in (folder / "index.md").read_text("utf-8")
    assert not stale.exists()
    # AND a file that did not change is not written again
    before = (folder / "01_a.ipynb").stat().st_mtime_ns
    Sources(tmp_path, folder, [outcome]).write()
    assert (folder / "01_a.ipynb").stat().st_mtime_ns == before


def test_a_broken_notebook_is_named(tmp_path: Path) -> None:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "01_a.ipynb").write_text("<<<<<<< ours")
    with pytest.raises(CourseError, match=r"01_a\.ipynb is no notebook"):
        Sources(tmp_path, tmp_path / "source", []).write()
