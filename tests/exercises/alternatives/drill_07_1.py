"""Right answers to drill_07_1: their form is in `tests/exercises/loading.py`."""

# %% few_shards
# As few partitions as take the writes, and many batches of each at a time.
ANSWER = {"shards": 3, "BatchSize": 300, "ParallelizationFactor": 10}

# %% many_shards
# A shard for each place, one batch at a time: no factor is needed.
ANSWER = {"shards": 40, "BatchSize": 60, "ParallelizationFactor": 1}

# %% large_batches
# The largest batches that end in time, and as few of them at a time as catch up.
ANSWER = {"shards": 4, "BatchSize": 340, "ParallelizationFactor": 3}

# %% left_open
# DynamoDB has as many partitions as the writes need.
ANSWER = {"BatchSize": 250, "ParallelizationFactor": 6}
