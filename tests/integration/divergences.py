"""Where DynamoDB Local itself is not DynamoDB: each divergence with the fact that says so.

What DynamoDB Local showed is put right here before it judges. Everything that is not in this table
is compared to the letter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ..strategies import Call
from .running import Outcome, Run


@dataclass(frozen=True)
class Divergence:
    """One place where DynamoDB Local 1.25.1 is not the service.

    ``fact`` is an id of the fact sheet, or ``SDK`` for the API reference inside botocore. Without
    ``outcome`` or ``value`` the field is not compared with DynamoDB Local at all, but with the fact.
    """

    what: str
    local: str
    service: str
    fact: str
    outcome: Callable[[Call, Outcome], Outcome] | None = None
    value: Callable[[Any], Any] | None = None


class Anything:
    """Equal to everything: what DynamoDB Local cannot tell."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "(not told by DynamoDB Local)"


class ReasonAmongOthers(Anything):
    """Equal to a list of cancellation reasons with this validation error in it."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __eq__(self, other: object) -> bool:
        return isinstance(other, list) and any(
            reason.get("Code") == "ValidationError" and reason.get("Message", "").rstrip(".") == self.message
            for reason in other
        )

    def __repr__(self) -> str:
        return f"(reasons, one of them ValidationError: {self.message})"


# Found only by looking at an item, so the service cancels the transaction and names the action.
OF_AN_ITEM = (
    "The document path provided in the update expression is invalid for update",
    "The provided expression refers to an attribute that does not exist in the item",
    "An operand in the update expression has an incorrect data type",
    "Type mismatch for attribute to update",
    "Number overflow. Attempting to store a number with magnitude larger than supported range",
    "Item size to update has exceeded the maximum allowed size",
)


def plain_number(text: str) -> str:
    """A number as DynamoDB writes it: no exponent, no zeros that say nothing, no negative zero."""
    plain = format(Decimal(text), "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "") else plain


def _plain_numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain_numbers(member) for member in value]
    if not isinstance(value, dict):
        return value
    out: dict[str, Any] = {}
    for tag, inner in value.items():
        if tag == "N" and isinstance(inner, str):
            out[tag] = plain_number(inner)
        elif tag == "NS" and isinstance(inner, list):
            out[tag] = [plain_number(member) for member in inner]
        else:
            out[tag] = _plain_numbers(inner)
    return out


def _cancelled_by_an_item(call: Call, outcome: Outcome) -> Outcome:
    refused = call.operation == "TransactWriteItems" and outcome.code == "ValidationException"
    message = (outcome.message or "").rstrip(".")
    if not refused or message not in OF_AN_ITEM:
        return outcome
    answer = {"CancellationReasons": ReasonAmongOthers(message), "Message": Anything()}
    return Outcome("TransactionCanceledException", Anything(), answer)  # type: ignore[arg-type]


def _no_capacity_unasked(call: Call, outcome: Outcome) -> Outcome:
    if "ReturnConsumedCapacity" in call.params:
        return outcome
    return replace(outcome, answer={k: v for k, v in outcome.answer.items() if k != "ConsumedCapacity"})


def _no_final_period(call: Call, outcome: Outcome) -> Outcome:
    reasons = outcome.answer.get("CancellationReasons")
    if not isinstance(reasons, list):
        return outcome
    texts = [{k: v.rstrip(".") if k == "Message" else v for k, v in reason.items()} for reason in reasons]
    return replace(outcome, answer=outcome.answer | {"CancellationReasons": texts})


KNOWN = (
    Divergence("ApproximateCreationDateTime", local="whole minutes", service="whole seconds", fact="A9"),
    Divergence("awsRegion", local="always ddblocal", service="the region that was asked", fact="A5"),
    Divergence(
        "eventID", local="a UUID with dashes", service="32 hexadecimal digits in the example", fact="A7"
    ),
    Divergence(
        "SequenceNumber",
        local="one counter a server, from 1, padded with zeros",
        service="21 to 40 digits, with gaps",
        fact="A8",
    ),
    Divergence(
        "a number that an update computes",
        local="keeps zeros that say nothing: 370.3680",
        service="trimmed",
        fact="A18",
        value=_plain_numbers,
    ),
    Divergence(
        "a transaction with an update that its item does not allow",
        local="ValidationException",
        service="TransactionCanceledException, with ValidationError among the reasons",
        fact="SDK",
        outcome=_cancelled_by_an_item,
    ),
    Divergence(
        "ConsumedCapacity that nobody asked for",
        local="comes with DeleteItem of a missing item",
        service="comes when it is asked for",
        fact="SDK",
        outcome=_no_capacity_unasked,
    ),
    Divergence(
        "the text of a failed condition among the reasons",
        local="now with, now without a final period",
        service="not established",
        fact="SDK",
        outcome=_no_final_period,
    ),
)


def as_the_service(calls: tuple[Call, ...], local: Run) -> Run:
    """What DynamoDB Local showed, put right by the table above."""
    outcomes = list(local.outcomes)
    for divergence in KNOWN:
        if divergence.outcome is not None:
            outcomes = [divergence.outcome(call, one) for call, one in zip(calls, outcomes, strict=True)]
    items, records = local.items, local.records
    for divergence in KNOWN:
        if divergence.value is not None:
            items, records = divergence.value(items), divergence.value(records)
            outcomes = [replace(one, answer=divergence.value(one.answer)) for one in outcomes]
    return Run(outcomes, items, records)
