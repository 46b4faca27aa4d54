"""The longest window there is."""

SCENARIO = "two hours"
MISCONCEPTION = "shown too late"

ANSWER = {"TumblingWindowInSeconds": 900, "row": "window and shard"}
