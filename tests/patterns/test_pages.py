"""Every page of a read, and every item."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from boto3.dynamodb.conditions import Key

from cdc_lab import Lab
from cdc_lab.patterns.pages import every_item, every_page


@pytest.fixture
def table() -> Iterator[Any]:
    with Lab(seed=7) as lab:
        yield lab.create_table("flights", "day", ("number", "N"), stream_view_type=None)


@pytest.mark.parametrize("count", [0, 1, 3, 6, 7])
def test_every_item_comes_once_whatever_the_pages(table: Any, count: int) -> None:
    # GIVEN some items, read three at a time
    for number in range(count):
        table.put_item(Item={"day": "8 March", "number": number})
    # WHEN all pages are followed, by Scan and by Query
    for read, request in (
        (table.scan, {}),
        (table.query, {"KeyConditionExpression": Key("day").eq("8 March"), "ConsistentRead": True}),
    ):
        # THEN each item is there once
        numbers = [int(item["number"]) for item in every_item(read, Limit=3, **request)]
        assert sorted(numbers) == list(range(count))
        assert all(len(page) <= 3 for page in every_page(read, Limit=3, **request))


def test_an_empty_page_is_not_the_end(table: Any) -> None:
    # GIVEN a filter that nothing of the first pages passes
    for number in range(7):
        table.put_item(Item={"day": "8 March", "number": number})
    request = {"FilterExpression": "#n = :last", "ExpressionAttributeNames": {"#n": "number"}}
    request |= {"ExpressionAttributeValues": {":last": 6}}
    # THEN the pages after an empty one are read, too
    pages = list(every_page(table.scan, Limit=2, **request))
    assert pages[0] == []
    assert [int(item["number"]) for page in pages for item in page] == [6]
