"""Wrong answers to drill_05_4: their form is in `tests/exercises/loading.py`."""

# %% aws_defaults | a bad morning | blocked until mended
# What AWS sets by default.
ANSWER = {}

# %% endless | a bad morning | blocked until mended
# Retries until it works.
ANSWER = {
    "board_queue": "first",
    "mail_queue": "second",
    "MaximumRetryAttempts": -1,
    "BisectBatchOnFunctionError": True,
}

# %% no_bisect | a bad morning | the whole batch given up
# The batch as it is.
ANSWER = {
    "board_queue": "first",
    "mail_queue": "second",
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": False,
}

# %% no_queue | a bad morning | given up without a trace
# No queue for the mails.
ANSWER = {
    "board_queue": "first",
    "mail_queue": None,
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": True,
}

# %% one_queue | a bad morning | one queue for two
# One queue for all dead letters.
ANSWER = {
    "board_queue": "first",
    "mail_queue": "first",
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": True,
}

# %% too_many | a bad morning | cannot happen
# More retries than there are.
ANSWER = {
    "board_queue": "first",
    "mail_queue": "second",
    "MaximumRetryAttempts": 100000,
    "BisectBatchOnFunctionError": True,
}


# %% aws_bisect | a bad morning | the whole batch given up
# Two retries, and AWS's default for the rest.
ANSWER = {"board_queue": "first", "mail_queue": "second", "MaximumRetryAttempts": 2}


# %% no_queue_at_all | a bad morning | given up without a trace
# No queue for either.
ANSWER = {"MaximumRetryAttempts": 2, "BisectBatchOnFunctionError": True}


# %% second_for_both | a bad morning | one queue for two
# The other queue for all dead letters.
ANSWER = {
    "board_queue": "second",
    "mail_queue": "second",
    "MaximumRetryAttempts": 0,
    "BisectBatchOnFunctionError": True,
}


# %% a_third_queue | a bad morning | cannot happen
# A queue that there is not.
ANSWER = {
    "board_queue": "first",
    "mail_queue": "third",
    "MaximumRetryAttempts": 2,
    "BisectBatchOnFunctionError": True,
}
