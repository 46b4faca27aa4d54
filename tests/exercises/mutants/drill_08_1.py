"""Wrong answers to drill_08_1: their form is in `tests/exercises/loading.py`."""

# %% aws_batch | an evening | a batch longer than the timeout
# AWS's default of 100 records.
ANSWER = {
    "ParallelizationFactor": 4,
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": True,
    "destination": "bucket",
    "reserved_concurrency": 16,
}

# %% large_batch | an evening | a batch longer than the timeout
# "A larger batch is quicker."
ANSWER = {
    "BatchSize": 1000,
    "ParallelizationFactor": 2,
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": True,
    "destination": "bucket",
    "reserved_concurrency": 20,
}

# %% one_at_a_time | an evening | too few at a time
# AWS's default factor.
ANSWER = {
    "BatchSize": 10,
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": True,
    "destination": "bucket",
    "reserved_concurrency": 20,
}

# %% order_by_one | an evening | too few at a time
# "More than one at a time breaks the order."
ANSWER = {
    "BatchSize": 18,
    "ParallelizationFactor": 1,
    "MaximumRetryAttempts": 10,
    "BisectBatchOnFunctionError": True,
    "destination": "bucket",
    "reserved_concurrency": 4,
}

# %% one_place_a_shard | an evening | fewer places than batches
# A place for each shard, and the factor forgotten.
ANSWER = {
    "BatchSize": 10,
    "ParallelizationFactor": 3,
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": True,
    "destination": "bucket",
    "reserved_concurrency": 4,
}

# %% factor_ten | an evening | fewer places than batches
# As much as the mapping takes, with half of the places.
ANSWER = {
    "BatchSize": 10,
    "ParallelizationFactor": 10,
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": True,
    "destination": "bucket",
    "reserved_concurrency": 20,
}

# %% no_reserve | an evening | taken from the others
# No limit at all.
ANSWER = {
    "BatchSize": 10,
    "ParallelizationFactor": 5,
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": True,
    "destination": "bucket",
}

# %% far_too_much | an evening | taken from the others
# To be on the safe side.
ANSWER = {
    "BatchSize": 10,
    "ParallelizationFactor": 10,
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": True,
    "destination": "bucket",
    "reserved_concurrency": 100,
}

# %% endless | a weekend | blocked until it expires
# Retries until it works.
ANSWER = {
    "BatchSize": 10,
    "ParallelizationFactor": 3,
    "MaximumRetryAttempts": -1,
    "BisectBatchOnFunctionError": True,
    "destination": "bucket",
    "reserved_concurrency": 12,
}

# %% aws_retries | a weekend | blocked until it expires
# AWS's default for the retries, which is endless.
ANSWER = {
    "BatchSize": 10,
    "ParallelizationFactor": 3,
    "BisectBatchOnFunctionError": True,
    "destination": "bucket",
    "reserved_concurrency": 12,
}

# %% no_bisect | a weekend | the whole batch given up
# The batch as it is.
ANSWER = {
    "BatchSize": 10,
    "ParallelizationFactor": 3,
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": False,
    "destination": "bucket",
    "reserved_concurrency": 12,
}

# %% aws_bisect | a weekend | the whole batch given up
# AWS's default, which does not bisect.
ANSWER = {
    "BatchSize": 15,
    "ParallelizationFactor": 2,
    "MaximumRetryAttempts": 0,
    "destination": "bucket",
    "reserved_concurrency": 20,
}

# %% no_destination | a weekend | given up without a trace
# Nothing for what fails.
ANSWER = {
    "BatchSize": 10,
    "ParallelizationFactor": 3,
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": True,
    "reserved_concurrency": 12,
}

# %% destination_none | a weekend | given up without a trace
# The destination left open.
ANSWER = {
    "BatchSize": 5,
    "ParallelizationFactor": 4,
    "MaximumRetryAttempts": 1,
    "BisectBatchOnFunctionError": True,
    "destination": None,
    "reserved_concurrency": 16,
}

# %% the_queue | a weekend | a note outlives its record
# "A dead letter holds the record."
ANSWER = {
    "BatchSize": 10,
    "ParallelizationFactor": 3,
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": True,
    "destination": "queue",
    "reserved_concurrency": 12,
}

# %% the_queue_and_many_retries | a weekend | a note outlives its record
# A queue keeps messages for days, and so does the note.
ANSWER = {
    "BatchSize": 19,
    "ParallelizationFactor": 5,
    "MaximumRetryAttempts": 10,
    "BisectBatchOnFunctionError": True,
    "destination": "queue",
    "reserved_concurrency": 20,
}

# %% a_topic | an evening | cannot happen
# A destination that there is not.
ANSWER = {
    "BatchSize": 10,
    "ParallelizationFactor": 3,
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": True,
    "destination": "topic",
    "reserved_concurrency": 12,
}

# %% factor_twenty | an evening | cannot happen
# More than there is.
ANSWER = {
    "BatchSize": 10,
    "ParallelizationFactor": 20,
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": True,
    "destination": "bucket",
    "reserved_concurrency": 20,
}
