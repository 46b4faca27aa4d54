"""TransactWriteItems by the size of the table: the lab beside moto, which copies the table, and servers."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks._side_by_side import Work, flight, key, new_table, show
from tests.benchmarks._sides import LAB, Clients, Side, Spent

SIZES = (100, 2000)
GROWTH = 1.5  # how much dearer a call may be with 20 times the items


def transactions(size: int, clients: Clients, units: int) -> Callable[[], None]:
    new_table(clients, "flights")
    client = clients("dynamodb")
    for first in range(0, size, 25):
        requests = [{"PutRequest": {"Item": flight(number)}} for number in range(first, first + 25)]
        client.batch_write_item(RequestItems={"flights": requests})

    def run() -> None:
        for number in range(units):
            update = {
                "TableName": "flights",
                "Key": key(number % size),
                "UpdateExpression": "SET dep_delay = :delay",
                "ExpressionAttributeValues": {":delay": {"N": str(number)}},
            }
            put = {"TableName": "flights", "Item": flight(size + number % 50)}
            client.transact_write_items(TransactItems=[{"Update": update}, {"Put": put}])

    return run


# Nothing is asked of the lab at 100 items but that it is faster; what counts is that its cost does not grow.
WORKS = [
    Work(
        f"2 writes, table of {size:,} items",
        partial(transactions, size),
        units=600,
        others=8,
        target=target,
    )
    for size, target in zip(SIZES, (10, 200), strict=True)
]


def growth() -> int:
    """Compare the lab with itself."""
    side = Side(LAB, [partial(transactions, size) for size in (100, 5000)])
    spent: list[list[float]] = [[], []]
    for _ in range(7):
        for index in (0, 1):
            one = side.spend(index, 500)
            assert isinstance(one, Spent)
            spent[index].append(one.cpu)
    side.close()
    small, large = map(statistics.median, spent)
    reached = large <= GROWTH * small
    print(f"  the lab, microseconds a call: {small * 1e6:,.0f} at 100 items, {large * 1e6:,.0f} at 5,000")
    print(f"  target: at most {GROWTH:g} times: {'reached' if reached else 'MISSED'} ({large / small:.2f})")
    return int(not reached)


if __name__ == "__main__":
    sys.exit(show("Transactions", "calls", WORKS, rounds=5) | growth())
