"""Once a day, to the hour."""

SCENARIO = "four days"
MISCONCEPTION = "a day is too long"

ANSWER = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "hours": 24}
