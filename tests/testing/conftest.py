from __future__ import annotations

import pytest

collect_ignore = ["services"]  # each is a project of its own: test_services runs them from a wheel


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty scratch project whose modules can be imported; each file of tests puts its own into it."""
    pytester.syspathinsert()
    # A project names its own options; ours are those of this repository.
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return pytester
