"""Which rules hold for which notebook, and what comes of applying them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from cdc_lab.classroom.contents import HUB, START
from cdc_lab.course.navigation import is_made
from tests.notebooks.lint import (
    rules_code,
    rules_figures,
    rules_file,
    rules_form,
    rules_navigation,
    rules_outputs,
)
from tests.notebooks.lint.cells import Problems, numbered, read

Rule = Callable[..., Problems]

_FILE: tuple[Rule, ...] = (
    rules_file.cell_ids,
    rules_file.exceptions,
    rules_file.facts,
    rules_file.kernelspec,
    rules_file.links,
    rules_file.size,
    rules_file.widget_state,
    rules_navigation.lesson_names,
    rules_navigation.navigation,
)
_SAFE: tuple[Rule, ...] = (
    rules_code.banned_import,
    rules_code.banned_magic,
    rules_code.function_length,
    rules_code.sleep,
    rules_code.syntax,
    rules_code.weakened_check,
)
_OUTPUTS: tuple[Rule, ...] = (
    rules_file.execution_counts,
    rules_outputs.banned_output,
    rules_outputs.error_output,
    rules_outputs.stderr,
    rules_outputs.unordered_output,
)
_FIGURES: tuple[Rule, ...] = (
    rules_figures.figure_count,
    rules_figures.figure_image,
    rules_figures.figure_reading,
    rules_figures.figure_text,
)
_FORM: tuple[Rule, ...] = (
    rules_code.code_length,
    rules_code.code_median,
    rules_form.cell_count,
    rules_form.cell_words,
    rules_form.checkpoints,
    rules_form.code_run,
    rules_form.header,
    rules_form.objectives,
    rules_form.parameters,
    rules_form.predict_alone,
    rules_form.predictions,
    rules_form.recap,
    rules_form.set_up,
    rules_form.words,
)

PROFILES: dict[str, tuple[Rule, ...]] = {
    "lesson": (*_FILE, *_SAFE, *_OUTPUTS, *_FIGURES, *_FORM),
    "reference": (*_FILE, *_SAFE, *_OUTPUTS, *_FIGURES, rules_code.code_length),
    # An exercise is committed with nothing executed; a solution's functions are as long as they must be.
    "exercise": (*_FILE, rules_code.sleep, rules_code.syntax),
    "solution": (*_FILE, *_OUTPUTS, rules_code.sleep, rules_code.syntax),
}
NO_NOTEBOOK = "format"  # what a file breaks that no other rule can look into


def name_of(rule: Rule) -> str:
    """Return a rule's name, as findings and exceptions give it."""
    return rule.__name__.replace("_", "-")


RULES = sorted({NO_NOTEBOOK, *(name_of(rule) for rules in PROFILES.values() for rule in rules)})


@dataclass(frozen=True)
class Finding:
    """A rule that a notebook breaks: where, what is wrong, and what to do. ``cell`` 0 is the whole file."""

    path: str
    cell: int
    rule: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.path}, cell {self.cell}" if self.cell else self.path
        return f"{where}: {self.rule}: {self.problem} -> {self.remedy}"


def profile_of(path: Path) -> str:
    """Return which set of rules a notebook's place and name ask for.

    A numbered notebook is a lesson, save the start page and the hub of the exercises: their form is their
    own, as the reference's is.
    """
    if path.parent.name in ("exercises", "solutions"):
        return path.parent.name.removesuffix("s")
    is_lesson = re.match(r"\d\d[a-z]?_", path.name) and path.stem not in (START, HUB)
    return "lesson" if is_lesson else "reference"


def lint(path: Path, root: Path) -> list[Finding]:
    """Return what a notebook's file breaks, in the order of its cells; no notebook at all is one finding.

    Parameters
    ----------
    path : Path
        The notebook. Its place and name choose its rules.
    root : Path
        The checkout: facts are looked up in its ``data/facts.csv`` where it has one.
    """
    shown = (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
    try:
        notebook = read(path)
    except ValueError as error:
        remedy = "`make reset ARGS=NAME` brings the committed one, and keeps this one beside it"
        return [Finding(shown, 0, NO_NOTEBOOK, str(error), remedy)]
    way = rules_navigation.way_through(root / "notebooks")
    beside: dict[Rule, dict[str, Any]] = {  # what rules look at that is not in the notebook
        rules_file.facts: {"known": rules_file.known_facts(root)},
        rules_file.links: {"folder": path.parent},
        rules_file.size: {"count": path.stat().st_size},
        rules_form.header: {"number": path.name.split("_")[0]},
        rules_form.words: {"stem": path.stem},
        rules_navigation.lesson_names: {"stems": {one.stem for one in way.contents.lessons}},
        rules_navigation.navigation: {"way": way, "place": _place(path, root)},
    }
    # The form is that of what an author wrote; a finding still names a cell by its place in the file.
    kept = [(number, cell) for number, cell in numbered(notebook) if not is_made(cell)]
    written = nbformat.from_dict({**notebook, "cells": [cell for _, cell in kept]})
    numbers = {0: 0, **{new: old for new, (old, _) in enumerate(kept, start=1)}}
    excepted = rules_file.excepted(notebook) & rules_file.EXCEPTABLE
    findings = [
        Finding(shown, cell, name_of(rule), problem, remedy)
        for rule in PROFILES[profile_of(path)]
        if name_of(rule) not in excepted
        for cell, problem, remedy in _applied(rule, notebook, written, numbers, beside.get(rule, {}))
    ]
    return sorted(findings, key=lambda finding: (finding.cell, finding.rule))


def _place(path: Path, root: Path) -> str:
    folder = root / "notebooks"
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _applied(
    rule: Rule, whole: Any, written: Any, numbers: dict[int, int], beside: dict[str, Any]
) -> Problems:
    """Apply a rule of the file to all cells, any other to those that an author wrote."""
    if rule in _FILE:
        yield from rule(whole, **beside)
        return
    for cell, problem, remedy in rule(written, **beside):
        yield numbers.get(cell, cell), problem, remedy
