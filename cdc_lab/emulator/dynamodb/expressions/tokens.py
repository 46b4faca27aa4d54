"""The words of an expression, and the refusal that points at one of them."""

from __future__ import annotations

import re
from typing import NamedTuple

from cdc_lab.emulator.dynamodb.expressions.errors import invalid
from cdc_lab.errors import ServiceError

MAX_BYTES = 4096

_WORD = re.compile(
    r"""\s*(?:
        (?P<name>[A-Za-z][A-Za-z0-9_]*)
      | (?P<alias>\#[A-Za-z0-9_]+)
      | (?P<value>:[A-Za-z0-9_]+)
      | (?P<index>0|[1-9][0-9]*)
      | (?P<sign><>|<=|>=|[=<>()\[\].,+-])
      | (?P<other>\S)
    )""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """One word: its kind (a group of `_WORD`, or ``end``), its text and where that stands."""

    kind: str
    text: str
    start: int
    end: int


def tokenize(kind: str, expression: str) -> list[Token]:
    """Cut an expression into words; the last one is its end.

    Raises
    ------
    ServiceError
        The expression is empty or larger than 4 KB.
    """
    if not expression:
        raise invalid(kind, "The expression can not be empty;")
    size = len(expression.encode())
    if size > MAX_BYTES:
        raise invalid(kind, f"Expression size has exceeded the maximum allowed size; expression size: {size}")
    tokens = [
        Token(found.lastgroup or "other", found[found.lastgroup or 0], *found.span(found.lastgroup or 0))
        for found in _WORD.finditer(expression)
    ]
    tokens.append(Token("end", "<EOF>", len(expression), len(expression)))
    return tokens


def syntax_error(kind: str, expression: str, tokens: list[Token], at: int) -> ServiceError:
    """The refusal of the word at a position, shown with its neighbours."""
    token = tokens[at]
    first = tokens[at - 1] if at else token
    if token.kind == "end":
        near = expression[first.start :] if at else expression
    else:
        following = tokens[at + 1]
        near = expression[first.start : token.end if following.kind == "end" else following.end]
    return invalid(kind, f'Syntax error; token: "{token.text}", near: "{near}"')
