"""Right answers to drill_05_4: their form is in `tests/exercises/loading.py`."""

# %% five_retries
# Five retries.
ANSWER = {
    "board_queue": "first",
    "mail_queue": "second",
    "MaximumRetryAttempts": 5,
    "BisectBatchOnFunctionError": True,
}

# %% no_retries
# No retries at all: bisecting costs none.
ANSWER = {
    "board_queue": "second",
    "mail_queue": "first",
    "MaximumRetryAttempts": 0,
    "BisectBatchOnFunctionError": True,
}
