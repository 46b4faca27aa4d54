"""What a handler imports: patterns for change data capture that run in Lambda as they are.

They need boto3 and pydantic, and know nothing of the laboratory.
"""

from cdc_lab.patterns.aggregates import Aggregate, Delta, fold, update_entries
from cdc_lab.patterns.audit import Entry, history, item_at, write_audit
from cdc_lab.patterns.changes import Change, diff
from cdc_lab.patterns.deserializer import deserialize
from cdc_lab.patterns.event_store import ConcurrencyError, Event, EventStore, MissingEventsError
from cdc_lab.patterns.idempotency import process_with_idempotency
from cdc_lab.patterns.latest import backfill, keep_latest, shown_items
from cdc_lab.patterns.outbox import OutboxEvent, relay, write_with_event
from cdc_lab.patterns.processor import dispatch, process_batch
from cdc_lab.patterns.projection import Projection
from cdc_lab.patterns.records import MissingImageError, RecordError, StreamRecord, UserIdentity
from cdc_lab.patterns.redrive import RecordsGoneError, failed_batch
from cdc_lab.patterns.search_documents import as_document, document_id, index_body
from cdc_lab.patterns.search_sync import RebuildError, SearchIndex, VersionError

__all__ = [
    "Aggregate",
    "Change",
    "ConcurrencyError",
    "Delta",
    "Entry",
    "Event",
    "EventStore",
    "MissingEventsError",
    "MissingImageError",
    "OutboxEvent",
    "Projection",
    "RebuildError",
    "RecordError",
    "RecordsGoneError",
    "SearchIndex",
    "StreamRecord",
    "UserIdentity",
    "VersionError",
    "as_document",
    "backfill",
    "deserialize",
    "diff",
    "dispatch",
    "document_id",
    "failed_batch",
    "fold",
    "history",
    "index_body",
    "item_at",
    "keep_latest",
    "process_batch",
    "process_with_idempotency",
    "relay",
    "shown_items",
    "update_entries",
    "write_audit",
    "write_with_event",
]
