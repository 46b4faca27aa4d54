"""The scenarios of the capstone: each part alone, the simplest first, and all of them in the storm."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from cdc_lab.classroom.exercises.common import ANSWER_LOST, CANCELED, CONFLICT, LEFT, REFUSED, THROTTLED
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.exercise import Scenario
from cdc_lab.classroom.exercises.exercise_4 import stories
from cdc_lab.classroom.exercises.exercise_4.steps import both_streams
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.emulator.refusals import Refusal

_BUSY = Refusal("opensearch", "", 429, times=1)
_DOWN = Refusal("opensearch", "", 503, times=4)  # opensearch-py itself tries again three times
_TRIES = 20  # who puts under a condition begins again whenever somebody else was quicker


def _of(part: str, name: str, says: str, story: stories.Story, **options: Any) -> Scenario:
    each_crash = options.pop("each_crash", False)
    fits = options.pop("fits", lambda run: True)
    ask, refusals = options.pop("ask", None), options.pop("refusals", ())
    parts = (part,) if part else ()
    conditions = replace(REFUSED if refusals else Conditions(), **options)
    return Scenario(
        name, says, story, conditions, each_crash, fits, parts, ask=ask, each_refusal=tuple(refusals)
    )


def _grows_a_digit(run: Run) -> bool:
    return len({len(record.sequence_number) for record in run.found.changes}) > 1


SCENARIOS = (
    _of("board", "plain", "two flights go and come, one is cancelled", stories.plain, batch_size=3),
    _of(
        "board",
        "arrivals first",
        "an arrival is delivered before the board has heard of the flight",
        stories.arrivals_first,
    ),
    _of("board", "corrections", "delays are corrected, gates change afterwards", stories.corrections),
    _of(
        "board",
        "announced",
        "delays are announced: one flight departs, one is cancelled, one has not left yet",
        stories.announced,
    ),
    _of("board", "removals", "people delete three flights, time to live removes two", stories.removals),
    _of("board", "duplicates", "each batch is delivered twice", stories.lives, duplicates=True),
    _of(
        "board",
        "other borders",
        "all is delivered again an hour later, cut into other batches",
        stories.lives,
        batch_size=2,
        again_in_batches_of=3,
    ),
    _of(
        "board",
        "cold start",
        "all is delivered again, each time to a fresh execution environment",
        stories.lives,
        cold=True,
        again_in_batches_of=10,
    ),
    _of(
        "board",
        "two unreadable records",
        "nobody can read two records of the batch; Lambda bisects",
        stories.two_unreadable,
        bisect=True,
    ),
    _of(
        "board",
        "at once",
        "flights of one airport come on two shards of both tables at once",
        stories.one_airport,
        shards=2,
        retries=_TRIES,
    ),
    _of(
        "board",
        "crash",
        "the environment dies after an AWS call, and Lambda delivers again",
        stories.two_changes,
        each_crash=True,
    ),
    _of(
        "board",
        "conflicts",
        "flights of one airport come on two shards of both tables at once: transactions meet at its row",
        stories.one_airport,
        shards=2,
        conflicts=True,
        retries=_TRIES,
    ),
    _of(
        "board",
        "board, refused",
        "DynamoDB refuses a call, or its answer is lost, and Lambda delivers again",
        stories.two_changes,
        refusals=(THROTTLED, CANCELED, ANSWER_LOST),
    ),
    _of(
        "board",
        "new view type",
        "the stream of departures is made anew with new images alone, and mapped to the board",
        stories.new_view,
        ask=both_streams,
    ),
    _of("board", "unreadable record", "nobody can read the last record of the batch", stories.unreadable),
    _of("index", "follow", "flights come, change, expire, are deleted, come back", stories.indexed),
    _of(
        "index",
        "index crash",
        "the environment dies after a call to the engine, and Lambda delivers again",
        stories.put_and_deleted,
        batch_size=2,  # the removal comes in a batch of its own
        each_crash=True,
    ),
    _of("index", "late record", "an old record comes again, alone, after newer ones", stories.late_record),
    _of(
        "index",
        "late after a delete",
        "an old record of a deleted flight comes again, alone",
        stories.late_after_delete,
    ),
    _of("index", "busy engine", "the engine refuses some documents of a batch", stories.busy),
    _of(
        "index",
        "index, refused",
        "the engine refuses a whole call, and Lambda delivers again",
        stories.one_stays,
        batch_size=2,
        refusals=(_BUSY, _DOWN),
    ),
    _of("index", "unreadable flight", "nobody can read the last record of the batch", stories.unreadable),
    _of(
        "index",
        "two unreadable flights",
        "nobody can read two records of the batch; Lambda bisects",
        stories.two_unreadable,
        bisect=True,
    ),
    _of("audit", "log", "the board changes several times within a second", stories.board_changes),
    _of(
        "audit",
        "log again",
        "all is delivered twice, later, each time to a fresh execution environment",
        stories.board_changes,
        duplicates=True,
        cold=True,
        late=timedelta(hours=2),
        again_in_batches_of=3,
    ),
    _of(
        "audit",
        "audit, refused",
        "DynamoDB refuses a call, or does a batch in part, and Lambda delivers again",
        stories.board_changes,
        batch_size=4,
        refusals=(THROTTLED, CONFLICT, LEFT),
    ),
    _of(
        "audit",
        "long log",
        "many changes of one row, read back in order",
        stories.board_grows,
        batch_size=50,
        fits=_grows_a_digit,
    ),
    _of(
        "audit",
        "long numbers",
        "sequence numbers grow from 39 to 40 digits",
        stories.board_in_old_stream,
        fits=_grows_a_digit,
    ),
    _of(
        "audit",
        "unreadable row",
        "nobody can read the last record of the batch",
        stories.unreadable_row,
    ),
    _of(
        "audit",
        "two unreadable rows",
        "nobody can read two records of the batch; Lambda bisects",
        stories.two_unreadable_rows,
        bisect=True,
    ),
    _of(
        "",
        "the storm",
        "flights of the storm day on two shards and two lanes, every batch twice, a crash, a busy engine",
        stories.storm_hour,
        shards=2,
        lanes=2,
        batch_size=4,
        duplicates=True,
        crash_after=7,
    ),
)
