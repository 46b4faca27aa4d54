"""Lesson 02 replaces a stream: what is missed is what changes while no stream is enabled, and no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from cdc_lab import Lab
from cdc_lab.course.project import find_root
from tests.notebooks.lint.cells import code, read

CELLS = [cell for _, cell in code(read(find_root() / "notebooks" / "02_view_types.ipynb"))]


def cell_with(text: str) -> str:
    """Return the code of the lesson's only cell that holds this text."""
    (source,) = [cell.source for cell in CELLS if text in cell.source]
    return str(source)


def test_the_lesson_replaces_a_stream_and_misses_nothing_but_the_gap() -> None:
    # GIVEN what the lesson has when it comes to that section
    start = SimpleNamespace(start=datetime(2013, 3, 8, tzinfo=UTC))
    names: dict[str, Any] = {"Lab": Lab, "seed": 7, "day": start, "timedelta": timedelta}
    try:
        # WHEN the lesson replaces the stream
        exec(cell_with("def board_flight("), names)
        exec(cell_with("list_event_source_mappings("), names)
        # THEN AA1 has reached the old function, AA3 the new one, and AA2 no function
        lab = names["lab"]
        found = lab.trace.deliveries.groupby("function")["keys"].apply(list).to_dict()
        assert found == {"see-keys": ["flight_id=AA1"], "see-images": ["flight_id=AA3"]}
        # AND what is left is the mapping on the new stream
        mappings = lab.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        assert [mapping["EventSourceArn"] for mapping in mappings] == [lab.stream_arn("board")]
    finally:
        names["lab"].close()
