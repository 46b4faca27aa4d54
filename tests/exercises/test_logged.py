"""What a handler logs reaches its reader: an exception in whatever form, in order, and not without end."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from aws_lambda_powertools import Logger

from cdc_lab.classroom import logged
from cdc_lab.classroom.exercises import find
from cdc_lab.classroom.exercises.checking import examine
from cdc_lab.classroom.exercises.logged import MOST_LINES, excerpt, is_complaint, readable, shortened
from cdc_lab.classroom.exercises.showing import panel
from cdc_lab.lab import Lab
from tests.exercises.cells import run, sources

# Exercise 5 deploys a file: no function of a test's can take its place.
SOLUTIONS = sorted((Path(__file__).parents[2] / "notebooks" / "solutions").glob("exercise_[1-4]*.ipynb"))
logger = logging.getLogger("rows")
powertools = Logger(service="audit")
Report = Callable[[Exception], object]

FORMS: dict[str, tuple[Report, str]] = {
    "repr": (lambda error: print(repr(error)), "KeyError('gate_of_a_flight')"),
    "str": (lambda error: print(error), "'gate_of_a_flight'"),
    "text": (lambda error: print(f"failed: {error}"), "failed: 'gate_of_a_flight'"),
    "type": (lambda error: print(type(error), error), "<class 'KeyError'> 'gate_of_a_flight'"),
    "exception": (lambda error: logger.exception("no row"), "[ERROR] no row\n  KeyError: 'gate_of_a_flight'"),
    "error": (lambda error: logger.error("no row: %s", error), "[ERROR] no row: 'gate_of_a_flight'"),
    "root": (lambda error: logging.warning(error), "[WARNING] 'gate_of_a_flight'"),
    "print_exc": (lambda error: traceback.print_exc(), "KeyError: 'gate_of_a_flight'"),
    "format_exc": (lambda error: print(traceback.format_exc()), "KeyError: 'gate_of_a_flight'"),
    "powertools exception": (
        lambda error: powertools.exception("no row"),
        "[ERROR] no row: KeyError: 'gate_of_a_flight'",
    ),
    "powertools error": (
        lambda error: powertools.error(f"no row: {error}"),
        "[ERROR] no row: 'gate_of_a_flight'",
    ),
}


class NoSuchGate(Exception):
    """An exception whose name does not say that it is one."""


@pytest.mark.parametrize(
    "line",
    [
        "NoSuchGate('B4')",
        "Exit: StopIteration()",
        "decimal.InvalidOperation: [<class 'decimal.Clamped'>]",
        "InvalidOperation([<class 'decimal.ConversionSyntax'>])",
        "SystemExit(1)",
        "<class 'KeyboardInterrupt'>",
        "TransportError(429, 'rejected_execution_exception')",
        "An error occurred (ThrottlingException) when",
    ],
)
def test_an_exception_is_known_by_its_name_whatever_that_is(line: str) -> None:
    assert is_complaint(line)


@pytest.mark.parametrize("line", ["Failed: UA1", "StreamRecord(keys={})", "Delayed flights: 3", "done"])
def test_other_words_are_no_exception(line: str) -> None:
    assert not is_complaint(line)


def test_what_good_records_made_a_handler_log_is_shown_beside_an_unreadable_one() -> None:
    # GIVEN a handler that fails on records that anybody can read, where another record cannot be read
    def handler(event: Any, context: Any) -> Any:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        try:
            [record["dynamodb"]["NewImage"]["status"]["S"] for record in event["Records"]]
            if len(numbers) > 1:
                raise ValueError("only one at a time")
        except Exception as error:
            print(repr(error))
        return {"batchItemFailures": [{"itemIdentifier": number} for number in numbers]}

    text = shown_of(handler, scenario="unreadable record")
    assert "ValueError('only one at a time')" in text
    assert "KeyError" not in text


@pytest.fixture(autouse=True)
def _unshrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdc_lab.classroom.exercises.checking.SHRINK_UNTIL", 0.0)


def shown_of(handler: Any, exercise: str = "exercise_1", scenario: str = "plain day") -> str:
    return repr(panel(find(exercise), examine(find(exercise), handler, 1, only=scenario)))


@pytest.mark.parametrize("answers", ["all failed", "nothing"])
@pytest.mark.parametrize("form", FORMS)
def test_an_error_that_was_caught_is_shown_in_whatever_form(form: str, answers: str) -> None:
    # GIVEN a handler that fails, logs that, and reports every record or none
    report, line = FORMS[form]

    def handler(event: Any, context: Any) -> Any:
        try:
            {}["gate_of_a_flight"]
        except Exception as error:
            report(error)
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        named = numbers if answers == "all failed" else []
        return {"batchItemFailures": [{"itemIdentifier": number} for number in named]}

    # THEN its line is shown, without where the interpreter's files lie
    text = shown_of(handler)
    assert f"Your handler logged:\n  {line}\n" in text
    assert "File" not in text
    assert "Traceback" not in text


def test_what_was_logged_is_shown_beside_what_was_raised() -> None:
    def handler(event: Any, context: Any) -> None:
        print("before the failure")
        raise ValueError("no such gate")

    text = shown_of(handler)
    assert "Your handler raised ValueError: no such gate (line 3 of handler)\n" in text
    assert "Your handler logged:\n  before the failure\n" in text
    assert text.count("ValueError") == 1


def test_prints_alone_are_taken_for_no_error() -> None:
    def handler(event: Any, context: Any) -> Any:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        print("working")
        return {"batchItemFailures": [{"itemIdentifier": number} for number in numbers]}

    text = shown_of(handler)
    assert "Good records reported as failed." in text
    assert "Your handler logged:\n  working\n" in text


def test_an_exception_is_understood_by_its_text() -> None:
    # GIVEN a handler that prints no more than the text of what boto3 says of a float
    table = boto3.resource("dynamodb", region_name="us-east-1").Table("audit")

    def handler(event: Any, context: Any) -> Any:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        try:
            table.put_item(Item={"flight_id": "UA1", "sequence": "1", "delay": 0.5})
        except Exception as error:
            print(error)
        return {"batchItemFailures": [{"itemIdentifier": number} for number in numbers]}

    # THEN the belief behind it is named
    assert "Numbers that are no longer the same." in shown_of(handler)


def test_why_a_transaction_was_cancelled_is_shown() -> None:
    # GIVEN a transaction whose second action cannot be done
    client = boto3.resource("dynamodb", region_name="us-east-1").Table("audit").meta.client

    def handler(event: Any, context: Any) -> None:
        row, no_key = {"flight_id": "UA1", "sequence": "1"}, {"flight_id": "UA1"}
        puts = [{"Put": {"TableName": "audit", "Item": item}} for item in (row, no_key)]
        client.transact_write_items(TransactItems=puts)

    text = shown_of(handler)
    assert "for specific reasons [None, ValidationError]: " in text
    assert "Missing the key sequence in the item" in text


def test_a_long_log_is_shown_by_its_end() -> None:
    lines = [f"line {number}" for number in range(100)]
    assert list(excerpt(lines)) == lines[-MOST_LINES:]
    # ... unless the exception came before it
    lines[50] = "KeyError: 'gate'"
    assert list(excerpt(lines)) == lines[51 - MOST_LINES : 51]


def test_a_run_of_the_readers_shows_its_exception() -> None:
    # GIVEN a handler that fails twice on one record, and the log that its two invocations leave
    def handler(event: Any, context: Any) -> None:
        print("a record")
        raise ValueError("no such gate")

    with Lab(seed=7) as lab:
        flights = lab.create_table("flights", "flight_id")
        flights.put_item(Item={"flight_id": "UA1545"})
        lab.attach(handler, flights, MaximumRetryAttempts=1)
        trace = lab.run()
    # THEN what can be used of it is two lines, and the exception is one of them
    assert len(trace.logs) > 4
    assert logged(trace) == ["a record", "[ERROR] ValueError: no such gate"]


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_each_exercise_can_be_tried_and_shows_its_exception(path: Path) -> None:
    # GIVEN a notebook, with handlers that raise before all else
    cells = sources(path)
    number = next(number for number, cell in enumerate(cells) if "log = logged(lab.run())" in cell)
    world = run(cells[:number])

    def fails(event: Any, context: Any) -> None:
        raise KeyError("gate")

    # WHEN its "Try it" is run
    world = run([cells[number]], given=world | dict.fromkeys(("handler", "project", "board"), fails))
    # THEN the exception is what its log shows
    assert world["log"] == ["[ERROR] KeyError: 'gate'"]


def test_what_a_retry_logs_again_is_shown_once() -> None:
    failed = ("start", "KeyError('gate')")
    once = [*(("a", line) for line in failed), *(("b", line) for line in failed), ("c", "end")]
    assert readable(once) == ["start", "KeyError('gate')", "end"]


def test_a_long_line_keeps_its_cause() -> None:
    reasons = ", ".join(["None"] * 98 + ["ValidationError"])
    assert shortened(f"specific reasons [{reasons}]") == "specific reasons [98 times None, ValidationError]"
    line = shortened("Put failed: " + "x" * 1000 + ": the table does not exist")
    assert line.startswith("Put failed: ")
    assert line.endswith("the table does not exist")
    assert len(line) < 500
