"""Right answers to exercise_2: their form is in `tests/exercises/loading.py`."""

# %% latest_of_each
# No patterns: of each flight only its last change in the batch, through the helper of opensearch-py.
import base64
import time
from decimal import Decimal

from opensearchpy import helpers

from cdc_lab.classroom.search.client import connect
from cdc_lab.patterns import as_document

search = connect()


def plain(typed):
    ((tag, value),) = typed.items()
    if tag == "N":
        number = Decimal(value)
        return int(number) if number == int(number) else float(number)
    if tag == "NS":
        return [plain({"N": entry}) for entry in value]
    if tag == "B":
        base64.b64decode(value)
        return value
    if tag == "L":
        return [plain(entry) for entry in value]
    if tag == "M":
        return {name: plain(entry) for name, entry in value.items()}
    if tag == "NULL":
        return None
    if tag not in ("S", "SS", "BS", "BOOL"):
        raise ValueError(tag)
    return value


def action(flight, item, is_gone):
    document = {name: plain(value) for name, value in item.items()}
    version = document["version"] + (1 if is_gone else 0)
    made = {"_index": "flights", "_id": flight, "version": version, "version_type": "external"}
    return {**made, "_op_type": "delete"} if is_gone else {**made, "_op_type": "index", "_source": document}


def refused(actions):
    told = helpers.streaming_bulk(
        search, actions, raise_on_error=False, raise_on_exception=False, max_retries=0, yield_ok=True
    )
    for made, (is_ok, item) in zip(actions, told, strict=True):
        status = next(iter(item.values()))["status"]
        if not is_ok and status != 409 and not (status == 404 and "delete" in item):
            yield made["_id"], status


def handler(event, context):
    last, first_of, bad = {}, {}, None
    for record in event["Records"]:
        change = record["dynamodb"]
        number = change["SequenceNumber"]
        try:
            flight = change["Keys"]["flight_id"]["S"]
            is_gone = record["eventName"] == "REMOVE"
            last[flight] = action(flight, change["OldImage" if is_gone else "NewImage"], is_gone)
            first_of.setdefault(flight, number)
        except Exception as error:
            print("cannot read", error)
            bad = number
            break
    numbers = [first_of[flight] for flight, _ in refused(list(last.values()))] + ([bad] if bad else [])
    return {"batchItemFailures": [{"itemIdentifier": number} for number in numbers]}


def rebuild(table):
    client, left, failed = table.meta.client, [], []
    for page in client.get_paginator("scan").paginate(TableName=table.name, ConsistentRead=True):
        failed += [item["flight_id"] for item in page["Items"] if "version" not in item]
        left += [
            {
                "_index": "flights",
                "_id": item["flight_id"],
                "version": int(item["version"]),
                "version_type": "external",
                "_source": as_document(item),
            }
            for item in page["Items"]
            if "version" in item
        ]
    while left:
        told = list(refused(left))
        busy = {flight for flight, status in told if status in (429, 502, 503, 504)}
        failed += [flight for flight, _ in told if flight not in busy]
        left = [made for made in left if made["_id"] in busy]
        if left:
            time.sleep(0.1)
    assert not failed, failed


def find_delayed(text):
    plain_words = {"query": text, "fields": ["note"], "default_operator": "and", "flags": "NONE"}
    words = {"simple_query_string": plain_words}
    query = {"bool": {"must": words, "filter": {"term": {"status": "delayed"}}}}
    hits = list(helpers.scan(search, index="flights", query={"query": query}))
    return [hit["_id"] for hit in sorted(hits, key=lambda hit: -hit["_source"]["dep_delay"])]


# %% patterns_index
# The pattern as it is deployed, and a search that filters by a bool query.
from cdc_lab.classroom.search.client import connect
from cdc_lab.patterns import SearchIndex

search = connect()
flights = SearchIndex(search, "flights")


def handler(event, context):
    return flights.sync_batch(event)


def rebuild(table):
    flights.rebuild(table)


def find_delayed(text):
    body = {
        "size": 10_000,
        "_source": False,
        "sort": [{"dep_delay": {"order": "desc"}}],
        "query": {
            "bool": {
                "filter": [
                    {"term": {"status": "delayed"}},
                    {"match": {"note": {"query": text, "operator": "and"}}},
                ]
            }
        },
    }
    found = search.search(index="flights", body=body)
    return [hit["_id"] for hit in found["hits"]["hits"]]


# %% helper_bulk
# The bulk helper of opensearch-py sends what the batch made, and names what was refused.
from opensearchpy import helpers


def as_action(lines):
    ((kind, meta),) = lines[0].items()
    document = {"_source": lines[1]} if kind == "index" else {}
    return {"_op_type": kind, "_index": INDEX, **meta, **document}


def handler(event, context):
    actions, owners, failed = [], [], []
    for raw in event["Records"]:
        number = raw["dynamodb"]["SequenceNumber"]
        try:
            actions.append(as_action(lines_of(StreamRecord.from_event(raw))))
            owners.append(number)
        except Exception as error:
            print(repr(error))
            failed.append(number)
            break
    told = helpers.streaming_bulk(search, actions, raise_on_error=False, max_retries=0)
    for number, (is_ok, item) in zip(owners, told, strict=True):
        status = next(iter(item.values()))["status"]
        if not is_ok and status not in (404, 409):
            failed.append(number)
    lowest = sorted(failed, key=int)[:1]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in lowest]}


# %% removal_has_the_next_version
# A version is left out when a flight comes back: so a removal may have it.
def remove(record):
    version = int(record.old_image["version"]) + 1
    return [{"delete": {"_id": record.keys["flight_id"], "version": version, "version_type": "external"}}]


# %% scans_in_segments
# The table is read in two segments, and each page is written before the next is read.
def rebuild(table):
    failed = []
    for segment in (0, 1):
        start = {}
        while True:
            page = table.scan(ConsistentRead=True, Segment=segment, TotalSegments=2, **start)
            failed += write(page["Items"])
            if "LastEvaluatedKey" not in page:
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    if failed:
        raise ExceptionGroup("not in the index", [ValueError(one) for one in failed])


# %% hits_in_pages
# Takes the hits page by page, and puts them in order itself.
def find_delayed(text):
    found, size = [], 100
    while True:
        body = {"query": query(text), "sort": [{"dep_delay": "desc"}], "from": len(found), "size": size}
        hits = search.search(index=INDEX, body=body)["hits"]["hits"]
        found += hits
        if len(hits) < size:
            return [hit["_id"] for hit in found]


# %% class_with_its_client
# One object that is handed the client, and whose methods are the parts.
class Flights:
    def __init__(self, client):
        self.client = client

    def find(self, text):
        body = {"query": query(text), "sort": [{"dep_delay": {"order": "desc"}}], "size": 5000}
        return [hit["_id"] for hit in self.client.search(index=INDEX, body=body)["hits"]["hits"]]

    def fill(self, table):
        found = [item for page in pages(table) for item in page]
        left = [item for item in found if "version" in item]
        count, self.failed = len(found) - len(left), []
        while left:
            part, left = left[:200], left[200:]
            try:
                answer = self.client.bulk(index=INDEX, body=[line for item in part for line in put(item)])
            except TransportError as error:
                if error.status_code != 429:
                    raise
                left = part + left
                continue
            told = [next(iter(item.values()))["status"] for item in answer["items"]]
            left += [item for item, status in zip(part, told, strict=True) if status == 429]
            self.failed += [status for status in told if status >= 400 and status not in (409, 429)]
        if count or self.failed:
            raise LookupError(f"{count} items without a version; refused: {self.failed}")


one_object = Flights(search)
rebuild, find_delayed = one_object.fill, one_object.find


# %% newest_of_each_flight
# Of each flight in the batch only the change with the highest number is sent.
def handler(event, context):
    newest, unread = {}, []
    for raw in event["Records"]:
        try:
            record = StreamRecord.from_event(raw)
        except Exception as error:
            print(repr(error))
            unread = [raw["dynamodb"]["SequenceNumber"]]
            break
        flight = record.keys["flight_id"]
        first = newest[flight][0] if flight in newest else record.sequence_number
        newest[flight] = (first, record)
    items = items_of([line for _, record in newest.values() for line in lines_of(record)]) if newest else []
    firsts = [first for first, _ in newest.values()]
    bad = [first for first, item in zip(firsts, items, strict=True) if is_refused(item)]
    lowest = sorted([*bad, *unread], key=int)[:1]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in lowest]}
