"""One stream record as a handler wants it: Python values, and the same whichever way it was read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from cdc_lab.patterns.changes import Change, diff
from cdc_lab.patterns.deserializer import Item, deserialize
from cdc_lab.patterns.display import as_text, images_table, key_text

EventName = Literal["INSERT", "MODIFY", "REMOVE"]
ViewType = Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]
_WITH_NEW_IMAGES = ("NEW_IMAGE", "NEW_AND_OLD_IMAGES")
_WITH_OLD_IMAGES = ("OLD_IMAGE", "NEW_AND_OLD_IMAGES")

# Where AWS keeps what the fields hold (facts A1 to A3).
_OUTER = {
    "event_id": "eventID",
    "event_name": "eventName",
    "event_version": "eventVersion",
    "stream_arn": "eventSourceARN",
    "user_identity": "userIdentity",
}
_INNER = {
    "sequence_number": "SequenceNumber",
    "created_at": "ApproximateCreationDateTime",
    "size_bytes": "SizeBytes",
    "view_type": "StreamViewType",
}
_IMAGES = {"keys": "Keys", "new_image": "NewImage", "old_image": "OldImage"}
_AWS_NAMES = _OUTER | {field: f"dynamodb.{name}" for field, name in (_INNER | _IMAGES).items()}


class RecordError(ValueError):
    """A stream record lacks a field, or a field holds what it cannot hold."""


class MissingImageError(ValueError):
    """A record's view type does not carry the image that is asked for."""


class UserIdentity(BaseModel):
    """Who made a change, where the service did (fact A14)."""

    model_config = ConfigDict(frozen=True)

    type: str
    principal_id: str


class StreamRecord(BaseModel):
    """One change of one item, deserialized.

    Attributes
    ----------
    event_id : str
        Unique for the change and the same on every redelivery: the key to recognize a duplicate by (fact A7).
    event_name : {"INSERT", "MODIFY", "REMOVE"}
        What happened to the item (fact A4).
    event_version : str
        Version of the record's layout, "1.1" today; do not branch on it (fact A6).
    keys : dict
        The item's key attributes; always there (fact A21).
    new_image, old_image : dict or None
        The whole item after and before; None where the view type or the event has none (facts A3 and A19).
    sequence_number : str
        As AWS gives it: what a partial batch response reports. `sequence` is the number to compare by.
    created_at : datetime
        Aware, in UTC, whole seconds (fact A9).
    size_bytes : int
        Bytes of keys and images (fact A17).
    view_type : str
        The stream's view type (fact A19).
    stream_arn : str or None
        ARN of the stream; None for a record from ``GetRecords``, which does not hold it (fact A1).
    user_identity : UserIdentity or None
        None for every ordinary write (fact A15).
    """

    model_config = ConfigDict(frozen=True)

    event_id: str
    event_name: EventName
    event_version: str
    keys: Item
    new_image: Item | None = None
    old_image: Item | None = None
    sequence_number: Annotated[str, Field(pattern=r"^[0-9]+$")]
    created_at: Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
    size_bytes: int
    view_type: ViewType
    stream_arn: str | None = None
    user_identity: UserIdentity | None = None

    @classmethod
    def from_event(cls, record: Mapping[str, Any]) -> Self:
        """Read one of the ``Records`` of the event that Lambda gives a handler.

        Parameters
        ----------
        record : mapping
            One element of ``event["Records"]`` (fact A2).

        Raises
        ------
        RecordError
            A field is missing or wrong; the message names it as AWS does.
        """
        return cls._read(record, "event")

    @classmethod
    def from_get_records(cls, record: Mapping[str, Any], stream_arn: str | None = None) -> Self:
        """Read one of the ``Records`` that boto3's ``GetRecords`` returns.

        Parameters
        ----------
        record : mapping
            One element of ``response["Records"]``.
        stream_arn : str, optional
            The stream that was read: the record itself does not tell (fact A1).

        Raises
        ------
        RecordError
            A field is missing or wrong; the message names it as AWS does.
        """
        return cls._read(record, "response", stream_arn)

    @classmethod
    def of(cls, record: StreamRecord | Mapping[str, Any]) -> StreamRecord:
        """Return `record` itself, or what it says when it is a raw one in either form."""
        return record if isinstance(record, StreamRecord) else cls.from_event(record)

    @classmethod
    def _read(cls, record: Any, container: str, stream_arn: str | None = None) -> Self:
        if not isinstance(record, Mapping):
            raise RecordError(f"expected a stream record, got {type(record).__name__} {as_text(record)!r}")
        if "Records" in record:
            raise RecordError(f"expected one record, got a batch: pass each of {container}['Records']")
        change = record.get("dynamodb")
        if not isinstance(change, Mapping):
            raise RecordError(
                f"expected a stream record, got one without 'dynamodb': {as_text(dict(record))}"
            )
        fields = {field: record.get(name) for field, name in _OUTER.items()}
        fields |= {field: change.get(name) for field, name in _INNER.items()}
        fields |= {field: _image(change, name) for field, name in _IMAGES.items()}
        fields["user_identity"] = _identity(record.get("userIdentity"))
        fields["stream_arn"] = stream_arn or fields["stream_arn"]
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            name = _AWS_NAMES[str(first["loc"][0])]
            if first["input"] is None:
                raise RecordError(f"stream record has no {name}") from None
            raise RecordError(f"stream record's {name} is {first['input']!r:.80}: {first['msg']}") from None

    @property
    def sequence(self) -> int:
        """The sequence number as an integer: only so can two be compared (fact A8)."""
        return int(self.sequence_number)

    def is_newer_than(self, other: StreamRecord) -> bool:
        """Whether this record's change of the item came after that of `other`.

        Raises
        ------
        ValueError
            The two are of different items: there is no order between those (facts A36, A37 and D21).
        """
        if self.keys != other.keys:
            mine, its = key_text(self.keys), key_text(other.keys)
            raise ValueError(f"a stream gives no order between {mine} and {its}: compare changes of one item")
        if self.stream_arn and other.stream_arn and self.stream_arn != other.stream_arn:
            raise ValueError(f"{self.stream_arn} and {other.stream_arn} number their records separately")
        return self.sequence > other.sequence

    @property
    def has_new_images(self) -> bool:
        """Whether the stream's view type shows items after a change (fact A19); a REMOVE has none."""
        return self.view_type in _WITH_NEW_IMAGES

    @property
    def has_old_images(self) -> bool:
        """Whether the stream's view type shows items before a change (fact A19); an INSERT has none."""
        return self.view_type in _WITH_OLD_IMAGES

    @property
    def is_ttl_delete(self) -> bool:
        """Whether DynamoDB's time to live removed the item, not a user (facts A14 and A31)."""
        identity = self.user_identity
        return (
            self.event_name == "REMOVE"
            and identity is not None
            and identity.type == "Service"
            and identity.principal_id == "dynamodb.amazonaws.com"
        )

    def changes(self) -> dict[str, Change]:
        """Return what changed: attribute name to old value, new value and kind.

        On INSERT every attribute was added, on REMOVE every one was removed.

        Raises
        ------
        MissingImageError
            The stream's view type is not ``NEW_AND_OLD_IMAGES`` (fact A19).
        """
        old, new = self.both_images("changes()")
        return diff(old or {}, new or {})

    def both_images(self, purpose: str) -> tuple[Item | None, Item | None]:
        """Return old and new image; None stands for an item that did not exist before or after.

        Parameters
        ----------
        purpose : str
            What needs them, for the message.

        Raises
        ------
        MissingImageError
            The stream's view type is not ``NEW_AND_OLD_IMAGES``. On every event, so that code which would
            fail at the first MODIFY fails at the first INSERT.
        RecordError
            An image is missing that the event and the view type must have.
        """
        if not (self.has_new_images and self.has_old_images):
            missing = (
                "old images" if self.has_new_images else "new images" if self.has_old_images else "images"
            )
            raise MissingImageError(
                f"{purpose} compares old and new images, and a stream of view type {self.view_type} has no "
                f"{missing}: enable the stream with NEW_AND_OLD_IMAGES"
            )
        if (self.old_image is None and self.event_name != "INSERT") or (
            self.new_image is None and self.event_name != "REMOVE"
        ):
            raise RecordError(f"{purpose} needs both images, and this {self.event_name} record has lost one")
        return self.old_image, self.new_image

    def __hash__(self) -> int:
        return hash(self.event_id)

    def __repr__(self) -> str:
        return f"<StreamRecord {self.event_name} {key_text(self.keys)} #{self.sequence_number}>"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return images_table(repr(self)[1:-1], self.keys, self.old_image, self.new_image)


def _image(change: Mapping[str, Any], name: str) -> Item | None:
    # An item has at least its key, so an empty image can only stand for none.
    if not change.get(name):
        return None
    try:
        return deserialize(change[name])
    except (TypeError, ValueError) as error:
        raise RecordError(f"stream record's dynamodb.{name}, {error}") from None


def _identity(identity: Any) -> Any:
    if not isinstance(identity, Mapping):
        return identity
    # Lower case in a Lambda event, capitals from GetRecords (fact A14).
    return {
        "type": identity.get("type", identity.get("Type")),
        "principal_id": identity.get("principalId", identity.get("PrincipalId")),
    }
