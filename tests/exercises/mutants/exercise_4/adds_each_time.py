"""Adds whenever a record comes."""

from __future__ import annotations

from .base import add, audit, board_that, entries, index

SCENARIO = "duplicates"
MISCONCEPTION = "counted per delivery"
__all__ = ["audit", "board", "index"]

board = board_that(lambda record: add(entries(record)))
