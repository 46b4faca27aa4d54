"""Spot the bug: a sum that goes through float."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import boto3

from cdc_lab.classroom.cases import Case
from cdc_lab.classroom.exercises.drills.delivering import CannotHappen, Handler
from cdc_lab.classroom.exercises.drills.spotting import Spot, State
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.patterns import StreamRecord

_DAY = {"day": "2013-03-08"}


def prepare(lab: Any) -> Callable[[], State]:
    """Make the table of sums."""
    sums = lab.create_table("sums", "day", stream_view_type=None)
    return lambda: {f"total of {row['day']}": row["total"] for row in sums.scan()["Items"]}


def right() -> Handler:
    """Make a handler that stays with Decimal."""
    sums = boto3.resource("dynamodb").Table("sums")

    def handler(event: Any, context: Any) -> None:
        for record in map(StreamRecord.from_event, event["Records"]):
            row = sums.get_item(Key=_DAY).get("Item", {"total": Decimal(0)})
            assert record.new_image is not None
            sums.put_item(Item={**_DAY, "total": row["total"] + record.new_image["fare"]})

    return handler


def truth(case: Case, records: Sequence[StreamRecord]) -> State:
    """Add the fares as they are; one that is no number is refused, for no handler can add it."""
    for record in records:
        fare = (record.new_image or {}).get("fare", Decimal(0))
        if not isinstance(fare, Decimal):
            raise CannotHappen(f"fare={fare!r}: a fare is a number, Decimal(...)")
    fares = _fares(records)
    return {f"total of {_DAY['day']}": sum(fares, Decimal(0))} if fares else {}


def explain(case: Case, records: Sequence[StreamRecord]) -> MisconceptionId:
    """Why these fares did it no harm."""
    fares = _fares(records)
    if len(fares) == 1:
        return "one value is no sum"
    if all(fare == fare.to_integral_value() for fare in fares):
        return "whole numbers are exact"
    if all(Decimal(float(fare)) == fare for fare in fares):
        return "halves are exact"
    return "rounded to the same"


def _fares(records: Sequence[StreamRecord]) -> list[Decimal]:
    images = [record.new_image for record in records if record.new_image]
    return [image["fare"] for image in images if isinstance(image.get("fare"), Decimal)]


# A record without a fare makes both handlers raise: it is given up at once.
EXERCISE = Spot("drill_04_3", right, prepare, truth, explain, options={"MaximumRetryAttempts": 0}).drill()
