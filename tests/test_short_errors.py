"""In a notebook a refusal and an interrupt are two lines; every other error keeps its traceback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from cdc_lab import Lab
from cdc_lab.show.short_errors import AGAIN, STOPPED

OPEN = "from cdc_lab import Lab\nlab = Lab(seed=1)\n"
CREATE = 'table = lab.create_table("flights", partition_key="flight_id")'


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A notebook's shell in which a lab was opened."""
    running = InteractiveShell(ipython_dir=str(tmp_path), colors="nocolor")
    monkeypatch.setattr("IPython.get_ipython", lambda: running)
    assert running.run_cell(OPEN).success
    yield running
    running.run_cell("lab.close()")
    running.history_manager.end_session()
    running.restore_sys_module_state()


def shown(shell: Any, capsys: pytest.CaptureFixture[str], cell: str) -> list[str]:
    """Run a cell that fails; return what the notebook shows."""
    capsys.readouterr()
    assert not shell.run_cell(cell).success
    return capsys.readouterr().out.strip().splitlines()


def test_a_refusal_says_what_the_service_said_and_where(shell: Any, capsys: Any) -> None:
    lines = shown(shell, capsys, '1 + 1\nlab.client("dynamodb").describe_table(TableName="none")')
    assert lines == [
        "ResourceNotFoundException: An error occurred (ResourceNotFoundException) when calling the "
        "DescribeTable operation: Requested resource not found: Table: none not found",
        """In line 2, 'lab.client("dynamodb").describe_table(TableName="none")'. """ + AGAIN,
    ]


def test_what_is_there_already_leads_to_the_cell_that_opens_the_lab(shell: Any, capsys: Any) -> None:
    # GIVEN a cell that makes a table
    assert shell.run_cell(CREATE).success
    # WHEN it is run once more
    lines = shown(shell, capsys, CREATE)
    # THEN the reader learns which cell to run
    assert len(lines) == 2
    assert "Table already exists: flights" in lines[0]
    assert lines[1].endswith(AGAIN)
    # AND that helps
    assert shell.run_cell(OPEN).success
    assert shell.run_cell(CREATE).success


def test_an_interrupt_says_where_it_came(shell: Any, capsys: Any) -> None:
    # GIVEN code that is deep in a call when the reader presses stop
    shell.run_cell("def wait():\n    raise KeyboardInterrupt")
    lines = shown(shell, capsys, "wait()")
    assert lines == ["KeyboardInterrupt", f"In line 2, 'raise KeyboardInterrupt'. {STOPPED}"]


def test_the_whole_traceback_can_be_asked_for(shell: Any, capsys: Any) -> None:
    shown(shell, capsys, 'lab.client("dynamodb").describe_table(TableName="none")')
    shell.run_cell("%tb")
    assert "Traceback (most recent call last)" in capsys.readouterr().out


def test_other_errors_keep_their_traceback(shell: Any, capsys: Any) -> None:
    lines = shown(shell, capsys, "def f():\n    return {}['tailnum']\n\nf()")
    assert any("Traceback (most recent call last)" in line for line in lines)
    assert any("-> 2" in line for line in lines), lines


def test_a_handler_of_the_readers_own_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = InteractiveShell(ipython_dir=str(tmp_path))
    monkeypatch.setattr("IPython.get_ipython", lambda: running)
    running.set_custom_exc((ValueError,), lambda *_: None)
    with Lab(seed=1):
        assert running.custom_exceptions == (ValueError,)
    running.history_manager.end_session()
