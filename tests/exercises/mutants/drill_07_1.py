"""Wrong answers to drill_07_1: their form is in `tests/exercises/loading.py`."""

# %% one_shard | the summer | a partition takes no more
# "A table is one shard until it splits."
ANSWER = {"shards": 1, "BatchSize": 300, "ParallelizationFactor": 10}

# %% a_thousand_writes | the summer | a partition takes no more
# 1,000 writes for each partition, and the size of an item forgotten.
ANSWER = {"shards": 2, "BatchSize": 300, "ParallelizationFactor": 10}

# %% small_and_quick | the summer | too small a batch
# "Small batches are quick."
ANSWER = {"shards": 3, "BatchSize": 10, "ParallelizationFactor": 10}

# %% one_by_one | the summer | too small a batch
# One record for each invocation, on as many shards as there are places.
ANSWER = {"shards": 20, "BatchSize": 1, "ParallelizationFactor": 2}

# %% aws_defaults | the summer | too few at a time
# As many shards as the writes need, and AWS's defaults.
ANSWER = {"shards": 3}

# %% order_by_one | the summer | too few at a time
# "More than one batch at a time breaks the order."
ANSWER = {"shards": 6, "BatchSize": 300, "ParallelizationFactor": 1}

# %% as_large_as_it_goes | an outage | a batch longer than the timeout
# "A larger batch is always quicker", and in a quiet hour none is full.
ANSWER = {"shards": 8, "BatchSize": 1000, "ParallelizationFactor": 3}

# %% just_too_large | an outage | a batch longer than the timeout
# 2 seconds by 5 ms are 400 records, and the invocation's own quarter of a second forgotten.
ANSWER = {"shards": 8, "BatchSize": 400, "ParallelizationFactor": 4}

# %% ten_everywhere | the summer | more batches than places
# As many batches at a time as the mapping takes.
ANSWER = {"shards": 8, "BatchSize": 200, "ParallelizationFactor": 10}

# %% more_of_both | the summer | more batches than places
# Many shards, and a factor on top.
ANSWER = {"shards": 30, "BatchSize": 150, "ParallelizationFactor": 4}

# %% just_enough | an outage | no headroom
# Ten batches at a time of 170 a second each: a third more than the writes.
ANSWER = {"shards": 5, "BatchSize": 300, "ParallelizationFactor": 2}

# %% ten_shards | an outage | no headroom
# A knee a third above the writes, and a backlog of half a million.
ANSWER = {"shards": 10, "BatchSize": 140, "ParallelizationFactor": 1}

# %% four_times_as_much | an outage | a factor taken for a multiplier
# 4 shards by a factor of 4 by 133 a second are 2,133: caught up with in 13 minutes.
ANSWER = {"shards": 4, "BatchSize": 100, "ParallelizationFactor": 4}

# %% exactly_by_the_formula | an outage | a factor taken for a multiplier
# 12 by 150 a second are 1,800: caught up with in 20 minutes to the dot.
ANSWER = {"shards": 3, "BatchSize": 150, "ParallelizationFactor": 4}

# %% just_above_the_writes | the summer | a factor taken for a multiplier
# 12 by 109 a second are 1,309, above the 1,200 that are written.
ANSWER = {"shards": 3, "BatchSize": 60, "ParallelizationFactor": 4}

# %% factor_for_the_flight | one flight | the factor divides one item
# A higher factor for the hot item, and not a larger batch.
ANSWER = {"shards": 4, "BatchSize": 40, "ParallelizationFactor": 10}

# %% shards_for_the_flight | one flight | the factor divides one item
# More shards for the hot item.
ANSWER = {"shards": 40, "BatchSize": 40, "ParallelizationFactor": 1}

# %% in_words | the summer | cannot happen
# No number at all.
ANSWER = {"shards": "many", "BatchSize": 200, "ParallelizationFactor": 4}

# %% factor_eleven | the summer | cannot happen
# More than there is.
ANSWER = {"shards": 3, "BatchSize": 200, "ParallelizationFactor": 11}
