"""An item's identity follows from its key alone: lanes of a mapping keep an item's order by it (C14)."""

from __future__ import annotations

import json

from cdc_lab.emulator.dynamodb.images import PackedImage


def test_equal_keys_have_equal_bytes_however_they_came_about():
    # GIVEN one key, as a literal, read from JSON, and put together from parts that are shared or not
    literal = {"flight_id": {"S": "UA1545"}}
    name = "flight_id"
    shared = {name: {"S": "".join(["UA", "1545"])}}
    parsed = json.loads('{"flight_id": {"S": "UA1545"}}')
    held_elsewhere = [parsed["flight_id"]["S"]] * 3
    # THEN they are the same item
    assert len({PackedImage(key).blob for key in (literal, shared, parsed, dict(shared))}) == 1
    assert len(held_elsewhere) == 3
