"""What a reader hands in: a handler, or several functions by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cdc_lab.classroom.exercises.broken_cells import BrokenCells
from cdc_lab.classroom.exercises.outcome import MISSING, NotAttempted, is_placeholder
from cdc_lab.classroom.exercises.steps import Part
from cdc_lab.emulator.lambda_.reached import functions_of
from cdc_lab.show.panels import ClassroomError, listing

Answer = dict[str, Callable[..., Any]]
_MISSING = object()


class CheckError(ClassroomError):
    """A check that was asked for in the wrong way."""


def require_call(exercise_id: Any, given: Any) -> None:
    """Refuse a check without an exercise or without an answer.

    Raises
    ------
    CheckError
    """
    if not isinstance(exercise_id, str) or not exercise_id:
        raise CheckError('check needs an exercise and your answer: write check("exercise_1", handler).')
    if given is MISSING:
        raise CheckError(f'check needs your answer, too: write check("{exercise_id}", handler).')


def require_whole(exercise_id: str, given: Any) -> None:
    """Refuse an answer that is an older one, because the cell with the newer ended in an error.

    Raises
    ------
    CheckError
    """
    values = [given, *(given.values() if isinstance(given, Mapping) else ())]
    found = BrokenCells.error_of([*values, *functions_of(*filter(callable, values))])
    if found is not None:
        name, error = found
        raise CheckError(
            f"{exercise_id}: the last cell that defines {name} ended with {error}. What was there before is "
            "still there: mend that cell, run it, and check again."
        )


def answer_of(exercise_id: str, parts: Sequence[Part], given: Any) -> Answer:
    """Return the reader's functions by part.

    Parameters
    ----------
    exercise_id : str
        For the messages.
    parts : sequence of Part
        What the exercise asks for.
    given : callable, mapping, or any object
        The handler itself, where that is all; else the functions by name, or what has them as attributes: a
        class, an instance, a module.

    Raises
    ------
    CheckError
        A part is missing, unknown, or cannot be called as it will be.
    """
    is_named = isinstance(given, Mapping) and parts[0].name in given
    if len(parts) == 1 and not is_named:
        found = {parts[0].name: given}
    else:
        found = _by_name(exercise_id, parts, given)
    found = {name: _stub if is_placeholder(function) else function for name, function in found.items()}
    for part in parts:
        _check(exercise_id, part, found[part.name], is_only_one=len(parts) == 1)
    return found


def _stub(*_: Any) -> None:
    raise NotAttempted


def _by_name(exercise_id: str, parts: Sequence[Part], given: Any) -> Answer:
    names = [part.name for part in parts]
    by_name = ", ".join(f'"{name}": {name}' for name in names)
    call = f'check("{exercise_id}", {{{by_name}}})'
    if isinstance(given, Mapping):
        unknown = [str(name) for name in given if name not in names]
        if unknown:
            raise CheckError(f"{exercise_id} has no part {listing(unknown, 'and')}: write {call}")
        found = {name: given.get(name, _MISSING) for name in names}
    else:
        found = {name: getattr(given, name, _MISSING) for name in names}
    missing = [name for name, function in found.items() if function is _MISSING]
    if missing == names:
        raise CheckError(f"{exercise_id} has {len(names)} parts, and needs them by name: write {call}")
    if missing:
        raise CheckError(
            f"{exercise_id}: {listing(missing, 'and')} missing. Leave as its stub what is not written: {call}"
        )
    return found


def _check(exercise_id: str, part: Part, function: Any, is_only_one: bool) -> None:
    name = "the handler" if is_only_one else part.name
    if not callable(function):
        remedy = (
            f'write check("{exercise_id}", handler), without calling it.'
            if is_only_one
            else "name it, without calling it."
        )
        raise CheckError(f"check needs {name} itself, not {type(function).__name__}: {remedy}")
    if inspect.iscoroutinefunction(function):
        raise CheckError(f"{name} is async: Lambda's Python runtime calls plain functions. Write def.")
    try:
        inspect.signature(function).bind(*part.parameters)
    except TypeError:
        own = getattr(function, "__name__", name)
        form = f"{part.name}({', '.join(part.parameters)})"
        count = {1: "this one parameter", 2: "these two parameters"}
        wanted = count.get(len(part.parameters), f"these {len(part.parameters)} parameters")
        raise CheckError(
            f"{own}{inspect.signature(function)} cannot be called as {form}: give it {wanted}."
        ) from None
    except ValueError:
        pass  # a builtin without a signature: the call will tell
