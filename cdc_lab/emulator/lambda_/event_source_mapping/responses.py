"""What a handler's answer means for its batch: the rules of partial batch responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol


class Numbered(Protocol):
    """A record, as far as a response refers to it."""

    @property
    def sequence_number(self) -> int:
        """Its position in the shard."""


class BatchVerdict(NamedTuple):
    """How far a batch got.

    Attributes
    ----------
    passed : int
        How many records from the front are done; the next one is the checkpoint's first to retry.
    partial : bool
        Whether the answer named records of the batch.
    error : str
        Why the whole batch counts as failed; empty otherwise.
    """

    passed: int
    partial: bool = False
    error: str = ""


def judge(answer: Any, records: Sequence[Numbered], reports_items: bool) -> BatchVerdict:
    """Judge the answer of an invocation that returned.

    Parameters
    ----------
    answer : object
        The handler's return value after JSON.
    records : sequence
        The batch, in order.
    reports_items : bool
        Whether the mapping has ``ReportBatchItemFailures`` (C23).

    Returns
    -------
    BatchVerdict
        Complete success for an empty or null answer or list (C27) and, as AWS documents nothing
        else, for a misspelt outer key (C30). Complete failure for an identifier that is empty, null,
        no string, not in the batch, or under a bad key (C28, C29); a mix of good and bad
        identifiers, which is not established, counts as complete failure too (C31). Otherwise the
        record with the lowest sequence number, compared as integers, is where the retry starts
        (A8, C26).
    """
    whole = BatchVerdict(len(records))
    if not reports_items:
        return whole
    places = {str(record.sequence_number): place for place, record in enumerate(records)}
    failed, error = reported(answer, places, "SequenceNumber")
    if error:
        return BatchVerdict(0, error=error)
    return BatchVerdict(min(failed), partial=True) if failed else whole


def reported(answer: Any, places: Mapping[str, int], called: str) -> tuple[set[int], str]:
    """Return the places in the batch of the records that an answer names as failed.

    Parameters
    ----------
    answer : object
        The handler's return value after JSON.
    places : mapping of str to int
        Where each identifier stands in the batch.
    called : str
        How the source calls its identifiers, for the text.

    Returns
    -------
    set of int, str
        Nothing named is a success (C27, C30). The text is empty, or says why the whole batch counts as
        failed (C28, C29, C31).
    """
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not failures:
        return set(), ""
    if not isinstance(failures, list):
        return set(), f"batchItemFailures is {_shown(failures)}, not a list"
    failed: set[int] = set()
    for failure in failures:
        if not isinstance(failure, dict) or "itemIdentifier" not in failure:
            return set(), f"batchItemFailures entry {_shown(failure)} has no itemIdentifier"
        identifier = failure["itemIdentifier"]
        place = places.get(identifier) if isinstance(identifier, str) else None
        if place is None:
            return set(), f"itemIdentifier {_shown(identifier)} is no {called} of the batch"
        failed.add(place)
    return failed, ""


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
