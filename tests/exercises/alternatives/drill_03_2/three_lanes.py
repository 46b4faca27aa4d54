"""Twenty-five in three lanes."""

ANSWER = {"BatchSize": 25, "ParallelizationFactor": 3}
