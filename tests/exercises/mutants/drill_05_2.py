"""Wrong answers to drill_05_2: their form is in `tests/exercises/loading.py`."""

# %% given
# What the wrong handlers share: the risk of a flight, and writing it.
import boto3
from botocore.exceptions import ClientError

from cdc_lab.patterns import process_batch

flights = boto3.resource("dynamodb").Table("flights")


def risk_of(image):
    return "high" if image["dep_delay"] >= 60 else "low"


def write(record, expression, **values):
    try:
        flights.update_item(
            Key=record.keys,
            UpdateExpression=expression,
            ConditionExpression="attribute_exists(flight_id)",
            ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def handler_that(look):
    def handler(event, context):
        return process_batch(event, look)

    return handler


# %% a_mark | changed again | once and never again
# A mark by which it knows its own writes.
def look(record):
    if record.new_image and not record.new_image.get("checked"):
        write(record, "SET risk = :risk, checked = :yes", risk=risk_of(record.new_image), yes=True)


handler = handler_that(look)

# %% as_given | a day | its own echo
# The time of the look, beside the risk.
import time


def look(record):
    if record.new_image:
        now = str(time.time())
        write(record, "SET risk = :risk, looked_at = :now", risk=risk_of(record.new_image), now=now)


handler = handler_that(look)


# %% image_put | gone meanwhile | an update makes items
# The record's image with the risk in it, put.
def look(record):
    image = record.new_image
    if image and image.get("risk") != risk_of(image):
        flights.put_item(Item={**image, "risk": risk_of(image)})


handler = handler_that(look)


# %% inserts_only | changed again | once and never again
# New flights only: its own writes are no INSERT.
def look(record):
    if record.event_name == "INSERT":
        write(record, "SET risk = :risk", risk=risk_of(record.new_image))


handler = handler_that(look)


# %% looks_counted | a day | its own echo
# Counts its looks.
def look(record):
    if record.new_image:
        write(record, "SET risk = :risk ADD looks :one", risk=risk_of(record.new_image), one=1)


handler = handler_that(look)


# %% no_condition | gone meanwhile | an update makes items
# An update wherever a record came from.
def look(record):
    if record.new_image:
        flights.update_item(
            Key=record.keys,
            UpdateExpression="SET risk = :risk",
            ExpressionAttributeValues={":risk": risk_of(record.new_image)},
        )


handler = handler_that(look)


# %% every_error_is_gone | refused | refusal taken for done
# Every refusal says that the flight is gone.
def look(record):
    if record.new_image:
        try:
            flights.update_item(
                Key=record.keys,
                UpdateExpression="SET risk = :risk",
                ConditionExpression="attribute_exists(flight_id)",
                ExpressionAttributeValues={":risk": risk_of(record.new_image)},
            )
        except ClientError:
            return


handler = handler_that(look)


# %% errors_logged | refused | refusal taken for done
# Logs what goes wrong, and goes on.
def look(record):
    try:
        if record.new_image:
            write(record, "SET risk = :risk", risk=risk_of(record.new_image))
    except Exception as error:
        print("no risk written:", error)


handler = handler_that(look)


# %% looked_first | gone before the write | check, then act
# Looks whether the flight is there, and then updates it.
def look(record):
    item = flights.get_item(Key=record.keys, ConsistentRead=True).get("Item")
    if item and item.get("risk") != risk_of(item):
        flights.update_item(
            Key=record.keys,
            UpdateExpression="SET risk = :risk",
            ExpressionAttributeValues={":risk": risk_of(item)},
        )


handler = handler_that(look)


# %% item_read_and_put | gone before the write | check, then act
# Reads the item, and puts it with the risk in it.
from boto3.dynamodb.conditions import Key


def look(record):
    for item in flights.query(KeyConditionExpression=Key("flight_id").eq(record.keys["flight_id"]))["Items"]:
        flights.put_item(Item={**item, "risk": risk_of(item)})


handler = handler_that(look)
