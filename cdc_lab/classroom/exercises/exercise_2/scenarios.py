"""The scenarios of the search index: the simplest first, each for one way of being wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

from cdc_lab.classroom.exercises.call import Call
from cdc_lab.classroom.exercises.common import REFUSED
from cdc_lab.classroom.exercises.conditions import Conditions
from cdc_lab.classroom.exercises.exercise import Scenario
from cdc_lab.classroom.exercises.exercise_2 import stories
from cdc_lab.classroom.exercises.exercise_2 import stories_of_parts as parts
from cdc_lab.classroom.exercises.exercise_2.steps import Indexed, IndexedTogether, refresh
from cdc_lab.classroom.exercises.refused import ATTEMPTS
from cdc_lab.classroom.exercises.steps import Stage, Step
from cdc_lab.emulator.refusals import Refusal

_SLOW_ENGINE = {"opensearch": 0.03}
_SLOWER_ENGINE = {"opensearch": 0.3}
_PATIENT = 60.0  # lab seconds: a rebuild waits for the engine
_SLOW_SCAN = {"dynamodb.Scan": 1.4}
_DOWN = Refusal("opensearch", "", 503, times=4)  # opensearch-py itself tries again three times
_ANSWER_LOST = Refusal("opensearch", "", 500, after=True)
_NO_SCAN = Refusal("dynamodb", "Scan", "ThrottlingException", times=ATTEMPTS)


class SearchAnswer(NamedTuple):
    """One question to ``find_delayed``: the text, the flights that it must name, and the call."""

    text: str
    expected: list[str]
    call: Call


def _handler(
    name: str, says: str, story: stories.Story, each_crash: bool = False, **conditions: Any
) -> Scenario:
    return Scenario(name, says, story, Conditions(**conditions), each_crash, parts=("handler",))


def _rebuild(
    name: str, says: str, story: stories.Story, functions: tuple[str, ...] = ("rebuild",), **conditions: Any
) -> Scenario:
    return Scenario(name, says, story, Conditions(**conditions), parts=functions)


def _search(
    name: str, says: str, story: stories.Story, texts: Callable[[Sequence[Any]], list[str]]
) -> Scenario:
    def ask(stage: Stage, steps: tuple[Step, ...]) -> list[SearchAnswer]:
        refresh()
        asked = [document for step in steps for document in _documents_of(step)]
        return [
            SearchAnswer(text, delayed(asked, text), stage.call("find_delayed", text))
            for text in texts(asked)
        ]

    return Scenario(name, says, story, parts=("find_delayed",), ask=ask)


def _documents_of(step: Step) -> Sequence[Indexed]:
    if isinstance(step, IndexedTogether):
        return step.documents
    return [step] if isinstance(step, Indexed) else []


def delayed(indexed: Sequence[Indexed], text: str) -> list[str]:
    """The delayed flights whose note has all of the words, longest delay first."""
    words = _words(text)
    found = [
        (-int(it.values["dep_delay"]), it.flight_id)
        for it in indexed
        if it.values["status"] == "delayed" and words and words <= _words(str(it.values["note"]))
    ]
    return [flight for _, flight in sorted(found)]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _two_reasons(indexed: Sequence[Any]) -> list[str]:
    """Two words that stand together in some note, in the other order and case; then words of no note."""
    notes = [re.findall(r"[\w-]+", str(it.values["note"])) for it in indexed]
    longest = max(notes, key=len, default=[])
    words = [longest[0], longest[-1]] if longest else ["snow"]
    elsewhere = [str(it.values["dest"]) for it in indexed[:1]]
    return [words[0].upper(), " ".join(reversed(words)).title(), "delayed", *elsewhere]


def _of_people(indexed: Sequence[Any]) -> list[str]:
    first, second = parts.SIGNED
    notes = [str(it.values["note"]) for it in indexed]
    return [
        *(f"{note.split(' ')[-1]} (" for note in notes[:1]),
        *notes[:1],
        'bags "crew',
        "50/2 h",
        "AND",
        "",
        " ",
        f"{first} -{second}",
        f"{first} | {second}",
        f"{first[:-1]}*",
        f"{first}~1",
    ]


SCENARIOS = (
    _handler("plain day", "two flights, nothing goes wrong", stories.plain_day, batch_size=3),
    _handler("removals", "a user deletes flights, time to live removes another", stories.removals),
    _handler("values", "every type of DynamoDB, and empty values", stories.values),
    _handler("one second", "several changes of a flight within one second", stories.one_second),
    _handler(
        "interleaved",
        "three flights mixed, two shards in two lanes each",
        stories.interleaved,
        shards=2,
        lanes=2,
    ),
    _handler(
        "late",
        "the records are delivered five hours after the writes",
        stories.a_life_and_its_end,
        late=timedelta(hours=5),
    ),
    _handler(
        "other borders",
        "all is delivered again an hour later, cut into other batches",
        stories.a_life_and_its_end,
        batch_size=3,
        again_in_batches_of=5,
    ),
    _handler(
        "crash",
        "the environment dies after a call to the engine, and Lambda delivers again",
        stories.three_changes,
        each_crash=True,
    ),
    _handler("late record", "an old record comes again after newer ones", stories.late_record),
    _handler(
        "cold start",
        "the same, and each invocation meets a fresh execution environment",
        stories.late_record,
        cold=True,
    ),
    _handler(
        "late after a delete",
        "an old record of a deleted flight comes again",
        stories.late_after_delete,
    ),
    _handler("late delete", "a flight comes back, and its old removal comes again", stories.late_delete),
    _handler(
        "nothing to remove", "a flight is deleted that the index does not have", stories.nothing_to_remove
    ),
    _handler(
        "large batch",
        f"{stories.MANY} records in one batch, and an engine that takes 35 ms for a call",
        stories.many,
        batch_size=500,
        slow=_SLOW_ENGINE,
    ),
    _handler("busy engine", "the engine refuses some documents of a batch", stories.busy),
    _handler("busy for all", "the engine refuses a whole call", stories.busy_for_all),
    _handler(
        "unfit document",
        "the index never takes the batch's last document",
        stories.unfit_at_the_end,
        slow=_SLOWER_ENGINE,
    ),
    _handler(
        "unreadable record",
        "nobody can read one record of the batch; Lambda bisects",
        stories.unreadable_in_the_middle,
        bisect=True,
    ),
    _handler(
        "unreadable last record", "nobody can read the batch's last record", stories.unreadable_at_the_end
    ),
    Scenario(
        "refused calls",
        "the engine refuses a whole call with 503, or carries it out and its answer is lost",
        stories.one_stays,
        replace(REFUSED, batch_size=2),
        parts=("handler",),
        each_refusal=(_DOWN, _ANSWER_LOST),
    ),
    _rebuild("rebuild", "the index is empty, and is filled from the table", parts.rebuilt),
    _rebuild("rebuild of a large table", "a scan answers in pages of 1 MB", parts.rebuilt_in_pages),
    _rebuild(
        "rebuild of a busy engine",
        "the engine refuses half of the documents, three times",
        parts.rebuilt_while_busy,
        timeout=_PATIENT,
    ),
    _rebuild(
        "rebuild of an engine too busy",
        "the engine refuses whole requests at first",
        parts.rebuilt_while_too_busy,
        timeout=_PATIENT,
    ),
    _rebuild(
        "rebuild during changes",
        "the table changes while it is scanned, and the handler brings the changes",
        parts.rebuilt_during_changes,
        functions=("handler", "rebuild"),
        slow=_SLOW_SCAN,
    ),
    Scenario(
        "rebuild, refused",
        "DynamoDB refuses a scan, or the engine a call with 503; a rebuild that raises is run again",
        parts.rebuilt_though_refused,
        replace(REFUSED, timeout=_PATIENT),
        parts=("rebuild",),
        each_refusal=(_NO_SCAN, _DOWN),
    ),
    _rebuild(
        "rebuild of unfit items",
        "one item has no version, the index never takes another, and the rest takes two pages",
        parts.rebuilt_around_unfit_items,
        timeout=_PATIENT,
    ),
    _search("search by words", "some notes have all of the words", parts.found_by_words, _two_reasons),
    _search("search with many hits", f"{parts.HITS} flights are found", parts.found_many, lambda _: ["snow"]),
    _search(
        "search as people type",
        "brackets, quotes, other signs, and words such as AND",
        parts.found_oddly,
        _of_people,
    ),
)
