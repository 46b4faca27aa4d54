"""Retries until it works."""

SCENARIO = "a bad morning"
MISCONCEPTION = "blocked until mended"

ANSWER = {
    "board_queue": "first",
    "mail_queue": "second",
    "MaximumRetryAttempts": -1,
    "BisectBatchOnFunctionError": True,
}
