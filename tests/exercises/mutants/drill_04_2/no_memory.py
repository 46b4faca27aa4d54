"""Adds, each time."""

from tests.exercises.mutants.drill_04_2.base import add, handler_that

SCENARIO = "duplicates"
MISCONCEPTION = "nothing remembered"

handler = handler_that(add)
