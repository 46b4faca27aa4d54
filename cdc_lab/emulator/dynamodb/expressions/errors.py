"""The refusals of expressions: those of the text, and those that only an item brings out."""

from __future__ import annotations

from cdc_lab.errors import ServiceError


class ItemError(ServiceError):
    """An expression that is well formed, and does not fit the item that it meets.

    A transaction is cancelled by it, with ``ValidationError`` among the reasons; every other write
    is refused with ``ValidationException``.
    """

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


def invalid(kind: str, text: str) -> ServiceError:
    """The refusal of an expression's text.

    Parameters
    ----------
    kind : str
        The parameter's name, such as ``UpdateExpression``.
    text : str
        What is wrong.
    """
    return ServiceError("ValidationException", f"Invalid {kind}: {text}")


def wrong_path() -> ItemError:
    """The way to what an update changes is not there."""
    return ItemError("The document path provided in the update expression is invalid for update")


def wrong_type() -> ItemError:
    """An update meets a value of a type that it cannot work on."""
    return ItemError("An operand in the update expression has an incorrect data type")


def missing() -> ItemError:
    """An update reads what the item does not have."""
    return ItemError("The provided expression refers to an attribute that does not exist in the item")
