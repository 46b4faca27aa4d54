"""A scratch project: files outside of the course, and pytest as in a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdc_lab.classroom.scratch_project import ProjectError, ScratchProject

SHOP = """
import boto3

totals = boto3.resource("dynamodb").Table("totals")

def handler(event, context):
    for record in event["Records"]:
        one = {":one": 1}
        totals.update_item(Key={"id": "all"}, UpdateExpression="ADD n :one", ExpressionAttributeValues=one)
        raise KeyError("nothing")
"""
TEST = """
from cdc_lab.testing import run_handler

def test_an_order_counts_once(lab):
    totals = lab.create_table("totals", "id", stream_view_type=None)
    orders = lab.create_table("orders", "order_id")
    run_handler(lab, "shop.handler", orders, [{"order_id": "o1"}], MaximumRetryAttempts=1)
    count = int(totals.get_item(Key={"id": "all"})["Item"]["n"])
    assert count == 1

def test_nothing():
    pass
"""


@pytest.fixture
def project() -> ScratchProject:
    made = ScratchProject()
    made.write("shop.py", SHOP)
    made.write("test_shop.py", TEST)
    return made


def test_a_run_tells_what_failed_and_shows_no_accident_of_the_machine(project: ScratchProject) -> None:
    # WHEN tests run
    run = project.pytest("-q", "--cdc-lab-seed=3")
    # THEN the outcomes, the report and the output are there
    assert run.outcomes == {"passed": 1, "failed": 1}
    [failure] = run.failures
    assert failure["test"] == "test_shop.py::test_an_order_counts_once"
    assert "assert 2 == 1" in failure["error"]
    assert failure["recipe"] == ["Lab(seed=3)"]
    assert run.text.endswith("1 failed, 1 passed")
    # AND nothing of the folder's place, of time, or of colours
    assert str(project.folder) not in run.text
    assert "\x1b" not in run.text


def test_a_file_that_is_written_again_is_what_runs_next(project: ScratchProject) -> None:
    assert project.pytest("-q", "-k", "nothing").outcomes["passed"] == 1
    project.write("test_shop.py", TEST.replace("pass", "None"))
    project.write("test_shop.py", TEST.replace("    pass", "    1/0"))  # as long as the first one
    assert project.pytest("-q", "-k", "nothing").outcomes["failed"] == 1


def test_what_is_typed_at_the_debuggers_prompt_is_answered_in_the_handler(project: ScratchProject) -> None:
    run = project.pytest("-q", "-k", "order", "--pdb", typed=["p len(event['Records'])", "p 6 * 7"])
    assert run.stopped_at == "shop.py(10)handler()"
    assert run.answers == {"p len(event['Records'])": "1", "p 6 * 7": "42"}


def test_settings_of_the_machine_do_not_reach_the_tests(
    project: ScratchProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a shell with options for pytest, colours, CI and the address of a database
    for name, value in {
        "PYTEST_ADDOPTS": "--nonsense",
        "FORCE_COLOR": "1",
        "CI": "true",
        "DYNAMODB_LOCAL_URL": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    project.write(
        "test_shop.py",
        "import os\n\ndef test_it():\n"
        "    assert not {'CI', 'DYNAMODB_LOCAL_URL', 'PYTEST_ADDOPTS'} & set(os.environ)\n",
    )
    # THEN tests see none of them
    run = project.pytest("-q")
    assert run.text.splitlines()[-1] == "1 passed"


@pytest.mark.parametrize("name", ["../shop.py", "/shop.py", "deep/shop.py", "", "shop"])
def test_a_name_that_is_no_file_of_the_folder_is_refused(project: ScratchProject, name: str) -> None:
    before = sorted(Path(project.folder).rglob("*"))
    with pytest.raises(ProjectError, match="is no name of a file in this project"):
        project.write(name, "")
    assert sorted(Path(project.folder).rglob("*")) == before


def test_tests_that_cannot_be_run_are_an_error_with_pytests_own_words(project: ScratchProject) -> None:
    project.write("test_shop.py", "def test_it(:")
    with pytest.raises(ProjectError, match=r"(?s)^no test ran:\n.*SyntaxError"):
        project.pytest("-q")
    with pytest.raises(ProjectError, match=r"(?s)^no test ran:.*file or directory not found: test_other\.py"):
        project.pytest("test_other.py")


def test_the_folder_goes_with_its_project() -> None:
    project = ScratchProject()
    folder = project.folder
    assert folder.is_dir()
    del project
    assert not folder.exists()
