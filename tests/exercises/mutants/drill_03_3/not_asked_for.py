"""Retries and bisect, and an answer that was not asked for."""

SCENARIO = "an outage"
MISCONCEPTION = "an answer that nobody reads"

ANSWER = {
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 40,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
}
