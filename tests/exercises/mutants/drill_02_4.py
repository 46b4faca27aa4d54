"""Wrong answers to drill_02_4: their form is in `tests/exercises/loading.py`."""

# %% as_given | expiry | nobody is named
# As given: spelled as GetRecords does, and asked of every record.
import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")


TTL = "dynamodb.amazonaws.com"


def handler(event, context):
    for record in event["Records"]:
        by_ttl = record["userIdentity"]["PrincipalId"] == TTL
        if record["eventName"] == "REMOVE" and by_ttl:
            archive.put_item(Item=deserialize(record["dynamodb"]["OldImage"]))


# %% asked_of_every_delete | both | nobody is named
# Well spelled, and asked of every delete.
import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")


TTL = "dynamodb.amazonaws.com"


def handler(event, context):
    for record in event["Records"]:
        if record["eventName"] == "REMOVE" and record["userIdentity"]["principalId"] == TTL:
            archive.put_item(Item=deserialize(record["dynamodb"]["OldImage"]))


# %% by_the_attribute | deleted when due | due is not gone
# Whatever was due.
import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")


def handler(event, context):
    for record in event["Records"]:
        change = record["dynamodb"]
        if record["eventName"] == "REMOVE":
            due = int(change["OldImage"].get("expires_at", {}).get("N", "0"))
            if 0 < due <= change["ApproximateCreationDateTime"]:
                archive.put_item(Item=deserialize(change["OldImage"]))


# %% bytes_as_text | expiry | binary as text
# Binary as the text that the event holds.
import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")


def plain(value):
    return value["B"] if "B" in value else deserialize({"it": value})["it"]


def handler(event, context):
    for record in event["Records"]:
        if "userIdentity" in record:
            old = record["dynamodb"]["OldImage"]
            archive.put_item(Item={name: plain(value) for name, value in old.items()})


# %% capitals | expiry | capitals of another call
# Asked with care, in capitals.
import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")


def handler(event, context):
    for record in event["Records"]:
        identity = record.get("userIdentity") or {}
        if identity.get("Type") == "Service" and identity.get("PrincipalId") == "dynamodb.amazonaws.com":
            archive.put_item(Item=deserialize(record["dynamodb"]["OldImage"]))


# %% every_remove | both | any delete taken for an expiry
# Every REMOVE.
import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")


def handler(event, context):
    for record in event["Records"]:
        if record["eventName"] == "REMOVE":
            archive.put_item(Item=deserialize(record["dynamodb"]["OldImage"]))


# %% floats_and_back | expiry | numbers rounded
# Numbers by way of float.
from decimal import Decimal

import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")


def plain(value):
    return Decimal(str(float(value["N"]))) if "N" in value else deserialize({"it": value})["it"]


def handler(event, context):
    for record in event["Records"]:
        if "userIdentity" in record:
            old = record["dynamodb"]["OldImage"]
            archive.put_item(Item={name: plain(value) for name, value in old.items()})


# %% new_image | expiry | both images assumed
# The new image of what is gone.
import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")


def handler(event, context):
    for record in event["Records"]:
        if "userIdentity" in record:
            archive.put_item(Item=deserialize(record["dynamodb"]["NewImage"]))


# %% tags_left | expiry | type tags left
# The image as it comes.
import boto3

archive = boto3.resource("dynamodb").Table("archive")


def handler(event, context):
    for record in event["Records"]:
        if "userIdentity" in record:
            keys = {"flight_id": record["dynamodb"]["Keys"]["flight_id"]["S"]}
            archive.put_item(Item={**record["dynamodb"]["OldImage"], **keys})


# %% every_delete_of_what_could_expire | both | any delete taken for an expiry
# Every removed flight that has an `expires_at`.
import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")


def handler(event, context):
    for record in event["Records"]:
        old = record["dynamodb"].get("OldImage", {})
        if "NewImage" not in record["dynamodb"] and "expires_at" in old:
            archive.put_item(Item=deserialize(old))


# %% capitals_with_care | expiry | capitals of another call
# Asked by a helper, in capitals.
import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")


def is_expiry(record):
    return (record.get("userIdentity") or {}).get("PrincipalId", "") == "dynamodb.amazonaws.com"


def handler(event, context):
    for record in filter(is_expiry, event["Records"]):
        archive.put_item(Item=deserialize(record["dynamodb"]["OldImage"]))


# %% due_by_the_clock | deleted when due | due is not gone
# Whatever is due by the clock of the function.
import time

import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")


def handler(event, context):
    for record in event["Records"]:
        item = deserialize(record["dynamodb"].get("OldImage", {}))
        if record["eventName"] == "REMOVE" and item.get("expires_at", time.time() + 1) <= time.time():
            archive.put_item(Item=item)


# %% tags_of_what_is_not_text | expiry | type tags left
# Texts are taken out of their tags, the rest is not.
import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")


def handler(event, context):
    for record in event["Records"]:
        if "userIdentity" in record:
            old = record["dynamodb"]["OldImage"]
            archive.put_item(Item={name: value.get("S", value) for name, value in old.items()})


# %% refusal_passed_over | refused | refusal taken for done
# The put's error is passed over.
import contextlib

from botocore.exceptions import ClientError

import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")


def handler(event, context):
    for record in event["Records"]:
        if "userIdentity" in record:
            with contextlib.suppress(ClientError):
                archive.put_item(Item=deserialize(record["dynamodb"]["OldImage"]))


# %% already_there | refused | refusal taken for done
# Whatever the conditional put is refused with is taken for a second delivery.
from botocore.exceptions import ClientError

import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")


def handler(event, context):
    for record in event["Records"]:
        if "userIdentity" in record:
            item = deserialize(record["dynamodb"]["OldImage"])
            try:
                archive.put_item(Item=item, ConditionExpression="attribute_not_exists(flight_id)")
            except ClientError as error:
                print("there already", error)


# %% leaves_at_a_delete | both | the batch left early
# A delete that names nobody ends the work.
import boto3

from cdc_lab.patterns import deserialize

archive = boto3.resource("dynamodb").Table("archive")


def handler(event, context):
    for record in event["Records"]:
        if record["eventName"] == "REMOVE":
            if "userIdentity" not in record:
                return
            archive.put_item(Item=deserialize(record["dynamodb"]["OldImage"]))


# %% stops_at_the_first_other_record | both | the batch left early
# Goes through the expiries until something else comes.
import boto3

from cdc_lab.patterns import StreamRecord

archive = boto3.resource("dynamodb").Table("archive")


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        if not record.is_ttl_delete:
            break
        archive.put_item(Item=record.old_image)
