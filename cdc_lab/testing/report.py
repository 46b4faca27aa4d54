"""How a failure shows itself: the schedule in words, what was delivered, where the handler was, its log."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

from cdc_lab.emulator.faults import FaultPlan, Strike
from cdc_lab.emulator.lambda_.code_folders import INSTALLED
from cdc_lab.emulator.lambda_.invocation import InvocationEnded
from cdc_lab.testing.drawing import Schedule, Step
from cdc_lab.testing.timelines import timeline
from cdc_lab.testing.users_code import Place, is_users

if TYPE_CHECKING:
    from cdc_lab.lab import Lab

_MOST_WORDS = 6
_MOST_LINES = 10
_MOST_ERRORS = 2
_LONGEST_LINE = 300

_IN_WORDS = {
    "BatchSize": "batches hold at most {} record(s)",
    "MaximumBatchingWindowInSeconds": "Lambda gathers records for {} s",
    "ParallelizationFactor": "each shard is processed by {} batches at a time",
    "BisectBatchOnFunctionError": "a batch that fails is split in two",
}


@dataclass(frozen=True)
class Failure:
    """A test that failed, as a reader needs it; `to_json` gives the same to tools.

    Attributes
    ----------
    error : str
        Of the test.
    schedule : list of str
        What went wrong on purpose, in words; empty where nothing did.
    recipe : list of str
        How to repeat it.
    delivered : list of str
        The timeline.
    handler : list of str
        Tracebacks of the handler, or where it was when its environment ended.
    log : list of str
        Its last lines.
    """

    error: str
    schedule: list[str] = field(default_factory=list)
    recipe: list[str] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    handler: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        """The whole as one line of JSON."""
        return json.dumps(asdict(self))

    def sections(self) -> Iterator[tuple[str, list[str]]]:
        """Titles and lines, in the order in which they are read."""
        for title, lines in (
            ("what went wrong on purpose", self.schedule),
            ("repeat with", self.recipe),
            ("what was delivered", self.delivered),
            ("the handler", self.handler),
            ("its last log lines", self.log),
        ):
            if lines:
                yield title, lines

    def __str__(self) -> str:
        return "\n".join(
            line
            for title, lines in self.sections()
            for line in (f"{title}:", *(f"    {line}" for line in lines))
        )


def describe(
    lab: Lab, error: BaseException | None, recipe: Sequence[str], schedule: Schedule | None = None
) -> Failure:
    """Say how a test failed in that lab.

    Parameters
    ----------
    lab : Lab
        Open still.
    error : BaseException or None
        The test's.
    recipe : sequence of str
        How to repeat it.
    schedule : Schedule, optional
        Under which it failed.
    """
    functions = lab._account.functions
    strikes = [strike for plan in functions.disturbed for strike in plan.strikes]
    steps: Sequence[Step] = getattr(functions.trial.watch, "steps", ())
    at = {step.number: step for step in steps}
    notes: dict[str, list[str]] = {}
    for strike in strikes:
        step = at.get(strike.step)
        request_id = strike.request_id or (step.request_id if step is not None else "")
        if request_id:
            notes.setdefault(request_id, []).append(_words(strike.what, [strike.step], at))
    return Failure(
        error=f"{type(error).__name__}: {error}" if error is not None else "",
        schedule=[*(_arranged(schedule) if schedule is not None else ()), *_all_words(strikes, at)],
        recipe=list(recipe),
        delivered=timeline(lab.trace, notes=notes).splitlines(),
        handler=list(_handler(functions.trial.raised or {})),
        log=[row.line[:_LONGEST_LINE] for row in lab._account.recorder.logs[-_MOST_LINES:]],
    )


def _arranged(schedule: Schedule) -> Iterator[str]:
    if schedule.shards is not None:
        yield f"the stream has {schedule.shards} shards"
    if schedule.cold_starts:
        yield f"{schedule.cold_starts:.0%} of the invocations start in a fresh environment"
    yield from (_IN_WORDS[name].format(value) for name, value in schedule.mapping.items())


def _all_words(strikes: Sequence[Strike], at: Mapping[int, Step]) -> Iterator[str]:
    alike: dict[object, list[Strike]] = {}
    for strike in strikes:
        step = at.get(strike.step)
        alike.setdefault((strike.what, step.places[-1:] if step is not None else ()), []).append(strike)
    shown = [_words(some[0].what, [strike.step for strike in some], at) for some in alike.values()]
    yield from shown[:_MOST_WORDS]
    if len(shown) > _MOST_WORDS:
        yield f"... and {len(shown) - _MOST_WORDS} more"


def _words(what: str, numbers: Sequence[int], at: Mapping[int, Step]) -> str:
    if not any(numbers):
        return what if len(numbers) == 1 else f"{what}, {len(numbers)} times"
    step = at.get(numbers[0])
    where = f", {step.places[-1]}" if step is not None and step.places else ""
    listed = ", ".join(map(str, numbers[:_MOST_WORDS])) + (", ..." if len(numbers) > _MOST_WORDS else "")
    return f"{what} (step{'s' * (len(numbers) > 1)} {listed} of the run{where})"


def _handler(raised: Mapping[str, BaseException]) -> Iterator[str]:
    shown = dict.fromkeys(tuple(handlers_traceback(error)) for error in raised.values())
    for lines in list(shown)[-_MOST_ERRORS:]:
        yield from lines


def _lines(place: Place) -> Iterator[str]:
    yield f"  {place}"
    if place.source:
        yield f"    {place.source}"


def handlers_traceback(error: BaseException) -> list[str]:
    """The traceback of what a handler raised: the user's own lines, and how many of others between them.

    Of a handler that was ended, the user's lines alone: where it was, and no exception, for it met none.
    """
    is_ended = isinstance(error, InvocationEnded)
    lines = ["where it was when its environment ended:" if is_ended else "Traceback (most recent call last):"]
    others: list[str] = []
    for place in _places(error.__traceback__):
        if is_users(place.file):
            lines += _skipped(others)
            others = []
            lines += _lines(place)
        else:
            others.append(place.file)
    if is_ended:
        return lines
    lines += _skipped(others)
    last = traceback.format_exception_only(type(error), error)
    return lines + [line for text in last for line in text.rstrip().splitlines()]


def _places(trace: TracebackType | None) -> Iterator[Place]:
    step = trace.tb_next if trace is not None else None  # the first frame is the lab's
    while step is not None:
        code = step.tb_frame.f_code
        yield Place(code.co_filename, step.tb_lineno, code.co_name)
        step = step.tb_next


def _skipped(files: Sequence[str]) -> list[str]:
    if not files:
        return []
    count = f"{len(files)} frame{'s' * (len(files) > 1)}"
    return [f"  ... {count} of {', '.join(dict.fromkeys(map(_package, files)))}"]


def _package(file: str) -> str:
    parts = file.replace("\\", "/").split("/")
    for folder in INSTALLED:
        if folder in parts[:-1]:
            return parts[parts.index(folder) + 1].removesuffix(".py")
    return "cdc_lab" if "cdc_lab" in parts else "Python"


def unstruck(plans: Sequence[FaultPlan]) -> list[str]:
    """What was named in faults and struck in none of the runs, each as it was given."""
    missed: dict[str, None] = {}
    for faults in dict.fromkeys(id(plan.faults) for plan in plans):
        of_one = [set(plan.unstruck()) for plan in plans if id(plan.faults) == faults]
        missed |= dict.fromkeys(sorted(set.intersection(*of_one)))
    return list(missed)


def made_calls(plans: Sequence[FaultPlan]) -> str:
    """The calls that handlers made, for the refusal of a fault that struck none of them."""
    names: dict[str, None] = {}
    for plan in plans:
        names |= dict.fromkeys(f"{service}.{operation}" for service, operation in plan.operations)
    steps: Any = max((plan.steps for plan in plans), default=0)
    return f"the handlers made {steps} steps, calls of {', '.join(names) or 'nothing'}"
