"""Which rules hold for which notebook, and what comes of applying them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cdc_lab.course.notebook_lint import rules_code, rules_figures, rules_file, rules_form, rules_outputs
from cdc_lab.course.notebook_lint.notebook import Notebook, read_notebook

# A rule yields what is wrong: the cell's number (0: the whole file), the problem and the remedy.
Rule = Callable[[Notebook], Iterator[tuple[int, str, str]]]

_FILE: dict[str, Rule] = {
    "cell-ids": rules_file.cell_ids,
    "exceptions": rules_file.exceptions,
    "kernelspec": rules_file.kernelspec,
    "links": rules_file.links,
    "size": rules_file.size,
    "widget-state": rules_file.widget_state,
}
_SAFE: dict[str, Rule] = {
    "banned-import": rules_code.banned_import,
    "banned-magic": rules_code.banned_magic,
    "function-length": rules_code.function_length,
    "sleep": rules_code.sleep,
    "syntax": rules_code.syntax,
    "weakened-check": rules_code.weakened_check,
}
_OUTPUTS: dict[str, Rule] = {
    "banned-output": rules_outputs.banned_output,
    "error-output": rules_outputs.error_output,
    "execution-counts": rules_file.execution_counts,
    "stderr": rules_outputs.stderr,
    "unordered-output": rules_outputs.unordered_output,
}
_FIGURES: dict[str, Rule] = {
    "figure-count": rules_figures.figure_count,
    "figure-image": rules_figures.figure_image,
    "figure-reading": rules_figures.figure_reading,
}
_FORM: dict[str, Rule] = {
    "cell-count": rules_form.cell_count,
    "checkpoints": rules_form.checkpoints,
    "code-length": rules_code.code_length,
    "code-median": rules_code.code_median,
    "code-run": rules_form.code_run,
    "header": rules_form.header,
    "objectives": rules_form.objectives,
    "parameters": rules_form.parameters,
    "predict-alone": rules_form.predict_alone,
    "predictions": rules_form.predictions,
    "recap": rules_form.recap,
    "set-up": rules_form.set_up,
    "words": rules_form.words,
}

PROFILES: dict[str, dict[str, Rule]] = {
    "lesson": {**_FILE, **_SAFE, **_OUTPUTS, **_FIGURES, **_FORM},
    "reference": {**_FILE, **_SAFE, **_OUTPUTS, **_FIGURES, "code-length": rules_code.code_length},
    # An exercise is committed with nothing executed; a solution's functions are as long as they must be.
    "exercise": {**_FILE, "sleep": rules_code.sleep, "syntax": rules_code.syntax},
    "solution": {**_FILE, **_OUTPUTS, "sleep": rules_code.sleep, "syntax": rules_code.syntax},
}


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

    A numbered notebook is a lesson, save the hub of the exercises, whose form is its own, as the reference's.
    """
    if path.parent.name in ("exercises", "solutions"):
        return path.parent.name.removesuffix("s")
    is_lesson = re.match(r"\d\d[a-z]?_", path.name) and not path.stem.endswith("_exercises")
    return "lesson" if is_lesson else "reference"


def lint(notebook: Notebook, root: Path, profile: str | None = None) -> list[Finding]:
    """Return what a notebook breaks, in the order of its cells.

    Parameters
    ----------
    notebook : Notebook
        The notebook to check.
    root : Path
        The checkout: facts are looked up in its ``data/facts.csv`` where it has one.
    profile : str, optional
        ``lesson``, ``reference``, ``exercise`` or ``solution``; by default, by the notebook's place and name.
    """
    rules = dict(PROFILES[profile or profile_of(notebook.path)])
    rules["facts"] = partial(rules_file.facts, known=rules_file.known_facts(root))
    path = notebook.path
    shown = (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
    excepted = rules_file.excepted(notebook) & rules_file.EXCEPTABLE
    findings = [
        Finding(shown, cell, name, problem, remedy)
        for name, rule in rules.items()
        if name not in excepted
        for cell, problem, remedy in rule(notebook)
    ]
    return sorted(findings, key=lambda finding: (finding.cell, finding.rule))


def lint_file(path: Path, root: Path) -> list[Finding]:
    """Read and check one notebook's file; a file that is no notebook is one finding."""
    try:
        notebook = read_notebook(path)
    except ValueError as error:
        shown = (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
        remedy = "`make reset ARGS=NAME` brings the committed one, and keeps this one beside it"
        return [Finding(shown, 0, "format", str(error), remedy)]
    return lint(notebook, root)
