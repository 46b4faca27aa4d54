"""From the oldest record each time."""

SCENARIO = "four days"
MISCONCEPTION = "from the start each time"

ANSWER = {"ShardIteratorType": "TRIM_HORIZON", "hours": 12}
