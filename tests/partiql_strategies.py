"""PartiQL statements that write, for hypothesis: every value is a parameter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from . import value_strategies as values
from .strategies import TABLE, Call, Params, World

Draw = Callable[[st.SearchStrategy[Any]], Any]


def statements(world: World) -> st.SearchStrategy[Call]:
    """ExecuteStatement with INSERT, UPDATE or DELETE."""
    return st.one_of(inserts(world), updates(world), deletes(world)).map(
        lambda one: Call("ExecuteStatement", one)
    )


@st.composite
def inserts(draw: Draw, world: World) -> Params:
    """INSERT: refused where the item is there."""
    item = draw(world.an_item())
    members = ", ".join(f"'{name}': ?" for name in item)
    return _statement(f'INSERT INTO "{TABLE}" VALUE {{{members}}}', list(item.values()))


@st.composite
def updates(draw: Draw, world: World) -> Params:
    """UPDATE: refused where the item is missing."""
    changes = draw(values.attributes().filter(bool))
    removed = draw(st.sampled_from([None, None, *sorted(values.ATTRIBUTES)]))
    clauses = [f'SET "{name}" = ?' for name in changes]
    if removed is not None and removed not in changes:
        clauses.append(f'REMOVE "{removed}"')
    where, key = _where(draw, world)
    return _statement(f'UPDATE "{TABLE}" {" ".join(clauses)} WHERE {where}', [*changes.values(), *key])


@st.composite
def deletes(draw: Draw, world: World) -> Params:
    """DELETE of an item that may be there."""
    where, key = _where(draw, world)
    return _statement(f'DELETE FROM "{TABLE}" WHERE {where}', key)


def _where(draw: Draw, world: World) -> tuple[str, list[values.Value]]:
    key = draw(world.a_key())
    return " AND ".join(f'"{name}" = ?' for name in key), list(key.values())


def _statement(text: str, parameters: list[values.Value]) -> Params:
    return {"Statement": text, "Parameters": parameters}
