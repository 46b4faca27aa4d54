"""What differs between what was handed in and what a log in production must do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdc_lab.classroom.exercises.common import name
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.exercise_1.judging import judge as judge_log
from cdc_lab.classroom.exercises.exercise_1.table import Log
from cdc_lab.classroom.exercises.exercise_5.alarms import first
from cdc_lab.classroom.exercises.exercise_5.live import Live
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run

NO_ALARM = "no alarm went off"
_NOT_THERE = re.compile(r"\b(NameError|ModuleNotFoundError|ImportError)\b")


def broken(live: Live) -> Iterator[Difference]:
    """What comes before all else: code that the folder lacks, or that does not come back."""
    for complaint in live.complaints():
        if _NOT_THERE.search(complaint):
            yield Difference(
                "left in the notebook", "the folder's handler", "finds all that it uses", complaint
            )
            return
        if "HandlerStuck" in complaint:
            yield Difference("endless", "the handler", "answers", complaint)
            return


def log_of(live: Live) -> Iterator[Difference]:
    """What is not as exercise 1 asks, on a plain day."""
    if not live.rows and live.missing() and not len(live.lab.trace.deliveries):
        return
    run = Run((), Conditions(), live.records, frozenset())
    run.found = Log(live.rows, frozenset())
    found = judge_log(run)
    for difference in found:
        yield difference._replace(kind="not an audit log")
    if found:
        yield from said(live, "not an audit log")


def said(live: Live, kind: MisconceptionId) -> Iterator[Difference]:
    """What the handler said of it, if it said anything."""
    for complaint in list(live.complaints())[:1]:
        yield Difference(kind, "the handler's own words", "", complaint)


def lost(
    live: Live, kind: MisconceptionId, swallowed: MisconceptionId = "not an audit log"
) -> Iterator[Difference]:
    """Records that were given up though they can be written, and those that nobody has."""
    missing = live.missing()
    given_up = live.given_up if missing else {}
    for record in missing:
        if record.event_id in given_up:
            minutes = (given_up[record.event_id] - record.created_at.timestamp()) / 60
            yield Difference(kind, name(record), "one row", f"given up after {minutes:.1f} minutes")
        else:
            yield Difference(
                taken_for_done(live, swallowed),
                name(record),
                "one row",
                "no row, and Lambda took it for done",
            )


def taken_for_done(live: Live, kind: MisconceptionId) -> MisconceptionId:
    """Why Lambda takes a record for done that has no row: its report is not read, or else that kind."""
    asked = "ReportBatchItemFailures" in (live.production.mapping.get("FunctionResponseTypes") or ())
    return kind if asked else "answer that nobody reads"


def timed_out(live: Live, kind: MisconceptionId) -> Iterator[Difference]:
    """Invocations that Lambda ended after the function's timeout."""
    ended = live.lab.trace.invocations
    count = int((ended["outcome"] == "timeout").sum())
    if count:
        limit = live.function.timeout
        got = f"{count} of {len(ended)} ended by Lambda after {limit:g} s"
        yield Difference(kind, "invocations", "come to their end", got)


def rang(live: Live, since: float, within_minutes: float) -> tuple[bool, str]:
    """Return whether an alarm went off soon enough after a moment, and in words what did."""
    at, alarm = first(live.production.alarms, live.series())
    if alarm is None:
        return False, NO_ALARM
    in_time = at <= since + within_minutes * 60
    return in_time, f"{alarm} {live.at(at)}"
