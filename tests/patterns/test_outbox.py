"""An outbox: the event is there exactly when its change is, and is published from its stream."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pydantic import ValidationError

from cdc_lab.patterns import MissingImageError, OutboxEvent, process_batch, relay, write_with_event

from .factories import make_event, make_record

NOW = datetime(2013, 3, 8, 17, 30, tzinfo=UTC)
CANCELLED = OutboxEvent(
    event_id="cancel-1", name="FlightCancelled", at=NOW, subject="UA1545", data={"reason": "snow"}
)


def cancel(expected: str = "scheduled") -> dict[str, Any]:
    return {
        "Update": {
            "TableName": "flights",
            "Key": {"flight_id": "UA1545"},
            "UpdateExpression": "SET #s = :new",
            "ConditionExpression": "#s = :expected",
            "ExpressionAttributeNames": {"#s": "status"},
            "ExpressionAttributeValues": {":new": "cancelled", ":expected": expected},
        }
    }


@pytest.fixture
def flights(create_table: Any) -> Any:
    table = create_table("flights", "flight_id")
    table.put_item(Item={"flight_id": "UA1545", "status": "scheduled"})
    return table


@pytest.fixture
def outbox(create_table: Any) -> Any:
    return create_table("outbox", "event_id")


def status(flights: Any) -> Any:
    return flights.get_item(Key={"flight_id": "UA1545"})["Item"]["status"]


def rows(outbox: Any) -> list[Any]:
    return list(outbox.scan()["Items"])


def test_change_and_event_are_written_together(flights: Any, outbox: Any) -> None:
    assert write_with_event([cancel()], CANCELLED, outbox, keep=timedelta(hours=30))
    assert status(flights) == "cancelled"
    (row,) = rows(outbox)
    assert row == {
        **{"event_id": "cancel-1", "name": "FlightCancelled", "version": 1, "subject": "UA1545"},
        **{"at": "2013-03-08T17:30:00+00:00", "data": {"reason": "snow"}},
        "expires_at": NOW.timestamp() + 30 * 3600,
    }


def test_a_change_that_is_refused_takes_its_event_with_it(flights: Any, outbox: Any) -> None:
    with pytest.raises(ClientError, match="TransactionCanceled"):
        write_with_event([cancel(expected="delayed")], CANCELLED, outbox)
    assert (status(flights), rows(outbox)) == ("scheduled", [])


def test_a_repeated_command_writes_nothing(flights: Any, outbox: Any) -> None:
    # GIVEN a command whose answer got lost, so that the caller sends it again
    assert write_with_event([cancel()], CANCELLED, outbox)
    # THEN the second says so, though its condition on the flight fails as well
    assert not write_with_event([cancel()], CANCELLED, outbox)
    assert len(rows(outbox)) == 1


def test_mistakes_are_named(flights: Any, outbox: Any) -> None:
    with pytest.raises(TypeError, match="list of entries"):
        write_with_event(cancel(), CANCELLED, outbox)  # type: ignore[arg-type]
    for changes in ([], [cancel()] * 100):
        with pytest.raises(ValueError, match="1 to 99"):
            write_with_event(changes, CANCELLED, outbox)
    with pytest.raises(ValidationError, match="timezone"):
        OutboxEvent(event_id="1", name="x", at=datetime(2013, 3, 8), subject="UA1545")


def outbox_record(event_name: str = "INSERT", **options: Any) -> dict[str, Any]:
    row = {**CANCELLED.model_dump(), "at": CANCELLED.at.isoformat(), "expires_at": 1362940200}
    return make_record(event_name, new=row, old=row, key_names=("event_id",), **options)


@pytest.mark.parametrize("view_type", ["NEW_IMAGE", "NEW_AND_OLD_IMAGES"])
def test_the_stream_gives_the_event_that_was_written(view_type: str) -> None:
    published: list[OutboxEvent] = []
    assert relay(outbox_record(view_type=view_type), published.append)
    assert published == [CANCELLED]


@pytest.mark.parametrize("event_name", ["MODIFY", "REMOVE"])
def test_what_happens_to_the_row_later_is_no_event(event_name: str) -> None:
    published: list[OutboxEvent] = []
    assert not relay(outbox_record(event_name), published.append)
    assert published == []


def test_what_cannot_be_published_comes_again() -> None:
    def unreachable(event: OutboxEvent) -> None:
        raise ConnectionError(event.event_id)

    record = outbox_record()
    answer = process_batch(make_event(record), lambda each: relay(each, unreachable))
    assert answer == {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}


def test_a_stream_without_new_images_is_refused() -> None:
    with pytest.raises(MissingImageError, match="KEYS_ONLY"):
        relay(outbox_record(view_type="KEYS_ONLY"), print)
