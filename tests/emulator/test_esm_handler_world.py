"""What a handler lives in: lab time, timeouts, environment, output, death."""

import json
import logging
import os
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from os import _exit as borrowed_exit
from time import sleep as borrowed_sleep

import boto3
import pytest

from cdc_lab import Faults, LabError
from cdc_lab.emulator.latencies import Latencies

START = datetime(2013, 3, 8, 10, tzinfo=UTC)


def invoke(lab, name="f", payload=None):
    answer = lab.client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload).encode())
    return answer.get("FunctionError"), json.loads(answer["Payload"].read())


def test_sleep_moves_lab_time_not_real_time(lab):
    # GIVEN a handler that sleeps for an hour under a borrowed name, and one minute under its own
    def handler(event, context):
        before = time.time()
        borrowed_sleep(600)
        time.sleep(60)
        return [time.time() - before, datetime.now(UTC).isoformat()]

    lab.create_function("f", handler, timeout=900)
    real = time.perf_counter()
    assert invoke(lab) == (None, [660.0, "2013-03-08T10:11:00+00:00"])
    assert time.perf_counter() - real < 60
    # THEN the process is as it was
    assert borrowed_sleep is time.sleep
    assert time.time() > 1.6e9
    assert lab.clock.now() == START + timedelta(seconds=660)


def test_a_borrowed_sleep_stays_the_labs_while_another_invocation_goes_on(lab):
    # GIVEN two invocations over the same globals, one of which ends while the other sleeps
    ends = []

    def handler(event, context):
        borrowed_sleep(event)
        borrowed_sleep(event)
        ends.append(time.time())

    lab.create_function("f", handler, timeout=900)
    for seconds in (b"10", b"300"):
        lab.client("lambda").invoke(FunctionName="f", InvocationType="Event", Payload=seconds)
    # WHEN both run
    lab.run()
    # THEN the sleep of the second is lab time to its end
    start = START.timestamp()
    assert [round(end - start) for end in ends] == [20, 600]
    assert borrowed_sleep is time.sleep


def test_timeout_cuts_exactly_there(lab):
    reached = []

    def handler(event, context):
        time.sleep(2)
        reached.append("two")
        time.sleep(2)
        reached.append("four")

    lab.create_function("f", handler, timeout=3)
    error, payload = invoke(lab)
    assert error == "Unhandled"
    assert payload["errorMessage"].startswith("2013-03-08T10:00:03.000Z ")
    assert payload["errorMessage"].endswith(" Task timed out after 3.00 seconds")
    assert reached == ["two"]
    assert lab.clock.now() == START + timedelta(seconds=3)


def test_a_dead_invocation_makes_no_further_call(lab):
    # GIVEN a batch_writer that flushes when it is left, and a timeout inside it
    table = lab.create_table("board", "id")

    def handler(event, context):
        with table.batch_writer() as batch:
            batch.put_item(Item={"id": "A"})
            time.sleep(60)

    lab.create_function("f", handler, timeout=3)
    invoke(lab)
    # THEN nothing was written after its death
    assert table.scan()["Items"] == []


def test_a_call_that_takes_effect_before_the_timeout_stays(lab):
    # GIVEN a call of two seconds that takes effect after one, and a timeout in between
    table = lab.create_table("board", "id")

    def handler(event, context):
        table.put_item(Item={"id": "A"})

    lab.create_function("f", handler, timeout=1.5, latencies=Latencies(call=2))
    error, _ = invoke(lab)
    # THEN the handler never learns of it, and it is done
    assert error == "Unhandled"
    assert [item["id"] for item in table.scan()["Items"]] == ["A"]


@pytest.mark.parametrize("how", ["once", "always"])
def test_a_handler_that_swallows_its_end_is_ended_all_the_same(lab, how):
    calls = []

    def handler(event, context):
        while True:
            try:
                time.sleep(5)
            except BaseException:
                calls.append(1)
                if how == "once":
                    return "fine"

    lab.create_function("f", handler, timeout=3)
    error, payload = invoke(lab)
    assert error == "Unhandled"
    assert "Task timed out" in payload["errorMessage"]
    assert len(calls) < 20
    # AND the lab goes on
    lab.create_function("g", lambda event, context: event)
    assert invoke(lab, "g", 1) == (None, 1)


def test_a_timeout_is_reached_by_the_sum_of_the_sleeps(lab):
    def handler(event, context):
        for _ in range(30):
            time.sleep(0.1)

    lab.create_function("f", handler, timeout=3)
    assert invoke(lab)[0] == "Unhandled"


def test_an_interrupted_cell_leaves_a_lab_that_goes_on(world):
    # GIVEN the reader stops a run while the handler is at work
    w = world()

    def answer(event, context):
        if len(w.seen) == 2:
            raise KeyboardInterrupt

    w.write(3)
    w.connect(answer, BatchSize=1)
    with pytest.raises(KeyboardInterrupt):
        w.lab.run()
    assert time.time() > 1.6e9
    # WHEN the next run comes
    w.lab.run()
    # THEN the record in hand is delivered again, and the rest follows
    assert w.arrived == [0, 1, 1, 2]


def test_the_watchdog_ends_a_handler_that_never_yields(lab):
    def handler(event, context):
        while True:
            pass

    lab.create_function("f", handler, watchdog_seconds=0.3)
    error, payload = invoke(lab)
    assert error == "Unhandled"
    assert payload["errorType"] == "HandlerStuck"
    assert "watchdog_seconds" in payload["errorMessage"]
    lab.create_function("g", lambda event, context: event)
    assert invoke(lab, "g", 1) == (None, 1)


def test_error_payload_of_an_exception(lab):
    def handler(event, context):
        raise KeyError("flight")

    lab.create_function("f", handler)
    error, payload = invoke(lab)
    assert error == "Unhandled"
    assert list(payload) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert payload["errorMessage"] == "'flight'"
    assert payload["errorType"] == "KeyError"
    assert payload["stackTrace"][0].startswith('  File "/var/task/test_esm_handler_world.py", line ')
    assert 'raise KeyError("flight")' in payload["stackTrace"][0]


def test_an_answer_that_is_no_json_is_a_function_error(lab):
    lab.create_function("f", lambda event, context: {1, 2})
    error, payload = invoke(lab)
    assert error == "Unhandled"
    assert payload["errorType"] == "Runtime.MarshalError"
    assert payload["errorMessage"].startswith("Unable to marshal response: ")


def test_decimals_in_an_answer_become_numbers(lab):
    from decimal import Decimal

    lab.create_function("f", lambda event, context: [Decimal("3"), Decimal("1.5")])
    assert invoke(lab) == (None, [3, 1.5])


def test_sys_exit_ends_the_invocation_only(lab):
    lab.create_function("f", lambda event, context: sys.exit(3))
    error, payload = invoke(lab)
    assert error == "Unhandled"
    assert payload["errorType"] == "Runtime.ExitError"
    assert payload["errorMessage"].endswith("Runtime exited with error: exit status 3")


@pytest.mark.parametrize(
    ("end", "how"),
    [
        (lambda: os._exit(3), "exit status 3"),
        (lambda: borrowed_exit(3), "exit status 3"),
        (lambda: os.kill(os.getpid(), 9), "signal: killed"),
        (lambda: os.abort(), "signal: aborted"),
    ],
)
def test_a_handler_that_ends_its_process_ends_its_environment_alone(lab, end, how):
    # GIVEN a handler that ends the process, and would write afterwards
    table = lab.create_table("marks", "name", stream_view_type=None)

    def handler(event, context):
        try:
            end()
        finally:
            table.put_item(Item={"name": "after the end"})

    lab.create_function("f", handler)
    # WHEN it is invoked
    error, payload = invoke(lab)
    # THEN Lambda tells that its process is gone, and nothing was written
    assert error == "Unhandled"
    assert payload["errorType"] == "Runtime.ExitError"
    assert payload["errorMessage"].endswith(f"Runtime exited with error: {how}")
    assert table.scan()["Items"] == []


def test_a_thread_that_ends_the_process_ends_the_environment_alone(lab):
    def handler(event, context):
        thread = threading.Thread(target=lambda: os._exit(4))
        thread.start()
        thread.join()

    lab.create_function("f", handler)
    assert invoke(lab)[1]["errorMessage"].endswith("exit status 4")


def test_context(lab):
    def handler(event, context):
        before = context.get_remaining_time_in_millis()
        time.sleep(1.25)
        return [
            context.function_name,
            context.function_version,
            context.invoked_function_arn,
            context.memory_limit_in_mb,
            context.log_group_name,
            before,
            context.get_remaining_time_in_millis(),
            len(context.aws_request_id),
        ]

    lab.create_function("f", handler, timeout=3, memory_size=256)
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    assert invoke(lab)[1] == ["f", "$LATEST", arn, "256", "/aws/lambda/f", 3000, 1750, 36]


def test_environment_is_the_functions_and_comes_back(lab):
    def handler(event, context):
        os.environ["LEFT"] = "behind"
        return [os.environ["TABLE"], os.getenv("AWS_LAMBDA_FUNCTION_NAME"), os.environ.get("AWS_REGION")]

    lab.create_function("f", handler, environment={"TABLE": "board"})
    assert invoke(lab) == (None, ["board", "f", "us-east-1"])
    assert "TABLE" not in os.environ
    assert "LEFT" not in os.environ
    assert "AWS_LAMBDA_FUNCTION_NAME" not in os.environ


def test_default_session_clients_are_the_labs(lab):
    def handler(event, context):
        return boto3.client("dynamodb").list_tables()["TableNames"]

    lab.create_table("board", "id")
    lab.create_function("f", handler)
    assert invoke(lab) == (None, ["board"])


def test_prints_and_logs_become_log_lines_with_lab_times(lab):
    logger = logging.getLogger("course.test")
    logger.setLevel(logging.INFO)

    def handler(event, context):
        print("started")
        time.sleep(1)
        logger.info("one second later")
        sys.stderr.write("no end of line")

    lab.create_function("f", handler)
    invoke(lab)
    frame = lab.trace.logs
    assert frame["line"].iloc[0] == "started"
    request_id = frame["request_id"].iloc[0]
    assert frame["line"].iloc[1] == f"[INFO]\t2013-03-08T10:00:01.000Z\t{request_id}\tone second later"
    assert frame["line"].iloc[2] == "no end of line"
    assert (frame["at"].iloc[1] - frame["at"].iloc[0]).total_seconds() == 1.0


def test_a_logger_bound_to_stdout_at_import_logs_too(lab, capsys):
    logger = logging.getLogger("course.bound")
    logger.propagate = False
    logger.addHandler(logging.StreamHandler(sys.stdout))
    lab.create_function("f", lambda event, context: logger.warning("bound"))
    invoke(lab)
    assert lab.trace.logs["line"].tolist() == ["bound"]
    assert capsys.readouterr().out == ""


def test_globals_are_shared_unless_cold_starts_are_asked_for(lab):
    namespace: dict = {}
    exec("seen = []\ndef handler(event, context):\n    seen.append(1)\n    return len(seen)", namespace)
    lab.create_function("warm", namespace["handler"])
    assert [invoke(lab, "warm")[1] for _ in range(4)] == [1, 2, 3, 4]
    lab.create_function("cold", namespace["handler"], cold_starts=1.0)
    assert [invoke(lab, "cold")[1] for _ in range(4)] == [5, 5, 5, 5]


def test_invocations_side_by_side_race_at_their_calls(world):
    # GIVEN two lanes that read, think and write the same counter
    w = world(shards=2)
    counter = w.lab.create_table("counter", "id")
    counter.put_item(Item={"id": "all", "n": 0})

    def answer(event, context):
        n = counter.get_item(Key={"id": "all"})["Item"]["n"]
        time.sleep(0.5)
        counter.put_item(Item={"id": "all", "n": n + len(event["Records"])})

    w.write(20)
    w.connect(answer)
    w.lab.run()
    # THEN an update is lost, always the same way
    assert len(w.seen) == 2
    assert counter.get_item(Key={"id": "all"})["Item"]["n"] == len(w.seen[1])


def test_nested_invocations_share_the_clock(lab):
    functions = lab.client("lambda")

    def inner(event, context):
        time.sleep(1)
        return event + 1

    def outer(event, context):
        payload = functions.invoke(FunctionName="inner", Payload=b"41")["Payload"].read()
        time.sleep(1)
        return [json.loads(payload), context.get_remaining_time_in_millis()]

    lab.create_function("inner", inner, latencies=Latencies(call=0))
    lab.create_function("outer", outer, latencies=Latencies(call=0), timeout=10)
    assert invoke(lab, "outer") == (None, [42, 8000])


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"handler": 3}, "not callable"),
        ({"handler": lambda event: None}, "event, context"),
        ({"timeout": 0}, "timeout=0"),
        ({"timeout": 901}, "timeout=901"),
        ({"memory_size": 64}, "memory_size=64"),
        ({"cold_starts": 2}, "cold_starts=2"),
        ({"environment": {"N": 1}}, "'N'=1"),
        ({"name": "a b"}, "a b"),
    ],
)
def test_bad_functions_are_refused_with_value_and_remedy(lab, options, text):
    given = {"name": "f", "handler": lambda event, context: None, **options}
    with pytest.raises(LabError, match=text):
        lab.create_function(given.pop("name"), given.pop("handler"), **given)


def test_async_handlers_are_refused(lab):
    async def handler(event, context):
        return None

    with pytest.raises(LabError, match="async"):
        lab.create_function("f", handler)


def test_a_handler_that_times_out_while_another_function_answers_ends_for_good(lab):
    # GIVEN a function that waits for the answer of one that takes longer than its own timeout
    ended = []

    def slow(event, context):
        time.sleep(10)

    def caller(event, context):
        try:
            boto3.client("lambda").invoke(FunctionName="slow", Payload="{}")
        finally:
            ended.append("in its finally")

    lab.create_function("slow", slow, timeout=20)
    lab.create_function("caller", caller, timeout=3)
    # WHEN it is invoked
    answer = lab.client("lambda").invoke(FunctionName="caller", Payload="{}")
    # THEN it times out, and its code ends then, without another wait
    assert "Task timed out after 3.00 seconds" in json.loads(answer["Payload"].read())["errorMessage"]
    assert ended == ["in its finally"]


def test_crash_after_a_step_takes_effect_and_ends_the_invocation(world):
    # GIVEN a handler of two writes, and a crash after the first call
    w = world()
    sink = w.lab.create_table("sink", "id")

    def answer(event, context):
        for name in ("first", "second"):
            sink.update_item(
                Key={"id": name},
                UpdateExpression="ADD times :one",
                ExpressionAttributeValues={":one": 1},
            )

    w.write(1)
    w.connect(answer)
    trace = w.lab.run(faults=Faults(crash_after=1))
    # THEN the first write happened twice
    assert {item["id"]: int(item["times"]) for item in sink.scan()["Items"]} == {"first": 2, "second": 1}
    assert trace.invocations["outcome"].tolist() == ["error", "success"]
    assert "signal: killed" in trace.invocations["error"].iloc[0]


def test_logs_are_readable_through_the_logs_client(world):
    # GIVEN a handler that prints before and after two hours
    w = world()

    def answer(event, context):
        print(f"{len(event['Records'])} records for {context.aws_request_id}")

    w.connect(answer)
    w.write(1)
    w.lab.run()
    w.settle(7200)
    w.write(2)
    w.lab.run()
    # THEN CloudWatch Logs has both lines, with lab times
    logs = w.lab.client("logs")
    events = logs.filter_log_events(logGroupName="/aws/lambda/board")["events"]
    own = [event for event in events if event["message"].split()[0] not in ("START", "END", "REPORT")]
    assert [event["message"].split()[0] for event in own] == ["1", "2"]
    frame = w.lab.trace.logs
    assert [event["timestamp"] for event in own] == [round(at.timestamp() * 1000) for at in frame["at"]]
