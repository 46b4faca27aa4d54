"""The README keeps its word: its figure is what its script draws, its commands exist."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from cdc_lab.course.project import lessons
from tests import tested_notebooks

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_figure_shows_what_its_caption_says():
    # GIVEN the script that draws the README's figure
    script = runpy.run_path(str(ROOT / "notebooks/images/poison_record.py"))
    drawn = script["draw"]()
    # THEN the README shows that figure, with the reading made from the same numbers
    assert (ROOT / "notebooks/images/poison_record.png").read_bytes()[:4] == b"\x89PNG"
    assert f"![{script['TITLE']}](notebooks/images/poison_record.png)" in README
    assert drawn.reading in " ".join(README.replace("*", "").split())


def test_each_make_command_is_a_target():
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z0-9-]+)", README))
    assert named
    assert named <= targets, named - targets


def test_each_lesson_is_listed():
    names = {path.name for path in lessons(tested_notebooks.ROOT)}
    assert names
    assert {name for name in names if f"notebooks/{name}" not in README} == set()
