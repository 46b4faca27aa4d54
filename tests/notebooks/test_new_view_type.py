"""Lesson 02 replaces a stream: what is missed is what changes while no stream is enabled, and no more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from cdc_lab import Lab
from cdc_lab.course.project import find_root
from tests.notebooks.lint.cells import code, read

CELLS = [cell for _, cell in code(read(find_root() / "notebooks" / "02_view_types.ipynb"))]


def from_to(first: str, last: str) -> list[str]:
    """Return the code of the lesson's cells from the one that holds a text to the one that holds another."""
    numbers = [next(n for n, cell in enumerate(CELLS) if text in cell.source) for text in (first, last)]
    return [cell.source for cell in CELLS[numbers[0] : numbers[1] + 1]]


def test_the_lesson_replaces_a_stream_and_misses_nothing_but_the_gap() -> None:
    # GIVEN the lesson's table, with the function that collects records for five minutes
    with Lab(seed=7) as lab:
        names: dict[str, Any] = {"lab": lab, "dynamodb": lab.client("dynamodb"), "timedelta": timedelta}
        names |= {"ClientError": ClientError, "predict": lambda *_, **__: None, "reveal": lambda *_: None}
        (looking_up,) = from_to("def look_up(", "def look_up(")
        exec(looking_up, names)
        lab.run()
        # WHEN the lesson replaces the stream
        for source in from_to("def switch(", 'reveal("02-gap"'):
            exec(source, names)
        # THEN AA1 has reached the old function, AA3 the new one, and AA2 no function
        found = lab.trace.deliveries.groupby("function")["keys"].apply(list).to_dict()
        assert found == {"look-up": ["flight_id=AA1"], "take-images": ["flight_id=AA3"]}
        # AND what is left is the mapping on the new stream
        mappings = lab.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        assert [mapping["EventSourceArn"] for mapping in mappings] == [lab.stream_arn("board")]
