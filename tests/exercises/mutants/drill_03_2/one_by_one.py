"""A record at a time."""

SCENARIO = "an ordinary day"
MISCONCEPTION = "too small a batch"

ANSWER = {"BatchSize": 1, "ParallelizationFactor": 4}
