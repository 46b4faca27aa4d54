"""Constants instead of what came."""

from tests.exercises.mutants.exercise_1.base import audit

SCENARIO = "plain day"
MISCONCEPTION = "rows without an event"


def handler(event, context):
    for number in range(8):
        audit.put_item(Item={"flight_id": "UA1545", "sequence": f"{number}", "event_id": f"{number:032x}"})
