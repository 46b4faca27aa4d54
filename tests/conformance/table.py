"""Which test shows which fact: ``python -m tests.conformance.table`` prints it, ``--run`` with the results.

A test names the facts that it shows: ``test_c26_...``, ``test_d19_and_e8_...``. Every fact of sections C and
E has such a test in this folder, or a reason here why no program can show it.
"""

from __future__ import annotations

import argparse
import ast
import csv
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
SECTIONS = ("C", "E")

NOT_SHOWN: dict[str, str] = {}
"""Facts that no program here can show, and why."""

NOT_SHOWN_IN_PART = {
    "C8": "that streams of other accounts work: the lab is one account",
    "C14": "which key goes to which lane: not established",
    "C15": "when Lambda repeats a delivery: not established; the lab does so where a seed says",
    "C21": "where exactly the middle of a split lies: not established",
    "C22": "the schedule of the waits: not established; the lab's is a model fitted to the one measurement",
    "C31": "what AWS does: not established; the lab follows a third party",
    "C41": "RecordAgeExceeded was recorded for Kinesis only",
    "C63": "what AWS does: not established; the lab repeats the invocation for 24 hours",
    "C62": "what AWS does: not established; the lab refuses the two together",
}
"""What the tests of a fact leave open, and why."""

_NAME = re.compile(r"test_((?:[a-e]\d+_(?:and_)?)+)(.+)")


class Shown(NamedTuple):
    """A test, as the table names it.

    Attributes
    ----------
    facts : tuple of str
    what : str
        What the test shows, from its name.
    file, name : str
    """

    facts: tuple[str, ...]
    what: str
    file: str
    name: str


def named_tests(folder: Path = HERE) -> list[Shown]:
    """The tests of a folder that name facts."""
    found = []
    for path in sorted(folder.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and (match := _NAME.fullmatch(node.name)):
                facts = tuple(fact.upper() for fact in re.findall(r"[a-e]\d+", match[1]))
                found.append(Shown(facts, match[2].replace("_", " "), path.name, node.name))
    return found


def facts(path: Path = ROOT / "data" / "facts.csv") -> list[str]:
    """The ids of all facts, in the order of the table."""
    with path.open(encoding="utf-8", newline="") as rows:
        return [row["id"] for row in csv.DictReader(rows)]


def gaps(known: Iterable[str], shown: Iterable[Shown], reasons: Mapping[str, str]) -> list[str]:
    """What is wrong between the facts and the tests: one line each, nothing when all is well.

    Parameters
    ----------
    known : iterable of str
        Ids of facts.
    shown : iterable of Shown
    reasons : mapping of str to str
        Facts that no test shows.
    """
    known, by_fact = list(known), by_facts(shown)
    missing = [fact for fact in known if fact[0] in SECTIONS and fact not in by_fact | dict(reasons)]
    wrong = [f"{fact}: no test names it, and no reason is given" for fact in missing]
    shown_after_all = [fact for fact in reasons if fact in by_fact]
    wrong += [f"{fact}: a reason is given why no test shows it, and one does" for fact in shown_after_all]
    return wrong + [f"{fact}: there is no such fact" for fact in [*by_fact, *reasons] if fact not in known]


def by_facts(shown: Iterable[Shown]) -> dict[str, list[Shown]]:
    """The tests of each fact."""
    found: dict[str, list[Shown]] = {}
    for test in shown:
        for fact in test.facts:
            found.setdefault(fact, []).append(test)
    return found


class Outcomes:
    """A pytest plugin: what became of each test function."""

    def __init__(self) -> None:
        self.by_test: dict[tuple[str, str], str] = {}

    def pytest_runtest_logreport(self, report: object) -> None:
        """Note a phase: a test that failed anywhere has failed, with any of its parameters."""
        path, _, name = report.nodeid.partition("::")  # type: ignore[attr-defined]
        key = (Path(path).name, name.partition("[")[0])
        outcome: str = report.outcome  # type: ignore[attr-defined]
        if self.by_test.get(key, "passed") == "passed":
            self.by_test[key] = outcome


def run() -> Outcomes:
    """Run the tests of this folder."""
    import pytest

    outcomes = Outcomes()
    pytest.main([str(HERE), "-q", "-p", "no:cacheprovider", "--no-header", "-n", "0"], plugins=[outcomes])
    return outcomes


def lines(known: Iterable[str], shown: list[Shown], outcomes: Outcomes | None = None) -> list[str]:
    """The table, a line for each test of each fact, then what is not shown."""
    by_fact, made = by_facts(shown), []
    for fact in known:
        for test in by_fact.get(fact, []):
            result = f"{outcomes.by_test.get((test.file, test.name), 'not run'):8}" if outcomes else ""
            made.append(f"{fact:5}{result}{test.what}  [{test.file}]")
        for reasons, form in ((NOT_SHOWN, "not shown by a program"), (NOT_SHOWN_IN_PART, "not shown")):
            if fact in reasons:
                made.append(f"{fact:5}{form}: {reasons[fact]}")
    return made


def summary(known: Iterable[str], shown: list[Shown], outcomes: Outcomes | None = None) -> str:
    """Counts for the last line."""
    by_fact, parts = by_facts(shown), []
    for section in SECTIONS:
        ids = [fact for fact in known if fact[0] == section]
        parts.append(f"{section}: {sum(fact in by_fact for fact in ids)} of {len(ids)} facts shown")
    parts.append(f"{len(shown)} tests")
    if outcomes:
        results = [outcomes.by_test.get((test.file, test.name), "not run") for test in shown]
        parts.append(", ".join(f"{results.count(kind)} {kind}" for kind in dict.fromkeys(results)))
    return "; ".join(parts)


def main() -> int:
    """Print the table; return 1 when a fact is missing or a test did not pass."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.table", description=__doc__)
    parser.add_argument("--run", action="store_true", help="run the tests and show what became of them")
    outcomes = run() if parser.parse_args().run else None
    known, shown = facts(), named_tests()
    print("\n".join([*lines(known, shown, outcomes), summary(known, shown, outcomes)]))
    wrong = gaps(known, shown, NOT_SHOWN)
    print("\n".join(wrong), end="\n" if wrong else "")
    failed = outcomes is not None and any(
        outcomes.by_test.get((test.file, test.name)) != "passed" for test in shown
    )
    return int(bool(wrong) or failed)


if __name__ == "__main__":
    sys.exit(main())
