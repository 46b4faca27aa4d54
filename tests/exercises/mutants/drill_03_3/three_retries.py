"""Three retries."""

SCENARIO = "an outage"
MISCONCEPTION = "given up before the outage ends"

ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 3,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
}
