"""What Lambda itself writes to the log, and asynchronous invocation."""

from __future__ import annotations

import itertools
import sys
import time
from datetime import timedelta

from cdc_lab import Faults
from cdc_lab.emulator.latencies import Latencies
from tests.emulator.esm_world import numbers


def lines(lab):
    return lab.trace.log_events["line"].tolist()


def queued(lab, name="f", payload=b'{"n": 1}'):
    return lab.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=payload)


# ---- START, END, REPORT


def test_the_lines_of_an_invocation_are_lambdas(lab):
    # GIVEN a handler that prints and sleeps
    def handler(event, context):
        print("working")
        time.sleep(1.16223)

    lab.create_function("f", handler, memory_size=256)
    lab.client("lambda").invoke(FunctionName="f")
    frame = lab.trace.log_events
    # THEN its line stands between START and END, and REPORT ends it, tabs and all
    who = frame["request_id"].iloc[0]
    assert frame["kind"].tolist() == ["START", "LOG", "END", "REPORT"]
    assert frame["line"].tolist() == [
        f"START RequestId: {who} Version: $LATEST",
        "working",
        f"END RequestId: {who}",
        f"REPORT RequestId: {who}\tDuration: 1162.23 ms\tBilled Duration: 1163 ms\tMemory Size: 256 MB"
        "\tMax Memory Used: 256 MB\t",
    ]
    # AND the handler's own are still apart
    assert lab.trace.logs["line"].tolist() == ["working"]


def test_a_cold_start_is_reported_and_billed(lab):
    slow = Latencies(cold_start=0.4)
    lab.create_function("f", lambda event, context: time.sleep(0.1), cold_starts=0.5, latencies=slow)
    lab.client("lambda").invoke(FunctionName="f")
    fields = lines(lab)[-1].split("\t")
    assert fields[1:3] == ["Duration: 100.00 ms", "Billed Duration: 500 ms"]
    assert fields[-2:] == ["Init Duration: 400.00 ms", ""]


def test_a_timeout_and_an_exit_are_told_by_report(lab):
    lab.create_function("late", lambda event, context: time.sleep(9), timeout=2)
    lab.create_function("gone", lambda event, context: sys.exit(1))
    for name in ("late", "gone"):
        lab.client("lambda").invoke(FunctionName=name)
    late, gone = (line for line in lines(lab) if line.startswith("REPORT"))
    assert late.endswith("\tStatus: timeout")
    assert "\tDuration: 2000.00 ms\t" in late
    assert gone.endswith("\tStatus: error\tError Type: Runtime.ExitError")


def test_handlers_that_print_nothing_have_a_log_group_too(world):
    # GIVEN a silent handler behind a stream, its first attempt refused
    w = world()
    w.connect()
    w.write(1)
    w.lab.run(faults=Faults(seed=4, throttles=0.9))
    trace = w.lab.trace
    throttled = (trace.invocations["outcome"] == "throttled").sum()
    assert throttled >= 1
    # THEN the logs client finds the invocation that happened, and nothing of the refused attempt
    events = w.lab.client("logs").filter_log_events(logGroupName="/aws/lambda/board")["events"]
    assert [event["message"].split()[0] for event in events] == ["START", "END", "REPORT"]
    assert [event["message"] for event in events] == trace.log_events["line"].tolist()
    streams = w.lab.client("logs").describe_log_streams(logGroupName="/aws/lambda/board")["logStreams"]
    assert {stream["logStreamName"] for stream in streams} == set(trace.log_events["log_stream"])


def test_logs_are_found_however_old_they_are(world):
    # GIVEN an invocation that nobody looked at for three weeks, and a second one
    w = world()
    w.connect(lambda event, context: print("seen"))
    w.write(1)
    w.lab.run()
    w.settle(21 * 24 * 3600)
    w.write(1)
    w.lab.run()
    # WHEN somebody looks
    logs = w.lab.client("logs")
    events = logs.filter_log_events(logGroupName="/aws/lambda/board")["events"]
    # THEN both are there, taken in when they happened, and the group is as old as the first
    assert [event["message"] for event in events].count("seen") == 2
    assert len(events) == len(w.lab.trace.log_events) == 8
    assert all(event["ingestionTime"] == event["timestamp"] for event in events)
    (group,) = logs.describe_log_groups()["logGroups"]
    (stream,) = logs.describe_log_streams(logGroupName="/aws/lambda/board")["logStreams"]
    assert group["creationTime"] == stream["creationTime"] == stream["firstEventTimestamp"]
    assert stream["lastIngestionTime"] == stream["lastEventTimestamp"]


def test_a_handler_that_reads_its_own_log_finds_what_went_before(world):
    w = world()
    logs = w.lab.client("logs")
    found = []

    def answer(event, context):
        if numbers(event) == [1]:
            group = logs.filter_log_events(logGroupName=context.log_group_name)
            found.extend(event["message"] for event in group["events"])
        print("done", numbers(event))

    w.write(2)
    w.connect(answer, BatchSize=1)
    w.lab.run()
    assert [line for line in found if line.startswith("done")] == ["done [0]"]


def test_a_trace_has_the_lines_of_its_run(world):
    w = world()
    w.connect(lambda event, context: print(len(event["Records"])))
    w.write(1)
    w.lab.run()
    w.write(2)
    second = w.lab.run()
    assert second.log_events["kind"].tolist() == ["START", "LOG", "END", "REPORT"]
    assert second.log_events["line"].iloc[1] == "2"
    assert len(w.lab.trace.log_events) == 8


# ---- asynchronous invocation


def test_an_asynchronous_invocation_answers_202_and_runs_later(lab):
    seen = []
    lab.create_function("f", lambda event, context: seen.append((event, context.aws_request_id)))
    answer = queued(lab)
    assert answer["StatusCode"] == 202
    assert answer["Payload"].read() == b""
    assert "ExecutedVersion" not in answer
    assert seen == []
    lab.run()
    assert [event for event, _ in seen] == [{"n": 1}]


def test_a_failure_is_tried_twice_more_after_one_and_two_minutes(lab):
    # GIVEN a handler that always fails
    seen = []

    def handler(event, context):
        seen.append((lab.clock.now(), context.aws_request_id, dict(event)))
        event["n"] = 99
        raise ValueError("no")

    lab.create_function("f", handler)
    queued(lab)
    lab.run()
    # THEN it is called three times, with the same id and an event of its own, and then no more
    moments, ids, events = zip(*seen, strict=True)
    waits = [round((b - a).total_seconds()) for a, b in itertools.pairwise(moments)]
    assert waits == [60, 120]
    assert len(set(ids)) == 1
    assert list(events) == [{"n": 1}] * 3
    lab.run(until=timedelta(hours=7))
    assert len(seen) == 3


def test_a_throttled_event_waits_and_uses_up_no_attempt(lab):
    # GIVEN a function that takes one event at a time
    lab.create_function("busy", lambda event, context: time.sleep(2.5), reserved_concurrency=1)
    start = lab.clock.now()
    queued(lab, "busy", b"1")
    queued(lab, "busy", b"2")
    lab.run()
    reports = lab.trace.log_events.query("kind == 'START'")["at"]
    # THEN the second event is tried after 1 and 2 more seconds, and runs when there is room
    assert [round((at - start).total_seconds(), 1) for at in reports] == [0.0, 3.0]


def test_an_event_for_a_function_that_may_never_run_is_given_up_at_once(lab):
    lab.create_function("f", lambda event, context: None, reserved_concurrency=0)
    queued(lab)
    start = lab.clock.now()
    lab.run()
    assert lab.clock.now() == start
    assert lab.trace.failures["condition"].tolist() == ["ZeroReservedConcurrency"]
    assert len(lab.trace.log_events) == 0


def test_a_handler_can_hand_work_on_asynchronously(lab):
    # GIVEN a function that queues an event for another
    done = []
    lab.create_function("second", lambda event, context: done.append(event))
    lab.create_function("first", lambda event, context: queued(lab, "second", b'"later"') and None)
    lab.client("lambda").invoke(FunctionName="first")
    lab.run()
    assert done == ["later"]


def test_an_event_for_a_function_deleted_meanwhile_is_dropped(lab):
    lab.create_function("f", lambda event, context: None)
    queued(lab)
    lab.client("lambda").delete_function(FunctionName="f")
    lab.run()
    assert len(lab.trace.log_events) == 0
