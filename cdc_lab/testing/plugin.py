"""The fixtures and hooks of the pytest plugin."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cdc_lab.testing.keys import GIVEN, SEED

if TYPE_CHECKING:
    from cdc_lab.emulator.faults import Faults
    from cdc_lab.lab import Lab

_RECIPE = pytest.StashKey[list[str]]()
_LAB = pytest.StashKey["Lab"]()
_FAULTS = pytest.StashKey[list["Faults"]]()
_PROPERTIES = {
    "cdc-lab: not followed": "cdc-lab: in real time, not in lab time",
    "cdc-lab: not judged": "cdc-lab: schedules that were not judged",
}
_FAILURE = "cdc-lab: failure"
_FREEZEGUN = (
    "freeze_time looked into Powertools, whose lazy modules cannot be imported in frozen time, and time "
    'stays frozen: freeze_time(..., ignore=["aws_lambda_powertools"])'
)
_TRANSPORT = "cdc_lab.emulator.transport"
_WORKERS_SEED = "cdc_lab_seed"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--cdc-lab-seed`` and ``--cdc-lab-report``."""
    group = parser.getgroup("cdc-lab")
    group.addoption(
        "--cdc-lab-seed", metavar="SEED", help="seed of the lab fixture: a number, or 'random' (default: 0)"
    )
    group.addoption(
        "--cdc-lab-report", metavar="FILE", help="write the failures of tests with a lab to a file, as JSON"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Decide the seed and register the marker."""
    # A worker of pytest-xdist uses the seed that the session has drawn.
    given = getattr(config, "workerinput", {}).get(_WORKERS_SEED)
    text = config.getoption("--cdc-lab-seed") or "0" if given is None else str(given)
    try:
        config.stash[SEED] = random.randrange(1 << 32) if text == "random" else int(text)
    except ValueError:
        raise pytest.UsageError(f"--cdc-lab-seed={text}: give a number, or 'random'") from None
    config.addinivalue_line(
        "markers", "cdc_lab(**parameters): parameters of the lab fixture's Lab: seed, ..."
    )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a worker of pytest-xdist the session's seed."""
    node.workerinput[_WORKERS_SEED] = node.config.stash[SEED]


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the seed in the run's first lines, where somebody asked for one."""
    if config.getoption("--cdc-lab-seed") is None:
        return None
    return f"cdc-lab: seed {config.stash[SEED]} (repeat with --cdc-lab-seed={config.stash[SEED]})"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let tests without a lab import their handlers anew, with clients of their own."""
    before = set(sys.modules)
    result = yield
    if _TRANSPORT in sys.modules:  # nothing of the lab is imported before a test asks for one
        from cdc_lab.testing.users_code import forget_what_holds_clients

        forget_what_holds_clients(set(sys.modules) - before)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Refuse a test that would pass without having tried what it says that it tries."""
    try:
        result = yield
    finally:
        # Before fixtures are torn down: what monkeypatch has put into a module is taken back after that.
        if item.stash.get(_LAB, None) is not None:
            item.stash[_LAB]._account.functions.give_back()
    lab, made = item.stash.get(_LAB, None), item.stash.get(_FAULTS, [])
    if lab is not None and made:
        from cdc_lab.testing.schedules import refuse_vacuous

        refuse_vacuous(lab, made)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a failing test's lab and faults, what was delivered in it, and what its handler met."""
    report = yield
    lab = item.stash.get(_LAB, None)
    if report.failed:
        report.sections += [("cdc-lab: freezegun", _FREEZEGUN)] * _met_powertools_in_frozen_time(call)
        # Of `under_faults` the error tells it itself, wherever it is shown.
        failure = getattr(call.excinfo.value if call.excinfo else None, "cdc_lab", None)
        if failure is None and lab is not None:
            from cdc_lab.testing.report import describe

            recipe = item.stash[_RECIPE]
            failure = describe(lab, call.excinfo.value if call.excinfo else None, recipe)
            for title, lines in failure.sections():
                report.sections.append((f"cdc-lab: {title}", "\n".join(lines)))
        elif failure is None and (given := item.stash.get(_RECIPE, None)):
            report.sections.append(("cdc-lab: repeat with", "\n".join(given)))
        if failure is not None:
            report.user_properties.append((_FAILURE, failure.to_json()))
    if lab is not None and report.when == "call":
        from cdc_lab.testing.timelines import unfollowed

        # As a property it comes back from pytest-xdist's workers, too.
        report.user_properties += [("cdc-lab: not followed", line) for line in unfollowed(lab.trace)]
    return report


def _met_powertools_in_frozen_time(call: pytest.CallInfo[None]) -> bool:
    files = {str(entry.path) for entry in call.excinfo.traceback} if call.excinfo else set()
    return all(any(name in file for file in files) for name in ("freezegun", "aws_lambda_powertools"))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """List what tests did in real time, which no seed repeats, and what was tried and could not be judged.

    Failures go to the file of ``--cdc-lab-report``.
    """
    properties = [
        (report.nodeid, name, value)
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, value in report.user_properties
    ]
    for kind, title in _PROPERTIES.items():
        shown = [f"{test}: {line}" for test, name, line in properties if name == kind]
        if shown:
            terminalreporter.section(title)
            for line in shown:
                terminalreporter.write_line(line)
    file = config.getoption("--cdc-lab-report")
    if file:
        failures = [
            {"test": test, **json.loads(str(text))} for test, name, text in properties if name == _FAILURE
        ]
        content = {"seed": config.stash[SEED], "failures": failures}
        Path(file).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


@pytest.hookimpl(tryfirst=True)
def pytest_exception_interact(node: Any, call: pytest.CallInfo[None]) -> None:
    """With ``--pdb``, stop first where the handler raised: the test's own error comes after it."""
    if not node.config.getoption("usepdb", False) or not isinstance(node, pytest.Item):
        return
    lab = node.stash.get(_LAB, None)
    error = getattr(call.excinfo.value if call.excinfo else None, "cdc_lab_raised", None)
    if error is None and lab is not None:
        raised = lab._account.functions.trial.raised
        error = list(raised.values())[-1] if raised else None
    if error is not None:
        from cdc_lab.testing.debugging import stop_where_it_was_raised

        stop_where_it_was_raised(node.config, error)


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A fresh lab, closed at the end."""
    given = request.node.stash.get(GIVEN, None)
    if given is not None:
        yield given
        return
    from cdc_lab.lab import Lab
    from cdc_lab.testing.schedules import prepare

    marker = request.node.get_closest_marker("cdc_lab")
    parameters = {"seed": request.config.stash[SEED], **(marker.kwargs if marker else {})}
    shown = ", ".join(f"{name}={value!r}" for name, value in parameters.items())
    request.node.stash[_RECIPE] = [f"Lab({shown})"]
    with Lab(**parameters) as opened:
        prepare(opened, watches=True)
        request.node.stash[_LAB] = opened
        yield opened
    del request.node.stash[_LAB]


@pytest.fixture
def faults(lab: Lab, request: pytest.FixtureRequest) -> Callable[..., Faults]:
    """Makes faults that follow from the lab's seed, and notes them for the report of a failure.

    A test that hands them to no run, or names something that never strikes, fails.
    """
    from cdc_lab.emulator.faults import Faults

    def make(**parameters: Any) -> Faults:
        made = Faults(**{"seed": lab.seed, **parameters})
        request.node.stash[_RECIPE].append(repr(made))
        request.node.stash.setdefault(_FAULTS, []).append(made)
        return made

    return make
