"""One queue for all dead letters."""

SCENARIO = "a bad morning"
MISCONCEPTION = "one queue for two"

ANSWER = {
    "board_queue": "first",
    "mail_queue": "first",
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": True,
}
