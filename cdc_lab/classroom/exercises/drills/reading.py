"""Reads what was handed in for a drill; what is of another form is refused in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cdc_lab.classroom.cases import Case
from cdc_lab.classroom.exercises.answer import CheckError
from cdc_lab.classroom.exercises.outcome import NotAttempted, is_placeholder
from cdc_lab.classroom.exercises.writes import Write
from cdc_lab.emulator.faults import NO_FAULTS, Faults
from cdc_lab.show.panels import listing

_BOOLEANS = ("BisectBatchOnFunctionError",)
MOST_WRITES = 12  # a history that shows a fault is short


def is_blank(answer: Any) -> bool:
    """Whether nothing was handed in yet."""
    return answer is None or answer is ... or is_placeholder(answer)


def is_stub(answer: Any) -> bool:
    """Whether it is a function that still says ``raise NotAttempted``: it need not be called to know."""
    code = getattr(answer, "__code__", None)
    return code is not None and NotAttempted.__name__ in code.co_names


def parameters(drill_id: str, answer: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return a dict of parameters, as it was given.

    Parameters
    ----------
    drill_id : str
        For the messages.
    answer : object
    names : sequence of str
        Which parameters may be chosen.

    Raises
    ------
    CheckError
    """
    if not isinstance(answer, Mapping):
        raise CheckError(
            f'{drill_id} asks for a dict of parameters, {{"{names[0]}": ...}}, not {type(answer).__name__}.'
        )
    others = sorted(str(name) for name in answer if name not in names)
    if others:
        raise CheckError(
            f"{drill_id}: {listing(others, 'and')} is not yours to choose here. "
            f"There is {listing(list(names), 'and')}."
        )
    for name, value in answer.items():
        # botocore lets True through as an int; AWS would not read it as one.
        if isinstance(value, bool) and name not in _BOOLEANS:
            raise CheckError(f"{drill_id}: {name} is {value}. It takes no True or False.")
    return dict(answer)


def case(drill_id: str, answer: Any, takes_faults: bool) -> Case:
    """Return a case, made of what was given: a list of writes, or a `Case`.

    Raises
    ------
    CheckError
    """
    found = answer if isinstance(answer, Case) else Case(answer)
    if wrong := _is_no_case(found.writes, found.faults):
        form = "Case([put(...), ...], Faults(...))" if takes_faults else "[put(...), update(...), ...]"
        raise CheckError(f"{drill_id} asks for a list of writes, {form}{wrong}.")
    if not found.writes:
        raise CheckError(f"{drill_id}: the list of writes is empty. Nothing happens then.")
    if len(found.writes) > MOST_WRITES:
        raise CheckError(
            f"{drill_id}: {len(found.writes)} writes. It takes far fewer: give at most {MOST_WRITES}."
        )
    if not takes_faults and (found.faults != NO_FAULTS or found.batch_size != 10):
        raise CheckError(f"{drill_id}: no faults are needed here. Give the writes alone.")
    return found


def _is_no_case(writes: Any, faults: Any) -> str:
    """What is wrong with the form of a case, as the end of a sentence; empty if nothing is."""
    if not isinstance(writes, list | tuple):
        return f", not {type(writes).__name__}"
    for write in writes:
        if not isinstance(write, Write):
            return f": {type(write).__name__} is no write"
    return "" if isinstance(faults, Faults) else f": {type(faults).__name__} is no Faults"
