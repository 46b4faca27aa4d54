"""Every fact that is cited exists, and every fact says where it is from."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdc_lab.course.project import notebook_files
from tests import tested_notebooks

ROOT = Path(__file__).parent.parent
ROWS = list(csv.DictReader((ROOT / "data/facts.csv").read_text().splitlines()))
FACTS = {row["id"]: row for row in ROWS}
GRADES = {
    "documentation",
    "service model",
    "recorded",
    "computed from recordings",
    "tested here",
    "third party",
    "inference",
    "general knowledge",
    "not established",
    "misconception",
}
_ID = r"[A-F]\d{1,3}"
_LIST = rf"{_ID}(?:(?:, | to | and |-){_ID})*"


def in_parentheses(text: str) -> Iterator[str]:
    """Ids cited as in (A23), (B10, C28), (B12: ...)."""
    for cited in re.findall(rf"\(({_LIST})(?=[):;,])", text):
        yield from re.findall(_ID, cited)


def cited_by_code() -> Iterator[tuple[str, str]]:
    for folder in ("cdc_lab", "tests"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            # The lint's own tests cite facts that do not exist, on purpose.
            if "lint" not in path.parts:
                yield from ((str(path.relative_to(ROOT)), fact) for fact in in_parentheses(path.read_text()))


def cited_by_questions() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "cdc_lab/classroom/questions").glob("*.toml")):
        for name, question in tomllib.loads(path.read_text()).items():
            yield f"{path.name} {name}", question["fact"]
            for option in question.values():
                if isinstance(option, dict) and "misconception" in option:
                    yield f"{path.name} {name}", option["misconception"]


def cited_by_notebooks() -> Iterator[tuple[str, str]]:
    for path in notebook_files(tested_notebooks.ROOT):
        for cell in json.loads(path.read_text())["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                for small in re.findall(r"<small>\[([^\]]*)\]</small>", text):
                    yield from ((path.name, fact) for fact in re.findall(_ID, small))


@pytest.mark.parametrize("cited", [cited_by_code, cited_by_questions, cited_by_notebooks])
def test_cited_facts_exist(cited):
    # GIVEN everything that cites a fact
    found = list(cited())
    # THEN there are citations, and each names a fact of the table
    assert found
    assert [(where, fact) for where, fact in found if fact not in FACTS] == []


def test_each_fact_has_a_claim_a_known_grade_and_a_source():
    for fact, row in FACTS.items():
        assert row["claim"].endswith((".", ")")), fact
        assert set(row["grade"].split(", ")) <= GRADES, fact
        assert row["source"], fact
        assert row["address"].startswith("https://"), fact


def test_each_fact_has_one_row():
    assert len(FACTS) == len(ROWS)
