"""How a verdict is shown: plain text, and HTML made of the same words."""

from __future__ import annotations

from collections.abc import Sequence

from cdc_lab.classroom.exercises.call import EXIT, Call
from cdc_lab.classroom.exercises.logged import excerpt, shortened
from cdc_lab.classroom.exercises.outcome import THE_ANSWER, Difference, Failure, Verdict
from cdc_lab.classroom.exercises.refused import RefusedCall
from cdc_lab.classroom.exercises.run import Run
from cdc_lab.classroom.exercises.task import Task
from cdc_lab.classroom.exercises.texts import Misconception
from cdc_lab.show.panels import Panel, inline, listing, small
from cdc_lab.show.tables import Table, counted

_GREEN, _ORANGE, _GREY = "#009E73", "#E69F00", "#999999"
_MOST_ROWS = 6
_MOST_WRITES = 8
_MOST_PASSED = 9  # of those shown while a part is not written: the latest


def panel(exercise: Task, verdict: Verdict) -> Panel:
    """The verdict as the reader sees it."""
    if verdict.failure is not None:
        return _wrong(exercise, verdict, verdict.failure)
    return _passed(exercise, verdict) if verdict.outcome == "pass" else _not_attempted(exercise, verdict)


def _not_attempted(exercise: Task, verdict: Verdict) -> Panel:
    text = f"{exercise.id}: not attempted. {_stubs(exercise, verdict)}"
    if not verdict.passed:
        return Panel(text, inline(text), _GREY)
    scenarios = {scenario.name: scenario.says for scenario in exercise.scenarios}
    head = f"So far so good, {counted(len(verdict.passed), 'scenario')} of {len(scenarios)} passed:"
    lines = [f"{name}: {scenarios[name]}" for name in verdict.passed[-_MOST_PASSED:]]
    rest = len(verdict.passed) - len(lines)
    lines = [*([f"{counted(rest, 'scenario')} before"] if rest else []), *lines]
    items = "".join(f"<br>✓ {inline(line)}" for line in lines)
    return Panel(
        "\n".join([text, head, *(f"  + {line}" for line in lines)]),
        f"{inline(text)}<br>{inline(head)}{items}",
        _GREY,
    )


def _stubs(exercise: Task, verdict: Verdict) -> str:
    if exercise.asks_for_data and verdict.not_attempted != (THE_ANSWER,):
        parts = listing(list(verdict.not_attempted), "and")
        return f"Not written yet: {parts}. Put yours in the place of NotAttempted, and run the cells again."
    if exercise.asks_for_data:
        return "There is no answer yet: put yours in the place of NotAttempted, and run the cell again."
    if exercise.id.startswith("drill_"):
        return "The handler raises NotAttempted: mend it, take that line out, and run the cell again."
    stubs, verb = "The handler", "raises"
    if set(verdict.not_attempted) != {"handler"}:
        stubs = listing(list(verdict.not_attempted), "and")
        verb = "raises" if len(verdict.not_attempted) == 1 else "raise"
    return f"{stubs} {verb} NotAttempted: put your own code in its place, run its cell, then this one."


def _passed(exercise: Task, verdict: Verdict) -> Panel:
    head = f"{exercise.id}: pass. {counted(len(verdict.passed), 'scenario')}:"
    scenarios = {scenario.name: scenario.says for scenario in exercise.scenarios}
    lines = [f"{name}: {scenarios[name]}" for name in verdict.passed]
    texts = exercise.texts
    paragraphs = [" ".join(part.split()) for part in texts.discussion.split("\n\n")]
    text = "\n".join(
        [head, *(f"  + {line}" for line in lines), "", *paragraphs, f"Solution: notebooks/{texts.solution}"]
    )
    items = "".join(f"<br>✓ {inline(line)}" for line in lines)
    body = "".join(f"<p>{inline(part)}</p>" for part in paragraphs)
    link = f'<a href="../{texts.solution}">{texts.solution}</a>'
    return Panel(text, f"<b>{inline(head)}</b>{items}{body}<p>A solution: {link}</p>", _GREEN)


def _wrong(exercise: Task, verdict: Verdict, failure: Failure) -> Panel:
    scenario = next(scenario for scenario in exercise.scenarios if scenario.name == failure.scenario)
    misconception = exercise.texts.misconceptions[failure.misconception]
    names = [scenario.name for scenario in exercise.scenarios]
    place = f"{names.index(scenario.name) + 1} of {len(names)}"
    head = f'{exercise.id}: wrong. Scenario "{scenario.name}" ({place}): {scenario.says}.'
    # Of a handler that was thrown out nothing more is known than that.
    is_out = failure.run.stuck or failure.run.spent
    sequence = [] if is_out else list(failure.story) or _sequence(failure)
    circumstances = [] if is_out else _circumstances(failure)
    table = _differences([] if is_out else failure.differences)
    errors = [] if is_out else _errors(failure)
    belief = f"{misconception.title}. {misconception.text}"
    where = _where(misconception)
    helped = f'hint("{exercise.id}", 1) gives a first hint.'
    parts = [
        head,
        *sequence,
        *circumstances,
        *([repr(table)] if len(table) else []),
        *errors,
        belief,
        *([where] if where else []),
        helped,
    ]
    html = [
        f"<b>{inline(head)}</b>",
        "<br>".join(map(inline, sequence)),
        *map(inline, circumstances),
        *([table._repr_html_()] if len(table) else []),
        *(f"<code>{inline(line)}</code>" for line in errors),
        f"<b>{inline(misconception.title)}.</b> {inline(misconception.text)}",
        small(f"{where} {helped}".lstrip()),
    ]
    return Panel("\n".join(parts), "".join(f"<div>{part}</div>" for part in html), _ORANGE)


def _sequence(failure: Failure) -> list[str]:
    writes = failure.run.writes
    head = "The shortest sequence that fails:" if failure.is_shortest else "A sequence that fails:"
    lines = [f"  {number}. {write}" for number, write in enumerate(writes[:_MOST_WRITES], start=1)]
    rest = len(writes) - _MOST_WRITES
    return [head, *lines, *([f"  ... and {rest} more of the kind"] if rest > 0 else [])]


def _circumstances(failure: Failure) -> list[str]:
    conditions = failure.run.conditions
    lines = []
    if conditions.crash_after is not None:
        count = {1: "first", 2: "second", 3: "third"}.get(
            conditions.crash_after, f"{conditions.crash_after}th"
        )
        dead = next((call for call in failure.run.asked if call.died), None)
        again = f"{dead.part} was called again" if dead else "the batch was delivered again"
        whose = f"{dead.part}'s" if dead else "the handler's"
        lines.append(f"The environment died right after {whose} {count} AWS call; {again}.")
    for call in _told_once(failure.run):
        lines.append(call.told(_whose(failure.run, call)))
    if conditions.duplicates:
        lines.append("The batch was delivered, succeeded, and was delivered once more.")
    if conditions.again_in_batches_of:
        lines.append(
            f"Delivered in batches of {conditions.batch_size}, and an hour later once more, "
            f"in batches of {conditions.again_in_batches_of}"
            + (", each to a fresh execution environment." if conditions.cold else ".")
        )
    return lines


def _told_once(run: Run) -> list[RefusedCall]:
    """The calls that were refused; of one that a client sent again as a call of its own, the last."""
    return list({(call.request_id, call.operation): call for call in run.refused}.values())


def _whose(run: Run, refused: RefusedCall) -> str:
    calls = [*run.calls, *run.asked]
    part = next((call.part for call in calls if call.request_id == refused.request_id), "handler")
    return "the handler's" if part == "handler" else f"{part}'s"


def _differences(differences: Sequence[Difference]) -> Table:
    rows = [(difference.what, difference.expected, difference.got) for difference in differences[:_MOST_ROWS]]
    rest = len(differences) - len(rows)
    caption = f"What differs (and {rest} more):" if rest > 0 else "What differs:"
    return Table(["what", "expected", "got"], rows, caption)


def _errors(failure: Failure) -> list[str]:
    run = failure.run
    # What an unreadable record makes a handler raise is meant to be: nobody has to mend that.
    raised = next((call for call in run.errors if not run.poisoned.intersection(call.event_ids)), None)
    lines = [_ended(raised)] if raised else []
    return [*lines, *_log(run)]


def _ended(call: Call) -> str:
    if call.kind == EXIT:
        return f"Your {call.part} ended its process ({call.error})"
    return f"Your {call.part} raised {shortened(call.error)}"


def _log(run: Run) -> list[str]:
    if not run.log:
        return []
    # A function that the check itself calls has the check's name in the lab.
    names = [name for name in run.loggers if name.isidentifier()]
    whose = names[0] if len(run.loggers) == len(names) == 1 else "code"
    shown = excerpt(run.log)
    some = f" ({len(shown)} of {len(run.log)} lines)" if len(shown) < len(run.log) else ""
    return [f"Your {whose} logged{some}:", *(f"  {shortened(line)}" for line in shown)]


def _where(misconception: Misconception) -> str:
    if not misconception.lesson:
        return ""
    fact = f" [{misconception.fact}]" if misconception.fact else ""
    if misconception.lesson.startswith("exercises/"):
        return f"Treated in this exercise's notebook{fact}."
    where = f", {misconception.section}" if misconception.section else ""
    kind = "" if misconception.lesson.startswith("reference_") else "lesson "
    return f"Treated in {kind}{misconception.lesson}{where}{fact}."


def hint_panel(exercise: Task, number: int) -> Panel:
    """One hint."""
    hints: Sequence[str] = exercise.texts.hints
    head = f"{exercise.id}, hint {number} of {len(hints)}:"
    return Panel(f"{head} {hints[number - 1]}", f"<b>{inline(head)}</b> {inline(hints[number - 1])}")
