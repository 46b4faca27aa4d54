"""Some flights of a day, written from their first change to their end."""

from __future__ import annotations

from cdc_lab import Lab
from cdc_lab.classroom.datasets import load_day
from cdc_lab.classroom.whole_lives import write_whole_lives


def test_what_is_left_are_the_flights_that_did_not_arrive_and_a_cancelled_one_has_no_aircraft() -> None:
    day = load_day("2013-03-08")
    # GIVEN a table with a stream
    with Lab(seed=7) as lab:
        flights = lab.create_table("flights", "flight_id")
        # WHEN every eighth flight out of LaGuardia is written
        written = write_whole_lives(day, flights)
        items = flights.scan()["Items"]
        records = lab.read_stream(flights)
    # THEN each has its first record, and each that arrived its last one
    events = [record.event_name for record in records]
    chosen = [flight for flight in day.records if flight.origin == "LGA"][::8]
    arrived = sum(flight.status == "arrived" for flight in chosen)
    assert (written, events.count("INSERT"), events.count("REMOVE")) == (len(chosen), len(chosen), arrived)
    # AND the table holds the others
    assert len(items) == len(chosen) - arrived > 0
    cancelled = [item for item in items if item["status"] == "cancelled"]
    assert cancelled
    assert not any("tailnum" in item for item in cancelled)
