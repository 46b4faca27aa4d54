"""Expected errors, shown in one line: a lesson lets a call fail for real and goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cdc_lab.show.panels import ClassroomError, Panel, inline, listing, show

_VERMILLION = "#D55E00"
# Addresses and version numbers change from run to run and from release to release.
_UNSTABLE = re.compile(r" at 0x[0-9a-fA-F]+|\s*For further information visit \S+")


class ExpectationFailed(ClassroomError):
    """The expected error did not come, or another one did."""


class Caught:
    """What `expect` caught; `error` is None until the block has ended."""

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def __repr__(self) -> str:
        return f"<Caught {summary(self.error) if self.error else 'nothing yet'}>"


@contextmanager
def expect(
    error: type[BaseException] | tuple[type[BaseException], ...], code: str | None = None
) -> Iterator[Caught]:
    """Run a block that must fail, and show its error as ``code: message``.

    Parameters
    ----------
    error : exception type or tuple of them
        What must be raised, such as ``ClientError``.
    code : str, optional
        AWS's error code that it must carry, such as ``ValidationException``.

    Yields
    ------
    Caught
        Its ``error`` is the exception, afterwards.

    Raises
    ------
    ExpectationFailed
        When nothing was raised, or something else.

    Examples
    --------
    >>> with expect(ZeroDivisionError):
    ...     1 / 0
    ZeroDivisionError: division by zero
    """
    wanted = _wanted(error, code)
    caught = Caught()
    try:
        yield caught
    except BaseException as raised:
        if not isinstance(raised, (Exception, error)):
            raise  # the kernel is being stopped
        if not isinstance(raised, error) or (code is not None and _code(raised) != code):
            raise ExpectationFailed(f"expected {wanted}, but got {summary(raised)}") from raised
        caught.error = raised
    if caught.error is None:
        raise ExpectationFailed(f"expected {wanted}, but nothing was raised.")
    show(_panel(caught.error))


def summary(error: BaseException) -> str:
    """An error in one line: ``code: message`` of a service's error, type and text of any other."""
    answer = _answer(error)
    text = str(answer.get("Message", "")) if answer else str(error)
    line = " ".join(_UNSTABLE.sub("", text).split())
    name = _code(error) or type(error).__name__
    return f"{name}: {line}" if line else name


def _panel(error: BaseException) -> Panel:
    line = summary(error)
    name, colon, text = line.partition(": ")
    return Panel(line, f"<b>{inline(name)}</b>{colon}{inline(text)}", _VERMILLION)


def _code(error: BaseException) -> str | None:
    answer = _answer(error)
    return str(answer["Code"]) if answer and "Code" in answer else None


def _answer(error: BaseException) -> dict[str, Any] | None:
    # botocore's ClientError, known by its shape: a lesson without AWS needs no botocore.
    response = getattr(error, "response", None)
    answer = response.get("Error") if isinstance(response, dict) else None
    return answer if isinstance(answer, dict) else None


def _wanted(error: object, code: str | None) -> str:
    kinds = error if isinstance(error, tuple) else (error,)
    for kind in kinds:
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            raise ExpectationFailed(f"expect needs an exception type such as ClientError, not {kind!r}.")
    names = listing([kind.__name__ for kind in kinds])
    return f"{names} with code {code}" if code else names
