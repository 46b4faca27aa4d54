"""Wrong answers to drill_04_2: their form is in `tests/exercises/loading.py`."""

# %% given
# What the wrong handlers share: the tables, and a count that adds.
import boto3

from cdc_lab.patterns import process_batch

dynamodb = boto3.resource("dynamodb")
counts, processed = dynamodb.Table("counts"), dynamodb.Table("processed")


def add(record):
    counts.update_item(
        Key={"origin": record.new_image["origin"]},
        UpdateExpression="ADD flights :one",
        ExpressionAttributeValues={":one": 1},
    )


def is_marked(name):
    return "Item" in processed.get_item(Key={"event_id": name})


def mark(name):
    processed.put_item(Item={"event_id": name})


def handler_that(count):
    def handler(event, context):
        return process_batch(event, count)

    return handler


# %% as_given | crash | mark before the effect
# The mark before the count.
def count(record):
    if not is_marked(record.event_id):
        mark(record.event_id)
        add(record)


handler = handler_that(count)

# %% batch_marked | other borders | batch as identity
# Remembers the batch by its first and last record.
from cdc_lab.patterns import StreamRecord


def handler(event, context):
    records = [StreamRecord.from_event(record) for record in event["Records"]]
    name = f"{records[0].event_id}-{records[-1].event_id}"
    if is_marked(name):
        return
    for record in records:
        add(record)
    mark(name)


# %% mark_afterwards | crash | effect before the mark
# The count before the mark.
def count(record):
    if not is_marked(record.event_id):
        add(record)
        mark(record.event_id)


handler = handler_that(count)

# %% no_memory | duplicates | nothing remembered
# Adds, each time.
handler = handler_that(add)

# %% request_id | duplicates | nothing remembered
# Remembers the request, which each attempt has anew.
from cdc_lab.patterns import StreamRecord


def handler(event, context):
    for place, record in enumerate(map(StreamRecord.from_event, event["Records"])):
        name = f"{context.aws_request_id}-{place}"
        if not is_marked(name):
            add(record)
            mark(name)


# %% set_beside | again, cold | memory of the environment
# A set beside the handler.
seen = set()


def count(record):
    if record.event_id not in seen:
        add(record)
        seen.add(record.event_id)


handler = handler_that(count)


# %% batch_counted_at_once | other borders | batch as identity
# One transaction for the batch, and the batch's first record as its mark.
from cdc_lab.patterns import StreamRecord


def handler(event, context):
    records = [StreamRecord.from_event(record) for record in event["Records"]]
    if is_marked(records[0].event_id):
        return
    for record in records:
        add(record)
    mark(records[0].event_id)


# %% last_sequence_numbers | again, cold | memory of the environment
# Remembers the highest sequence number that it has seen.
highest = {"seen": 0}


def count(record):
    if record.sequence > highest["seen"]:
        add(record)
        highest["seen"] = record.sequence


handler = handler_that(count)


# %% marks_of_a_batch_last | crash | effect before the mark
# Counts the batch, then marks its records together.
from cdc_lab.patterns import StreamRecord


def handler(event, context):
    records = [StreamRecord.from_event(record) for record in event["Records"]]
    new = [record for record in records if not is_marked(record.event_id)]
    for record in new:
        add(record)
    with processed.batch_writer() as batch:
        for record in new:
            batch.put_item(Item={"event_id": record.event_id})


# %% condition_on_the_mark | crash | mark before the effect
# Marks under a condition: then nobody else counts it.
from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError


def count(record):
    try:
        processed.put_item(
            Item={"event_id": record.event_id}, ConditionExpression=Attr("event_id").not_exists()
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return
        raise
    add(record)


handler = handler_that(count)


# %% every_refusal_counted | refused | refusal taken for done
# Every cancelled transaction was counted before.
from botocore.exceptions import ClientError

from cdc_lab.patterns import update_entries
from cdc_lab.patterns.aggregates import Aggregate

by_origin = Aggregate("origin", {"flights": 1})


def count(record):
    once = {"TableName": "processed", "Item": {"event_id": record.event_id}}
    actions = [{"Put": {**once, "ConditionExpression": "attribute_not_exists(event_id)"}}]
    actions += update_entries(by_origin.deltas(record), counts, key="origin")
    try:
        processed.meta.client.transact_write_items(TransactItems=actions)
    except ClientError as error:
        print("counted before:", error)


handler = handler_that(count)


# %% refusals_logged | refused | refusal taken for done
# Logs what goes wrong, and goes on.
from cdc_lab.patterns import process_with_idempotency, update_entries
from cdc_lab.patterns.aggregates import Aggregate

by_origin = Aggregate("origin", {"flights": 1})


def count(record):
    try:
        process_with_idempotency(
            record, processed, update_entries(by_origin.deltas(record), counts, "origin")
        )
    except Exception as error:
        print(repr(error))


handler = handler_that(count)


# %% last_number_in_the_row | four shards | one number for many flights
# The row keeps the largest sequence number that it has counted.
def count(record):
    try:
        counts.update_item(
            Key={"origin": record.new_image["origin"]},
            UpdateExpression="ADD flights :one SET #last = :number",
            ConditionExpression="attribute_not_exists(#last) OR #last < :number",
            ExpressionAttributeNames={"#last": "last"},
            ExpressionAttributeValues={":one": 1, ":number": record.sequence},
        )
    except dynamodb.meta.client.exceptions.ConditionalCheckFailedException:
        print("counted before:", record)


handler = handler_that(count)


# %% last_number_beside | four shards | one number for many flights
# One row of `processed` holds the number up to which all is done.
def count(record):
    number = record.sequence_number.zfill(40)
    done_up_to = {
        "TableName": "processed",
        "Item": {"event_id": "last", "number": number},
        "ConditionExpression": "attribute_not_exists(event_id) OR #number < :number",
        "ExpressionAttributeNames": {"#number": "number"},
        "ExpressionAttributeValues": {":number": number},
    }
    one_more = {
        "TableName": "counts",
        "Key": {"origin": record.new_image["origin"]},
        "UpdateExpression": "ADD flights :one",
        "ExpressionAttributeValues": {":one": 1},
    }
    client = dynamodb.meta.client
    try:
        client.transact_write_items(TransactItems=[{"Put": done_up_to}, {"Update": one_more}])
    except client.exceptions.TransactionCanceledException as error:
        if error.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
            raise


handler = handler_that(count)
