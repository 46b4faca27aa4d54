"""What the wrong answers get right: each of them replaces one piece."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import boto3

from cdc_lab.classroom.search.client import connect
from cdc_lab.patterns import SearchIndex, StreamRecord, process_batch, process_with_idempotency, write_audit
from cdc_lab.patterns.aggregates import Aggregate, update_entries

tables = boto3.resource("dynamodb")
board_table = tables.Table("board")
processed = tables.Table("processed")
audit_table = tables.Table("audit")
search = connect()
Handler = Callable[[dict[str, Any], Any], Any]
Row = dict[str, Any]


def when(status: str, value: str | None = None) -> Callable[[Row], Any]:
    return lambda item: (item[value] if value else 1) if item["status"] == status else 0


BOARD = {
    "departures": Aggregate(
        "origin",
        {
            "flights": 1,
            "departed": when("departed"),
            "cancelled": when("cancelled"),
            "dep_delay": when("departed", "dep_delay"),
        },
    ),
    "arrivals": Aggregate("origin", {"arrived": when("arrived"), "arr_delay": when("arrived", "arr_delay")}),
}


def table_of(record: StreamRecord) -> str:
    return str(record.stream_arn).split("/")[1]


def entries(record: StreamRecord) -> list[Row]:
    return update_entries(BOARD[table_of(record)].deltas(record), board_table, "origin")


def count(record: StreamRecord) -> None:
    process_with_idempotency(record, processed, entries(record))


def remember(record: StreamRecord) -> Row:
    """The entry that remembers a record, if nobody has."""
    return {
        "Put": {
            "TableName": "processed",
            "Item": {"event_id": record.event_id},
            "ConditionExpression": "attribute_not_exists(event_id)",
        }
    }


def add(updates: list[Row]) -> None:
    """Add without any memory."""
    for entry in updates:
        update = {name: value for name, value in entry["Update"].items() if name != "TableName"}
        board_table.update_item(**update)


def parts(item: Mapping[str, Any], source: str) -> dict[str, Decimal]:
    """What an item contributes."""
    return {name: Decimal(measure(item) if callable(measure) else 1) for name, measure in _measures(source)}


def _measures(source: str) -> list[tuple[str, Any]]:
    return list(BOARD[source].measures.items())


def update_of(origin: str, amounts: Mapping[str, Decimal]) -> Row:
    """The entry that adds amounts to an airport's row."""
    return {
        "Update": {
            "TableName": "board",
            "Key": {"origin": origin},
            "UpdateExpression": "ADD " + ", ".join(f"#{name} :{name}" for name in amounts),
            "ExpressionAttributeNames": {f"#{name}": name for name in amounts},
            "ExpressionAttributeValues": {f":{name}": value for name, value in amounts.items()},
        }
    }


def board_that(process: Callable[[StreamRecord], Any]) -> Handler:
    def board(event: dict[str, Any], context: Any) -> Any:
        return process_batch(event, process)

    return board


def audit_that(process: Callable[[StreamRecord], Any]) -> Handler:
    def audit(event: dict[str, Any], context: Any) -> Any:
        return process_batch(event, process)

    return audit


def log_row(record: StreamRecord, change: str) -> Row:
    """A row of the log under another key."""
    return {
        "item": record.keys["origin"],
        "change": change,
        "event_id": record.event_id,
        "after": record.new_image,
    }


def board(event: dict[str, Any], context: Any) -> Any:
    return process_batch(event, count)


def index(event: dict[str, Any], context: Any) -> Any:
    return SearchIndex(search, "departures").sync_batch(event)


def audit(event: dict[str, Any], context: Any) -> Any:
    return process_batch(event, lambda record: write_audit(record, audit_table))
