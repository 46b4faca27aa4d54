"""What came of one run: what the streams held, how it was delivered, what the functions answered and left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cdc_lab.classroom.exercises.call import Call
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.refused import RefusedCall
from cdc_lab.classroom.exercises.steps import Step
from cdc_lab.emulator.lambda_.watchdog import Reason
from cdc_lab.patterns import StreamRecord


@dataclass
class Run:
    """What came of one run.

    Attributes
    ----------
    writes : tuple of Step
        What happened.
    records : list of StreamRecord
        Of all source tables, one table after the other.
    poisoned, given_up : frozenset of str
        Event ids: of the records that nobody can read, and of those that Lambda gave up for any function.
    given_up_by : dict
        The same by function.
    calls, asked : list of Call
        Invocations by the mappings; those by the check itself, in the order in which they ended.
    found : object
        What `Exercise.prepare` found in the reader's tables.
    answers : object
        What `Scenario.ask` brought home.
    log : tuple of str
        What the functions logged, as it is shown; `loggers` are their names in the lab.
    logged : tuple of str
        The lines of it that tell of an exception, when records were given up.
    refused : list of RefusedCall
        Calls of the functions that were refused on purpose.
    stuck : Reason or None
        Why the watchdog threw a function out, if it did.
    not_attempted : str
        The part whose stub was met; empty when none was.
    """

    writes: tuple[Step, ...]
    conditions: Conditions
    records: list[StreamRecord]
    poisoned: frozenset[str]
    calls: list[Call] = field(default_factory=list)
    asked: list[Call] = field(default_factory=list)
    given_up_by: dict[str, frozenset[str]] = field(default_factory=dict)
    found: Any = None
    answers: Any = None
    log: tuple[str, ...] = ()
    loggers: frozenset[str] = frozenset()
    logged: tuple[str, ...] = ()
    refused: list[RefusedCall] = field(default_factory=list)
    crashed: bool = False
    timed_out: bool = False
    stuck: Reason | None = None
    spent: bool = False
    not_attempted: str = ""

    @property
    def given_up(self) -> frozenset[str]:
        """The records that Lambda gave up, for any of the functions."""
        return frozenset().union(*self.given_up_by.values())

    @property
    def errors(self) -> list[Call]:
        """The invocations that ended in an error of the reader's own, which the task does not ask for."""
        calls = [*self.calls, *self.asked]
        return [call for call in calls if call.error and not call.is_meant and not call.died]

    @property
    def complaints(self) -> list[str]:
        """What was raised, or logged of what was caught; each once."""
        return list(dict.fromkeys([*(call.error for call in self.errors), *self.logged]))

    def records_of(self, table: str) -> Sequence[StreamRecord]:
        """The records of one source table."""
        return [record for record in self.records if f":table/{table}/" in (record.stream_arn or "")]
