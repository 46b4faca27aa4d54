"""Update and condition expressions for hypothesis, with their names and values."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from cdc_lab.emulator.dynamodb.expressions.condition_reader import TYPE_TAGS

from . import value_strategies as values

Params = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]

RESERVED = {"status", "log", "any"}  # must be written with a placeholder
PATHS: dict[str, st.SearchStrategy[values.Value]] = {
    **values.ATTRIBUTES,
    "route.via": values.strings(),
    "route.stops": values.numbers(),
    "route.gates[0]": values.strings(),
    "route.gates[5]": values.strings(),
    "log[0]": values.scalars(),
    "log[1]": values.anything(),
    "log[0].via": values.strings(),
}
SET_ATTRIBUTES = ("codes", "legs", "seals")


class Placeholders:
    """Collects the names and values that an expression refers to."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, values.Value] = {}

    def path(self, path: str) -> str:
        """The path as the expression writes it."""
        return ".".join(self._segment(segment) for segment in path.split("."))

    def _segment(self, segment: str) -> str:
        name = re.sub(r"\[\d+\]$", "", segment)
        if name not in RESERVED:
            return segment
        self.names[f"#{name}"] = name
        return f"#{segment}"

    def value(self, value: values.Value) -> str:
        """The placeholder of a value."""
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = value
        return placeholder

    def params(self) -> Params:
        """ExpressionAttributeNames and ExpressionAttributeValues, where there are any."""
        out: Params = {}
        if self.names:
            out["ExpressionAttributeNames"] = dict(self.names)
        if self.values:
            out["ExpressionAttributeValues"] = dict(self.values)
        return out


@st.composite
def conditions(draw: Draw) -> Params:
    """A ConditionExpression with one to three terms."""
    places = Placeholders()
    return {"ConditionExpression": _condition(draw, places)} | places.params()


@st.composite
def updates(draw: Draw) -> Params:
    """An UpdateExpression with one to three actions, and a ConditionExpression at times."""
    places = Placeholders()
    clauses: dict[str, list[str]] = {}
    used: set[str] = set()
    for _ in range(draw(st.integers(1, 3))):
        clause, path, action = _action(draw, places)
        attribute = re.split(r"[.[]", path)[0]
        if (
            attribute in used and draw(st.integers(0, 9)) < 9
        ):  # overlapping paths are refused: try that at times
            continue
        used.add(attribute)
        clauses.setdefault(clause, []).append(action)
    params: Params = {
        "UpdateExpression": " ".join(f"{name} {', '.join(found)}" for name, found in clauses.items())
    }
    if clauses.keys() <= {"REMOVE", "DELETE"}:
        # Of an item that is not there DynamoDB Local makes one (A25; see divergences.py): ask for one.
        params["ConditionExpression"] = "attribute_exists(pk)"
    elif draw(st.integers(0, 3)) == 3:
        params["ConditionExpression"] = _condition(draw, places)
        params |= draw(st.sampled_from([{}, {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}]))
    return params | _used(places.params(), params)


def _used(placeholders: Params, expressions: Params) -> Params:
    """Only what the expressions mention: an unused placeholder is refused."""
    text = " ".join(v for k, v in expressions.items() if k.endswith("Expression"))
    mentioned = set(re.findall(r"[#:]\w+", text))
    kept = {kind: {k: v for k, v in found.items() if k in mentioned} for kind, found in placeholders.items()}
    return {kind: found for kind, found in kept.items() if found}


def _action(draw: Draw, places: Placeholders) -> tuple[str, str, str]:
    """One action: its clause, the path that it changes, its text."""
    kind = draw(
        st.sampled_from(
            ["set", "set", "remove", "add", "add to set", "delete", "sum", "append", "default", "copy"]
        )
    )
    if kind == "set":
        path = _a_path(draw)
        return "SET", path, f"{places.path(path)} = {places.value(draw(PATHS[path]))}"
    if kind == "remove":
        path = _a_path(draw)
        return "REMOVE", path, places.path(path)
    if kind == "add":
        path = draw(st.sampled_from(["delay", "delay", "route.stops", "any"]))
        return "ADD", path, f"{places.path(path)} {places.value(draw(values.numbers()))}"
    if kind in ("add to set", "delete"):
        name = draw(st.sampled_from(SET_ATTRIBUTES))
        members = places.value(draw(values.ATTRIBUTES[name]))
        return ("DELETE" if kind == "delete" else "ADD"), name, f"{places.path(name)} {members}"
    if kind == "sum":
        operand = _or_default(
            draw, places, draw(st.sampled_from(["delay", "delay", "route.stops", "any"])), {"N": "0"}
        )
        sign = draw(st.sampled_from("+-"))
        return "SET", "delay", f"delay = {operand} {sign} {places.value(draw(values.numbers()))}"
    if kind == "append":
        parts = [_or_default(draw, places, "log", {"L": []}), places.value(draw(values.logs()))]
        if draw(st.booleans()):
            parts.reverse()
        return "SET", "log", f"{places.path('log')} = list_append({', '.join(parts)})"
    path = _a_path(draw)
    if kind == "default":
        return (
            "SET",
            path,
            f"{places.path(path)} = {_or_default(draw, places, path, draw(PATHS[path]), always=True)}",
        )
    source = _a_path(draw)
    return "SET", path, f"{places.path(path)} = {_or_default(draw, places, source, draw(PATHS[path]))}"


def _a_path(draw: Draw) -> str:
    """An attribute, or more rarely a place inside one: that is refused where the item lacks the way to it."""
    inside = draw(st.integers(0, 4)) == 4
    paths = [path for path in sorted(PATHS) if inside == (path not in values.ATTRIBUTES)]
    return paths[draw(st.integers(0, len(paths) - 1))]


def _or_default(
    draw: Draw, places: Placeholders, path: str, default: values.Value, always: bool = False
) -> str:
    if always or draw(st.integers(0, 3)) < 3:
        return f"if_not_exists({places.path(path)}, {places.value(default)})"
    return places.path(path)


def _condition(draw: Draw, places: Placeholders) -> str:
    terms = [_term(draw, places) for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3])))]
    text = terms[0]
    for term in terms[1:]:
        text = f"{text} {draw(st.sampled_from(['AND', 'OR']))} {term}"
    return text


def _term(draw: Draw, places: Placeholders) -> str:
    path = draw(st.sampled_from(["pk", *sorted(PATHS)]))
    own = values.strings() if path == "pk" else PATHS[path]
    name = places.path(path)
    kind = draw(
        st.sampled_from(
            ["exists", "missing", "compare", "between", "in", "begins", "contains", "size", "type"]
        )
    )
    if kind == "exists":
        return f"attribute_exists({name})"
    if kind == "missing":
        return f"attribute_not_exists({name})"
    if kind == "compare":
        sign = draw(st.sampled_from(["=", "<>", "<", "<=", ">", ">="]))
        comparable = (
            own if sign in ("=", "<>") else st.one_of(values.numbers(), values.strings(), values.blobs())
        )
        return f"{name} {sign} {places.value(draw(comparable))}"
    if kind == "between":
        low, high = sorted(
            draw(st.lists(st.sampled_from(["1", "2", "100"]), min_size=2, max_size=2)), key=float
        )
        return f"{name} BETWEEN {places.value({'N': low})} AND {places.value({'N': high})}"
    if kind == "in":
        return f"{name} IN ({places.value(draw(own))}, {places.value(draw(own))})"
    if kind == "begins":
        return f"begins_with({name}, {places.value(draw(st.sampled_from([{'S': 'a'}, {'B': b'a'}])))})"
    if kind == "contains":
        return f"contains({name}, {places.value(draw(values.scalars()))})"
    if kind == "size":
        return f"size({name}) >= {places.value({'N': draw(st.sampled_from(['0', '1', '2']))})}"
    tag = draw(st.sampled_from(TYPE_TAGS))
    negation = draw(st.sampled_from(["", "NOT "]))
    return f"{negation}attribute_type({name}, {places.value({'S': tag})})"
