"""No window at all."""

SCENARIO = "two hours"
MISCONCEPTION = "no window, no state"

ANSWER = {"row": "window and shard"}
