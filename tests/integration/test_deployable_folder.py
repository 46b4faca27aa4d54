"""The folder to deploy, run as Lambda runs it: bare Python, boto3, its requirements, and a DynamoDB."""

from __future__ import annotations

import json
import site
import subprocess
import sys
from pathlib import Path

import pytest

from cdc_lab import Lab
from cdc_lab.testing import stream_event

from .dynamodb_local import DynamoDBLocal

pytestmark = pytest.mark.integration

HANDLER = """
import os

import boto3

from cdc_lab.patterns import StreamRecord, process_batch

table = boto3.resource("dynamodb").Table(os.environ["BOARD"])


def process(record: StreamRecord) -> None:
    table.put_item(Item={"id": record.keys["id"], "event": record.event_name})


def handler(event, context):
    return process_batch(event, process)
"""
# boto3 and pydantic, with what they need: no other package can be imported.
PACKAGES = (
    "annotated_types",
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "pydantic",
    "pydantic_core",
    "s3transfer",
    "six.py",
    "typing_extensions.py",
    "typing_inspection",
    "urllib3",
)
PROGRAM = """
import json, sys
sys.path[:] = [*sys.argv[1:], *(path for path in sys.path if "site-packages" not in path)]
from bare_board import handler
print(json.dumps([handler(json.load(sys.stdin), None), sorted(sys.modules)]))
"""


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder with those packages and no others."""
    folder = tmp_path / "packages"
    folder.mkdir()
    installed = [Path(path) for path in site.getsitepackages()]
    for name in PACKAGES:
        (folder / name).symlink_to(next(path / name for path in installed if (path / name).exists()))
    return folder


def test_it_runs_in_a_bare_environment_against_dynamodb_local(
    dynamodb_local: DynamoDBLocal, tmp_path: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN the folder of a lab that ran a handler
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "bare_board.py").write_text(HANDLER, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "code"))
    with Lab(seed=7) as lab:
        lab.create_table("board", "id", stream_view_type=None)
        flights = lab.create_table("flights", "id")
        lab.attach("bare_board.handler", flights, environment={"BOARD": "board"})
        flights.put_item(Item={"id": "UA1"})
        lab.run()
        written = lab.deployable(tmp_path / "out")
    # AND the table on DynamoDB Local
    name = "deployable-board"
    dynamodb_local.client.call(
        "dynamodb",
        "CreateTable",
        {
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    try:
        # WHEN a process that has the folder, boto3 and pydantic alone is given an event
        answer = subprocess.run(
            [sys.executable, "-I", "-c", PROGRAM, str(written.path), str(bare)],
            input=json.dumps(stream_event({"id": "UA1"}, {"id": "UA2"})),
            capture_output=True,
            text=True,
            check=False,
            env={
                "BOARD": name,
                "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_local.client.url,
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "local",
                "AWS_SECRET_ACCESS_KEY": "local",
            },
        )
        assert answer.returncode == 0, answer.stderr
        result, loaded = json.loads(answer.stdout)
        rows = dynamodb_local.client.call("dynamodb", "Scan", {"TableName": name})["Items"]
    finally:
        dynamodb_local.client.call("dynamodb", "DeleteTable", {"TableName": name})
    # THEN it has written the rows, and nothing of the laboratory was loaded
    assert result == {"batchItemFailures": []}
    assert sorted(row["id"]["S"] for row in rows) == ["UA1", "UA2"]
    assert [one for one in loaded if one.startswith("cdc_lab.") and "patterns" not in one] == []
    assert not {"moto", "pandas", "simpy", "greenlet"} & {one.split(".")[0] for one in loaded}
