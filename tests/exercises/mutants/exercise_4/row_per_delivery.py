"""A log row with a key of its own at each delivery."""

from __future__ import annotations

import time
import uuid

from .base import audit_table, audit_that, board, index, log_row

SCENARIO = "log again"
MISCONCEPTION = "row per delivery"
__all__ = ["audit", "board", "index"]

audit = audit_that(
    lambda record: audit_table.put_item(Item=log_row(record, f"{time.time():.6f}#{uuid.uuid4()}"))
)
