"""What the wrong solutions get right: each of them replaces one piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from cdc_lab.patterns import ConcurrencyError, process_batch

dynamodb = boto3.resource("dynamodb")
events, board, snapshots = (dynamodb.Table(name) for name in ("events", "board", "snapshots"))


def upcast(event: dict[str, Any]) -> dict[str, Any]:
    event = {**event, "data": dict(event["data"])}
    if "schema" not in event:
        moment = datetime.fromtimestamp(int(event["at"]), UTC)
        event |= {"schema": 2, "at": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
    if event["schema"] == 2:
        event["schema"] = 3
        if "delay" in event["data"]:
            event["data"]["dep_delay"] = event["data"].pop("delay")
    return event


def apply(state: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    event = upcast(event)
    announced = state.get("announced", Decimal(0)) + (event["type"] == "delayed")
    return {**state, **event["data"], "status": event["type"], "announced": announced}


def fold(events: list[dict[str, Any]], state: dict[str, Any] | None = None) -> dict[str, Any]:
    state = state or {}
    for event in events:
        state = apply(state, event)
    return state


def was_refused(error: ClientError) -> bool:
    reasons = [reason["Code"] for reason in error.response.get("CancellationReasons", [])]  # type: ignore[typeddict-item]
    return "ConditionalCheckFailed" in reasons or error.response["Error"]["Code"].startswith("Conditional")


def append(flight_id: str, expected_version: int, events: list[dict[str, Any]]) -> None:
    puts = [
        {
            "TableName": "events",
            "Item": {**event, "flight_id": flight_id, "version": version},
            "ConditionExpression": "attribute_not_exists(version)",
        }
        for version, event in enumerate(events, start=expected_version + 1)
    ]
    try:
        board.meta.client.transact_write_items(TransactItems=[{"Put": put} for put in puts])
    except ClientError as error:
        if was_refused(error):
            raise ConcurrencyError(flight_id) from None
        raise


def pages(read: Callable[..., Any], **request: Any) -> Iterator[dict[str, Any]]:
    page = read(**request)
    yield from page["Items"]
    while "LastEvaluatedKey" in page:
        page = read(**request, ExclusiveStartKey=page["LastEvaluatedKey"])
        yield from page["Items"]


def history(flight_id: str, after: int = 0) -> list[dict[str, Any]]:
    key = Key("flight_id").eq(flight_id) & Key("version").gt(after)
    return list(pages(events.query, KeyConditionExpression=key, ConsistentRead=True))


def load(flight_id: str) -> tuple[int, dict[str, Any]]:
    found = snapshots.get_item(Key={"flight_id": flight_id}, ConsistentRead=True).get("Item")
    version, state = (int(found["version"]), found["state"]) if found else (0, {})
    since = history(flight_id, version)
    return (int(since[-1]["version"]) if since else version), fold(since, state)


def put_if(table: Any, item: dict[str, Any], condition: str, **values: Any) -> bool:
    try:
        table.put_item(
            Item=item,
            ConditionExpression=condition,
            **({"ExpressionAttributeValues": {f":{k}": v for k, v in values.items()}} if values else {}),
        )
    except ClientError as error:
        if was_refused(error):
            return False
        raise
    return True


def follow(flight_id: str, event: dict[str, Any]) -> None:
    row = board.get_item(Key={"flight_id": flight_id}, ConsistentRead=True).get("Item", {})
    before = int(row.get("version", 0))
    if event["version"] <= before:
        return
    new = [event] if event["version"] == before + 1 else history(flight_id, before)
    state = fold(new, row)
    item = {**state, "flight_id": flight_id, "version": new[-1]["version"]}
    condition = "version = :before" if before else "attribute_not_exists(flight_id)"
    if not put_if(board, item, condition, **({"before": before} if before else {})):
        follow(flight_id, event)


def project_record(record: Any) -> None:
    if record.event_name == "INSERT":
        follow(record.keys["flight_id"], record.new_image)


def project(event: dict[str, Any], context: Any) -> Any:
    return process_batch(event, project_record)


def flight_ids() -> set[str]:
    return {item["flight_id"] for item in pages(events.scan, ProjectionExpression="flight_id")}


def rebuild() -> None:
    for flight_id in flight_ids():
        version, state = load(flight_id)
        row = {**state, "flight_id": flight_id, "version": version}
        put_if(board, row, "attribute_not_exists(flight_id) OR version <= :now", now=version)


def board_at(moment: datetime) -> dict[str, Any]:
    by_then = {}
    for flight_id in flight_ids():
        told = [e for e in map(upcast, history(flight_id)) if datetime.fromisoformat(e["at"]) <= moment]
        if told:
            by_then[flight_id] = fold(told)
    return by_then


def snapshot(flight_id: str) -> None:
    version, state = load(flight_id)
    row = {"flight_id": flight_id, "version": version, "state": state}
    put_if(snapshots, row, "attribute_not_exists(flight_id) OR version < :now", now=version)
