"""Two numbers of one length."""

SCENARIO = "the older stays"
MISCONCEPTION = "as long as each other"

ANSWER = ("300000000000000499659", "800000000003126276362")
