"""Good neighbours in the same batch."""

SCENARIO = "a bad record"
MISCONCEPTION = "neighbours given up"

ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "MaximumRetryAttempts": 40,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
}
