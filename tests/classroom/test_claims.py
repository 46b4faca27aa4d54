"""Which fact is cited or judged where: on small notebooks of our own, then on the course itself."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cdc_lab.classroom.claims import Claims, Fact, Place, ids_in
from cdc_lab.classroom.headings import Heading, headings
from cdc_lab.errors import LabError
from tests.tested_notebooks import ROOT

REMEDY = 'run: make refresh ARGS="--only reference_facts"'
FACTS = '''id,claim,grade,source,address
A1,"Records have <fields>.",documentation,A page,https://example.org/a?b=1&c=2
A2,Changes only.,recorded,Recordings,https://example.org/2
A3,Nobody says it.,inference,A page,https://example.org/3
E1,"""All of it."" See A2.",misconception,A page,https://example.org/e
'''


def course(folder: Path, **notebooks: list[tuple[str, str]]) -> Path:
    """A checkout with these facts, and notebooks given as (cell type, source)."""
    (folder / "data").mkdir()
    (folder / "data/facts.csv").write_text(FACTS, "utf-8")
    (folder / "notebooks").mkdir()
    for name, cells in notebooks.items():
        raw = {"cells": [{"cell_type": kind, "source": source.splitlines(True)} for kind, source in cells]}
        (folder / "notebooks" / f"{name.removeprefix('n')}.ipynb").write_text(json.dumps(raw), "utf-8")
    return folder


def labels(claims: Claims, fact: str) -> list[str]:
    return [place.label + "*" * place.judged for place in claims.met(fact)]


@pytest.mark.parametrize(
    ("citation", "ids"),
    [
        ("A23", ["A23"]),
        ("A23, B5", ["A23", "B5"]),
        ("A19 to A21, B5", ["A19", "A20", "A21", "B5"]),
        ("C25–C26", ["C25", "C26"]),
        ("nothing", []),
    ],
)
def test_a_citation_may_name_several_facts_and_ranges(citation, ids):
    assert ids_in(citation) == ids


def test_a_citation_belongs_to_the_heading_above_it(tmp_path):
    # GIVEN a cell that cites one fact at the end of a section and one in the next
    root = course(
        tmp_path,
        n01_streams=[
            ("markdown", "# 01. Streams\n\nA promise <small>[A2]</small>."),
            ("markdown", "## 1. First `part`"),
            ("markdown", "Still first <small>[A1]</small>.\n\n## 2. Second\n\nNow <small>[A2]</small>."),
            ("markdown", "## You can now\n\nAgain <small>[A1]</small>."),
        ],
    )
    # WHEN the claims are read
    claims = Claims.of_course(root)
    # THEN each is where it stands, and its link carries JupyterLab's anchor
    assert labels(claims, "A1") == ["01, 1", "01, end"]
    assert labels(claims, "A2") == ["01, start", "01, 2"]
    assert next(place.link for place in claims.met("A1")) == "01_streams.ipynb#1.-First-part"


def test_a_section_that_cites_twice_is_named_once(tmp_path):
    cell = ("markdown", "## 1. First\n\nOne <small>[A1]</small>, two <small>[A1, A2]</small>.")
    claims = Claims.of_course(course(tmp_path, n01_streams=[cell, ("markdown", "And <small>[A1]</small>.")]))
    assert labels(claims, "A1") == ["01, 1"]


def test_code_and_brackets_without_small_type_cite_nothing(tmp_path):
    cells = [("markdown", "## 1. First\n\n[A1] and (A1)"), ("code", "# <small>[A1]</small>")]
    assert labels(Claims.of_course(course(tmp_path, n01_streams=cells)), "A1") == []


def test_a_prediction_judges_its_fact_and_meets_its_misconceptions(tmp_path, lesson):
    # GIVEN a lesson whose question names A23 and betrays E10 (see conftest)
    root = course(
        tmp_path,
        n77_test_lesson=[
            ("markdown", "## 1. First\n\nText <small>[A23]</small>."),
            ("code", 'reveal("77-noop", count)'),
            ("markdown", "## 2. Second"),
            ("code", 'answer = 1\nreveal("77-order", [\n    name for name in names])'),
        ],
    )
    claims = Claims.of_course(root)
    found = {fact: [(p.label, p.judged) for p in places] for fact, places in claims.places.items()}
    assert found == {"A23": [("77, 1", True)], "E10": [("77, 1", True)], "A36": [("77, 2", True)]}


def test_a_misconception_is_also_met_where_its_answer_is(tmp_path):
    cells = [("markdown", "## 1. First\n\nText <small>[A2]</small>.")]
    assert labels(Claims.of_course(course(tmp_path, n01_streams=cells)), "E1") == ["01, 1"]


def test_a_reference_is_named_by_its_heading_and_the_facts_do_not_cite_themselves(tmp_path):
    cells = [("markdown", "# Reference\n\n### Stream record\n\nText <small>[A1]</small>.")]
    claims = Claims.of_course(course(tmp_path, reference_concepts=cells, reference_facts=cells))
    assert labels(claims, "A1") == ["concepts, Stream record"]


def test_what_is_missing_is_found(tmp_path):
    cells = [("markdown", "## 1. First\n\nText <small>[A1, Z9]</small>.")]
    claims = Claims.of_course(course(tmp_path, n01_streams=cells))
    assert claims.without_a_cell() == ["A2", "A3", "E1"]
    assert claims.unknown() == {"Z9": ["01_streams.ipynb#1.-First"]}


def test_a_table_shows_claim_grade_source_and_places(tmp_path):
    cells = [("markdown", "## 1. First\n\nText <small>[A1]</small>.")]
    table = Claims.of_course(course(tmp_path, n01_streams=cells)).table("A1", "A2")
    assert repr(table) == (
        "A1   Records have <fields>.\n     documentation: A page\n     01, 1\n"
        "A2   Changes only.\n     recorded: Recordings\n     in no notebook"
    )
    shown = table._repr_html_()
    assert "Records have &lt;fields&gt;." in shown
    assert '<a href="https://example.org/a?b=1&amp;c=2">A page</a>' in shown
    assert '<a href="01_streams.ipynb#1.-First">01, 1</a>' in shown


def test_a_star_marks_what_a_prediction_judged():
    fact = Fact("A1", "Claim.", "recorded", "Recordings", "https://example.org")
    claims = Claims({"A1": fact}, {"A1": [Place("01_streams", Heading(2, "3. Third", 0), judged=True)]})
    assert repr(claims.table("A1", "A1")).endswith("01, 3*")


@pytest.mark.parametrize(("first", "last", "said"), [("A1", "Z9", "no fact 'Z9'"), ("A2", "A1", "lower one")])
def test_a_range_that_is_none_is_refused(tmp_path, first, last, said):
    claims = Claims.of_course(course(tmp_path, n01_streams=[]))
    with pytest.raises(LabError, match=said):
        claims.table(first, last)


def test_a_checkout_without_notebooks_is_refused(tmp_path):
    with pytest.raises(LabError, match="CDC_LAB_DATA"):
        Claims.of_course(course(tmp_path))


def test_headings_leave_out_code_and_markdown():
    text = "# One\n```\n# no\n```\n## `Two` is **bold**, [linked](x.md)\n#no heading\n### Three ###\n"
    assert [(heading.level, heading.text) for heading in headings(text)] == [
        (1, "One"),
        (2, "Two is bold, linked"),
        (3, "Three"),
    ]


# ---- the course


def test_each_fact_has_a_cell_and_each_citation_a_fact():
    claims = Claims.of_course(ROOT)
    assert claims.unknown() == {}
    assert claims.without_a_cell() == [], "cite them in a lesson, or in notebooks/reference_concepts.ipynb"


def test_the_facts_notebook_lists_each_fact_once():
    cells = json.loads((ROOT / "notebooks/reference_facts.ipynb").read_text("utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    claims = Claims.of_course(ROOT)
    tables = [claims.table(*ends) for ends in re.findall(r'claims\.table\("(\w+)", "(\w+)"\)', code)]
    assert [row.id for table in tables for row in table.rows] == list(claims.facts)


def test_the_facts_notebook_is_as_the_course_is_now():
    # GIVEN what its committed cells show
    cells = json.loads((ROOT / "notebooks/reference_facts.ipynb").read_text("utf-8"))["cells"]
    claims = Claims.of_course(ROOT)
    for cell in cells:
        ends = re.match(r'claims\.table\("(\w+)", "(\w+)"\)', "".join(cell["source"]))
        if cell["cell_type"] == "code" and ends:
            # THEN it is what they would show today
            shown = "".join(cell["outputs"][0]["data"]["text/plain"])
            assert shown == repr(claims.table(*ends.groups())), REMEDY
