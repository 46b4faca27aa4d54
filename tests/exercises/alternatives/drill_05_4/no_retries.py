"""No retries at all: bisecting costs none."""

ANSWER = {
    "board_queue": "second",
    "mail_queue": "first",
    "MaximumRetryAttempts": 0,
    "BisectBatchOnFunctionError": True,
}
