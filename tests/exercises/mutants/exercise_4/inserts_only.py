"""Indexes new flights, and leaves them as they were."""

from __future__ import annotations

from typing import Any

from .base import audit, board
from .base import index as right_index

SCENARIO = "follow"
MISCONCEPTION = "index behind"
__all__ = ["audit", "board", "index"]


def index(event: dict[str, Any], context: Any) -> Any:
    kept = [record for record in event["Records"] if record["eventName"] != "MODIFY"]
    return right_index({"Records": kept}, context) if kept else {"batchItemFailures": []}
