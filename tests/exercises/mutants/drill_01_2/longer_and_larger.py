"""A longer number that begins with a larger digit."""

SCENARIO = "the older stays"
MISCONCEPTION = "longer, and larger as text too"

ANSWER = ("300000000000000499659", "8000000000031262763620")
