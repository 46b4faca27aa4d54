"""What a command says to type is what its reader types: make's form or cdc-lab's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cdc_lab import cli
from cdc_lab.course.typed import name_of, typed

ROOT = Path(__file__).resolve().parents[2]


def test_a_command_is_written_in_both_forms() -> None:
    assert typed("course", "--only 03", by_make=True) == 'make course ARGS="--only 03"'
    assert typed("course", "--only 03", by_make=False) == "cdc-lab course --only 03"
    assert typed("doctor", by_make=True) == "make doctor"
    assert typed("doctor", by_make=False) == "cdc-lab doctor"
    assert typed("start", "FOLDER", by_make=True) == "cdc-lab start FOLDER"  # make has no such target
    assert (name_of("course", by_make=True), name_of("course", by_make=False)) == ("make course", "cdc-lab")


def said(*arguments: str, by_make: bool) -> str:
    """Return what a command says on standard error, and on standard output."""
    environment = {**os.environ, **({"CDC_LAB_TYPED": "make"} if by_make else {})}
    answer = subprocess.run(
        [sys.executable, "-m", "cdc_lab.cli", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return " ".join((answer.stderr + answer.stdout).split())


@pytest.mark.parametrize(
    ("arguments", "make", "own"),
    [
        (["course", "--bad"], 'usage: make course ARGS="[-h] [--only PATTERN]', "usage: cdc-lab course [-h]"),
        (["course", "--only", "nothing-such"], "make course: no notebook", "cdc-lab: no notebook"),
        (
            ["exercise", "check"],
            'usage: make exercise ARGS="check [-h] [--all]',
            "usage: cdc-lab exercise check",
        ),
        (["reset"], 'usage: make reset ARGS="[-h] NOTEBOOK', "usage: cdc-lab reset [-h] NOTEBOOK"),
        (["example", "--help"], "usage: cdc-lab example [-h]", "usage: cdc-lab example [-h]"),
        (["progress", "--reset", "no"], "make progress: ", "cdc-lab: "),
    ],
)
def test_usage_and_errors_are_in_the_form_that_was_typed(arguments: list[str], make: str, own: str) -> None:
    assert make in said(*arguments, by_make=True)
    assert own in said(*arguments, by_make=False)


def test_what_a_command_starts_was_not_typed_by_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import os, cdc_lab.course.typed as t; print(t.typed('lab'), 'CDC_LAB_TYPED' in os.environ)"
    environment = {**os.environ, "CDC_LAB_TYPED": "make"}
    answer = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert answer.stdout == "make lab False\n"


def test_each_verb_that_make_has_is_named_as_make_names_it() -> None:
    # GIVEN the verbs of the command
    verbs = cli._parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    targets = (ROOT / "Makefile").read_text("utf-8")
    # THEN what is said to be typed with make is a target
    for verb in verbs:
        shown = typed(verb, by_make=True)
        assert not shown.startswith("make ") or f"\n{verb}: " in targets, shown
