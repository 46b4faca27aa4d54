"""Handlers that work on the records of a batch side by side, in all the ways in which Python can."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

from botocore.exceptions import ClientError

from cdc_lab import Faults, Lab

Work = Callable[[Any], None]
TRIES = 40


def in_a_pool(work: Work, records: list[Any]) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, records))


POOL = ThreadPoolExecutor(3)


def in_the_modules_pool(work: Work, records: list[Any]) -> None:
    for future in as_completed([POOL.submit(work, record) for record in records]):
        future.result()


def in_threads(work: Work, records: list[Any]) -> None:
    errors: list[BaseException] = []

    def noted(record: Any) -> None:
        try:
            work(record)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=noted, args=[record]) for record in records]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def from_a_queue(work: Work, records: list[Any]) -> None:
    todo: queue.Queue[Any] = queue.Queue(maxsize=2)
    lock, done = threading.Lock(), []

    def worker() -> None:
        while True:
            try:
                record = todo.get(timeout=0.5)
            except queue.Empty:
                return
            work(record)
            with lock:
                time.sleep(0.001)
                done.append(record)
            todo.task_done()

    def feed() -> None:
        for record in records:
            todo.put(record)

    in_threads(lambda call: call(), [worker, worker, feed])
    if len(done) < len(records):
        raise RuntimeError("a worker failed")


def in_tasks(work: Work, records: list[Any]) -> None:
    async def one(number: int, record: Any) -> None:
        await asyncio.sleep(0.01 * (number % 3))
        work(record)

    async def main() -> None:
        for each in asyncio.as_completed([one(number, record) for number, record in enumerate(records)]):
            await each

    asyncio.run(main())


def in_threads_of_tasks(work: Work, records: list[Any]) -> None:
    async def main() -> None:
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            for record in records:
                group.create_task(asyncio.to_thread(work, record))

    asyncio.run(main())


STYLES = (in_a_pool, in_the_modules_pool, in_threads, from_a_queue, in_tasks, in_threads_of_tasks)


class Board:
    """Adds the amounts of records up, each once, whatever is delivered again."""

    def __init__(self, lab: Lab) -> None:
        self.source = lab.create_table("source", "id", shards=2)
        self.rows = lab.create_table("rows", "id")
        self.client = lab.client("dynamodb")

    def add(self, record: Any) -> None:
        """Write a row of the record's, and add its amount to the sum, in one transaction."""
        image = record["dynamodb"]["NewImage"]
        key, amount = image["id"]["S"], image["amount"]
        time.sleep(0.003 * (len(key) % 3))
        items = [
            {
                "Put": {
                    "TableName": "rows",
                    "Item": {"id": {"S": key}},
                    "ConditionExpression": "attribute_not_exists(id)",
                }
            },
            {
                "Update": {
                    "TableName": "rows",
                    "Key": {"id": {"S": "sum"}},
                    "UpdateExpression": "ADD amount :amount",
                    "ExpressionAttributeValues": {":amount": amount},
                }
            },
        ]
        for number in range(TRIES):
            try:
                self.client.transact_write_items(TransactItems=items)
                return
            except ClientError as error:
                reasons = error.response.get("CancellationReasons", [])
                if any(reason.get("Code") == "ConditionalCheckFailed" for reason in reasons):
                    return  # it was added before
                time.sleep(0.01 * (number + 1))
        raise RuntimeError(f"{key} was refused {TRIES} times")

    def run(self, style: Any, count: int, faults: Faults | None, lab: Lab, **mapping: Any) -> None:
        """Write records and let a handler work on them."""
        for number in range(count):
            self.source.put_item(Item={"id": "r" * (number % 5) + str(number), "amount": number})

        def handler(event: Any, context: Any) -> None:
            print(len(event["Records"]))
            style(self.add, event["Records"])

        lab.attach(handler, "source", name="busy", timeout=120, **mapping)
        lab.run(faults=faults)

    def total(self) -> tuple[int, int]:
        """How many records were added, and their sum."""
        items = self.rows.scan()["Items"]
        return len(items) - 1, int(next(item["amount"] for item in items if item["id"] == "sum"))
