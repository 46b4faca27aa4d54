"""Newer is a later second, or the same."""

from tests.exercises.mutants.drill_01_3.base import handler_that

SCENARIO = "one second"
MISCONCEPTION = "a second is too coarse"

handler = handler_that(
    lambda record, row: record.created_at.isoformat() >= row.get("when", ""),
    when=lambda record: record.created_at.isoformat(),
)
