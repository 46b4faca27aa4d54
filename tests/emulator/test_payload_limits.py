"""How large an event and an answer of a function may be (D44)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdc_lab import Lab

from .streaming import refused

MB = 1024 * 1024


def event_of(size: int) -> bytes:
    """An event of exactly so many bytes."""
    return b'"' + b"x" * (size - 2) + b'"'


@pytest.mark.parametrize(("kind", "most"), [("RequestResponse", 6 * MB), ("Event", MB)])
def test_an_event_may_be_so_large(lab: Lab, kind: str, most: int) -> None:
    seen: list[int] = []
    lab.create_function("fn", lambda event, context: seen.append(len(event)))
    invoke = lab.client("lambda").invoke
    # GIVEN an event of the largest size: the function gets it
    invoke(FunctionName="fn", InvocationType=kind, Payload=event_of(most))
    lab.run()
    assert seen == [most - 2]
    # WHEN it is one byte larger THEN it is refused, and the function is not invoked
    code, message = refused(invoke, FunctionName="fn", InvocationType=kind, Payload=event_of(most + 1))
    assert code == "RequestTooLargeException"
    assert str(most) in message
    lab.run()
    assert len(seen) == 1


def test_the_refusal_is_the_exception_of_the_model(lab: Lab) -> None:
    client = lab.client("lambda")
    lab.create_function("fn", lambda event, context: None)
    with pytest.raises(client.exceptions.RequestTooLargeException) as caught:
        client.invoke(FunctionName="fn", Payload=event_of(6 * MB + 1))
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


@pytest.mark.parametrize(("size", "fails"), [(6 * MB + 100, False), (6 * MB + 101, True)])
def test_an_answer_may_be_so_large(lab: Lab, size: int, fails: bool) -> None:
    lab.create_function("fn", lambda event, context: "x" * (size - 2))
    answer: dict[str, Any] = lab.client("lambda").invoke(FunctionName="fn")
    payload = json.loads(answer["Payload"].read())
    assert (answer.get("FunctionError") == "Unhandled") is fails
    if fails:
        assert payload == {
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
            "errorType": "Function.ResponseSizeTooLarge",
        }
    else:
        assert len(payload) == size - 2


def test_an_answer_that_is_too_large_fails_a_batch(lab: Lab) -> None:
    table = lab.create_table("tab", partition_key="pk")
    table.put_item(Item={"pk": "a"})
    lab.attach(lambda event, context: "x" * 7 * MB, table, MaximumRetryAttempts=1)
    assert lab.run().invocations["outcome"].tolist() == ["error", "error"]
