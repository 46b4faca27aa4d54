"""No patterns: the events as Lambda hands them over, and the low-level client."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from cdc_lab.classroom.search.client import connect

db = boto3.client("dynamodb")
search = connect()
read, write = TypeDeserializer(), TypeSerializer()


def image(record: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: read.deserialize(value) for key, value in record["dynamodb"].get(name, {}).items()}


def failed_from(event: dict[str, Any], process: Any) -> dict[str, Any]:
    for record in event["Records"]:
        try:
            process(record)
        except Exception as error:
            print(repr(error))
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def amounts(item: dict[str, Any], table: str) -> dict[str, Decimal]:
    if not item:
        return {}
    minutes = {"departures": "dep_delay", "arrivals": "arr_delay"}[table]
    found = {"flights": Decimal(1)} if table == "departures" else {}
    if item["status"] in ("departed", "arrived"):
        found |= {item["status"]: Decimal(1), minutes: item[minutes]}
    elif item["status"] == "cancelled":
        found["cancelled"] = Decimal(1)
    return found


def count(record: dict[str, Any]) -> None:
    table = record["eventSourceARN"].split("/")[1]
    old, new = image(record, "OldImage"), image(record, "NewImage")
    if record.get("userIdentity", {}).get("principalId") == "dynamodb.amazonaws.com":
        return
    before, after = amounts(old, table), amounts(new, table)
    change = {name: after.get(name, 0) - before.get(name, 0) for name in {**before, **after}}
    change = {name: value for name, value in change.items() if value}
    if not change:
        return
    mark = {"event_id": {"S": record["eventID"]}}
    origin = (new or old)["origin"]
    effects: list[Any] = [
        {
            "Put": {
                "TableName": "processed",
                "Item": mark,
                "ConditionExpression": "attribute_not_exists(event_id)",
            }
        },
        {
            "Update": {
                "TableName": "board",
                "Key": {"origin": {"S": origin}},
                "UpdateExpression": "ADD " + ", ".join(f"{name} :{name}" for name in change),
                "ExpressionAttributeValues": {
                    f":{name}": write.serialize(value) for name, value in change.items()
                },
            }
        },
    ]
    try:
        db.transact_write_items(TransactItems=effects)
    except db.exceptions.TransactionCanceledException as error:
        if error.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
            raise


def board(event: dict[str, Any], context: Any) -> Any:
    return failed_from(event, count)


def put(record: dict[str, Any]) -> None:
    old, new = image(record, "OldImage"), image(record, "NewImage")
    item = new or old
    meta = {"_id": item["flight_id"], "version": int(item["version"])}
    if new:
        document = {name: int(v) if isinstance(v, Decimal) else v for name, v in new.items()}
        lines: list[Any] = [{"index": {**meta, "version_type": "external"}}, document]
    else:
        lines = [{"delete": {**meta, "version_type": "external_gte"}}]
    body = "".join(json.dumps(line) + "\n" for line in lines)
    (answer,) = search.bulk(index="departures", body=body)["items"]
    status = next(iter(answer.values()))["status"]
    if status not in (200, 201, 404, 409):
        raise RuntimeError(f"the engine answered {status}")


def index(event: dict[str, Any], context: Any) -> Any:
    return failed_from(event, put)


def log(record: dict[str, Any]) -> None:
    row = {
        "item": record["dynamodb"]["Keys"]["origin"],
        "change": {"S": record["dynamodb"]["SequenceNumber"].zfill(40)},
        "event_id": {"S": record["eventID"]},
    }
    if "NewImage" in record["dynamodb"]:
        row["after"] = {"M": record["dynamodb"]["NewImage"]}
    db.put_item(TableName="audit", Item=row)


def audit(event: dict[str, Any], context: Any) -> Any:
    return failed_from(event, log)
