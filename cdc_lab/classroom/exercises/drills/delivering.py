"""Runs code that a drill gives, and not the reader's: deployed in a lab, fed by a mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cdc_lab.classroom.exercises.writes import EXPIRY, KEY, Write
from cdc_lab.emulator.faults import NO_FAULTS, Faults
from cdc_lab.errors import LabError
from cdc_lab.lab import Lab
from cdc_lab.patterns import StreamRecord
from cdc_lab.show.expect import summary
from cdc_lab.trace import Trace

Handler = Callable[[Any, Any], Any]
Make = Callable[[], Handler]
"""Makes a handler inside a lab, with its clients, as an execution environment does when it starts."""
_MOST_INVOCATIONS = 2_000  # a day of retries is fewer
_FEW = 300  # of a case of a dozen writes


class CannotHappen(Exception):
    """What the reader handed in cannot be written, or cannot be set: AWS's own words."""


@dataclass(frozen=True)
class Delivered:
    """What came of it.

    Attributes
    ----------
    records : list of StreamRecord
        What the stream held.
    trace : Trace
        Of the whole lab.
    found : object
        What the function returned by `prepare` found.
    """

    records: list[StreamRecord]
    trace: Trace
    found: Any


def of_code(code: str) -> Make:
    """Return what makes the handler of a piece of code that is shown to the reader."""

    def make() -> Handler:
        world: dict[str, Any] = {"__name__": "given"}
        exec(compile(code, "given", "exec"), world)
        handler: Handler = world["handler"]
        return handler

    return make


def deliver(
    make: Make,
    writes: Sequence[Write],
    *,
    seed: int,
    prepare: Callable[[Any], Callable[[], Any]],
    faults: Faults = NO_FAULTS,
    view_type: str = "NEW_AND_OLD_IMAGES",
    is_live: bool = False,
    **mapping: Any,
) -> Delivered:
    """Write to the table ``flights``, and let a mapping deliver it all to a handler, in a lab of its own.

    Parameters
    ----------
    make : callable
    writes : sequence of Write
    seed : int
        Of the lab.
    prepare : callable
        ``prepare(lab)`` makes what the handler writes to; returns a function that reads it.
    faults : Faults
    view_type : str
        Of the stream.
    is_live : bool
        Whether the mapping is there while the writes happen; by default they wait for it.
    **mapping
        Parameters of CreateEventSourceMapping.

    Raises
    ------
    CannotHappen
        A write, a fault or a parameter is refused.
    """
    with Lab(seed=seed) as lab:
        flights = lab.create_table("flights", KEY, stream_view_type=view_type, ttl_attribute=EXPIRY)
        read = prepare(lab)
        lab.create_function("given", make())
        if is_live:
            attach(lab, flights, **mapping)
        apply_all(lab, flights, writes)
        if not is_live:
            attach(lab, flights, **mapping)
        run(lab, faults, _FEW)
        return Delivered(list(lab.read_stream(flights)), lab.trace, read())


def apply_all(lab: Lab, table: Any, writes: Iterable[Write]) -> None:
    """Let the writes happen; what AWS refuses is said in its words."""
    for write in writes:
        try:
            write.apply(lab, table)
        except Exception as error:  # of the reader's data, whatever it is
            raise CannotHappen(f"{write}: {summary(error)}") from None


def attach(lab: Lab, table: Any, **mapping: Any) -> None:
    """Make the mapping from a table's stream to the function ``given``."""
    try:
        lab.attach("given", table, **mapping)
    except Exception as error:  # of the reader's parameters: botocore's own checks, or Lambda's
        raise CannotHappen(summary(error)) from None


def run(lab: Lab, faults: Faults = NO_FAULTS, most: int = _MOST_INVOCATIONS, **options: Any) -> Trace:
    """Let the mapping deliver, in at most so many invocations."""
    try:
        return lab.run(faults=faults, max_invocations=most, **options)
    except LabError as error:
        raise CannotHappen(summary(error)) from None
