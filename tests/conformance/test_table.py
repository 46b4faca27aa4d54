"""The table of facts and tests has no hole, and finds one where there is one."""

from __future__ import annotations

from types import SimpleNamespace

from tests.conformance import table
from tests.conformance.table import (
    NOT_SHOWN,
    NOT_SHOWN_IN_PART,
    Outcomes,
    Shown,
    facts,
    gaps,
    lines,
    named_tests,
)


def shows(*named: str) -> Shown:
    return Shown(named, "a thing", "test_c.py", "test_c1_a_thing")


def test_every_fact_of_the_mapping_has_a_test_or_a_reason():
    # GIVEN the facts that the product cites and the tests of this folder
    # THEN nothing is missing, nothing is named that is no fact
    assert gaps(facts(), named_tests(), NOT_SHOWN) == []
    assert set(NOT_SHOWN_IN_PART) <= {fact for test in named_tests() for fact in test.facts}


def test_a_hole_is_found():
    # GIVEN four facts: one has a test, one a reason, one neither, one is of a section that needs none
    known = ["A1", "C1", "C2", "E3"]
    # THEN the table names the one without, a reason that is out of date, and what is no fact
    assert gaps(known, [shows("C1")], {"C2": "no"}) == ["E3: no test names it, and no reason is given"]
    assert gaps(known, [shows("C1", "E3")], {"C2": "no", "E3": "no"}) == [
        "E3: a reason is given why no test shows it, and one does"
    ]
    assert gaps(known, [shows("C1", "E3", "C99")], {"C2": "no"}) == ["C99: there is no such fact"]


def test_facts_are_read_from_the_names_of_tests(tmp_path):
    # GIVEN a file of tests: of one fact, of two, of none
    names = ["test_c26_the_lowest_is_the_checkpoint", "test_d19_and_e8_a_crash", "test_no_fact", "helper"]
    (tmp_path / "test_x.py").write_text("".join(f"def {name}(): pass\n" for name in names))
    # THEN the two first are found, with what they show
    assert [(test.facts, test.what) for test in named_tests(tmp_path)] == [
        (("C26",), "the lowest is the checkpoint"),
        (("D19", "E8"), "a crash"),
    ]


def test_one_failed_parameter_fails_the_test():
    # GIVEN reports of a test with two parameters, the first of which fails in its call
    outcomes = Outcomes()
    reports = [("a", "passed"), ("a", "failed"), ("a", "passed"), ("b", "passed")]
    for parameter, outcome in reports:
        nodeid = f"tests/conformance/test_c.py::test_c1_a_thing[{parameter}]"
        outcomes.pytest_runtest_logreport(SimpleNamespace(nodeid=nodeid, outcome=outcome))
    # THEN the table shows it as failed
    assert lines(["C1"], [shows("C1")], outcomes) == ["C1   failed  a thing  [test_c.py]"]


def test_the_table_names_test_and_reason(monkeypatch):
    monkeypatch.setattr(table, "NOT_SHOWN", {"C2": "no way"})
    monkeypatch.setattr(table, "NOT_SHOWN_IN_PART", {"C1": "a part"})
    assert lines(["C1", "C2"], [shows("C1")]) == [
        "C1   a thing  [test_c.py]",
        "C1   not shown: a part",
        "C2   not shown by a program: no way",
    ]
    assert table.summary(["C1", "C2", "E1"], [shows("C1")]) == (
        "C: 1 of 2 facts shown; E: 0 of 1 facts shown; 1 tests"
    )
