"""Five retries."""

ANSWER = {
    "board_queue": "first",
    "mail_queue": "second",
    "MaximumRetryAttempts": 5,
    "BisectBatchOnFunctionError": True,
}
