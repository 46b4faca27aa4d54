"""A letter typed beside the quotes of a prediction counts as the answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from cdc_lab.show import short_errors


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Any]:
    """A notebook's shell as the course starts it."""
    make: Any = InteractiveShell
    running = make(ipython_dir=str(tmp_path), colors="nocolor")
    short_errors.load_ipython_extension(running)
    short_errors.load_ipython_extension(running)
    running.run_cell("def predict(key, answer=''): given.append(answer)\ngiven = []")
    yield running
    running.history_manager.end_session()
    running.restore_sys_module_state()


@pytest.mark.parametrize("typed", ['answer=""c)', 'answer=c"")', 'answer=""c,)', 'answer="c")'])
def test_the_letter_is_taken_from_either_side(typed: str, shell: Any) -> None:
    assert shell.run_cell(f'predict("01-polling", {typed}').success
    assert shell.user_ns["given"] == ["c"]


@pytest.mark.parametrize(
    "cell", ['predict("01-polling", answer="")', 'text = "answer=\\"\\"c)"', 'answer=""']
)
def test_everything_else_stays_as_it_was_typed(cell: str, shell: Any) -> None:
    assert shell.transform_cell(cell) == cell + "\n"


def test_two_letters_stay_a_mistake(shell: Any) -> None:
    assert not shell.run_cell('predict("01-polling", answer=""cd)').success
