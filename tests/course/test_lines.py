"""What processes say to each other arrives as it was said; other text is no message."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from cdc_lab.course import outcomes
from cdc_lab.course.grading import messages
from cdc_lab.course.grading.messages import Assignment, Contents, Examining, Finished, Judged, Remark, Running
from cdc_lab.course.lines import Lines
from cdc_lab.course.outcomes import Done, Failure, Job, Progress

SAID: dict[Lines[Any], list[Any]] = {
    outcomes.LINES: [
        Job("a", "b", None),
        Progress(1, 3),
        Failure(None, "x"),
        Failure(2, "é"),
        Done("t"),
    ],
    messages.LINES: [
        Assignment("a.ipynb", [1, 2], 2**30, 180.0),
        Contents("d", ["exercise_1"]),
        Running(4),
        Examining("exercise_1"),
        Judged("exercise_1", "wrong", "plain day", "Lost", "one line", "two\nlines"),
        Remark("text", stops=True),
        Finished(),
    ],
}


@pytest.mark.parametrize(("lines", "message"), [(lines, one) for lines, all_ in SAID.items() for one in all_])
def test_a_message_survives_the_pipe(lines: Lines[Any], message: Any) -> None:
    line = lines.to_line(message)
    assert "\n" not in line
    assert lines.from_line(line) == message


@pytest.mark.parametrize("lines", SAID)
@pytest.mark.parametrize(
    "line",
    [
        "",
        "Traceback (most recent call last):",
        "{}",
        "[1]",
        "null",
        '{"kind": "Else"}',
        '{"kind": "Progress"}',
        '{"kind": "Judged", "unknown": 1}',
    ],
)
def test_any_other_line_is_no_message(lines: Lines[Any], line: str) -> None:
    assert lines.from_line(line) is None


def test_a_message_of_another_pair_of_processes_is_none() -> None:
    assert outcomes.LINES.from_line(messages.LINES.to_line(Running(4))) is None


@pytest.mark.parametrize("lines", SAID)
def test_every_kind_of_message_is_tried_here(lines: Lines[Any]) -> None:
    assert {type(message) for message in SAID[lines]} == set(lines._kinds.values())
    assert all(map(dataclasses.is_dataclass, lines._kinds.values()))
