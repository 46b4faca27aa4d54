"""A window of 600 seconds."""

ANSWER = {"TumblingWindowInSeconds": 600, "row": "window and shard"}
