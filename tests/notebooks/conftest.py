"""What the tests share that run lessons in a kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdc_lab.course.kernel import batch_environment
from tests.tested_notebooks import ROOT


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for what is executed, and the environment of a batch run with a reader's state of its own."""
    for name, value in batch_environment(ROOT / "build").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CDC_LAB_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("CDC_LAB_DATA", str(ROOT / "data"))
    return tmp_path
