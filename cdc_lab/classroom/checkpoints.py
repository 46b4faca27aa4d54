"""Checkpoints: what must hold at the end of a section, and which cells were left out if it does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cdc_lab.classroom import progress
from cdc_lab.classroom.session import Session, current
from cdc_lab.show.expect import summary
from cdc_lab.show.panels import ClassroomError, Panel, inline, listing, show

Claim = Callable[[], object] | bool

_GREEN = "#009E73"


class CheckpointFailed(ClassroomError):
    """A section does not hold what it should: says what to run again."""


def checkpoint(number: int, claims: Mapping[str, Claim] | None = None) -> None:
    """Close a section: check what must hold now, and that nothing was skipped.

    Parameters
    ----------
    number : int
        Counts from 1; the questions of that section name it.
    claims : mapping of str to callable, optional
        A sentence each, and a function without parameters that returns something true if it holds.
        A function, so that a name which a skipped cell would have defined is reported, not a NameError.

    Raises
    ------
    CheckpointFailed
        When an earlier step was skipped or a claim does not hold.

    Examples
    --------
    >>> records = ["INSERT", "MODIFY", "REMOVE"]
    >>> checkpoint(1, {"three records are in the stream": lambda: len(records) == 3})
    Checkpoint 1: ok
      - three records are in the stream
    """
    session = current()
    _nothing_skipped(number, session)
    for sentence, claim in (claims or {}).items():
        _holds(number, sentence, claim)
    session.passed = {earlier for earlier in session.passed if earlier < number} | {number}
    if session.lesson and session.answered:
        progress.record_checkpoint(session.lesson, number)
    sentences = list(claims or {})
    show(
        Panel(
            "\n  - ".join([f"Checkpoint {number}: ok", *sentences]),
            "<br>".join(
                [f"<b>Checkpoint {number}: ok</b>", *(f"✓ {inline(sentence)}" for sentence in sentences)]
            ),
            _GREEN,
        )
    )


def _nothing_skipped(number: int, session: Session) -> None:
    missing = session.missing(number)
    if missing:
        raise CheckpointFailed(
            f"checkpoint {number}: not run yet: {listing(missing, 'and')}. "
            f"Run the cells from {missing[0]} down to here, in order."
        )


def _holds(number: int, sentence: str, claim: Claim) -> None:
    back = "the section's start" if number == 1 else f"checkpoint {number - 1}"
    again = f"Run the cells from {back} down to here again, in order."
    try:
        held = claim() if callable(claim) else claim
        held = bool(held)
    except NameError as error:
        name = f"`{error.name}`" if error.name else str(error)
        raise CheckpointFailed(
            f"checkpoint {number}: {name} is not defined: run the cell that makes it, then this one."
        ) from None
    except Exception as error:
        raise CheckpointFailed(
            f'checkpoint {number}: "{sentence}" could not be checked: {summary(error)}. {again}'
        ) from error
    if not held:
        raise CheckpointFailed(f'checkpoint {number}: "{sentence}" does not hold. {again}')
