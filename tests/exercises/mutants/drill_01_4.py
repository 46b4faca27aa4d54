"""Wrong answers to drill_01_4: their form is in `tests/exercises/loading.py`."""

# %% a_little_over | four days | a day is too long
# A day, less half an hour, and a few minutes too many.
ANSWER = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "hours": 23.6}

# %% at_the_last | four days | the last one again
# At the last record instead of after it.
ANSWER = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "hours": 12}

# %% by_timestamp | four days | the last one again
# Starts at the second of the last record, which was worked on.
ANSWER = {"ShardIteratorType": "AT_TIMESTAMP", "hours": 12}

# %% every_hour | four days | more often than needed
# Every hour.
ANSWER = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "hours": 1}

# %% every_other_day | four days | a day is too long
# Every other day.
ANSWER = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "hours": 48}

# %% from_now_on | four days | only what comes from now on
# From the newest place each time.
ANSWER = {"ShardIteratorType": "LATEST", "hours": 12}

# %% from_the_horizon | four days | from the start each time
# From the oldest record each time.
ANSWER = {"ShardIteratorType": "TRIM_HORIZON", "hours": 12}

# %% once_a_day | four days | a day is too long
# Once a day, to the hour.
ANSWER = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "hours": 24}

# %% from_the_horizon_often | four days | from the start each time
# From the oldest record, four times a day.
ANSWER = {"ShardIteratorType": "TRIM_HORIZON", "hours": 6}

# %% every_two_hours | four days | more often than needed
# Every two hours.
ANSWER = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "hours": 2}

# %% from_now_on_once_a_day | four days | only what comes from now on
# From the newest place, once in twenty hours.
ANSWER = {"ShardIteratorType": "LATEST", "hours": 20}
