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


# %% expiry_of_what_had_a_time | removals | user taken for expiry
# A delete of an item with expires_at taken for an expiry, whoever deleted it.
def write(record):
    is_expiry = record.event_name == "REMOVE" and "expires_at" in record.old_image
    audit.put_item(Item=row(record) | {"who": "ttl" if is_expiry else "user"})


handler = handler_that(write)


# %% expiry_of_what_was_due | removals | user taken for expiry
# A delete after the time in expires_at taken for an expiry.
def write(record):
    due = (record.old_image or {}).get("expires_at", 10**12)
    is_expiry = record.event_name == "REMOVE" and due <= record.created_at.timestamp()
    audit.put_item(Item=row(record) | {"who": "ttl" if is_expiry else "user"})


handler = handler_that(write)


# %% another_principal | removals | expiry taken for a user
# The principal looked for is not the one that the record names.
def write(record):
    identity = record.user_identity
    is_expiry = identity is not None and identity.principal_id == "ttl.dynamodb.amazonaws.com"
    audit.put_item(Item=row(record) | {"who": "ttl" if is_expiry else "user"})


handler = handler_that(write)


# %% padded_to_25 | long numbers | padded too short
# Filled up to a length that the numbers of a young stream do not reach.
def write(record):
    audit.put_item(Item=row(record) | {"sequence": record.sequence_number.zfill(25)})


handler = handler_that(write)


# %% number_of_30_digits | long numbers | padded too short
# The number written with 30 digits, as a format does it.
def write(record):
    audit.put_item(Item=row(record) | {"sequence": f"{record.sequence:030d}"})


handler = handler_that(write)


# %% rows_counted | oldest last | order of arrival
# A new row's number is the count of the rows that are there; one that is there is not written again.
from boto3.dynamodb.conditions import Key


def write(record):
    flight = Key("flight_id").eq(record.keys["flight_id"])
    rows = audit.query(KeyConditionExpression=flight, ConsistentRead=True)["Items"]
    if record.event_id not in [there["event_id"] for there in rows]:
        audit.put_item(Item=row(record) | {"sequence": f"{len(rows) + 1:08d}"})


handler = handler_that(write)


# %% after_the_last | oldest last | order of arrival
# A row's key goes on from that of the last row.
from boto3.dynamodb.conditions import Attr, Key


def write(record):
    flight = Key("flight_id").eq(record.keys["flight_id"])
    same = audit.query(KeyConditionExpression=flight, FilterExpression=Attr("event_id").eq(record.event_id))
    if same["Items"]:
        return
    last = audit.query(KeyConditionExpression=flight, ScanIndexForward=False, Limit=1)["Items"]
    place = int(last[0]["sequence"]) + 1 if last else 1
    audit.put_item(Item=row(record) | {"sequence": str(place).zfill(12)})


handler = handler_that(write)


# %% content_in_the_log | there and back | content as identity
# A row with the same content takes the record for one that came before.
from boto3.dynamodb.conditions import Key


def write(record):
    flight = Key("flight_id").eq(record.keys["flight_id"])
    rows = audit.query(KeyConditionExpression=flight, ConsistentRead=True)["Items"]
    made = row(record)
    if not any((it["action"], it["changes"]) == (made["action"], made["changes"]) for it in rows):
        audit.put_item(Item=made)


handler = handler_that(write)


# %% digest_remembered | there and back | content as identity
# A digest of the images says whether a record came before.
import hashlib

digests = set()


def write(record):
    images = [sorted(map(repr, (image or {}).items())) for image in (record.old_image, record.new_image)]
    digest = hashlib.sha256(repr((record.keys, images)).encode()).hexdigest()
    if digest not in digests:
        audit.put_item(Item=row(record))
        digests.add(digest)


handler = handler_that(write)


# %% token_of_the_request | again | memory too short
# ClientRequestToken keeps a second row away, for ten minutes.
import uuid


def write(record):
    item = row(record)
    item["sequence"] += f"#{uuid.uuid4()}"
    audit.meta.client.transact_write_items(
        TransactItems=[{"Put": {"TableName": "audit", "Item": item}}],
        ClientRequestToken=record.event_id[:36],
    )


handler = handler_that(write)


# %% remembered_for_ten_minutes | again | memory too short
# A row says when it was written, and counts as a memory for ten minutes.
import time
import uuid
from decimal import Decimal

from boto3.dynamodb.conditions import Attr, Key


def write(record):
    recent = Attr("event_id").eq(record.event_id) & Attr("written").gt(Decimal(int(time.time()) - 600))
    flight = Key("flight_id").eq(record.keys["flight_id"])
    found = audit.query(KeyConditionExpression=flight, FilterExpression=recent, ConsistentRead=True)
    if not found["Items"]:
        item = row(record) | {"written": int(time.time())}
        audit.put_item(Item=item | {"sequence": f"{item['sequence']}#{uuid.uuid4()}"})


handler = handler_that(write)


# %% client_error_passed | refused calls | refusal taken for done
# Every error of the put is passed over.
from botocore.exceptions import ClientError


def write(record):
    try:
        audit.put_item(Item=row(record))
    except ClientError:
        pass


handler = handler_that(write)


# %% put_errors_logged | refused calls | refusal taken for done
# What the put raises is logged, and the next record comes.
def handler(event, context):
    for given in event["Records"]:
        try:
            made = row(StreamRecord.from_event(given))
        except Exception:
            return {"batchItemFailures": [{"itemIdentifier": given["dynamodb"]["SequenceNumber"]}]}
        try:
            audit.put_item(Item=made)
        except Exception as error:
            print("could not write", repr(error))
    return {"batchItemFailures": []}


# %% any_error_is_a_conflict | refused calls | refusal taken for done
# A put that is refused is taken for a row that is there, whatever the code.
from botocore.exceptions import ClientError


def write(record):
    try:
        audit.put_item(Item=row(record), ConditionExpression="attribute_not_exists(flight_id)")
    except ClientError as error:
        print("there already:", error)


handler = handler_that(write)


# %% unprocessed_ignored | refused calls | unprocessed items left
# What a batch leaves is not looked at.
def handler(event, context):
    made = []

    def read(record):
        made.append({"PutRequest": {"Item": row(record)}})

    answer = process_batch(event, read)
    for start in range(0, len(made), 25):
        audit.meta.client.batch_write_item(RequestItems={"audit": made[start : start + 25]})
    return answer


# %% remembered_before_the_put | refused calls | mark before effect
# A set in memory has the record before its row is written.
known = set()


def write(record):
    if record.event_id not in known:
        known.add(record.event_id)
        audit.put_item(Item=row(record))


handler = handler_that(write)


# %% table_for_the_new_image | plain day | later state
# The new side is what the table has when the function runs.
flights = boto3.resource("dynamodb").Table("flights")


def write(record):
    old = record.old_image or {}
    new = flights.get_item(Key=record.keys, ConsistentRead=True).get("Item", {})
    names = [name for name in {**old, **new} if old.get(name) != new.get(name) and name != "flight_id"]
    found = {
        name: {side: image[name] for side, image in (("old", old), ("new", new)) if name in image}
        for name in names
    }
    audit.put_item(Item=row(record) | {"changes": found})


handler = handler_that(write)


# %% table_for_the_new_values | plain day | later state
# What changed is told by the images, what it changed to by the table.
flights = boto3.resource("dynamodb").Table("flights")


def write(record):
    item = flights.get_item(Key=record.keys).get("Item", {})
    found = changes(record)
    for name, both in found.items():
        if "new" in both and name in item:
            both["new"] = item[name]
    audit.put_item(Item=row(record) | {"changes": found})


handler = handler_that(write)


# %% batch_remembered | other borders | batch as key
# A memory of the batches that were done, each as a whole.
import uuid

batches = set()


def handler(event, context):
    batch = tuple(record["eventID"] for record in event["Records"])
    if batch in batches:
        return {"batchItemFailures": []}

    def write(record):
        item = row(record)
        audit.put_item(Item=item | {"sequence": f"{item['sequence']}#{uuid.uuid4()}"})

    answer = process_batch(event, write)
    if not answer["batchItemFailures"]:
        batches.add(batch)
    return answer


# %% now_as_when | plain day | processing time
# The moment of the change is the function's.
from datetime import UTC, datetime


def write(record):
    audit.put_item(Item=row(record) | {"when": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")})


handler = handler_that(write)


# %% when_formatted_without_zone | plain day | time without a zone
# A format that leaves the zone out.
def write(record):
    audit.put_item(Item=row(record) | {"when": f"{record.created_at:%Y-%m-%dT%H:%M:%S}"})


handler = handler_that(write)


# %% when_for_people | plain day | time without form
# A date as people write it.
def write(record):
    audit.put_item(Item=row(record) | {"when": f"{record.created_at:%d.%m.%Y %H:%M:%S} UTC"})


handler = handler_that(write)


# %% epoch_as_key | one second | key by the second
# The event's time as key, as a number of seconds.
def write(record):
    audit.put_item(Item=row(record) | {"sequence": f"{int(record.created_at.timestamp()):012d}"})


handler = handler_that(write)


# %% action_as_key | plain day | rows overwritten
# The kind of event as key.
def write(record):
    audit.put_item(Item=row(record) | {"sequence": record.event_name})


handler = handler_that(write)


# %% event_id_behind_the_kind | long history | order by event id
# The eventID is what tells the changes of a kind apart, and sorts them.
def write(record):
    kind = {"INSERT": 1, "MODIFY": 2, "REMOVE": 3}[record.event_name]
    audit.put_item(Item=row(record) | {"sequence": f"{kind}-{record.event_id}"})


handler = handler_that(write)


# %% number_behind_a_word | long history | sequence numbers as strings
# The number as it is, behind a word.
def write(record):
    audit.put_item(Item=row(record) | {"sequence": f"change-{record.sequence_number}"})


handler = handler_that(write)


# %% sets_as_text | values | sets as lists
# Sets written as text.
def as_text(value):
    return ", ".join(sorted(map(str, value))) if isinstance(value, set) else value


def write(record):
    found = {n: {side: as_text(value) for side, value in both.items()} for n, both in changes(record).items()}
    audit.put_item(Item=row(record) | {"changes": found})


handler = handler_that(write)


# %% all_attributes | plain day | whole image
# Old and new of every attribute, changed or not.
def write(record):
    old, new = record.old_image or {}, record.new_image or {}
    found = {
        name: {side: image[name] for side, image in (("old", old), ("new", new)) if name in image}
        for name in {**old, **new}
    }
    audit.put_item(Item=row(record) | {"changes": found})


handler = handler_that(write)


# %% id_under_another_name | plain day | no event id
# The eventID is there, as AWS spells it.
def write(record):
    made = row(record)
    made["eventID"] = made.pop("event_id")
    audit.put_item(Item=made)


handler = handler_that(write)


# %% id_of_its_own | plain day | rows without an event
# The event_id is made of flight and number.
def write(record):
    audit.put_item(Item=row(record) | {"event_id": f"{record.keys['flight_id']}-{record.sequence_number}"})


handler = handler_that(write)


# %% unprocessed_sent_once | refused calls | unprocessed items left
# What a batch leaves is sent once more, and then taken for done.
def handler(event, context):
    made = []
    answer = process_batch(event, lambda record: made.append({"PutRequest": {"Item": row(record)}}))
    client = audit.meta.client
    for start in range(0, len(made), 25):
        left = client.batch_write_item(RequestItems={"audit": made[start : start + 25]})["UnprocessedItems"]
        if left:
            client.batch_write_item(RequestItems=left)
    return answer


# %% returns_in_the_loop | plain day | first record only
# The answer is given after the first record.
def handler(event, context):
    for raw in event["Records"]:
        audit.put_item(Item=row(StreamRecord.from_event(raw)))
        return {"batchItemFailures": []}


# %% longest_delays | plain day | lost
# Only changes that tell of a delay.
def write(record):
    if "dep_delay" in record.changes():
        audit.put_item(Item=row(record))


handler = handler_that(write)


# %% last_number_in_memory | cold start | memory of the instance
# The highest number of each flight is kept in a dict; rows are numbered as they come.
import time

newest = {}


def write(record):
    flight = record.keys["flight_id"]
    last, count = newest.get(flight, (0, 0))
    if record.sequence > last:
        audit.put_item(
            Item=row(record)
            | {"sequence": f"{count:09d}#{record.created_at:%H%M%S}#{id(newest)}#{time.time():.3f}"}
        )
        newest[flight] = (record.sequence, count + 1)


handler = handler_that(write)


# %% two_event_names | removals | removes ignored
# The two event names that bring a new image, and no third.
right = handler_that(lambda record: audit.put_item(Item=row(record)))


def handler(event, context):
    known = [raw for raw in event["Records"] if raw["eventName"] in ("INSERT", "MODIFY")]
    return right({"Records": known}, context) if known else {"batchItemFailures": []}


# %% tags_from_the_raw_images | plain day | type tags left
# Old and new values as the event has them.
def handler(event, context):
    for raw in event["Records"]:
        old, new = (raw["dynamodb"].get(name, {}) for name in ("OldImage", "NewImage"))
        changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
        told = {
            name: {side: image[name] for side, image in (("old", old), ("new", new)) if name in image}
            for name in changed
        }
        audit.put_item(Item=row(StreamRecord.from_event(raw)) | {"changes": told})


# %% winter_time | nights | wrong time
# New York's clock, with the offset that it has in winter.
from zoneinfo import ZoneInfo


def write(record):
    local = record.created_at.astimezone(ZoneInfo("America/New_York"))
    audit.put_item(Item=row(record) | {"when": local.strftime("%Y-%m-%dT%H:%M:%S-05:00")})


handler = handler_that(write)


# %% summer_time_by_the_date | nights | wrong time
# The offset of summer from the day on which daylight saving begins, not from the hour.
from datetime import date, timedelta, timezone


def write(record):
    offset = -4 if record.created_at.date() >= date(2013, 3, 10) else -5
    local = record.created_at.astimezone(timezone(timedelta(hours=-5))).replace(
        tzinfo=timezone(timedelta(hours=offset))
    )
    audit.put_item(Item=row(record) | {"when": local.isoformat()})


handler = handler_that(write)


# %% date_of_the_delivery | nights | wrong time
# The time of day is the change's, the date is that of the delivery.
from datetime import UTC, datetime


def write(record):
    today = datetime.now(UTC).date()
    audit.put_item(Item=row(record) | {"when": f"{today}T{record.created_at:%H:%M:%S}+00:00"})


handler = handler_that(write)


# %% last_failure_noted | two unreadable records | not the lowest reported
# It goes on after a failure, and one variable holds what failed last.
def handler(event, context):
    bad = None
    for record in event["Records"]:
        try:
            audit.put_item(Item=row(StreamRecord.from_event(record)))
        except Exception as error:
            print(repr(error))
            bad = record["dynamodb"]["SequenceNumber"]
    return {"batchItemFailures": [{"itemIdentifier": bad}] if bad else []}


# %% highest_failure | two unreadable records | not the lowest reported
# All failures are kept, and the highest number is taken for the checkpoint.
def handler(event, context):
    failed = []
    for raw in event["Records"]:
        try:
            audit.put_item(Item=row(StreamRecord.from_event(raw)))
        except Exception as error:
            print(repr(error))
            failed.append(int(raw["dynamodb"]["SequenceNumber"]))
    return {"batchItemFailures": [{"itemIdentifier": str(max(failed))}] if failed else []}


# %% compared_in_python | values | equal in Python alone
# Old and new compared as Python compares them.
def told(record):
    pairs = {name: (change.old, change.new) for name, change in record.changes().items()}
    return {
        name: sides(record.changes()[name])
        for name, (old, new) in pairs.items()
        if record.changes()[name].kind != "changed" or old != new
    }


def write(record):
    audit.put_item(Item=row(record) | {"changes": told(record)})


handler = handler_that(write)


# %% compared_inside_in_python | values | equal in Python alone
# The type is compared, but only the outermost: what a list or a map holds is compared as Python does.
def told(record):
    old, new = record.old_image or {}, record.new_image or {}
    changed = {}
    for name in old.keys() | new.keys():
        pair = {side: image[name] for side, image in (("old", old), ("new", new)) if name in image}
        if len(pair) < 2 or type(pair["old"]) is not type(pair["new"]) or pair["old"] != pair["new"]:
            changed[name] = pair
    return changed


def write(record):
    audit.put_item(Item=row(record) | {"changes": told(record)})


handler = handler_that(write)


# %% names_of_the_new_image | plain day | names of one image
# The loop goes over the new image: what was removed is not in it.
def told(record):
    old, new = record.old_image or {}, record.new_image or {}
    return {
        name: {"old": old[name], "new": value} if name in old else {"new": value}
        for name, value in new.items()
        if name not in old or old[name] != value
    }


def write(record):
    told_of = told(record) if record.new_image else changes(record)
    audit.put_item(Item=row(record) | {"changes": told_of})


handler = handler_that(write)


# %% names_in_both | plain day | names of one image
# Only attributes that both images have are compared.
def write(record):
    both = {name: sides(change) for name, change in record.changes().items() if change.kind == "changed"}
    audit.put_item(Item=row(record) | {"changes": both})


handler = handler_that(write)
