"""Numbers as in AWS's samples."""

SCENARIO = "numbers of a stream"
MISCONCEPTION = "no sequence numbers"

ANSWER = ("999", "1000")
