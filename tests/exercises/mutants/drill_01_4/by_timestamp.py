"""Starts at the second of the last record, which was worked on."""

SCENARIO = "four days"
MISCONCEPTION = "the last one again"

ANSWER = {"ShardIteratorType": "AT_TIMESTAMP", "hours": 12}
