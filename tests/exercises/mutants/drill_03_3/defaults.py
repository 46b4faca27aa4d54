"""AWS's defaults."""

SCENARIO = "an outage"
MISCONCEPTION = "an answer that nobody reads"

ANSWER = {}
