"""Right answers to drill_01_4: their form is in `tests/exercises/loading.py`."""

# %% just_enough
# As seldom as can be.
ANSWER = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "hours": 23}

# %% twice_a_day
# Twice a day.
ANSWER = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "hours": 12}
