"""Wrong answers to exercise_2: their form is in `tests/exercises/loading.py`."""

# %% given
# What the wrong answers get right: each of them replaces one piece.
import time
from collections.abc import Callable
from typing import Any

from opensearchpy import TransportError

from cdc_lab.classroom.search.client import connect
from cdc_lab.patterns import StreamRecord, as_document

INDEX = "flights"
search = connect()
Lines = list[dict[str, Any]]
Handler = Callable[[dict[str, Any], Any], Any]


def put(item: dict[str, Any]) -> Lines:
    meta = {"_id": item["flight_id"], "version": int(item["version"]), "version_type": "external"}
    return [{"index": meta}, as_document(item)]


def remove(record: StreamRecord) -> Lines:
    assert record.old_image is not None
    version = int(record.old_image["version"])
    meta = {"_id": record.keys["flight_id"], "version": version, "version_type": "external_gte"}
    return [{"delete": meta}]


def lines_of(record: StreamRecord) -> Lines:
    return put(record.new_image) if record.new_image else remove(record)


def items_of(lines: Lines) -> list[dict[str, Any]]:
    answer = search.bulk(index=INDEX, body=lines)
    return [next(iter(item.values())) for item in answer["items"]]


def is_refused(item: dict[str, Any]) -> bool:
    return "error" in item and item["status"] != 409


def failures(numbers: list[str], failed: int | None) -> dict[str, Any]:
    return {"batchItemFailures": [] if failed is None else [{"itemIdentifier": numbers[failed]}]}


def numbers_of(event: dict[str, Any]) -> list[str]:
    return [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]


def handler_with(
    to_lines: Callable[[StreamRecord], Lines] = lines_of,
    refused: Callable[[dict[str, Any]], bool] = is_refused,
) -> Handler:
    """A handler that is right as far as these two are."""

    def handler(event: dict[str, Any], context: Any) -> Any:
        lines: Lines = []
        owners: list[int] = []  # which record each action is of
        failed = None
        for place, record in enumerate(event["Records"]):
            try:
                made = to_lines(StreamRecord.from_event(record))
            except Exception as error:
                print(repr(error))
                failed = place
                break
            lines += made
            owners += [place] if made else []
        items = items_of(lines) if lines else []
        bad = [place for place, item in zip(owners, items, strict=True) if refused(item)]
        return failures(numbers_of(event), bad[0] if bad else failed)

    return handler


handler = handler_with()


def pages(table: Any) -> list[list[dict[str, Any]]]:
    page = table.scan(ConsistentRead=True)
    found = [page["Items"]]
    while "LastEvaluatedKey" in page:
        page = table.scan(ConsistentRead=True, ExclusiveStartKey=page["LastEvaluatedKey"])
        found.append(page["Items"])
    return found


def insist(call: Callable[[], Any]) -> None:
    """Make a call until the engine is no longer too busy for it."""
    while True:
        try:
            call()
        except TransportError as error:
            if error.status_code != 429:
                raise
            time.sleep(0.2)
        else:
            return


def write(items: list[dict[str, Any]], to_lines: Callable[[dict[str, Any]], Lines] = put) -> list[str]:
    """Write items until the engine is no longer too busy, and return what it does not have for good."""
    left: list[tuple[str, Lines]] = []
    failed: list[str] = []
    for item in items:
        try:
            left.append((item["flight_id"], to_lines(item)))
        except Exception as error:
            failed.append(f"{item['flight_id']}: {error!r}")
    while left:
        try:
            told = items_of([line for _, lines in left for line in lines])
        except TransportError as error:
            if error.status_code != 429:
                raise
            time.sleep(0.2)
            continue
        failed += [f"{it['_id']}: {it['error']}" for it in told if is_refused(it) and it["status"] != 429]
        left = [one for one, answer in zip(left, told, strict=True) if answer["status"] == 429]
        if left:
            time.sleep(0.2)
    return failed


def rebuild(table: Any) -> None:
    failed = [one for page in pages(table) for one in write(page)]
    if failed:
        raise RuntimeError(f"{len(failed)} items are not in the index: {failed[:3]}")


def query(text: str) -> dict[str, Any]:
    words = {"match": {"note": {"query": text, "operator": "and"}}}
    return {"bool": {"must": [words], "filter": [{"term": {"status": "delayed"}}]}}


def ids(body: dict[str, Any]) -> list[str]:
    return [hit["_id"] for hit in search.search(index=INDEX, body=body)["hits"]["hits"]]


def find_delayed(text: str) -> list[str]:
    return ids({"query": query(text), "sort": [{"dep_delay": "desc"}], "size": 1000})


# %% all_reported | unfit document | wrong identifier
# Every record of the batch reported when one is refused.
def handler(event, context):
    lines = [line for record in event["Records"] for line in lines_of(StreamRecord.from_event(record))]
    if any(is_refused(item) for item in items_of(lines)):
        return {"batchItemFailures": [{"itemIdentifier": number} for number in numbers_of(event)]}
    return {"batchItemFailures": []}


# %% all_that_is_odd_as_text | values | not as JSON
# What JSON does not know is written as Python shows it.
import json
from decimal import Decimal


def to_lines(record):
    lines = lines_of(record)
    if record.new_image:
        lines[1] = json.loads(json.dumps(record.new_image, default=odd))
    return lines


def odd(value):
    return float(value) if isinstance(value, Decimal) else repr(value)


handler = handler_with(to_lines)


# %% any_word | search by words | more than asked for
# A match of any of the words.
def find_delayed(text):
    delayed = {"term": {"status": "delayed"}}
    both = {"bool": {"must": [{"match": {"note": text}}], "filter": [delayed]}}
    return ids({"query": both, "sort": [{"dep_delay": "desc"}], "size": 1000})


# %% bulk_answer_not_read | busy engine | bulk answer not read
# A bulk request answered with 200 taken for done.
handler = handler_with(refused=lambda item: False)

# %% catch_all | busy for all | failure swallowed
# An exception of the client is logged, and the batch counts as done.
right = handler


def handler(event, context):
    try:
        return right(event, context)
    except Exception as error:
        print(repr(error))


# %% clock_as_version | late record | clock as version
# The clock as version: whatever comes last is newest.
def to_lines(record):
    lines = lines_of(record)
    next(iter(lines[0].values()))["version"] = time.time_ns()
    return lines


handler = handler_with(to_lines)

# %% conflict_reported | other borders | conflict taken for a failure
# A version conflict reported as a failure: a second delivery never ends well.
handler = handler_with(refused=lambda item: "error" in item)


# %% crash_between | crash | conflict taken for a failure
# A conflict taken for a failure, seen when the environment dies between writing and answering.
def handler(event, context):
    numbers = numbers_of(event)
    lines = [line for record in event["Records"] for line in lines_of(StreamRecord.from_event(record))]
    bad = [place for place, item in enumerate(items_of(lines)) if item["status"] >= 400]
    return failures(numbers, bad[0] if bad else None)


# %% delete_with_equal_version | removals | delete refused
# A removal with the very version of the document, which must be exceeded.
def to_lines(record):
    if record.new_image:
        return lines_of(record)
    version = int(record.old_image["version"])
    return [{"delete": {"_id": record.keys["flight_id"], "version": version, "version_type": "external"}}]


handler = handler_with(to_lines)


# %% delete_without_version | late delete | delete without a version
# A removal without a version removes what has come since.
def to_lines(record):
    return lines_of(record) if record.new_image else [{"delete": {"_id": record.keys["flight_id"]}}]


handler = handler_with(to_lines)


# %% empty_is_absent | values | empty taken for absent
# What is false in Python is left out.
def to_lines(record):
    lines = lines_of(record)
    return [lines[0], {name: value for name, value in lines[1].items() if value}] if lines[1:] else lines


handler = handler_with(to_lines)


# %% event_id_as_document | plain day | another id
# A document for each event: every state of a flight is found.
def to_lines(record):
    lines = lines_of(record)
    next(iter(lines[0].values()))["_id"] = record.event_id
    return lines


handler = handler_with(to_lines)


# %% event_id_as_identifier | unfit document | event id as identifier
# The eventID in itemIdentifier.
def handler(event, context):
    lines = [line for record in event["Records"] for line in lines_of(StreamRecord.from_event(record))]
    bad = [place for place, item in enumerate(items_of(lines)) if is_refused(item)]
    return {"batchItemFailures": [{"itemIdentifier": event["Records"][place]["eventID"]} for place in bad]}


# %% expiry_ignored | removals | expiry ignored
# Time to live is no delete by a user, so the index need not know.
def to_lines(record):
    return [] if record.is_ttl_delete else lines_of(record)


handler = handler_with(to_lines)


# %% first_page_only | rebuild of a large table | first page only
# One scan taken for the whole table.
def rebuild(table):
    write(table.scan(ConsistentRead=True)["Items"])


# %% first_record_only | plain day | first record only
# One record to an event.
def handler(event, context):
    items_of(lines_of(StreamRecord.from_event(event["Records"][0])))


# %% helper_raises | other borders | conflict taken for a failure
# The bulk helper of opensearch-py, which raises on any conflict.
from opensearchpy import helpers


def handler(event, context):
    def actions():
        for record in map(StreamRecord.from_event, event["Records"]):
            (meta, *document) = lines_of(record)
            ((operation, options),) = meta.items()
            source = {"_source": document[0]} if document else {}
            yield {"_op_type": operation, "_index": INDEX, **options, **source}

    helpers.bulk(search, actions())


# %% id_by_the_engine | plain day | another id
# No id given: the engine makes one up for each delivery.
def to_lines(record):
    return [{"index": {}}, as_document(record.new_image)] if record.new_image else lines_of(record)


handler = handler_with(to_lines)


# %% item_as_document | values | not as JSON
# The item itself as document: the client knows Decimal, but no sets and no bytes.
def to_lines(record):
    lines = lines_of(record)
    return [lines[0], record.new_image] if record.new_image else lines


handler = handler_with(to_lines)


# %% last_refusal_reported | busy engine | not the lowest reported
# Only the last refused record reported: those before it are past Lambda's checkpoint.
def handler(event, context):
    numbers, failed = numbers_of(event), None
    lines = [line for record in event["Records"] for line in lines_of(StreamRecord.from_event(record))]
    for place, item in enumerate(items_of(lines)):
        if is_refused(item):
            failed = place
    return failures(numbers, failed)


# %% memory_of_the_instance | cold start | memory of the instance
# Events seen before are left out, as long as the environment lives.
seen = set()


def to_lines(record):
    flight, item = record.keys["flight_id"], record.new_image
    if record.event_id in seen:
        return []
    seen.add(record.event_id)
    return [{"index": {"_id": flight}}, as_document(item)] if item else [{"delete": {"_id": flight}}]


handler = handler_with(to_lines)


# %% new_image_assumed | removals | both images assumed
# NewImage read of every record, also of a REMOVE.
def handler(event, context):
    lines = []
    for record in event["Records"]:
        assert record["dynamodb"]["NewImage"]
        lines += lines_of(StreamRecord.from_event(record))
    items_of(lines)


# %% no_version | late record | no version
# No version: the last to arrive wins.
def to_lines(record):
    lines = lines_of(record)
    if record.new_image:
        lines[0] = {"index": {"_id": record.keys["flight_id"]}}
    return lines


handler = handler_with(to_lines)

# %% not_found_reported | nothing to remove | nothing to remove
# A removal that found nothing reported as a failure.
handler = handler_with(refused=lambda item: item["status"] >= 400 and item["status"] != 409)

# %% numbers_as_int | values | not as JSON
# Every number through int.
from decimal import Decimal


def plain(value):
    return int(value) if isinstance(value, Decimal) else value


def to_lines(record):
    lines = lines_of(record)
    if record.new_image:
        lines[1] |= {name: plain(value) for name, value in record.new_image.items() if "fare" in name}
    return lines


handler = handler_with(to_lines)


# %% numbers_as_text | plain day | not as JSON
# Numbers as text, because JSON does not know Decimal.
def to_lines(record):
    lines = lines_of(record)
    if record.new_image and "dep_delay" in record.new_image:
        lines[1]["dep_delay"] = str(record.new_image["dep_delay"])
    return lines


handler = handler_with(to_lines)


# %% older_than_a_minute | late | old by the clock
# What is older than a minute by the clock is left out.
def to_lines(record):
    return lines_of(record) if time.time() - record.created_at.timestamp() < 3000 else []


handler = handler_with(to_lines)


# %% one_call_a_record | large batch | a call for each record
# A call to the engine for each record.
def handler(event, context):
    for place, record in enumerate(event["Records"]):
        try:
            items = items_of(lines_of(StreamRecord.from_event(record)))
        except Exception:
            return failures(numbers_of(event), place)
        if is_refused(items[0]):
            return failures(numbers_of(event), place)
    return failures([], None)


# %% order_by_score | search with many hits | order of the hits
# Hits in the order of their score.
def find_delayed(text):
    return ids({"query": query(text), "size": 1000})


# %% partial_update | plain day | partial update
# Only what is new is merged into the document: what was removed stays.
def to_lines(record):
    if record.event_name != "MODIFY":
        return lines_of(record)
    flight = record.keys["flight_id"]
    return [{"update": {"_id": flight}}, {"doc": as_document(record.new_image), "doc_as_upsert": True}]


handler = handler_with(to_lines)


# %% phrase | search by words | words as written
# A phrase: the words must stand side by side, in this order.
def find_delayed(text):
    words = {"match_phrase": {"note": text}}
    both = {"bool": {"must": [words], "filter": [{"term": {"status": "delayed"}}]}}
    return ids({"query": both, "sort": [{"dep_delay": "desc"}], "size": 1000})


# %% query_language | search as people type | query language
# What people type, read as the query language.
def find_delayed(text):
    both = f"status:delayed AND note:({text})"
    words = {"query_string": {"query": both, "default_operator": "AND"}}
    return ids({"query": words, "sort": [{"dep_delay": "desc"}], "size": 1000})


# %% read_then_write | late after a delete | no version after a delete
# The document is read, compared and written: of a deleted one nothing is left to compare with.
def to_lines(record):
    flight, item = record.keys["flight_id"], record.new_image or record.old_image
    known = search.get(index=INDEX, id=flight, ignore=404)
    if known["found"] and known["_source"]["version"] > item["version"]:
        return []
    if record.new_image is None:
        return [{"delete": {"_id": flight}}]
    return [{"index": {"_id": flight}}, as_document(item)]


handler = handler_with(to_lines)


# %% rebuild_clears_first | rebuild during changes | a rebuild that forgets deletes
# A rebuild that empties the index when it has read: with the documents the deletes are forgotten.
def rebuild(table):
    found = pages(table)
    insist(lambda: search.indices.delete(index=INDEX))
    insist(lambda: search.indices.create(index=INDEX))
    for page in found:
        write(page)


# %% rebuild_ignores_refusals | rebuild of a busy engine | rebuild gives up
# What the engine refuses during a rebuild is never sent again.
def rebuild(table):
    for page in pages(table):
        items_of([line for item in page for line in put(item)])


# %% rebuild_into_nothing | rebuild | lost
# A rebuild of flights that have arrived only: the others are not in it.
def rebuild(table):
    for page in pages(table):
        write([item for item in page if item["status"] == "arrived"])


# %% rebuild_logs_refusals | rebuild of a busy engine | rebuild gives up
# A rebuild of single calls that logs what is refused, and goes on.
from opensearchpy import TransportError


def rebuild(table):
    for page in pages(table):
        for item in page:
            meta = put(item)[0]["index"]
            options = {"version": meta["version"], "version_type": "external"}
            try:
                search.index(index=INDEX, id=meta["_id"], body=as_document(item), **options)
            except TransportError as error:
                print(error)


# %% rebuild_raises | rebuild of a busy engine | rebuild gives up
# A rebuild that ends at the first refusal: nobody starts it again.
def rebuild(table):
    for page in pages(table):
        told = items_of([line for item in page for line in put(item)])
        for item in told:
            if item["status"] == 429:
                raise RuntimeError(item["error"]["type"])


# %% rebuild_with_the_clock | rebuild during changes | rebuild outbids the stream
# A rebuild with the time as version, so that it wins: the stream's later changes then lose.
def rebuild(table):
    now = int(time.time())
    for page in pages(table):
        write(page, lambda item: [{"index": {**put(item)[0]["index"], "version": now}}, as_document(item)])


# %% rebuild_without_version | rebuild during changes | scan wins
# A rebuild that writes what it has read, whatever has come since.
def rebuild(table):
    for page in pages(table):
        write(page, lambda item: [{"index": {"_id": item["flight_id"]}}, as_document(item)])


# %% refusal_raises | unfit document | exception fails the batch
# An exception for one refused document fails the whole batch, and Lambda gives all of it up.
def handler(event, context):
    lines = [line for record in event["Records"] for line in lines_of(StreamRecord.from_event(record))]
    bad = [item for item in items_of(lines) if is_refused(item)]
    if bad:
        raise ValueError(f"{len(bad)} documents refused")


# %% removes_ignored | removals | removes ignored
# REMOVE ignored: the flight stays to be found.
def to_lines(record):
    return lines_of(record) if record.new_image else []


handler = handler_with(to_lines)


# %% repeated_for_ever | unfit document | repeated for ever
# What was refused is sent again until it is taken: some documents never are.
def handler(event, context):
    lines = [lines_of(StreamRecord.from_event(record)) for record in event["Records"]]
    while lines:
        told = items_of([line for pair in lines for line in pair])
        lines = [pair for pair, item in zip(lines, told, strict=True) if is_refused(item)]


# %% reported_but_not_written | unreadable record | reported but not written
# The unreadable record is reported, and what was read before it is not written.
def handler(event, context):
    lines = []
    for place, record in enumerate(event["Records"]):
        try:
            lines += lines_of(StreamRecord.from_event(record))
        except Exception:
            return failures(numbers_of(event), place)
    bad = [place for place, item in enumerate(items_of(lines)) if is_refused(item)]
    return failures(numbers_of(event), bad[0] if bad else None)


# %% seconds_as_version | one second | seconds as version
# Event time as version: it has whole seconds.
def to_lines(record):
    lines = lines_of(record)
    next(iter(lines[0].values()))["version"] = int(record.created_at.timestamp())
    return lines


handler = handler_with(to_lines)


# %% sequence_as_version | plain day | sequence number as version
# The sequence number as version: it is too long for one.
def to_lines(record):
    lines = lines_of(record)
    next(iter(lines[0].values()))["version"] = record.sequence
    return lines


handler = handler_with(to_lines)


# %% status_forgotten | search by words | more than asked for
# Every flight with the words, delayed or not.
def find_delayed(text):
    words = {"match": {"note": {"query": text, "operator": "and"}}}
    return ids({"query": words, "sort": [{"dep_delay": "desc"}], "size": 1000})


# %% ten_hits | search with many hits | ten hits
# A search returns ten hits unless it is told otherwise.
def find_delayed(text):
    return ids({"query": query(text), "sort": [{"dep_delay": "desc"}]})


# %% term_on_text | search by words | words as written
# A term query on analysed text: it compares with single words in lower case.
def find_delayed(text):
    both = {"bool": {"filter": [{"term": {"note": text}}, {"term": {"status": "delayed"}}]}}
    return ids({"query": both, "sort": [{"dep_delay": "desc"}], "size": 1000})


# %% type_tags_left | plain day | type tags left
# The image as it comes, with its type tags, as the document.
def handler(event, context):
    lines = []
    for record in event["Records"]:
        change = record["dynamodb"]
        image = change.get("NewImage") or change["OldImage"]
        meta = {"_id": change["Keys"]["flight_id"]["S"], "version": int(image["version"]["N"])}
        meta["version_type"] = "external" if "NewImage" in change else "external_gte"
        lines += [{"index": meta}, image] if "NewImage" in change else [{"delete": meta}]
    refused = [place for place, item in enumerate(items_of(lines)) if is_refused(item)]
    return failures(numbers_of(event), refused[0] if refused else None)


# %% unreadable_raises | unreadable last record | exception fails the batch
# An unreadable record fails the whole batch.
def handler(event, context):
    records = [StreamRecord.from_event(record) for record in event["Records"]]
    lines = [line for record in records for line in lines_of(record)]
    bad = [place for place, item in enumerate(items_of(lines)) if is_refused(item)]
    return failures(numbers_of(event), bad[0] if bad else None)


# %% unreadable_skipped | unreadable record | failure swallowed
# An unreadable record is left out, and the batch counts as done.
right = handler


def handler(event, context):
    readable = []
    for record in event["Records"]:
        try:
            StreamRecord.from_event(record)
        except Exception as error:
            print(repr(error))
        else:
            readable.append(record)
    return right({"Records": readable}, context)


# %% whole_hits | search by words | form of the hits
# The hits as the engine returns them.
def find_delayed(text):
    body = {"query": query(text), "sort": [{"dep_delay": "desc"}], "size": 1000}
    return search.search(index=INDEX, body=body)["hits"]["hits"]


# %% words_cut_at_blanks | search as people type | words as written
# The text cut at its blanks: a bracket that stands alone is asked for as a word.
def find_delayed(text):
    words = [{"match": {"note": word}} for word in text.split()]
    both = {"bool": {"must": words, "filter": [{"term": {"status": "delayed"}}]}}
    return ids({"query": both, "sort": [{"dep_delay": "desc"}], "size": 1000})


# %% rebuild_dies_when_refused | rebuild of an engine too busy | rebuild gives up
# Documents are sent again, but nobody catches the request that is refused as a whole.
def rebuild(table):
    for items in pages(table):
        while items:
            told = items_of([line for item in items for line in put(item)])
            items = [item for item, answer in zip(items, told, strict=True) if answer["status"] == 429]


# %% rebuild_tries_twice | rebuild of a busy engine | rebuild gives up
# What is refused is sent again once, and then dropped.
def rebuild(table):
    for items in pages(table):
        for _ in range(2):
            if items:
                told = items_of([line for item in items for line in put(item)])
                items = [item for item, answer in zip(items, told, strict=True) if answer["status"] == 429]
                time.sleep(0.2)


# %% table_without_version | rebuild during changes | no version
# The handler writes what the table has, without its version, and so against a rebuild's.
import boto3


def current(record):
    item = boto3.resource("dynamodb").Table("flights").get_item(Key=record.keys, ConsistentRead=True)
    place = {"_id": record.keys["flight_id"]}
    return [{"index": place}, as_document(item["Item"])] if "Item" in item else [{"delete": place}]


handler = handler_with(current)


# %% rebuild_exits | rebuild | ends its process
# A script's end in a function.
import sys


def rebuild(table):
    for page in pages(table):
        write(page)
    sys.exit(0)


# %% one_bulk_request_a_document | large batch | a call for each record
# A document at a time, by the call that takes one.
from opensearchpy import ConflictError, NotFoundError


def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        meta, *document = lines_of(record)
        ((kind, where),) = meta.items()
        where = {"index": INDEX, "id": where.pop("_id"), **where}
        try:
            search.index(**where, body=document[0]) if kind == "index" else search.delete(**where)
        except (ConflictError, NotFoundError):
            pass
    return failures([], None)


# %% rebuild_into_a_fresh_index | rebuild during changes | a rebuild that forgets deletes
# The classroom's own helper makes the index anew when the table has been read.
def rebuild(table):
    from cdc_lab.classroom.search import search_engine

    found = [item for page in pages(table) for item in page]
    insist(lambda: search_engine(INDEX))
    write(found)


# %% only_for_good_reported | busy engine | bulk answer not read
# What is refused for good is reported; what the engine was too busy for is not looked at.
handler = handler_with(refused=lambda item: item["status"] == 400)


# %% milliseconds_as_version | late record | clock as version
# The moment of processing in milliseconds, in place of the item's version.
from datetime import UTC, datetime


def put(item):
    version = int(datetime.now(UTC).timestamp() * 1000)
    return [
        {"index": {"_id": item["flight_id"], "version": version, "version_type": "external"}},
        as_document(item),
    ]


# %% delete_with_an_older_version | removals | delete refused
# The removal has the version before the one that was removed.
def remove(record):
    version = int(record.old_image["version"]) - 1
    return [{"delete": {"_id": record.keys["flight_id"], "version": version, "version_type": "external_gte"}}]


# %% delete_by_its_own_call | late delete | delete without a version
# Each record goes to the engine by a call of its own, and a removal takes away whatever is there.
def handler(event, context):
    for record in map(StreamRecord.from_event, event["Records"]):
        if record.new_image:
            items_of(put(record.new_image))
        else:
            search.delete(index=INDEX, id=record.keys["flight_id"], ignore=404)


# %% nothing_that_is_none | values | empty taken for absent
# NULL is left out of the document: who looks for it finds nothing.
def put(item):
    meta = {"_id": item["flight_id"], "version": int(item["version"]), "version_type": "external"}
    return [{"index": meta}, {name: value for name, value in as_document(item).items() if value is not None}]


# %% system_changes_left_out | removals | expiry ignored
# Whatever the service itself did is no change of a user's.
right = handler


def handler(event, context):
    of_users = [record for record in event["Records"] if "userIdentity" not in record]
    return right({"Records": of_users}, context) if of_users else failures([], None)


# %% limit_for_the_whole_table | rebuild of a large table | first page only
# A high limit is thought to bring the whole table.
def rebuild(table):
    write(table.scan(ConsistentRead=True, Limit=100_000)["Items"])


# %% returns_in_the_loop | plain day | first record only
# The answer is given after the first record.
def handler(event, context):
    for record in event["Records"]:
        items_of(lines_of(StreamRecord.from_event(record)))
        return {"batchItemFailures": []}


# %% ids_in_a_set | search by words | form of the hits
# The ids without an order.
right = find_delayed


def find_delayed(text):
    return set(right(text))


# %% only_delayed_flights | rebuild | lost
# The rebuild writes only what a search asks for.
def rebuild(table):
    for page in pages(table):
        write([item for item in page if item["status"] == "delayed"])


# %% newest_version_in_memory | cold start | memory of the instance
# The highest version of each flight is kept in a dict, and not by the index.
newest = {}


def to_lines(record):
    flight, item = record.keys["flight_id"], record.new_image or record.old_image
    if item["version"] < newest.get(flight, 0):
        return []
    newest[flight] = item["version"]
    return (
        [{"index": {"_id": flight}}, as_document(item)] if record.new_image else [{"delete": {"_id": flight}}]
    )


handler = handler_with(to_lines)


# %% compared_by_a_search | late after a delete | no version after a delete
# A search tells which version the index has; of a flight that is gone it tells nothing.
def to_lines(record):
    flight, item = record.keys["flight_id"], record.new_image or record.old_image
    search.indices.refresh(index=INDEX)
    hits = search.search(index=INDEX, body={"query": {"ids": {"values": [flight]}}})["hits"]["hits"]
    if hits and hits[0]["_source"]["version"] > item["version"]:
        return []
    return (
        [{"index": {"_id": flight}}, as_document(item)] if record.new_image else [{"delete": {"_id": flight}}]
    )


handler = handler_with(to_lines)


# %% reported_one_too_late | busy engine | not the lowest reported
# The record after the first refused one is reported.
def handler(event, context):
    numbers = numbers_of(event)
    told = items_of(
        [line for record in event["Records"] for line in lines_of(StreamRecord.from_event(record))]
    )
    bad = [place for place, item in enumerate(told) if is_refused(item)]
    return failures(numbers, min(bad[0] + 1, len(numbers) - 1) if bad else None)


# %% not_found_by_its_result | nothing to remove | nothing to remove
# A removal that found nothing is taken for one that failed.
handler = handler_with(refused=lambda item: is_refused(item) or item.get("result") == "not_found")


# %% older_than_an_hour | late | old by the clock
# What is older than an hour is left out, by the time that stands in the record.
right = handler


def handler(event, context):
    fresh = [
        record
        for record in event["Records"]
        if time.time() - record["dynamodb"]["ApproximateCreationDateTime"] < 3600
    ]
    return right({"Records": fresh}, context) if fresh else failures([], None)


# %% order_of_the_ids | search with many hits | order of the hits
# The hits in the order of their ids.
right = find_delayed


def find_delayed(text):
    return sorted(right(text))


# %% merged_by_its_own_call | plain day | partial update
# Each change is merged by a call of its own.
def to_lines(record):
    if record.event_name != "MODIFY":
        return lines_of(record)
    body = {"doc": as_document(record.new_image), "doc_as_upsert": True}
    search.update(index=INDEX, id=record.keys["flight_id"], body=body)
    return []


handler = handler_with(to_lines)


# %% query_in_the_url | search as people type | query language
# The text as the query of the URL.
FIRST = {"size": 1000, "sort": "dep_delay:desc"}


def find_delayed(text):
    hits = search.search(index=INDEX, q=f"status:delayed AND note:({text})", default_operator="AND", **FIRST)
    return [hit["_id"] for hit in hits["hits"]["hits"]]


# %% rebuild_with_a_margin | rebuild during changes | rebuild outbids the stream
# The rebuild's versions are higher than all others, so that it surely wins.
right_put = put


def higher(item):
    lines = right_put(item)
    lines[0]["index"]["version"] *= 1000
    return lines


def rebuild(table):
    for page in pages(table):
        write(page, higher)


# %% two_event_names | removals | removes ignored
# The two event names that bring a new image, and no third.
right = handler


def handler(event, context):
    known = [record for record in event["Records"] if record["eventName"] in ("INSERT", "MODIFY")]
    return right({"Records": known}, context) if known else failures([], None)


# %% longer_and_longer_waits | unfit document | repeated for ever
# Refused documents are sent again after longer and longer waits, whatever the reason.
def send(lines, wait=0.1):
    told = items_of([line for pair in lines for line in pair])
    left = [pair for pair, item in zip(lines, told, strict=True) if is_refused(item)]
    if left:
        time.sleep(wait)
        send(left, wait * 2)


def handler(event, context):
    send([lines_of(StreamRecord.from_event(record)) for record in event["Records"]])


# %% all_read_first | unreadable record | reported but not written
# All records are read first; when one cannot be, nothing is sent.
def handler(event, context):
    numbers, made = numbers_of(event), []
    try:
        for record in event["Records"]:
            made.append(lines_of(StreamRecord.from_event(record)))
    except Exception as error:
        print(repr(error))
        return failures(numbers, len(made))
    bad = [
        place for place, item in enumerate(items_of([it for pair in made for it in pair])) if is_refused(item)
    ]
    return failures(numbers, bad[0] if bad else None)


# %% rebuild_one_by_one | rebuild during changes | scan wins
# Each item that was read is put into the index, by the call for one document.
def rebuild(table):
    for page in pages(table):
        for item in page:
            insist(lambda item=item: search.index(index=INDEX, id=item["flight_id"], body=as_document(item)))


# %% event_time_of_the_raw_record | one second | seconds as version
# The record's own time as version, read from the event.
right = handler


def handler(event, context):
    for record in event["Records"]:
        moment = {"N": str(int(record["dynamodb"]["ApproximateCreationDateTime"]))}
        for name in ("NewImage", "OldImage"):
            if name in record["dynamodb"]:
                record["dynamodb"][name]["version"] = moment
    return right(event, context)


# %% remainder_as_version | plain day | sequence number as version
# The sequence number, made to fit into 63 bits: it does not grow any more.
def to_lines(record):
    lines = lines_of(record)
    next(iter(lines[0].values()))["version"] = record.sequence % 2**63
    return lines


handler = handler_with(to_lines)


# %% top_ten | search with many hits | ten hits
# The ten longest delays.
def find_delayed(text):
    return ids({"query": query(text), "sort": [{"dep_delay": "desc"}], "size": 10})


# %% dynamodb_json | plain day | type tags left
# The image of the record is turned into JSON as it stands.
import json


def put(item):
    from boto3.dynamodb.types import TypeSerializer

    meta = {"_id": item["flight_id"], "version": int(item["version"]), "version_type": "external"}
    return [{"index": meta}, json.loads(json.dumps(TypeSerializer().serialize(item)["M"], default=str))]


# %% moments_in_utc | values | wrong value
# Every moment is brought to one zone, and is another text then.
from datetime import UTC, datetime


def in_utc(value):
    try:
        return datetime.fromisoformat(value).astimezone(UTC).isoformat()
    except (TypeError, ValueError):
        return value


def put(item):
    meta = {"_id": item["flight_id"], "version": int(item["version"]), "version_type": "external"}
    return [{"index": meta}, {name: in_utc(value) for name, value in as_document(item).items()}]


# %% moments_without_zone | values | wrong value
# The zone of a moment is cut off.
import re


def put(item):
    meta = {"_id": item["flight_id"], "version": int(item["version"]), "version_type": "external"}
    document = {
        name: re.sub(r"(T\d\d:\d\d:\d\d)[+-]\d\d:\d\d$", r"\1", value) if isinstance(value, str) else value
        for name, value in as_document(item).items()
    }
    return [{"index": meta}, document]


# %% no_index_named | search by words | more than asked for
# The search names no index, and finds what is in any.
def find_delayed(text):
    body = {"query": query(text), "sort": [{"dep_delay": "desc"}], "size": 1000}
    return [hit["_id"] for hit in search.search(body=body)["hits"]["hits"]]


# %% a_page_of_hundred | search with many hits | ten hits
# A hundred hits are taken for all.
def find_delayed(text):
    return ids({"query": query(text), "sort": [{"dep_delay": "desc"}], "size": 100})


# %% engine_error_logged | refused calls | failure swallowed
# An answer of 503 is logged, and the batch counts as done.
right = handler


def handler(event, context):
    try:
        return right(event, context)
    except TransportError as error:
        print("engine:", error.status_code)
        return failures([], None)


# %% scan_error_logged | rebuild, refused | refusal taken for done
# A scan that is refused is logged; the rebuild ends as if the table were empty.
from botocore.exceptions import ClientError

right = rebuild


def rebuild(table):
    try:
        right(table)
    except ClientError as error:
        print(repr(error))


# %% rest_of_the_table_left | rebuild, refused | refusal taken for done
# When a page cannot be read, what was read so far is the table.
import contextlib

from botocore.exceptions import ClientError


def rebuild(table):
    request = {"ConsistentRead": True}
    with contextlib.suppress(ClientError):
        while True:
            page = table.scan(**request)
            write(page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


# %% unavailable_engine_left | rebuild, refused | rebuild gives up
# An engine that answers 503 is left alone.
right = rebuild


def rebuild(table):
    try:
        right(table)
    except TransportError as error:
        if error.status_code != 503:
            raise


# %% simple_query_language | search as people type | query language
# The query language that refuses nothing is a language all the same.
def find_delayed(text):
    words = {"simple_query_string": {"query": text, "fields": ["note"], "default_operator": "and"}}
    both = {"bool": {"must": [words], "filter": [{"term": {"status": "delayed"}}]}}
    return ids({"query": both, "sort": [{"dep_delay": "desc"}], "size": 1000})


# %% several_fields | search by words | words of other attributes
# The words may stand in whatever attribute a flight is described by.
def find_delayed(text):
    words = {"multi_match": {"query": text, "fields": ["note", "status", "dest"], "operator": "and"}}
    both = {"bool": {"must": [words], "filter": [{"term": {"status": "delayed"}}]}}
    return ids({"query": both, "sort": [{"dep_delay": "desc"}], "size": 1000})


# %% note_or_destination | search by words | words of other attributes
# Who types an airport is thought to want its flights.
def find_delayed(text):
    words = [{"match": {"note": {"query": text, "operator": "and"}}}, {"term": {"dest": text}}]
    either = {"bool": {"should": words, "minimum_should_match": 1}}
    both = {"bool": {"must": [either], "filter": [{"term": {"status": "delayed"}}]}}
    return ids({"query": both, "sort": [{"dep_delay": "desc"}], "size": 1000})


# %% zero_terms_find_all | search as people type | no word finds all
# Who types nothing is shown everything.
def find_delayed(text):
    words = {"match": {"note": {"query": text, "operator": "and", "zero_terms_query": "all"}}}
    both = {"bool": {"must": [words], "filter": [{"term": {"status": "delayed"}}]}}
    return ids({"query": both, "sort": [{"dep_delay": "desc"}], "size": 1000})


# %% a_condition_for_each_word | search as people type | no word finds all
# A condition for each word: of no word there is none.
import re


def find_delayed(text):
    words = [{"match": {"note": word}} for word in re.findall(r"\w+", text)]
    both = {"bool": {"must": words, "filter": [{"term": {"status": "delayed"}}]}}
    return ids({"query": both, "sort": [{"dep_delay": "desc"}], "size": 1000})


# %% sorted_upwards | search with many hits | shortest first
# A field to sort by, and no direction.
def find_delayed(text):
    return ids({"query": query(text), "sort": ["dep_delay"], "size": 1000})


# %% sorted_in_python | search with many hits | shortest first
# All hits, in order by Python's own sorting.
def find_delayed(text):
    hits = search.search(index=INDEX, body={"query": query(text), "size": 1000})["hits"]["hits"]
    return [hit["_id"] for hit in sorted(hits, key=lambda hit: hit["_source"]["dep_delay"])]


# %% rebuild_drops_what_never_fits | rebuild of unfit items | never taken, never told
# What the index does not take is logged, and nobody hears of it.
def rebuild(table):
    for page in pages(table):
        print(write(page))


# %% only_fit_items | rebuild of unfit items | never taken, never told
# Items without a version are left out, and only 429 is looked at.
def rebuild(table):
    for page in pages(table):
        left = [item for item in page if "version" in item]
        while left:
            try:
                told = items_of([line for item in left for line in put(item)])
            except TransportError as error:
                if error.status_code != 429:
                    raise
            else:
                left = [item for item, answer in zip(left, told, strict=True) if answer["status"] == 429]
            time.sleep(0.2)


# %% version_taken_for_granted | rebuild of unfit items | one item stops the rebuild
# A page is made into lines as if each item had its version.
def rebuild(table):
    for page in pages(table):
        lines_of_page = [(item, put(item)) for item in page]
        failed = write([item for item, _ in lines_of_page])
        if failed:
            raise RuntimeError(failed)


# %% raised_after_its_page | rebuild of unfit items | one item stops the rebuild
# The first page that has an unfit item is the last one that is written.
def rebuild(table):
    for page in pages(table):
        failed = write(page)
        if failed:
            raise RuntimeError(failed)


# %% only_busy_reported | unfit document | never taken, never told
# What comes again to the same answer is left: only a busy engine is reported.
handler = handler_with(refused=lambda item: item["status"] in (429, 503))


# %% unfit_taken_for_done | unfit document | never taken, never told
# A document that the mapping does not take is no failure of the index.
handler = handler_with(refused=lambda item: is_refused(item) and item["status"] != 400)


# %% creation_in_milliseconds | one second | seconds as version
# The creation time in milliseconds is thought to be finer than in seconds.
def to_lines(record):
    lines = lines_of(record)
    next(iter(lines[0].values()))["version"] = int(record.created_at.timestamp() * 1000)
    return lines


handler = handler_with(to_lines)


# %% removal_two_higher | removals | removal outbids the return
# A margin of two, so that the removal surely wins.
def remove(record):
    version = int(record.old_image["version"]) + 2
    return [{"delete": {"_id": record.keys["flight_id"], "version": version, "version_type": "external"}}]


# %% removal_with_the_clock | removals | removal outbids the return
# A removal is final, so it gets the highest version there is: the time.
def remove(record):
    meta = {"_id": record.keys["flight_id"], "version": time.time_ns(), "version_type": "external"}
    return [{"delete": meta}]


# %% rebuild_creates | rebuild during changes | scan wins
# A rebuild only adds what is not there: what has been removed is not there, either.
def rebuild(table):
    for page in pages(table):
        write(page, lambda item: [{"create": {"_id": item["flight_id"]}}, as_document(item)])


# %% rebuild_takes_an_equal_version | rebuild during changes | equal version accepted
# As high as is high enough, also for what a scan has read.
def equal(item):
    lines = put(item)
    lines[0]["index"]["version_type"] = "external_gte"
    return lines


def rebuild(table):
    for page in pages(table):
        write(page, equal)


# %% handler_takes_an_equal_version | late after a delete | equal version accepted
# One type of version for all lines.
def to_lines(record):
    lines = lines_of(record)
    next(iter(lines[0].values()))["version_type"] = "external_gte"
    return lines


handler = handler_with(to_lines)


# %% json_default_str | plain day | not as JSON
# Whatever JSON does not know is made text.
import json


def to_lines(record):
    lines = lines_of(record)
    return [lines[0], json.loads(json.dumps(record.new_image, default=str))] if record.new_image else lines


handler = handler_with(to_lines)
