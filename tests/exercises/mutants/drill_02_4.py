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
