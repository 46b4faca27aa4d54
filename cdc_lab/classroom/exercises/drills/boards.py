"""Handlers that keep a board of cancelled flights, right ones and wrong ones: a reader's test meets them all.

The table ``board`` has a row for each airport, with how many of its flights are ``cancelled`` now. The table
``seen``, whose key is ``event_id``, is for whatever a handler has to remember.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import boto3
from boto3.dynamodb.conditions import Attr

from cdc_lab.classroom.exercises.drills.delivering import Handler, Make
from cdc_lab.patterns import StreamRecord, process_batch, process_with_idempotency

Moves = dict[str, int]
Decide = Callable[[StreamRecord], Moves]
"""By how many each airport's count changes with a record."""


def moves(record: StreamRecord) -> Moves:
    """Return what the new image adds, and what the old one had added."""
    found: Counter[str] = Counter()
    for image, sign in ((record.new_image, 1), (record.old_image, -1)):
        if image and image.get("status") == "cancelled":
            found[image["origin"]] += sign
    return {airport: count for airport, count in found.items() if count}


# ---- right handlers ------------------------------------------------------------------------------------


def in_a_transaction(decide: Decide = moves) -> Handler:
    """Effect and mark in one transaction, one record after the other; a failed one is reported."""
    seen = boto3.resource("dynamodb").Table("seen")

    def count(record: StreamRecord) -> None:
        process_with_idempotency(record, seen, [_update(a, n) for a, n in decide(record).items()])

    return lambda event, context: process_batch(event, count)


def that_raises() -> Handler:
    """The same by hand: it returns nothing, raises what fails, and its rows hold when they changed last."""
    dynamodb = boto3.resource("dynamodb")
    client = dynamodb.meta.client

    def handler(event: Any, context: Any) -> None:
        for record in map(StreamRecord.from_event, event["Records"]):
            mark = {
                "TableName": "seen",
                "Item": {"event_id": record.event_id},
                "ConditionExpression": "attribute_not_exists(event_id)",
            }
            effects = [_update(a, n, str(record.created_at)) for a, n in moves(record).items()]
            try:
                client.transact_write_items(TransactItems=[{"Put": mark}, *effects])
            except client.exceptions.TransactionCanceledException as error:
                if error.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
                    raise

    return handler


def that_counts_anew() -> Handler:
    """The flights as they are now, in a table of its own, counted again with each change."""
    dynamodb = boto3.resource("dynamodb")
    board, flights = dynamodb.Table("board"), dynamodb.Table("seen")

    def handler(event: Any, context: Any) -> dict[str, Any]:
        airports = set()
        for record in map(StreamRecord.from_event, event["Records"]):
            airports |= {image["origin"] for image in (record.old_image, record.new_image) if image}
            image = record.new_image or {"status": "deleted"}
            row = {**image, "event_id": record.keys["flight_id"], "at": record.sequence_number.zfill(40)}
            is_newer = Attr("at").not_exists() | Attr("at").lt(row["at"])
            with suppress(dynamodb.meta.client.exceptions.ConditionalCheckFailedException):
                flights.put_item(Item=row, ConditionExpression=is_newer)  # refused where it is known
        rows = flights.scan(FilterExpression=Attr("status").eq("cancelled"))["Items"]
        for airport in sorted(airports):
            count = sum(row["origin"] == airport for row in rows)
            if count:
                board.put_item(Item={"origin": airport, "cancelled": count})
            else:
                board.delete_item(Key={"origin": airport})
        return {"batchItemFailures": []}

    return handler


# ---- wrong decisions -----------------------------------------------------------------------------------


def that_decides(decide: Decide) -> Make:
    """Return what makes a handler with that decision, safe in everything else."""
    return lambda: in_a_transaction(decide)


def never_back(record: StreamRecord) -> Moves:
    """A flight that goes after all stays counted; one that is deleted or moves does not."""
    image, old = record.new_image, record.old_image
    goes_after_all = image and old and image.get("status") != "cancelled" == old.get("status")
    return {} if goes_after_all else moves(record)


def never_deleted(record: StreamRecord) -> Moves:
    """A delete is passed over."""
    return {} if record.event_name == "REMOVE" else moves(record)


def never_new(record: StreamRecord) -> Moves:
    """A flight that enters the table as cancelled is passed over."""
    return {} if record.event_name == "INSERT" else moves(record)


def without_the_old_image(record: StreamRecord) -> Moves:
    """Each change of a cancelled flight counts."""
    image, old = record.new_image or {}, record.old_image or {}
    if image.get("status") == "cancelled" == old.get("status") and image["origin"] == old["origin"]:
        return {image["origin"]: 1}
    return moves(record)


def never_moved(record: StreamRecord) -> Moves:
    """A cancelled flight that gets another airport stays counted where it was."""
    images = (record.new_image, record.old_image)
    stays = all(image and image.get("status") == "cancelled" for image in images)
    return {} if stays else moves(record)


def one_airport(record: StreamRecord) -> Moves:
    """All flights count at the airport that came first in the alphabet of the course's three."""
    return {"EWR": sum(moves(record).values())} if moves(record) else {}


# ---- wrong when something goes wrong -------------------------------------------------------------------


def without_marks() -> Handler:
    """A record that comes twice counts twice."""
    return _in_steps(lambda record, count: count())


def mark_first() -> Handler:
    """The mark is written before the effect: a crash between loses the effect."""
    seen = boto3.resource("dynamodb").Table("seen")

    def act(record: StreamRecord, count: Callable[[], None]) -> None:
        try:
            seen.put_item(
                Item={"event_id": record.event_id}, ConditionExpression="attribute_not_exists(event_id)"
            )
        except seen.meta.client.exceptions.ConditionalCheckFailedException:
            return
        count()

    return _in_steps(act)


def effect_first() -> Handler:
    """The mark is written after the effect: a crash between doubles it."""
    seen = boto3.resource("dynamodb").Table("seen")

    def act(record: StreamRecord, count: Callable[[], None]) -> None:
        if "Item" not in seen.get_item(Key={"event_id": record.event_id}):
            count()
            seen.put_item(Item={"event_id": record.event_id})

    return _in_steps(act)


def _in_steps(act: Callable[[StreamRecord, Callable[[], None]], None]) -> Handler:
    board = boto3.resource("dynamodb").Table("board")

    def handler(event: Any, context: Any) -> None:
        for record in map(StreamRecord.from_event, event["Records"]):
            found = moves(record)

            def count(found: Moves = found) -> None:
                for airport, number in found.items():
                    board.update_item(**_without_table(_update(airport, number)["Update"]))

            if found:
                act(record, count)

    return handler


def _update(airport: str, number: int, at: str = "") -> dict[str, Any]:
    return {
        "Update": {
            "TableName": "board",
            "Key": {"origin": airport},
            "UpdateExpression": "ADD cancelled :n" + (" SET changed_at = :at" if at else ""),
            "ExpressionAttributeValues": {":n": number, **({":at": at} if at else {})},
        }
    }


def _without_table(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "TableName"}
