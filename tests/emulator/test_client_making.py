"""What clients share must be what botocore would have made, and nothing that one of them changes."""

from __future__ import annotations

import copy
from typing import Any

import boto3
import botocore.client
import botocore.session
import pytest
from botocore.handlers import BUILTIN_HANDLERS

from cdc_lab import Lab
from cdc_lab.emulator.client_making import fresh_session, shared_parts

EVENTS = [
    *sorted({entry[0] for entry in BUILTIN_HANDLERS}),
    "before-parameter-build.dynamodb.PutItem",
    "before-call.s3.PutObject",
    "needs-retry.dynamodb",
    "docs.request-params.lambda.Invoke",
    "no.such.event",
]


def _hearing(session: Any, event: str) -> list[Any]:
    events = session.get_component("event_emitter")
    return list(events._emitter._handlers.prefix_search(events._alias_event_name(event)))


def _named(handlers: list[Any]) -> list[str]:
    # A package such as Powertools makes a handler of its own for each session.
    return [f"{handler.__module__}.{getattr(handler, '__qualname__', handler)}" for handler in handlers]


@pytest.mark.parametrize("event", EVENTS)
def test_a_fresh_session_has_botocores_own_handlers_in_their_order(event: str) -> None:
    assert _named(_hearing(fresh_session(), event)) == _named(_hearing(botocore.session.Session(), event))


def test_what_a_package_does_to_each_new_session_is_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr("botocore._INITIALIZERS", [seen.append])
    monkeypatch.setattr("cdc_lab.emulator.client_making._handlers", None)
    session = fresh_session()
    assert seen == [session]


@pytest.mark.parametrize("place", ["register", "register_first", "register_last"])
def test_a_handler_is_heard_in_its_place(place: str) -> None:
    def ours(**_: Any) -> None: ...

    sessions = fresh_session(), botocore.session.Session()
    for session in sessions:
        getattr(session.get_component("event_emitter"), place)("before-call.s3", ours)
    heard = [_named(_hearing(session, "before-call.s3")) for session in sessions]
    assert heard[0] == heard[1]
    assert ours in _hearing(sessions[0], "before-call.s3.PutObject")


def test_what_one_session_or_copy_registers_no_other_hears() -> None:
    def ours(**_: Any) -> None: ...

    first, second = fresh_session(), fresh_session()
    copied = copy.copy(first.get_component("event_emitter"))
    copied.register("before-call.dynamodb", ours)
    assert ours not in _hearing(first, "before-call.dynamodb")
    first.register("before-call.dynamodb", ours)
    assert ours in _hearing(first, "before-call.dynamodb")
    assert ours not in _hearing(second, "before-call.dynamodb")
    assert ours not in _hearing(fresh_session(), "before-call.dynamodb")


def test_what_one_session_unregisters_the_others_keep() -> None:
    event, handler = next((entry[0], entry[1]) for entry in BUILTIN_HANDLERS if entry[0] == "before-send")
    first, second = fresh_session(), fresh_session()
    assert handler in _hearing(second, event)
    first.unregister(event, handler)
    assert handler not in _hearing(first, event)
    assert handler in _hearing(second, event)


def test_handlers_that_another_package_adds_to_botocores_list_are_there_from_then_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def theirs(**_: Any) -> None: ...

    assert theirs not in _hearing(fresh_session(), "before-send")
    BUILTIN_HANDLERS.append(("before-send", theirs))
    try:
        assert theirs in _hearing(fresh_session(), "before-send")
    finally:
        BUILTIN_HANDLERS.remove(("before-send", theirs))
    assert theirs not in _hearing(fresh_session(), "before-send")


def test_clients_have_every_method_of_botocores_and_what_one_gets_the_other_has_not(lab: Lab) -> None:
    first, second = boto3.client("dynamodb"), boto3.client("dynamodb")
    plain = botocore.session.Session().create_client("dynamodb", region_name="eu-west-1")
    assert dir(first) == dir(second) == dir(plain)
    heard: list[str] = []
    first.meta.events.register("before-parameter-build.dynamodb", lambda **_: heard.append("first"))
    second.list_tables()
    assert heard == []
    first.list_tables()
    assert heard == ["first"]


def test_a_session_may_change_its_own_clients_classes(lab: Lab) -> None:
    def with_a_method(class_attributes: dict[str, Any], **_: Any) -> None:
        class_attributes["greet"] = lambda self: f"hello from {self.meta.region_name}"

    session = boto3.Session()
    session.events.register("creating-client-class.dynamodb", with_a_method)
    assert session.client("dynamodb", region_name="eu-west-1").greet() == "hello from eu-west-1"
    assert not hasattr(boto3.client("dynamodb"), "greet")


def test_botocore_makes_its_own_again_outside() -> None:
    session = botocore.session.Session()
    before = botocore.client.ClientCreator
    with shared_parts(session):
        assert botocore.client.ClientCreator is not before
    assert botocore.client.ClientCreator is before


def test_a_presigned_address_is_the_same_for_every_client(lab: Lab) -> None:
    asked: dict[str, Any] = {"Params": {"Bucket": "flights", "Key": "a day"}}
    made = [boto3.client("s3", region_name=region) for region in ("eu-west-1", "eu-west-1", "us-east-1")]
    places = [client.generate_presigned_url("get_object", **asked).split("?")[0] for client in made]
    assert places[0] == places[1]
    assert all(place.endswith("/a%20day") for place in places)
