"""`lab.attach`: a handler behind a stream in one line, and what it refuses."""

from __future__ import annotations

import doctest
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError, ParamValidationError

import cdc_lab.lab
from cdc_lab import Lab, LabError
from cdc_lab.emulator.lambda_ import attaching
from cdc_lab.emulator.lambda_.service import LambdaService
from cdc_lab.testing import run_handler

seen: list[str] = []


def delay_board(event: Any, context: Any) -> None:
    """Note which function ran, and for which flights."""
    for record in event["Records"]:
        seen.append(f"{context.function_name} {record['dynamodb']['Keys']['flight_id']['S']}")


@pytest.fixture
def lab() -> Iterator[Lab]:
    seen.clear()
    with Lab(seed=7) as opened:
        yield opened


def functions(lab: Lab) -> list[str]:
    """The names of the lab's functions."""
    return [it["FunctionName"] for it in lab.client("lambda").list_functions()["Functions"]]


def mappings(lab: Lab) -> list[dict[str, Any]]:
    """The lab's event source mappings."""
    found: list[dict[str, Any]] = lab.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    return found


# ---- what it makes -------------------------------------------------------------------------------


def test_one_line_makes_the_function_and_the_mapping(lab: Lab) -> None:
    # GIVEN a record that was written before
    flights = lab.create_table("flights", "flight_id")
    flights.put_item(Item={"flight_id": "UA1"})
    # WHEN a handler is attached, and the lab runs
    mapping = lab.attach(delay_board, flights)
    lab.run()
    # THEN the mapping reads from TRIM_HORIZON, with AWS's defaults (C1)
    assert seen == ["delay-board UA1"]
    assert (mapping["StartingPosition"], mapping["BatchSize"]) == ("TRIM_HORIZON", 100)
    assert mapping["FunctionArn"].endswith(":function:delay-board")
    assert mapping["EventSourceArn"] == lab.stream_arn(flights)
    # and a notebook shows it in one line
    assert repr(mapping) == "<mapping from flights to delay-board: Creating>"


def test_the_answer_serves_later_calls_of_boto3(lab: Lab) -> None:
    # GIVEN a mapping that was attached
    flights = lab.create_table("flights", "flight_id")
    uuid = lab.attach(delay_board, flights)["UUID"]
    lab.run()  # until its state is Enabled
    # WHEN it is changed, and deleted, by its UUID: THEN Lambda knows it
    client = lab.client("lambda")
    assert client.update_event_source_mapping(UUID=uuid, BatchSize=3)["BatchSize"] == 3
    lab.run()
    client.delete_event_source_mapping(UUID=uuid)
    lab.run()
    assert mappings(lab) == []


def test_one_list_of_options_serves_the_function_and_the_mapping(lab: Lab) -> None:
    # GIVEN options of both kinds
    flights = lab.create_table("flights", "flight_id")
    # WHEN they are given together
    mapping = lab.attach(
        delay_board, flights, name="board", timeout=10, memory_size=256, environment={"A": "b"}, BatchSize=2
    )
    # THEN each reaches the call that it belongs to
    configuration = lab.client("lambda").get_function_configuration(FunctionName="board")
    assert (configuration["Timeout"], configuration["MemorySize"]) == (10, 256)
    assert configuration["Environment"] == {"Variables": {"A": "b"}}
    assert mapping["BatchSize"] == 2


def test_every_option_of_create_function_is_one_of_attach() -> None:
    # GIVEN what the service takes
    parameters = list(inspect.signature(LambdaService.create_function).parameters)
    # THEN all of it beside the function itself is an option, in lower case, as no parameter of AWS is
    assert parameters[:3] == ["self", "name", "handler"]
    assert attaching.function_options() == tuple(parameters[3:])
    assert all(name == name.lower() for name in attaching.function_options())


def test_the_starting_position_can_be_another(lab: Lab) -> None:
    flights = lab.create_table("flights", "flight_id")
    assert lab.attach(delay_board, flights, StartingPosition="LATEST")["StartingPosition"] == "LATEST"


@pytest.mark.parametrize("how", ["table", "name", "arn"])
def test_a_table_is_named_as_one_likes(lab: Lab, how: str) -> None:
    # GIVEN a table, its name, or the ARN of its stream
    flights = lab.create_table("flights", "flight_id")
    source = {"table": flights, "name": "flights", "arn": lab.stream_arn(flights)}[how]
    # THEN all of them are the same source
    assert lab.attach(delay_board, source)["EventSourceArn"] == lab.stream_arn(flights)


def test_a_queue_is_a_source_too(lab: Lab) -> None:
    # GIVEN a queue with a message
    queue = lab.resource("sqs").create_queue(QueueName="orders")
    queue.send_message(MessageBody="first")
    bodies: list[str] = []
    # WHEN a handler is attached to its ARN, and the lab runs
    mapping = lab.attach(
        lambda event, context: bodies.extend(record["body"] for record in event["Records"]),
        queue.attributes["QueueArn"],
        name="worker",
    )
    assert repr(mapping).startswith("<mapping from orders to worker: ")
    lab.run()
    # THEN the message arrives: a queue has no starting position
    assert bodies == ["first"]


# ---- which function ------------------------------------------------------------------------------


def test_a_function_that_exists_is_attached_by_its_name(lab: Lab) -> None:
    flights = lab.create_table("flights", "flight_id")
    lab.create_function("board", delay_board, timeout=9)
    lab.attach("board", flights)
    flights.put_item(Item={"flight_id": "UA1"})
    lab.run()
    assert seen == ["board UA1"]
    assert lab.client("lambda").get_function_configuration(FunctionName="board")["Timeout"] == 9


def test_a_handler_for_two_tables_is_one_function_with_two_mappings(lab: Lab) -> None:
    # GIVEN two tables
    tables = [lab.create_table(name, "flight_id") for name in ("departures", "arrivals")]
    # WHEN the same handler is attached to both
    for table in tables:
        lab.attach(delay_board, table)
    # THEN there is one function, and each table's records reach it
    for number, table in enumerate(tables):
        table.put_item(Item={"flight_id": f"UA{number}"})
    lab.run()
    assert functions(lab) == ["delay-board"]
    assert sorted(seen) == ["delay-board UA0", "delay-board UA1"]


def test_another_handler_of_the_same_name_is_refused_and_the_first_stays(lab: Lab) -> None:
    # GIVEN a handler on one table
    departures, arrivals = (lab.create_table(name, "flight_id") for name in ("departures", "arrivals"))
    lab.attach(delay_board, departures)

    def other(event: Any, context: Any) -> None:
        seen.append("another")

    other.__name__ = "delay_board"
    # WHEN another handler of that name is attached to the other
    with pytest.raises(LabError, match=r"function 'delay-board' runs another handler.*name='\.\.\.'"):
        lab.attach(other, arrivals)
    # THEN the first still gets what is its own, and under a name of its own the second gets the rest
    lab.attach(other, arrivals, name="other")
    departures.put_item(Item={"flight_id": "UA1"})
    arrivals.put_item(Item={"flight_id": "UA2"})
    lab.run()
    assert sorted(seen) == ["another", "delay-board UA1"]


def test_a_lambda_is_a_handler_too(lab: Lab) -> None:
    flights = lab.create_table("flights", "flight_id")
    lab.attach(lambda event, context: None, flights)
    assert functions(lab) == ["lambda"]


# ---- module.function -----------------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module whose client is made when it is imported."""
    (tmp_path / "shop_of_attach.py").write_text(
        "import os\nimport boto3\n"
        "table = boto3.resource('dynamodb').Table(os.environ['TABLE'])\n"
        "def on_order(event, context):\n"
        "    for record in event['Records']:\n"
        "        table.put_item(Item={'id': record['eventID']})\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("shop")
def test_a_module_is_imported_in_the_lab_with_the_environment_of_its_function() -> None:
    # GIVEN the same module in one lab after the other: its client must be the open lab's
    for seed in (1, 2):
        with Lab(seed=seed) as lab:
            copies = lab.create_table("copies", "id", stream_view_type=None)
            orders, refunds = (lab.create_table(name, "id") for name in ("orders", "refunds"))
            # WHEN it is attached by its name, and to a second table
            lab.attach("shop_of_attach.on_order", orders, environment={"TABLE": "copies"})
            lab.attach("shop_of_attach.on_order", refunds)
            for table in (orders, refunds):
                table.put_item(Item={"id": "1"})
            lab.run()
            # THEN it is one function, and it wrote to the table of its environment
            assert functions(lab) == ["on-order"]
            assert len(copies.scan()["Items"]) == 2


# ---- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "near"),
    [
        ("batch_size", "BatchSize"),
        ("Batchsize", "BatchSize"),
        ("Timeout", "timeout"),
        ("memory", "memory_size"),
        ("MaxRetryAttempts", "MaximumRetryAttempts"),
        ("FunctionName", "name"),
        ("EventSourceArn", "table"),
    ],
)
def test_an_option_that_does_not_exist_is_refused_with_the_one_meant(
    lab: Lab, option: str, near: str
) -> None:
    lab.create_table("flights", "flight_id")
    with pytest.raises(LabError, match=f"^attach has no option '{option}': did you mean '{near}'"):
        lab.attach(delay_board, "flights", **{option: 3})
    assert functions(lab) == []


def test_an_option_that_is_like_none_is_refused_with_what_there_is(lab: Lab) -> None:
    lab.create_table("flights", "flight_id")
    with pytest.raises(
        LabError, match=r"'colour'.*timeout, memory_size.*CreateEventSourceMapping.*BatchSize"
    ):
        lab.attach(delay_board, "flights", colour="red")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda lab: lab.attach("bord", "flights"), "no function 'bord': did you mean 'board'"),
        (lambda lab: lab.attach("shop", "flights"), r"no function 'shop': give the handler itself, or 'mod"),
        (lambda lab: lab.attach("board", "flights", name="x"), "function 'board' has its name: name='x'"),
        (lambda lab: lab.attach("board", "flights", timeout=5), "'board' exists.*cannot set its timeout"),
        (lambda lab: lab.attach("json.handler", "flights"), "no function 'handler'"),
        (lambda lab: lab.attach(5, "flights"), "handler 5 is not callable"),
        (lambda lab: lab.attach(delay_board, "flights", name="a b"), "function name 'a b'"),
        (lambda lab: lab.attach(delay_board, "plain"), "table plain has no stream"),
    ],
)
def test_what_cannot_be_attached_is_refused(lab: Lab, make: Any, text: str) -> None:
    # GIVEN a function, a table with a stream and one without
    lab.create_function("board", delay_board)
    lab.create_table("flights", "flight_id")
    lab.create_table("plain", "flight_id", stream_view_type=None)
    # WHEN something is attached that cannot be: THEN it is said, and nothing is left behind
    with pytest.raises(LabError, match=text):
        make(lab)
    assert functions(lab) == ["board"]
    assert mappings(lab) == []


@pytest.mark.parametrize(
    "wrong", [{"BatchSize": 10_001}, {"BatchSize": "ten"}, {"MaximumRecordAgeInSeconds": 30}]
)
def test_what_lambda_refuses_leaves_no_function_behind(lab: Lab, wrong: dict[str, Any]) -> None:
    # GIVEN a parameter that boto3 or Lambda refuses (C1)
    flights = lab.create_table("flights", "flight_id")
    with pytest.raises((ClientError, ParamValidationError)):
        lab.attach(delay_board, flights, **wrong)
    assert functions(lab) == []

    # WHEN the cell that defines the handler runs again, corrected
    def again(event: Any, context: Any) -> None:
        delay_board(event, context)

    again.__name__ = "delay_board"
    # THEN no function of before is in its way
    lab.attach(again, flights, BatchSize=10)


def test_a_second_mapping_from_the_same_stream_is_refused_in_lambdas_words(lab: Lab) -> None:
    flights = lab.create_table("flights", "flight_id")
    lab.attach(delay_board, flights)
    with pytest.raises(ClientError, match="ResourceConflictException"):
        lab.attach(delay_board, flights)
    # The function was there before: it stays.
    assert functions(lab) == ["delay-board"]


def test_a_closed_lab_says_so() -> None:
    with Lab(seed=1) as lab:
        pass
    with pytest.raises(LabError, match="is closed"):
        lab.attach(delay_board, "flights")


def test_the_examples_in_the_docstrings_hold() -> None:
    for module in (cdc_lab.lab, attaching):
        found = doctest.testmod(module)
        assert found.attempted
        assert found.failed == 0


def test_editors_and_help_show_every_option() -> None:
    # GIVEN the options of a function, and the parameters that CreateEventSourceMapping has for streams
    of_function = set(attaching.function_options())
    of_streams = {
        "BatchSize",
        "BisectBatchOnFunctionError",
        "DestinationConfig",
        "Enabled",
        "FilterCriteria",
        "FunctionResponseTypes",
        "MaximumBatchingWindowInSeconds",
        "MaximumRecordAgeInSeconds",
        "MaximumRetryAttempts",
        "MetricsConfig",
        "ParallelizationFactor",
        "StartingPosition",
        "StartingPositionTimestamp",
        "TumblingWindowInSeconds",
    }
    # THEN the signatures name them all
    shown = {
        make: set(inspect.signature(make).parameters)
        for make in (Lab.create_function, Lab.attach, run_handler)
    }
    assert of_function <= shown[Lab.create_function]
    assert of_function | of_streams <= shown[Lab.attach]
    assert of_function | of_streams <= shown[run_handler]


def test_the_signatures_say_the_same_of_each_option() -> None:
    # GIVEN the options of the three calls, without the parameters that each has for itself
    own = {"self", "name", "handler", "unknown", "table", "options", "lab", "changes", "faults", "function"}
    function, attached, run = (
        [one for one in inspect.signature(make).parameters.values() if one.name not in own]
        for make in (Lab.create_function, Lab.attach, run_handler)
    )
    # THEN names, types and defaults are the same, in the same order
    assert attached[: len(function)] == function
    assert run == attached
    # AND the others are parameters of CreateEventSourceMapping
    model = botocore.session.get_session().get_service_model("lambda")
    members = model.operation_model("CreateEventSourceMapping").input_shape.members
    assert {one.name for one in attached[len(function) :]} <= members.keys()


def test_a_handler_is_named_by_its_file_or_its_folder(lab: Lab, tmp_path: Path) -> None:
    # GIVEN two services whose handlers have the same dotted name
    for name in ("orders", "bills"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text(f"def handler(event, context): return {name!r}")
    lab.create_function("orders", "app.handler", code_uri=tmp_path / "orders", timeout=7)
    flights = lab.create_table("flights", "flight_id")
    lab.attach("app.handler", flights, name="bills", code_uri=tmp_path / "bills")
    # WHEN a second mapping is made for one of them, named by its file
    lab.attach(f"{tmp_path}/bills/app.py:handler", lab.create_table("other", "id"), name="bills")
    # THEN it is found again; and the other is another
    with pytest.raises(LabError, match="function 'bills' runs another handler"):
        lab.attach(f"{tmp_path}/orders/app.py:handler", flights, name="bills")
    invoke = lab.client("lambda").invoke
    answers = [invoke(FunctionName=name)["Payload"].read() for name in ("orders", "bills")]
    assert answers == [b'"orders"', b'"bills"']


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"time_out": 3}, "create_function has no option 'time_out': did you mean 'timeout'?"),
        ({"code_uri": "x"}, "code_uri and layers are for a handler that is named"),
    ],
)
def test_what_create_function_does_not_have_is_named(lab: Lab, options: dict[str, Any], text: str) -> None:
    with pytest.raises(LabError, match=re.escape(text)):
        lab.create_function("f", delay_board, **options)
