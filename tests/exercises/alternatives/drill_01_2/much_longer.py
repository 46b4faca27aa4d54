"""The newer is much longer."""

ANSWER = ["4" + "0" * 22, "3" + "9" * 39]
