"""A day of a lab under many schedules of faults, and once more within the policies that these runs need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdc_lab.deployment.folder import Deployable, write_folder
from cdc_lab.deployment.template import Template, template_of
from cdc_lab.emulator.faults import Faults
from cdc_lab.emulator.iam.actions import DENIED, Request
from cdc_lab.errors import LabError
from cdc_lab.lab import Lab
from cdc_lab.testing.drawing import Schedule, Seen, schedules
from cdc_lab.testing.schedules import opened, prepare, seen_in

Day = Callable[[Lab, Faults], object]
"""Builds a world in the lab that it is given, writes, and calls ``lab.run(faults=faults)``."""


@dataclass(frozen=True)
class Rehearsal:
    """What a day needed under all its schedules.

    Attributes
    ----------
    template : Template
        Its roles allow what any of the runs did.
    schedules : int
        How many schedules the day ran under, the undisturbed one among them.
    denied : sequence of str
        Calls that the policies refused when all schedules ran again: empty, or the policies are too narrow.
    """

    template: Template
    schedules: int
    denied: Sequence[str]

    def __repr__(self) -> str:
        held = f"{len(self.denied)} calls denied" if self.denied else "no call denied"
        return f"<Rehearsal of {self.schedules} runs; within the policies {held}>"

    @property
    def policies(self) -> dict[str, dict[str, Any]]:
        """By function, the policy of its role, with the lab's ARNs."""
        return self.template.policies

    def deployable(self, folder: str | Path) -> Deployable:
        """Write the folder to deploy, as :meth:`cdc_lab.Lab.deployable` does, with the rights of all runs."""
        return write_folder(self.template, folder)


def rehearse(day: Day, tries: int = 40, architecture: str | None = None, **parameters: Any) -> Rehearsal:
    """Run a day undisturbed and under schedules of faults, write its template, and run all again within it.

    A role is to allow what the function does, and nothing else. What it does in a quiet hour is less than
    what it does when calls fail and batches come twice; so the rights are those of all runs together. Then
    every function that has no policy of its own gets the one found, and the same schedules run again.

    Parameters
    ----------
    day : callable
        ``day(lab, faults)``: creates tables, attaches handlers, writes, and calls ``lab.run(faults=faults)``.
    tries : int
        How many schedules, of the same kinds as those of :func:`under_faults`.
    architecture : str, optional
        Of the template's functions, as for :meth:`cdc_lab.Lab.template`.
    **parameters
        Of :class:`cdc_lab.Lab`.

    Raises
    ------
    LabError
        For a day that ignores its faults.

    Examples
    --------
    >>> def day(lab, faults):
    ...     board = lab.create_table("board", "gate", stream_view_type=None)
    ...     def note(event, context):
    ...         for record in event["Records"]:
    ...             board.put_item(Item={"gate": record["eventID"]})
    ...     flights = lab.create_table("flights", "flight_id")
    ...     _ = lab.attach(note, flights)
    ...     _ = flights.put_item(Item={"flight_id": "UA1"})
    ...     _ = lab.run(faults=faults)
    >>> rehearsal = rehearse(day, tries=3)
    >>> rehearsal
    <Rehearsal of 4 runs; within the policies no call denied>
    >>> rehearsal.policies["note"]["Statement"][-1]["Action"]
    ['dynamodb:PutItem']
    """
    seed = parameters.get("seed", 0)
    runs = _Runs(day, {**parameters, "seed": seed})
    undisturbed = Schedule(Faults(seed=seed))
    tried = [undisturbed, *schedules(seed, runs.learn(undisturbed), tries)]
    for schedule in tried[1:]:
        runs.learn(schedule)
    template = runs.template(undisturbed.faults, architecture)
    denied: dict[str, None] = {}
    for schedule in tried:
        denied.update(dict.fromkeys(runs.denied(schedule, template.policies)))
    return Rehearsal(template, len(tried), list(denied))


def run_count(tries: int) -> int:
    """Return how often :func:`rehearse` runs a day.

    The undisturbed day and each schedule run twice, without policies and within them; the template takes one
    run more.
    """
    return 2 * (tries + 1) + 1


class _Runs:
    """Runs of one day, each in a lab of its own; what they needed together.

    Parameters
    ----------
    day : Day
    parameters : mapping
        Of the labs.
    """

    def __init__(self, day: Day, parameters: Mapping[str, Any]) -> None:
        self._day = day
        self._parameters = parameters
        self._rights: dict[str, dict[Request, None]] = {}
        self._made: dict[tuple[str, str, str], None] = {}

    def learn(self, schedule: Schedule) -> Seen:
        """Run the day without policies, keep the rights that it needed, and return what the run was like."""
        with self._run(schedule, {}) as (lab, seen):
            for name, needed in lab._account.functions.rights.items():
                self._rights.setdefault(name, {}).update(needed)
            for row in lab._account.recorder.calls:
                self._made[row.function, row.service, row.operation] = None
        return seen

    def denied(self, schedule: Schedule, policies: Mapping[str, Any]) -> list[str]:
        """Run the day within policies, and return the calls that these refused."""
        with self._run(schedule, policies) as (lab, _):
            return [
                f"{row.function}: {row.service}.{row.operation}"
                for row in lab._account.recorder.calls
                if row.outcome in DENIED
            ]

    @contextmanager
    def _run(self, schedule: Schedule, policies: Mapping[str, Any]) -> Iterator[tuple[Lab, Seen]]:
        """Run the day once; inside, its lab is still open."""
        with opened(self._parameters, schedule) as lab:
            functions = lab._account.functions
            functions.policies = policies
            watching = prepare(lab, schedule, watches=True)
            self._day(lab, schedule.faults)
            plans = [plan for plan in functions.disturbed if plan.faults is schedule.faults]
            if not plans:
                raise LabError("the day ran without its faults: hand them on, lab.run(faults=faults)")
            yield lab, seen_in(lab, watching, plans, "shards" not in self._parameters)

    def template(self, faults: Faults, architecture: str | None) -> Template:
        """Return the template of the undisturbed day, with the rights of all runs."""
        with Lab(**self._parameters) as lab:
            self._day(lab, faults)
            rights = {name: list(needed) for name, needed in self._rights.items()}
            return template_of(lab._account, rights, self._made, architecture)
