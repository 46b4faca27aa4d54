"""Right answers to drill_08_1: their form is in `tests/exercises/loading.py`."""

# %% the_smallest_factor
# Two batches of each shard at a time, and just the places for them; the largest batch that ends in time.
ANSWER = {
    "BatchSize": 19,
    "ParallelizationFactor": 2,
    "MaximumRetryAttempts": 5,
    "BisectBatchOnFunctionError": True,
    "destination": "bucket",
    "reserved_concurrency": 8,
}

# %% the_largest_factor
# Five batches at a time, and no retries: bisecting costs none.
ANSWER = {
    "BatchSize": 1,
    "ParallelizationFactor": 5,
    "MaximumRetryAttempts": 0,
    "BisectBatchOnFunctionError": True,
    "destination": "bucket",
    "reserved_concurrency": 20,
}
