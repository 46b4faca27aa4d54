"""Lets DynamoDB's own refusal through."""

from tests.exercises.mutants.exercise_3.base import events as table

SCENARIO = "append, late"
MISCONCEPTION = "an error that says nothing"


def append(flight_id, expected_version, events):
    table.meta.client.transact_write_items(
        TransactItems=[
            {
                "Put": {
                    "TableName": "events",
                    "Item": {**event, "flight_id": flight_id, "version": version},
                    "ConditionExpression": "attribute_not_exists(version)",
                }
            }
            for version, event in enumerate(events, start=expected_version + 1)
        ]
    )
