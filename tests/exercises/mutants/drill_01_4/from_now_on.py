"""From the newest place each time."""

SCENARIO = "four days"
MISCONCEPTION = "only what comes from now on"

ANSWER = {"ShardIteratorType": "LATEST", "hours": 12}
