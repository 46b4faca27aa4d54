"""One scan taken for the whole table."""

from tests.exercises.mutants.exercise_2.base import find_delayed, handler, write

SCENARIO = "rebuild of a large table"
MISCONCEPTION = "first page only"
__all__ = ["find_delayed", "handler", "rebuild"]


def rebuild(table):
    write(table.scan(ConsistentRead=True)["Items"])
