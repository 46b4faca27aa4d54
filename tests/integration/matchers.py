"""What is expected where DynamoDB Local's own answer cannot be: things that are equal to several."""

from __future__ import annotations

import re

# Found only by looking at an item, so the service cancels the transaction and names the action.
OF_AN_ITEM = (
    "The document path provided in the update expression is invalid for update",
    "The provided expression refers to an attribute that does not exist in the item",
    "An operand in the update expression has an incorrect data type",
    "Type mismatch for attribute to update",
    "Number overflow. Attempting to store a number with magnitude larger than supported range",
    "Number underflow. Attempting to store a number with magnitude smaller than supported range",
    "DynamoDB only supports precision up to 38 digits",
    "Item size to update has exceeded the maximum allowed size",
)


class Anything:
    """Equal to everything: what DynamoDB Local cannot tell."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "(not told by DynamoDB Local)"


class OneOf(Anything):
    """Equal to any of these."""

    def __init__(self, choices: tuple[str, ...]) -> None:
        self.choices = choices

    def __eq__(self, other: object) -> bool:
        return other in self.choices

    def __repr__(self) -> str:
        return f"(one of {self.choices})"


class Beginning(Anything):
    """Equal to every text that begins so."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other.startswith(self.text)

    def __repr__(self) -> str:
        return f"({self.text}...)"


class Worded(Anything):
    """Equal to every text of a pattern."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(self.pattern, other, flags=re.DOTALL) is not None

    def __repr__(self) -> str:
        return f"(in the service's words: {self.pattern})"


class AProperAnswer(Anything):
    """Equal to success and to every refusal that a service could make."""

    def __eq__(self, other: object) -> bool:
        return other is None or not str(other).startswith(("Python's", "Internal"))

    def __repr__(self) -> str:
        return "(any proper answer)"


class ReasonAmongOthers(Anything):
    """Equal to a list of cancellation reasons with this validation error in it."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, list) and any(
            reason.get("Code") == "ValidationError" and reason.get("Message", "").rstrip(".") in OF_AN_ITEM
            for reason in other
        )

    def __repr__(self) -> str:
        return "(reasons, one of them ValidationError with a text about the item)"
