"""Transactions on one item conflict while they are under way (D35), and a token is answered once (D36)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cdc_lab import Faults, Lab, Refusal
from cdc_lab.emulator.latencies import Latencies

CONFLICT = "TransactionConflict"
HALF = 0.0025  # of a call's latency: a transaction claims its items then, and is under way as long again
KEY = {"pk": {"S": "a"}}


def add(key: str = "a", count: int = 1, **more: Any) -> dict[str, Any]:
    """An update that counts on an item."""
    return {
        "TableName": "tab",
        "Key": {"pk": {"S": key}},
        "UpdateExpression": "ADD n :n",
        "ExpressionAttributeValues": {":n": {"N": str(count)}},
        **more,
    }


def transact(*keys: str, **more: Any) -> Callable[[Any], Any]:
    """A transaction that counts on items."""
    return lambda client: client.transact_write_items(
        TransactItems=[{"Update": add(key)} for key in keys or ("a",)], **more
    )


def reasons(error: ClientError) -> list[str]:
    return [reason["Code"] for reason in error.response["CancellationReasons"]]  # type: ignore[typeddict-item]


def side_by_side(lab: Lab, *calls: Any, faults: Faults | None = None) -> list[Any]:
    """Let handlers make calls at the same time; give what each was answered, or met.

    A call may be a pair: seconds to wait first, and the call.
    """
    met: list[Any] = [None] * len(calls)

    def handler_of(place: int, delay: float, call: Callable[[Any], Any]) -> Callable[..., None]:
        def handler(event: Any, context: Any) -> None:
            client = boto3.client("dynamodb")
            if delay:
                time.sleep(delay)
            try:
                met[place] = call(client)
            except ClientError as error:
                met[place] = error

        return handler

    for place, given in enumerate(calls):
        delay, call = given if isinstance(given, tuple) else (0.0, given)
        lab.create_function(f"caller-{place}", handler_of(place, delay, call), timeout=30)
        lab.client("lambda").invoke(FunctionName=f"caller-{place}", InvocationType="Event", Payload=b"{}")
    lab.run(faults=faults)
    return met


@pytest.fixture
def client(lab: Lab) -> Any:
    lab.create_table("tab", partition_key="pk", shards=4)
    return lab.client("dynamodb")


def count(client: Any, key: str = "a") -> int:
    item = client.get_item(TableName="tab", Key={"pk": {"S": key}}).get("Item", {"n": {"N": "0"}})
    return int(item["n"]["N"])


# ---- who is refused ----------------------------------------------------------------------------


def test_the_second_of_two_transactions_on_an_item_is_cancelled(lab: Lab, client: Any) -> None:
    # WHEN two handlers write a shared item in transactions at the same time
    first, second = side_by_side(lab, transact("a"), transact("b", "a"))
    # THEN the first one succeeds, the second one is cancelled for the shared item, and boto3 asks only once
    assert first["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert second.response["Error"]["Code"] == "TransactionCanceledException"
    assert reasons(second) == ["None", CONFLICT]
    assert second.response["CancellationReasons"][1]["Message"] == "Transaction is ongoing for the item"
    assert second.response["ResponseMetadata"]["RetryAttempts"] == 0
    assert (count(client, "a"), count(client, "b")) == (1, 0)


@pytest.mark.parametrize(
    "write",
    [
        lambda client: client.update_item(**add()),
        lambda client: client.put_item(TableName="tab", Item=KEY),
        lambda client: client.delete_item(TableName="tab", Key=KEY),
        lambda client: client.execute_statement(Statement="DELETE FROM tab WHERE pk = 'a'"),
    ],
    ids=["update", "put", "delete", "statement"],
)
def test_a_single_write_is_refused(lab: Lab, client: Any, write: Any) -> None:
    _, met = side_by_side(lab, transact(), write)
    assert met.response["Error"]["Code"] == "TransactionConflictException"
    assert met.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert met.response["ResponseMetadata"]["RetryAttempts"] == 0
    assert count(client) == 1


def test_a_transactional_read_is_cancelled_and_a_plain_one_finds_the_item_as_it_was(
    lab: Lab, client: Any
) -> None:
    client.update_item(**add())
    read = {"TableName": "tab", "Key": KEY}
    _, transactional, plain, scan = side_by_side(
        lab,
        transact(),
        lambda client: client.transact_get_items(TransactItems=[{"Get": read}]),
        lambda client: client.get_item(**read, ConsistentRead=True),
        lambda client: client.scan(TableName="tab", ConsistentRead=True),
    )
    assert reasons(transactional) == [CONFLICT]
    assert plain["Item"]["n"] == scan["Items"][0]["n"] == {"N": "1"}
    assert count(client) == 2


def test_statements_are_refused_as_their_calls_are(lab: Lab, client: Any) -> None:
    client.put_item(TableName="tab", Item=KEY)
    statement = {"Statement": "UPDATE tab SET m = 1 WHERE pk = 'a'"}
    _, transaction, reading, batch = side_by_side(
        lab,
        transact(),
        lambda client: client.execute_transaction(TransactStatements=[statement]),
        lambda client: client.execute_transaction(
            TransactStatements=[{"Statement": "SELECT * FROM tab WHERE pk = 'a'"}]
        ),
        lambda client: client.batch_execute_statement(Statements=[statement]),
    )
    assert reasons(transaction) == reasons(reading) == [CONFLICT]
    assert batch["Responses"][0]["Error"]["Code"] == CONFLICT


def test_a_batch_gives_the_item_back_and_writes_the_others(lab: Lab, client: Any) -> None:
    def write(client: Any) -> Any:
        puts = [{"PutRequest": {"Item": {"pk": {"S": key}, "m": {"N": "1"}}}} for key in "ab"]
        return client.batch_write_item(RequestItems={"tab": puts})

    _, answer = side_by_side(lab, transact(), write)
    assert [request["PutRequest"]["Item"]["pk"]["S"] for request in answer["UnprocessedItems"]["tab"]] == [
        "a"
    ]
    assert "Item" in client.get_item(TableName="tab", Key={"pk": {"S": "b"}})


def test_a_condition_check_claims_its_item_too(lab: Lab, client: Any) -> None:
    check = {"TableName": "tab", "Key": KEY, "ConditionExpression": "attribute_not_exists(pk)"}
    _, met = side_by_side(
        lab,
        lambda client: client.transact_write_items(
            TransactItems=[{"ConditionCheck": check}, {"Update": add("b")}]
        ),
        transact("a"),
    )
    assert reasons(met) == [CONFLICT]


def test_other_items_and_other_tables_are_free(lab: Lab, client: Any) -> None:
    lab.create_table("other", partition_key="pk")
    answers = side_by_side(
        lab,
        transact("a"),
        transact("b"),
        lambda client: client.put_item(TableName="other", Item=KEY),
    )
    assert [answer["ResponseMetadata"]["HTTPStatusCode"] for answer in answers] == [200, 200, 200]


def test_what_is_wrong_with_a_request_comes_before_the_conflict(lab: Lab, client: Any) -> None:
    _, met = side_by_side(
        lab, transact(), lambda client: client.update_item(**add(UpdateExpression="ADD n :unknown"))
    )
    assert met.response["Error"]["Code"] == "ValidationException"


# ---- the order of things -----------------------------------------------------------------------


def test_a_transaction_claims_half_way_and_writes_at_the_end_of_its_call(lab: Lab, client: Any) -> None:
    # GIVEN one transaction, and others that take effect shortly before, within and at the end of its time
    def at(moment: float) -> float:
        return moment - HALF

    seen = side_by_side(
        lab,
        (0.1, transact()),
        (0.1 + at(HALF - 0.0001), lambda client: client.update_item(**add())),
        (0.1 + at(HALF + 0.0001), lambda client: client.update_item(**add())),
        (0.1 + at(2 * HALF - 0.0001), lambda client: client.update_item(**add())),
        (0.1 + at(2 * HALF + 0.0001), lambda client: client.update_item(**add())),
    )
    # THEN those within are refused, and the others are not
    refused = [isinstance(one, ClientError) for one in seen]
    assert refused == [False, False, True, True, False]
    # THEN its record was written when its call ended
    written = (lab.trace.records["written_at"] - lab.trace.records["written_at"].iloc[0]).dt.total_seconds()
    assert written.tolist() == pytest.approx([0.0, HALF + 0.0001, HALF + 0.0002], abs=1e-6)


def test_the_caller_finds_what_it_wrote(lab: Lab, client: Any) -> None:
    def write_and_read(client: Any) -> int:
        for _ in range(50):
            transact()(client)
        return count(client)

    # THEN its own transactions, one after the other, never conflict either
    assert side_by_side(lab, write_and_read) == [50]
    assert len(lab.trace.conflicts) == 0


def test_a_cancelled_transaction_claims_nothing(lab: Lab, client: Any) -> None:
    # GIVEN a transaction whose second action fails its condition
    refused = add("b", ConditionExpression="attribute_exists(pk)")
    cancelled, other = side_by_side(
        lab,
        lambda client: client.transact_write_items(TransactItems=[{"Update": add()}, {"Update": refused}]),
        transact("a"),
    )
    assert reasons(cancelled) == ["None", "ConditionalCheckFailed"]
    assert other["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_latencies_say_how_long_it_is_under_way(lab: Lab, client: Any) -> None:
    # GIVEN a run in which DynamoDB is slow: a transaction is under way for half a second
    write = (0.6, lambda client: client.update_item(**add()))
    late = (1.1, lambda client: client.update_item(**add()))
    _, refused, done = side_by_side(
        lab, transact(), write, late, faults=Faults(slow={"dynamodb.TransactWriteItems": 1.0})
    )
    assert refused.response["Error"]["Code"] == "TransactionConflictException"
    assert done["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_lab_may_shorten_it(lab: Lab, client: Any) -> None:
    # GIVEN functions whose transactions take two seconds each way, but are under way for one second
    seen: list[str] = []

    def handler_of(delay: float, name: str) -> Callable[..., None]:
        def handler(event: Any, context: Any) -> None:
            own = boto3.client("dynamodb")
            time.sleep(delay)
            try:
                transact()(own) if not delay else own.update_item(**add())
            except ClientError:
                seen.append(name)

        return handler

    latencies = Latencies(calls={"dynamodb.TransactWriteItems": 4.0}, transaction=1.0)
    for delay, name in ((0.0, "transaction"), (2.5, "within"), (3.5, "behind")):
        lab.create_function(name, handler_of(delay, name), timeout=30, latencies=latencies)
        lab.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    lab.run()
    # THEN the write within this second was refused, the one behind it was not
    assert seen == ["within"]
    assert count(client) == 2


def test_it_may_take_no_time(lab: Lab, client: Any) -> None:
    def handler(event: Any, context: Any) -> None:
        transact()(boto3.client("dynamodb"))

    for number in range(3):
        lab.create_function(f"f{number}", handler, latencies=Latencies(transaction=0.0))
        lab.client("lambda").invoke(FunctionName=f"f{number}", InvocationType="Event", Payload=b"{}")
    lab.run()
    assert count(client) == 3
    assert len(lab.trace.conflicts) == 0


# ---- death -------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["crash", "timeout"])
def test_a_function_that_dies_does_not_undo_its_transaction(lab: Lab, client: Any, end: str) -> None:
    # GIVEN a function that dies while its transaction is under way, for two seconds
    def handler(event: Any, context: Any) -> None:
        transact()(boto3.client("dynamodb"))

    lab.create_function("dies", handler, timeout=3)
    lab.client("lambda").put_function_event_invoke_config(FunctionName="dies", MaximumRetryAttempts=0)
    lab.client("lambda").invoke(FunctionName="dies", InvocationType="Event", Payload=b"{}")
    crash: Any = {"crash_after": "dynamodb.TransactWriteItems"} if end == "crash" else {}
    faults = Faults(slow={"dynamodb.TransactWriteItems": 4.0}, **crash)
    start = lab.clock.now()
    # WHEN the clock stands just behind its death, THEN the item is as it was and belongs to the transaction
    lab.run(until=start + timedelta(seconds=3.1), faults=faults)
    assert count(client) == 0
    with pytest.raises(ClientError, match="TransactionConflictException"):
        client.update_item(**add())
    # WHEN time goes on, THEN the transaction is committed
    lab.run()
    assert count(client) == 1
    client.update_item(**add())
    assert count(client) == 2


def test_a_run_waits_for_transactions_whose_functions_died(lab: Lab, client: Any) -> None:
    # GIVEN a function that dies while it writes, and a function behind the table
    seen: list[str] = []
    lab.attach(lambda event, context: seen.extend(r["eventName"] for r in event["Records"]), "tab")

    def handler(event: Any, context: Any) -> None:
        transact()(boto3.client("dynamodb"))

    lab.create_function("dies", handler, timeout=3)
    lab.client("lambda").put_function_event_invoke_config(FunctionName="dies", MaximumRetryAttempts=0)
    lab.client("lambda").invoke(FunctionName="dies", InvocationType="Event", Payload=b"{}")
    slow = {"dynamodb.TransactWriteItems": 4.0}
    lab.run(faults=Faults(slow=slow, crash_after="dynamodb.TransactWriteItems"))
    assert (count(client), seen) == (1, ["INSERT"])


def test_on_one_shard_nothing_conflicts_even_where_the_function_dies(lab: Lab, client: Any) -> None:
    # GIVEN one shard, whose function dies ten times right after a transaction has begun
    lab.create_table("source", partition_key="pk")
    table = lab.resource("dynamodb").Table("source")
    for number in range(20):
        table.put_item(Item={"pk": "same", "n": number})

    def handler(event: Any, context: Any) -> None:
        transact()(boto3.client("dynamodb"))

    lab.attach(handler, "source", BatchSize=1)
    trace = lab.run(faults=Faults(crash_after=tuple(range(1, 30, 3))))
    # THEN each of these transactions was committed, and has ended before the one of the retry begins
    assert len(trace.conflicts) == 0
    assert count(client) == 20 + 10


# ---- what else writes --------------------------------------------------------------------------


def test_time_to_live_waits_for_the_transaction(lab: Lab) -> None:
    # GIVEN an expired item that a slow transaction checks
    lab.create_table("tab", partition_key="pk", ttl_attribute="due")
    client = lab.client("dynamodb")
    client.put_item(TableName="tab", Item={**KEY, "due": {"N": str(int(lab.clock.time()) - 10)}})
    check = {"TableName": "tab", "Key": KEY, "ConditionExpression": "attribute_exists(pk)"}

    def handler(event: Any, context: Any) -> None:
        boto3.client("dynamodb").transact_write_items(TransactItems=[{"ConditionCheck": check}])

    lab.create_function("checks", handler, timeout=30)
    lab.client("lambda").invoke(FunctionName="checks", InvocationType="Event", Payload=b"{}")
    lab.run(
        until=lab.clock.now() + timedelta(seconds=3),
        faults=Faults(slow={"dynamodb.TransactWriteItems": 4.0}),
    )
    # WHEN the sweep meets the item, THEN it leaves it alone; the next one takes it
    assert lab.expire_ttl() == 0
    lab.run()
    assert lab.expire_ttl() == 1
    assert client.scan(TableName="tab")["Count"] == 0


def test_a_table_that_was_deleted_meanwhile_stays_away(lab: Lab, client: Any) -> None:
    def handler(event: Any, context: Any) -> None:
        transact()(boto3.client("dynamodb"))

    lab.create_function("slow", handler, timeout=30)
    lab.client("lambda").invoke(FunctionName="slow", InvocationType="Event", Payload=b"{}")
    faults = Faults(slow={"dynamodb.TransactWriteItems": 4.0})
    lab.run(until=lab.clock.now() + timedelta(seconds=3), faults=faults)
    # WHEN the table is made anew under the transaction
    client.delete_table(TableName="tab")
    lab.create_table("tab", partition_key="pk")
    lab.run()
    # THEN the new one is empty, and so is its stream
    assert client.scan(TableName="tab")["Count"] == 0
    assert lab.read_stream("tab") == []


def test_a_cell_that_asks_until_it_succeeds_comes_to_an_end(lab: Lab, client: Any) -> None:
    def handler(event: Any, context: Any) -> None:
        transact()(boto3.client("dynamodb"))

    lab.create_function("slow", handler, timeout=30)
    lab.client("lambda").invoke(FunctionName="slow", InvocationType="Event", Payload=b"{}")
    lab.run(
        until=lab.clock.now() + timedelta(seconds=3),
        faults=Faults(slow={"dynamodb.TransactWriteItems": 4.0}),
    )
    # GIVEN a cell between two runs, in the middle of a transaction: its calls take no time of their own
    with lab.resource("dynamodb").Table("tab").batch_writer() as batch:
        batch.put_item(Item={"pk": "a", "n": 7})
    # THEN its write came after the transaction's
    assert count(client) == 7
    assert len(lab.trace.conflicts) > 0


def test_transactions_of_a_cell_take_no_time(lab: Lab, client: Any) -> None:
    for _ in range(3):
        transact()(client)
    assert count(client) == 3


# ---- tokens ------------------------------------------------------------------------------------


def test_a_token_that_is_under_way_is_refused_and_botocore_asks_again(lab: Lab, client: Any) -> None:  # D36
    # WHEN two handlers send the same request with the same token
    same = transact(ClientRequestToken="once")
    first, second = side_by_side(lab, same, same)
    # THEN the second one was told to wait; asked again, it succeeds without a second effect
    assert first["ResponseMetadata"]["RetryAttempts"] == 0
    assert second["ResponseMetadata"]["RetryAttempts"] > 0
    calls = lab.trace.calls
    assert calls["outcome"].tolist().count("TransactionInProgressException") > 0
    assert count(client) == 1
    assert len(lab.trace.conflicts) == 0


def test_another_request_with_a_token_that_is_under_way_is_refused(lab: Lab, client: Any) -> None:
    _, met = side_by_side(
        lab, transact("a", ClientRequestToken="once"), transact("b", ClientRequestToken="once")
    )
    assert met.response["Error"]["Code"] == "IdempotentParameterMismatchException"


def test_an_answer_that_is_lost_comes_again_by_its_token(lab: Lab, client: Any) -> None:
    lost = Refusal("dynamodb", "TransactWriteItems", "InternalServerError", after=True)
    (answer,) = side_by_side(lab, transact(), faults=Faults(refuse=[lost]))
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert count(client) == 1


# ---- the trace ---------------------------------------------------------------------------------


def test_the_trace_counts_conflicts(lab: Lab, client: Any) -> None:
    # WHEN one transaction meets two items of another, and a single write meets one
    side_by_side(lab, transact("a", "b"), transact("b", "a"), lambda client: client.update_item(**add()))
    # THEN there are three: CloudWatch counts requests for items
    trace = lab.trace
    assert sorted(trace.conflicts["keys"]) == ["pk=a", "pk=a", "pk=b"]
    assert set(trace.conflicts["table"]) == {"tab"}
    assert repr(trace).endswith("3 transaction conflicts>")
    assert json.loads(trace.calls["outcome"].value_counts().to_json()) == {
        "ok": 1,
        "TransactionCanceledException": 1,
        "TransactionConflictException": 1,
    }
    # THEN a later trace begins at none
    assert len(lab.run().conflicts) == 0


def test_threads_of_one_handler_conflict_too(lab: Lab, client: Any) -> None:
    # WHEN two threads of a handler write the item in transactions at the same time
    seen: list[list[str]] = []

    def write(own: Any) -> None:
        try:
            transact()(own)
        except ClientError as error:
            seen.append(reasons(error))

    def handler(event: Any, context: Any) -> None:
        own = boto3.client("dynamodb")
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(write, [own, own]))

    lab.create_function("threads", handler)
    lab.client("lambda").invoke(FunctionName="threads", InvocationType="Event", Payload=b"{}")
    lab.run()
    # THEN one of them succeeds, and the other one is cancelled
    assert seen == [[CONFLICT]]
    assert count(client) == 1
