"""What can happen in a scenario, and on which stage it happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from cdc_lab.classroom.exercises.call import Call
from cdc_lab.patterns import StreamRecord

CONTEXT = object()
"""Among the arguments of a call it stands for the context that Lambda hands to a handler."""


@dataclass(frozen=True)
class Asking:
    """A call of one of the reader's functions, by the check.

    Parameters
    ----------
    part : str
    args : tuple
        Handed over as they are.
    after : float
        Lab seconds that pass before it.
    slow_writes : float
        Lab seconds that each of its writes to DynamoDB takes: others come between reading and writing.
    """

    part: str
    args: tuple[Any, ...] = ()
    after: float = 0.0
    slow_writes: float = 0.0


class Stage(Protocol):
    """What a step acts on: the tables of the run, and the reader's functions.

    Attributes
    ----------
    lab : Lab
    tables : mapping
        The source tables, boto3 ``Table`` by name.
    notes : dict
        For what the steps of one run tell each other.
    """

    lab: Any
    tables: dict[str, Any]
    notes: dict[str, Any]

    def call(self, part: str, *args: Any, meant: tuple[str, ...] = ()) -> Call:
        """Call one of the reader's functions, inside Lambda: lab time, timeout and crashes are as there.

        Lambda calls it up to twice more when its environment dies; what counts is the last call.

        Parameters
        ----------
        part : str
        *args
            Handed over as they are.
        meant : tuple of str
            Names of the exceptions that it may raise.
        """

    def call_together(self, *calls: Asking | Callable[[], object], meant: tuple[str, ...] = ()) -> list[Call]:
        """Call several at the same time: at each AWS call and sleep another may come before it.

        A plain callable is the check's own doing meanwhile: it may sleep, and call AWS. The calls returned
        are those of the reader's functions.
        """

    def deliver(self) -> None:
        """Let the mappings deliver what the streams hold."""


class Step(Protocol):
    """One thing that happens in a scenario: it can be shown, dropped, and done.

    Attributes
    ----------
    poison : bool
        The record that it makes is delivered with images that nobody can read.
    """

    @property
    def poison(self) -> bool:
        """Whether nobody can read its record."""

    @property
    def expires(self) -> bool:
        """Whether time to live is at work: it is turned on for the source tables."""

    def happen(self, stage: Stage) -> None:
        """Let the step happen on the stage of a run."""

    def made(self, record: StreamRecord) -> bool:
        """Whether a record that came while it happened is of the item that it wrote."""


class Quiet:
    """A step as most are: it makes no record that nobody can read, and needs no time to live."""

    @property
    def poison(self) -> bool:
        """Whether nobody can read its record."""
        return False

    @property
    def expires(self) -> bool:
        """Whether time to live is at work."""
        return False

    def made(self, record: StreamRecord) -> bool:
        """It makes no record that a scenario poisons."""
        return False


@dataclass(frozen=True)
class Delivery(Quiet):
    """Between two other steps: what the streams hold is delivered."""

    def __str__(self) -> str:
        return "the records so far are delivered"

    def happen(self, stage: Stage) -> None:
        """Run the lab until everything is delivered."""
        stage.deliver()


@dataclass(frozen=True)
class Until(Quiet):
    """Time passes until a moment."""

    moment: datetime

    def __str__(self) -> str:
        return f"until {self.moment:%d %B %Y, %H:%M:%S} UTC"

    def happen(self, stage: Stage) -> None:
        """Put the clock forward, if it is not that late yet."""
        if stage.lab.clock.now() < self.moment:
            stage.lab.clock.advance(self.moment)


@dataclass(frozen=True)
class Source:
    """A table whose changes are delivered, made anew for each run.

    Parameters
    ----------
    name : str
    partition_key, sort_key : str or (str, str)
        Attribute name, or name and type.
    view_type : str
        Of its stream; the conditions of a scenario may say otherwise.
    ttl_attribute : str
        Turned on where a step says that items expire.
    """

    name: str = "flights"
    partition_key: str | tuple[str, str] = "flight_id"
    sort_key: str | tuple[str, str] | None = None
    view_type: str = "NEW_AND_OLD_IMAGES"
    ttl_attribute: str = "expires_at"

    def make(self, lab: Any, shards: int, view_type: str | None, expires: bool) -> Any:
        """Create the table in a lab."""
        return lab.create_table(
            self.name,
            self.partition_key,
            self.sort_key,
            stream_view_type=view_type or self.view_type,
            shards=shards,
            ttl_attribute=self.ttl_attribute if expires else None,
        )


@dataclass(frozen=True)
class Consumer:
    """A mapping: which of the reader's functions is behind which source table."""

    part: str = "handler"
    source: str = "flights"


@dataclass(frozen=True)
class Part:
    """One of the functions that make up an answer.

    Parameters
    ----------
    name : str
    parameters : tuple of str
        What it is called with, by position.
    """

    name: str = "handler"
    parameters: tuple[str, ...] = ("event", "context")


def call_until_done(stage: Stage, part: str, *args: Any) -> None:
    """Call a function, and once more when it raises: what was refused is refused once."""
    if stage.call(part, *args).error:
        stage.call(part, *args)


Ask = Callable[[Stage, "tuple[Step, ...]"], Any]
