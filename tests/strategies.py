"""Random operation histories on one table, for hypothesis; what they do is drawn to collide.

A history is a table and a list of calls as boto3 takes them. Keys, attributes and values come from
small pools, so that writes meet existing items, conditions hold or fail, numbers are equal under
another spelling (``1`` and ``1.0``), and calls are repeated. Every history prints as boto3 code.
"""

from __future__ import annotations

import pprint
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from hypothesis import strategies as st

from . import expression_strategies as expressions
from . import value_strategies as values

TABLE = "history"
VIEW_TYPES = ("NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY")

Params = dict[str, Any]
Key = dict[str, dict[str, Any]]
Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True)
class TableSpec:
    """A table's key types (``S``, ``N``, ``B``; ``range_type`` None for a hash key alone) and view type."""

    hash_type: str
    range_type: str | None
    view_type: str | None

    def create_params(self) -> Params:
        """What CreateTable takes."""
        keys = [("pk", "HASH", self.hash_type)]
        if self.range_type is not None:
            keys.append(("sk", "RANGE", self.range_type))
        params: Params = {
            "TableName": TABLE,
            "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind, _ in keys],
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": tag} for name, _, tag in keys],
            "BillingMode": "PAY_PER_REQUEST",
        }
        if self.view_type is not None:
            params["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": self.view_type}
        return params


@dataclass(frozen=True)
class Call:
    """One call of boto3's dynamodb client: the API's operation name and the parameters."""

    operation: str
    params: Params

    def __repr__(self) -> str:
        arguments = ", ".join(
            f"{name}={pprint.pformat(value, width=110, compact=True, sort_dicts=False)}"
            for name, value in self.params.items()
        )
        return f"dynamodb.{xform_name(self.operation)}({arguments})"


@dataclass(frozen=True)
class History:
    """A table, and what happens to it."""

    table: TableSpec
    calls: tuple[Call, ...]

    def __repr__(self) -> str:
        lines = [repr(Call("CreateTable", self.table.create_params())), *map(repr, self.calls)]
        return "\n" + "\n".join(lines) + "\n"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Hypothesis would print the classes instead."""
        printer.text(repr(self))


@dataclass(frozen=True)
class World:
    """What the calls of one history are drawn from: its table and the few keys that it uses."""

    table: TableSpec
    keys: tuple[Key, ...]

    def a_key(self) -> st.SearchStrategy[Key]:
        """One of the keys."""
        return st.sampled_from(self.keys)

    def an_item(self) -> st.SearchStrategy[Params]:
        """A whole item: a key and some attributes of all ten types."""
        return st.builds(lambda key, rest: {**key, **rest}, self.a_key(), values.attributes())

    def identity(self, params: Params) -> tuple[Any, ...]:
        """Which item a call, or an action of a transaction, is about."""
        holder = params.get("Item") or params["Key"]
        return tuple(values.identity(holder[name]) for name in self.keys[0])


def tables(view_types: tuple[str, ...] = VIEW_TYPES) -> st.SearchStrategy[TableSpec]:
    """Hash and hash-range keys of every type."""
    return st.builds(
        TableSpec,
        hash_type=st.sampled_from(["S", "N", "B"]),
        range_type=st.sampled_from([None, "S", "N", "B"]),
        view_type=st.sampled_from(view_types),
    )


@st.composite
def worlds(draw: Draw, view_types: tuple[str, ...] = VIEW_TYPES) -> World:
    """A table and one to three keys."""
    table: TableSpec = draw(tables(view_types))
    parts = {"pk": values.key_values(table.hash_type)}
    if table.range_type is not None:
        parts["sk"] = values.key_values(table.range_type)
    one = st.fixed_dictionaries(parts)
    different = st.lists(
        one, min_size=1, max_size=3, unique_by=lambda key: tuple(map(values.identity, key.values()))
    )
    return World(table, tuple(draw(different)))


@st.composite
def puts(draw: Draw, world: World) -> Call:
    """PutItem, with or without a condition."""
    params = {"TableName": TABLE, "Item": draw(world.an_item())}
    return Call("PutItem", params | draw(_conditions()) | draw(_returned("ALL_OLD")))


@st.composite
def updates(draw: Draw, world: World) -> Call:
    """UpdateItem with SET, REMOVE, ADD and DELETE clauses, nested paths, a condition at times."""
    params = {"TableName": TABLE, "Key": draw(world.a_key())} | draw(expressions.updates())
    returned = draw(_returned("ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"))
    return Call("UpdateItem", params | returned)


@st.composite
def deletes(draw: Draw, world: World) -> Call:
    """DeleteItem of an item that may be there."""
    params = {"TableName": TABLE, "Key": draw(world.a_key())}
    return Call("DeleteItem", params | draw(_conditions()) | draw(_returned("ALL_OLD")))


@st.composite
def batches(draw: Draw, world: World) -> Call:
    """BatchWriteItem of puts and deletes; now and then with one item named twice, which is refused."""
    put = world.an_item().map(lambda item: {"PutRequest": {"Item": item}})
    delete = world.a_key().map(lambda key: {"DeleteRequest": {"Key": key}})
    requests = draw(_few(st.one_of(put, put, delete), lambda request: world.identity(_inner(request)), draw))
    return Call("BatchWriteItem", {"RequestItems": {TABLE: requests}})


@st.composite
def transactions(draw: Draw, world: World) -> Call:
    """TransactWriteItems of all four kinds; conditions that fail; now and then one item named twice."""
    kinds = {
        "Put": puts(world),
        "Update": updates(world),
        "Delete": deletes(world),
        "ConditionCheck": st.builds(
            lambda key, condition: Call("ConditionCheck", {"TableName": TABLE, "Key": key} | condition),
            world.a_key(),
            expressions.conditions(),
        ),
    }
    action = st.one_of([kinds["Put"], kinds["Update"], kinds["Delete"], kinds["ConditionCheck"]])
    calls = draw(_few(action, lambda call: world.identity(call.params), draw))
    names = {
        "PutItem": "Put",
        "UpdateItem": "Update",
        "DeleteItem": "Delete",
        "ConditionCheck": "ConditionCheck",
    }
    actions = [{names[call.operation]: _without(call.params, "ReturnValues")} for call in calls]
    return Call("TransactWriteItems", {"TransactItems": actions})


def classic_calls(world: World) -> st.SearchStrategy[Call]:
    """Every way to write an item, PartiQL aside."""
    return st.one_of(puts(world), updates(world), deletes(world), batches(world), transactions(world))


@st.composite
def histories(
    draw: Draw,
    calls: Callable[[World], st.SearchStrategy[Call]] = classic_calls,
    view_types: tuple[str, ...] = VIEW_TYPES,
    max_calls: int = 14,
) -> History:
    """A table and a history of calls, some of them earlier ones again, as they were or respelled."""
    world: World = draw(worlds(view_types))
    made: list[Call] = []
    for fresh in draw(st.lists(calls(world), min_size=1, max_size=max_calls)):
        made.append(fresh)
        again = draw(st.sampled_from([None, None, "same", "respelled"]))
        if again is not None:
            call = made[draw(st.integers(0, len(made) - 1))]
            made.append(call if again == "same" else Call(call.operation, values.respell(call.params)))
    return History(world.table, tuple(call for call in made if not _beyond_the_judge(world, call)))


def _conditions() -> st.SearchStrategy[Params]:
    condition = st.one_of(st.just({}), st.just({}), st.just({}), expressions.conditions())
    shown = st.sampled_from([{}, {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}])
    return st.builds(lambda params, extra: params | extra if params else params, condition, shown)


def _returned(*kinds: str) -> st.SearchStrategy[Params]:
    return st.sampled_from([{}, {"ReturnValues": "NONE"}, *({"ReturnValues": kind} for kind in kinds)])


def _beyond_the_judge(world: World, call: Call) -> bool:
    """A transaction that names an item twice: DynamoDB Local takes it if a number of the key is respelled."""
    actions = [_inner(action) for action in call.params.get("TransactItems", ())]
    named = [world.identity(params) for params in actions]
    keys = [params.get("Item") or params["Key"] for params in actions]
    numbers = [key[name]["N"] for key in keys for name in world.keys[0] if "N" in key[name]]
    return len(set(named)) < len(named) and any(values.plain_number(text) != text for text in numbers)


def _few(
    of: st.SearchStrategy[Any], identity: Callable[[Any], Any], draw: Draw
) -> st.SearchStrategy[list[Any]]:
    """One to four; different items nine times in ten."""
    doubled = draw(st.integers(0, 9)) == 9
    return st.lists(of, min_size=1, max_size=4, unique_by=None if doubled else identity)


def _inner(request: Params) -> Params:
    found: Params = next(iter(request.values()))
    return found


def _without(params: Params, name: str) -> Params:
    return {key: value for key, value in params.items() if key != name}
