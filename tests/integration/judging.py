"""One call on one item, judged by what DynamoDB Local says to it."""

from __future__ import annotations

from ..strategies import TABLE, Call, Params
from .building import ITEM, KEY, put
from .comparing import Difference, canonical, compare_outcomes, differences
from .divergences import as_the_service
from .running import Outcome, Run, Side, attempt


def _ask(side: Side, call: Call, before: Params | None) -> Run:
    # GIVEN the item, or none, WHEN the call is made
    if before is None:
        side.call("dynamodb", "DeleteItem", {"TableName": TABLE, "Key": KEY})
    else:
        side.call("dynamodb", "PutItem", put(before).params)
    outcome: Outcome = attempt(side, "dynamodb", call.operation, call.params)
    after = side.call("dynamodb", "GetItem", {"TableName": TABLE, "Key": KEY, "ConsistentRead": True})
    return Run([outcome], [after.get("Item", {})])


def found_by(sides: list[Side], call: Call, before: Params | None = ITEM) -> list[Difference]:
    """List what differs between DynamoDB Local and the judged side: the outcome, and the item afterwards.

    Parameters
    ----------
    sides : list of Side
        DynamoDB Local and the judged side.
    call : Call
    before : dict or None
        The item that the call meets; None: none.
    """
    expected = as_the_service((call,), _ask(sides[0], call, before))
    got = _ask(sides[1], call, before)
    found = compare_outcomes(repr(call), call, expected.outcomes[0], got.outcomes[0])
    return found + list(differences("item", canonical(expected.items[0]), canonical(got.items[0])))


def judge(sides: list[Side], call: Call, before: Params | None = ITEM) -> None:
    """Fail where the outcomes of a call differ, or the items afterwards."""
    found = found_by(sides, call, before)
    # THEN the outcome is the same, and so is the item
    assert not found, "\n".join(map(str, found))
