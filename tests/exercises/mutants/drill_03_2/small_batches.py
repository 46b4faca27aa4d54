"""Small batches."""

SCENARIO = "an ordinary day"
MISCONCEPTION = "too small a batch"

ANSWER = {"BatchSize": 3, "ParallelizationFactor": 4}
