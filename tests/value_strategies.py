"""Attribute values of all ten type tags from small pools, in boto3's low-level form (fact A13)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

Value = dict[str, Any]

# Pairs that are equal under another spelling, both signs, exponents, 38 digits, the smallest and the largest.
NUMBERS = (
    *("0", "1", "1.0", "2", "-1.5", "-1.50", "100", "1E+2", "0.001", "1e-3", "-0.0", "0012.30", "123.456"),
    *("12345678901234567890123456789012345678", "-0.12345678901234567890123456789012345678"),
    *("1E-130", "9.9E+125"),
)
STRINGS = ("a", "b", "", "é", "⛈ storm")
BLOBS = (b"a", b"", b"\x00\xff")
KEYS: dict[str, tuple[Any, ...]] = {
    "S": ("a", "b", "é"),
    "N": ("1", "2", "1.0", "-1.50", "1E+2"),
    "B": (b"a", b"b", b"\x00\xff"),
}


def key_values(tag: str) -> st.SearchStrategy[Value]:
    """A key attribute's value of the given type (``S``, ``N`` or ``B``)."""
    return st.sampled_from(KEYS[tag]).map(lambda value: {tag: value})


def numbers() -> st.SearchStrategy[Value]:
    """Numbers as DynamoDB takes them: strings."""
    return st.sampled_from(NUMBERS).map(lambda text: {"N": text})


def strings() -> st.SearchStrategy[Value]:
    """Strings, the empty one included."""
    return st.sampled_from(STRINGS).map(lambda text: {"S": text})


def blobs() -> st.SearchStrategy[Value]:
    """Binary values, the empty one included."""
    return st.sampled_from(BLOBS).map(lambda blob: {"B": blob})


def string_sets() -> st.SearchStrategy[Value]:
    """String sets in any order."""
    return st.lists(st.sampled_from(STRINGS), min_size=1, max_size=3, unique=True).map(
        lambda members: {"SS": members}
    )


def number_sets() -> st.SearchStrategy[Value]:
    """Number sets in any order and spelling; no number twice."""
    member = st.sampled_from(NUMBERS)
    return st.lists(member, min_size=1, max_size=3, unique_by=Decimal).map(lambda members: {"NS": members})


def blob_sets() -> st.SearchStrategy[Value]:
    """Binary sets in any order."""
    return st.lists(st.sampled_from(BLOBS), min_size=1, max_size=3, unique=True).map(
        lambda members: {"BS": members}
    )


def scalars() -> st.SearchStrategy[Value]:
    """S, N, B, BOOL and NULL."""
    flags = st.booleans().map(lambda flag: {"BOOL": flag})
    return st.one_of(strings(), numbers(), blobs(), flags, st.just({"NULL": True}))


def sets() -> st.SearchStrategy[Value]:
    """SS, NS and BS."""
    return st.one_of(string_sets(), number_sets(), blob_sets())


def anything() -> st.SearchStrategy[Value]:
    """A value of any type, nested up to a few levels."""
    return st.recursive(
        st.one_of(scalars(), sets()),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda members: {"L": members}),
            st.dictionaries(st.sampled_from(["via", "stops", "é"]), inner, max_size=3).map(
                lambda m: {"M": m}
            ),
        ),
        max_leaves=5,
    )


def routes() -> st.SearchStrategy[Value]:
    """A map with members that update paths reach: ``via``, ``stops`` and the list ``gates``."""
    gates = st.lists(strings(), max_size=3).map(lambda members: {"L": members})
    members = st.fixed_dictionaries({}, optional={"via": strings(), "stops": numbers(), "gates": gates})
    return members.map(lambda found: {"M": found})


def logs() -> st.SearchStrategy[Value]:
    """A list of scalars and maps."""
    return st.lists(st.one_of(scalars(), routes()), max_size=3).map(lambda members: {"L": members})


# An attribute has its type by name, so that most updates and conditions make sense; "any" is the exception.
ATTRIBUTES: dict[str, st.SearchStrategy[Value]] = {
    "delay": numbers(),
    "status": strings(),
    "tail": blobs(),
    "cancelled": st.booleans().map(lambda flag: {"BOOL": flag}),
    "note": st.just({"NULL": True}),
    "codes": string_sets(),
    "legs": number_sets(),
    "seals": blob_sets(),
    "route": routes(),
    "log": logs(),
    "any": anything(),
}


def attributes() -> st.SearchStrategy[dict[str, Value]]:
    """Some attributes of an item, none of them a key."""
    names = st.lists(st.sampled_from(sorted(ATTRIBUTES)), max_size=4, unique=True)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: ATTRIBUTES[name] for name in chosen}))


def respell(value: Any) -> Any:
    """The same values written differently: numbers with another exponent, sets in another order.

    Examples
    --------
    >>> respell({"NS": ["1", "20"]})
    {'NS': ['200E-1', '10E-1']}
    """
    if isinstance(value, list):
        return [respell(member) for member in value]
    if not isinstance(value, dict):
        return value
    out: dict[str, Any] = {}
    for tag, inner in value.items():
        if tag == "N" and isinstance(inner, str):
            out[tag] = _respell_number(inner)
        elif tag in ("SS", "NS", "BS") and isinstance(inner, list):
            out[tag] = [_respell_number(m) if tag == "NS" else m for m in reversed(inner)]
        else:
            out[tag] = respell(inner)
    return out


def _respell_number(text: str) -> str:
    _sign, digits, exponent = Decimal(text).as_tuple()
    if len(digits) > 36 or not isinstance(exponent, int):  # one more digit must still be allowed
        return text
    sign = "-" if text.startswith("-") else ""
    return f"{sign}{''.join(map(str, digits))}0E{exponent - 1}"


def plain_number(text: str) -> str:
    """A number as DynamoDB writes it: no exponent, no zeros that say nothing, no negative zero."""
    plain = format(Decimal(text), "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "") else plain


def identity(value: Value) -> tuple[str, Any]:
    """What makes two key values the same key: numbers by value, whatever their spelling."""
    tag, inner = next(iter(value.items()))
    return tag, Decimal(inner) if tag == "N" else inner
