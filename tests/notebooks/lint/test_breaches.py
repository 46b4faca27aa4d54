"""Each rule of the notebook checks: a good lesson passes all, and one small change breaks just that rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdc_lab.course.navigation import write_all
from tests.course.lessons import (
    Raw,
    code,
    figure,
    good_cells,
    markdown,
    notebook,
    png,
    save,
    shown,
    stream,
)
from tests.notebooks.lint import rules_navigation
from tests.notebooks.lint.__main__ import main
from tests.notebooks.lint.linting import PROFILES, RULES, Finding, lint, name_of, profile_of

Change = Callable[[list[Raw]], Any]
LONG_FUNCTION = "def handler(event):\n" + "    event\n" * 15


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the table of facts that lessons cite from."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "facts.csv").write_text("id,fact\nA1,each change once\nB10,another\n", "utf-8")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "10_next.ipynb").touch()
    return tmp_path


def findings(
    checkout: Path, cells: list[Raw], name: str = "09_lesson.ipynb", **metadata: Any
) -> list[Finding]:
    """Check a notebook of these cells under this name."""
    return lint(save(notebook(cells, **metadata), checkout / "notebooks" / name), checkout)


def replace(number: int, cell: Raw) -> Change:
    """Put another cell in place of one."""

    def change(cells: list[Raw]) -> None:
        cells[number - 1] = cell

    return change


def outputs(*shown_now: Raw) -> Change:
    """Put other outputs below the cell that shows a value."""
    return lambda cells: cells[7].update(outputs=list(shown_now))


def source(text: str) -> Change:
    """Put other code into the cell that shows a value."""
    return lambda cells: cells[7].update(source=text)


def drop(number: int) -> Change:
    """Take a cell out."""
    return lambda cells: cells.pop(number - 1)


# One entry per rule and way to break it: the rule, the cell that is named, and the change to the good lesson.
BREACHES: dict[str, tuple[str, int, Change]] = {
    "the title has no number": (
        "header",
        1,
        replace(1, markdown("# A lesson\n\nPromise.\n\n|Time|Before this|Needs|Next|")),
    ),
    "the title has another number": (
        "header",
        1,
        lambda c: c[0].update(source=c[0]["source"].replace("09", "08")),
    ),
    "no promise": ("header", 1, replace(1, markdown("# 09. T\n\n| Time | Before this | Needs | Next |"))),
    "no next in the table": (
        "header",
        1,
        lambda c: c[0].update(source=c[0]["source"].replace("Next", "Then")),
    ),
    "code comes first": ("header", 1, replace(1, code("1"))),
    "two objectives": ("objectives", 2, replace(2, markdown("- write an item\n- read and count a batch"))),
    "six objectives": ("objectives", 2, replace(2, markdown("- write, read, count\n" * 6))),
    "an objective without a verb": (
        "objectives",
        2,
        replace(2, markdown("- write it\n- read it\n- the count of it")),
    ),
    "an objective that no cell tests": (
        "objectives",
        2,
        replace(2, markdown("- write it\n- read and count it\n- Understand the stream of it all, you")),
    ),
    "no parameters": ("parameters", 3, lambda c: c[2]["metadata"].clear()),
    "two cells of parameters": ("parameters", 3, lambda c: c[7]["metadata"].update(tags=["parameters"])),
    "parameters without a seed": ("parameters", 3, lambda c: c[2].update(source="shards = 1")),
    "no imports": ("set-up", 4, lambda c: c[3].update(source="lab = Lab(seed=seed)")),
    "a lab without the seed": (
        "set-up",
        4,
        lambda c: c[3].update(source="from cdc_lab import Lab\nlab = Lab()"),
    ),
    "no lab": ("set-up", 4, lambda c: c[3].update(source="import cdc_lab")),
    "a section's lab without the seed": ("set-up", 8, source("lab = Lab(seed=7)")),
    "too few cells": ("cell-count", 0, lambda c: c.__delitem__(slice(10, 28 - 8))),
    "too many cells": ("cell-count", 0, lambda c: c.__setitem__(slice(5, 5), [markdown("one")] * 25)),
    "too few words": (
        "words",
        0,
        lambda c: [x.update(source="## S") for x in c[4:-1] if x["cell_type"] == "markdown"],
    ),
    "too many words": ("words", 0, lambda c: c[4].update(source="word " * 1300)),
    "a long text in a cell": ("cell-words", 5, lambda c: c[4].update(source="## S\n\n" + "word " * 90)),
    "a long list in a cell": ("cell-words", 5, lambda c: c[4].update(source="- " + "word " * 121)),
    "a long recap": ("cell-words", 29, lambda c: c[28].update(source=c[28]["source"] + " word" * 120)),
    "three code cells in a row": (
        "code-run",
        10,
        lambda c: c.__setitem__(slice(8, 8), [code("2"), code("3")]),
    ),
    "two predictions": ("predictions", 0, replace(22, code("'no prediction'"))),
    "a prediction that nothing judges": ("predictions", 6, replace(9, code("count"))),
    "a prediction judged before it is asked": (
        "predictions",
        9,
        lambda c: c.__setitem__(slice(5, 9), [c[8], c[6], c[7], c[5]]),
    ),
    "set-up beside a prediction": (
        "predict-alone",
        6,
        lambda c: c[5].update(source="gates = lab.create_table('gates')\n" + c[5]["source"]),
    ),
    "a value below a prediction": (
        "predict-alone",
        6,
        lambda c: c[5].update(source=c[5]["source"] + "\nlen(gates)"),
    ),
    "a verdict beside a prediction": (
        "predict-alone",
        6,
        lambda c: c[5].update(source=c[5]["source"] + "\nreveal('q1', 1)"),
    ),
    "a prediction inside other code": (
        "predict-alone",
        6,
        lambda c: c[5].update(source="for name in ('q1', 'q2'):\n    predict(name)"),
    ),
    "a prediction whose answer is computed": (
        "predict-alone",
        6,
        lambda c: c[5].update(source="predict('q1', answer=write())"),
    ),
    "a section without a checkpoint": ("checkpoints", 5, replace(12, code("2"))),
    "no recap": ("recap", 29, replace(29, markdown("The end?"))),
    "a recap that forgets a verb": (
        "recap",
        29,
        replace(29, markdown("You can now write and read. What next?")),
    ),
    "a recap that asks nothing": ("recap", 29, replace(29, markdown("You can now write, read and count."))),
    "a long cell": ("code-length", 8, source("x = 1\n" * 26)),
    "a long module": ("code-length", 8, source("# handler.py\n" + "x = 1\n" * 60)),
    "long cells": (
        "code-median",
        0,
        lambda c: [x.update(source="y = 2\n" * 6 + x["source"]) for x in c[4:] if "outputs" in x],
    ),
    "a long function": ("function-length", 8, source(LONG_FUNCTION)),
    "code that is no Python": ("syntax", 8, source("count = = 1")),
    "a real sleep": ("sleep", 8, source("import time\ntime.sleep(1)")),
    "a thread": ("banned-import", 8, source("from threading import Thread")),
    "a widget": ("banned-import", 8, source("import ipywidgets as widgets")),
    "a network call": ("banned-import", 8, source("import urllib.request")),
    "moto in a lesson": ("banned-import", 8, source("from moto import mock_aws")),
    "a shell line": ("banned-magic", 8, source("!ls")),
    "a wall-clock magic": ("banned-magic", 8, source("%%time\ncount = 1")),
    "a cell that may raise": (
        "weakened-check",
        8,
        lambda c: c[7]["metadata"].update(tags=["raises-exception"]),
    ),
    "a cell whose output is not compared": ("weakened-check", 8, source("# NBVAL_IGNORE_OUTPUT\n1")),
    "five figures": ("figure-count", 0, outputs(*[figure(), stream("It rises.\n")] * 4)),
    "a figure without a reading": (
        "figure-reading",
        8,
        lambda c: [outputs(figure())(c), replace(9, code("reveal('q1', 1)"))(c)],
    ),
    "a figure without a picture": (
        "figure-image",
        8,
        outputs(shown("<Figure size 6x4 with 1 Axes>"), stream("It rises.\n")),
    ),
    "a figure without a text": (
        "figure-text",
        8,
        lambda c: [outputs(figure(), stream("It rises.\n"))(c), c[7]["outputs"][0]["metadata"].clear()],
    ),
    "a picture that was cut off": (
        "figure-image",
        8,
        outputs(shown("<Figure size 6x4>", **{"image/png": png()[:4000]}), stream("It rises.\n")),
    ),
    "a picture of nothing": (
        "figure-image",
        8,
        outputs(shown("<Figure size 6x4>", **{"image/png": png(5, 5)}), stream("It rises.\n")),
    ),
    "an absolute path": ("banned-output", 8, outputs(stream("/home/me/cdc/data.csv\n"))),
    "a Windows path": ("banned-output", 8, outputs(stream("C:\\Users\\me\n"))),
    "a memory address": ("banned-output", 8, outputs(shown("<object at 0x7f3a5c1d2e80>"))),
    "a traceback": ("banned-output", 8, outputs(stream("Traceback (most recent call last)\n"))),
    "terminal colours": ("banned-output", 8, outputs(stream("\x1b[31mred\x1b[0m\n"))),
    "a timing": ("banned-output", 8, outputs(stream("Wall time: 3 s\n"))),
    "a warning": ("banned-output", 8, outputs(stream("FutureWarning: soon\n"))),
    "an error": (
        "error-output",
        8,
        outputs({"output_type": "error", "ename": "KeyError", "evalue": "1", "traceback": []}),
    ),
    "standard error": ("stderr", 8, outputs(stream("careful\n", "stderr"))),
    "a set": ("unordered-output", 8, outputs(shown("{'EWR', 'JFK'}"))),
    "a cell that was not run": ("execution-counts", 8, lambda c: c[7].update(execution_count=None)),
    "cells run out of order": ("execution-counts", 8, lambda c: c[7].update(execution_count=40)),
    "a cell without an id": ("cell-ids", 8, lambda c: c[7].update(id="")),
    "two cells of one id": ("cell-ids", 8, lambda c: [c[7].update(id="same"), c[8].update(id="same")]),
    "too many bytes": ("size", 0, outputs(stream("a" * 400_000))),
    "a widget's state": (
        "widget-state",
        8,
        outputs(shown("x", **{"application/vnd.jupyter.widget-view+json": "{}"})),
    ),
    "a link that leads nowhere": ("links", 7, replace(7, markdown("[data](../data/none.csv)"))),
    "a link below a text that leads nowhere": (
        "links",
        7,
        replace(7, markdown("as AWS does <small>[A1]</small>\n\n[A1]: reference_facts.ipynb#A1")),
    ),
    "a lesson that is not there": ("lesson-names", 7, replace(7, markdown("that is `09b_gone`"))),
    "a fact that is not known": ("facts", 7, replace(7, markdown("as AWS does (A1, A99)"))),
}


# What a careless rule would take for a breach.
NO_BREACHES: dict[str, Change] = {
    "a text as long as may be": lambda c: c[4].update(source="## S\n\n" + "word " * 89),
    "a list as long as may be": lambda c: c[4].update(source="## S\n\n" + "- word word\n" * 59),
    "a long table below a text": lambda c: c[4].update(source="## S\n\n" + "| word | word |\n" * 60),
    "a module that a reader deploys": source("# handler.py\n" + "x = 1\n" * 59),
    "several predictions in one cell": lambda c: c[5].update(
        source="# eight of a kind\npredict('q1')\npredict('q2', answer=None)\npredict('q3')"
    ),
    "a sleep in a handler": source("import time\n\ndef handler(event, context):\n    time.sleep(2)"),
    "a figure read in the next cell": lambda c: [outputs(figure())(c), replace(9, markdown("It rises."))(c)],
    "links that lead somewhere": replace(
        7, markdown("[next](10_next.ipynb#top), [web](https://example.org)")
    ),
    "a dict as a value": outputs(shown("{'EWR': 1, 'JFK': 2}")),
    "an ARN": outputs(stream("arn:aws:dynamodb:us-east-1:123456789012:table/flights/stream/2013\n")),
    "a carrier that looks like a fact": replace(7, markdown("the carrier `F9` flew (B10)")),
    "a magic that waits for nothing": source("%matplotlib inline\n1"),
}


def test_a_good_lesson_passes_every_rule(checkout: Path) -> None:
    assert findings(checkout, good_cells()) == []


@pytest.mark.parametrize(("rule", "cell", "change"), BREACHES.values(), ids=BREACHES)
def test_a_breach_is_found_where_it_is(checkout: Path, rule: str, cell: int, change: Change) -> None:
    # GIVEN a good lesson with one thing changed
    cells = good_cells()
    change(cells)
    # WHEN it is checked
    found = findings(checkout, cells)
    # THEN the rule is named with the cell and a remedy, as one line
    mine = [finding for finding in found if finding.rule == rule]
    assert cell in [finding.cell for finding in mine], [str(finding) for finding in found]
    assert all(finding.problem and finding.remedy and "\n" not in str(finding) for finding in mine)


def test_every_rule_of_a_lesson_is_broken_by_a_test() -> None:
    elsewhere = {"exceptions", "kernelspec", "format", "navigation"}  # they are not about one cell: see below
    assert {rule for rule, _, _ in BREACHES.values()} == set(RULES) - elsewhere
    assert {name_of(rule) for rule in PROFILES["lesson"]} == set(RULES) - {"format"}


@pytest.mark.parametrize("allowed", NO_BREACHES.values(), ids=NO_BREACHES)
def test_what_looks_like_a_breach_and_is_none(checkout: Path, allowed: Change) -> None:
    cells = good_cells()
    allowed(cells)
    ignored = {"predictions"}  # some changes take the place of a cell that judged one
    assert [finding for finding in findings(checkout, cells) if finding.rule not in ignored] == []


def test_the_kernel_must_be_python3(checkout: Path) -> None:
    found = findings(checkout, good_cells(), kernelspec={"name": "my-env", "display_name": "Mine"})
    assert [finding.rule for finding in found] == ["kernelspec"]


def test_an_old_format_is_refused(checkout: Path) -> None:
    raw = notebook(good_cells())
    raw["nbformat_minor"] = 4
    found = lint(save(raw, checkout / "notebooks" / "09_lesson.ipynb"), checkout)
    assert [finding.rule for finding in found] == ["cell-ids"]


def test_an_exception_with_its_reason_is_accepted(checkout: Path) -> None:
    # GIVEN a lesson that is too long, and says why
    cells = good_cells()
    cells[5:5] = [markdown("one") for _ in range(15)]
    reason = "four services each need their own section here"
    # WHEN it is checked THEN the rule is not applied
    assert findings(checkout, cells, cdc_lab={"exceptions": {"cell-count": reason}}) == []


@pytest.mark.parametrize(
    ("name", "count", "rules"),
    [
        ("09_lesson", 1500, {"words"}),
        ("08_going_live", 1500, set()),
        ("08b_runbook", 1500, set()),
        ("09_testing", 1500, set()),
        ("09_testing", 1700, {"words"}),
    ],
)
def test_some_lessons_may_be_longer(checkout: Path, name: str, count: int, rules: set[str]) -> None:
    # GIVEN a lesson of so many words
    cells = good_cells()
    kept = notebook(cells)
    have = sum(len(cell["source"].split()) for cell in kept["cells"] if cell["cell_type"] == "markdown")
    cells[4]["source"] += "\n\n" + "word " * (count - have)
    # WHEN it is checked THEN its name says how many are too many
    found = {finding.rule for finding in findings(checkout, cells, name=f"{name}.ipynb")}
    assert found & {"words"} == rules


def test_what_the_reader_writes_comes_on_top_of_a_lessons_length(checkout: Path) -> None:
    # GIVEN a lesson with as many cells as it may have, and a task with many words, much code, a long solution
    cells = good_cells()
    cells[5:5] = [markdown("one") for _ in range(40 - len(cells))]
    turn = [
        markdown("word " * 1300),
        code("\n".join(["x = 1"] * 8 + ["your_turn({})"])),
        markdown("word " * 1300),
    ]
    # WHEN it is checked THEN they break no rule of form
    rules = {finding.rule for finding in findings(checkout, cells[:5] + turn + cells[5:])}
    assert not rules & {"cell-count", "words", "code-median"}


@pytest.mark.parametrize(
    "exceptions", [{"cell-count": "long"}, {"banned-output": "this one needs its path shown"}]
)
def test_an_exception_needs_a_reason_and_a_rule_of_form(checkout: Path, exceptions: dict[str, str]) -> None:
    found = findings(checkout, good_cells(), cdc_lab={"exceptions": exceptions})
    assert [finding.rule for finding in found] == ["exceptions"]


@pytest.mark.parametrize(
    "text",
    [
        "<<<<<<< ours\n",
        "[1]",
        "{}",
        '{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}',
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code"}]}',
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "Else"}]}',
    ],
)
def test_a_file_that_is_no_notebook_is_one_finding(checkout: Path, text: str) -> None:
    path = checkout / "notebooks" / "09_lesson.ipynb"
    path.write_text(text, "utf-8")
    assert [finding.rule for finding in lint(path, checkout)] == ["format"]


def test_links_through_the_course_are_those_of_today(checkout: Path) -> None:
    # GIVEN a course: its start, its hub, its facts and its glossary beside the lesson
    for name in ("00_start_here", "06_exercises", "10_next", "reference_facts", "reference_glossary"):
        save(notebook([markdown(f"# {name}")]), checkout / "notebooks" / f"{name}.ipynb")
    # WHEN the lesson has no links THEN it is named, with the remedy
    (found,) = (finding for finding in findings(checkout, good_cells()) if finding.rule == "navigation")
    assert "make refresh" in found.remedy
    # AND once they are written nothing is found, neither of them nor of a lesson's form
    write_all(checkout / "notebooks")
    rules_navigation.way_through.cache_clear()
    assert [str(finding) for finding in lint(checkout / "notebooks" / "09_lesson.ipynb", checkout)] == []


def test_facts_are_not_looked_up_where_there_is_no_table(checkout: Path) -> None:
    (checkout / "data" / "facts.csv").unlink()
    cells = good_cells()
    cells[6] = markdown("as AWS does (A99)")
    assert findings(checkout, cells) == []


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("notebooks/01_streams_intro.ipynb", "lesson"),
        ("notebooks/03b_failures.ipynb", "lesson"),
        ("notebooks/06_exercises.ipynb", "reference"),
        ("notebooks/reference_concepts.ipynb", "reference"),
        ("notebooks/exercises/exercise_1_audit_log.ipynb", "exercise"),
        ("notebooks/solutions/exercise_1_audit_log.ipynb", "solution"),
    ],
)
def test_the_place_and_the_name_choose_the_rules(name: str, profile: str) -> None:
    assert profile_of(Path(name)) == profile


def test_reference_has_a_form_of_its_own_but_the_same_care(checkout: Path) -> None:
    cells = [markdown("# Concepts"), code("1", stream("/tmp/here\n"))]
    assert [finding.rule for finding in findings(checkout, cells, "reference_concepts.ipynb")] == [
        "banned-output"
    ]


def test_an_exercise_is_committed_unexecuted(checkout: Path) -> None:
    cells = [markdown("# Exercise"), code("raise NotAttempted")]
    cells[1]["execution_count"] = None
    path = save(notebook(cells), checkout / "notebooks" / "exercises" / "exercise_1.ipynb")
    assert lint(path, checkout) == []


def test_the_command_prints_each_finding_and_fails(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # GIVEN one notebook with one breach
    cells = good_cells()
    cells[7]["outputs"] = [stream("careful\n", "stderr")]
    path = save(notebook(cells), checkout / "notebooks" / "09_lesson.ipynb")
    # WHEN the command checks it THEN it says where and what, and its exit code is 1
    assert main([str(path)]) == 1
    printed = capsys.readouterr().out
    assert "09_lesson.ipynb, cell 8: stderr: " in printed
    assert "1 notebooks checked, 1 findings" in printed
