"""Expressions by the hundred, each asked of the same item: one a line in two text files.

A placeholder that is named in `VALUES` or `NAMES` is given to the call that mentions it.
"""

from __future__ import annotations

import re
from pathlib import Path

from ..strategies import Call, Params
from .building import ITEM, put, update

VALUES: Params = {
    ":one": {"N": "1"},
    ":two": {"N": "2"},
    ":three": {"N": "3"},
    ":four": {"N": "4"},
    ":five": {"N": "5"},
    ":six": {"N": "6"},
    ":zero": {"N": "0"},
    ":zero_point": {"N": "0.0"},
    ":minus_five": {"N": "-5"},
    ":huge": {"N": "9.9E+125"},
    ":tiny": {"N": "1E-130"},
    ":tinier": {"N": "1.1E-130"},
    ":e_37": {"N": "1E-37"},
    ":e_38": {"N": "1E-38"},
    ":e40": {"N": "1E+40"},
    ":e100": {"N": "1E+100"},
    ":x": {"S": "x"},
    ":a": {"S": "a"},
    ":n": {"S": "n"},
    ":N": {"S": "N"},
    ":abc": {"S": "abc"},
    ":via": {"S": "via"},
    ":blank": {"S": ""},
    ":digit": {"S": "1"},
    ":accent": {"S": "é"},
    ":accent_a": {"S": "éa"},
    ":wide": {"S": "\uffee"},  # after every emoji in UTF-16, before them in UTF-8
    ":emoji": {"S": "\N{GRINNING FACE}"},
    ":byte": {"B": b"1"},
    ":byte_a": {"B": b"a"},
    ":high_byte": {"B": b"\xff"},
    ":letters": {"SS": ["a"]},
    ":numbers": {"NS": ["1"]},
    ":ones": {"NS": ["1.0"]},
    ":list": {"L": [{"N": "1"}]},
    ":fives": {"L": [{"N": "5"}]},
    ":empty_list": {"L": []},
    ":map": {"M": {"via": {"S": "ATL"}}},
    ":empty_map": {"M": {}},
    ":true": {"BOOL": True},
    ":false": {"BOOL": False},
    ":null": {"NULL": True},
}
NAMES: dict[str, str] = {"#p": "pk", "#dotted": "b.c", "#indexed": "x[0]", "#1": "delay", "#_x": "delay"}

_HERE = Path(__file__).parent
UPDATES = [
    *(_HERE / "updates.txt").read_text(encoding="utf-8").splitlines(),
    "",
    " SET  a  =  :one ",
    "SET a = :one\n\t",
    "SET #p = :one",
    "SET #dotted = :one, #indexed = :one",
    "SET #1.#_x = :one",
]
CONDITIONS = [
    *(_HERE / "conditions.txt").read_text(encoding="utf-8").splitlines(),
    "",
    " ",
    "#1 = :five AND #_x = :five",
    "delay = :five" + " OR delay = :five" * 149,
    "delay = :five" + " OR delay = :five" * 150,
    "delay = :one" + " " * 4085,
    "delay IN (" + ", ".join([":one"] * 99) + ", :five)",
    "delay IN (" + ", ".join([":one"] * 101) + ")",
    "a" * 256 + " = :one",
]


def _placeholders(expression: str) -> Params:
    mentioned = set(re.findall(r"[#:]\w+", expression, flags=re.ASCII))
    params: Params = {}
    if names := {key: NAMES[key] for key in sorted(mentioned & NAMES.keys())}:
        params["ExpressionAttributeNames"] = names
    if values := {key: VALUES[key] for key in sorted(mentioned & VALUES.keys())}:
        params["ExpressionAttributeValues"] = values
    return params


def update_call(expression: str) -> Call:
    """An update of the item."""
    return update(expression, **_placeholders(expression))


def condition_call(expression: str) -> Call:
    """A put of the same item, if the condition holds."""
    return put(ITEM, ConditionExpression=expression, **_placeholders(expression))
