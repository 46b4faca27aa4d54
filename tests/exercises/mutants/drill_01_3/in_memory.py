"""The newest number kept beside the handler."""

from tests.exercises.mutants.drill_01_3.base import handler_that

SCENARIO = "again, cold"
MISCONCEPTION = "memory of the environment"

newest = {}


def is_newer(record, row):
    flight = record.keys["flight_id"]
    if record.sequence <= newest.get(flight, 0):
        return False
    newest[flight] = record.sequence
    return True


handler = handler_that(is_newer)
