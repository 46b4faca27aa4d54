"""The committed notebooks keep every rule; a test that fails lists all that break it."""

from __future__ import annotations

from functools import cache

import pytest

from cdc_lab.course.project import notebook_files
from tests.notebooks.lint.linting import PROFILES, RULES, Finding, lint, name_of, profile_of
from tests.tested_notebooks import ROOT

FILES = notebook_files(ROOT)


@cache
def findings() -> list[Finding]:
    """Return what all committed notebooks break."""
    return [finding for path in FILES for finding in lint(path, ROOT)]


@pytest.mark.parametrize("rule", RULES)
def test_no_committed_notebook_breaks(rule: str) -> None:
    offenders = [str(finding) for finding in findings() if finding.rule == rule]
    assert not offenders, "\n".join(offenders)


def test_every_rule_is_applied_to_a_committed_notebook() -> None:
    # A rule that no notebook meets would hold whatever it says.
    profiles = {profile_of(path) for path in FILES}
    assert profiles == PROFILES.keys()
    met = {name_of(rule) for profile in profiles for rule in PROFILES[profile]}
    assert met == {finding for finding in RULES if finding != "format"}
