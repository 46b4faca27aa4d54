"""Adds the delay that it sees, whatever was counted before."""

from __future__ import annotations

from decimal import Decimal

from cdc_lab.patterns import StreamRecord, process_with_idempotency

from .base import audit, board_that, index, parts, processed, table_of, update_of
from .base import count as right_count

SCENARIO = "corrections"
MISCONCEPTION = "value instead of change"
__all__ = ["audit", "board", "index"]


def count(record: StreamRecord) -> None:
    source = table_of(record)
    if record.new_image is None or not record.old_image:
        return right_count(record)
    old, new = parts(record.old_image, source), parts(record.new_image, source)
    change = {name: new[name] - old[name] for name in new}
    for name in ("dep_delay", "arr_delay"):
        if name in record.changes():
            change[name] = new.get(name, Decimal(0))
    effects = [update_of(record.new_image["origin"], change)]
    process_with_idempotency(record, processed, effects)


board = board_that(count)
