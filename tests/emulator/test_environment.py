"""The user's own AWS settings: out of reach while a lab is open, and exactly as they were after it."""

from __future__ import annotations

import os
from pathlib import Path

import boto3
import pytest

from cdc_lab import Lab

from .streaming import put, records, table

SETTINGS = {
    "AWS_PROFILE": "nowhere",
    "AWS_DEFAULT_PROFILE": "nowhere",
    "AWS_ACCESS_KEY_ID": "real-key",
    "AWS_SECRET_ACCESS_KEY": "real-secret",
    "AWS_SESSION_TOKEN": "real-token",
    "AWS_DEFAULT_REGION": "eu-north-1",
    "AWS_REGION": "eu-north-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9",
    "AWS_ROLE_ARN": "arn:aws:iam::999999999999:role/real",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere/token",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/credentials",
    "AWS_ACCOUNT_ID": "999999999999",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "required",
    "AWS_MAX_ATTEMPTS": "9",
    "AWS_CA_BUNDLE": "/nowhere/ca.pem",
    "BOTO_CONFIG": "/nowhere/boto.cfg",
}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """A user's settings, all of them real."""
    config = tmp_path / "config"
    config.write_text("[default]\nregion = eu-north-1\nendpoint_url = http://127.0.0.1:9\n")
    wanted = {**SETTINGS, "AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(config)}
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    return wanted


def own() -> dict[str, str]:
    """What the process's environment holds of AWS."""
    return {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "BOTO_"))}


def test_the_users_settings_are_ignored_while_a_lab_is_open(settings: dict[str, str]) -> None:
    with Lab(seed=1) as lab:
        table(lab)
        put(boto3.client("dynamodb"), "a")
        assert len(records(lab)) == 1
        assert boto3.client("sqs").meta.region_name == "us-east-1"
        credentials = boto3.Session().get_credentials()
        assert credentials is not None
        assert "real" not in credentials.access_key + credentials.secret_key + str(credentials.token)
        assert boto3.client("sts").get_caller_identity()["Account"] == "123456789012"
        visible = own()
        assert not {name for name, value in settings.items() if visible.get(name) == value} - {
            "AWS_CA_BUNDLE"
        }


def test_the_users_settings_are_restored_exactly(settings: dict[str, str]) -> None:
    before = dict(os.environ)
    lab = Lab(seed=1)
    table(lab)
    lab.close()
    assert dict(os.environ) == before
    assert own() == settings | {name: value for name, value in before.items() if name in own()}


def test_settings_made_while_a_lab_is_open_do_not_outlive_it(settings: dict[str, str]) -> None:
    before = dict(os.environ)
    with Lab():
        os.environ["AWS_PROFILE"] = "another"
        os.environ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:10"
        os.environ["UNRELATED"] = "kept"
    assert os.environ.pop("UNRELATED") == "kept"
    assert dict(os.environ) == before


def test_labs_opened_one_over_the_other_restore_the_first_settings(settings: dict[str, str]) -> None:
    before = dict(os.environ)
    for seed in range(3):
        lab = Lab(seed=seed)
    lab.close()
    assert dict(os.environ) == before


def test_a_session_from_before_keeps_its_region_but_not_its_endpoint(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # GIVEN a session that was made with the user's settings
    monkeypatch.delenv("AWS_PROFILE")
    monkeypatch.delenv("AWS_DEFAULT_PROFILE")
    session = boto3.Session(region_name="eu-west-3")
    with Lab() as lab:
        # WHEN it makes a client while the lab is open
        client = session.client("dynamodb")
        client.create_table(
            TableName="tab",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        # THEN it is the lab's, in the session's region
        assert client.meta.region_name == "eu-west-3"
        assert lab.client("dynamodb", region="eu-west-3").list_tables()["TableNames"] == ["tab"]


def test_an_environment_without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in own():
        monkeypatch.delenv(name)
    with Lab() as lab:
        table(lab)
        put(boto3.client("dynamodb"), "a")
    assert own() == {}
