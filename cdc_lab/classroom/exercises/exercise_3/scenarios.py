"""The scenarios of event sourcing: part by part, the simplest first, each for one way of being wrong."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from cdc_lab.classroom.exercises.common import ANSWER_LOST, CONFLICT, REFUSED, THROTTLED
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.exercise import Scenario
from cdc_lab.classroom.exercises.exercise_3 import asking, stories
from cdc_lab.classroom.exercises.steps import Ask
from cdc_lab.emulator.refusals import Refusal

_BUSY = Refusal("dynamodb", "TransactWriteItems", "TransactionCanceledException", reason="ThrottlingError")
"""A transaction is canceled, and not because somebody was quicker."""


def _scenario(
    name: str,
    parts: str,
    says: str,
    steps: Callable[[random.Random], Sequence[Any]],
    ask: Ask | None = None,
    each_crash: bool = False,
    delivers: bool = True,
    refusals: Sequence[Refusal] = (),
    **conditions: Any,
) -> Scenario:
    plain = REFUSED if refusals else Conditions()
    return Scenario(
        name,
        says,
        steps,
        replace(plain, **conditions),
        each_crash,
        parts=tuple(parts.split()),
        delivers=delivers,
        ask=ask,
        each_refusal=tuple(refusals),
    )


SCENARIOS = (
    _scenario("fold", "fold", "the events of three flights, each folded", stories.day, asking.fold_each),
    _scenario("fold, old schemas", "fold", "events of three schemas", stories.old_schemas, asking.fold_each),
    _scenario(
        "fold, correction",
        "fold",
        "a departure is corrected to an earlier moment, in a later version",
        stories.corrected,
        asking.fold_each,
    ),
    _scenario("append", "append", "one writer, one event and several", stories.one_writer, asking.written),
    _scenario(
        "append, late", "append", "a writer knows an old version", stories.stale_writer, asking.written
    ),
    _scenario("append, race", "append", "two writers at the same time", stories.race, asking.written),
    _scenario(
        "append, half known",
        "append",
        "a late writer with several events",
        stories.half_known,
        asking.written,
    ),
    _scenario(
        "append, crash",
        "append",
        "the environment dies after an AWS call, and append is called again",
        stories.several_at_once,
        asking.written,
        each_crash=True,
    ),
    _scenario(
        "append, hundred",
        "append",
        "a hundred events at once, and the environment dies after an AWS call",
        stories.hundred,
        asking.written,
        each_crash=True,
    ),
    _scenario(
        "append, refused",
        "append",
        "DynamoDB is busy, or its answer is lost, and the caller tries again",
        stories.tried_again,
        asking.written,
        refusals=(THROTTLED, _BUSY, ANSWER_LOST),
    ),
    _scenario("load", "load", "three flights, and one that nobody knows", stories.day, asking.load_each),
    _scenario("load, large", "load", "a history of more than 1 MB", stories.large, asking.load_each),
    _scenario(
        "load, refused",
        "load",
        "DynamoDB is busy, and refuses a call",
        stories.one_flight,
        asking.load_alone,
        refusals=(THROTTLED,),
    ),
    _scenario(
        "project", "project", "three flights, nothing goes wrong", stories.one_after_the_other, batch_size=3
    ),
    _scenario("project, old schemas", "project", "events of three schemas", stories.old_schemas),
    _scenario(
        "project, duplicates", "project", "each batch is delivered twice", stories.one_flight, duplicates=True
    ),
    _scenario(
        "project, again",
        "project",
        "all is delivered again an hour later, cut into other batches, each to a fresh environment",
        stories.one_flight,
        cold=True,
        batch_size=2,
        again_in_batches_of=3,
    ),
    _scenario(
        "project, lanes",
        "project",
        "four lanes: Lambda keeps the order of each item, and each event is an item",
        stories.many_lanes,
        lanes=4,
        batch_size=4,
        # Who fails an event that comes too early needs as many attempts as the other lanes take.
        retries=40,
    ),
    _scenario(
        "project, at once",
        "project",
        "two instances work on two events of a flight at the same time",
        stories.two_at_once,
        delivers=False,
    ),
    _scenario(
        "project, crash",
        "project",
        "the environment dies after an AWS call, and Lambda delivers again",
        lambda rng: stories.one_flight(rng)[:2],
        each_crash=True,
    ),
    _scenario(
        "project, refused",
        "project",
        "DynamoDB refuses a call, and Lambda delivers again",
        lambda rng: stories.one_flight(rng)[:2],
        refusals=(THROTTLED, CONFLICT),
    ),
    _scenario(
        "project, expiry", "project", "time to live removes events of a flight that is over", stories.expiry
    ),
    _scenario(
        "project, on after an expiry",
        "project",
        "time to live removes the first events of a flight that goes on",
        stories.goes_on_after_expiry,
    ),
    _scenario(
        "project, large",
        "project",
        "a flight with a history of more than 1 MB, and one with versions of two digits",
        stories.many_events,
    ),
    _scenario(
        "project, unreadable",
        "project",
        "nobody can read the batch's last record",
        stories.poison,
    ),
    _scenario(
        "project, two unreadable",
        "project",
        "nobody can read two records of the batch; Lambda bisects",
        stories.two_poisoned,
        bisect=True,
    ),
    _scenario(
        "rebuild",
        "rebuild",
        "the board is empty, the events are more than 1 MB, and some versions have two digits",
        stories.many_pages,
        asking.rebuild,
    ),
    _scenario(
        "rebuild, spoilt row",
        "project rebuild",
        "a bug has spoilt two rows of the board",
        stories.spoilt,
        asking.rebuild,
    ),
    _scenario(
        "rebuild, nothing left",
        "project rebuild",
        "time to live has removed all events of a flight that is over",
        stories.over_and_removed,
        asking.rebuild,
    ),
    _scenario(
        "rebuild, refused",
        "rebuild",
        "DynamoDB refuses a call; when rebuild raises, it is called again",
        lambda rng: stories.day(rng, 2),
        asking.rebuild,
        refusals=(THROTTLED,),
    ),
    _scenario(
        "rebuild, beside the stream",
        "project rebuild",
        "events come in while the board is rebuilt, and project follows them",
        stories.beside_the_stream,
    ),
    _scenario(
        "board_at",
        "board_at",
        "the board at the moment of each event, and a second before",
        stories.day,
        asking.boards,
    ),
    _scenario(
        "board_at, old schemas", "board_at", "events of three schemas", stories.old_schemas, asking.boards
    ),
    _scenario(
        "board_at, correction",
        "board_at",
        "a departure is corrected to an earlier moment, in a later version",
        stories.corrected,
        asking.boards_each,
    ),
    _scenario(
        "board_at, zones",
        "board_at",
        "the moment is in the time of New York or India, around midnight and the change of the clocks",
        stories.change_of_clocks,
        asking.boards_in_zones,
    ),
    _scenario(
        "board_at, large",
        "board_at",
        "the events are more than 1 MB, and some versions have two digits",
        stories.many_events,
        asking.boards,
    ),
    _scenario(
        "board_at, refused",
        "board_at",
        "DynamoDB is busy, and refuses a call",
        lambda rng: stories.day(rng, 2),
        asking.latest_board,
        refusals=(THROTTLED,),
    ),
    _scenario(
        "snapshot, history",
        "snapshot",
        "taking a snapshot changes no event",
        stories.with_snapshots,
        asking.written,
    ),
    _scenario(
        "snapshot",
        "snapshot load",
        "a snapshot in the middle of a history",
        stories.with_snapshots,
        asking.load_each,
    ),
    _scenario(
        "snapshot, archive",
        "snapshot load",
        "the events that it holds are removed",
        stories.archived,
        asking.load_each,
    ),
    _scenario(
        "snapshot, cold start",
        "snapshot load",
        "the same, and each call comes to a fresh execution environment",
        stories.archived,
        asking.load_each,
        cold=True,
    ),
    _scenario(
        "snapshot, rebuild",
        "project rebuild snapshot",
        "the board is rebuilt when the events that a snapshot holds are removed",
        stories.rebuilt_from_archive,
        asking.rebuild,
    ),
    _scenario(
        "snapshot, archive twice",
        "snapshot load",
        "a second snapshot, when the first events are gone",
        stories.archived_twice,
        asking.load_each,
    ),
    _scenario(
        "snapshot, refused",
        "snapshot load",
        "DynamoDB refuses a call; when snapshot raises, it is called again",
        stories.archived,
        asking.load_each,
        refusals=(THROTTLED,),
    ),
    _scenario(
        "snapshot, race",
        "snapshot load",
        "a slow snapshot ends after a newer one",
        stories.two_snapshots,
        asking.load_each,
    ),
    _scenario(
        "snapshot, past",
        "snapshot board_at",
        "there are snapshots from later",
        stories.with_snapshots,
        asking.boards,
    ),
)
