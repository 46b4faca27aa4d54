"""Stream records as GetRecords returned them, in the form in which the lab's mappings handle them."""

from __future__ import annotations

import json
from typing import Any

from cdc_lab.emulator.dynamodb.attribute_values import accept_image
from cdc_lab.emulator.dynamodb.images import PackedImage, as_json, label
from cdc_lab.emulator.streams.shards import ARN_BYTES, SMALL_RECORD, estimated_event_size


class SequenceNumber(int):
    """A sequence number: compares as an integer (A8), reads as the service wrote it.

    DynamoDB Local pads with zeros, and a handler has to report the padded text.

    Examples
    --------
    >>> first = SequenceNumber("000000000000000000009")
    >>> first < SequenceNumber("000000000000000000010"), str(first)
    (True, '000000000000000000009')
    """

    text: str

    def __new__(cls, text: str) -> SequenceNumber:
        """Make one of the service's text."""
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"SequenceNumber({self.text!r})"


class RemoteRecord:
    """One record.

    Parameters
    ----------
    raw : dict
        An element of GetRecords' ``Records``, as boto3 parses it (A1).
    read_at : float
        When it was read, in epoch seconds.
    granularity : float
        Seconds to which ``ApproximateCreationDateTime`` is rounded down: 1 on AWS (A9), 60 by DynamoDB
        Local.

    Attributes
    ----------
    written : float
        Of the times at which it may have been written, the latest: no record is given up too early.
    """

    __slots__ = (
        "created",
        "event_id",
        "event_name",
        "item",
        "keys",
        "raw",
        "sequence_number",
        "size",
        "written",
    )

    def __init__(self, raw: dict[str, Any], read_at: float, granularity: float) -> None:
        body = raw["dynamodb"]
        self.raw = raw
        self.event_id: str = raw["eventID"]
        self.event_name: str = raw["eventName"]
        self.sequence_number = SequenceNumber(body["SequenceNumber"])
        self.created = int(body["ApproximateCreationDateTime"].timestamp())
        self.written = max(float(self.created), min(read_at, self.created + granularity))
        keys = as_json(body["Keys"])
        self.keys = label(keys)
        # As on the emulator, so that an item goes into the same lane.
        self.item = PackedImage(accept_image({name: keys[name] for name in sorted(keys)})).blob
        self.size: int = body["SizeBytes"]

    def __repr__(self) -> str:
        return f"<RemoteRecord {self.event_name} {self.keys} at {self.sequence_number}>"

    def to_event(self, stream_arn: str) -> dict[str, Any]:
        """The record as Lambda's event carries it (A2, A10, A11, A14), with the service's own values."""
        record: dict[str, Any] = {name: value for name, value in self.raw.items() if name != "dynamodb"}
        if "userIdentity" in record:
            record["userIdentity"] = {
                name[0].lower() + name[1:]: value for name, value in record["userIdentity"].items()
            }
        record["dynamodb"] = as_json(self.raw["dynamodb"])
        record["dynamodb"]["ApproximateCreationDateTime"] = float(self.created)
        record["eventSourceARN"] = stream_arn
        return record

    def event_size(self) -> int:
        """Bytes of the record in Lambda's JSON event, for the 6 MB limit of an invocation (C11)."""
        if self.size < SMALL_RECORD:
            return estimated_event_size(self.size)
        return len(json.dumps(self.to_event("")).encode()) + ARN_BYTES
