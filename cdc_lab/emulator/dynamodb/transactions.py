"""TransactWriteItems: all of its writes or none, at a cost that follows the items it touches alone.

In a handler a transaction is under way for a while of lab time. Its conditions are judged, and its items
claimed, when the call takes effect; it writes them when the call ends. In between whoever wants to write one
of them is refused, and so is a transaction that reads one (D35). Plain reads find the items as they were.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from cdc_lab.clock import Clock
from cdc_lab.emulator.dynamodb.attribute_values import accept_image, invalid
from cdc_lab.emulator.dynamodb.call_expressions import expressions_of
from cdc_lab.emulator.dynamodb.capacity import capacities
from cdc_lab.emulator.dynamodb.claims import CONFLICT, Claims
from cdc_lab.emulator.dynamodb.forms import check_choices
from cdc_lab.emulator.dynamodb.images import Image
from cdc_lab.emulator.dynamodb.keys import NOT_VALID, Tables
from cdc_lab.emulator.dynamodb.table import Table
from cdc_lab.emulator.dynamodb.throughput import THROTTLED
from cdc_lab.emulator.dynamodb.writes import Answer, Body, ItemWrite, delete, item_collections, put, update
from cdc_lab.errors import ServiceError

MAX_ACTIONS = 100
MAX_BYTES = 4 * 1024 * 1024  # of all items together
TOKEN_LIFE_SECONDS = 600.0  # D20
WEIGHT = 2
"""How many times as much an item costs in a transaction as alone (D43)."""
_KEPT_TOKENS = 50_000
_IN_PROGRESS = "The transaction with the given request token is already in progress."

AtEndOfCall = Callable[[Callable[[], None]], None]
"""Lets something happen when the call that is being answered ends: at once where calls take no time."""

_OPTIONS = ("ReturnConsumedCapacity", "ReturnItemCollectionMetrics", "ClientRequestToken")


class Transactions:
    """Answers TransactWriteItems, and remembers its tokens for ten minutes (D20).

    Parameters
    ----------
    tables : callable
        Finds a table by name or ARN.
    clock : Clock
    claims : Claims
        Those of the tables.
    at_end_of_call : callable
        What it is given writes the items; that happens also where the caller is dead by then.
    """

    def __init__(self, tables: Tables, clock: Clock, claims: Claims, at_end_of_call: AtEndOfCall) -> None:
        self._tables = tables
        self._clock = clock
        self._claims = claims
        self._at_end_of_call = at_end_of_call
        self._under_way: dict[str, bytes] = {}  # digests by token
        self._done: dict[str, tuple[float, bytes]] = {}
        self._prepare: dict[str, Callable[..., ItemWrite]] = {
            "Put": put,
            "Update": update,
            "Delete": delete,
            "ConditionCheck": _check,
        }

    def write(self, body: Body) -> Answer:
        """Answer one TransactWriteItems."""
        actions = body["TransactItems"]
        check_choices(body)
        check_actions(actions)
        token, digest = body.get("ClientRequestToken"), _digest(body)
        if token is not None and self._is_repeated(token, digest):
            return {}
        writes = self._prepared(actions)
        self._claims.hold(writes)
        if token is not None:
            self._under_way[token] = digest
        answer = _asked(body, writes)  # it will be true: until then nobody else writes these items
        self._at_end_of_call(partial(self._finish, writes, token))
        return answer

    def _finish(self, writes: list[ItemWrite], token: str | None) -> None:
        """Write the items, and give them back."""
        for write in writes:
            if self._stands(write.table):
                write.store()
        self._claims.release(writes)
        if token is not None:
            self._done[token] = (self._clock.time(), self._under_way.pop(token))

    def _stands(self, table: Table) -> bool:
        """Whether nobody has deleted the table meanwhile."""
        try:
            return self._tables(table.name) is table
        except ServiceError:
            return False

    def _prepared(self, actions: list[dict[str, Any]]) -> list[ItemWrite]:
        touched = set()
        for action in actions:
            if len(action) != 1:
                raise invalid("TransactItems can only contain one of Check, Put, Update or Delete")
            ((kind, inner),) = action.items()
            image = accept_image(inner["Item"] if kind == "Put" else inner["Key"])
            touched.add(self._identity(kind, inner, image))
        if len(touched) < len(actions):
            raise invalid("Transaction request cannot include multiple operations on one item")
        writes: list[ItemWrite] = []
        reasons: list[dict[str, Any]] = []
        size = 0
        for action in actions:
            ((kind, inner),) = action.items()
            try:
                write = self._prepare[kind](self._tables, inner, weight=WEIGHT)
            except ServiceError as error:
                reasons.append(reason_of(error))
                continue
            writes.append(write)
            reasons.append({"Code": "None"})
            size += 0 if write.after is None else write.after.size
            if size > MAX_BYTES:
                raise invalid(f"Transaction payload size cannot exceed 4MB. Payload Size: {size}")
        if len(writes) < len(actions):
            raise canceled(reasons)
        return writes

    def _identity(self, kind: str, inner: Body, image: Image) -> tuple[str, Any]:
        """Which item an action is about; refuse what is wrong whatever the items are."""
        table = self._tables(inner["TableName"])
        expressions_of(inner, changes=kind == "Update")
        return table.table_arn, tuple(json.dumps(image.get(name)) for name, _ in table.keys)

    def _is_repeated(self, token: str, digest: bytes) -> bool:
        if token in self._under_way:
            if self._under_way[token] != digest:
                raise ServiceError("IdempotentParameterMismatchException", "")
            raise ServiceError("TransactionInProgressException", _IN_PROGRESS)
        now = self._clock.time()
        for known in list(self._done):
            if now - self._done[known][0] <= TOKEN_LIFE_SECONDS and len(self._done) <= _KEPT_TOKENS:
                break
            del self._done[known]
        if token not in self._done:
            return False
        if self._done[token][1] != digest:
            raise ServiceError("IdempotentParameterMismatchException", "")
        return True


def _check(tables: Tables, body: Body, *, weight: int) -> ItemWrite:
    # A check writes what is there; the journal sees that nothing changed.
    done = delete(tables, body, weight=weight)
    return done._replace(after=done.before)


def check_actions(actions: list[dict[str, Any]], parameter: str = "transactItems") -> None:
    """Refuse a transaction of no actions, or of more than a hundred."""
    if not 1 <= len(actions) <= MAX_ACTIONS:
        bound = f"less than or equal to {MAX_ACTIONS}" if actions else "greater than or equal to 1"
        shown = "'[...]'" if actions else "'[]'"
        raise invalid(
            f"1 validation error detected: Value {shown} at '{parameter}' failed to satisfy constraint: "
            f"Member must have length {bound}"
        )


def reason_of(error: ServiceError) -> dict[str, Any]:
    """The reason to cancel that an action's refusal is; a refusal that is none refuses the call."""
    codes = {
        "ConditionalCheckFailedException": "ConditionalCheckFailed",
        "ValidationException": "ValidationError",
        CONFLICT: "TransactionConflict",
    }
    if error.code in THROTTLED:
        return {"Code": THROTTLED[error.code], "Message": error.message}
    if error.code not in codes or error.message.startswith(NOT_VALID):
        raise error  # an empty key refuses the call; one of another type is a reason to cancel it
    return {"Code": codes[error.code], "Message": error.message, **error.fields}


def canceled(reasons: list[dict[str, Any]]) -> ServiceError:
    """The refusal of a whole transaction, with one reason for each of its actions."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    return ServiceError(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        CancellationReasons=reasons,
    )


def _digest(body: Body) -> bytes:
    request = {name: value for name, value in body.items() if name not in _OPTIONS}
    return hashlib.blake2b(json.dumps(request, sort_keys=True).encode(), digest_size=16).digest()


def _asked(body: Body, writes: list[ItemWrite]) -> Answer:
    units: dict[str, float] = {}
    for write in writes:
        units[write.table.name] = units.get(write.table.name, 0.0) + WEIGHT * write.units
    collections = item_collections(body, writes)
    return ({"ItemCollectionMetrics": collections} if collections else {}) | capacities(
        body, units, kind="WriteCapacityUnits"
    )
