"""PartiQL statements, translated into the calls that they stand for (A30).

``INSERT INTO t VALUE {...}`` becomes a PutItem, ``UPDATE`` an UpdateItem, ``DELETE`` a DeleteItem. Every name
and value of a statement gets a placeholder of its own. What is not understood is refused, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from cdc_lab.emulator.dynamodb.attribute_values import invalid
from cdc_lab.emulator.dynamodb.partiql_reader import Reader, Typed, malformed

_FUNCTIONS = {"begins_with", "contains", "attribute_type", "size"}
_COMPARISONS = {"=", "<>", "!=", "<", "<=", ">", ">="}
_RETURNED = re.compile(r"(ALL|MODIFIED) (OLD|NEW) \*\Z", re.IGNORECASE)


class Statement(NamedTuple):
    """A statement as the call that it stands for.

    Attributes
    ----------
    kind : str
        ``Select``, ``Put``, ``Update``, ``Delete`` or ``ConditionCheck`` (``EXISTS``).
    body : dict
        The call's parameters; of an Update or a Delete without ``Key``.
    terms : list of (str, dict)
        Equalities of the WHERE clause between a top-level attribute and a value: the key is among them.
    others : list of str
        What else the WHERE clause asks, as condition expressions; of a Select all of it, as one.
    """

    kind: str
    body: dict[str, Any]
    terms: list[tuple[str, Typed]]
    others: list[str]


def parse(statement: str, parameters: list[Typed]) -> Statement:
    """Translate a statement.

    Raises
    ------
    ServiceError
        ``ValidationException``: it is not understood, or has not as many ``?`` as parameters.
    """
    reader = _Statements(statement, parameters)
    translated = reader.statement()
    if reader.parameters:
        raise invalid("Number of parameters in request and statement don't match.")
    return translated


class _Statements(Reader):
    # ---- statements --------------------------------------------------------------------------

    def statement(self) -> Statement:
        kinds: dict[str, Callable[[], Statement]] = {
            "SELECT": self._select,
            "INSERT": self._insert,
            "UPDATE": self._update,
            "DELETE": self._delete,
            "EXISTS": self._exists,
        }
        read = kinds.get(self._next().text.upper())
        if read is None:
            raise malformed("it starts with none of SELECT, INSERT, UPDATE, DELETE and EXISTS")
        found = read()
        if self._token.kind != "end":
            raise malformed(f"unexpected {self._token.text!r}")
        return found

    def _table(self) -> str:
        token = self._next()
        if token.kind not in ("name", "word"):
            raise malformed(f"expected a table, found {token.text!r}")
        return token.text

    def _insert(self) -> Statement:
        self._expect("INTO")
        table = self._table()
        self._expect("VALUE")
        value = self._value()
        if "M" not in value:
            raise malformed("VALUE needs a tuple {...}")
        return Statement("Put", {"TableName": table, "Item": value["M"]}, [], [])

    def _update(self) -> Statement:
        table = self._table()
        clauses: dict[str, list[str]] = {"SET": [], "REMOVE": [], "ADD": [], "DELETE": []}
        while self._is("SET", "REMOVE"):
            clause = self._next().text.upper()
            while True:
                if clause == "SET":
                    self._assignment(clauses)
                else:
                    clauses["REMOVE"].append(self._path())
                if not self._take(","):
                    break
        text = " ".join(f"{clause} {', '.join(parts)}" for clause, parts in clauses.items() if parts)
        if not text:
            raise malformed("UPDATE needs SET or REMOVE")
        return self._with_where("Update", {"TableName": table, "UpdateExpression": text})

    def _select(self) -> Statement:
        paths: list[str] = []
        if not self._take("*"):
            paths.append(self._path())
            while self._take(","):
                paths.append(self._path())
        self._expect("FROM")
        body: dict[str, Any] = {"TableName": self._table()}
        if self._take("."):
            body["IndexName"] = self._table()
        if paths:
            body["ProjectionExpression"] = ", ".join(paths)
        condition = self._disjunction() if self._take("WHERE") else None
        if self._take("ORDER"):
            self._expect("BY")
            body["OrderBy"] = self._next().text
            body["ScanIndexForward"] = not self._take("DESC")
            self._take("ASC")
        return Statement("Select", self._with_placeholders(body), [], [condition] if condition else [])

    def _exists(self) -> Statement:
        self._expect("(", "SELECT")
        if not self._take("*"):
            self._path()
        self._expect("FROM")
        found = self._with_where("ConditionCheck", {"TableName": self._table()})
        self._expect(")")
        return found

    def _delete(self) -> Statement:
        self._expect("FROM")
        return self._with_where("Delete", {"TableName": self._table()})

    def _with_where(self, kind: str, body: dict[str, Any]) -> Statement:
        self._expect("WHERE")
        terms: list[tuple[str, Typed]] = []
        others: list[str] = []
        while True:
            term = self._equality()
            if term is not None:
                terms.append(term)
            else:
                others.append(self._negation())
            if not self._take("AND"):
                break
        if self._is("OR"):
            raise invalid("Where clause does not contain a mandatory equality on all key attributes")
        if self._take("RETURNING"):
            body["ReturnValues"] = self._returning()
        return Statement(kind, self._with_placeholders(body), terms, others)

    def _with_placeholders(self, body: dict[str, Any]) -> dict[str, Any]:
        if self._names:
            body["ExpressionAttributeNames"] = {alias: name for name, alias in self._names.items()}
        if self._values:
            body["ExpressionAttributeValues"] = self._values
        return body

    def _returning(self) -> str:
        text = " ".join(self._next().text for _ in range(3))
        match = _RETURNED.match(text)
        if match is None:
            raise malformed(
                f"RETURNING {text} is none of ALL OLD *, ALL NEW *, MODIFIED OLD *, MODIFIED NEW *"
            )
        return f"{'ALL' if match[1].upper() == 'ALL' else 'UPDATED'}_{match[2].upper()}"

    # ---- SET ---------------------------------------------------------------------------------

    def _assignment(self, clauses: dict[str, list[str]]) -> None:
        path = self._path()
        self._expect("=")
        for function, clause in (("SET_ADD", "ADD"), ("SET_DELETE", "DELETE")):
            if self._take(function):
                self._expect("(")
                if self._path() != path:
                    raise malformed(f"{function.lower()} must change the attribute that it reads")
                self._expect(",")
                clauses[clause].append(f"{path} {self._bound(self._value())}")
                self._expect(")")
                return
        clauses["SET"].append(f"{path} = {self._operand()}")

    def _operand(self) -> str:
        text = self._term()
        while self._is("+", "-"):
            text += f" {self._next().text} {self._term()}"
        return text

    def _term(self) -> str:
        for function in ("LIST_APPEND", "IF_NOT_EXISTS"):
            if self._is(function) and self._tokens[self._at + 1].text == "(":
                self._at += 1
                return f"{function.lower()}{self._arguments()}"
        return self._path() if self._is_path() else self._bound(self._value())

    def _arguments(self) -> str:
        self._expect("(")
        parts = [self._term()]
        while self._take(","):
            parts.append(self._term())
        self._expect(")")
        return f"({', '.join(parts)})"

    # ---- WHERE -------------------------------------------------------------------------------

    def _equality(self) -> tuple[str, Typed] | None:
        """An equality between a top-level attribute and a value; None, and nothing read, for all else."""
        start, kept = self._at, list(self.parameters)
        if self._is_path():
            name = self._next().text
            if self._take("=") and not self._is_path():
                value = self._value()
                if self._token.kind == "end" or self._is("AND", "RETURNING"):
                    return name, value
        self._at, self.parameters = start, kept
        return None

    def _disjunction(self) -> str:
        text = self._conjunction()
        while self._take("OR"):
            text += f" OR {self._conjunction()}"
        return text

    def _conjunction(self) -> str:
        text = self._negation()
        while self._take("AND"):
            text += f" AND {self._negation()}"
        return text

    def _negation(self) -> str:
        if self._take("NOT"):
            return f"NOT {self._negation()}"
        if self._take("("):
            start = self._at
            text = self._disjunction()
            compound = any(token.text.upper() in ("AND", "OR") for token in self._tokens[start : self._at])
            self._expect(")")
            # DynamoDB refuses parentheses around a single term, and around parentheses.
            return f"({text})" if compound and not _is_wrapped(text) else text
        return self._comparison()

    def _comparison(self) -> str:
        left = self._function() or self._term()
        if self._take("IS"):
            wanted = "attribute_exists" if self._take("NOT") else "attribute_not_exists"
            self._expect("MISSING")
            return f"{wanted}({left})"
        if self._take("BETWEEN"):
            low = self._term()
            self._expect("AND")
            return f"{left} BETWEEN {low} AND {self._term()}"
        if self._take("IN"):
            close = {"[": "]", "(": ")"}.get(self._next().text)
            parts = [self._term()]
            while self._take(","):
                parts.append(self._term())
            self._expect(str(close))
            return f"{left} IN ({', '.join(parts)})"
        if self._token.kind == "sign" and self._token.text in _COMPARISONS:
            sign = self._next().text.replace("!=", "<>")
            return f"{left} {sign} {self._function() or self._term()}"
        return left

    def _function(self) -> str | None:
        token = self._token
        if (
            token.kind == "word"
            and token.text.lower() in _FUNCTIONS
            and self._tokens[self._at + 1].text == "("
        ):
            self._at += 1
            return f"{token.text.lower()}{self._arguments()}"
        return None


def _is_wrapped(text: str) -> bool:
    """Whether one pair of parentheses holds all of a condition."""
    depth = 0
    for index, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return index == len(text) - 1 and text[0] == "("
    return False
