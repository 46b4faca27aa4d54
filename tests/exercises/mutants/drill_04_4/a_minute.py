"""As fresh as can be."""

SCENARIO = "two hours"
MISCONCEPTION = "a window too short"

ANSWER = {"TumblingWindowInSeconds": 60, "row": "window and shard"}
