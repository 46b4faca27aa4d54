"""Query, Scan and the reads of many keys, over 10,000 items: the lab beside plain moto and the servers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cdc_lab.patterns.pages import every_page
from tests.benchmarks._side_by_side import Work, flight, show
from tests.benchmarks._sides import Clients

ITEMS = 10_000
GATES = 100  # and so many flights at each
TABLE = "timetable"
YEAR = {"S": "2013"}


def timetable(clients: Clients) -> Any:
    """A client, and a table of one partition of 10,000 flights; it is filled once, reads leave it as it is.

    One global index has 100 partitions of 100 flights, the other has one partition of them all.
    """
    client = clients("dynamodb")
    if TABLE in client.list_tables()["TableNames"]:
        return client
    keys = {"year": "HASH", "flight_id": "RANGE"}
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in (*keys, "gate", "carrier")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": name,
                "KeySchema": [
                    {"AttributeName": name, "KeyType": "HASH"},
                    {"AttributeName": "flight_id", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
            for name in ("gate", "carrier")
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    for first in range(0, ITEMS, 25):
        requests = [
            {"PutRequest": {"Item": flight(number, year=YEAR, gate={"S": f"C{number % GATES}"})}}
            for number in range(first, first + 25)
        ]
        client.batch_write_item(RequestItems={TABLE: requests})
    return client


def key(number: int) -> dict[str, Any]:
    """A flight's key in the timetable."""
    return {"year": YEAR, "flight_id": {"S": f"UA{number % ITEMS}"}}


def pages(read: Callable[..., Any], asked: dict[str, Any]) -> int:
    """Follow all pages of one read; return how many items came."""
    return sum(map(len, every_page(read, TableName=TABLE, **asked)))


def scans(clients: Clients, units: int) -> Callable[[], None]:
    client = timetable(clients)

    def run() -> None:
        for _ in range(0, units, ITEMS):
            assert pages(client.scan, {}) == ITEMS

    return run


def queries(asked: dict[str, Any], each: int, clients: Clients, units: int) -> Callable[[], None]:
    client = timetable(clients)

    def run() -> None:
        for _ in range(0, units, each):
            assert pages(client.query, asked) == each

    return run


def of(name: str, value: str, index: str | None = None) -> dict[str, Any]:
    """The parameters of a Query for one partition."""
    asked = {
        "KeyConditionExpression": "#key = :value",
        "ExpressionAttributeNames": {"#key": name},
        "ExpressionAttributeValues": {":value": {"S": value}},
    }
    return asked if index is None else {**asked, "IndexName": index}


def single_queries(clients: Clients, units: int) -> Callable[[], None]:
    client = timetable(clients)

    def run() -> None:
        for number in range(units):
            page = client.query(
                TableName=TABLE,
                KeyConditionExpression="#year = :year AND flight_id = :flight",
                ExpressionAttributeNames={"#year": "year"},
                ExpressionAttributeValues={":year": YEAR, ":flight": key(number)["flight_id"]},
            )
            assert page["Count"] == 1

    return run


def batch_gets(clients: Clients, units: int) -> Callable[[], None]:
    client = timetable(clients)

    def run() -> None:
        for first in range(0, units, 100):
            keys = [key(number) for number in range(first, first + 100)]
            answer = client.batch_get_item(RequestItems={TABLE: {"Keys": keys}})
            assert len(answer["Responses"][TABLE]) == 100

    return run


def transact_gets(clients: Clients, units: int) -> Callable[[], None]:
    client = timetable(clients)

    def run() -> None:
        for first in range(0, units, 25):
            gets = [{"Get": {"TableName": TABLE, "Key": key(number)}} for number in range(first, first + 25)]
            assert len(client.transact_get_items(TransactItems=gets)["Responses"]) == 25

    return run


BY_GATE, BY_CARRIER = of("gate", "C7", "gate"), of("carrier", "UA", "carrier")
WORKS = [
    Work("Scan, all pages, items", scans, units=ITEMS, others=ITEMS, target=5),
    Work(
        "Query, all pages, items",
        partial(queries, of("year", "2013"), ITEMS),
        units=ITEMS,
        others=ITEMS,
        target=5,
    ),
    Work(
        "by index, 100 of 10,000, items",
        partial(queries, BY_GATE, ITEMS // GATES),
        units=ITEMS,
        others=300,
        target=20,
    ),
    Work(
        "by index, all 10,000, items",
        partial(queries, BY_CARRIER, ITEMS),
        units=ITEMS,
        others=ITEMS,
        target=20,
    ),
    Work("Query of one item by both keys", single_queries, units=1000, others=3, target=20),
    Work("BatchGetItem of 100, items", batch_gets, units=10_000, others=2000, target=2),
    Work("TransactGetItems of 25, items", transact_gets, units=5000, others=1000, target=2),
]

if __name__ == "__main__":
    sys.exit(show("Reads of a table of 10,000 items", "reads", WORKS, rounds=3))
