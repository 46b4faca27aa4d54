"""Where DynamoDB Local itself is not DynamoDB: each divergence with the fact that says so.

What DynamoDB Local showed is put right here before it judges. Everything that is not in this table
is compared to the letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ..strategies import Call, Params
from ..value_strategies import identity
from .matchers import OF_AN_ITEM, Anything, AProperAnswer, Beginning, OneOf, ReasonAmongOthers, Worded
from .running import Outcome, Run
from .targets import Path, fragments, targets
from .texts import TEXTS


@dataclass(frozen=True)
class Divergence:
    """One place where DynamoDB Local 1.25.1 is not the service.

    ``fact`` is an id of the fact sheet, ``SDK`` for the API reference inside botocore, or names the
    third party that tested against AWS. Without
    ``outcome`` or ``value`` the field is not compared with DynamoDB Local at all, but with the fact.
    """

    what: str
    local: str
    service: str
    fact: str
    outcome: Callable[[Call, Outcome], Outcome] | None = None
    value: Callable[[Any], Any] | None = None


_DUPLICATE = "Duplicate primary key exists in table"


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
    if not refused or str(outcome.message).rstrip(".") not in OF_AN_ITEM:
        return outcome
    answer = {"CancellationReasons": ReasonAmongOthers(), "Message": Anything()}
    return Outcome("TransactionCanceledException", Anything(), answer)  # type: ignore[arg-type]


def _which_of_several(call: Call, outcome: Outcome) -> Outcome:
    changed = max(map(_targets, (call.params, *_actions(call))), key=len)
    message = outcome.message
    if not isinstance(message, str):
        return outcome
    if message in OF_AN_ITEM and len(changed) > 1:
        return replace(outcome, message=OneOf(OF_AN_ITEM))  # type: ignore[arg-type]
    if "Two document paths" in message and len(changed) > 2:
        return replace(outcome, message=Beginning(message.partition("path one")[0]))  # type: ignore[arg-type]
    return outcome


def _only_fragments(call: Call, outcome: Outcome) -> Outcome:
    if call.params.get("ReturnValues") not in ("UPDATED_OLD", "UPDATED_NEW"):
        return outcome
    answer = {name: value for name, value in outcome.answer.items() if name != "Attributes"}
    found = fragments(outcome.answer.get("Attributes", {}), _targets(call.params))
    return replace(outcome, answer=answer | {"Attributes": found} if found else answer)


def _actions(call: Call) -> list[Params]:
    """The parameters of a transaction's actions."""
    return [next(iter(action.values())) for action in call.params.get("TransactItems", ())]


def _targets(params: Params) -> list[Path]:
    return targets(params.get("UpdateExpression", ""), params.get("ExpressionAttributeNames", {}))


def _service_words(call: Call, outcome: Outcome) -> Outcome:
    if outcome.ok:
        return outcome
    answer = dict(outcome.answer)
    if isinstance(reasons := answer.get("CancellationReasons"), list):
        answer["CancellationReasons"] = [
            {name: _worded(value) if name == "Message" else value for name, value in reason.items()}
            for reason in reasons
        ]
    return replace(outcome, message=_worded(outcome.message), answer=answer)


def _worded(message: Any) -> Any:
    if isinstance(message, str):
        for local, service in TEXTS.items():
            if re.fullmatch(local, message, flags=re.DOTALL):
                return Worded(service)
    return message


def _duplicate_item(call: Call, outcome: Outcome) -> Outcome:
    return replace(outcome, code="DuplicateItemException") if outcome.code == "DuplicateItem" else outcome


def _duplicate_among_reasons(call: Call, outcome: Outcome) -> Outcome:
    reasons = outcome.answer.get("CancellationReasons", [])
    if call.operation != "ExecuteTransaction" or _DUPLICATE not in [one.get("Message") for one in reasons]:
        return outcome
    codes = OneOf(("ValidationError", "DuplicateItem"))
    known = [one | {"Code": codes} if one.get("Message") == _DUPLICATE else one for one in reasons]
    answer = {"CancellationReasons": known, "Message": Anything()}
    return replace(outcome, message=Anything(), answer=answer)  # type: ignore[arg-type]


def _internal_failure(call: Call, outcome: Outcome) -> Outcome:
    if outcome.code != "InternalFailure":
        return outcome
    return Outcome(AProperAnswer(), Anything(), {})  # type: ignore[arg-type]


def _item_named_twice(call: Call, outcome: Outcome) -> Outcome:
    if outcome.code != "TransactionCanceledException" or not _names_an_item_twice(call):
        return outcome
    codes = OneOf(("TransactionCanceledException", "ValidationException"))
    answer = {name: Anything() for name in outcome.answer}
    return Outcome(codes, Anything(), answer)  # type: ignore[arg-type]


def _names_an_item_twice(call: Call) -> bool:
    keys = []
    for params in _actions(call):
        holder = params.get("Item") or params["Key"]
        keys.append(tuple(identity(holder[name]) for name in ("pk", "sk") if name in holder))
    return len(set(keys)) < len(keys)


def _no_capacity_unasked(call: Call, outcome: Outcome) -> Outcome:
    if "ReturnConsumedCapacity" in call.params:
        return outcome
    return replace(outcome, answer={k: v for k, v in outcome.answer.items() if k != "ConsumedCapacity"})


def _no_final_period(call: Call, outcome: Outcome) -> Outcome:
    reasons = outcome.answer.get("CancellationReasons")
    if not isinstance(reasons, list):
        return outcome
    texts = [
        {k: v.rstrip(".") if k == "Message" and isinstance(v, str) else v for k, v in reason.items()}
        for reason in reasons
    ]
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
        "UPDATED_OLD and UPDATED_NEW of an update inside an attribute",
        local="the whole attribute",
        service="what stands at the path, inside the maps and lists that lead there",
        fact="third party: nubo-db/dynoxide issue 36, ExtendDB issue 98",
        outcome=_only_fragments,
    ),
    Divergence(
        "which of several errors of an update is named",
        local="follows a hash of the names",
        service="not established",
        fact="not established",
        outcome=_which_of_several,
    ),
    Divergence(
        "a PartiQL INSERT of an item that is there, in a transaction",
        local="ValidationError among the reasons",
        service="not established: that, or DuplicateItem",
        fact="not established",
        outcome=_duplicate_among_reasons,
    ),
    Divergence(
        "a transaction that names an item twice and has a condition that fails",
        local="is cancelled by the condition",
        service="not established: refused for the item, or cancelled",
        fact="not established",
        outcome=_item_named_twice,
    ),
    Divergence(
        "a PartiQL INSERT of an item that is there",
        local="DuplicateItem",
        service="DuplicateItemException",
        fact="SDK",
        outcome=_duplicate_item,
    ),
    Divergence(
        "refusals of calls that are not well formed",
        local="in words of its own",
        service="see texts.py",
        fact="third party: nubo-db/dynamodb-conformance",
        outcome=_service_words,
    ),
    Divergence(
        "UPDATED_NEW of an upsert of the key alone",
        local="InternalFailure, and the item is there",
        service="not established",
        fact="not established",
        outcome=_internal_failure,
    ),
    Divergence(
        "SIZE and CONVERT as attribute names",
        local="taken in expressions",
        service="reserved words",
        fact="AWS's list of reserved words",
    ),
    Divergence(
        "the text of a failed condition among the reasons",
        local="now with, now without a final period",
        service="without",
        fact="third party: nubo-db/dynamodb-conformance",
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
    return Run(outcomes, items, records, local.reread)
