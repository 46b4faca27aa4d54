"""The pattern as it is deployed, and a search that filters by a bool query."""

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
