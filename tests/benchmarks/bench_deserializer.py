"""Deserializing stream records: cdc_lab.patterns beside boto3 and Powertools.

The contenders take turns on each batch, in an order that rotates, and what is counted is the time that the
processor worked for them, so that other programs do not decide. Ends with 1 when the rate is not the target
times boto3's in the median round.
"""

from __future__ import annotations

import statistics
import sys
import time
import timeit
from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import truediv
from typing import Any

from aws_lambda_powertools.shared.dynamodb_deserializer import TypeDeserializer as PowertoolsDeserializer
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from cdc_lab.classroom.datasets import load_day
from cdc_lab.patterns import deserialize

ROUNDS = 15
TARGET = 2.0
BATCH_SIZE = 100  # what Lambda delivers at once by default (fact C1)

Image = dict[str, Any]
Record = tuple[Image, ...]


def storm_day() -> list[Record]:
    """Keys, new and old image of each change of 8 March 2013, as a NEW_AND_OLD_IMAGES stream has them."""
    serialize = TypeSerializer().serialize
    images: dict[str, Image] = {}
    records: list[Record] = []
    for change in load_day("2013-03-08").changes():
        key = {"flight_id": serialize(change.flight_id)}
        old = images.get(change.flight_id)
        new = {**(old or key), **{name: serialize(value) for name, value in change.attributes.items()}}
        images[change.flight_id] = new
        records.append((key, new, old) if old else (key, new))
    return records


def nested(count: int = 1000) -> list[Record]:
    """Images of every type, three levels deep: what the flights do not have."""
    serialize = TypeSerializer().serialize
    items: list[Mapping[str, Any]] = [
        {
            "id": f"order-{number}",
            "lines": [{"sku": f"sku-{n}", "price": Decimal(n) / 4, "gift": n == 2} for n in range(4)],
            "address": {"street": "Main St 1", "geo": {"lat": Decimal("40.64"), "lon": Decimal("-73.78")}},
            "tags": {"new", "eu"},
            "sizes": {1, 2, 3},
            "digest": bytes([number % 256]) * 16,
            "note": None,
        }
        for number in range(count)
    ]
    return [({name: serialize(value) for name, value in item.items()},) for item in items]


def boto3_values() -> Callable[[Image], Image]:
    value_of = TypeDeserializer().deserialize
    return lambda image: {name: value_of(value) for name, value in image.items()}


def powertools_values() -> Callable[[Image], Image]:
    value_of = PowertoolsDeserializer().deserialize
    return lambda image: {name: value_of(value) for name, value in image.items()}


CONTENDERS: dict[str, Callable[[Image], Image]] = {
    "cdc_lab": deserialize,
    "boto3": boto3_values(),
    "powertools": powertools_values(),
}


def seconds(read: Callable[[Image], Image], batch: list[Record]) -> float:
    def read_all() -> None:
        for record in batch:
            for image in record:
                read(image)

    return timeit.timeit(read_all, timer=time.thread_time, number=1)


def measure(records: list[Record]) -> dict[str, list[float]]:
    """Records per second of each contender in each round; within a round they take turns batch by batch."""
    names = list(CONTENDERS)
    batches = [records[start : start + BATCH_SIZE] for start in range(0, len(records), BATCH_SIZE)]
    rates: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(ROUNDS):
        spent = dict.fromkeys(names, 0.0)
        for number, batch in enumerate(batches):
            # Untimed: a batch that was just parsed is in the processor's cache, whoever reads it first.
            seconds(CONTENDERS[names[0]], batch)
            first = (turn + number) % len(names)
            for name in names[first:] + names[:first]:
                spent[name] += seconds(CONTENDERS[name], batch)
        for name in names:
            rates[name].append(len(records) / spent[name])
    return rates


def main() -> int:
    reached = True
    work = {
        "storm day, keys and both images": storm_day(),
        "storm day, new image": [record[1:2] for record in storm_day()],
        "nested, one image": nested(),
    }
    for title, records in work.items():
        for record in records:
            for image in record:
                assert deserialize(image) == CONTENDERS["boto3"](image), image
        attributes = sum(len(image) for record in records for image in record) / len(records)
        rates = measure(records)
        print(f"{title}: {len(records):,} records, {attributes:.1f} attributes each, {ROUNDS} rounds")
        print(f"  {'records/cpu s':14}{'min':>10}{'median':>10}{'max':>10}   times boto3's")
        for name, values in rates.items():
            low, middle, high = min(values), statistics.median(values), max(values)
            factor = statistics.median(map(truediv, values, rates["boto3"]))
            print(f"  {name:14}{low:10,.0f}{middle:10,.0f}{high:10,.0f}   {factor:.2f}")
            reached &= name != "cdc_lab" or factor >= TARGET
    print(f"target: at least {TARGET:.0f} times boto3's rate in each: {'reached' if reached else 'MISSED'}")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
