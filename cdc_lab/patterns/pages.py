"""Reads that come in pages: a Query or a Scan answers at most 1 MB at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cdc_lab.patterns.deserializer import Item


def every_page(read: Callable[..., Any], **request: Any) -> Iterator[list[Item]]:
    """Yield the items of each page of a read; a page may be empty, and others follow all the same.

    Parameters
    ----------
    read : callable
        ``scan`` or ``query`` of a boto3 Table or of its client.
    **request
        Its parameters, such as ``ConsistentRead=True``.
    """
    while True:
        page = read(**request)
        yield page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def every_item(read: Callable[..., Any], **request: Any) -> Iterator[Item]:
    """Yield every item of a read, page by page.

    Parameters
    ----------
    read, **request
        As for :func:`every_page`.
    """
    for page in every_page(read, **request):
        yield from page
