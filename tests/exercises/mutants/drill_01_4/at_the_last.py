"""At the last record instead of after it."""

SCENARIO = "four days"
MISCONCEPTION = "the last one again"

ANSWER = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "hours": 12}
