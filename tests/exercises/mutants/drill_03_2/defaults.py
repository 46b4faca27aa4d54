"""AWS's defaults."""

SCENARIO = "an ordinary day"
MISCONCEPTION = "a batch that takes too long"

ANSWER = {}
