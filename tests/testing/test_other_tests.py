"""Tests without a lab pass as they did before, whatever tests with a lab ran before them."""

from __future__ import annotations

import pandas  # noqa: F401 - pytester forgets what is imported inside it, and numpy cannot be imported twice
import pytest

pytest_plugins = ["pytester"]

HANDLER = """
import boto3
from app import model

totals = boto3.resource("dynamodb").Table("totals")

def handler(event, context):
    for record in event["Records"]:
        totals.put_item(Item=model.Row(record["dynamodb"]["Keys"]["order_id"]["S"]).item)
"""
MODEL = """
class Row:
    def __init__(self, order):
        self.item = {"id": order}
"""
# A team had this before it installed the plugin: moto, and an import inside the test.
OLD = """
import boto3, pytest
from moto import mock_aws
from cdc_lab.testing import stream_event

@pytest.fixture(autouse=True)
def aws(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        yield

@pytest.mark.parametrize("time", [1, 2])
def test_old(time):
    IMPORT
    boto3.client("dynamodb").create_table(
        TableName="totals", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    handler(stream_event({"order_id": "o1"}), None)
    assert boto3.resource("dynamodb").Table("totals").scan()["Items"] == [{"id": "o1"}]
"""
BY_NAME = """
from cdc_lab.testing import run_handler, under_faults

@under_faults(tries=2)
def test_lab(lab, faults):
    totals = lab.create_table("totals", "id", stream_view_type=None)
    orders = lab.create_table("orders", "order_id")
    run_handler(lab, "app.handlers.handler", orders, [{"order_id": "o1"}], faults=faults)
    assert totals.scan()["Items"] == [{"id": "o1"}]
"""
BY_IMPORT = """
def test_lab(lab):
    from app.handlers import handler
    totals = lab.create_table("totals", "id", stream_view_type=None)
    orders = lab.create_table("orders", "order_id")
    lab.attach(handler, orders)
    orders.put_item(Item={"order_id": "o1"})
    lab.run()
    assert totals.scan()["Items"] == [{"id": "o1"}]
"""
OWN_LAB = BY_IMPORT.replace(
    "def test_lab(lab):", "def test_lab():\n  from cdc_lab import Lab\n  with Lab() as lab:"
)


@pytest.fixture
def project(project: pytest.Pytester) -> pytest.Pytester:
    """A scratch project with the plugin in its conftest, and a handler in a package."""
    project.makeconftest('pytest_plugins = ["cdc_lab.testing"]')
    app = project.mkpydir("app")
    (app / "handlers.py").write_text(HANDLER)
    (app / "model.py").write_text(MODEL)
    return project


FROM_MODULE, FROM_PACKAGE = (
    "from app.handlers import handler",
    "from app import handlers; handler = handlers.handler",
)


@pytest.mark.parametrize(
    ("new", "how"), [(BY_NAME, FROM_MODULE), (BY_IMPORT, FROM_PACKAGE), (OWN_LAB, FROM_MODULE)]
)
def test_a_test_on_moto_that_imports_its_handler_passes_after_one_with_a_lab(
    project: pytest.Pytester, new: str, how: str
) -> None:
    # GIVEN a test that imports its handler inside moto, and one with a lab that runs before it
    project.makepyfile(test_a_new=new, test_b_old=OLD.replace("IMPORT", how))
    # WHEN both run in one process THEN neither notices the other
    project.runpytest_inprocess().assert_outcomes(passed=3)


def test_what_a_test_imports_without_making_a_client_stays_imported(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_a_new="def test_lab(lab):\n    import app.model\n    app.model.Row.seen = True",
        test_b_old="def test_old():\n    import app.model\n    assert app.model.Row.seen",
    )
    project.runpytest_inprocess().assert_outcomes(passed=2)


def test_what_was_imported_before_a_lab_stays_imported(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_a_new=BY_NAME,
        test_b_old="""
            from app import model

            def test_old():
                import app.model as now
                assert now is model
        """,
    )
    project.runpytest_inprocess().assert_outcomes(passed=2)
