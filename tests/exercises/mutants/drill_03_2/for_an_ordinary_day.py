"""A batch for an ordinary day."""

SCENARIO = "a slow day"
MISCONCEPTION = "a batch that takes too long"

ANSWER = {"BatchSize": 55, "ParallelizationFactor": 4}
