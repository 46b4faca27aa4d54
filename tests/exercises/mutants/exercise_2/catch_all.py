"""An exception of the client is logged, and the batch counts as done."""

from tests.exercises.mutants.exercise_2.base import find_delayed, rebuild
from tests.exercises.mutants.exercise_2.base import handler as right

SCENARIO = "busy for all"
MISCONCEPTION = "failure swallowed"
__all__ = ["find_delayed", "handler", "rebuild"]


def handler(event, context):
    try:
        return right(event, context)
    except Exception as error:
        print(repr(error))
