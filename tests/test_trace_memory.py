"""What a trace keeps: rows, and not the stream's records."""

from __future__ import annotations

import gc
from datetime import timedelta

from cdc_lab import Lab
from cdc_lab.emulator.shards import StoredRecord
from cdc_lab.testing import run_handler


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


def _records() -> list[StoredRecord]:
    return [thing for thing in gc.get_objects() if isinstance(thing, StoredRecord)]
