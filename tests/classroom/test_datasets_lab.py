"""A day replayed in a real lab: the table and its stream tell the day's own story."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from cdc_lab import Lab
from cdc_lab.classroom.datasets import load_day
from cdc_lab.patterns.pages import every_item


def everything_in(table: Any) -> dict[str, dict[str, Any]]:
    return {item["flight_id"]: item for item in every_item(table.scan)}


def test_a_morning_in_a_lab_gives_one_record_per_change() -> None:
    # GIVEN a lab that opens as the storm day starts, and a table with a stream of four shards
    day = load_day("2013-03-08")
    noon = datetime(2013, 3, 8, 17, tzinfo=UTC)
    changes = [change for change in day.changes() if change.at < noon]
    with Lab(seed=7, start=day.start) as lab:
        flights = lab.create_table("flights", partition_key="flight_id", shards=4)

        # WHEN the morning is replayed
        assert day.replay(lab, flights, until=noon) == len(changes)

        # THEN lab time is noon, and the stream has one record for each change, at its second
        assert lab.clock.now() == noon
        records = lab.read_stream(flights)
        kinds = Counter(change.kind == "scheduled" for change in changes)
        assert Counter(record.event_name for record in records) == {
            "INSERT": kinds[True],
            "MODIFY": kinds[False],
        }
        written = Counter((change.flight_id, change.at) for change in changes)
        assert Counter((r.keys["flight_id"], r.created_at) for r in records) == written

        # AND the items are the sum of their changes
        expected: dict[str, dict[str, Any]] = {}
        for change in changes:
            item = expected.setdefault(change.flight_id, {"flight_id": change.flight_id})
            item.update(change.attributes)
        assert everything_in(flights) == expected


def test_flights_that_ended_leave_by_time_to_live_and_no_others() -> None:
    # GIVEN a table whose TTL works on expires_at, and a morning that was replayed
    day = load_day("2013-03-08")
    noon = datetime(2013, 3, 8, 17, tzinfo=UTC)
    with Lab(seed=7, start=day.start) as lab:
        flights = lab.create_table("flights", partition_key="flight_id", ttl_attribute="expires_at")
        day.replay(lab, flights, until=noon)

        # WHEN no more happens than that time passes, as much as AWS may take to delete (A31)
        lab.clock.advance(noon + timedelta(hours=6) + timedelta(hours=48))

        # THEN the flights that had ended are gone, those under way or on the board are left
        morning = [change for change in day.changes() if change.at < noon]
        ended = {change.flight_id for change in morning if "expires_at" in change.attributes}
        assert len(ended) > 100
        assert set(everything_in(flights)) == {change.flight_id for change in morning} - ended
