"""Right answers to drill_03_2: their form is in `tests/exercises/loading.py`."""

# %% four_lanes
# Thirty in four lanes.
ANSWER = {"BatchSize": 30, "ParallelizationFactor": 4}

# %% three_lanes
# Twenty-five in three lanes.
ANSWER = {"BatchSize": 25, "ParallelizationFactor": 3}
