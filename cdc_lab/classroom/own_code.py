"""Your turn: the reader writes a few lines in a lesson, and the lab says whether they do what was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cdc_lab.show.expect import summary
from cdc_lab.show.panels import Panel, inline, show

_GREEN, _GREY = "#009E73", "#999999"


def your_turn(claims: Mapping[str, Callable[[], object]]) -> None:
    """Say whether the code that the reader wrote does all that was asked, or the first thing that it lacks.

    It never fails: a lesson goes on whether this is done or not, and no progress is recorded.

    Parameters
    ----------
    claims : mapping of str to callable
        A sentence each, and a function without parameters that returns something true if it holds. The first
        one must not hold for the code as the lesson gives it.

    Examples
    --------
    >>> def double(number):
    ...     ...
    >>> your_turn({"twice three is six": lambda: double(3) == 6})
    Your turn: not yet. Missing: twice three is six.
    """
    missing = next(filter(None, map(_missing, claims, claims.values())), None)
    if missing:
        show(Panel(f"Your turn: not yet. {missing}", f"<b>Your turn: not yet.</b> {inline(missing)}", _GREY))
        return
    show(
        Panel(
            "\n  - ".join(["Your turn: done", *claims]),
            "<br>".join(["<b>Your turn: done</b>", *(f"✓ {inline(sentence)}" for sentence in claims)]),
            _GREEN,
        )
    )


def raises(error: type[BaseException], function: Callable[..., object], *arguments: object) -> bool:
    """Whether a function lets this error out: for a claim that the reader's code does not swallow it.

    Parameters
    ----------
    error : exception type
    function : callable
    arguments : object
        What it is called with.

    Examples
    --------
    >>> raises(ZeroDivisionError, divmod, 1, 0)
    True
    """
    try:
        function(*arguments)
    except error:
        return True
    return False


def _missing(sentence: str, claim: Callable[[], object]) -> str | None:
    try:
        return None if claim() else f"Missing: {sentence}."
    except Exception as error:
        return f"Missing: {sentence}. Your code raised {summary(error)}."
