"""What a check is about: an exercise or a drill, with its scenarios and its texts."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, ClassVar, Protocol

from cdc_lab.classroom.exercises.answer import CheckError
from cdc_lab.classroom.exercises.naming import require_known
from cdc_lab.classroom.exercises.outcome import Failure
from cdc_lab.classroom.exercises.texts import Texts, texts_of
from cdc_lab.classroom.exercises.unchanged import Fingerprint


class Tried(Protocol):
    """One way of putting an answer to the test: its name, and what happens in it, in one clause."""

    @property
    def name(self) -> str:
        """As a verdict calls it."""

    @property
    def says(self) -> str:
        """What the reader is told of it."""


class Attempt(Protocol):
    """An answer at its tests. Use it as a context.

    Attributes
    ----------
    seed : int
        The data follow from it.
    not_attempted : list of str
        The parts of the answer that turned out to be stubs so far.
    """

    seed: int
    not_attempted: list[str]

    def __enter__(self) -> Attempt:
        """Begin."""

    def __exit__(self, *exception: object) -> None:
        """Put everything back as it was."""

    def fingerprint(self, scenario: Any) -> Fingerprint | None:
        """What decides how it does there: with an equal one it would come to the same."""

    def at(self, scenario: Any) -> Failure | bool:
        """Put it to one test: what went wrong, or whether it passed; one that needs a stub is left out."""


@dataclass(frozen=True)
class Task:
    """An exercise or a drill. It remembers what it was made of: code in a notebook can change anything.

    Parameters
    ----------
    id : str
    scenarios : sequence of Tried
        In the order in which they are tried: the simplest first.

    Attributes
    ----------
    asks_for_data : bool
        Whether the answer is data, and no function.
    """

    id: str
    scenarios: Sequence[Any]

    asks_for_data: ClassVar[bool] = False
    _made: ClassVar[dict[str, Task]] = {}

    def __post_init__(self) -> None:
        require_known(self.id, self.texts.misconceptions, self.asks_for_data)
        object.__setattr__(self, "_as_made", list(_parts_of(self)))
        Task._made.setdefault(self.id, self)

    @property
    def texts(self) -> Texts:
        """What is said to the reader."""
        return texts_of(self.id)

    @classmethod
    def first_made(cls, task_id: str) -> Task:
        """The task of that id, whatever its module's name stands for by now."""
        return cls._made[task_id]

    def require_untouched(self) -> None:
        """Refuse to judge with scenarios or functions that somebody has changed.

        Raises
        ------
        CheckError
            They are not what the task was made of.
        """
        before: list[Any] = vars(self)["_as_made"]
        now = list(_parts_of(self))
        if len(before) != len(now) or any(one is not other for one, other in zip(before, now, strict=True)):
            raise CheckError(
                f"the check of {self.id} was changed by code in this notebook, so it can say nothing: "
                "restart the kernel, and run your cells again without that code."
            )


def _parts_of(thing: Any) -> Iterator[Any]:
    """What a task consists of, down to the code of its functions."""
    for field in fields(thing):
        value = getattr(thing, field.name)
        yield value
        if isinstance(value, types.FunctionType):
            yield value.__code__
        elif isinstance(value, tuple | list):
            for entry in value:
                yield entry
                if is_dataclass(entry):
                    yield from _parts_of(entry)
