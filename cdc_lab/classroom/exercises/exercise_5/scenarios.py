"""The stories: a plain hour, faults, the role, and whether anybody is told."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from cdc_lab.classroom.exercises.common import name
from cdc_lab.classroom.exercises.drills.drill import Differences, Trial
from cdc_lab.classroom.exercises.exercise_5.alarms import Series
from cdc_lab.classroom.exercises.exercise_5.judging import (
    NO_ALARM,
    broken,
    log_of,
    lost,
    rang,
    taken_for_done,
    timed_out,
)
from cdc_lab.classroom.exercises.exercise_5.live import Live
from cdc_lab.classroom.exercises.exercise_5.production import Production
from cdc_lab.classroom.exercises.exercise_5.rights import no_logs, too_wide
from cdc_lab.classroom.exercises.exercise_5.world import Undeployable
from cdc_lab.classroom.exercises.invoking import OutOfBudget
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.emulator.faults import Faults
from cdc_lab.emulator.refusals import Refusal
from cdc_lab.patterns import StreamRecord

OUTAGE, HELD, TOLD, THROTTLED = 20, 60, 120, 40  # minutes
SLOW = 0.25  # seconds that each call takes in a slow hour
_MOST = 1000  # records of a backlog
_SHARDS = 8  # of the stories in which one shard is blocked
_ALWAYS = 0.999999
_MINUTE = timedelta(minutes=1)
_LATER = timedelta(hours=3)
_TRIES = 12  # as often as any of boto3's modes sends a call


def first_deploy(live: Live) -> Differences:
    """The first changes come while the mapping starts."""
    live.change(live.put_and_see(3))
    live.lab.run()
    yield from broken(live)
    if not len(live.lab.trace.deliveries):
        position = live.production.mapping.get("StartingPosition", "TRIM_HORIZON")
        kind = "starts too late" if position == "LATEST" else "not an audit log"
        yield Difference(kind, "changes delivered", str(len(live.records)), "0")
    yield from log_of(live)


def within_the_role(live: Live) -> Differences:
    """The same within the role."""
    live.change(live.put_and_see(3))
    live.lab.run()
    for call in live.denied():
        yield Difference("role too narrow", call, "is allowed", "AccessDenied")
    yield from no_logs(live)


def crash(live: Live) -> Differences:
    """An environment dies."""
    live.put(4)
    live.lab.run(faults=Faults(crash_after=1))
    yield from broken(live)
    yield from lost(live, "given up too soon")


def unreadable(live: Live) -> Differences:
    """One record fails for good."""
    live.bursts(1, 4, _MINUTE)
    bad = live.put_and_see(4)[0]
    faults = _poison(bad)
    live.lab.run(until=_MINUTE, faults=faults)
    live.bursts(11, 3, timedelta(minutes=5), faults)
    live.lab.run(until=_LATER, faults=faults)
    yield from broken(live)
    held = list(_held(live, bad))
    yield from held
    if held:
        return  # of what is still tried nothing else can be said
    yield from _neighbours(live, bad)
    yield from _traced(live, bad)


def _poison(*bad: StreamRecord) -> Faults:
    return Faults(poison=tuple(record.event_id for record in bad))


def _held(live: Live, bad: StreamRecord) -> Iterator[Difference]:
    waits = [seconds for event_id, seconds in live.waits().items() if event_id != bad.event_id]
    longest = max(waits) / 60
    if longest > HELD:
        got = "more than 3 hours" if longest == math.inf else f"{longest:.0f} minutes"
        wanted = f"at most {HELD} minutes"
        yield Difference("a day of retries", "longest wait of a record behind the bad one", wanted, got)


def _neighbours(live: Live, bad: StreamRecord) -> Iterator[Difference]:
    given_up = live.given_up
    if bad.event_id not in given_up:
        return
    too_old = "RecordAgeExceeded" in set(live.lab.trace.failures["condition"])
    for record in live.missing():
        if record.event_id != bad.event_id and record.event_id in given_up:
            kind = "too old from waiting" if too_old else "neighbours given up"
            yield Difference(kind, name(record), "one row", "given up with the bad one")


def _traced(live: Live, bad: StreamRecord) -> Iterator[Difference]:
    if bad.event_id not in live.given_up:
        yield Difference(
            taken_for_done(live, "failure swallowed"), name(bad), "given up", "Lambda took it for done"
        )
        return
    failures = live.lab.trace.failures
    if not failures["delivered"].all():
        yield Difference("given up without a trace", name(bad), "a note of it in a destination", "nothing")


def two_unreadable(live: Live) -> Differences:
    """Two records of a batch fail for good: none of them may be taken for done."""
    bad = live.put_and_see(4)[1:3]
    live.lab.run(until=_LATER, faults=_poison(*bad))
    yield from broken(live)
    is_one_reported = any(record.event_id in live.given_up for record in bad)
    for record in bad:
        if record.event_id not in live.given_up:
            kind = taken_for_done(live, "not the lowest reported" if is_one_reported else "failure swallowed")
            yield Difference(kind, name(record), "given up", "Lambda took it for done")


def outage(live: Live) -> Differences:
    """DynamoDB answers nothing but errors for a while."""
    live.bursts(2, 3, timedelta(minutes=2))
    live.put(6)
    down = Faults(refuse=[Refusal("dynamodb", "", "InternalServerError", share=_ALWAYS)])
    live.lab.run(until=timedelta(minutes=OUTAGE), faults=down)
    live.put(3)
    live.lab.run(until=_LATER)
    yield from broken(live)
    yield from lost(live, "given up too soon", "refusal taken for done")


def no_answer(live: Live) -> Differences:
    """One call gets no answer, however often it is sent."""
    live.put(3)
    live.lab.run(faults=Faults(refuse=[Refusal("dynamodb", "", "ReadTimeoutError", times=_TRIES)]))
    yield from broken(live)
    yield from timed_out(live, "client waits longer than its function")


def slow_hour(live: Live) -> Differences:
    """All calls are slow, and a backlog waits."""
    live.put(min(max(live.production.mapping.get("BatchSize", 100), 20), _MOST))
    live.lab.run(until=_LATER, faults=Faults(slow={"dynamodb": SLOW}))
    yield from broken(live)
    yield from timed_out(live, "batch longer than the timeout")


def _storm(live: Live) -> None:
    """Batches come twice, calls fail, and one record fails for good."""
    live.put(4)
    bad = live.put_and_see(4)[0]
    faults = Faults(seed=1, duplicates=0.5, lost_acks=0.2, refusals=0.1, poison=(bad.event_id,))
    live.lab.run(until=_MINUTE, faults=faults)
    live.change(live.put_and_see(3))
    live.lab.run(until=_LATER, faults=faults)


def role_under_faults(live: Live) -> Differences:
    """All that can go wrong, within the role."""
    _storm(live)
    for call in live.denied():
        yield Difference("role of a calm day", call, "is allowed", "AccessDenied")
    for row in live.lab.trace.failures.to_dict("records"):
        if row["destination"] and not row["delivered"]:
            what = row["destination"].rsplit(":", 1)[1]
            got = "refused: the record is lost"
            yield Difference("no right to send to the destination", what, "takes what is given up", got)
            return


def stranger(live: Live) -> Differences:
    """Somebody's code runs in the role."""
    _storm(live)
    yield from too_wide(live)


def quiet_hour(live: Live) -> Differences:
    """Nothing happens that anybody need know of."""
    live.bursts(30, 4, timedelta(minutes=2))
    live.lab.run()
    series = live.series()
    for alarm in live.production.alarms:
        at = alarm.rings(series)
        if at < math.inf:
            yield Difference("rings for nothing", str(alarm), "stays silent", f"goes off {live.at(at)}")


def failing_record(live: Live) -> Differences:
    """One record fails and is given up; the other shard goes on."""
    bad = _failing(live)
    in_time, got = rang(live, bad.created_at.timestamp(), TOLD)
    if not in_time:
        yield Difference(_why_silent(live, got), "an alarm", f"within {TOLD} minutes", got)
        yield from _facts(live)


def _failing(live: Live, minutes: int = 45) -> StreamRecord:
    bad = live.put_and_see(4)[0]
    faults = _poison(bad)
    live.lab.run(until=_MINUTE, faults=faults)
    live.bursts(minutes, 12, _MINUTE, faults)
    live.lab.run(until=_LATER, faults=faults)
    return bad


def _why_silent(live: Live, got: str) -> MisconceptionId:
    alarms = live.production.alarms
    if got != NO_ALARM:
        return "rings too late"
    ages = [alarm for alarm in alarms if alarm.metric == "IteratorAge"]
    if any(alarm.statistic in ("Average", "Minimum") for alarm in ages):
        return "average of the shards"
    if any(alarm.statistic == "Maximum" for alarm in ages):
        return "rings too late"
    return "Errors stays at 0"


def _facts(live: Live) -> Iterator[Difference]:
    series = live.series()
    errors = sum(point.total for point in series.get("Errors", ()))
    failed = sum(point.total for point in series.get("FailedInvokeEventCount", ()))
    age = max((point.most for point in series.get("IteratorAge", ())), default=0.0)
    text = f"Errors {errors:.0f}, FailedInvokeEventCount {failed:.0f}, IteratorAge {age / 60_000:.0f} minutes"
    yield Difference("", "what the metrics said", "", text)


def no_concurrency(live: Live) -> Differences:
    """The function is throttled for a while: nothing fails, and everything waits."""
    live.bursts(THROTTLED // 2, 2, timedelta(minutes=2), Faults(throttles=_ALWAYS))
    live.lab.run(until=_LATER)
    in_time, got = rang(live, live.begun, HELD)
    if not in_time:
        late = any(alarm.metric in ("IteratorAge", "Throttles") for alarm in live.production.alarms)
        kind = "rings too late" if late else "waiting is no failure"
        yield Difference(kind, "an alarm", f"within {HELD} minutes", got)
        yield from _facts(live)


def _trial(
    title: str,
    says: str,
    story: Callable[[Live], Differences],
    *parts: str,
    **options: Any,
) -> Trial:
    def run(production: Production, rng: random.Random) -> Differences:
        with Live(production, rng, **options) as live:
            yield from story(live)

    return _of_stacks(title, says, run, *parts)


def _of_stacks(
    title: str, says: str, run: Callable[[Production, random.Random], Differences], *parts: str
) -> Trial:
    """A trial that deploys what was handed in, as often as it likes."""

    def deployed(production: Production, rng: random.Random) -> Differences:
        try:
            found = list(run(production, rng))
        except Undeployable as error:
            found = [Difference(error.kind, "the stack", "is deployed", str(error))]
        except OutOfBudget:
            found = []
        if production.is_out_of_budget:
            # What differs then is of a run that was broken off.
            used = f"{production.budget.used:.0f} seconds so far"
            found = [Difference("out of budget", "the processor's time for all", "is enough", used)]
        yield from found

    return Trial(title, says, deployed, ("handler", "function", "mapping", *parts))


def _no_destination(production: Production, rng: random.Random) -> Differences:
    """The destination is gone: an alarm must tell this from a record that has a note."""
    seed = rng.randrange(10**6)
    with_note = _metrics_of_a_failing_record(production, seed, is_gone=False)
    without = _metrics_of_a_failing_record(production, seed, is_gone=True)
    went_off = [alarm for alarm in production.alarms if alarm.rings(without) < math.inf]
    if all(alarm.rings(with_note) < math.inf for alarm in went_off):
        wanted = "an alarm that stays silent when the note arrives"
        got = ", ".join(map(str, went_off)) or "none"
        yield Difference("lost without a word", "alarms that go off", wanted, got)


def _metrics_of_a_failing_record(production: Production, seed: int, is_gone: bool) -> Series:
    with Live(production, random.Random(seed), shards=_SHARDS) as live:
        if is_gone:
            live.lose_destination()
        _failing(live, minutes=5)
        return live.series()


SCENARIOS = (
    _trial(
        "first deploy",
        "the folder is deployed, and the first changes come while the mapping starts",
        first_deploy,
    ),
    _trial("crash", "the execution environment dies after an AWS call", crash),
    _trial(
        "unreadable record",
        "one record fails each time; the others must not wait more than an hour for it",
        unreadable,
    ),
    _trial("two unreadable records", "two records of one batch fail each time", two_unreadable),
    _trial("outage", f"for {OUTAGE} minutes DynamoDB answers every call with an error", outage),
    _trial("no answer", "a call to DynamoDB gets no answer, however often boto3 sends it", no_answer),
    _trial(
        "slow hour", f"each call to DynamoDB takes {SLOW} seconds more, and a full batch waits", slow_hour
    ),
    _trial(
        "within the role",
        "the first deploy again, and the role allows what the policy says",
        within_the_role,
        "policy",
        within_role=True,
    ),
    _trial(
        "role under faults",
        "batches come twice, calls fail, a record is given up: within the role",
        role_under_faults,
        "policy",
        within_role=True,
    ),
    _trial(
        "stranger",
        "somebody's code runs in the function's role, and tries what it may do",
        stranger,
        "policy",
        within_role=True,
    ),
    _trial("quiet hour", "an hour in which nothing goes wrong", quiet_hour, "alarms", shards=_SHARDS),
    _trial(
        "failing record",
        "one record fails until it is given up; the other shard goes on",
        failing_record,
        "alarms",
        shards=_SHARDS,
    ),
    _trial(
        "no concurrency",
        f"for {THROTTLED} minutes Lambda starts no invocation of the function",
        no_concurrency,
        "alarms",
    ),
    _of_stacks(
        "no destination",
        "the same failing record, and somebody has deleted the destination",
        _no_destination,
        "alarms",
    ),
)
