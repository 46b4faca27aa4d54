"""As many lanes as there can be."""

SCENARIO = "an ordinary day"
MISCONCEPTION = "too many at a time"

ANSWER = {"BatchSize": 20, "ParallelizationFactor": 10}
