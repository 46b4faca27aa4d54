"""The plugin in the shapes that test suites have: fixtures, classes, unittest, asyncio, conftests."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

pytest_plugins = ["pytester"]

HANDLER = """
import boto3

totals = boto3.resource("dynamodb", region_name="us-east-1").Table("totals")

def handler(event, context):
    for record in event["Records"]:
        totals.update_item(Key={"id": "all"}, UpdateExpression="ADD n :one",
                           ExpressionAttributeValues={":one": 1})
"""
RIGHT = """
import boto3
from shop import totals

def handler(event, context):
    for record in event["Records"]:
        totals.put_item(Item={"id": record["eventID"]})
"""


@pytest.fixture
def project(project: pytest.Pytester) -> pytest.Pytester:
    """A project with two handlers, imported where most tests import: at the top of the test's module."""
    project.makepyfile(shop=HANDLER, right=RIGHT)
    return project


def test_fixtures_that_build_on_the_lab_are_set_up_in_each_try(project: pytest.Pytester) -> None:
    # GIVEN tables that fixtures make, one on the other, and an autouse one
    project.makepyfile(
        test_shop="""
        import pytest
        from cdc_lab.testing import run_handler, under_faults
        from right import handler as right
        from shop import handler as naive, totals as own_table

        labs = []

        @pytest.fixture
        def totals(lab):
            made = lab.create_table("totals", "id", stream_view_type=None)
            yield made
            assert made.scan()["Count"] >= 0  # its lab is still open

        @pytest.fixture
        def orders(totals, lab):
            labs.append(lab)
            return lab.create_table("orders", "id")

        @pytest.fixture(autouse=True)
        def noted(lab):
            lab.create_table("noted", "id", stream_view_type=None)

        @pytest.fixture
        def placed():
            return [{"id": f"o{n}"} for n in range(6)]

        @under_faults(tries=12)
        def test_right(lab, faults, orders, totals, placed):
            assert labs[-1] is lab
            assert lab.client("dynamodb").describe_table(TableName="noted")
            run_handler(lab, right, orders, placed, faults=faults, BatchSize=2)
            assert own_table.scan()["Count"] == 6  # a client that was made when the module was imported

        @under_faults
        def test_naive(lab, faults, orders, totals, placed):
            run_handler(lab, naive, orders, placed, faults=faults, BatchSize=2)
            assert totals.get_item(Key={"id": "all"})["Item"]["n"] == 6

        def test_each_try_had_a_lab_of_its_own():
            assert len(set(map(id, labs))) > 13
        """
    )
    result = project.runpytest_inprocess()
    # THEN the right handler passes, and of the other the schedule is shown that breaks it
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["E*It holds undisturbed, and fails under"])


def test_methods_of_plain_classes_and_of_unittest(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_shop="""
        import unittest
        from cdc_lab.testing import run_handler, under_faults
        from shop import handler as naive
        from right import handler as right

        def run(handler, lab, faults):
            lab.create_table("totals", "id", stream_view_type=None)
            orders = lab.create_table("orders", "id")
            run_handler(lab, handler, orders, [{"id": "a"}, {"id": "b"}], faults=faults)
            return lab.resource("dynamodb").Table("totals").scan()

        class TestPlain:
            @under_faults(tries=6)
            def test_right(self, lab, faults):
                assert run(right, lab, faults)["Count"] == 2

        class OfUnittest(unittest.TestCase):
            @under_faults(tries=6)
            def test_right(self, lab, faults):
                self.assertEqual(run(right, lab, faults)["Count"], 2)

            @under_faults
            def test_naive(self, lab, faults):
                self.assertEqual(run(naive, lab, faults)["Items"][0]["n"], 2)

        class Async(unittest.IsolatedAsyncioTestCase):
            @under_faults(tries=3)
            async def test_right(self, lab, faults):
                self.assertEqual(run(right, lab, faults)["Count"], 2)
        """
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(passed=3, failed=1)
    # AND unittest's own runner runs them as well
    command = [sys.executable, "-m", "unittest", "-q", "test_shop"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=project.path)
    assert "FAILED (failures=1)" in done.stderr
    assert "It holds undisturbed, and fails under" in done.stderr


def test_an_async_test_with_fixtures(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_shop="""
        import asyncio, pytest
        from cdc_lab.testing import run_handler, under_faults
        from right import handler

        @pytest.fixture
        def orders(lab):
            lab.create_table("totals", "id", stream_view_type=None)
            return lab.create_table("orders", "id")

        @under_faults(tries=3)
        async def test_right(lab, faults, orders):
            await asyncio.sleep(0)
            run_handler(lab, handler, orders, [{"id": "a"}], faults=faults)
            assert False, "it ran"
        """
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*AssertionError: it ran*"])


@pytest.mark.parametrize("how", ["entry point", "-p", "root conftest", "-p and conftest"])
def test_the_plugin_is_there_once_however_it_is_named(how: str, project: pytest.Pytester) -> None:
    # GIVEN a test below a conftest that is not at the root, and the plugin named in other ways beside
    below = project.mkdir("below")
    (below / "conftest.py").write_text("import cdc_lab.testing\n")
    (below / "test_it.py").write_text("def test_it(lab, faults): assert lab.seed == 0\n")
    if "conftest" in how:
        project.makeconftest('pytest_plugins = ["cdc_lab.testing"]')
    options = ["-p", "cdc_lab.testing"] if how.startswith("-p") else []
    # THEN it is loaded, and no warning says that it is there twice
    result = project.runpytest_subprocess("-W", "error", "-p", "no:anyio", *options)
    result.assert_outcomes(passed=1)


def test_loading_the_plugin_imports_no_lab() -> None:
    code = textwrap.dedent(
        """
        import sys, pytest
        before = set(sys.modules)
        import cdc_lab.testing.plugin
        heavy = {"boto3", "botocore", "moto", "greenlet", "simpy", "pydantic", "pandas", "cdc_lab.lab"}
        assert not heavy & (set(sys.modules) - before), heavy & set(sys.modules)
        from cdc_lab.testing import timeline, run_handler
        assert callable(timeline) and callable(run_handler)
        """
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
