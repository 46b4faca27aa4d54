"""A window of an hour."""

SCENARIO = "two hours"
MISCONCEPTION = "cannot happen"

ANSWER = {"TumblingWindowInSeconds": 3600, "row": "window and shard"}
