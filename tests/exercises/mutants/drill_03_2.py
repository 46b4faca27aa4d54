"""Wrong answers to drill_03_2: their form is in `tests/exercises/loading.py`."""

# %% defaults | an ordinary day | a batch that takes too long
# AWS's defaults.
ANSWER = {}

# %% eleven_lanes | an ordinary day | cannot happen
# More lanes than Lambda has.
ANSWER = {"BatchSize": 20, "ParallelizationFactor": 11}

# %% for_an_ordinary_day | a slow day | a batch that takes too long
# A batch for an ordinary day.
ANSWER = {"BatchSize": 55, "ParallelizationFactor": 4}

# %% one_by_one | an ordinary day | too small a batch
# A record at a time.
ANSWER = {"BatchSize": 1, "ParallelizationFactor": 4}

# %% one_lane | an ordinary day | too few lanes
# One batch after the other.
ANSWER = {"BatchSize": 35}

# %% small_batches | an ordinary day | too small a batch
# Small batches.
ANSWER = {"BatchSize": 3, "ParallelizationFactor": 4}

# %% ten_lanes | an ordinary day | too many at a time
# As many lanes as there can be.
ANSWER = {"BatchSize": 20, "ParallelizationFactor": 10}

# %% one_lane_by_name | an ordinary day | too few lanes
# One batch after the other, said by name, and a little smaller.
ANSWER = {"BatchSize": 30, "ParallelizationFactor": 1}

# %% nine_lanes | an ordinary day | too many at a time
# Nine batches at a time, each a little larger.
ANSWER = {"BatchSize": 30, "ParallelizationFactor": 9}
