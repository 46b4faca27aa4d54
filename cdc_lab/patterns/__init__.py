"""What a handler imports: patterns for change data capture that run in Lambda as they are.

They need boto3 and pydantic, and know nothing of the laboratory.
"""

from cdc_lab.patterns.aggregates import Aggregate, Delta, fold, update_entries
from cdc_lab.patterns.changes import Change, diff
from cdc_lab.patterns.deserializer import deserialize
from cdc_lab.patterns.idempotency import process_with_idempotency
from cdc_lab.patterns.processor import dispatch, process_batch
from cdc_lab.patterns.records import MissingImageError, RecordError, StreamRecord, UserIdentity

__all__ = [
    "Aggregate",
    "Change",
    "Delta",
    "MissingImageError",
    "RecordError",
    "StreamRecord",
    "UserIdentity",
    "deserialize",
    "diff",
    "dispatch",
    "fold",
    "process_batch",
    "process_with_idempotency",
    "update_entries",
]
