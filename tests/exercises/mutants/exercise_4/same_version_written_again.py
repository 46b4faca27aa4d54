"""Writes with `external_gte`, so the version that was removed comes back."""

from __future__ import annotations

import json
from typing import Any

from cdc_lab.patterns import StreamRecord, as_document, process_batch

from .base import audit, board, search

SCENARIO = "late after a delete"
MISCONCEPTION = "no version after a delete"
__all__ = ["audit", "board", "index"]


def put(record: StreamRecord) -> None:
    item = as_document(record.new_image or record.old_image or {})
    meta = {"_id": item["flight_id"], "version": item["version"], "version_type": "external_gte"}
    lines = [{"index": meta}, item] if record.new_image else [{"delete": meta}]
    (answer,) = search.bulk(index="departures", body="".join(json.dumps(it) + "\n" for it in lines))["items"]
    status = next(iter(answer.values()))["status"]
    if status >= 400 and status not in (404, 409):
        raise RuntimeError(f"the engine answered {status}")


def index(event: dict[str, Any], context: Any) -> Any:
    return process_batch(event, put)
