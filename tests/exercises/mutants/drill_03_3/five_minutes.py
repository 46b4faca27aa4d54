"""An age of five minutes."""

SCENARIO = "an outage"
MISCONCEPTION = "given up before the outage ends"

ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
    "MaximumRecordAgeInSeconds": 300,
}
