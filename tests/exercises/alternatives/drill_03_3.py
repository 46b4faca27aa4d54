"""Right answers to drill_03_3: their form is in `tests/exercises/loading.py`."""

# %% age_as_well
# Retries, and an age beyond them.
ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 45,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
    "MaximumRecordAgeInSeconds": 7200,
}

# %% one_at_a_time
# Batches of one.
ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "MaximumRetryAttempts": 40,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
    "BatchSize": 1,
}

# %% retries_and_bisect
# Forty retries, bisect.
ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 40,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
}
