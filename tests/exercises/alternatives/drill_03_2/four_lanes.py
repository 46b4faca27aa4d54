"""Thirty in four lanes."""

ANSWER = {"BatchSize": 30, "ParallelizationFactor": 4}
