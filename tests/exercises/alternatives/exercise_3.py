"""Right answers to exercise_3: their form is in `tests/exercises/loading.py`."""

# %% state_from_the_table
# The low-level client; a record says only that there is news, and the news are read from the table.
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


def show(flight_id):
    found = client.get_item(TableName="board", Key=typed({"flight_id": flight_id}), ConsistentRead=True)
    row = plain(found["Item"]) if "Item" in found else {"version": 0}
    if since := read(flight_id, row["version"]):
        new = {**fold_from(row, since), "flight_id": flight_id, "version": since[-1]["version"]}
        put_newer("board", new, "<")


def project(event, context):
    for record in event["Records"]:
        try:
            if record["eventName"] == "INSERT":
                show(plain(record["dynamodb"]["NewImage"])["flight_id"])
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
    for flight_id in everything():
        version, state = load(flight_id)
        put_newer("board", {"flight_id": flight_id, "version": version, **state}, "<=")


def board_at(moment):
    then = {name: [e for e in told if when(e) <= moment] for name, told in everything().items()}
    return {name: fold(told) for name, told in then.items() if told}


def snapshot(flight_id):
    version, state = load(flight_id)
    put_newer("snapshots", {"flight_id": flight_id, "version": version, "state": state}, "<")


# %% waits_for_the_gap
# An UpdateItem for each event; an event that comes too early is failed until the one before is there.
from datetime import UTC, datetime
from functools import reduce

import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from cdc_lab.patterns import ConcurrencyError, process_batch

dynamodb = boto3.resource("dynamodb")


class Early(Exception):
    pass


def modern(event):
    event = dict(event)
    if "schema" not in event:
        event["at"] = datetime.fromtimestamp(int(event["at"]), UTC).isoformat()
    event["data"] = {("dep_delay" if k == "delay" else k): v for k, v in event["data"].items()}
    return event


def step(state, event):
    new = {**state, **modern(event)["data"], "status": event["type"]}
    new["announced"] = state.get("announced", 0) + (1 if event["type"] == "delayed" else 0)
    return new


def fold(events, state=None):
    return reduce(step, events, state or {})


def refused(error):
    return "ConditionalCheckFailed" in str(error)


def append(flight_id, expected_version, events):
    table, client = dynamodb.Table("events"), dynamodb.meta.client
    items = [
        {**event, "flight_id": flight_id, "version": expected_version + n}
        for n, event in enumerate(events, 1)
    ]
    try:
        if len(items) == 1:
            table.put_item(Item=items[0], ConditionExpression=Attr("flight_id").not_exists())
        else:
            condition = "attribute_not_exists(flight_id)"
            puts = [{"TableName": "events", "Item": item, "ConditionExpression": condition} for item in items]
            client.transact_write_items(TransactItems=[{"Put": put} for put in puts])
    except ClientError as error:
        raise (ConcurrencyError() if refused(error) else error) from None


def history(flight_id, after=0):
    start = {}
    while True:
        page = dynamodb.Table("events").query(
            KeyConditionExpression=Key("flight_id").eq(flight_id) & Key("version").gt(after), **start
        )
        yield from page["Items"]
        if not page.get("LastEvaluatedKey"):
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def load(flight_id):
    row = dynamodb.Table("snapshots").get_item(Key={"flight_id": flight_id}).get("Item", {})
    version, state = row.get("at_version", 0), row.get("copy", {})
    for event in history(flight_id, version):
        version, state = event["version"], step(state, event)
    return [int(version), state]


def show(record):
    if record.event_name != "INSERT":
        return
    board, event = dynamodb.Table("board"), record.new_image
    row = board.get_item(Key={"flight_id": event["flight_id"]}, ConsistentRead=True).get(
        "Item", {"version": 0}
    )
    if event["version"] > row["version"] + 1:
        raise Early(record.keys)
    if event["version"] == row["version"] + 1:
        condition = Attr("version").eq(row["version"]) if row["version"] else Attr("version").not_exists()
        new = {**step(row, event), "flight_id": event["flight_id"], "version": event["version"]}
        board.put_item(Item=new, ConditionExpression=condition)  # a refusal fails the record: it comes again


def project(event, context):
    return process_batch(event, show)


def names():
    start, found = {}, set()
    while True:
        page = dynamodb.Table("events").scan(AttributesToGet=["flight_id"], **start)
        found |= {item["flight_id"] for item in page["Items"]}
        if "LastEvaluatedKey" not in page:
            return sorted(found)
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def rebuild():
    for name in names():
        version, state = load(name)
        row = {**state, "flight_id": name, "version": version}
        further = Attr("version").gt(row["version"])
        try:
            dynamodb.Table("board").put_item(Item=row, ConditionExpression=~further)
        except ClientError as error:
            if not refused(error):
                raise


def board_at(moment):
    board = {}
    for name in names():
        for event in history(name):
            if datetime.fromisoformat(modern(event)["at"]) <= moment:
                board[name] = step(board.get(name, {}), event)
    return board


def snapshot(flight_id):
    version, state = load(flight_id)
    try:
        dynamodb.Table("snapshots").update_item(
            Key={"flight_id": flight_id},
            UpdateExpression="SET at_version = :v, #c = :s",
            ConditionExpression=Attr("at_version").not_exists() | Attr("at_version").lt(version),
            ExpressionAttributeNames={"#c": "copy"},
            ExpressionAttributeValues={":v": version, ":s": state},
        )
    except ClientError as error:
        if not refused(error):
            raise


# %% appends_with_a_client
# The low-level client; a refusal is told by its reasons, which stand in the order of the puts.
import boto3
from boto3.dynamodb.types import TypeSerializer

low = boto3.client("dynamodb")


def append(flight_id, expected_version, events):
    write = TypeSerializer().serialize
    actions = []
    for number, event in enumerate(events, start=1):
        item = {**event, "flight_id": flight_id, "version": expected_version + number}
        put = {"TableName": "events", "Item": write(item)["M"]}
        actions.append({"Put": {**put, "ConditionExpression": "attribute_not_exists(flight_id)"}})
    try:
        low.transact_write_items(TransactItems=actions)
    except low.exceptions.TransactionCanceledException as error:
        codes = {reason["Code"] for reason in error.response["CancellationReasons"]}
        if "ConditionalCheckFailed" in codes:
            raise ConcurrencyError(f"{flight_id} is further than {expected_version}") from error
        raise


# %% fold_by_cases
# A fold that reads each schema in a case of its own, and changes nothing that it was given.
def fold(events, state=None):
    told = dict(state or {})
    for event in events:
        match event:
            case {"schema": 3, "data": data}:
                new = data
            case {"data": {"delay": minutes, **rest}}:
                new = {**rest, "dep_delay": minutes}
            case {"data": data}:
                new = data
        told |= new
        told["status"] = event["type"]
        told["announced"] = told.get("announced", 0) + int(event["type"] == "delayed")
    return told


# %% one_scan_for_all
# All events are read once, and put in order flight by flight.
from collections import defaultdict


def everything():
    told = defaultdict(list)
    for item in pages(events.scan, ConsistentRead=True):
        told[item["flight_id"]].append(item)
    return {flight_id: sorted(items, key=lambda it: it["version"]) for flight_id, items in told.items()}


def board_at(moment):
    board = {}
    for flight_id, items in everything().items():
        told = [item for item in items if datetime.fromisoformat(upcast(item)["at"]) <= moment]
        board |= {flight_id: fold(told)} if told else {}
    return board


# %% snapshot_by_update
# A snapshot is set by an update, under the condition that it is newer.
def snapshot(flight_id):
    version, state = load(flight_id)
    try:
        snapshots.update_item(
            Key={"flight_id": flight_id},
            UpdateExpression="SET version = :v, #s = :s",
            ConditionExpression="attribute_not_exists(version) OR version < :v",
            ExpressionAttributeNames={"#s": "state"},
            ExpressionAttributeValues={":v": version, ":s": state},
        )
    except ClientError as error:
        if not was_refused(error):
            raise


# %% loop_of_its_own
# Reports by hand what it could not project; a row that another invocation wrote meanwhile is read again.
from cdc_lab.patterns import StreamRecord


def project(event, context):
    for raw in event["Records"]:
        try:
            if raw["eventName"] == "INSERT":
                record = StreamRecord.from_event(raw)
                follow(record.keys["flight_id"], record.new_image)
        except Exception as error:
            print(repr(error))
            return {"batchItemFailures": [{"itemIdentifier": raw["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


# %% history_by_paginator
# The paginator of a table's client, which takes and gives Python's values.
def history(flight_id, after=0):
    query = dynamodb.meta.client.get_paginator("query")
    told = query.paginate(
        TableName="events",
        KeyConditionExpression=Key("flight_id").eq(flight_id) & Key("version").gt(after),
        ConsistentRead=True,
    )
    return [item for page in told for item in page["Items"]]
