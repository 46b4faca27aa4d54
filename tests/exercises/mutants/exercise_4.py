"""Wrong answers to exercise_4: their form is in `tests/exercises/loading.py`."""

# %% given
# What the wrong answers get right: each of them replaces one piece.
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import boto3

from cdc_lab.classroom.search.client import connect
from cdc_lab.patterns import SearchIndex, StreamRecord, process_batch, process_with_idempotency, write_audit
from cdc_lab.patterns.aggregates import Aggregate, update_entries

tables = boto3.resource("dynamodb")
board_table = tables.Table("board")
processed = tables.Table("processed")
audit_table = tables.Table("audit")
search = connect()
Handler = Callable[[dict[str, Any], Any], Any]
Row = dict[str, Any]


def when(status: str, value: str | None = None) -> Callable[[Row], Any]:
    return lambda item: (item[value] if value else 1) if item["status"] == status else 0


BOARD = {
    "departures": Aggregate(
        "origin",
        {
            "flights": 1,
            "departed": when("departed"),
            "cancelled": when("cancelled"),
            "dep_delay": when("departed", "dep_delay"),
        },
    ),
    "arrivals": Aggregate("origin", {"arrived": when("arrived"), "arr_delay": when("arrived", "arr_delay")}),
}


def table_of(record: StreamRecord) -> str:
    return str(record.stream_arn).split("/")[1]


def entries(record: StreamRecord) -> list[Row]:
    return update_entries(BOARD[table_of(record)].deltas(record), board_table, "origin")


def count(record: StreamRecord) -> None:
    process_with_idempotency(record, processed, entries(record))


def remember(record: StreamRecord) -> Row:
    """The entry that remembers a record, if nobody has."""
    return {
        "Put": {
            "TableName": "processed",
            "Item": {"event_id": record.event_id},
            "ConditionExpression": "attribute_not_exists(event_id)",
        }
    }


def add(updates: list[Row]) -> None:
    """Add without any memory."""
    for entry in updates:
        update = {name: value for name, value in entry["Update"].items() if name != "TableName"}
        board_table.update_item(**update)


def parts(item: Mapping[str, Any], source: str) -> dict[str, Decimal]:
    """What an item contributes."""
    return {name: Decimal(measure(item) if callable(measure) else 1) for name, measure in _measures(source)}


def _measures(source: str) -> list[tuple[str, Any]]:
    return list(BOARD[source].measures.items())


def update_of(origin: str, amounts: Mapping[str, Decimal]) -> Row:
    """The entry that adds amounts to an airport's row."""
    return {
        "Update": {
            "TableName": "board",
            "Key": {"origin": origin},
            "UpdateExpression": "ADD " + ", ".join(f"#{name} :{name}" for name in amounts),
            "ExpressionAttributeNames": {f"#{name}": name for name in amounts},
            "ExpressionAttributeValues": {f":{name}": value for name, value in amounts.items()},
        }
    }


def board_that(process: Callable[[StreamRecord], Any]) -> Handler:
    def board(event: dict[str, Any], context: Any) -> Any:
        return process_batch(event, process)

    return board


def audit_that(process: Callable[[StreamRecord], Any]) -> Handler:
    def audit(event: dict[str, Any], context: Any) -> Any:
        return process_batch(event, process)

    return audit


def log_row(record: StreamRecord, change: str) -> Row:
    """A row of the log under another key."""
    return {
        "item": record.keys["origin"],
        "change": change,
        "event_id": record.event_id,
        "after": record.new_image,
    }


def board(event: dict[str, Any], context: Any) -> Any:
    return process_batch(event, count)


def index(event: dict[str, Any], context: Any) -> Any:
    return SearchIndex(search, "departures").sync_batch(event)


def audit(event: dict[str, Any], context: Any) -> Any:
    return process_batch(event, lambda record: write_audit(record, audit_table))


# %% adds_each_time | duplicates | counted per delivery
# Adds whenever a record comes.
board = board_that(lambda record: add(entries(record)))


# %% batch_as_key | other borders | batch as key
# Remembers batches.
def board(event: dict[str, Any], context: Any) -> Any:
    records = [StreamRecord.from_event(record) for record in event["Records"]]
    key = "#".join(record.event_id for record in records)
    if "Item" not in processed.get_item(Key={"event_id": key}, ConsistentRead=True):
        for record in records:
            add(entries(record))
        processed.put_item(Item={"event_id": key})


# %% cancellations_left_out | plain | wrong count
# Counts what leaves, and forgets what does not.
from cdc_lab.patterns import Aggregate, update_entries

right_BOARD = BOARD


BOARD = {**right_BOARD, "departures": Aggregate("origin", {"flights": 1, "departed": when("departed")})}


def count(record: StreamRecord) -> None:
    deltas = BOARD[table_of(record)].deltas(record)
    process_with_idempotency(record, processed, update_entries(deltas, board_table, "origin"))


board = board_that(count)

# %% cancelled_is_done | conflicts | conflict taken for a duplicate
# Takes every cancelled transaction for a record that was counted before.
from botocore.exceptions import ClientError


def count(record: StreamRecord) -> None:
    try:
        processed.meta.client.transact_write_items(TransactItems=[remember(record), *entries(record)])
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise


board = board_that(count)


# %% catch_all | unreadable record | failure swallowed
# Logs what it cannot read, and goes on.
def board(event: dict[str, Any], context: Any) -> Any:
    for record in event["Records"]:
        try:
            count(StreamRecord.from_event(record))
        except Exception as error:
            print(repr(error))
    return {"batchItemFailures": []}


# %% changes_only | log | inserts ignored
# Logs changes of rows that were there before.
def write(record: StreamRecord) -> None:
    if record.event_name == "MODIFY":
        write_audit(record, audit_table)


audit = audit_that(write)

# %% conflict_is_done | conflicts | conflict taken for a duplicate
# Reads the reasons, and takes a conflict for another delivery of the same record that is just counted.
client: Any = processed.meta.client
DONE = {"None", "ConditionalCheckFailed", "TransactionConflict"}


def count(record: StreamRecord) -> None:
    try:
        client.transact_write_items(TransactItems=[remember(record), *entries(record)])
    except client.exceptions.TransactionCanceledException as error:
        reasons = {reason["Code"] for reason in error.response["CancellationReasons"]}
        if not reasons <= DONE:
            raise


board = board_that(count)

# %% deletes_ignored | removals | removes ignored
# Looks at what comes, not at what goes.
right_count = count


def count(record: StreamRecord) -> None:
    if record.event_name != "REMOVE":
        right_count(record)


board = board_that(count)


# %% effect_before_key | crash | effect before key
# Adds, then marks the record.
def count(record: StreamRecord) -> None:
    if "Item" in processed.get_item(Key={"event_id": record.event_id}, ConsistentRead=True):
        return
    add(entries(record))
    processed.put_item(Item={"event_id": record.event_id})


board = board_that(count)


# %% event_id_as_identifier | unreadable record | event id as identifier
# Reports the failed record by its eventID.
def board(event: dict[str, Any], context: Any) -> Any:
    for record in event["Records"]:
        try:
            count(StreamRecord.from_event(record))
        except Exception:
            return {"batchItemFailures": [{"itemIdentifier": record["eventID"]}]}
    return {"batchItemFailures": []}


# %% exception_for_the_batch | unreadable record | exception fails the batch
# Lets the error of one record fail the batch.
def board(event: dict[str, Any], context: Any) -> Any:
    for record in event["Records"]:
        count(StreamRecord.from_event(record))


# %% expiry_subtracted | removals | expiry taken for a user
# Takes every removed flight off the board.
from dataclasses import replace

from cdc_lab.patterns import update_entries

right_BOARD = BOARD


BOARD = {name: replace(it, ttl_deletes="subtract") for name, it in right_BOARD.items()}


def count(record: StreamRecord) -> None:
    deltas = BOARD[table_of(record)].deltas(record)
    process_with_idempotency(record, processed, update_entries(deltas, board_table, "origin"))


board = board_that(count)

# %% flight_and_version | plain | key without its table
# Its own key: the flight and its version, for either table.
from botocore.exceptions import ClientError


def count(record: StreamRecord) -> None:
    image = record.new_image or {**(record.old_image or {}), "version": "gone"}
    key = f"{record.keys['flight_id']}#{image['version']}"
    row = {
        "Put": {
            "TableName": "processed",
            "Item": {"event_id": key},
            "ConditionExpression": "attribute_not_exists(event_id)",
        }
    }
    try:
        processed.meta.client.transact_write_items(TransactItems=[row, *entries(record)])
    except ClientError as error:
        if "ConditionalCheckFailed" not in str(error):
            raise


board = board_that(count)

# %% gone_document_raises | index crash | nothing to remove
# Removes documents, and takes it ill when one is gone.
from cdc_lab.patterns import as_document


def index(event: dict[str, Any], context: Any) -> Any:
    for record in map(StreamRecord.from_event, event["Records"]):
        flight = record.keys["flight_id"]
        if record.new_image is None:
            search.delete(index="departures", id=flight)
        else:
            search.index(index="departures", id=flight, body=as_document(record.new_image))
    return {"batchItemFailures": []}


# %% gone_document_reported | index crash | nothing to remove
# Reports a removal that found nothing as failed.
import json

from cdc_lab.patterns import as_document


def put(record: StreamRecord) -> None:
    item = as_document(record.new_image or record.old_image or {})
    meta = {"_id": item["flight_id"], "version": item["version"]}
    meta["version_type"] = "external" if record.new_image else "external_gte"
    lines = [{"index": meta}, item] if record.new_image else [{"delete": meta}]
    (answer,) = search.bulk(index="departures", body="".join(json.dumps(it) + "\n" for it in lines))["items"]
    status = next(iter(answer.values()))["status"]
    if status >= 400 and status != 409:
        raise RuntimeError(f"the engine answered {status}")


def index(event: dict[str, Any], context: Any) -> Any:
    return process_batch(event, put)


# %% gone_flights_stay | follow | removes ignored
# Puts what is new into the index, and takes nothing out.
right_index = index


def index(event: dict[str, Any], context: Any) -> Any:
    kept = [record for record in event["Records"] if record["eventName"] != "REMOVE"]
    return right_index({"Records": kept}, context) if kept else {"batchItemFailures": []}


# %% index_skips_unreadable | unreadable flight | failure swallowed
# Indexes what it can read.
right_index = index


def is_readable(record: dict[str, Any]) -> bool:
    try:
        StreamRecord.from_event(record)
    except ValueError:
        return False
    return True


def index(event: dict[str, Any], context: Any) -> Any:
    kept = [record for record in event["Records"] if is_readable(record)]
    return right_index({"Records": kept}, context)


# %% index_without_versions | late record | no version
# Writes each document as it comes; a removal may find nothing.
from cdc_lab.patterns import as_document


def index(event: dict[str, Any], context: Any) -> Any:
    for record in map(StreamRecord.from_event, event["Records"]):
        flight = record.keys["flight_id"]
        if record.new_image is None:
            search.delete(index="departures", id=flight, ignore=404)
        else:
            search.index(index="departures", id=flight, body=as_document(record.new_image))
    return {"batchItemFailures": []}


# %% inserts_only | follow | index behind
# Indexes new flights, and leaves them as they were.
right_index = index


def index(event: dict[str, Any], context: Any) -> Any:
    kept = [record for record in event["Records"] if record["eventName"] != "MODIFY"]
    return right_index({"Records": kept}, context) if kept else {"batchItemFailures": []}


# %% item_as_event | log | rows without an event
# Names the row of the board where the event belongs.
def write(record: StreamRecord) -> None:
    row = log_row(record, record.sequence_number.zfill(40))
    audit_table.put_item(Item={**row, "event_id": f"{row['item']}#{record.created_at:%H:%M:%S}"})


audit = audit_that(write)

# %% key_before_effect | crash | mark before effect
# Marks the record, then adds.
from botocore.exceptions import ClientError


def count(record: StreamRecord) -> None:
    try:
        processed.put_item(
            Item={"event_id": record.event_id}, ConditionExpression="attribute_not_exists(event_id)"
        )
    except ClientError:
        return
    add(entries(record))


board = board_that(count)


# %% last_of_a_batch | long log | lost
# Logs where a batch left each row, not what happened on the way.
def audit(event: dict[str, Any], context: Any) -> Any:
    records = [StreamRecord.from_event(record) for record in event["Records"]]
    first = [record for record in records if record.event_name == "INSERT"]
    last = {record.keys["origin"]: record for record in records}
    for record in [*first, *last.values()]:
        write_audit(record, audit_table)


# %% log_fails_as_a_batch | unreadable row | exception fails the batch
# A log whose batch fails with one record.
def audit(event: dict[str, Any], context: Any) -> Any:
    for record in event["Records"]:
        write_audit(record, audit_table)
    return {"batchItemFailures": []}


# %% looks_up_the_departure | arrivals first | order between tables
# Counts an arrival by the departure that it looks up.
right_count = count


departures = tables.Table("departures")


def count(record: StreamRecord) -> None:
    if table_of(record) == "arrivals":
        found = departures.get_item(Key=record.keys, ConsistentRead=True).get("Item")
        if found is None or found["status"] != "departed":
            return
    right_count(record)


board = board_that(count)

# %% new_value_added | corrections | value instead of change
# Adds the delay that it sees, whatever was counted before.
right_count = count


def count(record: StreamRecord) -> None:
    source = table_of(record)
    if record.new_image is None or not record.old_image:
        return right_count(record)
    old, new = parts(record.old_image, source), parts(record.new_image, source)
    change = {name: new[name] - old[name] for name in new}
    for name in ("dep_delay", "arr_delay"):
        if name in record.changes():
            change[name] = new.get(name, Decimal(0))
    effects = [update_of(record.new_image["origin"], change)]
    process_with_idempotency(record, processed, effects)


board = board_that(count)


# %% no_event_named | log | no event id
# A log row that does not say which event it is of.
def write(record: StreamRecord) -> None:
    row = log_row(record, record.sequence_number.zfill(40))
    audit_table.put_item(Item={name: value for name, value in row.items() if name != "event_id"})


audit = audit_that(write)

# %% number_as_text | long log | sequence numbers as strings
# Sequence numbers as they are, in the order of text.
audit = audit_that(lambda record: audit_table.put_item(Item=log_row(record, record.sequence_number)))

# %% refusals_not_read | busy engine | errors within an answer
# Takes a bulk request that answers for one that was done.
flights = SearchIndex(search, "departures")


def index(event: dict[str, Any], context: Any) -> Any:
    actions = [flights.action(StreamRecord.from_event(record)) for record in event["Records"]]
    search.bulk(index="departures", body="".join(action.lines() for action in actions))
    return {"batchItemFailures": []}


# %% row_looked_up | log | another row than the record's
# Logs the row as it is when the function looks.
def write(record: StreamRecord) -> None:
    now = board_table.get_item(Key=record.keys, ConsistentRead=True).get("Item")
    row = log_row(record, record.sequence_number.zfill(40))
    audit_table.put_item(Item={**row, "after": now})


audit = audit_that(write)

# %% row_per_delivery | log again | row per delivery
# A log row with a key of its own at each delivery.
import time
import uuid


audit = audit_that(
    lambda record: audit_table.put_item(Item=log_row(record, f"{time.time():.6f}#{uuid.uuid4()}"))
)

# %% same_version_written_again | late after a delete | no version after a delete
# Writes with `external_gte`, so the version that was removed comes back.
import json

from cdc_lab.patterns import as_document


def put(record: StreamRecord) -> None:
    item = as_document(record.new_image or record.old_image or {})
    meta = {"_id": item["flight_id"], "version": item["version"], "version_type": "external_gte"}
    lines = [{"index": meta}, item] if record.new_image else [{"delete": meta}]
    (answer,) = search.bulk(index="departures", body="".join(json.dumps(it) + "\n" for it in lines))["items"]
    status = next(iter(answer.values()))["status"]
    if status >= 400 and status not in (404, 409):
        raise RuntimeError(f"the engine answered {status}")


def index(event: dict[str, Any], context: Any) -> Any:
    return process_batch(event, put)


# %% second_as_key | log | key by the second
# The second of the change as the key of its row.
audit = audit_that(lambda record: audit_table.put_item(Item=log_row(record, record.created_at.isoformat())))

# %% set_in_memory | cold start | memory of the instance
# Remembers in a set beside the handler.
seen: set[str] = set()


def count(record: StreamRecord) -> None:
    if record.event_id not in seen:
        add(entries(record))
        seen.add(record.event_id)


board = board_that(count)

# %% state_counted_again | corrections | state counted again
# Counts a flight as cancelled in each record that says so.
right_count = count


def count(record: StreamRecord) -> None:
    source = table_of(record)
    if record.event_name != "MODIFY" or record.new_image is None or record.old_image is None:
        return right_count(record)
    old, new = parts(record.old_image, source), parts(record.new_image, source)
    change = {name: new[name] - old[name] for name in new}
    if record.new_image["status"] == "cancelled":
        change["cancelled"] = Decimal(1)
    effects = [update_of(record.new_image["origin"], change)]
    process_with_idempotency(record, processed, effects)


board = board_that(count)

# %% tries_once_more | conflicts | conflict taken for a duplicate
# Sends a transaction that met another one again at once, and drops the record when that fails, too.
from contextlib import suppress


client: Any = processed.meta.client


def count(record: StreamRecord) -> None:
    for _ in range(2):
        with suppress(client.exceptions.TransactionCanceledException):
            client.transact_write_items(TransactItems=[remember(record), *entries(record)])
            return


board = board_that(count)


# %% delays_as_announced | announced | a guess counted
# Adds up the attribute, whatever the flight does.
BOARD["departures"] = Aggregate(
    "origin",
    {"flights": 1, "departed": when("departed"), "cancelled": when("cancelled"), "dep_delay": "dep_delay"},
)


# %% delayed_or_departed | announced | a guess counted
# Counts minutes as soon as a delay is announced.
BOARD["departures"] = Aggregate(
    "origin",
    {
        "flights": 1,
        "departed": when("departed"),
        "cancelled": when("cancelled"),
        "dep_delay": lambda item: item.get("dep_delay") if item["status"] in ("delayed", "departed") else 0,
    },
)


# %% cancelled_with_delay | announced | a guess counted
# Counts no announcements, and forgets that a cancelled flight still carries its own.
BOARD["departures"] = Aggregate(
    "origin",
    {
        "flights": 1,
        "departed": when("departed"),
        "cancelled": when("cancelled"),
        "dep_delay": lambda item: item.get("dep_delay") if item["status"] != "delayed" else 0,
    },
)


# %% expiry_by_attribute | removals | expiry guessed
# A flight that was to expire, and is gone, has expired.
right_count = count


def is_expiry(record):
    return record.event_name == "REMOVE" and "expires_at" in record.old_image


SUBTRACT = {name: Aggregate("origin", it.measures, ttl_deletes="subtract") for name, it in BOARD.items()}


def count(record):
    if not is_expiry(record):
        deltas = SUBTRACT[table_of(record)].deltas(record)
        process_with_idempotency(record, processed, update_entries(deltas, board_table, "origin"))


board = board_that(count)


# %% expiry_by_status | removals | expiry guessed
# A flight that had departed when it was removed has expired; one that had not was a mistake.
SUBTRACT = {name: Aggregate("origin", it.measures, ttl_deletes="subtract") for name, it in BOARD.items()}


def count(record):
    if record.event_name == "REMOVE" and record.old_image["status"] == "departed":
        return
    deltas = SUBTRACT[table_of(record)].deltas(record)
    process_with_idempotency(record, processed, update_entries(deltas, board_table, "origin"))


board = board_that(count)


# %% arrivals_by_dest | plain | wrong group
# Counts arrivals where they arrive.
BOARD["arrivals"] = Aggregate("dest", BOARD["arrivals"].measures)


# %% by_route | plain | wrong group
# A row for each route.
BOARD["departures"] = Aggregate(lambda item: f"{item['origin']}-{item['dest']}", BOARD["departures"].measures)


# %% row_read_and_put | at once | lost update
# Reads the row, adds, and puts the sum into the transaction.
def count(record):
    if "Item" in processed.get_item(Key={"event_id": record.event_id}, ConsistentRead=True):
        return
    actions = [remember(record)]
    for delta in BOARD[table_of(record)].deltas(record):
        row = board_table.get_item(Key={"origin": delta.group}, ConsistentRead=True).get(
            "Item", {"origin": delta.group}
        )
        new = {**row, **{name: row.get(name, 0) + value for name, value in delta.amounts.items()}}
        actions.append({"Put": {"TableName": "board", "Item": new}})
    processed.meta.client.transact_write_items(TransactItems=actions)


board = board_that(count)


# %% sums_set | at once | lost update
# Reads the row, and sets the sums.
def count(record):
    if "Item" in processed.get_item(Key={"event_id": record.event_id}, ConsistentRead=True):
        return
    for delta in BOARD[table_of(record)].deltas(record):
        row = board_table.get_item(Key={"origin": delta.group}, ConsistentRead=True).get("Item", {})
        names = {f"#{n}": n for n in delta.amounts}
        values = {f":{n}": row.get(n, 0) + value for n, value in delta.amounts.items()}
        board_table.update_item(
            Key={"origin": delta.group},
            UpdateExpression="SET " + ", ".join(f"#{n} = :{n}" for n in delta.amounts),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )
    processed.put_item(Item={"event_id": record.event_id})


board = board_that(count)


# %% absent_old_is_new | new view type | a change without its old image
# An old image that is not there is an empty one.
def count(record):
    new, old = record.new_image or {}, record.old_image or {}
    if record.is_ttl_delete:
        return
    source = table_of(record)
    change = parts(new, source) if new else {}
    for name, value in (parts(old, source) if old else {}).items():
        change[name] = change.get(name, 0) - value
    change = {name: value for name, value in change.items() if value}
    if change:
        process_with_idempotency(record, processed, [update_of((new or old)["origin"], change)])


board = board_that(count)


# %% without_old_left_out | new view type | a change without its old image
# Leaves out what has no old image.
right_count = count


def count(record):
    if record.view_type != "NEW_AND_OLD_IMAGES":
        return
    right_count(record)


board = board_that(count)


# %% event_id_as_key | log | a key without an order
# The record's own id, new for each change and the same at each delivery.
def write(record):
    audit_table.put_item(Item=log_row(record, record.event_id))


audit = audit_that(write)


# %% digest_as_key | log | a key without an order
# The second, and a digest of the sequence number.
import hashlib


def write(record):
    digest = hashlib.sha256(f"{record.sequence_number}".encode()).hexdigest()
    audit_table.put_item(Item=log_row(record, f"{record.created_at.isoformat()}#{digest}"))


audit = audit_that(write)


# %% row_put_with_the_mark | at once | lost update
# Keeps in the row itself which records it has seen, and puts both together.
def count(record):
    for delta in BOARD[table_of(record)].deltas(record):
        row = board_table.get_item(Key={"origin": delta.group}, ConsistentRead=True).get(
            "Item", {"origin": delta.group}
        )
        known = row.get("known", [])
        if record.event_id not in known:
            sums = {name: row.get(name, 0) + value for name, value in delta.amounts.items()}
            board_table.put_item(Item={**row, **sums, "known": [*known, record.event_id]})


board = board_that(count)


# %% refused_is_counted | board, refused | refusal taken for done
# Logs what DynamoDB refuses, and goes on.
from botocore.exceptions import ClientError


def count(record):
    try:
        process_with_idempotency(record, processed, entries(record))
    except ClientError as error:
        print("board:", error)


board = board_that(count)


# %% every_error_a_duplicate | conflicts | conflict taken for a duplicate
# A transaction that is refused was there before.
from contextlib import suppress
from botocore.exceptions import ClientError


def count(record):
    with suppress(ClientError):
        processed.meta.client.transact_write_items(TransactItems=[remember(record), *entries(record)])


board = board_that(count)


# %% seen_before_the_sum | board, refused | mark before effect
# Remembers a record beside the function, before it is counted.
seen = set()
right_count = count


def count(record):
    if record.event_id not in seen:
        seen.add(record.event_id)
        right_count(record)


board = board_that(count)


# %% engine_errors_logged | busy engine | errors within an answer
# Logs what the engine refuses, and goes on.
from cdc_lab.patterns import as_document


def put(record):
    item = record.new_image or record.old_image
    how = {"index": "departures", "id": item["flight_id"], "version": int(item["version"])}
    try:
        if record.new_image:
            search.index(**how, body=as_document(item), version_type="external")
        else:
            search.delete(**how, version_type="external_gte")
    except Exception as error:
        print("not indexed:", repr(error))


def index(event, context):
    return process_batch(event, put)


# %% bulk_errors_collected | busy engine | errors within an answer
# Lets the helper collect errors, and looks at none.
from opensearchpy.helpers import bulk
from cdc_lab.patterns import as_document


def index(event, context):
    actions = []
    for record in map(StreamRecord.from_event, event["Records"]):
        item = record.new_image or record.old_image
        action = {
            "_op_type": "index" if record.new_image else "delete",
            "_index": "departures",
            "_id": item["flight_id"],
            "version": int(item["version"]),
            "version_type": "external" if record.new_image else "external_gte",
        }
        actions.append({**action, "_source": as_document(item)} if record.new_image else action)
    bulk(search, actions, raise_on_error=False, raise_on_exception=False)
    return {"batchItemFailures": []}


# %% log_errors_logged | audit, refused | refusal taken for done
# Every error of the put says that the row is there.
from botocore.exceptions import ClientError


def write(record):
    try:
        audit_table.put_item(
            Item=log_row(record, record.sequence_number.zfill(40)),
            ConditionExpression="attribute_not_exists(change)",
        )
    except ClientError as error:
        print("there already:", error)


audit = audit_that(write)


# %% rest_of_the_batch_left | audit, refused | unprocessed items left
# A batch write, and what it gives back is not read.
def audit(event, context):
    records = [StreamRecord.from_event(record) for record in event["Records"]]
    for start in range(0, len(records), 25):
        rows = [
            {"PutRequest": {"Item": log_row(record, record.sequence_number.zfill(40))}}
            for record in records[start : start + 25]
        ]
        tables.batch_write_item(RequestItems={"audit": rows})
    return {"batchItemFailures": []}


# %% rest_logged | audit, refused | unprocessed items left
# Sends the batch by the client, and logs what comes back.
client = audit_table.meta.client


def audit(event, context):
    records = [StreamRecord.from_event(record) for record in event["Records"]]
    for start in range(0, len(records), 25):
        rows = [log_row(record, record.sequence_number.zfill(40)) for record in records[start : start + 25]]
        answer = client.batch_write_item(
            RequestItems={"audit": [{"PutRequest": {"Item": row}} for row in rows]}
        )
        print("left:", answer["UnprocessedItems"])


# %% logged_before_the_put | audit, refused | mark before effect
# Remembers a record beside the function, before it is in the log.
logged = set()


def write(record):
    if record.event_id not in logged:
        logged.add(record.event_id)
        write_audit(record, audit_table)


audit = audit_that(write)


# %% sums_by_update | duplicates | counted per delivery
# Adds with `update_item`, under no condition.
def count(record):
    for entry in entries(record):
        board_table.update_item(**{k: v for k, v in entry["Update"].items() if k != "TableName"})


board = board_that(count)


# %% marks_the_first | other borders | batch as key
# Remembers a batch by its first record.
def board(event, context):
    records = [StreamRecord.from_event(record) for record in event["Records"]]
    if "Item" in processed.get_item(Key={"event_id": records[0].event_id}, ConsistentRead=True):
        return
    for record in records:
        add(entries(record))
    processed.put_item(Item={"event_id": records[0].event_id})


# %% cancelled_departed | plain | wrong count
# Counts a cancelled flight as one that departed.
BOARD["departures"] = Aggregate(
    "origin",
    {
        "flights": 1,
        "departed": lambda item: int(item["status"] in ("departed", "cancelled")),
        "cancelled": when("cancelled"),
        "dep_delay": when("departed", "dep_delay"),
    },
)


# %% first_rows_left_out | log | inserts ignored
# A change has an old image.
def write(record):
    if record.old_image is not None:
        write_audit(record, audit_table)


audit = audit_that(write)


# %% marked_afterwards | crash | effect before key
# Looks, adds, and remembers under a condition.
from boto3.dynamodb.conditions import Attr


def count(record):
    if "Item" not in processed.get_item(Key={"event_id": record.event_id}, ConsistentRead=True):
        add(entries(record))
        processed.put_item(
            Item={"event_id": record.event_id}, ConditionExpression=Attr("event_id").not_exists()
        )


board = board_that(count)


# %% event_id_reported | unreadable record | event id as identifier
# Collects the eventIDs of what failed.
def board(event, context):
    failed = []
    for record in event["Records"]:
        try:
            count(StreamRecord.from_event(record))
        except Exception as error:
            print(repr(error))
            failed.append({"itemIdentifier": record["eventID"]})
    return {"batchItemFailures": failed}


# %% every_remove_subtracts | removals | expiry taken for a user
# A REMOVE takes the old image's part away.
def count(record):
    source, change = table_of(record), {}
    for image, sign in ((record.old_image, -1), (record.new_image, 1)):
        for name, value in parts(image, source).items() if image else ():
            change[name] = change.get(name, 0) + sign * value
    change = {name: value for name, value in change.items() if value}
    if change:
        origin = (record.new_image or record.old_image)["origin"]
        process_with_idempotency(record, processed, [update_of(origin, change)])


board = board_that(count)


# %% flight_as_key | plain | key without its table
# Remembers the flight and the kind of change.
from botocore.exceptions import ClientError


def count(record):
    version = (record.new_image or {"version": "gone"})["version"]
    mark = {
        "TableName": "processed",
        "Item": {"event_id": f"{record.event_name}#{record.keys['flight_id']}#{version}"},
        "ConditionExpression": "attribute_not_exists(event_id)",
    }
    try:
        processed.meta.client.transact_write_items(TransactItems=[{"Put": mark}, *entries(record)])
    except ClientError as error:
        if "ConditionalCheckFailed" not in str(error):
            raise


board = board_that(count)


# %% bulk_without_versions | late record | no version
# One bulk request, without versions.
import json

from cdc_lab.patterns import as_document


def index(event, context):
    lines = []
    for record in map(StreamRecord.from_event, event["Records"]):
        meta = {"_id": record.keys["flight_id"]}
        lines += [{"index": meta}, as_document(record.new_image)] if record.new_image else [{"delete": meta}]
    search.bulk(index="departures", body="".join(json.dumps(line) + "\n" for line in lines))
    return {"batchItemFailures": []}


# %% first_state_only | follow | index behind
# Creates documents, and never replaces one.
from opensearchpy import ConflictError

from cdc_lab.patterns import as_document


def put(record):
    flight = record.keys["flight_id"]
    if record.new_image is None:
        search.delete(index="departures", id=flight, ignore=404)
    else:
        try:
            search.index(index="departures", id=flight, body=as_document(record.new_image), op_type="create")
        except ConflictError:
            return


def index(event, context):
    return process_batch(event, put)


# %% flight_as_event | log | rows without an event
# Names the sequence number as the event.
def write(record):
    number = record.sequence_number.zfill(40)
    audit_table.put_item(Item={**log_row(record, number), "event_id": number})


audit = audit_that(write)


# %% every_third_left_out | long log | lost
# Logs the changes of a row, one a minute.
latest = {}


def write(record):
    name, minute = record.keys["origin"], f"{record.created_at:%H:%M}"
    if record.event_name == "INSERT" or latest.get(name) not in (None, minute):
        write_audit(record, audit_table)
    latest[name] = minute


audit = audit_that(write)


# %% waits_for_its_departure | arrivals first | order between tables
# Counts an arrival where its departure was counted.
departures = tables.Table("departures")
right_count = count


def count(record):
    if table_of(record) == "arrivals":
        there = departures.get_item(Key=record.keys, ConsistentRead=True).get("Item", {})
        if there.get("status") != "departed":
            return
    right_count(record)


board = board_that(count)


# %% delay_added_again | corrections | value instead of change
# Adds the delay of each record in which it is another one.
def count(record):
    old, new = record.old_image or {}, record.new_image
    if table_of(record) != "departures" or not new or record.is_ttl_delete:
        return process_with_idempotency(record, processed, entries(record))
    change = {} if old else {"flights": Decimal(1)}
    if new["status"] != old.get("status") and new["status"] in ("departed", "cancelled"):
        change[new["status"]] = Decimal(1)
    if new["status"] == "departed" and (new["dep_delay"] != old.get("dep_delay") or "departed" in change):
        change["dep_delay"] = new["dep_delay"]
    if change:
        process_with_idempotency(record, processed, [update_of(new["origin"], change)])
    return None


board = board_that(count)


# %% id_under_another_name | log | no event id
# Calls the event's id `id`.
def write(record):
    row = log_row(record, record.sequence_number.zfill(40))
    row["id"] = row.pop("event_id")
    audit_table.put_item(Item=row)


audit = audit_that(write)


# %% time_and_number | long log | sequence numbers as strings
# The number as it stands in the record.
def write(record):
    audit_table.put_item(Item=log_row(record, str(record.sequence)))


audit = audit_that(write)


# %% errors_flag_ignored | busy engine | errors within an answer
# Takes an answer for a success.
from opensearchpy.helpers import bulk

from cdc_lab.patterns import as_document


def index(event, context):
    actions = []
    for record in map(StreamRecord.from_event, event["Records"]):
        item = record.new_image or record.old_image
        action = {
            "_op_type": "index" if record.new_image else "delete",
            "_index": "departures",
            "_id": item["flight_id"],
            "version": int(item["version"]),
            "version_type": "external" if record.new_image else "external_gte",
        }
        actions.append({**action, "_source": as_document(item)} if record.new_image else action)
    bulk(search, actions, raise_on_error=False)
    return {"batchItemFailures": []}


# %% last_row_for_all | log | another row than the record's
# Logs the row as the batch leaves it.
def audit(event, context):
    records = [StreamRecord.from_event(record) for record in event["Records"]]
    last = {record.keys["origin"]: record.new_image for record in records}
    for record in records:
        row = log_row(record, record.sequence_number.zfill(40))
        audit_table.put_item(Item={**row, "after": last[record.keys["origin"]]})


# %% request_in_the_key | log again | row per delivery
# The request and the number.
def audit(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        key = f"{record.sequence_number.zfill(40)}#{context.aws_request_id}"
        audit_table.put_item(Item=log_row(record, key))


# %% gte_for_all | late after a delete | no version after a delete
# The same comparison for documents and removals.
from opensearchpy import ConflictError, NotFoundError

from cdc_lab.patterns import as_document


def put(record):
    item = record.new_image or record.old_image
    how = {"index": "departures", "id": item["flight_id"], "version": int(item["version"])}
    try:
        if record.new_image:
            search.index(**how, version_type="external_gte", body=as_document(item))
        else:
            search.delete(**how, version_type="external_gte")
    except (ConflictError, NotFoundError):
        return


def index(event, context):
    return process_batch(event, put)


# %% clock_of_the_record | log | key by the second
# When the change was made, as text.
def write(record):
    audit_table.put_item(Item=log_row(record, f"{record.created_at:%Y-%m-%d %H:%M:%S}"))


audit = audit_that(write)


# %% numbers_in_memory | cold start | memory of the instance
# Remembers the highest sequence number of each stream.
highest = {}


def count(record):
    if record.sequence > highest.get(record.stream_arn, 0):
        add(entries(record))
        highest[record.stream_arn] = record.sequence


board = board_that(count)


# %% cancelled_each_time | corrections | state counted again
# Counts a cancellation whenever it sees one.
right_count = count


def count(record):
    new = record.new_image
    if new and table_of(record) == "departures" and new["status"] == "cancelled":
        return process_with_idempotency(
            record, processed, [update_of(new["origin"], {"cancelled": Decimal(1)})]
        )
    return right_count(record)


board = board_that(count)


# %% padded_to_25 | long numbers | sequence numbers as strings
# Zeros up to the length that the numbers have today, and a little more.
audit = audit_that(
    lambda record: audit_table.put_item(Item=log_row(record, record.sequence_number.zfill(25)))
)


# %% number_of_30_digits | long numbers | sequence numbers as strings
# The number in a format of thirty digits.
audit = audit_that(lambda record: audit_table.put_item(Item=log_row(record, f"{record.sequence:030d}")))


# %% last_failure_noted | two unreadable records | not the lowest reported
# It goes on after a failure, and one variable holds what failed last.
def board(event, context):
    bad = None
    for raw in event["Records"]:
        try:
            count(StreamRecord.from_event(raw))
        except Exception as error:
            print(repr(error))
            bad = raw["dynamodb"]["SequenceNumber"]
    return {"batchItemFailures": [{"itemIdentifier": bad}] if bad else []}


# %% highest_document | two unreadable flights | not the lowest reported
# Unread records are left out and noted; the highest number is reported.
def index(event, context):
    good, failed = [], []
    for raw in event["Records"]:
        try:
            StreamRecord.from_event(raw)
            good.append(raw)
        except Exception as error:
            print(repr(error))
            failed.append(raw["dynamodb"]["SequenceNumber"])
    answer = SearchIndex(search, "departures").sync_batch({"Records": good})
    failed += [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
    return {"batchItemFailures": [{"itemIdentifier": max(failed, key=int)}] if failed else []}


# %% last_row_that_failed | two unreadable rows | not the lowest reported
# All rows are tried, and the end of the list of failures is reported.
def audit(event, context):
    failed = []
    for raw in event["Records"]:
        try:
            write_audit(StreamRecord.from_event(raw), audit_table)
        except Exception as error:
            print(repr(error))
            failed.append({"itemIdentifier": raw["dynamodb"]["SequenceNumber"]})
    return {"batchItemFailures": failed[-1:]}


# %% refused_call_logged | index, refused | refusal taken for done
# Reports the documents that the engine refused; a whole call that it refuses is logged.
from opensearchpy import TransportError

flights = SearchIndex(search, "departures")


def index(event, context):
    records = list(map(StreamRecord.from_event, event["Records"]))
    body = "".join(flights.action(record).lines() for record in records)
    try:
        items = search.bulk(index="departures", body=body)["items"]
    except TransportError as error:
        print("not indexed:", error)
        return {"batchItemFailures": []}
    failed = [
        record.sequence_number
        for record, item in zip(records, items, strict=True)
        if next(iter(item.values()))["status"] not in (200, 201, 404, 409)
    ]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed[:1]]}
