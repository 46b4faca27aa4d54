"""More retries than there are."""

SCENARIO = "a bad morning"
MISCONCEPTION = "cannot happen"

ANSWER = {
    "board_queue": "first",
    "mail_queue": "second",
    "MaximumRetryAttempts": 100000,
    "BisectBatchOnFunctionError": True,
}
