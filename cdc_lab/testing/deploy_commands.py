"""``cdc-lab template`` and ``cdc-lab deployable``: a user's day, rehearsed, as a template or a folder."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import cast

from cdc_lab.errors import LabError
from cdc_lab.testing.rehearsal import Day, Rehearsal, rehearse, run_count


def template(day: str, output: Path | None, tries: int, architecture: str | None) -> int:
    """Rehearse a day, and print or write its template; return 1 where something is wrong with it.

    Parameters
    ----------
    day : str
        ``module:function``.
    output : Path or None
        A file; None for standard output.
    tries : int
        How many schedules of faults.
    architecture : str or None
    """
    rehearsal = _rehearsed(day, tries, architecture)
    if output is None:
        print(rehearsal.template.text, end="")
    else:
        rehearsal.template.write(output)
    return _report(rehearsal)


def deployable(day: str, folder: Path, tries: int, architecture: str | None) -> int:
    """Rehearse a day, and write the folder to deploy; return 1 where something is wrong with it."""
    rehearsal = _rehearsed(day, tries, architecture)
    print(rehearsal.deployable(folder))
    return _report(rehearsal)


def _rehearsed(day: str, tries: int, architecture: str | None) -> Rehearsal:
    """Rehearse a day. Say first how often it runs, because that may take minutes."""
    found = _day(day)
    runs = run_count(tries)
    print(f"rehearsing: the day runs {runs} times; --tries asks for fewer", file=sys.stderr, flush=True)
    return rehearse(found, tries, architecture)


def _day(name: str) -> Day:
    module, _, function = name.partition(":")
    if not module or not function:
        raise LabError(f"{name!r} names no day: write MODULE:FUNCTION, such as shop.day:day")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        found = getattr(importlib.import_module(module), function, None)
    except ModuleNotFoundError as error:
        raise LabError(f"there is no module {error.name!r}: run this in the folder of your project") from None
    if not callable(found):
        raise LabError(f"module {module} has no function {function!r}")
    return cast(Day, found)


def _report(rehearsal: Rehearsal) -> int:
    """Say on standard error what the runs showed; return the exit code."""
    wrong = [
        *(f"denied within its own policy: {call}" for call in rehearsal.denied),
        *rehearsal.template.check(),
    ]
    print(f"{rehearsal!r}", file=sys.stderr)
    for line in wrong:
        print(line, file=sys.stderr)
    for name, calls in rehearsal.template.unseen.items():
        for call in calls:
            print(f"not allowed, for no run made it: {name}: {call}", file=sys.stderr)
    return 1 if wrong else 0
