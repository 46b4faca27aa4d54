"""Wrong answers to drill_03_3: their form is in `tests/exercises/loading.py`."""

# %% a_day_of_retries | a bad record | a held shard
# A limit of two hours.
ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 130,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
}

# %% by_age | a bad record | too old from waiting
# An age instead of a number of retries.
ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
    "MaximumRecordAgeInSeconds": 2400,
}

# %% defaults | an outage | an answer that nobody reads
# AWS's defaults.
ANSWER = {}

# %% five_minutes | an outage | given up before the outage ends
# An age of five minutes.
ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
    "MaximumRecordAgeInSeconds": 300,
}

# %% for_ever | a bad record | a held shard
# No limit.
ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
}

# %% no_bisect | a bad record | neighbours given up
# Good neighbours in the same batch.
ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "MaximumRetryAttempts": 40,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
}

# %% no_destination | a bad record | given up without a trace
# No on-failure destination.
ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 40,
}

# %% not_asked_for | an outage | an answer that nobody reads
# Retries and bisect, and an answer that was not asked for.
ANSWER = {
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 40,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
}

# %% three_retries | an outage | given up before the outage ends
# Three retries.
ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 3,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
}

# %% no_destination_by_age | a bad record | given up without a trace
# A limit of retries, and nowhere for what is given up.
ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 35,
    "DestinationConfig": {},
}

# %% bisect_off | a bad record | neighbours given up
# Bisecting is turned off by name, with another number of retries.
ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": False,
    "MaximumRetryAttempts": 35,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
}

# %% by_age_and_retries | a bad record | too old from waiting
# An age of fifty minutes, and retries without end.
ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": -1,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
    "MaximumRecordAgeInSeconds": 2100,
}
