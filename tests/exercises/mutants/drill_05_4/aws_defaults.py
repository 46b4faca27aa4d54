"""What AWS sets by default."""

SCENARIO = "a bad morning"
MISCONCEPTION = "blocked until mended"

ANSWER = {}
