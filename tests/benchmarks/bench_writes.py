"""PutItem, UpdateItem and BatchWriteItem through boto3: the lab beside plain moto and the servers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks._side_by_side import Work, flight, key, new_table, show
from tests.benchmarks._sides import Clients

ITEMS = 200


def puts(clients: Clients, units: int) -> Callable[[], None]:
    new_table(clients, "flights")
    client = clients("dynamodb")

    def run() -> None:
        for number in range(units):
            client.put_item(TableName="flights", Item=flight(number % ITEMS, delay={"N": str(number)}))

    return run


def updates(clients: Clients, units: int) -> Callable[[], None]:
    new_table(clients, "flights")
    client = clients("dynamodb")
    for number in range(ITEMS):
        client.put_item(TableName="flights", Item=flight(number))

    def run() -> None:
        for number in range(units):
            client.update_item(
                TableName="flights",
                Key=key(number % ITEMS),
                UpdateExpression="SET #status = :status, dep_delay = :delay",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":status": {"S": "departed"}, ":delay": {"N": str(number)}},
            )

    return run


def batches(clients: Clients, units: int) -> Callable[[], None]:
    new_table(clients, "flights")
    client = clients("dynamodb")

    def run() -> None:
        for first in range(0, units, 25):
            requests = [{"PutRequest": {"Item": flight(number)}} for number in range(first, first + 25)]
            client.batch_write_item(RequestItems={"flights": requests})

    return run


WORKS = [
    Work("PutItem", puts, units=2000, others=400, target=4),
    Work("UpdateItem", updates, units=2000, others=400, target=3),
    Work("BatchWriteItem of 25, items", batches, units=5000, others=1250, target=2),
]

if __name__ == "__main__":
    sys.exit(show("Writes to a table with a stream of both images", "writes", WORKS))
