"""Which belief lies behind what differs: the first rule that fits names it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import accumulate, takewhile
from typing import Any, NamedTuple

from cdc_lab.classroom.exercises.diagnosis import of_a_refusal, of_the_run
from cdc_lab.classroom.exercises.exercise_3.asking import Answers, Question
from cdc_lab.classroom.exercises.exercise_3.judging import is_same
from cdc_lab.classroom.exercises.exercise_3.sense import history
from cdc_lab.classroom.exercises.exercise_3.steps import SPOILT, Archive, Snapshot, Stored
from cdc_lab.classroom.exercises.exercise_3.story import Happening, state_of
from cdc_lab.classroom.exercises.exercise_3.tables import Rows
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run

Told = Mapping[str, Sequence[Happening]]


class _Case(NamedTuple):
    run: Run
    differences: Sequence[Difference]
    scenario: str

    @property
    def board(self) -> Rows:
        board: Rows = self.run.found.board
        return board

    @property
    def questions(self) -> Sequence[Question]:
        answers: Answers = self.run.answers or Answers()
        return answers.questions

    def has(self, *kinds: str) -> bool:
        return any(difference.kind in kinds for difference in self.differences)


def diagnose(run: Run, differences: Sequence[Difference], scenario: str) -> MisconceptionId:
    """Return the id of the misconception."""
    case = _Case(run, differences, scenario)
    if case.has("given up") and scenario == "project, expiry":
        return "expiry taken for an event"
    general = of_the_run(run, differences)
    if general:
        return general
    if scenario.endswith(", refused"):
        return _refused(case)
    if _is_number_in_another_form(differences[0]):
        return "numbers rounded"
    return _RULES[differences[0].kind](case)


def _is_number_in_another_form(difference: Difference) -> bool:
    wanted, got = difference.expected_value, difference.got_value
    if not isinstance(wanted, int | Decimal) or not isinstance(got, str | float):
        return False
    try:
        return Decimal(str(got)) == wanted
    except ArithmeticError:
        return False


def _refused(case: _Case) -> MisconceptionId:
    if case.has("false conflict"):
        return "a refusal taken for a conflict"
    if case.scenario in ("load, refused", "board_at, refused"):
        return "a refused read taken for nothing"
    wrong = _wrong_rows(case)
    lost = [record.event_id for record in case.run.records if record.keys["flight_id"] in wrong]
    return of_a_refusal(case.run, lost) or _RULES[case.differences[0].kind](case)


# ---- writers -----------------------------------------------------------------------------------------


def _lost(case: _Case) -> MisconceptionId:
    return "check, then act" if case.scenario == "append, race" else "last writer wins"


def _accepted(case: _Case) -> MisconceptionId:
    return "half an append" if case.scenario == "append, half known" else "decided on an old state"


def _raised(case: _Case) -> MisconceptionId:
    if "old schemas" in case.scenario:
        return "old events read as new"
    if case.scenario == "append, hundred":
        return "more than a transaction holds"
    lacks_version = case.scenario == "rebuild, spoilt row" and case.run.errors[0].kind == "KeyError"
    return "a version taken for granted" if lacks_version else "a part raises"


# ---- answers -----------------------------------------------------------------------------------------


def _by_scenario(case: _Case) -> MisconceptionId:
    rule = _OF_A_SCENARIO.get(case.scenario)
    return rule(case) if rule is not None else "another state"


def _folded(case: _Case) -> MisconceptionId:
    wrong = [q for q in case.questions if isinstance(q.call.answer, Mapping) and _differs(q)]
    if all(_is_last_only(question) for question in wrong):
        return "last event as state"
    first = [question for question in case.questions if len(question.call.args[0]) == 1]
    # What one event gives is not the same for all flights: it depends on the calls before.
    is_leaky = any(map(_differs, first)) and not all(map(_differs, first))
    return "state shared between calls" if is_leaky or _counts_on(case) else "another state"


def _counts_on(case: _Case) -> bool:
    """Whether each call has counted on from where the call before it stopped."""
    told = accumulate(
        sum(e["type"] == "delayed" for e in question.call.args[0]) for question in case.questions
    )
    answers = [question.call.answer for question in case.questions]
    return all(
        isinstance(got, Mapping) and got.get("announced") == count
        for got, count in zip(answers, told, strict=True)
    )


def _is_last_only(question: Question) -> bool:
    told = question.call.args[0]
    return {*question.call.answer} == {*told[-1]["data"], "status", "announced"}


def _differs(question: Question) -> bool:
    return not _fits(question.call.answer, question.expected)


def _fits(got: Any, expected: Mapping[str, Any]) -> bool:
    return isinstance(got, Mapping) and all(
        name in got and is_same(got[name], value) for name, value in expected.items()
    )


def _loaded_with_snapshot(case: _Case) -> MisconceptionId:
    versions = [question for question in case.questions if question.call.answer[0] != question.expected[0]]
    return "snapshot taken for the present" if versions else "snapshot and events counted twice"


def _loaded_from_archive(case: _Case) -> MisconceptionId:
    taken = {step.flight_id for step in case.run.writes if isinstance(step, Snapshot)}
    if taken - case.run.found.snapshots.keys():
        return "snapshot not kept"
    return "snapshot never read" if case.has("state") else "versions counted"


def _loaded_from_two(case: _Case) -> MisconceptionId:
    """Whether the second snapshot was never written, or lacks what the first one knew."""
    steps = case.run.writes
    lives = {name: _with_the_first_snapshot(steps, name) for name in history(steps)}
    wrong = [question for question in case.questions if question.call.args[0] in lives]
    is_first = all(_fits(q.call.answer[1], state_of(lives[q.call.args[0]])) for q in wrong)
    return "snapshot never renewed" if is_first else "snapshot of what is left"


def _with_the_first_snapshot(steps: Sequence[Any], flight_id: str) -> list[Happening]:
    """What `load` folds where the first snapshot is never replaced."""
    taken: list[Happening] = []
    since: list[Stored] = []
    for step in steps:
        if isinstance(step, Stored) and step.flight_id == flight_id:
            since.append(step)
        elif isinstance(step, Snapshot) and step.flight_id == flight_id and not taken:
            taken, since = [stored.happening for stored in since], []
        elif isinstance(step, Archive):
            since = [stored for stored in since if not stored.old]
    return [*taken, *(stored.happening for stored in since)]


# ---- the past ----------------------------------------------------------------------------------------


def _past(case: _Case) -> MisconceptionId:
    told = history(case.run.writes)
    for name, board in _BELIEFS.items():
        if all(_same_board(question, board(told, question.call.args[0])) for question in case.questions):
            return name
    return "another past"


def _same_board(question: Question, board: Mapping[str, Mapping[str, Any]]) -> bool:
    got = question.call.answer
    return (
        isinstance(got, Mapping)
        and set(got) == set(board)
        and all(_fits(got[name], state) for name, state in board.items())
    )


def _board_of(told: Told, taken: Callable[[Happening], bool]) -> dict[str, Any]:
    by_then = {name: [happening for happening in life if taken(happening)] for name, life in told.items()}
    return {name: state_of(life) for name, life in by_then.items() if life}


def _present(told: Told, moment: datetime) -> dict[str, Any]:
    return {name: state_of(life) for name, life in told.items() if life[0].at <= moment}


def _with_all_flights(told: Told, moment: datetime) -> dict[str, Any]:
    return {**{name: {} for name in told}, **_board_of(told, lambda it: it.at <= moment)}


def _until_a_later_one(told: Told, moment: datetime) -> dict[str, Any]:
    lives = {name: list(takewhile(lambda it: it.at <= moment, life)) for name, life in told.items()}
    return {name: state_of(life) for name, life in lives.items() if life}


def _by_time(told: Told, moment: datetime) -> dict[str, Any]:
    in_order = {name: sorted(life, key=lambda it: it.at) for name, life in told.items()}
    return _board_of(in_order, lambda it: it.at <= moment)


def _without_zone(told: Told, moment: datetime) -> dict[str, Any]:
    return _board_of(told, lambda it: it.at.replace(tzinfo=None) <= moment.replace(tzinfo=None))


def _by_the_clock(told: Told, moment: datetime) -> dict[str, Any]:
    def clock(at: datetime) -> datetime:
        return at.astimezone(moment.tzinfo).replace(tzinfo=None)

    return _board_of(told, lambda it: clock(it.at) <= clock(moment))


_BELIEFS: dict[MisconceptionId, Callable[[Told, datetime], dict[str, Any]]] = {
    "stopped at the first later event": _until_a_later_one,
    "events sorted by their time": _by_time,
    "the zone left out": _without_zone,
    "clocks compared": _by_the_clock,
    "the moment left out": lambda told, moment: _board_of(told, lambda it: it.at < moment),
    "processing time": lambda told, moment: _board_of(told, lambda it: it.recorded <= moment),
    "the present shown as the past": _present,
    "flights before their first event": _with_all_flights,
}


def _past_of_many(case: _Case) -> MisconceptionId:
    wrong = set()
    for question in case.questions:
        got, expected = question.call.answer, question.expected
        wrong |= {name for name, state in expected.items() if not _fits(got.get(name), state)}
    return _of_many(case, wrong)


# ---- the board ---------------------------------------------------------------------------------------


def _projected(case: _Case) -> MisconceptionId:
    told = history(case.run.writes)
    wrong = [name for name, life in told.items() if not _fits(case.board.get(name), state_of(life))]
    last = [name for name in wrong if _shows_last_only(case.board.get(name, {}), told[name])]
    return "last event as state" if wrong == last else "batch taken for the history"


def _shows_last_only(row: Mapping[str, Any], life: Sequence[Happening]) -> bool:
    return {*row} - {"flight_id", "version"} == {*state_of(life[-1:])}


def _row_version(case: _Case) -> MisconceptionId:
    has_version = any("version" in row for row in case.board.values())
    return _by_scenario(case) if has_version else "row without a version"


def _in_lanes(case: _Case) -> MisconceptionId:
    return "check, then act" if case.has("row's version", "no row") else "order between items"


def _spoilt(case: _Case) -> MisconceptionId:
    spoilt = [row for row in case.board.values() if _fits(row, SPOILT)]
    if spoilt and all("version" not in row for row in spoilt):
        return "a version taken for granted"
    return "a rebuild that trusts the board" if spoilt else "rebuilt on top of the old"


def _no_row(case: _Case) -> MisconceptionId:
    # Where no event is left, a board without rows is what that rebuild believes in.
    return _by_scenario(case) if case.board or case.scenario == "rebuild, nothing left" else "no row at all"


def _whole_history(case: _Case) -> MisconceptionId:
    return _of_many(case, _wrong_rows(case))


def _wrong_rows(case: _Case) -> set[str]:
    told = history(case.run.writes).items()
    return {
        name
        for name, life in told
        if not _fits(case.board.get(name), {**state_of(life), "version": len(life)})
    }


def _of_many(case: _Case, wrong: set[str]) -> MisconceptionId:
    """Why flights with many events are not as they should be: those with large ones fill more than a page."""
    if case.has("no row", "flights"):
        return "first page only"
    large = {step.flight_id for step in case.run.writes if isinstance(step, Stored) and step.padding}
    return "first page only" if wrong & large else "versions sorted as text"


def _always(name: MisconceptionId) -> Callable[[_Case], MisconceptionId]:
    return lambda case: name


_OF_A_SCENARIO: dict[str, Callable[[_Case], MisconceptionId]] = {
    "fold": _folded,
    "fold, old schemas": _always("old events read as new"),
    "fold, correction": _always("events sorted by their time"),
    "load, large": _always("first page only"),
    "project": _projected,
    "project, old schemas": _always("old events read as new"),
    "project, duplicates": _always("counted once per delivery"),
    "project, again": _always("memory of the instance"),
    "project, lanes": _in_lanes,
    "project, at once": _in_lanes,
    "project, crash": _always("mark before effect"),
    "project, expiry": _always("expiry taken for an event"),
    "project, on after an expiry": _always("row of what is left"),
    "project, large": _whole_history,
    "rebuild": _whole_history,
    "rebuild, spoilt row": _spoilt,
    "rebuild, nothing left": _always("a rebuild that begins with nothing"),
    "rebuild, beside the stream": _always("a rebuild that overtakes the stream"),
    "board_at": _past,
    "board_at, old schemas": _always("old events read as new"),
    "board_at, correction": _past,
    "board_at, zones": _past,
    "board_at, large": _past_of_many,
    "snapshot": _loaded_with_snapshot,
    "snapshot, archive": _loaded_from_archive,
    "snapshot, cold start": _always("memory of the instance"),
    "snapshot, rebuild": _always("row of what is left"),
    "snapshot, archive twice": _loaded_from_two,
    "snapshot, race": _always("older snapshot wins"),
    "snapshot, past": _always("a snapshot from later"),
}
_RULES: dict[str, Callable[[_Case], MisconceptionId]] = {
    "raised": _raised,
    "rewritten": _always("history thrown away"),
    "lost event": _lost,
    "half": _always("half an append"),
    "gap": _always("versions out of step"),
    "accepted": _accepted,
    "silent": _always("conflict kept quiet"),
    "other error": _always("an error that says nothing"),
    "answer's form": _always("answer of another form"),
    "events changed": _always("events changed"),
    "flights": _by_scenario,
    "version": _by_scenario,
    "no row": _no_row,
    "row's version": _row_version,
    "state": _by_scenario,
}
