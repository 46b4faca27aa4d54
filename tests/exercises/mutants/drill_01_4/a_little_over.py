"""A day, less half an hour, and a few minutes too many."""

SCENARIO = "four days"
MISCONCEPTION = "a day is too long"

ANSWER = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "hours": 23.6}
