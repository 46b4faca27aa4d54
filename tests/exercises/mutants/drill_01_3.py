"""Wrong answers to drill_01_3: their form is in `tests/exercises/loading.py`."""

# %% given
# What the wrong handlers share: one record at a time, and the row that is on the board.
import boto3

from cdc_lab.patterns import StreamRecord

board = boto3.resource("dynamodb").Table("board")


def handler_that(is_newer, **more):
    """A handler that shows a record's status where ``is_newer(record, row)`` says so."""

    def handler(event, context):
        for record in map(StreamRecord.from_event, event["Records"]):
            row = board.get_item(Key=record.keys).get("Item", {})
            if is_newer(record, row):
                own = {name: make(record) for name, make in more.items()}
                board.put_item(Item={**record.keys, "status": record.new_image["status"], **own})

    return handler


# %% by_the_status | a digit more | told by what it says
# The order that statuses have on most days.
PLACES = {status: n for n, status in enumerate(("scheduled", "delayed", "boarding", "departed", "landed"))}

handler = handler_that(
    lambda record, row: PLACES.get(record.new_image["status"], 9) >= PLACES.get(row.get("status"), 0)
)

# %% in_memory | again, cold | memory of the environment
# The newest number kept beside the handler.
newest = {}


def is_newer(record, row):
    flight = record.keys["flight_id"]
    if record.sequence <= newest.get(flight, 0):
        return False
    newest[flight] = record.sequence
    return True


handler = handler_that(is_newer)

# %% last_delivered | again | the last delivery wins
# What is delivered last wins.
handler = handler_that(lambda record, row: True)

# %% number_as_text | a digit more | sequence numbers as text
# Sequence numbers compared as text.
handler = handler_that(
    lambda record, row: record.sequence_number > row.get("sequence", ""),
    sequence=lambda record: record.sequence_number,
)

# %% one_minute_old | a day | changes left out
# Records older than a minute left out.
import time


handler = handler_that(
    lambda record, row: (
        time.time() - record.created_at.timestamp() < 60 and record.sequence > row.get("sequence", 0)
    ),
    sequence=lambda record: record.sequence,
)

# %% same_second_too | one second | a second is too coarse
# Newer is a later second, or the same.
handler = handler_that(
    lambda record, row: record.created_at.isoformat() >= row.get("when", ""),
    when=lambda record: record.created_at.isoformat(),
)

# %% second_by_second | one second | a second is too coarse
# As given: newer is a later second.
handler = handler_that(
    lambda record, row: record.created_at.isoformat() > row.get("when", ""),
    when=lambda record: record.created_at.isoformat(),
)


# %% updates_alone | a day | changes left out
# A flight that is not on the board yet is none to be changed.
from botocore.exceptions import ClientError


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        try:
            board.update_item(
                Key=record.keys,
                UpdateExpression="SET #s = :s",
                ConditionExpression="attribute_exists(flight_id)",
                ExpressionAttributeNames={"#s": "status"},
                ExpressionAttributeValues={":s": record.new_image["status"]},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise


# %% seen_in_a_set | again, cold | memory of the environment
# Event ids that were seen are kept in a set.
seen = set()


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        if record.event_id not in seen:
            board.put_item(Item={**record.keys, "status": record.new_image["status"]})
            seen.add(record.event_id)


# %% sorted_as_text | a digit more | sequence numbers as text
# A condition of DynamoDB's compares two strings.
from botocore.exceptions import ClientError


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        try:
            board.put_item(
                Item={
                    **record.keys,
                    "status": record.new_image["status"],
                    "sequence": record.sequence_number,
                },
                ConditionExpression="attribute_not_exists(flight_id) OR #s < :s",
                ExpressionAttributeNames={"#s": "sequence"},
                ExpressionAttributeValues={":s": record.sequence_number},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise


# %% batch_writer_overwrites | again | the last delivery wins
# The last record of each flight in the batch is put.
def handler(event, context):
    with board.batch_writer(overwrite_by_pkeys=["flight_id"]) as batch:
        for record in map(StreamRecord.from_event, event["Records"]):
            batch.put_item(Item={**record.keys, "status": record.new_image["status"]})


# %% longest_text_wins | a digit more | told by what it says
# A status that was shown once is not shown again.
def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        row = board.get_item(Key=record.keys).get("Item", {"shown": set()})
        status = record.new_image["status"]
        if status not in row["shown"] and len(row["shown"]) < 6:
            board.put_item(Item={**record.keys, "status": status, "shown": {*row["shown"], status}})


# %% refusal_logged | refused | refusal taken for done
# Whatever the put is refused with is logged.
from botocore.exceptions import ClientError


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        row = board.get_item(Key=record.keys).get("Item", {})
        if record.sequence > row.get("sequence", 0):
            try:
                board.put_item(
                    Item={**record.keys, "status": record.new_image["status"], "sequence": record.sequence}
                )
            except ClientError as error:
                print(error)


# %% any_refusal_is_a_conflict | refused | refusal taken for done
# Every error of the put is taken for the condition that was not met.
from botocore.exceptions import ClientError


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        try:
            board.put_item(
                Item={**record.keys, "status": record.new_image["status"], "sequence": record.sequence},
                ConditionExpression="attribute_not_exists(flight_id) OR #s < :s",
                ExpressionAttributeNames={"#s": "sequence"},
                ExpressionAttributeValues={":s": record.sequence},
            )
        except ClientError:
            pass


# %% noted_before_the_put | refused | mark before effect
# The newest number is noted beside the handler, and then the row is put.
newest = {}


def is_newer(record, row):
    if record.sequence <= max(newest.get(record.keys["flight_id"], 0), row.get("sequence", 0)):
        return False
    newest[record.keys["flight_id"]] = record.sequence
    return True


handler = handler_that(is_newer, sequence=lambda record: record.sequence)

# %% marks_first | refused | mark before effect
# The row gets its number first, and then its status.
from botocore.exceptions import ClientError


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        row = board.get_item(Key=record.keys).get("Item", {})
        if record.sequence > row.get("sequence", 0):
            board.put_item(
                Item={**record.keys, "status": row.get("status", "scheduled"), "sequence": record.sequence}
            )
            board.update_item(
                Key=record.keys,
                UpdateExpression="SET #s = :s",
                ExpressionAttributeNames={"#s": "status"},
                ExpressionAttributeValues={":s": record.new_image["status"]},
            )


# %% numbers_as_floats | an old stream | sequence numbers rounded
# Numbers compared as floats, which are kept as text.
handler = handler_that(
    lambda record, row: float(record.sequence_number) > float(row.get("number", 0)),
    number=lambda record: str(float(record.sequence_number)),
)


# %% sixteen_digits_kept | an old stream | sequence numbers rounded
# A decimal with a context of sixteen digits.
from decimal import Context

ROUNDED = Context(prec=16)

handler = handler_that(
    lambda record, row: ROUNDED.create_decimal(record.sequence_number) > row.get("number", 0),
    number=lambda record: ROUNDED.create_decimal(record.sequence_number),
)
