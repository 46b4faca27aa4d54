"""PartiQL statements that write, for hypothesis: alone, in batches and in transactions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from . import value_strategies as values
from .strategies import TABLE, Call, Params, World

Draw = Callable[[st.SearchStrategy[Any]], Any]


def calls(world: World) -> st.SearchStrategy[Call]:
    """ExecuteStatement, mostly; BatchExecuteStatement and ExecuteTransaction."""
    return st.one_of(statements(world), statements(world), batches(world), transactions(world))


def statements(world: World) -> st.SearchStrategy[Call]:
    """One INSERT, UPDATE or DELETE; the old or new item comes back at times."""
    returned = st.one_of(inserts(world), updates(world, returning=True), deletes(world, returning=True))
    return returned.map(lambda one: Call("ExecuteStatement", one))


def batches(world: World) -> st.SearchStrategy[Call]:
    """Several statements, each of which succeeds or is refused by itself."""
    return _several(world).map(lambda found: Call("BatchExecuteStatement", {"Statements": found}))


def transactions(world: World) -> st.SearchStrategy[Call]:
    """Several statements, all of which succeed or none."""
    return _several(world).map(lambda found: Call("ExecuteTransaction", {"TransactStatements": found}))


def _several(world: World) -> st.SearchStrategy[list[Params]]:
    one = st.one_of(inserts(world), updates(world), deletes(world))
    return st.lists(one, min_size=1, max_size=3, unique_by=lambda found: _key(world, found))


def _key(world: World, statement: Params) -> tuple[Any, ...]:
    width = len(world.keys[0])
    found = statement["Parameters"]
    keys = found[:width] if statement["Statement"].startswith("INSERT") else found[-width:]
    return tuple(map(values.identity, keys))


@st.composite
def inserts(draw: Draw, world: World) -> Params:
    """INSERT: refused where the item is there."""
    item = draw(world.an_item())
    ordered = {name: item[name] for name in (*world.keys[0], *item)}
    members = ", ".join(f"'{name}': ?" for name in ordered)
    return _statement(f'INSERT INTO "{TABLE}" VALUE {{{members}}}', list(ordered.values()))


@st.composite
def updates(draw: Draw, world: World, returning: bool = False) -> Params:
    """UPDATE: refused where the item is missing, or a condition does not hold."""
    changes = draw(values.attributes().filter(bool))
    removed = draw(st.sampled_from([None, None, *sorted(values.ATTRIBUTES)]))
    clauses = [f'SET "{name}" = ?' for name in changes]
    if removed is not None and removed not in changes:
        clauses.append(f'REMOVE "{removed}"')
    where, parameters = _where(draw, world)
    text = f'UPDATE "{TABLE}" {" ".join(clauses)} WHERE {where}'
    if returning:
        kinds = ["", "ALL OLD", "ALL NEW", "MODIFIED OLD", "MODIFIED NEW"]
        text += _returning(draw(st.sampled_from(kinds)))
    return _statement(text, [*changes.values(), *parameters])


@st.composite
def deletes(draw: Draw, world: World, returning: bool = False) -> Params:
    """DELETE of an item that may be there."""
    where, parameters = _where(draw, world)
    text = f'DELETE FROM "{TABLE}" WHERE {where}'
    if returning:
        text += _returning(draw(st.sampled_from(["", "ALL OLD"])))
    return _statement(text, parameters)


def _returning(kind: str) -> str:
    return f" RETURNING {kind} *" if kind else ""


def _where(draw: Draw, world: World) -> tuple[str, list[values.Value]]:
    """The key, last, and a condition before it at times."""
    key = draw(world.a_key())
    terms, parameters = [], []
    if draw(st.integers(0, 3)) == 3:
        name = draw(st.sampled_from(["delay", "status", "cancelled"]))
        sign = draw(st.sampled_from(["=", "<>"])) if name == "cancelled" else draw(st.sampled_from("=<>"))
        terms.append(f'"{name}" {sign} ?')
        parameters.append(draw(values.ATTRIBUTES[name]))
    names = list(world.keys[0])
    terms += [f'"{name}" = ?' for name in names]
    return " AND ".join(terms), [*parameters, *(key[name] for name in names)]


def _statement(text: str, parameters: list[values.Value]) -> Params:
    return {"Statement": text, "Parameters": parameters}
