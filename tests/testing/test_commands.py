"""``cdc-lab replay`` and ``cdc-lab try``, as they are typed in a project of somebody's."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from cdc_lab.cli import main
from cdc_lab.course.project import CourseError
from cdc_lab.testing import get_records_record, stream_event

SHOP = """
import os, boto3
totals = boto3.resource("dynamodb", region_name="us-east-1").Table("totals")

def naive(event, context):
    for record in event["Records"]:
        print(os.environ.get("WORD", "got"), record["dynamodb"]["Keys"]["order_id"]["S"])
        totals.update_item(Key={"id": "all"}, UpdateExpression="ADD n :one",
                           ExpressionAttributeValues={":one": 1})

def keyed(event, context):
    for record in event["Records"]:
        key = record["dynamodb"]["Keys"]["order_id"]["S"]
        totals.put_item(Item={"id": key, "at": context.aws_request_id})

def swallowing(event, context):
    for record in event["Records"]:
        try:
            totals.update_item(Key={"id": "all"}, UpdateExpression="ADD left :one",
                               ExpressionAttributeValues={":one": 1})
        except Exception as error:
            print(error)

def reporting(event, context):
    failed = []
    for record in event["Records"]:
        key = record["dynamodb"]["Keys"]["order_id"]["S"]
        try:
            totals.put_item(Item={"id": key})
        except Exception:
            failed.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
    return {"batchItemFailures": failed}

def failing(event, context):
    raise ValueError("no")
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "cli_shop.py").write_text(SHOP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "cli_shop", raising=False)
    return tmp_path


EVENT = stream_event({"order_id": "o1", "picture": b"x"})
FROM_STREAM = {"Records": [get_records_record({"order_id": "o1"})]}
CAPTURED = {
    "event": json.dumps(EVENT),
    "log": f'START RequestId: 1\n[INFO]\t{{"level": 1}}\tevent {json.dumps(EVENT)}\nEND RequestId: 1',
    "failure in S3": json.dumps({"requestContext": {}, "payload": json.dumps(EVENT)}),
    "GetRecords": json.dumps(FROM_STREAM, default=lambda value: value.isoformat()),
}


@pytest.mark.parametrize("form", CAPTURED)
def test_a_captured_event_is_replayed(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    # GIVEN an event in a form in which people have it
    Path("event.json").write_text(CAPTURED[form])
    # WHEN it is replayed
    code = main(["replay", "event.json", "cli_shop.naive", "--table", "totals:id", "--env", "WORD=saw"])
    # THEN the handler ran over it, beside its tables and the one that the event is of
    said = capsys.readouterr().out.splitlines()
    assert code == 0
    assert said[:2] == ["saw o1", "calls: UpdateItem ok"]
    assert "'order_id': 'o1'" in said[2]
    assert said[3:] == ["totals: [{'id': 'all', 'n': Decimal('1')}]", "returned: null"]


def test_a_handler_that_fails_shows_where(capsys: pytest.CaptureFixture[str]) -> None:
    Path("event.json").write_text(CAPTURED["event"])
    assert main(["replay", "event.json", "cli_shop.py:failing"]) == 1
    said = capsys.readouterr().out
    assert "failed: ValueError: no\n" in said
    assert "in failing" in said


@pytest.mark.parametrize(
    ("handler", "code", "text"),
    [
        ("cli_shop.keyed", 0, "the tables end alike undisturbed and under 12 schedules of faults"),
        ("cli_shop.naive", 1, "It holds undisturbed, and fails under"),
    ],
)
def test_a_handler_is_tried_under_faults(
    handler: str, code: int, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = ["--source", "orders:order_id", "--table", "totals:id", "--count", "4"]
    assert main(["try", handler, *tables, "--faults", "--tries", "12", "--ignore", "at"]) == code
    assert text in capsys.readouterr().out


def test_a_handler_is_run_once_with_items_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    Path("items.json").write_text('{"order_id": "a", "price": 1.5}\n{"order_id": "b"}\n')
    tables = ["--source", "orders:order_id", "--table", "totals:id", "--items", "items.json"]
    assert main(["try", "cli_shop.py:naive", *tables, "--batch-size", "1"]) == 0
    said = capsys.readouterr().out
    assert "batch 2 attempt 1  order_id=b  success" in said
    assert "totals: [{'id': 'all', 'n': Decimal('2')}]" in said


@pytest.mark.parametrize(("heeded", "code"), [(["--report-failures"], 0), ([], 1)])
def test_a_handler_that_reports_failures_is_right_where_the_mapping_heeds_them(
    heeded: list[str], code: int
) -> None:
    tables = ["--source", "orders:order_id", "--table", "totals:id", "--count", "4"]
    assert main(["try", "cli_shop.reporting", *tables, "--faults", "--tries", "12", *heeded]) == code


def test_who_reports_failures_to_nobody_is_told_of_the_option(capsys: pytest.CaptureFixture[str]) -> None:
    tables = ["--source", "orders:order_id", "--table", "totals:id", "--count", "4"]
    assert main(["try", "cli_shop.reporting", *tables, "--faults", "--tries", "12"]) == 1
    assert "if yours has, add --report-failures" in capsys.readouterr().out


def test_an_attribute_that_alone_differs_is_named_with_its_option(capsys: pytest.CaptureFixture[str]) -> None:
    # GIVEN a handler that notes the invocation, which is another each time
    tables = ["--source", "orders:order_id", "--table", "totals:id", "--count", "4"]
    # WHEN it is tried THEN the report says what to do where that may differ
    assert main(["try", "cli_shop.keyed", *tables, "--faults", "--tries", "12"]) == 1
    assert (
        "Only at differs: if it may, as a time or a random id may, add --ignore at" in capsys.readouterr().out
    )


def test_a_handler_that_fails_undisturbed_is_not_compared(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # GIVEN a handler that writes, and then always fails
    (project / "broken_later.py").write_text(
        "import cli_shop\n"
        "def handler(event, context):\n    cli_shop.keyed(event, context)\n    event['nothing']\n"
    )
    arguments = ["try", "broken_later.handler", "--source", "orders:order_id", "--table", "totals:id"]
    # WHEN it is tried under faults THEN there is no verdict, and the error is said
    assert main([*arguments, "--faults", "--ignore", "at"]) == 2
    said = capsys.readouterr().err
    assert "undisturbed, the handler failed 3 times, mostly with KeyError: 'nothing': mend that first" in said
    # AND without faults its few attempts are shown, and it has failed
    assert main(arguments) == 1
    shown = capsys.readouterr().out
    assert "attempt 3" in shown
    assert shown.endswith("undisturbed, the handler failed 3 times, mostly with KeyError: 'nothing'\n")


@pytest.mark.parametrize(
    ("items", "key"),
    [
        ([{"order_id": {"S": "a"}, "price": {"N": "1.5"}, "tag": {"B": "YQ=="}}], "order_id=a"),
        ([{"order_id": 7, "price": 1.5}], "order_id=7"),
        ([{"order_id": {"N": "7"}}], "order_id=7"),
    ],
)
def test_items_may_be_typed_and_keys_numbers(
    items: list[object], key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("items.json").write_text(json.dumps(items))
    (Path("keys.py")).write_text("def handler(event, context):\n    pass\n")
    tables = ["--source", "orders:order_id", "--items", "items.json"]
    assert main(["try", "keys.handler", *tables]) == 0
    assert f"{key}  success" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"id": "a"}, "items.json, item 1: its key 'order_id' is not there"),
        ({"order_id": ["a"]}, "its key 'order_id' is ['a']: give a text or a number"),
        ({"order_id": {"S": "a"}, "price": 1.5}, "mixes typed values with others"),
    ],
)
def test_items_that_cannot_be_put_are_no_fault_of_the_handler(
    item: dict[str, object], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("items.json").write_text(json.dumps([item]))
    assert main(["try", "cli_shop.naive", "--source", "orders:order_id", "--items", "items.json"]) == 2
    assert text in capsys.readouterr().err


def test_a_handler_that_writes_nothing_is_not_called_right(capsys: pytest.CaptureFixture[str]) -> None:
    # GIVEN a handler whose every call is refused, which it keeps to itself
    tables = ["--source", "orders:order_id", "--table", "totals:id", "--count", "4"]
    # WHEN it is tried under faults: THEN that its tables end alike is no praise
    assert main(["try", "cli_shop.swallowing", *tables, "--faults"]) == 2
    assert "refused were dynamodb.UpdateItem ValidationException (4 times)" in capsys.readouterr().err
    # AND without faults the refusals are shown
    assert main(["try", "cli_shop.swallowing", *tables]) == 0
    assert "refused: dynamodb.UpdateItem ValidationException (4 times)\n" in capsys.readouterr().out


def test_why_a_handler_leaves_nothing_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # GIVEN a handler that fails on each batch, because items that the command makes lack what it reads
    (project / "amounts.py").write_text(
        'import os\nTABLE = os.environ["TOTALS"]\n'
        'def handler(event, context):\n    event["Records"][0]["dynamodb"]["NewImage"]["amount"]\n'
    )
    arguments = ["try", "amounts.handler", "--source", "orders:order_id", "--table", "totals:id", "--faults"]
    # WHEN it is tried without the variable that it reads THEN the option is named, with another exit code
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert (
        "importing the handler fails: KeyError: 'TOTALS' in amounts.py, line 2: give it --env TOTALS=" in said
    )
    # WHEN it has the variable THEN the cause of its failures is said
    assert main([*arguments, "--env", "TOTALS=totals"]) == 2
    said = capsys.readouterr().err
    assert "the handler failed" in said
    assert "KeyError: 'amount'" in said


def test_an_import_that_fails_for_another_reason_is_shown(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "broken.py").write_text("rates = 1 / 0\ndef handler(event, context): pass\n")
    assert main(["try", "broken.handler", "--source", "orders:order_id"]) == 2
    said = capsys.readouterr().err
    assert said.endswith(
        "importing the handler fails: ZeroDivisionError: division by zero in broken.py, line 1\n"
    )


def test_without_a_checkout_its_commands_are_not_listed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_checkout() -> Path:
        raise CourseError("no checkout")

    monkeypatch.setattr("cdc_lab.cli.find_root", no_checkout)
    for arguments in (["--help"], ["try", "--help"]):
        with pytest.raises(SystemExit):
            main(arguments)
    shown = capsys.readouterr().out
    for name in ("replay", "try", "start", "plan"):
        assert f"    {name} " in shown
    for name in ("refresh", "lint", "lock", "book"):
        assert f"    {name} " not in shown
    assert main(["book"]) == 2


_NAMES = "a table's name has 3 to 255 letters, digits, '_', '-' and '.'"
_TWICE = "table {!r} is named twice: "


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["replay", "none.json", "cli_shop.naive"], "No such file"),
        (["replay", "cli_shop.py", "cli_shop.naive"], "cli_shop.py holds no event of a DynamoDB stream"),
        (["try", "cli_shop.naive", "--source", "orders"], "table 'orders': write NAME:PARTITION_KEY"),
        (["try", "cli_shop.naive", "--source", "orders:id", "--env", "A"], "--env A: write NAME=VALUE"),
        (["try", "cli_shop.naive", "--source", "orders:id", "--faults"], "--faults compares tables"),
        (["try", "cli_shop.nothing", "--source", "orders:id"], "module cli_shop has no function 'nothing'"),
        (["try", "cli_shop.naive", "--source", "o:id"], f"table 'o': {_NAMES}"),
        (["try", "cli_shop.naive", "--source", "ord ers:id"], f"table 'ord ers': {_NAMES}"),
        (["try", "cli_shop.naive", "--source", "orders:id", "--table", "t:id"], f"table 't': {_NAMES}"),
        (["try", "cli_shop.naive", "--source", "orders:id", "--table", "orders:id"], _TWICE.format("orders")),
        (["replay", "event.json", "cli_shop.naive", "--table", "orders:id"], _TWICE.format("orders")),
        (
            ["try", "cli_shop.naive", "--source", "orders:id", "--table", "totals:id", "--table", "totals:n"],
            _TWICE.format("totals"),
        ),
        (["try", "cli_shop.naive", "--source", "orders:id:id"], "table 'orders': "),
        (["try", "no_such_shop.naive", "--source", "orders:id"], "there is no module 'no_such_shop': "),
        (["try", "importing.naive", "--source", "orders:id"], "importing.py, line 2 imports 'not_installed'"),
        (["replay", "event.json", "importing.naive"], "importing.py, line 2 imports 'not_installed'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    arguments: list[str], text: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "importing.py").write_text("import os\nimport not_installed\n")
    (project / "event.json").write_text(CAPTURED["event"].replace("table/flights/", "table/orders/"))
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert text in said
    assert said.count("\n") == 1
