"""As seldom as can be."""

ANSWER = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "hours": 23}
