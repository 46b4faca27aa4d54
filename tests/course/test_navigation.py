"""Links between notebooks are made of their names and titles, and made once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdc_lab.classroom.exercises.learner import learner_version
from cdc_lab.course.links import linked
from cdc_lab.course.navigation import is_made, write_all
from tests.course.lessons import code, markdown, notebook, save

TABLE = "| time | before | needs | next |\n|---|---|---|---|\n| 30 minutes | - | - | `99_wrong` |"
TERMS = {"shard": "Shard", "batch": "Batch"}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of two lessons, with drills on the first, their solution, and what all notebooks link to."""
    texts = {
        "00_start_here": "# 00. Start here",
        "01_streams": f"# 01. Streams: all\n\n{TABLE}\n\nA **shard** is a list <small>[A35, B1]</small>.",
        "01b_time": "# 01b. Time\n\nAfter `01_streams`.",
        "06_exercises": "# 06. Exercises",
        "reference_facts": "# Facts",
        "reference_glossary": "# Glossary\n\n### Shard\n\nA list.",
    }
    for name, text in texts.items():
        save(notebook([markdown(text), code("1")]), tmp_path / f"{name}.ipynb")
    solution = notebook([markdown("# Drills 01. Streams"), code("### solution\nx = 1\n### end of solution")])
    save(solution, tmp_path / "solutions" / "drills_01_streams.ipynb")
    save(learner_version(solution), tmp_path / "exercises" / "drills_01_streams.ipynb")
    return tmp_path


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def texts(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in read(path)["cells"]]


def test_drills_that_need_a_later_lesson_say_so(course: Path) -> None:
    # GIVEN drills that ask for both lessons
    table = "| time | before this |\n|---|---|\n| 40 minutes | `01_streams`, [01b_time](../01b_time.ipynb) |"
    drills = notebook([markdown(f"# Drills 01. Streams\n\n{table}"), code("1")])
    save(drills, course / "exercises" / "drills_01_streams.ipynb")
    # WHEN the links are written
    write_all(course)
    # THEN the first lesson says after which lesson they come, and the second needs not
    assert " (after 01b)" in texts(course / "01_streams.ipynb")[-1]
    assert "exercises/drills_01_streams" in texts(course / "01b_time.ipynb")[-1]
    assert "(after" not in texts(course / "01b_time.ipynb")[-1]


def test_a_lesson_leads_on_and_back_to_its_drills_and_to_what_is_looked_up(course: Path) -> None:
    # WHEN the links are written
    write_all(course)
    # THEN the first cell of a lesson names what is around it
    top, header, _, end = texts(course / "01_streams.ipynb")
    for there in (
        "00_start_here",
        "exercises/drills_01_streams",
        "06_exercises",
        "reference_facts",
        "01b_time",
    ):
        assert f"]({there}.ipynb" in top
    # AND the last one leads on
    assert "**Next:** [01b. Time](01b_time.ipynb)" in end
    # AND the first table names the lesson that follows, whatever stood there
    assert "| [01b. Time](01b_time.ipynb) |" in header
    assert "99_wrong" not in header


def test_facts_terms_and_names_of_lessons_become_links_that_read_well(course: Path) -> None:
    write_all(course)
    text = texts(course / "01_streams.ipynb")[1]
    assert "A **[shard]** is a list <small>[A35], [B1]</small>." in text
    assert "[A35]: reference_facts.ipynb#A35\n[B1]: reference_facts.ipynb#B1" in text
    assert "[shard]: reference_glossary.ipynb#Shard" in text
    assert "After [01. Streams](01_streams.ipynb)." in texts(course / "01b_time.ipynb")[1]


def test_a_second_time_nothing_changes(course: Path) -> None:
    assert write_all(course)
    before = {path: path.read_bytes() for path in course.rglob("*.ipynb")}
    assert write_all(course) == []
    assert {path: path.read_bytes() for path in course.rglob("*.ipynb")} == before


def test_a_lesson_that_comes_between_is_led_to(course: Path) -> None:
    # GIVEN links that are written, and a lesson that comes after the first one
    write_all(course)
    save(notebook([markdown("# 01a. Between")]), course / "01a_between.ipynb")
    # WHEN they are written again THEN the first leads to it, and what follows leads back
    write_all(course)
    assert "| [01a. Between](01a_between.ipynb) |" in texts(course / "01_streams.ipynb")[1]
    assert "](01a_between.ipynb" in texts(course / "01b_time.ipynb")[0]


def test_a_solution_says_so_and_the_exercise_is_still_made_of_it(course: Path) -> None:
    write_all(course)
    solution, exercise = (
        course / folder / "drills_01_streams.ipynb" for folder in ("solutions", "exercises")
    )
    assert "This is the solution" in texts(solution)[0]
    assert "](../exercises/drills_01_streams.ipynb" in texts(solution)[0]
    assert "This is the solution" not in "".join(texts(exercise))
    assert "](../01_streams.ipynb" in texts(exercise)[-1]
    assert learner_version(read(solution)) == read(exercise)


def test_code_cells_and_what_they_show_stay(course: Path) -> None:
    before = [cell for cell in read(course / "01_streams.ipynb")["cells"] if cell["cell_type"] == "code"]
    write_all(course)
    after = read(course / "01_streams.ipynb")["cells"]
    assert [cell for cell in after if cell["cell_type"] == "code"] == before
    assert [is_made(cell) for cell in after] == [True, False, False, True]


def test_a_folder_without_a_start_page_is_left_alone(tmp_path: Path) -> None:
    path = save(notebook([markdown("# 01. Streams")]), tmp_path / "01_streams.ipynb")
    before = path.read_bytes()
    assert write_all(tmp_path) == []
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("seen <small>[A19 to A21]</small>", "[A19 to A21]: reference_facts.ipynb#A19"),
        ("Two **shards** here", "[shards]: reference_glossary.ipynb#Shard"),
        ("Two **batches** here", "[batches]: reference_glossary.ipynb#Batch"),
    ],
)
def test_ranges_and_plurals_lead_to_their_first_and_to_their_term(text: str, made: str) -> None:
    assert made in linked(text, terms=TERMS)


@pytest.mark.parametrize(
    "text",
    [
        "no code at all",
        "- **batch** them, as the lesson's verb",
        "```\n<small>[A35]</small> and **shard**\n```",
        "<small>in small letters</small>",
    ],
)
def test_what_is_no_citation_and_no_term_stays(text: str) -> None:
    assert linked(text, terms=TERMS) == text


def test_a_term_is_linked_where_it_first_appears(course: Path) -> None:
    met: set[str] = set()
    first, second = (linked(text, terms=TERMS, met=met) for text in ("A **shard**.", "Each **shard**."))
    assert first.startswith("A **[shard]**.")
    assert second == "Each **shard**."
