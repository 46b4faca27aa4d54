"""Code that waits for a state ends, in a cell too; what cannot work is refused in one line."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from cdc_lab import Lab
from cdc_lab.errors import LabError


@pytest.fixture(autouse=True)
def _no_real_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that sleeps in real time fails."""

    def refuse(seconds: float) -> None:
        raise AssertionError(f"time.sleep({seconds}) was real")

    monkeypatch.setattr(time, "sleep", refuse)


def mapped(lab: Lab, **parameters: Any) -> tuple[Any, str]:
    """A mapping that was just created; gives the client of Lambda and its UUID."""
    lab.create_table("tab", "pk")
    lab.create_function("fn", lambda event, context: None)
    client = lab.client("lambda")
    options = {"StartingPosition": "TRIM_HORIZON", **parameters}
    created = client.create_event_source_mapping(
        FunctionName="fn", EventSourceArn=lab.stream_arn("tab"), **options
    )
    return client, created["UUID"]


def states(client: Any, uuid: str, looks: int) -> list[str]:
    return [client.get_event_source_mapping(UUID=uuid)["State"] for _ in range(looks)]


# -- mappings -------------------------------------------------------------------------------------


def test_the_second_look_of_a_cell_lets_a_transition_end(lab: Lab) -> None:
    client, uuid = mapped(lab)
    assert states(client, uuid, 3) == ["Creating", "Enabled", "Enabled"]
    client.update_event_source_mapping(UUID=uuid, Enabled=False)
    assert states(client, uuid, 2) == ["Disabling", "Disabled"]
    client.update_event_source_mapping(UUID=uuid, Enabled=True, BatchSize=7)
    assert states(client, uuid, 2) == ["Enabling", "Enabled"]
    client.update_event_source_mapping(UUID=uuid, BatchSize=8)
    assert states(client, uuid, 2) == ["Updating", "Enabled"]
    assert client.get_event_source_mapping(UUID=uuid)["BatchSize"] == 8


def test_it_takes_the_transition_s_time_and_no_more(lab: Lab) -> None:
    client, uuid = mapped(lab)
    before = lab.clock.time()
    states(client, uuid, 5)
    assert lab.clock.time() - before == 1


def test_a_deletion_is_over_at_the_second_look(lab: Lab) -> None:
    client, uuid = mapped(lab)
    states(client, uuid, 2)
    client.delete_event_source_mapping(UUID=uuid)
    assert states(client, uuid, 1) == ["Deleting"]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        states(client, uuid, 1)


def test_a_list_counts_as_a_look(lab: Lab) -> None:
    client, _ = mapped(lab)
    lists = [client.list_event_source_mappings(FunctionName="fn")["EventSourceMappings"] for _ in range(2)]
    assert [[one["State"] for one in found] for found in lists] == [["Creating"], ["Enabled"]]


def test_an_update_that_was_refused_in_a_transition_succeeds_when_it_is_repeated(lab: Lab) -> None:
    client, uuid = mapped(lab)
    with pytest.raises(ClientError, match="ResourceInUseException"):
        client.update_event_source_mapping(UUID=uuid, BatchSize=3)
    client.update_event_source_mapping(UUID=uuid, BatchSize=3)
    states(client, uuid, 2)
    assert client.get_event_source_mapping(UUID=uuid)["BatchSize"] == 3


def test_latest_begins_where_polling_begins_also_after_two_looks(lab: Lab) -> None:
    client, uuid = mapped(lab, StartingPosition="LATEST")
    table = lab.resource("dynamodb").Table("tab")
    table.put_item(Item={"pk": "missed"})  # C7: while the mapping is Creating
    states(client, uuid, 2)
    table.put_item(Item={"pk": "delivered"})
    assert lab.run().deliveries["keys"].tolist() == ["pk=delivered"]


def test_in_a_handler_a_look_moves_nothing_and_a_sleep_does(lab: Lab) -> None:
    client, uuid = mapped(lab)
    seen: list[str] = []

    def handler(event: Any, context: Any) -> None:
        seen.extend(states(client, uuid, 3))
        time.sleep(2)
        seen.extend(states(client, uuid, 1))

    lab.create_function("looks", handler, timeout=10)
    client.invoke(FunctionName="looks")
    assert seen == ["Creating", "Creating", "Creating", "Enabled"]


def test_tables_streams_functions_and_time_to_live_are_ready_at_once(lab: Lab) -> None:
    lab.create_table("tab", "pk", ttl_attribute="expires")
    dynamodb, functions = lab.client("dynamodb"), lab.client("lambda")
    assert dynamodb.describe_table(TableName="tab")["Table"]["TableStatus"] == "ACTIVE"
    ttl = dynamodb.describe_time_to_live(TableName="tab")["TimeToLiveDescription"]
    assert ttl["TimeToLiveStatus"] == "ENABLED"
    stream = lab.client("dynamodbstreams").describe_stream(StreamArn=lab.stream_arn("tab"))
    assert stream["StreamDescription"]["StreamStatus"] == "ENABLED"
    lab.create_function("fn", lambda event, context: None)
    for name in ("function_active", "function_active_v2", "function_exists", "function_updated"):
        functions.get_waiter(name).wait(FunctionName="fn")
    dynamodb.get_waiter("table_exists").wait(TableName="tab")
    dynamodb.delete_table(TableName="tab")
    dynamodb.get_waiter("table_not_exists").wait(TableName="tab")
    assert lab.clock.env.now == 0


# -- waiters --------------------------------------------------------------------------------------


def test_between_two_looks_of_a_waiter_the_lab_runs(lab: Lab) -> None:
    s3 = lab.client("s3")
    s3.create_bucket(Bucket="reports")
    lab.create_table("tab", "pk")

    def handler(event: Any, context: Any) -> None:
        s3.put_object(Bucket="reports", Key="done", Body=b"")

    lab.attach(handler, "tab")
    lab.resource("dynamodb").Table("tab").put_item(Item={"pk": "1"})
    s3.get_waiter("object_exists").wait(Bucket="reports", Key="done")
    assert lab.clock.env.now == 5  # one delay of that waiter


def test_a_waiter_in_vain_ends_after_its_attempts(lab: Lab) -> None:
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        lab.client("dynamodb").get_waiter("table_exists").wait(TableName="none")
    assert lab.clock.env.now == 24 * 20


def test_a_waiter_in_a_handler_is_cut_by_the_timeout(lab: Lab) -> None:
    def handler(event: Any, context: Any) -> None:
        lab.client("dynamodb").get_waiter("table_exists").wait(TableName="none")

    lab.create_function("fn", handler, timeout=30)
    answer = lab.client("lambda").invoke(FunctionName="fn")
    assert b"timed out after 30.00 seconds" in answer["Payload"].read()


def test_a_waiter_of_no_lab_sleeps_in_real_time() -> None:
    import botocore.waiter

    Lab().close()
    with pytest.raises(AssertionError, match=r"time\.sleep\(3\) was real"):
        botocore.waiter.time.sleep(3)  # type: ignore[attr-defined]


# -- handlers that reach for the lab ---------------------------------------------------------------


def runs(lab: Lab) -> None:
    lab.run()


def advances(lab: Lab) -> None:
    lab.clock.advance(timedelta(hours=1))


def closes(lab: Lab) -> None:
    lab.close()


def opens(lab: Lab) -> None:
    Lab()


@pytest.mark.parametrize("swallows", [False, True])
@pytest.mark.parametrize(
    ("reach", "name"),
    [(runs, "lab.run()"), (advances, "lab.clock.advance()"), (closes, "lab.close()"), (opens, "Lab()")],
)
def test_a_handler_that_reaches_for_the_lab_ends_the_run_with_one_line(
    lab: Lab, reach: Callable[[Lab], None], name: str, swallows: bool
) -> None:
    calls: list[int] = []

    def handler(event: Any, context: Any) -> None:
        calls.append(1)
        try:
            reach(lab)
        except LabError:
            if not swallows:
                raise

    lab.create_table("tab", "pk")
    lab.attach(handler, "tab", name="reaches")
    lab.resource("dynamodb").Table("tab").put_item(Item={"pk": "1"})
    with pytest.raises(LabError, match="'reaches'") as refused:
        lab.run()
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(calls) == 1
    # THEN the lab is as it was, and open
    lab.client("dynamodb").describe_table(TableName="tab")


def test_a_run_in_another_thread_is_refused_while_one_is_under_way(lab: Lab) -> None:
    # GIVEN a thread that was started outside of handlers, and a handler that waits until it has called
    refusals: list[BaseException] = []
    ours, theirs = socket.socketpair()

    def other() -> None:
        theirs.recv(1)
        try:
            lab.run()
        except LabError as error:
            refusals.append(error)
        theirs.send(b"x")

    def handler(event: Any, context: Any) -> None:
        ours.send(b"x")
        ours.recv(1)

    lab.create_function("fn", handler)
    thread = threading.Thread(target=other)
    thread.start()
    with closing(ours), closing(theirs):
        lab.client("lambda").invoke(FunctionName="fn")
        thread.join()
    assert "lab.run() was called while the lab runs already" in str(refusals[0])
    lab.run()  # THEN the next one is free


def test_a_run_that_was_broken_off_leaves_the_next_one_free(lab: Lab) -> None:
    def handler(event: Any, context: Any) -> None:
        raise KeyboardInterrupt

    lab.create_table("tab", "pk")
    lab.attach(handler, "tab", name="stops")
    table = lab.resource("dynamodb").Table("tab")
    table.put_item(Item={"pk": "1"})
    with pytest.raises(KeyboardInterrupt):
        lab.run()
    lab.run(until=timedelta(seconds=0))


def test_a_handler_that_waits_for_what_never_comes_meets_its_timeout(lab: Lab) -> None:
    def handler(event: Any, context: Any) -> None:
        threading.Event().wait()

    lab.create_function("fn", handler, watchdog_seconds=0.02)
    payload = lab.client("lambda").invoke(FunctionName="fn")["Payload"].read().decode()
    assert "Task timed out after 3.00 seconds" in payload
