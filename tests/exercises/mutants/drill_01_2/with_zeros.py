"""Zeros before the older number."""

SCENARIO = "numbers of a stream"
MISCONCEPTION = "padded by hand"

ANSWER = ("0900000000000000499659", "1000000000000000499659")
