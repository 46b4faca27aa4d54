"""The undo that lesson 02 recommends: no failed condition of it holds a shard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cdc_lab import Faults, Lab
from cdc_lab.course.project import find_root
from tests.notebooks.lint.cells import code, read

LESSON = read(find_root() / "notebooks" / "02_view_types.ipynb")
FLIGHT = {"flight_id": "UA1545", "status": "arrived", "gate": "C27"}
LONG = timedelta(hours=1)  # far above what retries take that meet no failure


def cell_with(text: str) -> str:
    """Return the code of the lesson's cell that holds this text."""
    (source,) = [cell.source for _, cell in code(LESSON) if text in cell.source]
    return source


@pytest.fixture(params=range(4))
def lesson(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """The names that the lesson has when it undoes, with a table that its second way is attached to."""
    names: dict[str, Any] = {}
    imports = cell_with("import begin").split("\nbegin(")[0]
    update = "def update(" + cell_with("def update(").split("def update(")[1].split("\n\ndef ")[0]
    is_bad = cell_with("def is_bad(").split("\n\n")[0]
    for definitions in (imports, update, is_bad, cell_with("def write_back_status(")):
        exec(definitions, names)

    def undo(event: Any, context: Any) -> None:
        for record in map(names["StreamRecord"].from_event, event["Records"]):
            if names["is_bad"](record):
                names["write_back_status"](names["table"], record)

    with Lab(seed=request.param) as lab:
        names["lab"] = lab
        names["table"] = lab.create_table("undone", "flight_id")
        lab.attach(undo, names["table"])
        names["table"].put_item(Item=FLIGHT)
        lab.run()
        yield names


def lossy(lab: Lab) -> Faults:
    """Faults under which Lambda misses most successes."""
    return Faults(seed=lab.seed, lost_acks=0.6)


def test_two_bad_changes_in_a_row_hold_nothing(lesson: dict[str, Any]) -> None:
    # GIVEN a bad change that another one has overwritten before the function runs
    lesson["update"](lesson["table"], "status", "scheduled")
    lesson["update"](lesson["table"], "status", "delayed")
    # WHEN the function has had its time
    trace = lesson["lab"].run(until=LONG)
    # THEN both records were done at once, and the second status stands
    assert trace.invocations["outcome"].tolist() == ["success"]
    assert trace.failures.empty
    assert lesson["table"].get_item(Key={"flight_id": "UA1545"})["Item"]["status"] == "delayed"
    # AND one line of the log names the record that was not undone
    lines = [json.loads(line) for line in trace.logs["line"] if "not undone" in line]
    bad = lesson["lab"].read_stream(lesson["table"])[1]
    assert lines == [{"not undone": bad.sequence_number, "keys": bad.keys, "status": "delayed"}]


def test_a_lost_acknowledgement_makes_no_failure_of_a_finished_undo(lesson: dict[str, Any]) -> None:
    # GIVEN a bad change
    lesson["update"](lesson["table"], "status", "scheduled")
    # WHEN Lambda misses most successes, so that retries meet their own finished undo
    trace = lesson["lab"].run(until=LONG, faults=lossy(lesson["lab"]))
    # THEN the status is undone, both records are done, and nothing was logged as left alone
    assert lesson["table"].get_item(Key={"flight_id": "UA1545"})["Item"] == FLIGHT
    assert trace.failures.empty
    done = trace.deliveries.loc[trace.deliveries["outcome"] == "success", "sequence_number"]
    written = lesson["lab"].read_stream(lesson["table"])[1:]
    assert done.tolist() == [record.sequence_number for record in written]
    assert not trace.logs["line"].str.contains("not undone").any()


def test_any_other_error_of_the_undo_gets_out(lesson: dict[str, Any]) -> None:
    # GIVEN a bad change, and a table that is gone when the function runs
    lesson["update"](lesson["table"], "status", "scheduled")
    record = lesson["lab"].read_stream(lesson["table"])[-1]
    lesson["table"].delete()
    # WHEN the function undoes THEN what is no failed condition is raised
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        lesson["write_back_status"](lesson["table"], record)
