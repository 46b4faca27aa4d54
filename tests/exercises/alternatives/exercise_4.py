"""Right answers to exercise_4: their form is in `tests/exercises/loading.py`."""

# %% latest_of_each_flight
# Keeps what each flight has contributed, with its sequence number; adds the difference to what it keeps.
from typing import Any

import boto3
from botocore.exceptions import ClientError
from opensearchpy.helpers import bulk

from cdc_lab.classroom.search.client import connect
from cdc_lab.patterns import StreamRecord, as_document, process_batch

db = boto3.client("dynamodb")
tables = boto3.resource("dynamodb")
audit_table = tables.Table("audit")
search = connect()
COLUMNS = ("flights", "departed", "cancelled", "dep_delay", "arrived", "arr_delay")


def contribution(item: dict[str, Any], is_arrival: bool) -> dict[str, int]:
    status = item["status"]
    if is_arrival:
        return {"arrived": 1, "arr_delay": int(item["arr_delay"])} if status == "arrived" else {}
    late = {"departed": 1, "dep_delay": int(item["dep_delay"])} if status == "departed" else {}
    return {"flights": 1, "cancelled": int(status == "cancelled"), **late}


def count(record: StreamRecord) -> None:
    is_arrival = "/arrivals/" in str(record.stream_arn)
    key = {"event_id": {"S": f"{'arrival' if is_arrival else 'departure'}#{record.keys['flight_id']}"}}
    known = db.get_item(TableName="processed", Key=key, ConsistentRead=True).get("Item", {})
    # A stream that was made anew numbers its records anew, and its label is a later time.
    number = f"{str(record.stream_arn).rpartition('/')[2]}#{record.sequence_number.zfill(40)}"
    if known.get("number", {"S": ""})["S"] >= number:
        return
    image: dict[str, Any] = record.new_image or record.old_image or {}
    before = {name: int(known.get(name, {"N": "0"})["N"]) for name in COLUMNS}
    if record.is_ttl_delete:
        after = before
    else:
        kept = contribution(image, is_arrival) if record.new_image else {}
        after = {name: kept.get(name, 0) for name in COLUMNS}
    memory: dict[str, Any] = {**key, "number": {"S": number}}
    memory |= {name: {"N": str(value)} for name, value in after.items()}
    if record.is_ttl_delete:  # what comes under this key later is another flight
        memory = {**key, "number": {"S": number}}
    transaction: list[Any] = [
        {
            "Put": {
                "TableName": "processed",
                "Item": memory,
                "ConditionExpression": "attribute_not_exists(#n) OR #n < :n",
                "ExpressionAttributeNames": {"#n": "number"},
                "ExpressionAttributeValues": {":n": {"S": number}},
            }
        },
        {
            "Update": {
                "TableName": "board",
                "Key": {"origin": {"S": image["origin"]}},
                "UpdateExpression": "ADD " + ", ".join(f"{name} :{name}" for name in COLUMNS),
                "ExpressionAttributeValues": {
                    f":{name}": {"N": str(after[name] - before[name])} for name in COLUMNS
                },
            }
        },
    ]
    db.transact_write_items(TransactItems=transaction)


def board(event: dict[str, Any], context: Any) -> Any:
    return process_batch(event, count)


def index(event: dict[str, Any], context: Any) -> Any:
    actions: list[dict[str, Any]] = []
    unreadable: list[str] = []
    for raw in event["Records"]:
        try:
            record = StreamRecord.from_event(raw)
        except ValueError:  # those before it are written, then it is reported
            unreadable.append(raw["dynamodb"]["SequenceNumber"])
            break
        item = record.new_image or record.old_image or {}
        removed = record.new_image is None
        action = {
            "_op_type": "delete" if removed else "index",
            "_index": "departures",
            "_id": record.keys["flight_id"],
            "version": int(item["version"]),
            "version_type": "external_gte" if removed else "external",
        }
        actions.append(action if removed else {**action, "_source": as_document(item)})
    _, errors = bulk(search, actions, raise_on_error=False, stats_only=False)
    refused = {
        next(iter(error.values()))["_id"]
        for error in errors
        if next(iter(error.values()))["status"] not in (404, 409)
    }
    for raw in event["Records"]:
        if raw["dynamodb"]["Keys"]["flight_id"]["S"] in refused:
            return {"batchItemFailures": [{"itemIdentifier": raw["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": [{"itemIdentifier": number} for number in unreadable]}


def log(record: StreamRecord) -> None:
    row = {
        "item": record.keys["origin"],
        "change": f"{record.sequence:040d}",
        "event_id": record.event_id,
        "after": record.new_image,
    }
    try:
        audit_table.put_item(Item=row, ConditionExpression="attribute_not_exists(change)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def audit(event: dict[str, Any], context: Any) -> Any:
    return process_batch(event, log)


# %% raw_events
# No patterns: the events as Lambda hands them over, and the low-level client.
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
    if not old and record["eventName"] != "INSERT":
        raise ValueError("what it was is not told: the stream has no old images")
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


# %% memory_first_in_a_transaction
# The memory and what a record adds in one transaction, whose first reason tells what was refused.
from botocore.exceptions import ClientError


def count(record):
    try:
        processed.meta.client.transact_write_items(TransactItems=[remember(record), *entries(record)])
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", [{}])
        if reasons[0].get("Code") != "ConditionalCheckFailed":
            raise


# %% new_minus_old_by_hand
# What an item contributes now, minus what it did, airport by airport; zeros are left out.
def count(record):
    source, amounts = table_of(record), {}
    if record.old_image is None and record.event_name != "INSERT":
        raise ValueError("no old image: what it contributed before cannot be told")
    is_expiry = record.is_ttl_delete
    for image, sign in ((record.new_image, 1), (None if is_expiry else record.old_image, -1)):
        for name, value in parts(image, source).items() if image else ():
            own = amounts.setdefault(image["origin"], {})
            own[name] = own.get(name, 0) + sign * value
    changed = {origin: {n: v for n, v in own.items() if v} for origin, own in amounts.items()}
    effects = [update_of(origin, own) for origin, own in changed.items() if own]
    process_with_idempotency(record, processed, effects)


# %% index_by_lines
# The bulk request by hand: a line, a document; of the answer each status.
from cdc_lab.patterns import as_document


def index(event, context):
    lines, numbers, failed = [], [], []
    for raw in event["Records"]:
        try:
            record = StreamRecord.from_event(raw)
            item = record.new_image or record.old_image
            meta = {"_id": record.keys["flight_id"], "version": int(item["version"])}
            if record.new_image:
                more = [{"index": {**meta, "version_type": "external"}}, as_document(item)]
            else:
                more = [{"delete": {**meta, "version_type": "external_gte"}}]
        except Exception as error:
            print(repr(error))
            failed = [raw["dynamodb"]["SequenceNumber"]]
            break
        lines += more
        numbers.append(raw["dynamodb"]["SequenceNumber"])
    answer = search.bulk(index="departures", body=lines) if lines else {"items": []}
    for number, item in zip(numbers, answer["items"], strict=True):
        (told,) = item.values()
        if "error" in told and told["status"] not in (404, 409):
            failed = [*failed, number]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in sorted(failed, key=int)[:1]]}


# %% log_by_put
# Rows under the padded number; a second delivery puts the same row again.
audit = audit_that(
    lambda record: audit_table.put_item(Item=log_row(record, record.sequence_number.zfill(40)))
)


# %% log_by_batch_writer
# Rows that can be read are written in batches; the first that cannot is reported.
def audit(event, context):
    failed = []
    with audit_table.batch_writer() as batch:
        for raw in event["Records"]:
            try:
                record = StreamRecord.from_event(raw)
            except Exception as error:
                print(repr(error))
                failed = [{"itemIdentifier": raw["dynamodb"]["SequenceNumber"]}]
                break
            batch.put_item(Item=log_row(record, f"{record.sequence:040d}"))
    return {"batchItemFailures": failed}


# %% loop_of_its_own
# A loop by hand that stops at the first record that fails, in a class that is handed its tables.
class Board:
    def __init__(self, memory):
        self.memory = memory

    def __call__(self, event, context):
        for raw in event["Records"]:
            try:
                record = StreamRecord.from_event(raw)
                process_with_idempotency(record, self.memory, entries(record))
            except Exception as error:
                print(repr(error))
                return {"batchItemFailures": [{"itemIdentifier": raw["dynamodb"]["SequenceNumber"]}]}
        return {"batchItemFailures": []}


board = Board(processed)
