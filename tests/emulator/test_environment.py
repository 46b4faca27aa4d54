"""The user's own settings stay out of the lab, and come back when it closes."""

from __future__ import annotations

import os
import time
from datetime import datetime

import boto3
import pytest

from cdc_lab import Lab


@pytest.fixture
def users_settings(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "production-that-is-not-there")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://example.invalid")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the-users-own")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield {name: value for name, value in os.environ.items() if name.startswith("AWS_") or name == "TZ"}
    monkeypatch.undo()
    time.tzset()


def test_settings_of_the_user_are_not_seen_and_come_back(users_settings):
    # GIVEN a user with a profile, an endpoint and credentials of their own
    with Lab():
        # WHEN a lab is open
        inside = boto3.Session().get_credentials()
        # THEN none of it is in force
        assert inside.access_key != "the-users-own"
        assert "AWS_PROFILE" not in os.environ
        assert "AWS_ENDPOINT_URL" not in os.environ
        assert boto3.client("dynamodb").list_tables()["TableNames"] == []
    # AND afterwards all of it is as it was
    after = {name: value for name, value in os.environ.items() if name.startswith("AWS_") or name == "TZ"}
    assert after == users_settings


def test_local_time_is_utc_as_in_lambda(users_settings):
    # GIVEN a laptop in Tokyo
    with Lab() as lab:
        seen = []
        lab.create_function("clock", lambda event, context: seen.append(datetime.now().hour))
        # WHEN a handler asks for the local time
        lab.client("lambda").invoke(FunctionName="clock", Payload=b"{}")
        # THEN it is UTC
        assert seen == [lab.clock.now().hour]
    # AND outside the lab it is Tokyo's again
    assert time.strftime("%z") == "+0900"


def test_creating_a_mapping_answers_202():
    with Lab() as lab:
        table = lab.create_table("orders", "id")
        lab.create_function("reader", lambda event, context: None)
        answer = lab.client("lambda").create_event_source_mapping(
            FunctionName="reader", EventSourceArn=lab.stream_arn(table), StartingPosition="TRIM_HORIZON"
        )
        # C2
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
