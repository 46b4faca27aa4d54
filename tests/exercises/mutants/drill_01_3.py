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
