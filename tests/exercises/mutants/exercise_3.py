"""Wrong answers to exercise_3: their form is in `tests/exercises/loading.py`."""

# %% given
# What the wrong solutions get right: each of them replaces one piece.
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from cdc_lab.patterns import ConcurrencyError, process_batch

dynamodb = boto3.resource("dynamodb")
events, board, snapshots = (dynamodb.Table(name) for name in ("events", "board", "snapshots"))


def upcast(event: dict[str, Any]) -> dict[str, Any]:
    event = {**event, "data": dict(event["data"])}
    if "schema" not in event:
        moment = datetime.fromtimestamp(int(event["at"]), UTC)
        event |= {"schema": 2, "at": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
    if event["schema"] == 2:
        event["schema"] = 3
        if "delay" in event["data"]:
            event["data"]["dep_delay"] = event["data"].pop("delay")
    return event


def apply(state: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    event = upcast(event)
    announced = state.get("announced", Decimal(0)) + (event["type"] == "delayed")
    return {**state, **event["data"], "status": event["type"], "announced": announced}


def fold(events: list[dict[str, Any]], state: dict[str, Any] | None = None) -> dict[str, Any]:
    state = state or {}
    for event in events:
        state = apply(state, event)
    return state


def was_refused(error: ClientError) -> bool:
    reasons = [reason["Code"] for reason in error.response.get("CancellationReasons", [])]  # type: ignore[typeddict-item]
    return "ConditionalCheckFailed" in reasons or error.response["Error"]["Code"].startswith("Conditional")


def append(flight_id: str, expected_version: int, events: list[dict[str, Any]]) -> None:
    puts = [
        {
            "TableName": "events",
            "Item": {**event, "flight_id": flight_id, "version": version},
            "ConditionExpression": "attribute_not_exists(version)",
        }
        for version, event in enumerate(events, start=expected_version + 1)
    ]
    try:
        board.meta.client.transact_write_items(TransactItems=[{"Put": put} for put in puts])
    except ClientError as error:
        if was_refused(error):
            raise ConcurrencyError(flight_id) from None
        raise


def pages(read: Callable[..., Any], **request: Any) -> Iterator[dict[str, Any]]:
    page = read(**request)
    yield from page["Items"]
    while "LastEvaluatedKey" in page:
        page = read(**request, ExclusiveStartKey=page["LastEvaluatedKey"])
        yield from page["Items"]


def history(flight_id: str, after: int = 0) -> list[dict[str, Any]]:
    key = Key("flight_id").eq(flight_id) & Key("version").gt(after)
    return list(pages(events.query, KeyConditionExpression=key, ConsistentRead=True))


def load(flight_id: str) -> tuple[int, dict[str, Any]]:
    found = snapshots.get_item(Key={"flight_id": flight_id}, ConsistentRead=True).get("Item")
    version, state = (int(found["version"]), found["state"]) if found else (0, {})
    since = history(flight_id, version)
    return (int(since[-1]["version"]) if since else version), fold(since, state)


def put_if(table: Any, item: dict[str, Any], condition: str, **values: Any) -> bool:
    try:
        table.put_item(
            Item=item,
            ConditionExpression=condition,
            **({"ExpressionAttributeValues": {f":{k}": v for k, v in values.items()}} if values else {}),
        )
    except ClientError as error:
        if was_refused(error):
            return False
        raise
    return True


def follow(flight_id: str, event: dict[str, Any]) -> None:
    row = board.get_item(Key={"flight_id": flight_id}, ConsistentRead=True).get("Item", {})
    before = int(row.get("version", 0))
    if event["version"] <= before:
        return
    new = [event] if event["version"] == before + 1 else history(flight_id, before)
    state = fold(new, row)
    item = {**state, "flight_id": flight_id, "version": new[-1]["version"]}
    condition = "version = :before" if before else "attribute_not_exists(flight_id)"
    if not put_if(board, item, condition, **({"before": before} if before else {})):
        follow(flight_id, event)


def project_record(record: Any) -> None:
    if record.event_name == "INSERT":
        follow(record.keys["flight_id"], record.new_image)


def project(event: dict[str, Any], context: Any) -> Any:
    return process_batch(event, project_record)


def flight_ids() -> set[str]:
    return {item["flight_id"] for item in pages(events.scan, ProjectionExpression="flight_id")}


def rebuild() -> None:
    for flight_id in flight_ids():
        version, state = load(flight_id)
        row = {**state, "flight_id": flight_id, "version": version}
        put_if(board, row, "attribute_not_exists(version) OR version <= :now", now=version)


def board_at(moment: datetime) -> dict[str, Any]:
    by_then = {}
    for flight_id in flight_ids():
        told = [e for e in map(upcast, history(flight_id)) if datetime.fromisoformat(e["at"]) <= moment]
        if told:
            by_then[flight_id] = fold(told)
    return by_then


def snapshot(flight_id: str) -> None:
    version, state = load(flight_id)
    row = {"flight_id": flight_id, "version": version, "state": state}
    put_if(snapshots, row, "attribute_not_exists(flight_id) OR version < :now", now=version)


# %% absent_is_latest | fold, old schemas | old events read as new
# Takes an event without a schema for one of the latest.
right_fold = fold


def fold(events):
    return right_fold([{"schema": 3, **event} for event in events])


# %% adds_each_delivery | project, duplicates | counted once per delivery
# Folds each record onto the row, however often it comes.
def add(record):
    if record.event_name == "INSERT":
        row = board.get_item(Key={"flight_id": record.keys["flight_id"]}).get("Item", {})
        version = {"version": record.keys["version"], "flight_id": record.keys["flight_id"]}
        board.put_item(Item={**fold([record.new_image], row), **version})


def project(event, context):
    return process_batch(event, add)


# %% all_flights | board_at | flights before their first event
# Shows flights that were not on the board yet.
def board_at(moment):
    return {
        flight_id: fold(
            [e for e in map(upcast, history(flight_id)) if datetime.fromisoformat(e["at"]) <= moment]
        )
        for flight_id in flight_ids()
    }


# %% batch_as_history | project | batch taken for the history
# Folds the events of the batch, as if there had been none before.
from cdc_lab.patterns import deserialize


def project(event, context):
    by_flight = {}
    for record in event["Records"]:
        image = deserialize(record["dynamodb"]["NewImage"])
        by_flight.setdefault(image["flight_id"], []).append(image)
    for flight_id, told in by_flight.items():
        board.put_item(Item={**fold(told), "flight_id": flight_id, "version": told[-1]["version"]})


# %% batch_write | append, late | last writer wins
# A batch write: it knows no conditions.
table = events


def append(flight_id, expected_version, events):
    with table.batch_writer() as batch:
        for version, event in enumerate(events, start=expected_version + 1):
            batch.put_item(Item={**event, "flight_id": flight_id, "version": version})


# %% before_only | board_at | the moment left out
# Takes what happened before the moment, not at it.
def board_at(moment):
    board = {}
    for flight_id in flight_ids():
        told = [e for e in map(upcast, history(flight_id)) if datetime.fromisoformat(e["at"]) < moment]
        if told:
            board[flight_id] = fold(told)
    return board


# %% blind_put | append, late | last writer wins
# Puts, and so replaces what another writer put.
table = events


def append(flight_id, expected_version, events):
    for version, event in enumerate(events, start=expected_version + 1):
        table.put_item(Item={**event, "flight_id": flight_id, "version": version})


# %% catch_all | project, refused | refusal taken for done
# A catch-all that logs and goes on.
from cdc_lab.patterns import StreamRecord


def project(event, context):
    for record in event["Records"]:
        try:
            project_record(StreamRecord.from_event(record))
        except Exception as error:
            print("skipped", error)


# %% changes_events | fold, old schemas | events changed
# Upcasts the events that it was given, in place.
right_fold = fold


def fold(events):
    for event in events:
        if "delay" in event["data"]:
            event["data"]["dep_delay"] = event["data"].pop("delay")
    return right_fold(events)


# %% counted_twice | snapshot | snapshot and events counted twice
# Folds all events onto the snapshot.
def load(flight_id):
    found = snapshots.get_item(Key={"flight_id": flight_id}).get("Item", {"version": 0, "state": {}})
    told = history(flight_id)
    return int(told[-1]["version"] if told else found["version"]), fold(told, found["state"])


# %% every_record_an_event | project, expiry | expiry taken for an event
# Takes every record for an event.
def project(event, context):
    return process_batch(event, lambda record: follow(record.keys["flight_id"], record.new_image))


# %% exception_for_the_batch | project, unreadable | exception fails the batch
# An exception, for one record or for all.
from cdc_lab.patterns import StreamRecord


def project(event, context):
    for record in event["Records"]:
        project_record(StreamRecord.from_event(record))


# %% first_page_loaded | load, large | first page only
# One Query: no more than 1 MB.
def load(flight_id):
    found = events.query(KeyConditionExpression=Key("flight_id").eq(flight_id))["Items"]
    return (int(found[-1]["version"]) if found else 0), (fold(found) if found else {})


# %% first_page_rebuilt | rebuild | first page only
# One Scan: no more than 1 MB.
def rebuild():
    by_flight = {}
    for event in sorted(events.scan()["Items"], key=lambda event: event["version"]):
        by_flight.setdefault(event["flight_id"], []).append(event)
    for flight_id, told in by_flight.items():
        board.put_item(Item={**fold(told), "flight_id": flight_id, "version": told[-1]["version"]})


# %% from_zero | append | versions out of step
# Counts versions from 0.
right_append = append


def append(flight_id, expected_version, events):
    right_append(flight_id, expected_version - 1, events)


# %% gaps_skipped | project, lanes | order between items
# Applies what is newer, also when events between are not there yet.
def show(record):
    if record.event_name != "INSERT":
        return
    image = record.new_image
    row = board.get_item(Key={"flight_id": image["flight_id"]}, ConsistentRead=True).get("Item", {})
    if image["version"] > row.get("version", 0):
        item = {**fold([image], row), "flight_id": image["flight_id"], "version": image["version"]}
        unchanged = "attribute_not_exists(flight_id) OR version = :v"
        if not put_if(board, item, unchanged, v=row.get("version", 0)):
            show(record)


def project(event, context):
    return process_batch(event, show)


# %% goes_on_after_conflict | append, half known | half an append
# Puts what it can, and says at the end that something was refused.
right_append = append


def append(flight_id, expected_version, events):
    refused = 0
    for number, event in enumerate(events):
        try:
            right_append(flight_id, expected_version + number, [event])
        except ConcurrencyError:
            refused += 1
    if refused:
        raise ConcurrencyError(flight_id)


# %% history_thrown_away | snapshot, history | history thrown away
# Deletes the events that the snapshot holds.
right_snapshot = snapshot


def snapshot(flight_id):
    right_snapshot(flight_id)
    for event in history(flight_id):
        events.delete_item(Key={"flight_id": flight_id, "version": event["version"]})


# %% image_as_row | project | last event as state
# The record's image as the row.
def show(record):
    if record.event_name == "INSERT":
        image = record.new_image
        row = {**image["data"], "status": image["type"], "version": image["version"]}
        board.put_item(Item={**row, "flight_id": image["flight_id"], "announced": 0})


def project(event, context):
    return process_batch(event, show)


# %% images_not_upcast | project, old schemas | old events read as new
# Upcasts what it loads, not what comes by the stream.
def show(record):
    if record.event_name == "INSERT":
        follow(record.keys["flight_id"], {**record.new_image, "schema": 3})


def project(event, context):
    return process_batch(event, show)


# %% latest_event | fold | last event as state
# The last event's data as the state.
def fold(events):
    last = upcast(events[-1])
    return {**last["data"], "status": last["type"], "announced": 0}


# %% loaded_then_put | project, at once | check, then act
# Loads the state, and puts it without a condition.
def show(record):
    if record.event_name == "INSERT":
        version, state = load(record.keys["flight_id"])
        board.put_item(Item={**state, "flight_id": record.keys["flight_id"], "version": version})


def project(event, context):
    return process_batch(event, show)


# %% look_then_put | append, race | check, then act
# Looks whether the version is free, then puts.
table = events


def append(flight_id, expected_version, events):
    if len(history(flight_id)) != expected_version:
        raise ConcurrencyError(flight_id)
    for version, event in enumerate(events, start=expected_version + 1):
        table.put_item(Item={**event, "flight_id": flight_id, "version": version})


# %% memory_of_states | project, again | memory of the instance
# Keeps the states in the function's memory.
states = {}


def show(record):
    if record.event_name == "INSERT":
        image = record.new_image
        version, state = states.get(image["flight_id"], (0, {}))
        if image["version"] > version:
            state = fold([image], state)
            states[image["flight_id"]] = (image["version"], state)
            board.put_item(Item={**state, "flight_id": image["flight_id"], "version": image["version"]})


def project(event, context):
    return process_batch(event, show)


# %% new_schema_only | fold, old schemas | old events read as new
# Takes every event for one of the present schema.
def fold(events):
    state = {"announced": 0}
    for event in events:
        state |= {**event["data"], "status": event["type"]}
        state["announced"] += event["type"] == "delayed"
    return state


# %% next_free_version | append, late | decided on an old state
# When the version is taken, tries the next.
right_append = append


def append(flight_id, expected_version, events):
    while True:
        try:
            return right_append(flight_id, expected_version, events)
        except ConcurrencyError:
            expected_version += 1


# %% no_version_in_row | project | row without a version
# The row does not say how far it got.
def show(record):
    flight_id = record.keys["flight_id"]
    board.put_item(Item={**fold(history(flight_id)), "flight_id": flight_id})


def project(event, context):
    return process_batch(event, show)


# %% nobody_unknown | load | a part raises
# A flight without events is none that it knows of.
def load(flight_id):
    found = history(flight_id)
    return int(found[-1]["version"]), fold(found)


# %% older_snapshot_wins | snapshot, race | older snapshot wins
# Puts the snapshot, whatever is there by now.
def snapshot(flight_id):
    version, state = load(flight_id)
    snapshots.put_item(Item={"flight_id": flight_id, "version": version, "state": state})


# %% one_by_one | append, crash | half an append
# One conditional put after the other.
right_append = append


def append(flight_id, expected_version, events):
    for number, event in enumerate(events):
        right_append(flight_id, expected_version + number, [event])


# %% one_step_only | fold, old schemas | old events read as new
# Upcasts by one schema: what was two behind is still one behind.
def upcast(event):
    data = dict(event["data"])
    schema = event.get("schema", 1)
    if schema == 1:
        return {**event, "schema": 2, "at": str(event["at"])}
    if schema == 2 and "delay" in data:
        data["dep_delay"] = data.pop("delay")
    return {**event, "schema": 3, "data": data}


def fold(events):
    state = {"announced": 0}
    for event in map(upcast, events):
        state |= {**event["data"], "status": event["type"]}
        state["announced"] += event["type"] == "delayed"
    return state


# %% overtakes_the_stream | rebuild, beside the stream | a rebuild that overtakes the stream
# Puts what it read, whatever is there by now.
def rebuild():
    for flight_id in flight_ids():
        version, state = load(flight_id)
        board.put_item(Item={**state, "flight_id": flight_id, "version": version})


# %% own_version | append, late | decided on an old state
# Finds the version itself: what the caller knows plays no part.
right_append = append


def append(flight_id, expected_version, events):
    right_append(flight_id, len(history(flight_id)), events)


# %% present_board | board_at | the present shown as the past
# The board as it is now, with the flights of then.
def board_at(moment):
    board = {}
    for flight_id in flight_ids():
        told = history(flight_id)
        if datetime.fromisoformat(upcast(told[0])["at"]) <= moment:
            board[flight_id] = fold(told)
    return board


# %% quiet_conflict | append, late | conflict kept quiet
# A refused write is logged, and that is all.
right_append = append


def append(flight_id, expected_version, events):
    try:
        right_append(flight_id, expected_version, events)
    except ConcurrencyError as error:
        print("somebody was quicker", error)


# %% raw_error | append, late | an error that says nothing
# Lets DynamoDB's own refusal through.
table = events


def append(flight_id, expected_version, events):
    table.meta.client.transact_write_items(
        TransactItems=[
            {
                "Put": {
                    "TableName": "events",
                    "Item": {**event, "flight_id": flight_id, "version": version},
                    "ConditionExpression": "attribute_not_exists(version)",
                }
            }
            for version, event in enumerate(events, start=expected_version + 1)
        ]
    )


# %% read_then_put | project, at once | check, then act
# Reads the row and the events, and puts without a condition.
def show(record):
    if record.event_name != "INSERT":
        return
    flight_id, version = record.keys["flight_id"], record.keys["version"]
    row = board.get_item(Key={"flight_id": flight_id}, ConsistentRead=True).get("Item", {})
    if version > row.get("version", 0):
        told = [e for e in history(flight_id, row.get("version", 0)) if e["version"] <= version]
        board.put_item(Item={**fold(told, row), "flight_id": flight_id, "version": version})


def project(event, context):
    return process_batch(event, show)


# %% rebuilt_on_top | rebuild, spoilt row | rebuilt on top of the old
# Folds all events onto the row that is there.
def rebuild():
    for flight_id in flight_ids():
        row, told = board.get_item(Key={"flight_id": flight_id}).get("Item", {}), history(flight_id)
        board.put_item(Item={**fold(told, row), "flight_id": flight_id, "version": told[-1]["version"]})


# %% recorded_time | board_at | processing time
# Goes by when an event was written down.
def board_at(moment):
    board = {}
    for flight_id in flight_ids():
        told = [e for e in history(flight_id) if datetime.fromisoformat(e["recorded"]) <= moment]
        if told:
            board[flight_id] = fold(told)
    return board


# %% removes_unproject | project, expiry | expiry taken for an event
# An event that is removed has not happened.
def show(record):
    project_record(record)
    if record.event_name == "REMOVE":
        board.delete_item(Key={"flight_id": record.keys["flight_id"]})


def project(event, context):
    return process_batch(event, show)


# %% shared_state | fold | state shared between calls
# A dict as default argument: it is made once, and shared by all calls.
def fold(events, state={}):  # noqa: B006 - this is the mistake
    for event in map(upcast, events):
        state.update(event["data"])
        state["status"] = event["type"]
        state["announced"] = state.get("announced", 0) + (event["type"] == "delayed")
    return dict(state)


# %% snapshot_is_present | snapshot | snapshot taken for the present
# Where there is a snapshot, it is the state.
right_load = load


def load(flight_id):
    found = snapshots.get_item(Key={"flight_id": flight_id}).get("Item")
    return (int(found["version"]), found["state"]) if found else right_load(flight_id)


# %% snapshot_never_read | snapshot, archive | snapshot never read
# Loads from the events alone.
def load(flight_id):
    told = history(flight_id)
    return int(told[-1]["version"] if told else 0), fold(told)


# %% snapshot_of_later | snapshot, past | a snapshot from later
# Begins at the snapshot, whatever moment is asked for.
def board_at(moment):
    board = {}
    for flight_id in flight_ids():
        found = snapshots.get_item(Key={"flight_id": flight_id}).get("Item", {"version": 0, "state": {}})
        since = map(upcast, history(flight_id, found["version"]))
        told = [event for event in since if datetime.fromisoformat(event["at"]) <= moment]
        if found["state"] or told:
            board[flight_id] = fold(told, found["state"])
    return board


# %% snapshot_of_what_is_left | snapshot, archive twice | snapshot of what is left
# Makes the snapshot from the events that are left.
def snapshot(flight_id):
    told = history(flight_id)
    row = {"flight_id": flight_id, "version": told[-1]["version"], "state": fold(told)}
    put_if(snapshots, row, "attribute_not_exists(flight_id) OR version < :now", now=row["version"])


# %% times_not_upcast | board_at, old schemas | old events read as new
# Compares times before it upcasts.
def board_at(moment):
    board = {}
    for flight_id in flight_ids():
        told = [e for e in history(flight_id) if datetime.fromisoformat(e["at"]) <= moment]
        if told:
            board[flight_id] = fold(told)
    return board


# %% trusts_the_version | rebuild, spoilt row | a rebuild that trusts the board
# Leaves rows alone whose version is the latest.
def rebuild():
    for flight_id in flight_ids():
        version, state = load(flight_id)
        row = {**state, "flight_id": flight_id, "version": version}
        put_if(board, row, "attribute_not_exists(version) OR version < :now", now=version)


# %% version_before_state | project, crash | mark before effect
# Moves the row's version on, then fills in the state.
def show(record):
    if record.event_name != "INSERT":
        return
    key, version = {"flight_id": record.keys["flight_id"]}, record.keys["version"]
    row = board.get_item(Key=key, ConsistentRead=True).get("Item", {"version": 0})
    if version <= row["version"]:
        return
    not_further = "attribute_not_exists(flight_id) OR version < :v"
    if not put_if(board, {**row, **key, "version": version}, not_further, v=version):
        return
    told = [e for e in history(key["flight_id"]) if e["version"] <= version]
    put_if(board, {**fold(told), **key, "version": version}, "version = :v", v=version)


def project(event, context):
    return process_batch(event, show)


# %% versions_counted | snapshot, archive | versions counted
# The number of events there are, taken for the version.
def load(flight_id):
    found = snapshots.get_item(Key={"flight_id": flight_id}).get("Item", {"version": 0, "state": {}})
    since = history(flight_id, found["version"])
    return len(history(flight_id)), fold(since, found["state"])


# %% whole_as_one_event | append | half an append
# One item for all events of an append.
right_append = append


def append(flight_id, expected_version, events):
    right_append(flight_id, expected_version, [{**events[-1], "all": events}])


# %% sorted_by_time | fold, correction | events sorted by their time
# Brings the events into the order in which they happened.
right_fold = fold


def fold(events):
    return right_fold(sorted(map(upcast, events), key=lambda event: event["at"]))


# %% latest_value | fold, correction | events sorted by their time
# Keeps for each attribute the value that is latest by the event's time.
def fold(events):
    found, announced = {}, 0
    for event in map(upcast, events):
        announced += event["type"] == "delayed"
        for name, value in {**event["data"], "status": event["type"]}.items():
            if name not in found or found[name][0] <= event["at"]:
                found[name] = event["at"], value
    return {**{name: value for name, (_, value) in found.items()}, "announced": announced}


# %% chunks_of_25 | append, hundred | half an append
# Transactions of 25, one after the other: it was their limit once.
right_append = append


def append(flight_id, expected_version, events):
    for start in range(0, len(events), 25):
        right_append(flight_id, expected_version + start, events[start : start + 25])


# %% transactions_of_ten | append, hundred | half an append
# Small transactions are quicker: ten events in each.
right_append = append


def append(flight_id, expected_version, events):
    if len(events) <= 10:
        return right_append(flight_id, expected_version, events)
    append(flight_id, expected_version, events[:10])
    append(flight_id, expected_version + 10, events[10:])


# %% checks_the_one_before | append, hundred | more than a transaction holds
# Checks that the event before is there, in the same transaction.
def append(flight_id, expected_version, events):
    puts = [
        {
            "Put": {
                "TableName": "events",
                "Item": {**event, "flight_id": flight_id, "version": version},
                "ConditionExpression": "attribute_not_exists(version)",
            }
        }
        for version, event in enumerate(events, start=expected_version + 1)
    ]
    if expected_version:
        before = {
            "TableName": "events",
            "Key": {"flight_id": flight_id, "version": expected_version},
            "ConditionExpression": "attribute_exists(version)",
        }
        puts.insert(0, {"ConditionCheck": before})
    try:
        board.meta.client.transact_write_items(TransactItems=puts)
    except ClientError as error:
        if was_refused(error):
            raise ConcurrencyError(flight_id) from None
        raise


# %% keeps_a_head | append, hundred | more than a transaction holds
# Keeps the latest version in a row of its own, in the same transaction.
def append(flight_id, expected_version, events):
    puts = [
        {
            "Put": {
                "TableName": "events",
                "Item": {**event, "flight_id": flight_id, "version": version},
                "ConditionExpression": "attribute_not_exists(version)",
            }
        }
        for version, event in enumerate(events, start=expected_version + 1)
    ]
    head = {
        "TableName": "snapshots",
        "Key": {"flight_id": f"head of {flight_id}"},
        "UpdateExpression": "SET latest = :v",
        "ExpressionAttributeValues": {":v": expected_version + len(events)},
    }
    try:
        board.meta.client.transact_write_items(TransactItems=[*puts, {"Update": head}])
    except ClientError as error:
        if was_refused(error):
            raise ConcurrencyError(flight_id) from None
        raise


# %% refolds_the_rest | project, on after an expiry | row of what is left
# Makes the row anew of all the flight's events that are there.
def show(record):
    if record.event_name != "INSERT":
        return
    flight_id = record.keys["flight_id"]
    told = history(flight_id)
    row = {**fold(told), "flight_id": flight_id, "version": told[-1]["version"]}
    put_if(board, row, "attribute_not_exists(flight_id) OR version < :v", v=row["version"])


def project(event, context):
    return process_batch(event, show)


# %% row_from_load | project, on after an expiry | row of what is left
# Loads the state, and puts it where the row is not further.
def show(record):
    if record.event_name == "INSERT":
        flight_id = record.keys["flight_id"]
        version, state = load(flight_id)
        put_if(
            board,
            {**state, "flight_id": flight_id, "version": version},
            "attribute_not_exists(flight_id) OR version < :v",
            v=version,
        )


def project(event, context):
    return process_batch(event, show)


# %% one_page_projected | project, large | first page only
# One Query for what is missing: no more than 1 MB.
def follow(flight_id, event):
    row = board.get_item(Key={"flight_id": flight_id}, ConsistentRead=True).get("Item", {})
    before = int(row.get("version", 0))
    if event["version"] <= before:
        return
    told = events.query(KeyConditionExpression=Key("flight_id").eq(flight_id), ConsistentRead=True)["Items"]
    new = [e for e in told if before < e["version"] <= event["version"]]
    item = {**fold(new, row), "flight_id": flight_id, "version": event["version"]}
    condition = "version = :before" if before else "attribute_not_exists(flight_id)"
    if not put_if(board, item, condition, **({"before": before} if before else {})):
        follow(flight_id, event)


# %% scan_sorted_as_text | rebuild | versions sorted as text
# Sorts what the Scan returns by the version's text.
def rebuild():
    by_flight = {}
    for event in sorted(pages(events.scan), key=lambda event: str(event["version"])):
        by_flight.setdefault(event["flight_id"], []).append(event)
    for flight_id, told in by_flight.items():
        row = {**fold(told), "flight_id": flight_id, "version": max(e["version"] for e in told)}
        put_if(board, row, "attribute_not_exists(version) OR version <= :v", v=row["version"])


# %% names_sorted_as_text | board_at, large | versions sorted as text
# Sorts by flight and version, joined to one text.
def board_at(moment):
    told = {f"{e['flight_id']}#{e['version']}": e for e in map(upcast, pages(events.scan))}
    by_then = {}
    for name in sorted(told):
        if datetime.fromisoformat(told[name]["at"]) <= moment:
            by_then.setdefault(told[name]["flight_id"], []).append(told[name])
    return {flight_id: fold(events) for flight_id, events in by_then.items()}


# %% one_scan_of_the_past | board_at, large | first page only
# One Scan for all flights: no more than 1 MB.
def board_at(moment):
    by_then = {}
    for e in sorted(map(upcast, events.scan()["Items"]), key=lambda e: e["version"]):
        if datetime.fromisoformat(e["at"]) <= moment:
            by_then.setdefault(e["flight_id"], []).append(e)
    return {flight_id: fold(events) for flight_id, events in by_then.items()}


# %% one_query_of_the_past | board_at, large | first page only
# One Query a flight: no more than 1 MB.
def board_at(moment):
    by_then = {}
    for flight_id in flight_ids():
        told = events.query(KeyConditionExpression=Key("flight_id").eq(flight_id))["Items"]
        told = [e for e in map(upcast, told) if datetime.fromisoformat(e["at"]) <= moment]
        if told:
            by_then[flight_id] = fold(told)
    return by_then


# %% stops_at_a_later_one | board_at, correction | stopped at the first later event
# The events are in order, so what comes after a later one is later, too.
def board_at(moment):
    board = {}
    for flight_id in flight_ids():
        told = []
        for event in map(upcast, history(flight_id)):
            if datetime.fromisoformat(event["at"]) > moment:
                break
            told.append(event)
        if told:
            board[flight_id] = fold(told)
    return board


# %% bisects | board_at, correction | stopped at the first later event
# Takes events while they are not after the moment.
from itertools import takewhile


def board_at(moment):
    lives = {
        f: list(takewhile(lambda e: datetime.fromisoformat(e["at"]) <= moment, map(upcast, history(f))))
        for f in flight_ids()
    }
    return {f: fold(told) for f, told in lives.items() if told}


# %% past_sorted | board_at, correction | events sorted by their time
# Folds the events of then in the order in which they happened.
def board_at(moment):
    board = {}
    for flight_id in flight_ids():
        told = [e for e in map(upcast, history(flight_id)) if datetime.fromisoformat(e["at"]) <= moment]
        if told:
            board[flight_id] = fold(sorted(told, key=lambda e: e["at"]))
    return board


# %% zone_as_utc | board_at, zones | the zone left out
# Takes the digits of the moment for UTC.
right_board_at = board_at


def board_at(moment):
    return right_board_at(moment.replace(tzinfo=UTC))


# %% text_of_the_moment | board_at, zones | the zone left out
# Compares texts, and gives the moment the form of UTC without converting it.
def board_at(moment):
    then = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    board = {}
    for flight_id in flight_ids():
        told = [e for e in map(upcast, history(flight_id)) if e["at"] <= then]
        if told:
            board[flight_id] = fold(told)
    return board


# %% same_zone_compared | board_at, zones | clocks compared
# Brings events into the moment's zone: Python then compares what the clocks show.
def board_at(moment):
    board = {}
    for flight_id in flight_ids():
        told = [
            e
            for e in map(upcast, history(flight_id))
            if datetime.fromisoformat(e["at"]).astimezone(moment.tzinfo) <= moment
        ]
        if told:
            board[flight_id] = fold(told)
    return board


# %% clocks_without_zone | board_at, zones | clocks compared
# Compares texts of the local time.
def board_at(moment):
    def clock(at):
        return at.astimezone(moment.tzinfo).strftime("%Y-%m-%d %H:%M:%S")

    board = {}
    for flight_id in flight_ids():
        told = [
            e
            for e in map(upcast, history(flight_id))
            if clock(datetime.fromisoformat(e["at"])) <= clock(moment)
        ]
        if told:
            board[flight_id] = fold(told)
    return board


# %% version_as_condition | rebuild, spoilt row | a version taken for granted
# A row is written anew when its version is not higher: one without a version never is.
def rebuild():
    for flight_id in flight_ids():
        version, state = load(flight_id)
        row = {**state, "flight_id": flight_id, "version": version}
        put_if(board, row, "attribute_not_exists(flight_id) OR version <= :now", now=version)


# %% snapshots_in_memory | snapshot, cold start | memory of the instance
# Keeps the snapshots in the function's memory.
kept = {}


def snapshot(flight_id):
    kept[flight_id] = load(flight_id)


def load(flight_id):
    version, state = kept.get(flight_id, (0, {}))
    since = history(flight_id, version)
    return (int(since[-1]["version"]) if since else version), fold(since, state)


# %% snapshot_kept_beside | snapshot, cold start | memory of the instance
# A snapshot is a load that is remembered beside the function.
right_load, seen = load, {}


def load(flight_id):
    version, state = right_load(flight_id)
    if version >= seen.get(flight_id, (0, {}))[0] and not history(flight_id)[:1]:
        return seen.get(flight_id, (version, state))
    start = seen.get(flight_id, (0, {}))
    since = history(flight_id, start[0])
    seen[flight_id] = (int(since[-1]["version"]) if since else start[0]), fold(since, start[1])
    return seen[flight_id]


def snapshot(flight_id):
    load(flight_id)


# %% rebuilt_of_the_rest | snapshot, rebuild | row of what is left
# Folds the events that are there, and asks no snapshot.
def rebuild():
    for flight_id in flight_ids():
        told = history(flight_id)
        row = {**fold(told), "flight_id": flight_id, "version": told[-1]["version"]}
        put_if(board, row, "attribute_not_exists(version) OR version <= :now", now=row["version"])


# %% row_version_read | rebuild, spoilt row | a version taken for granted
# Reads the row first, and takes a version in it for granted.
def rebuild():
    for flight_id in flight_ids():
        version, state = load(flight_id)
        row = board.get_item(Key={"flight_id": flight_id}, ConsistentRead=True).get("Item", {"version": 0})
        if row["version"] <= version:
            new = {**state, "flight_id": flight_id, "version": version}
            put_if(board, new, "attribute_not_exists(version) OR version <= :now", now=version)


# %% rebuilt_from_a_scan | snapshot, rebuild | row of what is left
# One Scan, grouped by flight: what is removed is not in it.
def rebuild():
    by_flight = {}
    for event in sorted(pages(events.scan), key=lambda event: event["version"]):
        by_flight.setdefault(event["flight_id"], []).append(event)
    for flight_id, told in by_flight.items():
        row = {**fold(told), "flight_id": flight_id, "version": told[-1]["version"]}
        put_if(board, row, "attribute_not_exists(version) OR version <= :now", now=row["version"])


# %% every_error_a_conflict | append, refused | a refusal taken for a conflict
# Every refusal of DynamoDB says that somebody was quicker.
def append(flight_id, expected_version, events):
    puts = [
        {
            "Put": {
                "TableName": "events",
                "Item": {**event, "flight_id": flight_id, "version": version},
                "ConditionExpression": "attribute_not_exists(version)",
            }
        }
        for version, event in enumerate(events, start=expected_version + 1)
    ]
    try:
        board.meta.client.transact_write_items(TransactItems=puts)
    except ClientError as error:
        raise ConcurrencyError(flight_id) from error


# %% every_exception_a_conflict | append, refused | a refusal taken for a conflict
# Whatever goes wrong is a conflict to the caller.
right_append = append


def append(flight_id, expected_version, events):
    try:
        right_append(flight_id, expected_version, events)
    except Exception as error:
        print("not appended:", repr(error))
        raise ConcurrencyError(f"{flight_id} is not at version {expected_version}") from error


# %% fault_kept_quiet | append, refused | refusal taken for done
# Tells the caller of conflicts, and logs everything else.
right_append = append


def append(flight_id, expected_version, events):
    try:
        right_append(flight_id, expected_version, events)
    except ClientError as error:
        print("append:", error)


# %% refused_read_is_nothing | load, refused | a refused read taken for nothing
# What cannot be read is a flight that nobody knows.
right_load = load


def load(flight_id):
    try:
        return right_load(flight_id)
    except ClientError as error:
        print(repr(error))
        return 0, {}


# %% refused_query_is_empty | load, refused | a refused read taken for nothing
# A Query that is refused has found nothing.
right_history = history


def history(flight_id, after=0):
    try:
        return right_history(flight_id, after)
    except ClientError:
        return []


# %% refused_row_skipped | project, refused | refusal taken for done
# Logs what DynamoDB refuses, and takes the record for done.
def show(record):
    try:
        project_record(record)
    except ClientError as error:
        print("board:", error)


def project(event, context):
    return process_batch(event, show)


# %% other_errors_are_done | project, refused | refusal taken for done
# A put that fails for another reason than its condition counts as written.
def put_if(table, item, condition, **values):
    try:
        given = {"ExpressionAttributeValues": {f":{k}": v for k, v in values.items()}} if values else {}
        table.put_item(Item=item, ConditionExpression=condition, **given)
    except ClientError as error:
        return not was_refused(error)
    return True


# %% seen_before_the_put | project, refused | mark before effect
# Remembers a record before it is in the row.
seen = set()


def show(record):
    if record.event_id not in seen:
        seen.add(record.event_id)
        project_record(record)


def project(event, context):
    return process_batch(event, show)


# %% refused_rows_left | rebuild, refused | refusal taken for done
# Logs rows that were refused, and goes on.
def rebuild():
    for flight_id in flight_ids():
        version, state = load(flight_id)
        row = {**state, "flight_id": flight_id, "version": version}
        try:
            board.put_item(
                Item=row,
                ConditionExpression="attribute_not_exists(version) OR version <= :now",
                ExpressionAttributeValues={":now": version},
            )
        except ClientError as error:
            print(flight_id, "not rebuilt:", error.response["Error"]["Code"])


# %% rebuild_gives_up_quietly | rebuild, refused | refusal taken for done
# Stops at the first error, and says so in the log alone.
right_rebuild = rebuild


def rebuild():
    try:
        right_rebuild()
    except Exception as error:
        print("rebuild stopped", repr(error))


# %% past_of_nothing | board_at, refused | a refused read taken for nothing
# What cannot be read is an empty board.
right_board_at = board_at


def board_at(moment):
    try:
        return right_board_at(moment)
    except ClientError:
        return {}


# %% flight_left_out | board_at, refused | a refused read taken for nothing
# Leaves out a flight whose events cannot be read.
def board_at(moment):
    by_then = {}
    for flight_id in flight_ids():
        try:
            told = [e for e in map(upcast, history(flight_id)) if datetime.fromisoformat(e["at"]) <= moment]
        except ClientError as error:
            print(flight_id, error)
            continue
        if told:
            by_then[flight_id] = fold(told)
    return by_then


# %% snapshot_not_taken | snapshot, refused | refusal taken for done
# Every error of the put says that there is a newer snapshot.
def snapshot(flight_id):
    version, state = load(flight_id)
    try:
        snapshots.put_item(
            Item={"flight_id": flight_id, "version": version, "state": state},
            ConditionExpression="attribute_not_exists(flight_id) OR version < :now",
            ExpressionAttributeValues={":now": version},
        )
    except ClientError as error:
        print("there is a newer one:", error)


# %% snapshot_later | snapshot, refused | refusal taken for done
# A snapshot saves reading, no more: it may be missed.
right_snapshot = snapshot


def snapshot(flight_id):
    try:
        right_snapshot(flight_id)
    except ClientError as error:
        print("no snapshot now, the next will do", error)


# %% announcements_added | project, duplicates | counted once per delivery
# Updates the row in place: sets what the event says, and adds one for an announcement.
def show(record):
    if record.event_name != "INSERT":
        return
    event = upcast(record.new_image)
    values = {**event["data"], "status": event["type"], "version": event["version"]}
    board.update_item(
        Key={"flight_id": event["flight_id"]},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values) + " ADD announced :one",
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues={
            **{f":{name}": value for name, value in values.items()},
            ":one": int(event["type"] == "delayed"),
        },
    )


def project(event, context):
    return process_batch(event, show)


# %% empty_states | board_at | flights before their first event
# Begins with a state for each flight.
def board_at(moment):
    by_then = {flight_id: {} for flight_id in flight_ids()}
    for flight_id in by_then:
        for event in map(upcast, history(flight_id)):
            if datetime.fromisoformat(event["at"]) <= moment:
                by_then[flight_id] = apply(by_then[flight_id], event)
    return by_then


# %% strictly_earlier | board_at | the moment left out
# Leaves out what is not before the moment.
def board_at(moment):
    found = {}
    for event in sorted(map(upcast, pages(events.scan)), key=lambda event: event["version"]):
        if datetime.fromisoformat(event["at"]) >= moment:
            continue
        found[event["flight_id"]] = apply(found.get(event["flight_id"], {}), event)
    return found


# %% grouped_batch | project | batch taken for the history
# Groups the batch by flight, and writes a row for each group.
from itertools import groupby

from cdc_lab.patterns import StreamRecord


def project(event, context):
    images = [r.new_image for r in map(StreamRecord.from_event, event["Records"]) if r.event_name == "INSERT"]
    for flight_id, told in groupby(images, key=lambda image: image["flight_id"]):
        told = list(told)
        board.put_item(Item={**fold(told), "flight_id": flight_id, "version": told[-1]["version"]})


# %% unreadable_left_out | project, unreadable | failure swallowed
# Leaves out what it cannot read.
from cdc_lab.patterns import StreamRecord


def readable(records):
    for record in records:
        try:
            yield StreamRecord.from_event(record)
        except ValueError:
            continue


def project(event, context):
    for record in readable(event["Records"]):
        project_record(record)
    return {"batchItemFailures": []}


# %% unreadable_logged | project, unreadable | failure swallowed
# Logs what it cannot read, and lets all other errors out.
from cdc_lab.patterns import StreamRecord


def project(event, context):
    for position, raw in enumerate(event["Records"]):
        try:
            record = StreamRecord.from_event(raw)
        except ValueError as error:
            print("skipped record", position, error)
            continue
        project_record(record)


# %% takes_out_what_it_has_read | fold | events changed
# Takes the data out of each event.
def fold(events):
    state = {"announced": 0}
    for event in events:
        modern = upcast(event)
        state |= {**modern["data"], "status": modern["type"]}
        state["announced"] += modern["type"] == "delayed"
        event["data"].clear()
    return state


# %% snapshot_as_first_event | snapshot | snapshot and events counted twice
# Begins with the snapshot, and queries from its version on.
def load(flight_id):
    found = snapshots.get_item(Key={"flight_id": flight_id}).get("Item", {"version": 0, "state": {}})
    told = history(flight_id, found["version"] - 1)
    return int(told[-1]["version"] if told else found["version"]), fold(told, found["state"])


# %% raises_at_the_first | project, unreadable | exception fails the batch
# Reads the whole batch before it begins.
from cdc_lab.patterns import StreamRecord


def project(event, context):
    records = [StreamRecord.from_event(record) for record in event["Records"]]
    for record in records:
        project_record(record)
    return {"batchItemFailures": []}


# %% leaves_one_out | append | versions out of step
# Leaves a version free between two appends.
right_append = append


def append(flight_id, expected_version, events):
    right_append(flight_id, expected_version + (1 if expected_version else 0), events)


# %% newest_wins | project, lanes | order between items
# A row takes the newest event, whichever came before.
def show(record):
    if record.event_name != "INSERT":
        return
    image = record.new_image
    row = board.get_item(Key={"flight_id": image["flight_id"]}, ConsistentRead=True).get("Item", {})
    item = {**fold([image], row), "flight_id": image["flight_id"], "version": image["version"]}
    put_if(board, item, "attribute_not_exists(flight_id) OR version < :v", v=image["version"])


def project(event, context):
    return process_batch(event, show)


# %% snapshot_moves_events | snapshot, history | history thrown away
# Replaces the events by one that holds the state.
def snapshot(flight_id):
    version, state = load(flight_id)
    put_if(
        snapshots,
        {"flight_id": flight_id, "version": version, "state": state},
        "attribute_not_exists(flight_id) OR version < :now",
        now=version,
    )
    events.update_item(
        Key={"flight_id": flight_id, "version": version},
        UpdateExpression="SET #d = :s",
        ExpressionAttributeNames={"#d": "data"},
        ExpressionAttributeValues={":s": state},
    )


# %% version_under_another_name | project | row without a version
# Calls the version `upto`.
def show(record):
    if record.event_name == "INSERT":
        flight_id = record.keys["flight_id"]
        told = history(flight_id)
        row = {**fold(told), "flight_id": flight_id, "upto": told[-1]["version"]}
        put_if(board, row, "attribute_not_exists(upto) OR upto < :v", v=row["upto"])


def project(event, context):
    return process_batch(event, show)


# %% first_event_taken_for_granted | load | a part raises
# Looks at the first event.
right_load = load


def load(flight_id):
    first = history(flight_id)[0]
    assert first["version"] >= 1
    return right_load(flight_id)


# %% snapshot_updated | snapshot, race | older snapshot wins
# Updates the snapshot's attributes.
def snapshot(flight_id):
    version, state = load(flight_id)
    snapshots.update_item(
        Key={"flight_id": flight_id},
        UpdateExpression="SET version = :v, #s = :s",
        ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues={":v": version, ":s": state},
    )


# %% rebuilt_in_batches | rebuild, beside the stream | a rebuild that overtakes the stream
# Writes the rows in batches.
def rebuild():
    rows = []
    for flight_id in flight_ids():
        version, state = load(flight_id)
        rows.append({**state, "flight_id": flight_id, "version": version})
    with board.batch_writer() as batch:
        for row in rows:
            batch.put_item(Item=row)


# %% rows_of_the_flights_of_then | board_at | the present shown as the past
# Reads the rows of the flights that were there.
def board_at(moment):
    first = {e["flight_id"]: e for e in map(upcast, pages(events.scan)) if e["version"] == 1}
    there = [name for name, e in first.items() if datetime.fromisoformat(e["at"]) <= moment]
    return {name: load(name)[1] for name in there}


# %% false_for_a_conflict | append, late | conflict kept quiet
# Returns False.
right_append = append


def append(flight_id, expected_version, events):
    try:
        right_append(flight_id, expected_version, events)
    except ConcurrencyError:
        return False
    return True


# %% value_error | append, late | an error that says nothing
# Raises an error of its own.
right_append = append


def append(flight_id, expected_version, events):
    try:
        right_append(flight_id, expected_version, events)
    except ConcurrencyError:
        raise ValueError(f"{flight_id} has version {expected_version + 1} already") from None


# %% spoilt_row_as_start | rebuild, spoilt row | rebuilt on top of the old
# Applies the events to the row.
def rebuild():
    rows = {row["flight_id"]: row for row in pages(board.scan)}
    for flight_id in flight_ids():
        state = rows.get(flight_id, {})
        for event in history(flight_id):
            state = {**apply(state, event), "flight_id": flight_id, "version": event["version"]}
        put_if(board, state, "attribute_not_exists(version) OR version <= :now", now=state["version"])


# %% filtered_by_recorded | board_at | processing time
# Lets the Scan filter by when events were written down.
from boto3.dynamodb.conditions import Attr


def board_at(moment):
    then = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = {}
    told = pages(events.scan, FilterExpression=Attr("recorded").lte(then))
    for event in sorted(told, key=lambda event: event["version"]):
        found[event["flight_id"]] = apply(found.get(event["flight_id"], {}), event)
    return found


# %% state_beside_the_function | fold | state shared between calls
# A state beside the function, which each call goes on with.
now = {"announced": 0}


def fold(events):
    for event in map(upcast, events):
        now.update(event["data"], status=event["type"])
        now["announced"] += event["type"] == "delayed"
    return dict(now)


# %% snapshot_first | snapshot | snapshot taken for the present
# Reads events only where there is no snapshot.
def load(flight_id):
    found = snapshots.get_item(Key={"flight_id": flight_id}, ConsistentRead=True)
    if "Item" in found:
        return int(found["Item"]["version"]), found["Item"]["state"]
    told = history(flight_id)
    return (int(told[-1]["version"]) if told else 0), fold(told)


# %% snapshot_for_the_version | snapshot, archive | snapshot never read
# Takes the version of the snapshot, and the state of the events.
def load(flight_id):
    found = snapshots.get_item(Key={"flight_id": flight_id}).get("Item", {"version": 0})
    told = history(flight_id)
    return int(told[-1]["version"] if told else found["version"]), fold(told)


# %% snapshot_if_there_is_one | snapshot, past | a snapshot from later
# The snapshot is the state, and events of then come on top.
def board_at(moment):
    kept = {row["flight_id"]: row for row in pages(snapshots.scan)}
    found = {name: dict(row["state"]) for name, row in kept.items()}
    for event in sorted(map(upcast, pages(events.scan)), key=lambda event: event["version"]):
        name = event["flight_id"]
        is_new = event["version"] > kept.get(name, {"version": 0})["version"]
        if is_new and datetime.fromisoformat(event["at"]) <= moment:
            found[name] = apply(found.get(name, {}), event)
    return found


# %% snapshot_of_a_query | snapshot, archive twice | snapshot of what is left
# Folds what Query returns, and keeps that.
def snapshot(flight_id):
    state, version = {}, 0
    for event in history(flight_id):
        state, version = apply(state, event), event["version"]
    put_if(
        snapshots,
        {"flight_id": flight_id, "version": version, "state": state},
        "attribute_not_exists(flight_id) OR version < :now",
        now=version,
    )


# %% up_to_date_rows_left | rebuild, spoilt row | a rebuild that trusts the board
# Writes the rows whose version differs.
def rebuild():
    rows = {row["flight_id"]: row for row in pages(board.scan)}
    for flight_id in flight_ids():
        version, state = load(flight_id)
        if rows.get(flight_id, {}).get("version") != version:
            row = {**state, "flight_id": flight_id, "version": version}
            put_if(board, row, "attribute_not_exists(version) OR version <= :now", now=version)


# %% version_of_the_count | snapshot, archive | versions counted
# Adds the number of events to the snapshot's version.
def load(flight_id):
    found = snapshots.get_item(Key={"flight_id": flight_id}).get("Item", {"version": 0, "state": {}})
    since = history(flight_id, found["version"])
    count = events.query(KeyConditionExpression=Key("flight_id").eq(flight_id), Select="COUNT")["Count"]
    return max(count, len(since)), fold(since, found["state"])


# %% last_failure_noted | project, two unreadable | not the lowest reported
# It goes on after a failure, and one variable holds what failed last.
from cdc_lab.patterns import StreamRecord


def project(event, context):
    bad = None
    for record in event["Records"]:
        try:
            project_record(StreamRecord.from_event(record))
        except Exception as error:
            print(repr(error))
            bad = record["dynamodb"]["SequenceNumber"]
    return {"batchItemFailures": [{"itemIdentifier": bad}] if bad else []}


# %% highest_failure | project, two unreadable | not the lowest reported
# All failures are kept, and the highest number is taken for the checkpoint.
from cdc_lab.patterns import StreamRecord


def project(event, context):
    failed = []
    for raw in event["Records"]:
        try:
            project_record(StreamRecord.from_event(raw))
        except Exception as error:
            print(repr(error))
            failed.append(int(raw["dynamodb"]["SequenceNumber"]))
    return {"batchItemFailures": [{"itemIdentifier": str(max(failed))}] if failed else []}


# %% announced_or_not | fold | another state
# Whether a delay was announced, instead of how often.
def apply(state, event):
    event = upcast(event)
    announced = state.get("announced", False) or event["type"] == "delayed"
    return {**state, **event["data"], "status": event["type"], "announced": announced}


# %% true_for_one | fold | another state
# A bool adds up as 0 and 1, and stays one as long as nothing is added.
def fold(events, state=None):
    state = dict(state or {})
    for event in map(upcast, events):
        is_delay = event["type"] == "delayed"
        announced = state.get("announced")
        state |= {**event["data"], "status": event["type"]}
        state["announced"] = (announced + 1 if announced else True) if is_delay else announced or False
    return state


# %% old_name_kept | fold, old schemas | old events read as new
# The old attribute is copied to the new name, and stays beside it.
def upcast(event):
    event = {**event, "data": dict(event["data"])}
    if "schema" not in event:
        moment = datetime.fromtimestamp(int(event["at"]), UTC)
        event |= {"schema": 2, "at": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
    if "delay" in event["data"]:
        event["data"]["dep_delay"] = event["data"]["delay"]
    return {**event, "schema": 3}


# %% flights_of_the_first_page | rebuild | first page only
# The events of a flight are read to their end; the flights are those of the first page.
def flight_ids():
    return {item["flight_id"] for item in events.scan(ProjectionExpression="flight_id")["Items"]}


# %% sets_what_it_knows | rebuild, spoilt row | rebuilt on top of the old
# Sets the state's attributes, and leaves what does not belong there.
def rebuild():
    for flight_id in flight_ids():
        version, state = load(flight_id)
        values = {**state, "version": version}
        try:
            board.update_item(
                Key={"flight_id": flight_id},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
                ConditionExpression="attribute_not_exists(#version) OR #version <= :version",
                ExpressionAttributeNames={f"#{name}": name for name in values},
                ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
            )
        except ClientError as error:
            if not was_refused(error):
                raise


# %% empties_the_board_first | rebuild, nothing left | a rebuild that begins with nothing
# Deletes every row, and writes those that the events give.
def rebuild():
    for row in pages(board.scan, ProjectionExpression="flight_id"):
        board.delete_item(Key=row)
    for flight_id in flight_ids():
        version, state = load(flight_id)
        row = {**state, "flight_id": flight_id, "version": version}
        put_if(board, row, "attribute_not_exists(version) OR version <= :now", now=version)


# %% clears_rows_without_events | rebuild, nothing left | a rebuild that begins with nothing
# Afterwards takes off the board what has no events.
def rebuild():
    known = flight_ids()
    for flight_id in known:
        version, state = load(flight_id)
        row = {**state, "flight_id": flight_id, "version": version}
        put_if(board, row, "attribute_not_exists(version) OR version <= :now", now=version)
    for row in list(pages(board.scan)):
        if row["flight_id"] not in known:
            board.delete_item(Key={"flight_id": row["flight_id"]})


# %% snapshot_of_the_board | snapshot, archive | snapshot not kept
# Copies the row of the board, which has none yet.
def snapshot(flight_id):
    row = board.get_item(Key={"flight_id": flight_id}, ConsistentRead=True).get("Item")
    if row:
        state = {name: value for name, value in row.items() if name not in ("flight_id", "version")}
        item = {"flight_id": flight_id, "version": row["version"], "state": state}
        put_if(snapshots, item, "attribute_not_exists(flight_id) OR version < :now", now=row["version"])


# %% only_replaces | snapshot, archive | snapshot not kept
# The condition asks for an older snapshot, and the first one finds none.
def snapshot(flight_id):
    version, state = load(flight_id)
    row = {"flight_id": flight_id, "version": version, "state": state}
    put_if(snapshots, row, "version < :now", now=version)


# %% first_snapshot_stays | snapshot, archive twice | snapshot never renewed
# Puts a snapshot where there is none.
def snapshot(flight_id):
    version, state = load(flight_id)
    put_if(
        snapshots,
        {"flight_id": flight_id, "version": version, "state": state},
        "attribute_not_exists(flight_id)",
    )


# %% there_is_one_already | snapshot, archive twice | snapshot never renewed
# Looks first, and is content with a snapshot of any version.
def snapshot(flight_id):
    if "Item" not in snapshots.get_item(Key={"flight_id": flight_id}, ConsistentRead=True):
        version, state = load(flight_id)
        snapshots.put_item(Item={"flight_id": flight_id, "version": version, "state": state})


# %% snapshot_as_json | snapshot, archive twice | numbers rounded
# Keeps the state as JSON, in which each number becomes text.
import json


def snapshot(flight_id):
    version, state = load(flight_id)
    row = {"flight_id": flight_id, "version": version, "state": json.dumps(state, default=str)}
    put_if(snapshots, row, "attribute_not_exists(flight_id) OR version < :now", now=version)


def load(flight_id):
    found = snapshots.get_item(Key={"flight_id": flight_id}, ConsistentRead=True).get("Item")
    version, state = (int(found["version"]), json.loads(found["state"])) if found else (0, {})
    state["announced"] = int(state.get("announced", 0))
    since = history(flight_id, version)
    return (int(since[-1]["version"]) if since else version), fold(since, state) if since or found else {}
