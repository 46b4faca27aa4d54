"""The batch as it is."""

SCENARIO = "a bad morning"
MISCONCEPTION = "the whole batch given up"

ANSWER = {
    "board_queue": "first",
    "mail_queue": "second",
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": False,
}
