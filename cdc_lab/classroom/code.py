"""Code of the package as a notebook shows it: without its docstring, which the notebook's text replaces."""

from __future__ import annotations

import ast
import inspect
import io
import keyword
import textwrap
import tokenize
from collections.abc import Callable
from html import escape
from typing import Any

from cdc_lab.show.panels import ClassroomError


class Code:
    """Source text with its keywords and comments set off, as plain text and as HTML.

    Parameters
    ----------
    text : str
        Python, without a line break at its end.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        # Weight and slant, no colours: the page may be dark, and so may be its reader's printer.
        style = "font-family:monospace;line-height:1.3;margin:0"
        return f'<pre style="{style}">{_marked(self.text)}</pre>'


def show_code(thing: Callable[..., Any], since: str | None = None) -> Code:
    """Return the source of a function, a method or a class, as it stands in its file, without its docstring.

    Parameters
    ----------
    thing : callable
        Written in Python, in a file or in a notebook's cell.
    since : str, optional
        Leave out the lines of the body before the first one that starts so; three dots stand for them.

    Raises
    ------
    ClassroomError
        It has no source that can be read, or no line that starts with `since`.
    """
    try:
        text = textwrap.dedent(inspect.getsource(thing))
    except (OSError, TypeError):
        raise ClassroomError(
            f"{thing!r} has no source: pass a function or a class written in Python"
        ) from None
    head, body = _parts(text)
    if since is not None:
        start = next((n for n, line in enumerate(body) if line.strip().startswith(since)), None)
        if start is None:
            raise ClassroomError(f"no line of {thing.__qualname__} starts with {since!r}: name one that does")
        body = ["    ...", *body[start:]]
    return Code("\n".join([*head, *body]))


def _parts(text: str) -> tuple[list[str], list[str]]:
    """The lines of a definition's head, and those of its body without the docstring."""
    lines = text.rstrip().splitlines()
    definition = ast.parse(text).body[0]
    if not isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [], lines  # a lambda, with the line that it stands in
    first = definition.body[0]
    head = start = first.lineno - 1
    if ast.get_docstring(definition, clean=False) is not None and len(definition.body) > 1:
        start = first.end_lineno or first.lineno
        while not lines[start].strip():
            start += 1
    return lines[:head], lines[start:]


def _marked(text: str) -> str:
    """The text as HTML, keywords strong and comments slanted."""
    lines, done, at = text.splitlines(keepends=True), [], (1, 0)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        tag = _tag(token)
        if tag:
            done += [escape(_between(lines, at, token.start)), f"<{tag}>{escape(token.string)}</{tag}>"]
            at = token.end
    return "".join([*done, escape(_between(lines, at, (len(lines) + 1, 0)))])


def _tag(token: tokenize.TokenInfo) -> str | None:
    if token.type == tokenize.COMMENT:
        return "i"
    is_match = token.string in ("match", "case") and token.line.strip().endswith(":")
    is_keyword = keyword.iskeyword(token.string) or is_match
    return "b" if token.type == tokenize.NAME and is_keyword else None


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    """What stands between two places, given as line (from 1) and column."""
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]]
    last = lines[end[0] - 1][: end[1]] if end[0] <= len(lines) else ""
    return "".join([lines[start[0] - 1][start[1] :], *lines[start[0] : end[0] - 1], last])
