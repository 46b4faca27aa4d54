"""Wrong answers to exercise_1: their form is in `tests/exercises/loading.py`."""

# %% given
# What the wrong solutions get right: each of them replaces one piece.
from collections.abc import Callable
from typing import Any

import boto3

from cdc_lab.patterns import Change, StreamRecord, process_batch

audit = boto3.resource("dynamodb").Table("audit")
Handler = Callable[[dict[str, Any], Any], Any]


def sides(change: Change) -> dict[str, Any]:
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def changes(record: StreamRecord) -> dict[str, Any]:
    return {name: sides(change) for name, change in record.changes().items()}


def row(record: StreamRecord) -> dict[str, Any]:
    return {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": changes(record),
    }


def handler_that(write: Callable[[StreamRecord], Any]) -> Handler:
    def handler(event: dict[str, Any], context: Any) -> Any:
        return process_batch(event, write)

    return handler


# %% absent_as_null | plain day | absent taken for null
# An absent side written as NULL.
def write(record):
    audit.put_item(
        Item=row(record) | {"changes": {n: {"old": c.old, "new": c.new} for n, c in record.changes().items()}}
    )


handler = handler_that(write)


# %% all_reported | unreadable last record | wrong identifier
# Every record of the batch reported as failed.
def handler(event, context):
    numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
    try:
        for record in event["Records"]:
            audit.put_item(Item=row(StreamRecord.from_event(record)))
    except Exception:
        return {"batchItemFailures": [{"itemIdentifier": number} for number in numbers]}
    return {"batchItemFailures": []}


# %% batch_as_key | other borders | batch as key
# The batch's first number and the place in it as key.
def handler(event, context):
    first = event["Records"][0]["dynamodb"]["SequenceNumber"].zfill(40)
    places = iter(range(len(event["Records"])))
    return process_batch(
        event, lambda record: audit.put_item(Item=row(record) | {"sequence": f"{first}#{next(places):05d}"})
    )


# %% binary_as_text | values | binary as text
# Binary values left as base64.
from base64 import b64encode

from boto3.dynamodb.types import Binary


def converted(value):
    return b64encode(bytes(value)).decode() if isinstance(value, Binary) else value


def told(record):
    return {
        name: {side: converted(value) for side, value in sides(change).items()}
        for name, change in record.changes().items()
    }


def write(record):
    audit.put_item(Item=row(record) | {"changes": told(record)})


handler = handler_that(write)


# %% catch_all | unreadable record | failure swallowed
# A catch-all that logs and goes on.
def handler(event, context):
    for record in event["Records"]:
        try:
            audit.put_item(Item=row(StreamRecord.from_event(record)))
        except Exception as error:
            print("skipped", error)


# %% clock_as_key | duplicates | row per delivery
# The clock as sort key: a retry writes a second row.
import time


def write(record):
    audit.put_item(Item=row(record) | {"sequence": f"{time.time():.6f}"})


handler = handler_that(write)

# %% clock_as_when | plain day | processing time
# Processing time as the time of the change.
from datetime import UTC, datetime


def write(record):
    audit.put_item(Item=row(record) | {"when": datetime.now(UTC).isoformat()})


handler = handler_that(write)

# %% counter_as_key | duplicates | row per delivery
# The number of rows so far as sort key.
from boto3.dynamodb.conditions import Key


def write(record):
    flight = record.keys["flight_id"]
    rows = audit.query(KeyConditionExpression=Key("flight_id").eq(flight), ConsistentRead=True)["Count"]
    audit.put_item(Item=row(record) | {"sequence": f"{rows + 1:010d}"})


handler = handler_that(write)


# %% empty_is_absent | values | empty taken for absent
# Values that are false in Python left out.
def told(record):
    pairs = {name: (("old", c.old), ("new", c.new)) for name, c in record.changes().items()}
    return {name: {side: value for side, value in pair if value} for name, pair in pairs.items()}


def write(record):
    audit.put_item(Item=row(record) | {"changes": told(record)})


handler = handler_that(write)


# %% event_id_as_identifier | unreadable last record | event id as identifier
# The eventID as itemIdentifier.
def handler(event, context):
    for record in event["Records"]:
        try:
            audit.put_item(Item=row(StreamRecord.from_event(record)))
        except Exception:
            return {"batchItemFailures": [{"itemIdentifier": record["eventID"]}]}
    return {"batchItemFailures": []}


# %% event_id_as_key | long history | order by event id
# The eventID as sort key: unique, and in no order.
def write(record):
    audit.put_item(Item=row(record) | {"sequence": record.event_id})


handler = handler_that(write)


# %% exception_for_the_batch | unreadable last record | exception fails the batch
# No answer to Lambda but an exception.
def handler(event, context):
    for record in event["Records"]:
        audit.put_item(Item=row(StreamRecord.from_event(record)))


# %% expiry_as_user | removals | expiry taken for a user
# Time to live taken for a user.
def write(record):
    audit.put_item(Item=row(record) | {"who": "user"})


handler = handler_that(write)


# %% expiry_by_attribute | removals | user taken for expiry
# An expires_at taken for an expiry, whoever deleted.
def write(record):
    audit.put_item(
        Item=row(record)
        | {"who": "ttl" if "expires_at" in (record.old_image or record.new_image) else "user"}
    )


handler = handler_that(write)


# %% first_record_only | plain day | first record only
# One record to an event.
def handler(event, context):
    audit.put_item(Item=row(StreamRecord.from_event(event["Records"][0])))


# %% latest_only | plain day | rows overwritten
# One row to a flight.
def write(record):
    audit.put_item(Item=row(record) | {"sequence": "latest"})


handler = handler_that(write)


# %% made_up_rows | plain day | rows without an event
# Constants instead of what came.
def handler(event, context):
    for number in range(8):
        audit.put_item(Item={"flight_id": "UA1545", "sequence": f"{number}", "event_id": f"{number:032x}"})


# %% mark_before_effect | crash | mark before effect
# The row is put as a mark, and filled in a second call.
from botocore.exceptions import ClientError


def write(record):
    whole = row(record)
    try:
        audit.put_item(
            Item={name: whole[name] for name in ("flight_id", "sequence")},
            ConditionExpression="attribute_not_exists(flight_id)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return  # seen before
        raise
    audit.put_item(Item=whole)


handler = handler_that(write)

# %% memory_of_the_instance | cold start | memory of the instance
# A set of the events seen, in memory.
import uuid


seen = set()


def write(record):
    if record.event_id not in seen:
        audit.put_item(Item=row(record) | {"sequence": f"{record.sequence_number.zfill(40)}#{uuid.uuid4()}"})
        seen.add(record.event_id)


handler = handler_that(write)


# %% new_image_assumed | removals | both images assumed
# NewImage read from each record.
def handler(event, context):
    for record in event["Records"]:
        record["dynamodb"]["NewImage"]  # for the log line
        audit.put_item(Item=row(StreamRecord.from_event(record)))
    return {"batchItemFailures": []}


# %% new_image_only | plain day | absent taken for null
# The new values without the old ones.
def write(record):
    audit.put_item(Item=row(record) | {"changes": {n: {"new": c.new} for n, c in record.changes().items()}})


handler = handler_that(write)


# %% no_event_id | plain day | no event id
# Rows that do not name their event.
def write(record):
    audit.put_item(Item={name: value for name, value in row(record).items() if name != "event_id"})


handler = handler_that(write)


# %% none_is_absent | values | empty taken for absent
# None taken for absent: NULL is a value.
def told(record):
    pairs = {name: (("old", c.old), ("new", c.new)) for name, c in record.changes().items()}
    return {name: {side: value for side, value in pair if value is not None} for name, pair in pairs.items()}


def write(record):
    audit.put_item(Item=row(record) | {"changes": told(record)})


handler = handler_that(write)

# %% numbers_as_float | plain day | numbers rounded
# Numbers through float, which boto3 refuses.
from decimal import Decimal


def converted(value):
    return float(value) if isinstance(value, Decimal) else value


def told(record):
    return {
        name: {side: converted(value) for side, value in sides(change).items()}
        for name, change in record.changes().items()
    }


def write(record):
    audit.put_item(Item=row(record) | {"changes": told(record)})


handler = handler_that(write)

# %% numbers_as_int | values | numbers rounded
# Numbers through int.
from decimal import Decimal


def converted(value):
    return int(value) if isinstance(value, Decimal) else value


def told(record):
    return {
        name: {side: converted(value) for side, value in sides(change).items()}
        for name, change in record.changes().items()
    }


def write(record):
    audit.put_item(Item=row(record) | {"changes": told(record)})


handler = handler_that(write)

# %% numbers_as_text | plain day | numbers rounded
# Numbers as text.
from decimal import Decimal


def converted(value):
    return str(value) if isinstance(value, Decimal) else value


def told(record):
    return {
        name: {side: converted(value) for side, value in sides(change).items()}
        for name, change in record.changes().items()
    }


def write(record):
    audit.put_item(Item=row(record) | {"changes": told(record)})


handler = handler_that(write)

# %% old_by_the_clock | late | old by the clock
# Records older than an hour dropped.
import time


def write(record):
    if time.time() - record.created_at.timestamp() < 3600:
        audit.put_item(Item=row(record))


handler = handler_that(write)

# %% older_than_a_minute | late | old by the clock
# Records older than a minute dropped.
import time


def write(record):
    if time.time() - record.created_at.timestamp() < 60:
        audit.put_item(Item=row(record))


handler = handler_that(write)


# %% one_batch_write | large batch | batch limits
# One BatchWriteItem for the batch.
def handler(event, context):
    puts = [{"PutRequest": {"Item": row(StreamRecord.from_event(record))}} for record in event["Records"]]
    audit.meta.client.batch_write_item(RequestItems={audit.name: puts})


# %% one_transaction | large batch | batch limits
# One transaction for the batch.
def handler(event, context):
    rows = [row(StreamRecord.from_event(record)) for record in event["Records"]]
    puts = [{"Put": {"TableName": audit.name, "Item": item}} for item in rows]
    audit.meta.client.transact_write_items(TransactItems=puts)


# %% only_status | plain day | lost
# MODIFY taken for a change of the status.
def write(record):
    if record.event_name != "MODIFY" or "status" in record.changes():
        audit.put_item(Item=row(record))


handler = handler_that(write)


# %% previous_reported | unreadable last record | wrong identifier
# The number noted inside the try, after what may fail: the record before is reported.
def handler(event, context):
    number = ""
    for record in event["Records"]:
        try:
            audit.put_item(Item=row(StreamRecord.from_event(record)))
            number = record["dynamodb"]["SequenceNumber"]
        except Exception:
            return {"batchItemFailures": [{"itemIdentifier": number}]}
    return {"batchItemFailures": []}


# %% random_suffix | duplicates | row per delivery
# A random id in the key.
import uuid


def write(record):
    audit.put_item(Item=row(record) | {"sequence": f"{record.sequence_number.zfill(40)}#{uuid.uuid4()}"})


handler = handler_that(write)


# %% remove_as_expiry | removals | user taken for expiry
# Each REMOVE taken for an expiry.
def write(record):
    audit.put_item(Item=row(record) | {"who": "ttl" if record.event_name == "REMOVE" else "user"})


handler = handler_that(write)


# %% removes_ignored | removals | removes ignored
# Only INSERT and MODIFY are logged.
def write(record):
    if record.event_name in ("INSERT", "MODIFY"):
        audit.put_item(Item=row(record))


handler = handler_that(write)


# %% second_as_key | one second | key by the second
# The event's second as sort key.
def write(record):
    audit.put_item(Item=row(record) | {"sequence": record.created_at.isoformat()})


handler = handler_that(write)


# %% sequence_as_string | long history | sequence numbers as strings
# Sequence numbers compared as strings.
def write(record):
    audit.put_item(Item=row(record) | {"sequence": record.sequence_number})


handler = handler_that(write)


# %% sets_as_lists | values | sets as lists
# Sets as sorted lists.
def converted(value):
    return sorted(value) if isinstance(value, set) else value


def told(record):
    return {
        name: {side: converted(value) for side, value in sides(change).items()}
        for name, change in record.changes().items()
    }


def write(record):
    audit.put_item(Item=row(record) | {"changes": told(record)})


handler = handler_that(write)


# %% status_code | unreadable record | failure swallowed
# An error answered with a status code, which is a success.
def handler(event, context):
    try:
        for record in event["Records"]:
            audit.put_item(Item=row(StreamRecord.from_event(record)))
    except Exception as error:
        return {"statusCode": 500, "body": str(error)}
    return {"statusCode": 200}


# %% type_deserializer | values | binary as text
# boto3's TypeDeserializer on an event's images: it refuses base64 text.
from boto3.dynamodb.types import TypeDeserializer


deserializer = TypeDeserializer()


def handler(event, context):
    for record in event["Records"]:
        images = {name: record["dynamodb"].get(name, {}) for name in ("OldImage", "NewImage")}
        for image in images.values():
            {name: deserializer.deserialize(value) for name, value in image.items()}
        audit.put_item(Item=row(StreamRecord.from_event(record)))


# %% type_tags_left | plain day | type tags left
# Values copied from the images with their type tags.
def told(body):
    old, new = body.get("OldImage", {}), body.get("NewImage", {})
    return {
        name: {side: image[name] for side, image in (("old", old), ("new", new)) if name in image}
        for name in {*old, *new}
        if old.get(name) != new.get(name)
    }


def handler(event, context):
    for record in event["Records"]:
        audit.put_item(Item=row(StreamRecord.from_event(record)) | {"changes": told(record["dynamodb"])})


# %% when_as_number | plain day | time without form
# Epoch seconds, as the event carries them.
def write(record):
    audit.put_item(Item=row(record) | {"when": int(record.created_at.timestamp())})


handler = handler_that(write)


# %% when_without_zone | plain day | time without a zone
# A time without its zone.
def write(record):
    audit.put_item(Item=row(record) | {"when": record.created_at.replace(tzinfo=None).isoformat()})


handler = handler_that(write)


# %% whole_image | plain day | whole image
# The whole item instead of what changed.
def both(record):
    old, new = record.old_image or {}, record.new_image or {}
    return {
        name: {side: image[name] for side, image in (("old", old), ("new", new)) if name in image}
        for name in {*old, *new}
    }


def write(record):
    audit.put_item(Item=row(record) | {"changes": both(record)})


handler = handler_that(write)
