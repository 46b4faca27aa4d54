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
    client, left = table.meta.client, []
    for page in client.get_paginator("scan").paginate(TableName=table.name, ConsistentRead=True):
        left += [
            {
                "_index": "flights",
                "_id": item["flight_id"],
                "version": int(item["version"]),
                "version_type": "external",
                "_source": as_document(item),
            }
            for item in page["Items"]
        ]
    while left:
        busy = {flight for flight, status in refused(left) if status == 429}
        left = [made for made in left if made["_id"] in busy]
        if left:
            time.sleep(0.1)


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
