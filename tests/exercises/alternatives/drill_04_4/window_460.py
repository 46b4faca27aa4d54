"""A window of 460 seconds."""

ANSWER = {"TumblingWindowInSeconds": 460, "row": "window and shard"}
