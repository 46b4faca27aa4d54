"""The reference page says what the docstrings say."""

from __future__ import annotations

import cdc_lab.testing
from tests.api_page import PAGE, page
from tests.older_packages import newer_pydantic


@newer_pydantic
def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == page(), "write it anew: python -m tests.api_page"


def test_it_has_what_tests_use_and_the_facts_that_are_cited() -> None:
    text = PAGE.read_text("utf-8")
    for name in cdc_lab.testing.__all__:
        assert f"### {name}\n" in text
    assert "#### Lab.attach\n" in text
    assert "BatchSize=None" in text
    assert "- **C20** " in text
