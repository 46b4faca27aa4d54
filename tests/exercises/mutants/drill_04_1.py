"""Wrong answers to drill_04_1: their form is in `tests/exercises/loading.py`."""

# %% given
# What the wrong handlers share: adding to a row.
import boto3

from cdc_lab.patterns import process_batch

counts = boto3.resource("dynamodb").Table("counts")


def add(status, number):
    counts.update_item(
        Key={"status": status},
        UpdateExpression="ADD flights :n",
        ExpressionAttributeValues={":n": number},
    )


def handler_that(count):
    def handler(event, context):
        return process_batch(event, count)

    return handler


# %% as_given | a new status | counts only grow
# One more for each new image.
def count(record):
    if record.new_image:
        add(record.new_image["status"], 1)


handler = handler_that(count)

# %% batch_put | scheduled | the batch for the whole
# Counts the batch, and puts that in place of the row.
from collections import Counter

from cdc_lab.patterns import StreamRecord


def handler(event, context):
    batch = Counter()
    for record in map(StreamRecord.from_event, event["Records"]):
        if record.old_image:
            batch[record.old_image["status"]] -= 1
        if record.new_image:
            batch[record.new_image["status"]] += 1
    for status, number in batch.items():
        counts.put_item(Item={"status": status, "flights": number})


# %% departed_stays | deleted | deletes ignored
# A delete of a cancelled flight is housekeeping.
def count(record):
    old, new = record.old_image, record.new_image
    if old and (new or old["status"] == "scheduled"):
        add(old["status"], -1)
    if new:
        add(new["status"], 1)


handler = handler_that(count)


# %% every_modify | a new gate | every record counts
# Takes the old status out when it differs, and counts every record.
def count(record):
    old, new = record.old_image, record.new_image
    if old and (not new or old["status"] != new["status"]):
        add(old["status"], -1)
    if new:
        add(new["status"], 1)


handler = handler_that(count)

# %% no_deletes | deleted | deletes ignored
# INSERT and MODIFY, and nothing else.
from cdc_lab.patterns import dispatch


def moved(keys, old, new):
    add(old["status"], -1)
    add(new["status"], 1)


def count(record):
    dispatch(record, on_insert=lambda keys, new: add(new["status"], 1), on_modify=moved)


handler = handler_that(count)


# %% no_expiry | expired | expiry left in
# What time to live removes is no change to it.
def count(record):
    if record.is_ttl_delete:
        return
    if record.old_image:
        add(record.old_image["status"], -1)
    if record.new_image:
        add(record.new_image["status"], 1)


handler = handler_that(count)


# %% number_of_changes | a new status | counts only grow
# Counts how often a status was set.
def count(record):
    new = record.new_image
    if new and (record.old_image is None or new["status"] != record.old_image["status"]):
        add(new["status"], 1)


handler = handler_that(count)


# %% sum_of_the_batch | scheduled | the batch for the whole
# Sets the row to the sum of this batch.
from collections import Counter

from cdc_lab.patterns import StreamRecord


def handler(event, context):
    records = [StreamRecord.from_event(record) for record in event["Records"]]
    for status, number in Counter(r.new_image["status"] for r in records if r.new_image).items():
        counts.update_item(
            Key={"status": status},
            UpdateExpression="SET flights = :n",
            ExpressionAttributeValues={":n": number},
        )


# %% new_one_each_time | a new gate | every record counts
# Takes the old status away only where it is another one.
def count(record):
    old, new = record.old_image, record.new_image
    if new:
        add(new["status"], 1)
    if old and (not new or old["status"] != new["status"]):
        add(old["status"], -1)


handler = handler_that(count)


# %% users_only | expired | expiry left in
# Takes away what people delete.
def count(record):
    old = record.old_image["status"] if record.old_image else None
    new = record.new_image["status"] if record.new_image else None
    if old == new or (record.event_name == "REMOVE" and record.user_identity):
        return
    for status, number in ((old, -1), (new, 1)):
        if status:
            add(status, number)


handler = handler_that(count)


# %% counter_beside | cold | memory of the environment
# A counter beside the handler is put into the rows.
from collections import Counter

from cdc_lab.patterns import StreamRecord

COUNTED = Counter()


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        if record.old_image:
            COUNTED[record.old_image["status"]] -= 1
        if record.new_image:
            COUNTED[record.new_image["status"]] += 1
    for status, number in COUNTED.items():
        counts.put_item(Item={"status": status, "flights": number})


# %% statuses_beside | cold | memory of the environment
# Remembers each flight's status in a dict, and leaves the old image alone.
STATUSES = {}


def count(record):
    flight = record.keys["flight_id"]
    if flight in STATUSES:
        add(STATUSES.pop(flight), -1)
    if record.new_image:
        STATUSES[flight] = record.new_image["status"]
        add(record.new_image["status"], 1)


handler = handler_that(count)
