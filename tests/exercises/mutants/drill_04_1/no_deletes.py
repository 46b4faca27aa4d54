"""INSERT and MODIFY, and nothing else."""

from cdc_lab.patterns import dispatch
from tests.exercises.mutants.drill_04_1.base import add, handler_that

SCENARIO = "deleted"
MISCONCEPTION = "deletes ignored"


def moved(keys, old, new):
    add(old["status"], -1)
    add(new["status"], 1)


def count(record):
    dispatch(record, on_insert=lambda keys, new: add(new["status"], 1), on_modify=moved)


handler = handler_that(count)
