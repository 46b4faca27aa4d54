"""One batch after the other."""

SCENARIO = "an ordinary day"
MISCONCEPTION = "too few lanes"

ANSWER = {"BatchSize": 35}
