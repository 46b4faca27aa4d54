"""The limits that a plan can run into: AWS's, those of the lab's own modules among them."""

from __future__ import annotations

from cdc_lab.emulator.dynamodb.attribute_values import MAX_ITEM_BYTES
from cdc_lab.emulator.dynamodb.capacity import write_units
from cdc_lab.emulator.dynamodb.throughput import PartitionThroughput
from cdc_lab.emulator.dynamodb.transactions import WEIGHT
from cdc_lab.emulator.lambda_.event_source_mapping.batcher import ENVELOPE_BYTES, PAYLOAD_BYTES
from cdc_lab.emulator.lambda_.event_source_mapping.places import MAX_READERS
from cdc_lab.emulator.lambda_.functions import TIMEOUT_SECONDS
from cdc_lab.emulator.streams.shards import RETENTION_SECONDS, estimated_event_size
from cdc_lab.emulator.streams.view_types import VIEW_TYPES

__all__ = [
    "ACCOUNT_CONCURRENCY",
    "MAX_ITEM_BYTES",
    "MAX_READERS",
    "MOST_LANES",
    "PARTITION_WRITE_UNITS",
    "RETENTION_SECONDS",
    "TABLE_WRITE_UNITS",
    "TIMEOUT_SECONDS",
    "UNRESERVED",
    "VIEW_TYPES",
    "WEIGHT",
    "estimated_event_size",
    "largest_batch",
    "record_bytes",
    "write_units",
]

PARTITION_WRITE_UNITS = PartitionThroughput().write_units
"""What one partition, and so one open shard, takes in a second (D8, B20)."""
TABLE_WRITE_UNITS = 40_000
"""The default quota of a table, on demand or provisioned, in the large regions (F100)."""
ACCOUNT_CONCURRENCY = 1_000
"""How many invocations an account may run at a time in a region, unless its quota was raised (F101)."""
UNRESERVED = 100
"""What must be left to functions without a reservation (F102)."""
MOST_LANES = 10
"""The largest ParallelizationFactor (C1)."""


def record_bytes(item_bytes: int, view_type: str) -> int:
    """Return the size of a stream record of a change of an item (A17), its keys left out of account.

    Parameters
    ----------
    item_bytes : int
        Of the item, before and after.
    view_type : str
        ``NEW_AND_OLD_IMAGES`` holds the item twice.
    """
    carries = VIEW_TYPES[view_type]
    return max(1, item_bytes * (carries.has_new + carries.has_old))


def largest_batch(batch_size: int, item_bytes: int, view_type: str) -> int:
    """Return how many records fit into one invocation: the batch size, or what 6 MB hold (C11)."""
    each = estimated_event_size(record_bytes(item_bytes, view_type))
    return max(1, min(batch_size, (PAYLOAD_BYTES - ENVELOPE_BYTES) // each))
