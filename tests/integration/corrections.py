"""How what DynamoDB Local showed is put right, one divergence at a time; divergences.py says why."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import permutations
from typing import Any

from ..strategies import Call, Params
from ..value_strategies import identity, plain_number
from .matchers import OF_AN_ITEM, Anything, AProperAnswer, Beginning, OneOf, ReasonAmongOthers, Worded
from .running import Outcome
from .targets import Path, fragments, targets
from .texts import READ_TEXTS, TEXTS

_DUPLICATE = "Duplicate primary key exists in table"


def plain_numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [plain_numbers(member) for member in value]
    if not isinstance(value, dict):
        return value
    out: dict[str, Any] = {}
    for tag, inner in value.items():
        if tag == "N" and isinstance(inner, str):
            out[tag] = plain_number(inner)
        elif tag == "NS" and isinstance(inner, list):
            out[tag] = [plain_number(member) for member in inner]
        else:
            out[tag] = plain_numbers(inner)
    return out


def cancelled_by_an_item(call: Call, outcome: Outcome) -> Outcome:
    refused = call.operation == "TransactWriteItems" and outcome.code == "ValidationException"
    if not refused or str(outcome.message).rstrip(".") not in OF_AN_ITEM:
        return outcome
    answer = {"CancellationReasons": ReasonAmongOthers(), "Message": Anything()}
    return Outcome("TransactionCanceledException", Anything(), answer)  # type: ignore[arg-type]


def which_of_several(call: Call, outcome: Outcome) -> Outcome:
    changed = max(map(_targets, (call.params, *_actions(call))), key=len)
    message = outcome.message
    if not isinstance(message, str):
        return outcome
    if message in OF_AN_ITEM and len(changed) > 1:
        return replace(outcome, message=OneOf(OF_AN_ITEM))  # type: ignore[arg-type]
    if "Two document paths" in message and len(changed) > 2:
        return replace(outcome, message=Beginning(message.partition("path one")[0]))  # type: ignore[arg-type]
    return outcome


def only_fragments(call: Call, outcome: Outcome) -> Outcome:
    if call.params.get("ReturnValues") not in ("UPDATED_OLD", "UPDATED_NEW"):
        return outcome
    answer = {name: value for name, value in outcome.answer.items() if name != "Attributes"}
    found = fragments(outcome.answer.get("Attributes", {}), _targets(call.params))
    return replace(outcome, answer=answer | {"Attributes": found} if found else answer)


def _actions(call: Call) -> list[Params]:
    """The parameters of a transaction's actions."""
    return [next(iter(action.values())) for action in call.params.get("TransactItems", ())]


def _targets(params: Params) -> list[Path]:
    named = targets(params.get("UpdateExpression", ""), params.get("ExpressionAttributeNames", {}))
    return named + [(name,) for name in params.get("AttributeUpdates", ())]


def service_words(call: Call, outcome: Outcome) -> Outcome:
    if outcome.ok:
        return outcome
    answer = dict(outcome.answer)
    if isinstance(reasons := answer.get("CancellationReasons"), list):
        answer["CancellationReasons"] = [
            {name: _worded(value) if name == "Message" else value for name, value in reason.items()}
            for reason in reasons
        ]
    return replace(outcome, message=_worded(outcome.message), answer=answer)


def _worded(message: Any, texts: dict[str, str] = TEXTS) -> Any:
    if isinstance(message, str):
        for local, service in texts.items():
            if re.fullmatch(local, message, flags=re.DOTALL):
                return Worded(service)
    return message


def duplicate_item(call: Call, outcome: Outcome) -> Outcome:
    return replace(outcome, code="DuplicateItemException") if outcome.code == "DuplicateItem" else outcome


def duplicate_among_reasons(call: Call, outcome: Outcome) -> Outcome:
    reasons = outcome.answer.get("CancellationReasons", [])
    if call.operation != "ExecuteTransaction" or _DUPLICATE not in [one.get("Message") for one in reasons]:
        return outcome
    codes = OneOf(("ValidationError", "DuplicateItem"))
    known = [one | {"Code": codes} if one.get("Message") == _DUPLICATE else one for one in reasons]
    answer = {"CancellationReasons": known, "Message": Anything()}
    return replace(outcome, message=Anything(), answer=answer)  # type: ignore[arg-type]


def internal_failure(call: Call, outcome: Outcome) -> Outcome:
    if outcome.code != "InternalFailure":
        return outcome
    return Outcome(AProperAnswer(), Anything(), {})  # type: ignore[arg-type]


def item_named_twice(call: Call, outcome: Outcome) -> Outcome:
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


def no_capacity_unasked(call: Call, outcome: Outcome) -> Outcome:
    if "ReturnConsumedCapacity" in call.params:
        return outcome
    return replace(outcome, answer={k: v for k, v in outcome.answer.items() if k != "ConsumedCapacity"})


def no_final_period(call: Call, outcome: Outcome) -> Outcome:
    reasons = outcome.answer.get("CancellationReasons")
    if not isinstance(reasons, list):
        return outcome
    texts = [
        {k: v.rstrip(".") if k == "Message" and isinstance(v, str) else v for k, v in reason.items()}
        for reason in reasons
    ]
    return replace(outcome, answer=outcome.answer | {"CancellationReasons": texts})


# Reads

_READS = ("BatchGetItem", "GetItem", "Query", "Scan", "TransactGetItems")


def service_words_of_reads(call: Call, outcome: Outcome) -> Outcome:
    if outcome.ok or call.operation not in _READS:
        return outcome
    return replace(outcome, message=_worded(outcome.message, READ_TEXTS))


def cancelled_by_a_key(call: Call, outcome: Outcome) -> Outcome:
    if call.operation != "TransactGetItems" or outcome.code != "TransactionCanceledException":
        return outcome
    words = (
        r"Transaction cancelled, please refer cancellation reasons for specific reasons "
        r"\[.*ValidationError.*\]"
    )
    answer = {"CancellationReasons": Anything(), "Message": Anything()}
    return replace(outcome, message=Worded(words), answer=answer)  # type: ignore[arg-type]


def capacity_of_nothing(call: Call, outcome: Outcome) -> Outcome:
    """The same with any units, where a page holds nothing."""
    return _with_any_units(outcome) if outcome.answer.get("ScannedCount") == 0 else outcome


def missing_keys_cost(call: Call, outcome: Outcome) -> Outcome:
    if call.operation != "BatchGetItem" or not outcome.answer.get("ConsumedCapacity"):
        return outcome
    told = []
    for one in outcome.answer["ConsumedCapacity"]:
        request = call.params["RequestItems"][one["TableName"]]
        missing = len(request["Keys"]) - len(outcome.answer["Responses"][one["TableName"]])
        more = missing * (1.0 if request.get("ConsistentRead") else 0.5)
        right = one | {"CapacityUnits": one["CapacityUnits"] + more}
        told.append(right | ({"Table": {"CapacityUnits": right["CapacityUnits"]}} if "Table" in one else {}))
    return replace(outcome, answer=outcome.answer | {"ConsumedCapacity": told})


def capacity_of_index_scans(call: Call, outcome: Outcome) -> Outcome:
    return _with_any_units(outcome) if call.operation == "Scan" and "IndexName" in call.params else outcome


def capacity_of_projections(call: Call, outcome: Outcome) -> Outcome:
    projected = {"ProjectionExpression", "AttributesToGet"} & call.params.keys()
    filtered = {"FilterExpression", "QueryFilter"} & call.params.keys()
    unknown = call.operation == "Query" and "IndexName" in call.params and (projected or filtered)
    return _with_any_units(outcome) if unknown else outcome


def _with_any_units(outcome: Outcome) -> Outcome:
    if "ConsumedCapacity" not in outcome.answer:
        return outcome
    told = _any_units(outcome.answer["ConsumedCapacity"])
    return replace(outcome, answer=outcome.answer | {"ConsumedCapacity": told})


def _any_units(capacity: Params) -> Params:
    return {
        name: _any_units(value)
        if isinstance(value, dict)
        else Anything()
        if name == "CapacityUnits"
        else value
        for name, value in capacity.items()
    }


def names_in_any_order(call: Call, outcome: Outcome) -> Outcome:
    listed = re.fullmatch(
        r"(.* does not project (?:one or more filter attributes: )?\[|.* unused in expressions: keys: \{)"
        r"(.+)([\]}])",
        str(outcome.message),
    )
    if not listed or ", " not in listed[2]:
        return outcome
    texts = tuple(
        f"{listed[1]}{', '.join(names)}{listed[3]}" for names in permutations(listed[2].split(", "))
    )
    return replace(outcome, message=OneOf(texts))  # type: ignore[arg-type]


def maybe_more(call: Call, outcome: Outcome) -> Outcome:
    met = call.operation == "Query" and outcome.answer.get("ScannedCount") == call.params.get("Limit")
    if not outcome.ok or not met or "LastEvaluatedKey" in outcome.answer:
        return outcome
    return replace(outcome, answer=outcome.answer | {"LastEvaluatedKey": Anything()})
