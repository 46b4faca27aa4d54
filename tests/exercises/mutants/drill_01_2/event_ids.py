"""Event ids instead of sequence numbers."""

SCENARIO = "numbers of a stream"
MISCONCEPTION = "no sequence numbers"

ANSWER = ("e2fd9c34eff2d779b297b26f5fef4206", "f2fd9c34eff2d779b297b26f5fef4206")
