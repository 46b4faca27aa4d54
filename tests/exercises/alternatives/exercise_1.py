"""Right answers to exercise_1: their form is in `tests/exercises/loading.py`."""

# %% batch_writer
# Rows are collected up to the first record that cannot be read, and written in batches of 25.
import boto3

from cdc_lab.patterns import StreamRecord


def row(record):
    told = {}
    for name, change in record.changes().items():
        told[name] = {}
        if change.kind != "added":
            told[name]["old"] = change.old
        if change.kind != "removed":
            told[name]["new"] = change.new
    return {
        "flight_id": record.keys["flight_id"],
        "sequence": f"{record.created_at:%Y%m%d%H%M%S}/{record.sequence:040d}",
        "event_id": record.event_id,
        "action": record.event_name,
        "who": ("user", "ttl")[record.is_ttl_delete],
        "when": record.created_at.isoformat(),
        "changes": told,
    }


def handler(event, context):
    rows, failures = [], []
    for raw in event["Records"]:
        try:
            rows.append(row(StreamRecord.from_event(raw)))
        except (ValueError, TypeError):
            failures = [{"itemIdentifier": raw["dynamodb"]["SequenceNumber"]}]
            break
    with boto3.resource("dynamodb").Table("audit").batch_writer() as batch:
        for item in rows:
            batch.put_item(Item=item)
    return {"batchItemFailures": failures}


# %% client_of_a_table
# The client that the table has anyway: it takes Python's values, and writes many rows at once.
import boto3

from cdc_lab.patterns import StreamRecord

client = boto3.resource("dynamodb").Table("audit").meta.client


def sides(change):
    given = {"old": change.old, "new": change.new}
    return {name: value for name, value in given.items() if name != SKIPPED.get(change.kind)}


SKIPPED = {"added": "old", "removed": "new"}


def write(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.rjust(40, "0"),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    client.transact_write_items(TransactItems=[{"Put": {"TableName": "audit", "Item": row}}])


def handler(event, context):
    for raw in event["Records"]:
        try:
            write(StreamRecord.from_event(raw))
        except Exception as error:
            print(repr(error))
            return {"batchItemFailures": [{"itemIdentifier": raw["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


# %% conditional_class
# A class that holds its table; each row is put once, and a refusal counts as done.
import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import ClientError

from cdc_lab.patterns import StreamRecord
from cdc_lab.patterns.changes import diff


class AuditLog:
    def __init__(self):
        self.table = boto3.resource("dynamodb").Table("audit")
        self.names = TypeDeserializer()

    def row(self, record):
        told = {}
        for name, (old, new, kind) in diff(record.old_image or {}, record.new_image or {}).items():
            told[name] = {"added": {"new": new}, "removed": {"old": old}}.get(kind, {"old": old, "new": new})
        moment = record.created_at.strftime("%Y-%m-%dT%H:%M:%S+00:00")
        return {
            "flight_id": record.keys["flight_id"],
            "sequence": f"{len(record.sequence_number):02d}-{record.sequence_number}",
            "event_id": record.event_id,
            "action": record.event_name,
            "who": "ttl" if record.user_identity else "user",
            "when": moment,
            "changes": told,
            "view": record.view_type,
        }

    def write(self, record):
        try:
            self.table.put_item(Item=self.row(record), ConditionExpression="attribute_not_exists(event_id)")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def __call__(self, event, context):
        for raw in event["Records"]:
            try:
                self.write(StreamRecord.from_event(raw))
            except Exception:
                return {"batchItemFailures": [{"itemIdentifier": raw["dynamodb"]["SequenceNumber"]}]}
        return None


handler = AuditLog()

# %% patterns_put
# process_batch and one put per record.
import boto3

from cdc_lab.patterns import process_batch

audit = boto3.resource("dynamodb").Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def write_row(record):
    audit.put_item(
        Item={
            "flight_id": record.keys["flight_id"],
            "sequence": record.sequence_number.zfill(40),
            "event_id": record.event_id,
            "action": record.event_name,
            "who": "ttl" if record.is_ttl_delete else "user",
            "when": record.created_at.isoformat(),
            "changes": {name: sides(change) for name, change in record.changes().items()},
        }
    )


def handler(event, context):
    return process_batch(event, write_row)


# %% raw_event
# No patterns: the event as it comes, typed values written by the low-level client.
import base64
import datetime

import boto3

client = boto3.client("dynamodb")


def plain(typed):
    ((tag, value),) = typed.items()
    if tag == "B":
        return {"B": base64.b64decode(value)}
    if tag == "BS":
        return {"BS": [base64.b64decode(entry) for entry in value]}
    if tag in ("SS", "NS"):
        return {tag: sorted(value)}
    if tag == "L":
        return {"L": [plain(entry) for entry in value]}
    if tag == "M":
        return {"M": {name: plain(entry) for name, entry in value.items()}}
    return dict(typed)


def told(body):
    old, new = body.get("OldImage", {}), body.get("NewImage", {})
    changed = {}
    for name in old.keys() | new.keys():
        before = {"old": plain(old[name])} if name in old else {}
        after = {"new": plain(new[name])} if name in new else {}
        if before.get("old") != after.get("new"):
            changed[name] = {"M": before | after}
    return changed


def write(record):
    body = record["dynamodb"]
    when = datetime.datetime.fromtimestamp(body["ApproximateCreationDateTime"], datetime.UTC)
    service = record.get("userIdentity", {}).get("principalId") == "dynamodb.amazonaws.com"
    client.put_item(
        TableName="audit",
        Item={
            "flight_id": body["Keys"]["flight_id"],
            "sequence": {"S": f"{int(body['SequenceNumber']):040d}"},
            "event_id": {"S": record["eventID"]},
            "action": {"S": record["eventName"]},
            "who": {"S": "ttl" if service else "user"},
            "when": {"S": when.strftime("%Y-%m-%dT%H:%M:%SZ")},
            "changes": {"M": told(body)},
        },
    )


def handler(event, context):
    failed = None
    for record in event["Records"]:
        try:
            write(record)
        except Exception as error:
            print(error)
            failed = record["dynamodb"]["SequenceNumber"]
            break
    return {"batchItemFailures": [{"itemIdentifier": failed}] if failed else []}


# %% powertools_batch
# Powertools' batch processor goes on after a failed record, and reports each; the rows make that harmless.
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

processor = BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)


def one(record):  # Powertools hands it over by that name
    audit.put_item(Item=row(StreamRecord.from_event(record.raw_event)))


def handler(event, context):
    return process_partial_response(event=event, record_handler=one, processor=processor, context=context)


# %% update_item
# Sets the attributes of a row instead of putting it, with a client of a session of its own.
import boto3

table = boto3.Session(region_name="us-east-1").resource("dynamodb").Table("audit")


def set_row(record):
    item = row(record)
    key = {name: item.pop(name) for name in ("flight_id", "sequence")}
    table.update_item(
        Key=key,
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in item),
        ExpressionAttributeNames={f"#{name}": name for name in item},
        ExpressionAttributeValues={f":{name}": value for name, value in item.items()},
    )


handler = handler_that(set_row)


# %% client_handed_in
# A class that is handed its client, and writes each batch's rows in the order of the numbers.
class Auditor:
    def __init__(self, client):
        self.put = client.put_item

    def handle(self, event, context):
        failed = []
        for raw in sorted(event["Records"], key=lambda it: int(it["dynamodb"]["SequenceNumber"])):
            try:
                self.put(TableName="audit", Item=row(StreamRecord.from_event(raw)))
            except Exception as error:
                print(repr(error))
                failed.append({"itemIdentifier": raw["dynamodb"]["SequenceNumber"]})
                break
        return {"batchItemFailures": failed}


handler = Auditor(audit.meta.client).handle
