"""An iterator type that Kinesis has."""

SCENARIO = "four days"
MISCONCEPTION = "cannot happen"

ANSWER = {"ShardIteratorType": "AT_TIMESTAMP", "hours": 12}
