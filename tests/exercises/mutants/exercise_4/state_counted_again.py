"""Counts a flight as cancelled in each record that says so."""

from __future__ import annotations

from decimal import Decimal

from cdc_lab.patterns import StreamRecord, process_with_idempotency

from .base import audit, board_that, index, parts, processed, table_of, update_of
from .base import count as right_count

SCENARIO = "corrections"
MISCONCEPTION = "state counted again"
__all__ = ["audit", "board", "index"]


def count(record: StreamRecord) -> None:
    source = table_of(record)
    if record.event_name != "MODIFY" or record.new_image is None or record.old_image is None:
        return right_count(record)
    old, new = parts(record.old_image, source), parts(record.new_image, source)
    change = {name: new[name] - old[name] for name in new}
    if record.new_image["status"] == "cancelled":
        change["cancelled"] = Decimal(1)
    effects = [update_of(record.new_image["origin"], change)]
    process_with_idempotency(record, processed, effects)


board = board_that(count)
