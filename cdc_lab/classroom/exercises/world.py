"""One world in which a handler is tried: a lab of its own, the writes, the delivery, and what came of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.deploying import Deployment
from cdc_lab.classroom.exercises.guard import Budget, TimeIsUp
from cdc_lab.classroom.exercises.outcome import NotAttempted
from cdc_lab.classroom.exercises.writes import KEY, Write
from cdc_lab.classroom.expect import summary
from cdc_lab.emulator.faults import Faults
from cdc_lab.emulator.invocation import InvocationEnded
from cdc_lab.emulator.watchdog import HandlerStuck
from cdc_lab.errors import LabError
from cdc_lab.lab import Lab
from cdc_lab.patterns import StreamRecord

WATCHDOG_SECONDS = 1.5  # real ones, between two moments at which lab time can pass
MOST_INVOCATIONS = 400  # of one run: twenty times what the longest scenario needs
_TIMEOUT = 3  # lab seconds, Lambda's default
_RETRIES = 3
_FUNCTION, _SOURCE = "exercise", "flights"


# The last line of a traceback, as a log has it.
_COMPLAINT = re.compile(r"(?:\w+\.)*\w*(?:Error|Exception|Exists|NotFound)\b(?:: .*)?$")


class OutOfBudget(BaseException):
    """The handler used up what it may: it is not called again."""


@dataclass(frozen=True)
class Call:
    """One invocation of the handler, as it looked from outside.

    `at` is lab time in epoch seconds; `error` one line, empty when it returned; `kind` the error's type.
    """

    event_ids: tuple[str, ...]
    at: float
    answer: Any = None
    error: str = ""
    kind: str = ""
    died: bool = False


@dataclass
class Run:
    """What came of one run: what the stream held, how it was delivered, what the handler left behind."""

    writes: tuple[Write, ...]
    conditions: Conditions
    records: list[StreamRecord]
    poisoned: frozenset[str]
    calls: list[Call] = field(default_factory=list)
    given_up: frozenset[str] = frozenset()
    found: Any = None
    logged: tuple[str, ...] = ()
    crashed: bool = False
    timed_out: bool = False
    stuck: bool = False
    spent: bool = False
    not_attempted: bool = False

    @property
    def errors(self) -> list[Call]:
        """The invocations that ended in an error of the handler's own."""
        return [call for call in self.calls if call.error]

    @property
    def complaints(self) -> list[str]:
        """What was raised, or logged of what was caught; each once."""
        return list(dict.fromkeys([*(call.error for call in self.errors), *self.logged]))


class World:
    """A lab of the check's own, for the runs of one scenario.

    Parameters
    ----------
    deployment : Deployment
    seed : int
    prepare : callable
        ``prepare(lab)`` makes what the handler writes to, and returns a function that reads it afterwards and
        clears it for the next run.
    budget : Budget
        What the handler may take.
    """

    def __init__(
        self,
        deployment: Deployment,
        seed: int,
        prepare: Callable[[Any], Callable[[], Any]],
        budget: Budget,
    ) -> None:
        self._deployment = deployment
        self._budget = budget
        self._run: Run | None = None
        self._conditions = Conditions()
        self.lab = Lab(seed=seed)
        self._collect = prepare(self.lab)
        deployment.move_to(self.lab)

    def close(self) -> None:
        """Close the lab."""
        self._deployment.leave()
        self.lab.close()

    # -- one run ----------------------------------------------------------------------------------

    def run(self, writes: Sequence[Write], conditions: Conditions) -> Run:
        """Let the writes happen, deliver their records under the conditions, and read what is there."""
        lab = self.lab
        table = lab.create_table(
            _SOURCE, KEY, shards=conditions.shards, ttl_attribute="expires_at" if _expires(writes) else None
        )
        try:
            records, poisoned = self._write(table, writes)
            self._run = run = Run(tuple(writes), conditions, records, poisoned)
            self._deliver(lab.stream_arn(table), conditions, run)
            run.found = self._collect()
        finally:
            self._budget.leave()
            table.delete()
        return run

    def _write(self, table: Any, writes: Sequence[Write]) -> tuple[list[StreamRecord], frozenset[str]]:
        known: dict[str, StreamRecord] = {}
        poisoned: set[str] = set()
        for write in writes:
            write.apply(self.lab, table)
            if write.poison:
                poisoned |= {
                    record.event_id
                    for record in self.lab.read_stream(table)
                    if record.event_id not in known and record.keys[KEY] == write.flight_id
                }
                known.update((record.event_id, record) for record in self.lab.read_stream(table))
        records = list(self.lab.read_stream(table))
        return records, frozenset(poisoned & {record.event_id for record in records})

    def _deliver(self, stream_arn: str, conditions: Conditions, run: Run) -> None:
        self._conditions = conditions
        self._deployment.start_afresh()
        try:
            self.lab.create_function(
                _FUNCTION, self._invoke, timeout=_TIMEOUT, watchdog_seconds=WATCHDOG_SECONDS
            )
            self.lab.clock.advance(conditions.late)
            self._drain(stream_arn, conditions.batch_size, conditions.faults(run.poisoned), run)
            if conditions.again_in_batches_of:
                # A redrive, or a mapping that was made anew: all comes again, cut into other batches.
                self.lab.clock.advance(timedelta(hours=1))
                self._drain(stream_arn, conditions.again_in_batches_of, conditions.faults(run.poisoned), run)
        except LabError as error:
            run.calls.append(Call((), self.lab.clock.time(), error=summary(error), kind="LabError"))

    def _drain(self, stream_arn: str, batch_size: int, faults: Faults, run: Run) -> None:
        conditions, client = self._conditions, self.lab.client("lambda")
        mapping = client.create_event_source_mapping(
            FunctionName=_FUNCTION,
            EventSourceArn=stream_arn,
            StartingPosition="TRIM_HORIZON",
            BatchSize=batch_size,
            MaximumRetryAttempts=_RETRIES,
            BisectBatchOnFunctionError=conditions.bisect,
            ParallelizationFactor=conditions.lanes,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )
        try:
            trace = self.lab.run(faults=faults, max_invocations=MOST_INVOCATIONS)
            failures = trace.failures
            if len(failures):
                run.logged += tuple(line for line in trace.logs["line"] if _COMPLAINT.match(line))
            run.given_up |= {
                record.event_id
                for row in failures.to_dict("records")
                for record in run.records
                if int(row["start_sequence_number"]) <= record.sequence <= int(row["end_sequence_number"])
            }
        finally:
            client.delete_event_source_mapping(UUID=mapping["UUID"])
            self.lab.clock.advance(timedelta(minutes=1))

    # -- one invocation, inside the lab -------------------------------------------------------------

    def _invoke(self, event: Any, context: Any) -> Any:
        run = self._run
        assert run is not None
        ids = tuple(record["eventID"] for record in event["Records"])
        at = time.time()
        # A handler that the guard had to throw out may have been left in any place, even in this method.
        run.stuck = run.stuck or self._budget.guard.has_bitten
        run.spent = run.spent or self._budget.is_spent
        if run.stuck or run.not_attempted or run.spent:
            raise OutOfBudget
        if self._conditions.cold:
            self._deployment.start_afresh()
        try:
            with self._budget.invocation():
                answer = self._deployment.handler(event, context)
        except NotAttempted:
            run.not_attempted = True
            raise
        except InvocationEnded:
            run.crashed = run.crashed or self._conditions.crash_after is not None
            run.timed_out = run.timed_out or self._conditions.crash_after is None
            run.calls.append(Call(ids, at, died=True))
            # Lambda replaces an environment that died.
            self._deployment.start_afresh()
            raise
        except BaseException as error:
            run.calls.append(_failed(ids, at, error))
            if isinstance(error, KeyboardInterrupt) and not self._budget.guard.has_bitten:
                raise  # the reader's own
            if isinstance(error, HandlerStuck | TimeIsUp | KeyboardInterrupt):
                run.stuck = True
                raise OutOfBudget from None
            raise
        run.calls.append(Call(ids, at, answer))
        return answer


def _failed(ids: tuple[str, ...], at: float, error: BaseException) -> Call:
    where = _line_of(error)
    text = summary(error) + (f" (line {where})" if where else "")
    return Call(ids, at, error=text, kind=type(error).__name__)


def _line_of(error: BaseException) -> str:
    """Where in the reader's own code it was raised: ``3 of handler``."""
    found, step = "", error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if "site-packages" not in code.co_filename and not _is_ours(step.tb_frame.f_globals):
            first = code.co_firstlineno
            if not code.co_name.startswith("<") or not found:
                found = f"{step.tb_lineno - first + 1} of {code.co_name}"
        step = step.tb_next
    return found


def _is_ours(names: dict[str, Any]) -> bool:
    return str(names.get("__name__", "")).partition(".")[0] in ("cdc_lab", "boto3", "botocore", "importlib")


def _expires(writes: Sequence[Write]) -> bool:
    return any(write.kind == "expire" for write in writes)
