"""The fixtures and hooks of the pytest plugin."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cdc_lab.emulator.faults import Faults
    from cdc_lab.lab import Lab

_RECIPE = pytest.StashKey[list[str]]()
_LAB = pytest.StashKey["Lab"]()
_PROPERTY = "cdc-lab: not followed"
SEED = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--cdc-lab-seed``."""
    parser.getgroup("cdc-lab").addoption(
        "--cdc-lab-seed", default="0", metavar="SEED", help="seed of the lab fixture: a number, or 'random'"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Decide the seed and register the marker."""
    text = config.getoption("--cdc-lab-seed")
    try:
        config.stash[SEED] = random.randrange(1 << 32) if text == "random" else int(text)
    except ValueError:
        raise pytest.UsageError(f"--cdc-lab-seed={text}: give a number, or 'random'") from None
    config.addinivalue_line(
        "markers", "cdc_lab(**parameters): parameters of the lab fixture's Lab: seed, ..."
    )


def pytest_report_header(config: pytest.Config) -> str:
    """Name the seed in the run's first lines."""
    return f"cdc-lab: seed {config.stash[SEED]} (repeat with --cdc-lab-seed={config.stash[SEED]})"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a failing test's lab and faults, and what was delivered in it."""
    report = yield
    if report.failed and (recipe := item.stash.get(_RECIPE, None)):
        report.sections.append(("cdc-lab: repeat with", "\n".join(recipe)))
    lab = item.stash.get(_LAB, None)
    if lab is not None and (report.failed or report.when == "call"):
        from cdc_lab.testing.timeline import timeline, unfollowed

        if report.failed:
            report.sections.append(("cdc-lab: what was delivered", timeline(lab.trace)))
        if report.when == "call":
            # As a property it comes back from pytest-xdist's workers, too.
            report.user_properties += [(_PROPERTY, line) for line in unfollowed(lab.trace)]
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List the tests whose handlers did what the lab cannot follow: real time, which no seed repeats."""
    shown = [
        f"{report.nodeid}: {line}"
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, line in report.user_properties
        if name == _PROPERTY
    ]
    if shown:
        terminalreporter.section("cdc-lab: in real time, not in lab time")
        for line in shown:
            terminalreporter.write_line(line)


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A fresh lab, closed at the end."""
    from cdc_lab.lab import Lab

    marker = request.node.get_closest_marker("cdc_lab")
    parameters = {"seed": request.config.stash[SEED], **(marker.kwargs if marker else {})}
    shown = ", ".join(f"{name}={value!r}" for name, value in parameters.items())
    request.node.stash[_RECIPE] = [f"Lab({shown})"]
    with Lab(**parameters) as opened:
        opened.answer_all()  # a test's own code may hold clients that a module made when it was imported
        request.node.stash[_LAB] = opened
        yield opened
    del request.node.stash[_LAB]


@pytest.fixture
def faults(lab: Lab, request: pytest.FixtureRequest) -> Callable[..., Faults]:
    """Makes faults that follow from the lab's seed, and notes them for the report of a failure."""
    from cdc_lab.emulator.faults import Faults

    def make(**parameters: Any) -> Faults:
        made = Faults(**{"seed": lab.seed, **parameters})
        request.node.stash[_RECIPE].append(repr(made))
        return made

    return make
