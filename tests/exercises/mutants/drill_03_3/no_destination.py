"""No on-failure destination."""

SCENARIO = "a bad record"
MISCONCEPTION = "given up without a trace"

ANSWER = {
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 40,
}
