"""D44: the sizes of events and answers."""

from __future__ import annotations

import pytest

from cdc_lab import Lab


@pytest.fixture
def client():
    with Lab(seed=1) as lab:
        lab.create_function("fn", lambda event, context: "x" * 7_000_000)
        yield lab.client("lambda")


def test_d44_an_answer_of_seven_megabytes_fails_the_invocation(client):
    answer = client.invoke(FunctionName="fn", Payload=b"{}")
    assert answer["FunctionError"] == "Unhandled"
    assert b"Function.ResponseSizeTooLarge" in answer["Payload"].read()


@pytest.mark.parametrize(("kind", "size"), [("RequestResponse", 7_000_000), ("Event", 1_100_000)])
def test_d44_an_event_that_is_too_large_is_refused(client, kind, size):
    with pytest.raises(client.exceptions.RequestTooLargeException):
        client.invoke(FunctionName="fn", InvocationType=kind, Payload=b'"' + b"x" * size + b'"')
