"""One world in which an answer is tried: a lab of its own, the steps, the delivery, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from cdc_lab.classroom.exercises.budget import Budget
from cdc_lab.classroom.exercises.call import Call
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.deploying import Deployment
from cdc_lab.classroom.exercises.exercise import Exercise, Scenario
from cdc_lab.classroom.exercises.invoking import MOST_LINES, Invoker
from cdc_lab.classroom.exercises.logged import is_complaint, readable
from cdc_lab.classroom.exercises.refused import refused_in
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.steps import Asking, Step
from cdc_lab.emulator.faults import Faults
from cdc_lab.emulator.latencies import Latencies
from cdc_lab.errors import LabError
from cdc_lab.lab import Lab
from cdc_lab.patterns import StreamRecord
from cdc_lab.show.expect import summary

WATCHDOG_SECONDS = 1.5  # of the processor, between two moments at which lab time can pass
_CALLER, _MEANWHILE = "caller", 60
_MOST_SLOW_WRITES = 40
_WRITES = tuple(
    f"dynamodb.{name}"
    for name in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")
)
_AGAIN_AFTER = timedelta(hours=1)


class World:
    """A lab of the check's own, for the runs of one scenario; the stage of its steps.

    Parameters
    ----------
    exercise : Exercise
    scenario : Scenario
    deployment : Deployment
    seed : int
    budget : Budget
        What the reader's code may take.
    """

    def __init__(
        self,
        exercise: Exercise[Any],
        scenario: Scenario,
        deployment: Deployment,
        seed: int,
        budget: Budget,
    ) -> None:
        self._exercise = exercise
        self._scenario = scenario
        self._deployment = deployment
        self._invoker = Invoker(deployment, budget)
        self._streams: dict[str, str] = {}  # of the run, by mapping
        self._open: list[str] = []
        self.tables: dict[str, Any] = {}
        self.notes: dict[str, Any] = {}
        self.lab = Lab(seed=seed)
        self._collect = exercise.prepare(self.lab)
        deployment.move_to(self.lab)

    def close(self) -> None:
        """Close the lab."""
        self._deployment.leave()
        self.lab.close()

    # -- one run ----------------------------------------------------------------------------------

    def run(self, steps: Sequence[Step], conditions: Conditions) -> Run:
        """Let the steps happen, deliver their records under the conditions, and read what is there."""
        self._invoker.run = run = Run(tuple(steps), conditions, [], frozenset())
        self._streams, since = {}, self.lab.clock.now()
        try:
            self._set_up(steps, conditions)
            self._act(steps, run)
            self._deliver_all(conditions, run)
            if self._scenario.ask is not None:
                run.answers = self._scenario.ask(self, run.writes)
            run.records = self._records()
            self._note_log(run, since)
            self._note_given_up(run, since)
            run.found = self._collect()
        finally:
            self._close_mappings()
            for table in self.tables.values():
                table.delete()
        return run

    def _set_up(self, steps: Sequence[Step], conditions: Conditions) -> None:
        self.notes = {}
        expires = any(step.expires for step in steps)
        self.tables = {
            source.name: source.make(self.lab, conditions.shards, conditions.view_type, expires)
            for source in self._exercise.sources
        }
        self._deployment.start_afresh()
        for part in dict.fromkeys(part for part, _ in self._consumers()):
            self._create_function(part, self._invoker.handler(part), conditions.timeout)

    def _act(self, steps: Sequence[Step], run: Run) -> None:
        known: set[str] = set()
        for step in steps:
            if step.poison:
                known = {record.event_id for record in self._records()}
            step.happen(self)
            if step.poison:
                run.poisoned |= {
                    record.event_id
                    for record in self._records()
                    if record.event_id not in known and step.made(record)
                }
        run.records = self._records()

    def _records(self) -> list[StreamRecord]:
        return [record for table in self.tables.values() for record in self.lab.read_stream(table)]

    def _consumers(self) -> list[tuple[str, str]]:
        at_work, delivers = self._scenario.parts, self._scenario.delivers
        return [
            (consumer.part, consumer.source)
            for consumer in self._exercise.consumers
            if delivers and (not at_work or consumer.part in at_work)
        ]

    # -- delivery -----------------------------------------------------------------------------------

    def _deliver_all(self, conditions: Conditions, run: Run) -> None:
        if not self._consumers():
            return
        if conditions.late:
            self.lab.clock.advance(conditions.late)
        self.deliver()
        if conditions.again_in_batches_of:
            # A redrive, or a mapping that was made anew: all comes again, cut into other batches.
            self._close_mappings()
            self.lab.clock.advance(_AGAIN_AFTER)
            self._open_mappings(conditions.again_in_batches_of)
            self.deliver()

    def deliver(self) -> None:
        """Let the mappings deliver what the streams hold."""
        if not self._open:
            self._open_mappings(self._invoker.run.conditions.batch_size)
        self._drain()

    def _note_log(self, run: Run, since: Any) -> None:
        logs = self.lab.trace.logs
        logs = logs[logs["at"] >= since].tail(MOST_LINES)
        raised = {call.kind for call in [*run.calls, *run.asked] if call.kind}
        # What an unreadable record makes a handler log is meant to be, and hides what is not.
        hopeless = {call.request_id for call in run.calls if run.poisoned.intersection(call.event_ids)}
        logs = logs[~logs["request_id"].isin(hopeless)]
        run.log = tuple(readable(zip(logs["request_id"], logs["line"], strict=True), raised))
        run.loggers = frozenset(logs["function"])

    def _note_given_up(self, run: Run, since: Any) -> None:
        # Of the whole run: the mappings deliver also while a step lets time pass.
        trace = self.lab.trace
        failures = trace.failures
        failures = failures[failures["mapping"].isin(self._streams)]
        if not len(failures):
            return
        run.logged += tuple(filter(is_complaint, run.log))
        for row in failures.to_dict("records"):
            first, last = int(row["start_sequence_number"]), int(row["end_sequence_number"])
            lost = {
                record.event_id
                for record in run.records
                if first <= record.sequence <= last and record.stream_arn == self._streams[row["mapping"]]
            }
            part = row["function"]
            run.given_up_by[part] = run.given_up_by.get(part, frozenset()) | lost

    def _drain(self) -> None:
        run = self._invoker.run
        most = run.conditions.most_invocations
        try:
            trace = self.lab.run(faults=self._faults(run), max_invocations=most)
        except LabError as error:
            run.calls.append(Call((), self.lab.clock.time(), error=summary(error), kind="LabError"))
        else:
            if run.conditions.refuse:
                run.refused += refused_in(trace, run.conditions.refuse)

    def _faults(self, run: Run) -> Faults:
        # One environment dies in a run, and one call is refused, not one in each delivery.
        conditions = replace(run.conditions, crash_after=None) if run.crashed else run.conditions
        conditions = replace(conditions, refuse=()) if run.refused else conditions
        return conditions.faults(run.poisoned)

    def _open_mappings(self, batch_size: int) -> None:
        conditions = self._invoker.run.conditions
        for part, source in self._consumers():
            mapping = self.lab.attach(
                part,
                self.tables[source],
                BatchSize=batch_size,
                MaximumRetryAttempts=conditions.retries,
                BisectBatchOnFunctionError=conditions.bisect,
                ParallelizationFactor=conditions.lanes,
                FunctionResponseTypes=["ReportBatchItemFailures"],
            )
            self._streams[mapping["UUID"]] = mapping["EventSourceArn"]
            self._open.append(mapping["UUID"])

    def _close_mappings(self) -> None:
        client = self.lab.client("lambda")
        for uuid in self._open:
            client.delete_event_source_mapping(UUID=uuid)
        if self._open:
            self.lab.clock.advance(timedelta(minutes=1))
        self._open = []

    # -- calls by the check ---------------------------------------------------------------------------

    def call(self, part: str, *args: Any, meant: tuple[str, ...] = ()) -> Call:
        """Call one of the reader's functions, inside Lambda."""
        return self.call_together(Asking(part, args), meant=meant)[0]

    def call_together(self, *calls: Asking | Callable[[], object], meant: tuple[str, ...] = ()) -> list[Call]:
        """Call several at the same time, and do something of the check's own meanwhile."""
        made: list[list[Call]] = []
        client = self.lab.client("lambda")
        for number, asking in enumerate(calls):
            name = f"{_CALLER}-{number}"
            if isinstance(asking, Asking):
                # Of one that is never made, for want of time or because a stub was met, nothing is known.
                made.append([Call((), 0.0, part=asking.part, args=asking.args, died=True)])
                handler = self._invoker.caller(asking, meant, made[-1])
                timeout = self._invoker.run.conditions.timeout
                timeout += asking.after + _MOST_SLOW_WRITES * asking.slow_writes
                self._create_function(name, handler, timeout, asking.slow_writes)
            else:
                self._create_function(name, _doing(asking), _MEANWHILE)
            client.invoke(FunctionName=name, InvocationType="Event", Payload="null")
        self._drain()
        self._invoker.run.asked += [call for several in made for call in several[1:]]
        return [several[-1] for several in made]

    def _create_function(
        self, name: str, handler: Callable[[Any, Any], Any], timeout: float, slow: float = 0.0
    ) -> None:
        conflicts = self._invoker.run.conditions.conflicts
        latencies = Latencies(
            calls=dict.fromkeys(_WRITES, slow) if slow else {}, transaction=None if conflicts else 0.0
        )
        self.lab.create_function(
            name, handler, timeout=timeout, watchdog_seconds=WATCHDOG_SECONDS, latencies=latencies
        )


def _doing(action: Callable[[], object]) -> Callable[[Any, Any], None]:
    def handler(event: Any, context: Any) -> None:
        action()

    return handler
