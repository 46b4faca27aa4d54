"""What the drills share in which a handler is mended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cdc_lab.classroom.exercises.writes import Write


def moments(writes: Iterable[Write], seconds: float) -> list[Write]:
    """The writes, with so many seconds before each."""
    return [replace(write, after=seconds) for write in writes]
