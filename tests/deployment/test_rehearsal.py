"""A day under every schedule of faults, and again within the policies that it needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cdc_lab import Faults, Lab, LabError
from cdc_lab.cli import main
from cdc_lab.testing import rehearse
from cdc_lab.testing.rehearsal import run_count


def careful(event: Any, context: Any) -> None:
    """Write a row; where the write is refused for good, tell a queue."""
    dynamodb = boto3.client("dynamodb")
    for record in event["Records"]:
        try:
            dynamodb.put_item(TableName="board", Item={"id": record["dynamodb"]["Keys"]["id"]})
        except ClientError:
            boto3.client("sqs").send_message(QueueUrl=os.environ["TROUBLE"], MessageBody="no")


def day(lab: Lab, faults: Faults) -> None:
    """Two flights."""
    lab.create_table("board", "id", stream_view_type=None)
    flights = lab.create_table("flights", "id")
    trouble = lab.client("sqs").create_queue(QueueName="trouble")["QueueUrl"]
    lab.attach(careful, flights, environment={"TROUBLE": trouble}, MaximumRetryAttempts=3)
    for number in range(2):
        flights.put_item(Item={"id": str(number)})
    lab.run(faults=faults)


def actions(policy: dict[str, Any]) -> set[str]:
    """What a policy allows."""
    return {action for one in policy["Statement"] for action in one["Action"]}


def test_a_call_that_only_faults_bring_about_is_allowed() -> None:
    # GIVEN a handler that calls a queue only when its write is refused
    with Lab(seed=0) as lab:
        day(lab, Faults())
        assert "sqs:SendMessage" not in actions(lab.template().policies["careful"])
    # WHEN its day is rehearsed under faults THEN its role may do that, too, and nothing is denied
    rehearsal = rehearse(day, tries=8)
    assert "sqs:SendMessage" in actions(rehearsal.policies["careful"])
    assert (rehearsal.schedules, rehearsal.denied) == (9, [])
    assert rehearsal.template.unseen == {}


def test_the_command_says_before_how_often_a_day_runs() -> None:
    # GIVEN a day that counts its runs
    runs = 0

    def counted(lab: Lab, faults: Faults) -> None:
        nonlocal runs
        runs += 1
        day(lab, faults)

    # WHEN it is rehearsed THEN it ran as often as the command announces
    rehearse(counted, tries=3)
    assert runs == run_count(3)


def test_a_policy_that_is_too_narrow_is_seen_in_the_second_pass() -> None:
    # GIVEN a function of which one right was taken away by its own policy
    def narrow(lab: Lab, faults: Faults) -> None:
        lab.create_table("board", "id", stream_view_type=None)
        flights = lab.create_table("flights", "id")
        read = {"Effect": "Allow", "Action": "dynamodb:*Stream*", "Resource": "*"}
        more = {
            "Effect": "Allow",
            "Action": ["dynamodb:GetRecords", "dynamodb:GetShardIterator"],
            "Resource": "*",
        }
        policy = {"Version": "2012-10-17", "Statement": [read, more]}
        trouble = lab.client("sqs").create_queue(QueueName="trouble")["QueueUrl"]
        lab.attach(careful, flights, environment={"TROUBLE": trouble}, policy=policy, MaximumRetryAttempts=0)
        flights.put_item(Item={"id": "1"})
        lab.run(faults=faults)

    rehearsal = rehearse(narrow, tries=1)
    assert "careful: dynamodb.PutItem" in rehearsal.denied


def test_a_day_that_ignores_its_faults_is_refused() -> None:
    def deaf(lab: Lab, faults: Faults) -> None:
        lab.attach(careful, lab.create_table("flights", "id"))
        lab.run()

    with pytest.raises(LabError, match=r"hand them on, lab\.run\(faults=faults\)"):
        rehearse(deaf, tries=1)


PROJECT = '''
"""A team's handler, and a day for it."""
import os
import boto3

def on_flight(event, context):
    for record in event["Records"]:
        row = {"id": record["dynamodb"]["Keys"]["id"]}
        boto3.client("dynamodb").put_item(TableName=os.environ["BOARD"], Item=row)
'''
DAY = """
def day(lab, faults):
    from shop_handlers import on_flight
    lab.create_table("board", "id", stream_view_type=None)
    flights = lab.create_table("flights", "id")
    failures = lab.client("sqs").create_queue(QueueName="failures")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:failures"
    lab.attach(on_flight, flights, environment={"BOARD": "board"}, timeout=10, memory_size=256,
               DestinationConfig={"OnFailure": {"Destination": arn}}, MaximumRetryAttempts=5)
    flights.put_item(Item={"id": "1"})
    lab.run(faults=faults)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A team's project, in which one stands."""
    import sys

    (tmp_path / "shop_handlers.py").write_text(PROJECT, "utf-8")
    (tmp_path / "shop_day.py").write_text(DAY, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])
    yield tmp_path
    for name in ("shop_handlers", "shop_day"):
        sys.modules.pop(name, None)


def test_the_commands_write_a_template_and_a_folder(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # GIVEN a project with a day WHEN the commands are given
    assert main(["template", "shop_day:day", "--tries", "2", "--output", "template.yaml"]) == 0
    assert "OnFlightFunction:" in (project / "template.yaml").read_text("utf-8")
    said = capsys.readouterr().err
    assert said.startswith("rehearsing: the day runs 7 times")
    assert "<Rehearsal of 3 runs; within the policies no call denied>" in said
    assert main(["deployable", "shop_day:day", "out", "--tries", "2"]) == 0
    # THEN the folder holds the handler and what it takes to deploy it
    assert capsys.readouterr().out.startswith("<Deployable out/: ")
    names = {path.relative_to(project / "out").as_posix() for path in (project / "out").rglob("*.*")}
    assert {"shop_handlers.py", "requirements.txt", "template.yaml", "README.md"} <= names
    assert "shop_day.py" not in names


@pytest.mark.parametrize(
    ("day", "text"),
    [
        ("shop_day", "names no day: write MODULE:FUNCTION"),
        ("nowhere_at_all:day", "there is no module 'nowhere_at_all'"),
        ("shop_day:night", "module shop_day has no function 'night'"),
    ],
)
def test_a_day_that_is_not_there_is_said_in_one_line(
    project: Path, capsys: pytest.CaptureFixture[str], day: str, text: str
) -> None:
    assert main(["template", day]) == 2
    error = capsys.readouterr().err
    assert text in error
    assert error.count("\n") == 1
