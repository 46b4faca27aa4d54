"""Every hour."""

SCENARIO = "four days"
MISCONCEPTION = "more often than needed"

ANSWER = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "hours": 1}
