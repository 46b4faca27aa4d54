"""More lanes than Lambda has."""

SCENARIO = "an ordinary day"
MISCONCEPTION = "cannot happen"

ANSWER = {"BatchSize": 20, "ParallelizationFactor": 11}
