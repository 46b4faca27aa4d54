"""An age instead of a number of retries."""

SCENARIO = "a bad record"
MISCONCEPTION = "too old from waiting"

ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
    "MaximumRecordAgeInSeconds": 2400,
}
