"""Wrong answers to drill_02_3: their form is in `tests/exercises/loading.py`."""

# %% given
# What the wrong handlers share: the table, and how an alert is written.
import boto3

alerts = boto3.resource("dynamodb").Table("alerts")


def alert(record, minutes):
    alerts.put_item(Item={"event_id": record.event_id, "minutes": minutes})


def delay(image):
    return (image or {}).get("dep_delay") or 0


# %% as_given | a day | both images assumed
# As given: both images and the attribute taken for granted.
def handler(event, context):
    for record in event["Records"]:
        old = record["dynamodb"]["OldImage"]["dep_delay"]["N"]
        new = record["dynamodb"]["NewImage"]["dep_delay"]["N"]
        if int(new) - int(old) > 60:
            alerts.put_item(Item={"event_id": record["eventID"], "minutes": int(new) - int(old)})


# %% as_text | a day | jumps missed
# Numbers compared as text.
from decimal import Decimal


def number(record, image):
    return record["dynamodb"].get(image, {}).get("dep_delay", {}).get("N", "0")


def handler(event, context):
    for record in event["Records"]:
        old, new = number(record, "OldImage"), number(record, "NewImage")
        if record["eventName"] == "MODIFY" and new > old and Decimal(new) - Decimal(old) > 60:
            alerts.put_item(Item={"event_id": record["eventID"], "minutes": Decimal(new) - Decimal(old)})


# %% at_least_an_hour | early | growth, not lateness
# An hour exactly taken for more than an hour.
from cdc_lab.patterns import process_batch


def one(record):
    old, new = delay(record.old_image), delay(record.new_image)
    if record.event_name == "MODIFY" and new - old >= 60:
        alert(record, new - old)


def handler(event, context):
    return process_batch(event, one)


# %% attribute_assumed | the first delay | absent is not nothing
# The attribute taken for granted.
from cdc_lab.patterns import process_batch


def one(record):
    if record.event_name == "MODIFY":
        jump = record.new_image["dep_delay"] - record.old_image["dep_delay"]
        if jump > 60:
            alert(record, jump)


def handler(event, context):
    return process_batch(event, one)


# %% early_is_on_time | early | growth, not lateness
# A delay below zero taken for none.
from cdc_lab.patterns import process_batch


def one(record):
    old, new = delay(record.old_image), delay(record.new_image)
    if record.event_name == "MODIFY" and max(new, 0) - max(old, 0) > 60:
        alert(record, new - old)


def handler(event, context):
    return process_batch(event, one)


# %% either_way | a day | shrunk is not grown
# A change of more than an hour, up or down.
from cdc_lab.patterns import process_batch


def one(record):
    old, new = delay(record.old_image), delay(record.new_image)
    if record.event_name == "MODIFY" and abs(new - old) > 60:
        alert(record, abs(new - old))


def handler(event, context):
    return process_batch(event, one)


# %% floats | a day | numbers rounded
# Delays as float.
from cdc_lab.patterns import process_batch


def one(record):
    if record.event_name == "MODIFY":
        jump = float(delay(record.new_image)) - float(delay(record.old_image))
        if jump > 60:
            alert(record, jump)


def handler(event, context):
    return process_batch(event, one)


# %% insert_as_jump | an insert | an insert is no change
# An insert taken for a jump from 0.
from cdc_lab.patterns import process_batch


def one(record):
    jump = delay(record.new_image) - delay(record.old_image)
    if jump > 60:
        alert(record, jump)


def handler(event, context):
    return process_batch(event, one)


# %% large_now | a day | the value taken for the change
# A delay that is large, instead of one that grew.
from cdc_lab.patterns import process_batch


def one(record):
    if record.event_name == "MODIFY" and delay(record.new_image) > 60:
        alert(record, delay(record.new_image))


def handler(event, context):
    return process_batch(event, one)


# %% late_as_well | early | growth, not lateness
# A growth that counts only where the delay is large, too.
from cdc_lab.patterns import process_batch


def one(record):
    old, new = delay(record.old_image), delay(record.new_image)
    if record.event_name == "MODIFY" and new - old > 60 and new > 60:
        alert(record, new - old)


def handler(event, context):
    return process_batch(event, one)


# %% new_delay_reported | a day | other minutes
# The new delay, instead of the jump.
from cdc_lab.patterns import process_batch


def one(record):
    if record.event_name == "MODIFY" and delay(record.new_image) - delay(record.old_image) > 60:
        alert(record, delay(record.new_image))


def handler(event, context):
    return process_batch(event, one)


# %% null_forgotten | not known | absent is not nothing
# NULL forgotten, absent not.
from cdc_lab.patterns import process_batch


def one(record):
    if record.event_name == "MODIFY":
        jump = record.new_image.get("dep_delay", 0) - record.old_image.get("dep_delay", 0)
        if jump > 60:
            alert(record, jump)


def handler(event, context):
    return process_batch(event, one)


# %% remove_forgotten | deleted | both images assumed
# The new image of what is gone.
from decimal import Decimal


def number(image):
    return Decimal(image.get("dep_delay", {}).get("N", "0"))


def handler(event, context):
    for record in event["Records"]:
        change = record["dynamodb"]
        new = number(change["NewImage"])
        if "OldImage" in change and new - number(change["OldImage"]) > 60:
            alerts.put_item(Item={"event_id": record["eventID"], "minutes": new - number(change["OldImage"])})


# %% skips_the_first | the first delay | absent is not nothing
# A first delay is no jump.
from cdc_lab.patterns import process_batch


def one(record):
    if record.event_name == "MODIFY" and "dep_delay" in record.old_image:
        jump = delay(record.new_image) - delay(record.old_image)
        if jump > 60:
            alert(record, jump)


def handler(event, context):
    return process_batch(event, one)


# %% whole_minutes | half minutes | numbers rounded
# Whole minutes only.
from cdc_lab.patterns import process_batch


def one(record):
    if record.event_name == "MODIFY":
        jump = int(delay(record.new_image)) - int(delay(record.old_image))
        if jump > 60:
            alert(record, jump)


def handler(event, context):
    return process_batch(event, one)


# %% insert_without_old_image | an insert | an insert is no change
# What an insert lacks is taken for a delay of zero.
def handler(event, context):
    for raw in event["Records"]:
        if raw["eventName"] != "REMOVE":
            from cdc_lab.patterns import StreamRecord

            record = StreamRecord.from_event(raw)
            jump = delay(record.new_image) - delay(record.old_image)
            if jump > 60:
                alert(record, jump)


# %% twice_as_much | a day | jumps missed
# A jump is a delay that has doubled.
from cdc_lab.patterns import process_batch


def one(record):
    old, new = delay(record.old_image), delay(record.new_image)
    if record.event_name == "MODIFY" and new > 2 * old > 0 and new - old > 60:
        alert(record, new - old)


def handler(event, context):
    return process_batch(event, one)


# %% minutes_over_the_hour | a day | other minutes
# Only the minutes beyond the hour are told.
from cdc_lab.patterns import process_batch


def one(record):
    jump = delay(record.new_image) - delay(record.old_image)
    if record.event_name == "MODIFY" and jump > 60:
        alert(record, jump - 60)


def handler(event, context):
    return process_batch(event, one)


# %% squared | a day | shrunk is not grown
# The sign is lost.
from cdc_lab.patterns import process_batch


def one(record):
    jump = delay(record.new_image) - delay(record.old_image)
    if record.event_name == "MODIFY" and jump * jump > 3600:
        alert(record, jump)


def handler(event, context):
    return process_batch(event, one)


# %% any_change_while_late | a day | the value taken for the change
# Every change of a flight that is more than an hour late.
from cdc_lab.patterns import process_batch


def one(record):
    old, new = delay(record.old_image), delay(record.new_image)
    if record.event_name == "MODIFY" and new > 60:
        alert(record, new - old)


def handler(event, context):
    return process_batch(event, one)


# %% refusal_passed_over | refused | refusal taken for done
# The put's error is passed over.
import contextlib

from botocore.exceptions import ClientError
from cdc_lab.patterns import process_batch


def one(record):
    jump = delay(record.new_image) - delay(record.old_image)
    if record.event_name == "MODIFY" and jump > 60:
        with contextlib.suppress(ClientError):
            alert(record, jump)


def handler(event, context):
    return process_batch(event, one)


# %% throttling_logged | refused | refusal taken for done
# Throttling is logged, so that somebody can look.
from botocore.exceptions import ClientError
from cdc_lab.patterns import process_batch


def one(record):
    jump = delay(record.new_image) - delay(record.old_image)
    if record.event_name == "MODIFY" and jump > 60:
        try:
            alert(record, jump)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ThrottlingException":
                raise
            print(repr(error))


def handler(event, context):
    return process_batch(event, one)


# %% key_of_the_flight | a day | under another key
# One alert for each flight.
from cdc_lab.patterns import StreamRecord


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        minutes = delay(record.new_image) - delay(record.old_image)
        if record.event_name == "MODIFY" and minutes > 60:
            alerts.put_item(Item={"event_id": record.keys["flight_id"], "minutes": minutes})


# %% key_of_the_number | a day | under another key
# The sequence number for the event's id.
from cdc_lab.patterns import StreamRecord


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        minutes = delay(record.new_image) - delay(record.old_image)
        if record.event_name == "MODIFY" and minutes > 60:
            alerts.put_item(Item={"event_id": record.sequence_number, "minutes": minutes})


# %% leaves_at_an_insert | a day | jumps missed
# Returns where it means to go on.
from cdc_lab.patterns import StreamRecord


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        if record.event_name != "MODIFY":
            return
        minutes = delay(record.new_image) - delay(record.old_image)
        if minutes > 60:
            alert(record, minutes)


# %% limit_as_float | tenths | numbers rounded
# Compares floats, and writes decimals.
from cdc_lab.patterns import StreamRecord


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        old, new = delay(record.old_image), delay(record.new_image)
        if record.event_name == "MODIFY" and float(new) - float(old) > 60:
            alert(record, new - old)


# %% minutes_from_a_float | tenths | numbers rounded
# The difference of two floats, made a decimal again.
from decimal import Decimal

from cdc_lab.patterns import StreamRecord


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        old, new = delay(record.old_image), delay(record.new_image)
        if record.event_name == "MODIFY" and new - old > 60:
            alert(record, Decimal(str(float(new - old))))
