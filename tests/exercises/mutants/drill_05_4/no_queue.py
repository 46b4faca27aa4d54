"""No queue for the mails."""

SCENARIO = "a bad morning"
MISCONCEPTION = "given up without a trace"

ANSWER = {
    "board_queue": "first",
    "mail_queue": None,
    "MaximumRetryAttempts": 3,
    "BisectBatchOnFunctionError": True,
}
