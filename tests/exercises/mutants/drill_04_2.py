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
