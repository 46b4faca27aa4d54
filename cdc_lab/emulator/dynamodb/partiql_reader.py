"""PartiQL's tokens, and what every statement is made of: attribute paths and values."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from cdc_lab.emulator.dynamodb.attribute_values import invalid
from cdc_lab.errors import ServiceError

Typed = dict[str, Any]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*')
    | (?P<name>"(?:[^"]|"")*")
    | (?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign><<|>>|<>|!=|<=|>=|[=<>{}\[\]().,:?*+-])
    )""",
    re.VERBOSE,
)
_CONSTANTS: dict[str, Typed] = {"TRUE": {"BOOL": True}, "FALSE": {"BOOL": False}, "NULL": {"NULL": True}}


class Token(NamedTuple):
    """One token: its kind, and its text without quotes."""

    kind: str
    text: str


def malformed(detail: str) -> ServiceError:
    """A statement that cannot be read."""
    return invalid(f"Statement wasn't well formed, can't be processed: {detail}")


def tokens(statement: str) -> list[Token]:
    """Take a statement apart; the last token is the end."""
    found: list[Token] = []
    position, end = 0, len(statement.rstrip().removesuffix(";").rstrip())
    while position < end:
        match = _TOKEN.match(statement, position, end)
        if match is None:
            raise malformed(f"unexpected {statement[position : position + 10].strip()!r}")
        kind = str(match.lastgroup)
        text = match[kind]
        if kind in ("text", "name"):
            text = text[1:-1].replace(text[0] * 2, text[0])
        found.append(Token(kind, text))
        position = match.end()
    return [*found, Token("end", "")]


class Reader:
    """Reads a statement token by token; names and values get placeholders of their own."""

    def __init__(self, statement: str, parameters: list[Typed]) -> None:
        self._tokens = tokens(statement)
        self._at = 0
        self.parameters = list(parameters)
        self._names: dict[str, str] = {}
        self._values: dict[str, Typed] = {}

    # ---- tokens ------------------------------------------------------------------------------

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._token
        # The end is never passed: whoever expected more finds it again, and refuses it.
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _is(self, *texts: str) -> bool:
        return self._token.kind in ("word", "sign") and self._token.text.upper() in texts

    def _take(self, *texts: str) -> bool:
        if self._is(*texts):
            self._at += 1
            return True
        return False

    def _expect(self, *texts: str) -> None:
        for text in texts:
            if not self._take(text):
                raise malformed(f"expected {text}, found {self._token.text or 'the end'!r}")

    # ---- paths and values --------------------------------------------------------------------

    def _is_path(self) -> bool:
        kind, text = self._token
        return kind == "name" or (kind == "word" and text.upper() not in _CONSTANTS)

    def _path(self) -> str:
        if not self._is_path():
            raise malformed(f"expected an attribute, found {self._token.text or 'the end'!r}")
        path = self._alias(self._next().text)
        while self._is(".", "["):
            if self._next().text == ".":
                path += f".{self._alias(self._next().text)}"
            else:
                path += f"[{self._next().text}]"
                self._expect("]")
        return path

    def _alias(self, name: str) -> str:
        return self._names.setdefault(name, f"#n{len(self._names)}")

    def _bound(self, value: Typed) -> str:
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = value
        return placeholder

    def _value(self) -> Typed:
        kind, text = self._next()
        if kind == "text":
            return {"S": text}
        if kind == "number":
            return {"N": text}
        if kind == "word" and text.upper() in _CONSTANTS:
            return dict(_CONSTANTS[text.upper()])
        if text == "-" and self._token.kind == "number":
            return {"N": f"-{self._next().text}"}
        if text == "?":
            if not self.parameters:
                raise invalid("Number of parameters in request and statement don't match.")
            return self.parameters.pop(0)
        if text == "{":
            return {"M": dict(self._members())}
        if text == "[":
            return {"L": self._listed("]")}
        if text == "<<":
            return _set(self._listed(">>"))
        raise malformed(f"expected a value, found {text or 'the end'!r}")

    def _members(self) -> list[tuple[str, Typed]]:
        members: list[tuple[str, Typed]] = []
        while not self._take("}"):
            if members:
                self._expect(",")
            kind, name = self._next()
            if kind not in ("text", "name"):
                raise malformed(f"expected a name in quotes, found {name or 'the end'!r}")
            self._expect(":")
            members.append((name, self._value()))
        return members

    def _listed(self, close: str) -> list[Typed]:
        values: list[Typed] = []
        while not self._take(close):
            if values:
                self._expect(",")
            values.append(self._value())
        return values


def _set(values: list[Typed]) -> Typed:
    tags = {tag for value in values for tag in value}
    if len(tags) != 1 or not tags <= {"S", "N", "B"}:
        raise malformed("a set << >> holds values of one type: strings, numbers or binary")
    (tag,) = tags
    return {f"{tag}S": [value[tag] for value in values]}
