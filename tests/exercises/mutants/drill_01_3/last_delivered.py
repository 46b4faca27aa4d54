"""What is delivered last wins."""

from tests.exercises.mutants.drill_01_3.base import handler_that

SCENARIO = "again"
MISCONCEPTION = "the last delivery wins"

handler = handler_that(lambda record, row: True)
