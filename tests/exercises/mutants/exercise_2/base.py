"""What the wrong answers get right: each of them replaces one piece."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

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


def write(items: list[dict[str, Any]], to_lines: Callable[[dict[str, Any]], Lines] = put) -> None:
    while items:
        told = items_of([line for item in items for line in to_lines(item)])
        items = [item for item, answer in zip(items, told, strict=True) if answer["status"] == 429]
        if items:
            time.sleep(0.2)


def rebuild(table: Any) -> None:
    for page in pages(table):
        write(page)


def query(text: str) -> dict[str, Any]:
    words = {"match": {"note": {"query": text, "operator": "and"}}}
    return {"bool": {"must": [words], "filter": [{"term": {"status": "delayed"}}]}}


def ids(body: dict[str, Any]) -> list[str]:
    return [hit["_id"] for hit in search.search(index=INDEX, body=body)["hits"]["hits"]]


def find_delayed(text: str) -> list[str]:
    return ids({"query": query(text), "sort": [{"dep_delay": "desc"}], "size": 1000})
