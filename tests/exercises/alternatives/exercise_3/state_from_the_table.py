"""The low-level client; a record is a doorbell, and every state is loaded from the table."""

from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from cdc_lab.patterns import ConcurrencyError

client = boto3.client("dynamodb")


def typed(item):
    return TypeSerializer().serialize(item)["M"]


def plain(item):
    return TypeDeserializer().deserialize({"M": item})


def minutes(event):
    data = dict(event["data"])
    if event.get("schema", 1) < 3 and "delay" in data:
        data["dep_delay"] = data.pop("delay")
    return data


def when(event):
    if event.get("schema", 1) == 1:
        return datetime.fromtimestamp(int(event["at"]), UTC)
    return datetime.fromisoformat(event["at"])


def fold(events):
    return fold_from({}, events)


def fold_from(start, events):
    state = dict(start)
    for event in events:
        state.update(minutes(event))
        state["status"] = event["type"]
        state["announced"] = state.get("announced", 0) + int(event["type"] == "delayed")
    return state


def append(flight_id, expected_version, events):
    actions = []
    for event in events:
        expected_version += 1
        item = typed({**event, "flight_id": flight_id, "version": expected_version})
        actions.append(
            {
                "Put": {
                    "TableName": "events",
                    "Item": item,
                    "ConditionExpression": "attribute_not_exists(#t)",
                    "ExpressionAttributeNames": {"#t": "type"},
                }
            }
        )
    try:
        client.transact_write_items(TransactItems=actions)
    except client.exceptions.TransactionCanceledException as error:
        if any(
            reason["Code"] == "ConditionalCheckFailed" for reason in error.response["CancellationReasons"]
        ):
            raise ConcurrencyError from error
        raise


def read(flight_id, after):
    pages = client.get_paginator("query").paginate(
        TableName="events",
        KeyConditionExpression="flight_id = :f AND version > :v",
        ExpressionAttributeValues=typed({":f": flight_id, ":v": after}),
        ConsistentRead=True,
    )
    return [plain(item) for page in pages for item in page["Items"]]


def load(flight_id):
    found = client.get_item(TableName="snapshots", Key=typed({"flight_id": flight_id}), ConsistentRead=True)
    snapshot = plain(found["Item"]) if "Item" in found else {"version": 0, "state": {}}
    since = read(flight_id, snapshot["version"])
    version = since[-1]["version"] if since else snapshot["version"]
    return int(version), fold_from(snapshot["state"], since)


def put_newer(table, item, sign):
    with suppress(client.exceptions.ConditionalCheckFailedException):
        client.put_item(
            TableName=table,
            Item=typed(item),
            ConditionExpression=f"attribute_not_exists(version) OR version {sign} :v",
            ExpressionAttributeValues=typed({":v": item["version"]}),
        )


def show(flight_id, sign):
    version, state = load(flight_id)
    put_newer("board", {"flight_id": flight_id, "version": version, **state}, sign)


def project(event, context):
    for record in event["Records"]:
        try:
            if record["eventName"] == "INSERT":
                show(plain(record["dynamodb"]["NewImage"])["flight_id"], "<")
        except Exception as error:
            print(repr(error))
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def everything():
    found = defaultdict(list)
    for page in client.get_paginator("scan").paginate(TableName="events", ConsistentRead=True):
        for item in map(plain, page["Items"]):
            found[item["flight_id"]].append(item)
    return {name: sorted(told, key=lambda event: event["version"]) for name, told in found.items()}


def rebuild():
    for flight_id, told in everything().items():
        row = {"flight_id": flight_id, "version": told[-1]["version"], **fold(told)}
        put_newer("board", row, "<=")


def board_at(moment):
    then = {name: [e for e in told if when(e) <= moment] for name, told in everything().items()}
    return {name: fold(told) for name, told in then.items() if told}


def snapshot(flight_id):
    version, state = load(flight_id)
    put_newer("snapshots", {"flight_id": flight_id, "version": version, "state": state}, "<")
