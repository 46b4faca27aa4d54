"""What a trace keeps: rows, and not the stream's records."""

from __future__ import annotations

import gc
from datetime import timedelta
from typing import Any

import pytest

from cdc_lab import Lab
from cdc_lab.emulator.streams.shards import StoredRecord
from cdc_lab.testing import run_handler
from cdc_lab.trace import Trace, spool


def test_the_trace_does_not_keep_records_that_the_stream_forgot() -> None:  # A38
    # GIVEN records that were delivered, some of them twice; and whatever an earlier test still holds
    others = _records()
    with Lab() as lab:
        flights = lab.create_table("flights", "flight_id")
        failures = iter([True])

        def handler(event: object, context: object) -> None:
            if next(failures, False):
                raise ValueError("once")

        run_handler(lab, handler, flights, [{"flight_id": f"UA{n}"} for n in range(10)], BatchSize=5)
        seen = lab.trace.deliveries
        # WHEN the stream has trimmed them
        lab.clock.advance(timedelta(hours=30))
        gc.collect()
        held = [record for record in _records() if all(record is not other for other in others)]
        # THEN nobody holds them, and the trace still tells of each delivery
        assert held == []
        assert len(seen) == 15
        assert lab.trace.deliveries.equals(seen)


def test_a_trace_on_disk_shows_what_one_in_memory_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN the same run twice, with retries, failures and log lines; once hardly a row stays in memory
    shown = []
    for held in (spool.HELD, 3):
        monkeypatch.setattr(spool, "HELD", held)
        with Lab(seed=7, shards=2) as lab:
            trace = _eventful(lab)
            recorder = lab._account.recorder
            on_disk = {name: bool(getattr(recorder, name)._places) for name in SPOOLED}
            assert on_disk == dict.fromkeys(SPOOLED, held == 3)
            frames = [getattr(trace, name) for name in (*FRAMES, "metrics")]
            logged = lab.client("logs").filter_log_events(logGroupName="/aws/lambda/handler")["events"]
            for event in logged:
                del event["eventId"]  # moto counts them for the whole process
            shown.append((repr(trace), [(f() if callable(f) else f).to_csv() for f in frames], logged))
    # THEN every frame, the text of the trace and the logs are the same
    assert shown[0] == shown[1]


SPOOLED = ("invocations", "failures", "reads", "logs", "runs")
FRAMES = ("records", "invocations", "deliveries", "failures", "logs", "log_events")


def _eventful(lab: Lab) -> Trace:
    flights = lab.create_table("flights", "flight_id")

    def handler(event: dict[str, Any], context: object) -> None:
        for record in event["Records"]:
            number = int(record["dynamodb"]["NewImage"]["n"]["N"])
            print("flight", number)
            if number % 3 == 0:
                raise ValueError(number)

    items = [{"flight_id": f"UA{n}", "n": n} for n in range(40)]
    run_handler(lab, handler, flights, items, BatchSize=2, MaximumRetryAttempts=1)
    return lab.trace


def _records() -> list[StoredRecord]:
    return [thing for thing in gc.get_objects() if isinstance(thing, StoredRecord)]
