"""What `check` refuses in one line: half a call, an answer that is older than its cell, a changed check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import IPython
import pytest
from IPython.core.interactiveshell import InteractiveShell

from cdc_lab.classroom.exercises import check, find
from cdc_lab.classroom.exercises.answer import CheckError
from cdc_lab.classroom.exercises.broken_cells import BrokenCells
from cdc_lab.classroom.exercises.checking import examine
from cdc_lab.classroom.exercises.task import Task
from tests.exercises.loading import answer


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((), 'an exercise and your answer: write check\\("exercise_1", handler\\)'),
        ((lambda event, context: None,), "an exercise and your answer"),
        (("exercise_2",), 'your answer, too: write check\\("exercise_2", handler\\)'),
    ],
)
def test_half_a_call_is_told_what_is_missing(given: tuple[Any, ...], says: str) -> None:
    with pytest.raises(CheckError, match=says):
        check(*given)


# ---- cells that did not run -------------------------------------------------------------------------

OLD = "def row(record):\n    return {}\ndef handler(event, context):\n    return row(event)"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A notebook's shell, to whose cells the classroom listens."""
    running = InteractiveShell(ipython_dir=str(tmp_path), colors="nocolor")
    monkeypatch.setattr(IPython, "get_ipython", lambda: running)
    monkeypatch.setattr(BrokenCells, "_one", None)
    BrokenCells.install()
    yield running
    running.history_manager.end_session()
    running.restore_sys_module_state()


def refusal(shell: InteractiveShell, given: str = "handler") -> str:
    """What `check` says to what the notebook holds; empty when it looks at it."""
    try:
        check("exercise_1", eval(given, shell.user_ns))
    except CheckError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (
            "def handler(event, context):\n    return (",
            "the last cell that defines handler ended with SyntaxError: ",
        ),
        ("def handler(event, context):\nreturn 1", "defines handler ended with IndentationError"),
        (
            "table = nowhere\ndef handler(event, context):\n    return 1",
            "ended with NameError: name 'nowhere'",
        ),
        ("def row(record:\n    return {1}", "the last cell that defines row ended with SyntaxError"),
        ("%%nomagic\ndef handler(event, context):\n    return 1", "UsageError"),
    ],
)
def test_an_older_handler_is_not_judged_in_place_of_one_whose_cell_failed(
    shell: InteractiveShell, cell: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # GIVEN a handler, and a cell that should have replaced it or what it uses
    shell.run_cell(OLD)
    shell.run_cell(cell)
    # THEN the check says what became of that cell
    assert says in refusal(shell)
    assert says in refusal(shell, '{"handler": handler}')
    # ... until it has run
    shell.run_cell(OLD)
    assert refusal(shell) == ""


@pytest.mark.parametrize(
    "cell",
    [
        "other = (",  # of something else
        f"{OLD}\nhandler(1, 2)\nraise KeyError(handler)",  # it had defined all when it failed
        "print(",
    ],
)
def test_a_cell_that_failed_with_something_else_is_no_matter(
    shell: InteractiveShell, cell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell(OLD)
    shell.run_cell(cell)
    assert refusal(shell) == ""


# ---- the check's own objects ------------------------------------------------------------------------


def test_a_handler_that_rewrites_its_check_is_no_pass() -> None:
    # GIVEN a handler that leaves no scenario
    exercise: Any = find("exercise_1")
    before = exercise.scenarios

    def handler(event: Any, context: Any) -> None:
        object.__setattr__(find("exercise_1"), "scenarios", ())

    try:
        # THEN there is no verdict, then or later, and the reader is told why
        for _ in range(2):
            with pytest.raises(CheckError, match=r"was changed by code in this notebook.*restart the kernel"):
                examine(exercise, handler, 1, only="plain day")
    finally:
        object.__setattr__(exercise, "scenarios", before)
    exercise.require_untouched()


def test_a_task_that_was_put_in_its_place_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from cdc_lab.classroom.exercises import exercise_1

    own = find("exercise_1")
    monkeypatch.setattr(exercise_1, "EXERCISE", replace(exercise_1.EXERCISE, scenarios=()))
    assert find("exercise_1") is own


def test_a_judge_whose_code_was_replaced_is_noticed() -> None:
    # GIVEN a task of its own
    def judge(run: Any) -> list[Any]:
        return ["wrong"]

    def praise(run: Any) -> list[Any]:
        return []

    from dataclasses import replace

    own: Task = replace(find("exercise_1"), judge=judge)  # type: ignore[call-arg]
    own.require_untouched()
    # WHEN the function stays, and its code is another one
    judge.__code__ = praise.__code__
    # THEN it is not judged with
    with pytest.raises(CheckError, match="was changed"):
        own.require_untouched()


# ---- output -----------------------------------------------------------------------------------------


def test_a_flood_of_output_is_kept_to_its_end() -> None:
    # GIVEN a right handler that prints many lines, and an error at last
    right = answer("alternatives", "exercise_1", "patterns_put")

    def handler(event: Any, context: Any) -> Any:
        for number in range(5_000):
            print("line", number)
        print("ValueError: at last")
        right(event, context)
        raise ValueError("at last")

    verdict = examine(find("exercise_1"), handler, 1, only="plain day")
    # THEN what is kept of it is its end
    assert verdict.failure is not None
    log = verdict.failure.run.log
    assert "ValueError: at last" in log
    assert len(log) <= 2_000
