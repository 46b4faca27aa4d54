"""Twice a day."""

ANSWER = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "hours": 12}
