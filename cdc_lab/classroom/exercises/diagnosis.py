"""What can be said of any handler's run: it raised, hung, timed out, or answered Lambda wrongly."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from cdc_lab.classroom.exercises.call import EXIT, TIMEOUT, Call
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.classroom.exercises.outcome import Difference
from cdc_lab.classroom.exercises.run import Run

_COMPLAINTS: dict[str, MisconceptionId] = {
    r"'(requestItems|transactItems)' failed|Too many items": "batch limits",
    r"Float types are not supported": "numbers rounded",
    r"Value must be of the following types: .*bytes": "binary as text",
    r"(?:KeyError\W+|^')(NewImage|OldImage)'": "both images assumed",
}

_EXITS = (EXIT, "SystemExit", "KeyboardInterrupt")


def of_the_end(run: Run) -> MisconceptionId:
    """The id of a misconception about how a function ended, which comes before all others; empty if none."""
    if run.stuck or run.spent:
        return ""
    if any(call.kind in _EXITS for call in run.errors):
        return "ends its process"
    if any(call.kind == TIMEOUT for call in run.asked):
        return "does not return"
    return ""


def of_the_run(run: Run, differences: Sequence[Difference]) -> MisconceptionId:
    """The id of a misconception that shows in the run itself, whatever the exercise; empty if none does."""
    kinds = {difference.kind for difference in differences}
    if run.stuck:
        return "waits outside lab time" if run.stuck == "waits" else "endless"
    if run.spent:
        return "out of budget"
    if any("LabError" in complaint for complaint in run.complaints):
        return "lab in the handler"
    if run.timed_out:
        return "too slow"
    if "swallowed" in kinds:
        swallowed = {difference.event_id for difference in differences if difference.kind == "swallowed"}
        return "not the lowest reported" if _is_passed_over(swallowed, run) else "failure swallowed"
    if "given up" in kinds:
        return _given_up(run)
    return ""


def _is_passed_over(event_ids: Collection[str], run: Run) -> bool:
    """Whether an answer reported another record as failed, and Lambda's checkpoint passed one of these."""
    numbers = {record.event_id: record.sequence_number for record in run.records}
    for call in run.calls:
        batch = {numbers[event_id]: event_id for event_id in call.event_ids if event_id in numbers}
        reported = sorted((it for it in identifiers(call) if it in batch), key=int)
        if reported and any(batch[it] in event_ids for it in batch if int(it) < int(reported[0])):
            return True
    return False


def of_a_refusal(run: Run, lost: Collection[str] = ()) -> MisconceptionId:
    """The id of a misconception about a call that was refused; empty if none shows.

    Parameters
    ----------
    run : Run
    lost : collection of str
        Event ids of the changes without their effect, where the differences tell them.
    """
    # What the client itself sent again, with success, was refused for nobody.
    refused = {call.request_id: call for call in run.refused if call.is_final and not call.is_done}
    calls = [call for call in [*run.calls, *run.asked] if call.request_id in refused]
    if not calls:
        return ""
    for call in calls:
        is_taken_for_done = not call.error and not call.died and not identifiers(call)
        if is_taken_for_done and (not lost or not call.event_ids or set(lost) & set(call.event_ids)):
            is_partial = refused[call.request_id].is_partial
            return "unprocessed items left" if is_partial else "refusal taken for done"
    return "mark before effect" if lost else ""


def _given_up(run: Run) -> MisconceptionId:
    if run.poisoned:
        return _wrong_answer(run)
    for pattern, name in _COMPLAINTS.items():
        # The whole log: an exception's text is often printed without its name.
        if any(re.search(pattern, complaint) for complaint in [*run.complaints, *run.log]):
            return name
    if run.complaints:
        return "handler raises"
    failed = {identifier for call in run.calls for identifier in identifiers(call)}
    return _wrong_answer(run) if failed & {record.event_id for record in run.records} else "handler reports"


def _wrong_answer(run: Run) -> MisconceptionId:
    reported = [identifier for call in run.calls for identifier in identifiers(call)]
    if set(reported) & {record.event_id for record in run.records}:
        return "event id as identifier"
    if any(set(call.event_ids) & run.poisoned for call in run.errors):
        return "exception fails the batch"
    return "no identifier of the batch" if _names_nothing(run) else "wrong identifier"


def _names_nothing(run: Run) -> bool:
    """Whether an answer reports failures, and one of them is no sequence number of its batch (C28, C29)."""
    numbers = {record.event_id: record.sequence_number for record in run.records}
    for call in run.calls:
        batch = {numbers[event_id] for event_id in call.event_ids if event_id in numbers}
        answer: Any = call.answer
        failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
        if not isinstance(failures, list):
            continue
        named = [failure.get("itemIdentifier") for failure in failures if isinstance(failure, dict)]
        if any(not isinstance(it, str) or it not in batch for it in named):
            return True
    return False


def identifiers(call: Call) -> list[str]:
    """What a handler's answer names as failed."""
    answer: Any = call.answer
    try:
        return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]
    except (TypeError, KeyError):
        return []
