"""The newer first."""

SCENARIO = "numbers of a stream"
MISCONCEPTION = "the wrong way round"

ANSWER = ("1000000000000000499659", "900000000000000499659")
