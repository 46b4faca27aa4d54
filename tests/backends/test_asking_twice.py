"""What leaves the process, and what never does: no credentials, no connection, unless asked for twice."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.httpsession import URLLib3Session

from cdc_lab import Lab, LabError
from cdc_lab.backends.aws import PERMISSION, READING, WRITING, tables_of
from cdc_lab.backends.endpoint import checked_url, is_loopback

URL = "http://127.0.0.1:8123"
KEY = "AKIAOFTHEUSER"


class Sent(Exception):
    """A request would have left the process."""


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The HTTP requests that boto3 would have sent; each raises `Sent`."""
    requests: list[Any] = []

    def send(self: Any, request: Any) -> None:
        requests.append(request)
        raise Sent(request.url)

    monkeypatch.setattr(URLLib3Session, "send", send)
    return requests


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The connections that were opened; each is refused."""
    opened: list[Any] = []

    def connect(self: socket.socket, address: Any) -> None:
        opened.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return opened


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """A user's credentials in files and variables; the list tells each time that boto3 looks for some."""
    (tmp_path / "credentials").write_text(
        f"[default]\naws_access_key_id={KEY}\naws_secret_access_key=secret\n"
    )
    (tmp_path / "config").write_text("[default]\nregion=eu-central-1\nrole_session_name=mine\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    asked: list[str] = []
    original: Callable[..., Any] = botocore.session.Session.get_credentials

    def get(self: Any) -> Any:
        found = original(self)
        asked.append(found.access_key if found is not None else "")
        return found

    monkeypatch.setattr(botocore.session.Session, "get_credentials", get)
    return asked


@pytest.fixture
def permission(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PERMISSION, "1")


def key_of(request: Any) -> str:
    """The access key that signed a request."""
    header = request.headers["Authorization"]
    text = header.decode() if isinstance(header, bytes) else header
    return text.split("Credential=")[1].split("/")[0]


# ---- AWS ------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, "", "0", "true", "yes"])
def test_the_argument_alone_does_nothing(
    value: str | None,
    sent: list[Any],
    connections: list[Any],
    credentials: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # GIVEN an open lab, and no permission in the environment
    monkeypatch.delenv(PERMISSION, raising=False)
    if value is not None:
        monkeypatch.setenv(PERMISSION, value)
    with Lab() as lab:
        before = list(credentials)
        # WHEN a lab on AWS is asked for: THEN one line says what to do, and that it may cost money
        with pytest.raises(LabError, match=rf"may cost money.*{PERMISSION}=1") as caught:
            Lab(backend="aws")
        assert "\n" not in str(caught.value)
        # AND nothing was sent, opened or read, and the lab that was open is open
        assert (sent, connections, credentials) == ([], [], before)
        assert lab.client("dynamodb").list_tables()["TableNames"] == []


def test_the_permission_alone_does_nothing(
    sent: list[Any], connections: list[Any], credentials: list[str], permission: None
) -> None:
    # GIVEN permission, but a lab that was not opened for AWS
    with Lab() as lab:
        # WHEN it is used
        table = lab.create_table("flights", "flight_id")
        table.put_item(Item={"flight_id": "UA1545"})
        boto3.client("dynamodb").list_tables()
        assert len(lab.read_stream(table)) == 1
    # THEN nothing left the process, and the user's key was never met
    assert (sent, connections) == ([], [])
    assert KEY not in credentials


def test_with_both_dynamodb_alone_is_aws(sent: list[Any], credentials: list[str], permission: None) -> None:
    # GIVEN both
    with Lab(backend="aws", region="eu-west-1") as lab:
        # WHEN tables are read, by the lab's client and by a handler's own
        for client in (lab.client("dynamodb"), boto3.client("dynamodb", endpoint_url="http://elsewhere")):
            with pytest.raises(Sent):
                client.list_tables()
        with pytest.raises(Sent):
            lab.client("dynamodbstreams").list_streams()
        # THEN that goes to AWS with the user's key
        assert [(request.url, key_of(request)) for request in sent] == [
            ("https://dynamodb.eu-west-1.amazonaws.com/", KEY),
            ("https://dynamodb.eu-west-1.amazonaws.com/", KEY),
            ("https://streams.dynamodb.eu-west-1.amazonaws.com/", KEY),
        ]
        # AND nothing else does
        lab.client("sqs").create_queue(QueueName="failures")
        lab.client("s3").list_buckets()
        lab.create_function("f", lambda event, context: "here")
        answer = lab.client("lambda").invoke(FunctionName="f", Payload=b"{}")
        assert answer["Payload"].read() == b'"here"'
        assert len(sent) == 3
    # AND the credentials were looked for once, when it was opened
    assert credentials.count(KEY) == 1


def test_without_credentials_it_says_so(
    sent: list[Any], permission: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(botocore.session.Session, "get_credentials", lambda self: None)
    with pytest.raises(LabError, match="found no AWS credentials"):
        Lab(backend="aws")
    assert sent == []


WRITES_OF_OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("put_item", {"TableName": "orders", "Item": {"id": {"S": "1"}}}),
    ("delete_item", {"TableName": "orders", "Key": {"id": {"S": "1"}}}),
    ("delete_table", {"TableName": "orders"}),
    ("delete_table", {"TableName": "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"}),
    ("update_table", {"TableName": "orders-cdc-lab-x"}),
    ("batch_write_item", {"RequestItems": {"cdc-lab-x": [], "orders": [{"DeleteRequest": {"Key": {}}}]}}),
    (
        "transact_write_items",
        {
            "TransactItems": [
                {"Put": {"TableName": "cdc-lab-x", "Item": {}}},
                {"Delete": {"TableName": "orders", "Key": {}}},
            ]
        },
    ),
    ("execute_statement", {"Statement": "DELETE FROM orders WHERE id='1'"}),
    ("execute_transaction", {"TransactStatements": [{"Statement": "DELETE FROM orders WHERE id='1'"}]}),
    ("delete_backup", {"BackupArn": "x" * 40}),
    ("restore_table_to_point_in_time", {"TargetTableName": "cdc-lab-x"}),
]


@pytest.mark.parametrize(("call", "params"), WRITES_OF_OTHERS)
def test_tables_that_are_not_the_labs_are_only_read(
    call: str, params: dict[str, Any], sent: list[Any], credentials: list[str], permission: None
) -> None:
    with Lab(backend="aws") as lab, pytest.raises(LabError, match="begin with cdc-lab-") as caught:
        getattr(lab.client("dynamodb"), call)(**params)
    assert "\n" not in str(caught.value)
    assert sent == []


def test_a_resources_writes_are_guarded_too(
    sent: list[Any], credentials: list[str], permission: None
) -> None:
    with Lab(backend="aws") as lab:
        orders = lab.resource("dynamodb").Table("orders")
        with pytest.raises(LabError, match="would change table orders"):
            orders.put_item(Item={"id": "1"})
        assert sent == []
        with pytest.raises(Sent):
            lab.resource("dynamodb").Table("cdc-lab-orders").put_item(Item={"id": "1"})


def test_every_call_of_dynamodb_is_reading_writing_or_refused() -> None:
    # GIVEN the calls that botocore knows
    session = botocore.session.Session()
    models = [session.get_service_model(service) for service in ("dynamodb", "dynamodbstreams")]
    known = {name for model in models for name in model.operation_names}
    # THEN those let pass exist, and those that read are named so
    assert known >= READING | WRITING
    assert not READING & WRITING
    assert all(
        name.startswith(("BatchGet", "Describe", "Get", "List", "Query", "Scan", "TransactGet"))
        for name in READING
    )
    # AND every writing call names its table where the guard looks
    for name in WRITING - {"BatchWriteItem", "TransactWriteItems"}:
        assert "TableName" in models[0].operation_model(name).input_shape.members


def test_a_write_that_names_no_table_is_not_let_pass() -> None:
    assert list(tables_of({})) == ["(none)"]


# ---- an endpoint ------------------------------------------------------------------------------


def test_an_endpoint_gets_fake_credentials_and_no_proxy(
    sent: list[Any], credentials: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a user with credentials, and a proxy
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Lab(backend="endpoint", endpoint_url=URL) as lab:
        # WHEN the endpoint is called
        client = boto3.client("dynamodb", endpoint_url="http://elsewhere.example")
        with pytest.raises(Sent):
            client.list_tables()
        with pytest.raises(Sent):
            lab.client("dynamodbstreams").list_streams()
        # THEN the calls go there and nowhere else
        assert [(request.url, key_of(request)) for request in sent] == [(f"{URL}/", "lab")] * 2
        assert client._endpoint.http_session._proxy_config.proxy_url_for(URL) is None
        # AND what is no DynamoDB stays here
        lab.client("sqs").create_queue(QueueName="failures")
        assert len(sent) == 2
    assert KEY not in credentials


def test_the_address_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNAMODB_LOCAL_URL", URL)
    assert checked_url(None, allow_remote=False) == URL
    assert checked_url("http://localhost:1", allow_remote=False) == "http://localhost:1"


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        (None, "DYNAMODB_LOCAL_URL"),
        ("", "DYNAMODB_LOCAL_URL"),
        ("127.0.0.1:8123", "is no address"),
        ("ftp://127.0.0.1", "is no address"),
        ("http://", "is no address"),
        ("http://dynamodb:8000", "allow_remote=True"),
        ("http://10.0.0.7:8000", "allow_remote=True"),
        ("http://127.0.0.1.example.com", "allow_remote=True"),
        ("http://localhost.example.com", "allow_remote=True"),
        ("http://127.0.0.1@example.com", "user name or password"),
        ("https://dynamodb.us-east-1.amazonaws.com", 'see backend="aws"'),
        ("https://DynamoDB.us-east-1.AmazonAWS.com.", 'see backend="aws"'),
        ("https://dynamodb.us-east-1.api.aws", 'see backend="aws"'),
    ],
)
def test_addresses_that_are_refused(url: str | None, remedy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DYNAMODB_LOCAL_URL", raising=False)
    with pytest.raises(LabError, match=remedy) as caught:
        Lab(backend="endpoint", endpoint_url=url)
    assert "\n" not in str(caught.value)


def test_another_machine_is_a_choice_but_aws_is_not_one() -> None:
    assert checked_url("http://dynamodb:8000", allow_remote=True) == "http://dynamodb:8000"
    with pytest.raises(LabError, match="is AWS itself"):
        checked_url("https://dynamodb.us-east-1.amazonaws.com", allow_remote=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "db.localhost"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        ({"backend": "localstack"}, "take one of moto, endpoint, aws"),
        ({"endpoint_url": URL}, 'go with backend="endpoint"'),
        ({"allow_remote": True}, 'go with backend="endpoint"'),
        ({"backend": "endpoint", "endpoint_url": URL, "shards": 4}, "shards is for the emulator"),
    ],
)
def test_arguments_that_do_not_go_together(arguments: dict[str, Any], remedy: str) -> None:
    # GIVEN an open lab
    with Lab() as lab:
        # WHEN another is asked for wrongly
        with pytest.raises(LabError, match=remedy):
            Lab(**arguments)
        # THEN the first is still open
        assert lab.client("dynamodb").list_tables()["TableNames"] == []


def test_what_is_the_emulators_is_refused_in_one_line() -> None:
    from datetime import UTC, datetime, timedelta

    from cdc_lab import Faults, Refusal

    partial = Refusal("dynamodb", "BatchWriteItem", "UnprocessedItems")
    with pytest.raises(LabError, match="start is for the emulator"):
        Lab(backend="endpoint", endpoint_url=URL, start=datetime(2020, 1, 1, tzinfo=UTC))
    with Lab(backend="endpoint", endpoint_url=URL) as lab:
        uses: dict[str, Callable[[], object]] = {
            "lab.split_shard": lambda: lab.split_shard("flights", "shardId-1"),
            "lab.roll_shards": lambda: lab.roll_shards("flights"),
            "lab.expire_ttl": lab.expire_ttl,
            "splits": lambda: lab.run(faults=Faults(splits=(3,))),
            "UnprocessedItems": lambda: lab.run(faults=Faults(refuse=[partial])),
            "shards=4": lambda: lab.create_table("flights", "flight_id", shards=4),
            "the clock": lambda: lab.clock.advance(timedelta(hours=25)),
        }
        for name, use in uses.items():
            with pytest.raises(LabError, match=name) as caught:
                use()
            assert "\n" not in str(caught.value)
            assert "emulator" in str(caught.value)
        assert f"open at {URL}" in repr(lab)
    assert "closed" in repr(lab)
