"""What the answers, the events and the board must be after a run, and in what they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cdc_lab.classroom.exercises.call import Call
from cdc_lab.classroom.exercises.common import given_up
from cdc_lab.classroom.exercises.exercise_3.asking import Answers, Question
from cdc_lab.classroom.exercises.exercise_3.sense import history
from cdc_lab.classroom.exercises.exercise_3.steps import CONFLICT, DEBUG, Archive, Race, Stored, Written
from cdc_lab.classroom.exercises.exercise_3.story import Happening, state_of
from cdc_lab.classroom.exercises.exercise_3.tables import Found
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.values import shown
from cdc_lab.patterns import StreamRecord

KINDS = (
    "given up",
    "swallowed",
    "raised",
    "rewritten",
    "false conflict",
    "lost event",
    "half",
    "gap",
    "accepted",
    "silent",
    "other error",
    "answer's form",
    "events changed",
    "flights",
    "version",
    "no row",
    "row's version",
    "state",
)
"""What can differ: what explains most comes first. A diagnosis goes by the first kind that is there."""
_NOTHING = "(nothing)"
_FOREIGN = ("delay", DEBUG)
"""What no state has: the old name of `dep_delay`, and what a bug left. Other attributes do no harm."""


def judge(run: Run) -> list[Difference]:
    """Everything that is not as it must be; what matters most comes first."""
    answers: Answers = run.answers or Answers()
    found: Found = run.found
    differences = [
        *given_up(run, _name),
        *_raised(run),
        *_history(run, found),
        *(one for written in answers.written for one in _writers(written, found)),
        *(one for question in answers.questions for one in _answer(question)),
        *(_board(run, found) if _follows(run) else ()),
    ]
    return sorted(differences, key=lambda it: KINDS.index(it.kind))


def _name(record: StreamRecord) -> str:
    return f"{record.event_name} {record.keys['flight_id']} version {record.keys['version']}"


def _raised(run: Run) -> Iterator[Difference]:
    refused = {call.request_id for call in run.refused}
    for call in {(call.part, call.kind): call for call in run.asked}.values():
        # What append raises is judged beside what it has written; what project raises is delivered again. An
        # error is the right answer to a call that was refused.
        if call.error and call.part not in ("append", "project") and call.request_id not in refused:
            yield Difference("raised", call.part, "returns", call.kind, got_value=call.error)


# ---- the events themselves ---------------------------------------------------------------------------


def _history(run: Run, found: Found) -> Iterator[Difference]:
    """Events that were there must be there, as they were."""
    stored: dict[str, list[Stored]] = {}
    for step in run.writes:
        if isinstance(step, Stored):
            stored.setdefault(step.flight_id, []).append(step)
    is_archived = any(isinstance(step, Archive) for step in run.writes)
    for flight_id, steps in stored.items():
        items = {int(item["version"]): item for item in found.events.get(flight_id, ())}
        for version, step in enumerate(steps, start=1):
            item = items.get(version)
            what = f"event {version} of {flight_id}"
            if item is None:
                if not (is_archived and step.old):
                    yield Difference("rewritten", what, "as it was stored", "deleted")
            elif not _is_stored(item, step):
                yield Difference("rewritten", what, "as it was stored", "changed")


def _is_stored(item: Mapping[str, Any], step: Stored) -> bool:
    event = step.happening.as_event(step.schema)
    if step.padding:
        event["data"]["note"] = "x" * step.padding
    own = {name: value for name, value in item.items() if name not in ("flight_id", "version", "expires_at")}
    return own == event


# ---- writers -----------------------------------------------------------------------------------------


def _writers(written: Written, found: Found) -> Iterator[Difference]:
    step, known, calls = written
    items = {int(item["version"]): item for item in found.events.get(step.flight_id, ())}
    if isinstance(step, Race):
        yield from _race(step, known, calls, items)
        return
    name = f"append {step.flight_id} after {known}"
    if step.behind:
        yield from _refused(name, step.happenings, calls[0], items)
        return
    if step.again and calls[0].kind == CONFLICT and _place(step.happenings[0], items) < 0:
        yield Difference("false conflict", name, "another error, or none", f"raises {CONFLICT}")
        return
    last = calls[-1]
    if last.error and last.kind != CONFLICT:
        yield Difference("raised", name, "returns", last.kind, got_value=last.error)
    yield from _accepted(name, step.happenings, known, items)


def _refused(
    name: str, told: Sequence[Happening], call: Call, items: Mapping[int, Any]
) -> Iterator[Difference]:
    there = [happening.type for happening in told if _place(happening, items) >= 0]
    if there:
        yield Difference("accepted", name, "nothing of it is stored", f"stored: {', '.join(there)}")
    if not call.error:
        yield Difference("silent", name, f"raises {CONFLICT}", "returns, as if all were well")
    elif call.kind != CONFLICT:
        yield Difference(
            "other error", name, f"raises {CONFLICT}", f"raises {call.kind}", "", None, call.error
        )


def _accepted(
    name: str, told: Sequence[Happening], known: int, items: Mapping[int, Any]
) -> Iterator[Difference]:
    places = [_place(happening, items) for happening in told]
    expected = list(range(known + 1, known + 1 + len(told)))
    if places == expected:
        return
    missing = [happening.type for happening, place in zip(told, places, strict=True) if place < 0]
    if missing and len(missing) < len(told):
        yield Difference("half", name, "all of its events, or none", f"without {', '.join(missing)}")
    elif missing:
        yield Difference("lost event", name, "is stored", "another event in its place, or none")
    else:
        yield Difference("gap", name, f"versions {_listed(expected)}", f"versions {_listed(places)}")


def _race(step: Race, known: int, calls: Sequence[Call], items: Mapping[int, Any]) -> Iterator[Difference]:
    name = f"append {step.flight_id} after {known}, twice"
    writers = list(zip((step.first, step.second), calls, strict=True))
    stored = [told for told, _ in writers if all(_place(happening, items) >= 0 for happening in told)]
    quiet = [call for told, call in writers if not call.error]
    others = [call for call in calls if call.error and call.kind != CONFLICT]
    if others:
        kind = others[0].kind
        yield Difference(
            "other error", name, f"raises {CONFLICT}", f"raises {kind}", "", None, others[0].error
        )
    elif len(stored) > 1:
        yield Difference("accepted", name, f"one is stored, the other raises {CONFLICT}", "both are stored")
    elif len(quiet) > len(stored):
        kind = (
            "silent"
            if known + 1 in items and len(items) == known + 1 and _was_kept(step, items)
            else "lost event"
        )
        yield Difference(
            kind, name, f"one is stored, the other raises {CONFLICT}", "both return, one is stored"
        )
    elif not stored:
        yield Difference("lost event", name, "one is stored", "none is stored")


def _was_kept(step: Race, items: Mapping[int, Any]) -> bool:
    # Who wrote second finds his own event there when he overwrote; the first's when he kept quiet.
    return all(_place(happening, items) >= 0 for happening in step.first)


def _place(happening: Happening, items: Mapping[int, Any]) -> int:
    """The version under which an event is stored; -1 when it is not."""
    event = happening.as_event()
    for version, item in items.items():
        if {name: item.get(name) for name in event} == event:
            return version
    return -1


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


# ---- answers -----------------------------------------------------------------------------------------


def _answer(question: Question) -> Iterator[Difference]:
    call, what, expected = question.call, question.what, question.expected
    if call.died or call.error:
        return
    if question.was_changed:
        yield Difference("events changed", what, "the events given are as they were", "changed")
    got = call.answer
    if call.part == "load":
        if not isinstance(got, tuple | list) or len(got) != 2:
            yield Difference("answer's form", what, "(version, state)", shown(got))
            return
        if got[0] != expected[0]:
            yield Difference("version", f"{what}: version", shown(expected[0]), shown(got[0]))
        expected, got = expected[1], got[1]
    if not isinstance(got, Mapping):
        yield Difference("answer's form", what, "a dict", shown(got))
    elif call.part == "board_at":
        yield from _boards(what, expected, got)
    else:
        yield from _state("state", what, expected, got)


def _boards(what: str, expected: Mapping[str, Any], got: Mapping[str, Any]) -> Iterator[Difference]:
    if set(got) != set(expected):
        names = [", ".join(sorted(map(str, board))) or "no flight" for board in (expected, got)]
        yield Difference("flights", what, *names)
    for flight_id in sorted(set(expected) & set(got)):
        state = got[flight_id]
        if not isinstance(state, Mapping):
            yield Difference("answer's form", f"{what}, {flight_id}", "a dict", shown(state))
        else:
            yield from _state("state", f"{what}, {flight_id}", expected[flight_id], state)


def _state(kind: str, what: str, expected: Mapping[str, Any], got: Mapping[str, Any]) -> Iterator[Difference]:
    for name, value in expected.items():
        if name not in got or not is_same(got[name], value):
            there = shown(got[name]) if name in got else _NOTHING
            yield Difference(kind, f"{what}: {name}", shown(value), there, "", value, got.get(name))
    for name in _FOREIGN:
        if name in got:
            yield Difference(kind, f"{what}: {name}", _NOTHING, shown(got[name]), "", None, got[name])


def is_same(got: Any, expected: Any) -> bool:
    """Whether two values are the same to DynamoDB: Python takes True for 1, and a table does not."""
    return bool(got == expected) and isinstance(got, bool) == isinstance(expected, bool)


# ---- the board ---------------------------------------------------------------------------------------


def _follows(run: Run) -> bool:
    return bool(run.calls) or any(call.part in ("rebuild", "project") for call in run.asked)


def _board(run: Run, found: Found) -> Iterator[Difference]:
    unreadable = {step.flight_id for step in run.writes if step.poison and isinstance(step, Stored)}
    for flight_id, told in history(run.writes).items():
        if flight_id in unreadable:
            continue
        row = found.board.get(flight_id)
        what = f"row of {flight_id}"
        if row is None:
            yield Difference("no row", what, f"a row of version {len(told)}", "no row")
        elif row.get("version") != len(told):
            got = shown(row["version"]) if "version" in row else _NOTHING
            yield Difference("row's version", f"{what}: version", str(len(told)), got)
            yield from _state("state", what, state_of(told), row)
        else:
            yield from _state("state", what, state_of(told), row)
