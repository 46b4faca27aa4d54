"""Sequence numbers compared as text."""

from tests.exercises.mutants.drill_01_3.base import handler_that

SCENARIO = "a digit more"
MISCONCEPTION = "sequence numbers as text"

handler = handler_that(
    lambda record, row: record.sequence_number > row.get("sequence", ""),
    sequence=lambda record: record.sequence_number,
)
