"""Sample services, one for each layout that people have, run from a built wheel in a fresh environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.wheel
def test_services_pass_and_fail_as_they_should_from_a_wheel() -> None:
    # GIVEN `pip install cdc-lab` and nothing else, and services with a right and a wrong handler each
    command = [sys.executable, str(ROOT / ".ci" / "matrix.py"), "light", "--services"]
    # WHEN their tests are run THEN the right ones pass, and of the wrong ones the schedule is shown
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    shown = done.stdout.splitlines()
    for service in ("flat", "package", "sam", "unittests"):
        assert f"  {service}: as it should be" in shown
    # AND the installed command tries, replays and starts the course, from the wheel alone
    assert "  its commands: as they should be" in shown
    # AND the environment is small
    size = next(line for line in shown if line.startswith("light: "))
    assert int(size.split()[1]) < 190


def test_every_service_has_a_right_and_a_wrong_handler() -> None:
    services = sorted(path for path in (Path(__file__).parent / "services").iterdir() if path.is_dir())
    assert len(services) >= 6
    for service in services:
        text = "".join(path.read_text("utf-8") for path in service.rglob("test_*.py"))
        assert "def test_right" in text
        assert "def test_wrong" in text
