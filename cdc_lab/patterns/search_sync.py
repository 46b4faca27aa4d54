"""A search index that follows a table: safe under redelivery and late events, rebuilt while it runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cdc_lab.patterns.deserializer import Item
from cdc_lab.patterns.pages import every_page
from cdc_lab.patterns.processor import BatchResponse, sequence_numbers
from cdc_lab.patterns.records import RecordError, StreamRecord
from cdc_lab.patterns.search_bulk import Client, chunks, send, send_patiently
from cdc_lab.patterns.search_documents import MAX_VERSION, Action, Document, as_document, document_id

logger = logging.getLogger(__name__)


class VersionError(RecordError):
    """An item has no version that an index can compare by, or a write did not raise it."""


class RebuildError(RuntimeError):
    """Items of the table that the index did not take, after all others were written."""


@dataclass(frozen=True)
class SearchIndex:
    """An index in OpenSearch that follows a table with a stream of both images.

    Each document carries its item's version, and the index refuses what is older than what it has. So the
    order in which records and a rebuild arrive, and how often, makes no difference in the end.

    Parameters
    ----------
    client : OpenSearch
    name : str
        Of the index, or an alias for writing.
    version_attribute : str
        Attribute of the items with a whole number that every write raises, by one or more. It must go on,
        not start anew, when a deleted item comes back: a writer that keeps no count can take the time in
        microseconds. Sequence numbers do not serve, they exceed what a version can hold (fact A8).
    document : callable
        Makes the document of an item; all that JSON cannot say must be gone from it.
    max_bytes, max_actions : int
        Of one bulk request. Amazon OpenSearch Service takes 10 MiB on its smaller instances.

    Examples
    --------
    Beside the handler, once for each execution environment::

        flights = SearchIndex(OpenSearch(os.environ["OPENSEARCH_URL"]), "flights")

        def handler(event, context):
            return flights.sync_batch(event)
    """

    client: Client
    name: str
    version_attribute: str = "version"
    document: Callable[[Item], Document] = as_document
    max_bytes: int = 5_000_000
    max_actions: int = 1_000

    def sync_batch(self, event: Mapping[str, Any]) -> BatchResponse:
        """Bring a batch of changes into the index, and tell Lambda from where on to deliver it again.

        A version conflict is a success: something newer is there. A record that cannot be read, a document
        that the index refuses (429 when it has too much to do, 400 for a value that its mapping does not
        take) and a request that failed are reported, by the lowest sequence number (fact C26). What came
        after it in the same request was applied, and is applied again without harm.

        Parameters
        ----------
        event : mapping
            What Lambda gives the handler (fact A2).

        Returns
        -------
        dict
            The handler's return value; the mapping needs ``ReportBatchItemFailures`` (fact C23).

        Raises
        ------
        RecordError
            The event is not one from a stream, or a record has no sequence number to report.
        """
        numbers = sequence_numbers(event)
        actions, failed = self._readable(event["Records"])
        start = 0
        for chunk in chunks(actions, self.max_bytes, self.max_actions):
            refused = send(self.client, self.name, chunk)
            if refused:
                failed = start + refused[0].position
                break
            start += len(chunk)
        return {"batchItemFailures": [] if failed is None else [{"itemIdentifier": numbers[failed]}]}

    def action(self, record: StreamRecord) -> Action:
        """Return what a change means for the index.

        Raises
        ------
        VersionError
            The version is missing, is no whole number from 0 to 2**63 - 1, or was not raised: then the index
            would refuse the change as one that it knows.
        MissingImageError
            The stream's view type is not ``NEW_AND_OLD_IMAGES``.
        """
        old, new = record.both_images("a search index")
        if new is None:
            return Action(document_id(record.keys), self._version(old or {}), None)
        version = self._version(new)
        if old is not None and version <= self._version(old):
            raise VersionError(f"{record!r} leaves {self.version_attribute!r} at {version}: raise it")
        return Action(document_id(record.keys), version, self.document(new))

    def rebuild(self, table: Any) -> int:
        """Write every item of a table, while its stream goes on being brought into the same index.

        Parameters
        ----------
        table : boto3 Table
            Read page by page, consistently.

        Returns
        -------
        int
            How many items were read.

        Raises
        ------
        RebuildError
            Some documents were refused for good, or the index was too busy for half a minute. All others are
            written; fix the cause and run it again.

        Notes
        -----
        A scan shows what is there, not what is gone: build into a new index, to which the stream is delivered
        too (a second mapping from TRIM_HORIZON), and then move the alias that the searches use.
        """
        names, count, problems = sorted(key["AttributeName"] for key in table.key_schema), 0, []
        for page in every_page(table.scan, ConsistentRead=True):
            actions = []
            for item in page:
                count += 1
                try:
                    keys = {name: item[name] for name in names}
                    actions.append(Action(document_id(keys), self._version(item), self.document(item)))
                except Exception as error:
                    problems.append(f"{item!r:.80}: {error}")
            problems += self._write(actions)
        if problems:
            raise RebuildError(
                f"{len(problems)} of {count} items are not in {self.name}, first {problems[0]}"
            )
        return count

    def _write(self, actions: Sequence[Action]) -> list[str]:
        problems = []
        for chunk in chunks(actions, self.max_bytes, self.max_actions):
            problems += [refusal.reason for refusal in send_patiently(self.client, self.name, chunk)]
        return problems

    def _readable(self, records: Sequence[Any]) -> tuple[list[Action], int | None]:
        """Return the actions of the records before the first that cannot be read, and its position."""
        actions: list[Action] = []
        for position, record in enumerate(records):
            try:
                actions.append(self.action(StreamRecord.from_event(record)))
            except Exception:
                logger.exception("record %d of %d cannot be indexed", position + 1, len(records))
                return actions, position
        return actions, None

    def _version(self, item: Item) -> int:
        value = item.get(self.version_attribute)
        if not isinstance(value, Decimal) or value != int(value) or not 0 <= value <= MAX_VERSION:
            raise VersionError(
                f"{self.version_attribute!r} is {value!r}: a version is a whole number from 0 to 2**63 - 1"
            )
        return int(value)
