"""A row for each window."""

SCENARIO = "two hours"
MISCONCEPTION = "one row for two shards"

ANSWER = {"TumblingWindowInSeconds": 500, "row": "window"}
