"""A reader's progress: one small JSON file on the reader's own machine.

Nothing is written before a prediction was answered or an exercise attempted, so batch runs of lessons leave
no trace; nothing is sent anywhere; and a folder that cannot be written never stops a lesson.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdc_lab.classroom import questions
from cdc_lab.errors import LabError

if TYPE_CHECKING:
    from cdc_lab.classroom.session import JudgedAnswer

_VERSION = 1
# Progress that was saved under a lesson's earlier name is not lost: these lessons were only renamed.
_FORMER_LESSONS = {
    "03c_idempotency": "03d_idempotency",
    "03d_large_batches": "03e_large_batches",
    "03e_debugging": "03c_debugging",
    "04b_views": "04b_windows_and_hot_rows",
    "05c_search_sync": "05d_search_sync",
    "05d_event_bus": "05e_event_bus",
}
# These became several lessons: for each checkpoint that was saved, the lesson and the number that it has now.
_DIVIDED_LESSONS = {
    "05b_outbox_filters_loops": {
        1: ("05b_outbox", 2),
        2: ("05c_filters_and_loops", 1),
        3: ("05c_filters_and_loops", 3),
    },
}


def state_folder() -> Path:
    """Where progress is kept: ``CDC_LAB_STATE`` if set, else the system's folder for such state."""
    chosen = os.environ.get("CDC_LAB_STATE")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Application Support"
    else:
        base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(base).expanduser() / "cdc-lab"


def record_given(question_id: str, key: str) -> None:
    """Note the letter of an answer that is not judged yet."""
    kept = _read()
    _lesson(kept, questions.lesson_of(question_id)).setdefault("given", {})[question_id] = key
    _write(kept)


def record_answer(verdict: JudgedAnswer) -> None:
    """Note a judged answer: the first one stays, the last one is what the reader knows now."""
    if verdict.answer is None:
        return
    kept = _read()
    lesson = _lesson(kept, questions.lesson_of(verdict.question.id))
    answer = {"answer": verdict.answer.key, "right": verdict.right}
    if verdict.answer.misconception and not verdict.right:
        answer["misconception"] = verdict.answer.misconception
    entry = lesson["predictions"].setdefault(verdict.question.id, {"first": answer})
    entry["last"] = answer
    given = lesson.pop("given", {})
    given.pop(verdict.question.id, None)
    if given:
        lesson["given"] = given
    _write(kept)


def record_checkpoint(lesson: str, number: int) -> None:
    """Note a passed checkpoint; for sessions in which something was answered."""
    kept = _read()
    passed = _lesson(kept, lesson)["checkpoints"]
    if number not in passed:
        passed[:] = sorted([*passed, number])
        _write(kept)


def record_check(exercise_id: str, passed: bool) -> None:
    """Note a check of an exercise or a drill that was attempted, if the reader's own notebook made it."""
    # JPY_SESSION_NAME is the kernel's notebook. Checks in the hub or in a solution are not the reader's own.
    session = os.environ.get("JPY_SESSION_NAME", "")
    if session and "exercises" not in Path(session).parts:
        return
    kept = _read()
    entry = kept.setdefault("exercises", {}).setdefault(exercise_id, {"checks": 0, "passed": False})
    entry["checks"] += 1
    entry["passed"] = entry["passed"] or passed
    _write(kept)


def answered() -> dict[str, int]:
    """Return how many predictions of each lesson the reader answered; one without is left out."""
    return {name: len(_answered(lesson)) for name, lesson in _read()["lessons"].items()}


def summary() -> str:
    """All lessons with what was answered, exercises, and the map of misconceptions, as plain text.

    A misconception is met by a first answer that rests on it, and mended once the last answer to each such
    question is right. Beside it stand the questions: all of a mended one, those still to mend of the others.
    """
    everything = _read()
    kept = everything["lessons"]
    lines = [f"{'lesson':24}  {'answered':>8}  {'right at first':>14}  {'right now':>9}  {'checkpoints':>11}"]
    for name in questions.lessons():
        lesson = kept.get(name, _fresh())
        entries = list(lesson["predictions"].values())
        first, last = (sum(bool(entry[when]["right"]) for entry in entries) for when in ("first", "last"))
        answered = f"{len(_answered(lesson))} of {len(questions.load(name))}"
        lines.append(f"{name:24}  {answered:>8}  {first:>14}  {last:>9}  {len(lesson['checkpoints']):>11}")
    lines += _not_judged(kept)
    return "\n".join([*lines, "", *_exercises(everything.get("exercises", {})), "", *_misconceptions(kept)])


def reset(lesson: str | None = None) -> None:
    """Forget one lesson, one exercise or drill, or everything.

    Raises
    ------
    QuestionError
        When there is neither such a lesson nor anything known of such an exercise.
    """
    if lesson is None:
        with suppress(OSError):
            _file().unlink()
        return
    kept = _read()
    if kept.get("exercises", {}).pop(lesson, None) is not None:
        _write(kept)
        return
    questions.load(lesson)
    if kept["lessons"].pop(lesson, None) is not None:
        _write(kept)


def _answered(lesson: dict[str, Any]) -> set[str]:
    return {*lesson["predictions"], *lesson.get("given", {})}


def _not_judged(kept: dict[str, Any]) -> Iterator[str]:
    # A browser that ended before it saved the notebook has lost the letters: the reader finds them here.
    given = [f"{name} ({key})" for lesson in kept.values() for name, key in lesson.get("given", {}).items()]
    if given:
        yield f"Answered and not judged yet; run the cells down to the reveal: {', '.join(sorted(given))}."


def _exercises(kept: dict[str, Any]) -> Iterator[str]:
    if not kept:
        yield "Exercises and drills attempted: none."
        return
    passed = sum(entry["passed"] for entry in kept.values())
    yield f"Exercises and drills attempted: {len(kept)}; passed: {passed}."
    for name in sorted(kept):
        entry = kept[name]
        yield f"  {'passed' if entry['passed'] else 'not yet'}  {name:14}  checks {entry['checks']}"


def _misconceptions(kept: dict[str, Any]) -> Iterator[str]:
    met: dict[str, dict[str, bool]] = {}
    for lesson in kept.values():
        for question, entry in lesson["predictions"].items():
            name = entry["first"].get("misconception")
            if name:
                met.setdefault(name, {})[question] = bool(entry["last"]["right"])
    if not met:
        yield "Misconceptions met: none of those that have a name."
        return
    mended = [name for name, places in met.items() if all(places.values())]
    yield f"Misconceptions met: {len(met)}; mended: {len(mended)}."
    claims = _claims()
    for name in sorted(met, key=lambda name: (name in mended, len(name), name)):
        state = "mended" if name in mended else "met"
        places = ", ".join(
            met[name] if name in mended else [q for q, right in met[name].items() if not right]
        )
        yield f"  {state:6}  {name:3}  {places:24}  {claims.get(name, '')}".rstrip()


def _claims() -> dict[str, str]:
    # The texts are in the checkout's data folder. Without it the misconceptions are listed by id alone.
    from cdc_lab.classroom.claims import read_facts
    from cdc_lab.classroom.flight_files import data_folder

    try:
        facts = read_facts(data_folder() / "facts.csv")
    except (OSError, LabError):
        return {}
    return {fact.id: fact.claim for fact in facts.values()}


def _file() -> Path:
    return state_folder() / "progress.json"


def _fresh() -> dict[str, Any]:
    return {"predictions": {}, "checkpoints": []}


def _lesson(kept: dict[str, Any], name: str) -> dict[str, Any]:
    lesson: dict[str, Any] = kept["lessons"].setdefault(name, _fresh())
    return lesson


def _read() -> dict[str, Any]:
    try:
        kept = json.loads(_file().read_text("utf-8"))
        if _is_ours(kept):
            return _by_present_names(dict(kept))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        pass  # missing, unreadable or not ours: a lesson must go on
    return {"version": _VERSION, "lessons": {}}


def _by_present_names(kept: dict[str, Any]) -> dict[str, Any]:
    """The same progress, with the names that questions and lessons have now."""
    before, kept["lessons"] = kept["lessons"], {}
    known, former = questions.lessons(), questions.former_ids()
    for name, lesson in before.items():
        renamed = name if name in known else _FORMER_LESSONS.get(name)
        if renamed:
            _lesson(kept, renamed)["checkpoints"] += lesson["checkpoints"]
        divided = _DIVIDED_LESSONS.get(name, {})
        for part, number in (divided[number] for number in lesson["checkpoints"] if number in divided):
            _lesson(kept, part)["checkpoints"].append(number)
        for question_id, entry in lesson["predictions"].items():
            present = former.get(question_id, question_id)
            with suppress(questions.QuestionError):  # of a question that is no longer asked
                _lesson(kept, questions.lesson_of(present))["predictions"].setdefault(present, entry)
        for question_id, key in lesson.get("given", {}).items():
            present = former.get(question_id, question_id)
            with suppress(questions.QuestionError):
                given = _lesson(kept, questions.lesson_of(present)).setdefault("given", {})
                given.setdefault(present, key)
    return kept


def _is_ours(kept: Any) -> bool:
    if not all(
        type(entry["checks"]) is int and type(entry["passed"]) is bool
        for entry in kept.get("exercises", {}).values()
    ):
        return False
    return kept["version"] == _VERSION and all(
        isinstance(lesson["checkpoints"], list)
        and isinstance(lesson.get("given", {}), dict)
        and all(
            entry["first"].keys() & entry["last"].keys() >= {"answer", "right"}
            for entry in lesson["predictions"].values()
        )
        for lesson in kept["lessons"].values()
    )


def _write(kept: dict[str, Any]) -> None:
    # Written to a second file and moved into place: if the kernel dies meanwhile, the old file stays whole.
    file = _file()
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix="progress-", suffix=".json")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as beside:
                json.dump(kept, beside, indent=1)
            os.replace(name, file)
        except OSError:
            os.unlink(name)
