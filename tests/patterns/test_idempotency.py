"""An effect and its dedup row: both or neither, once, wherever the function dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from unittest.mock import patch

import boto3
import pytest
import time_machine
from boto3.dynamodb.types import Binary
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdc_lab.patterns import RecordError, StreamRecord, process_batch, process_with_idempotency

from .factories import make_event, make_get_records_record, make_record, property_test, sequence_number

EXAMPLES = count()
CANCELLED = "TransactionCanceledException"


class Crash(BaseException):
    """The function dies here."""


def flight(number: int = 0) -> dict[str, Any]:
    return make_record(new={"flight_id": "UA1545", "origin": "EWR"}, number=number)


def count_at(airport: str, table: str = "counters") -> dict[str, Any]:
    """One `Update` that counts and does mind being repeated."""
    return {
        "Update": {
            "TableName": table,
            "Key": {"airport": airport},
            "UpdateExpression": "ADD flights :one",
            "ExpressionAttributeValues": {":one": 1},
        }
    }


def count_of(counters: Any, airport: str = "EWR") -> int:
    return int(counters.get_item(Key={"airport": airport}).get("Item", {"flights": 0})["flights"])


@contextmanager
def crash(table: Any, when: str) -> Iterator[None]:
    """Die at the transaction: `before-call`, nothing was sent; `after-call`, all was done, nobody knows."""

    def die(**_: Any) -> None:
        raise Crash

    events, name = table.meta.client.meta.events, f"{when}.dynamodb.TransactWriteItems"
    events.register(name, die)
    try:
        with pytest.raises(Crash):
            yield
    finally:
        events.unregister(name, die)


class TestOnce:
    def test_the_first_delivery_applies_and_the_next_do_not(self, processed: Any, counters: Any) -> None:
        answers = [process_with_idempotency(flight(), processed, [count_at("EWR")]) for _ in range(3)]
        assert answers == [True, False, False]
        assert count_of(counters) == 1

    def test_equal_changes_with_different_event_ids_both_count(self, processed: Any, counters: Any) -> None:
        assert process_with_idempotency(flight(0), processed, [count_at("EWR")])
        assert process_with_idempotency(flight(1), processed, [count_at("EWR")])
        assert count_of(counters) == 2

    def test_every_form_of_a_record_is_the_same_delivery(self, processed: Any, counters: Any) -> None:
        new = {"flight_id": "UA1545"}
        forms = (
            make_record(new=new),
            StreamRecord.of(make_record(new=new)),
            make_get_records_record(new=new),
        )
        assert [process_with_idempotency(form, processed, [count_at("EWR")]) for form in forms] == [
            True,
            False,
            False,
        ]
        assert count_of(counters) == 1

    def test_a_crash_before_the_call_loses_nothing(self, processed: Any, counters: Any) -> None:
        # GIVEN a function that died before its transaction
        with crash(processed, "before-call"):
            process_with_idempotency(flight(), processed, [count_at("EWR")])
        assert count_of(counters) == 0
        # WHEN the record is delivered again
        applied = process_with_idempotency(flight(), processed, [count_at("EWR")])
        # THEN the effect happens now
        assert applied
        assert count_of(counters) == 1

    def test_a_crash_after_the_call_doubles_nothing(self, processed: Any, counters: Any) -> None:
        # GIVEN a function that died when its transaction was done, before it could say so
        with crash(processed, "after-call"):
            process_with_idempotency(flight(), processed, [count_at("EWR")])
        # WHEN the record is delivered again
        applied = process_with_idempotency(flight(), processed, [count_at("EWR")])
        # THEN it is known
        assert not applied
        assert count_of(counters) == 1

    def test_two_consumers_share_a_table_by_name(self, processed: Any, counters: Any) -> None:
        assert process_with_idempotency(flight(), processed, [count_at("EWR")], consumer="board")
        assert process_with_idempotency(flight(), processed, [count_at("JFK")], consumer="index")
        assert not process_with_idempotency(flight(), processed, [count_at("EWR")], consumer="board")
        assert (count_of(counters, "EWR"), count_of(counters, "JFK")) == (1, 1)

    def test_a_record_without_effects_is_remembered_too(self, processed: Any) -> None:
        assert process_with_idempotency(flight(), processed, [])
        assert not process_with_idempotency(flight(), processed, [])


@settings(property_test, max_examples=25, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([None, "before-call", "after-call"])), max_size=8)
)
def test_any_deliveries_with_any_crashes_count_each_event_once(
    processed: Any, counters: Any, deliveries: list[tuple[int, str | None]]
) -> None:
    # GIVEN deliveries of four events in any order and number, each with a crash or none. The tables are the
    # same for all examples (making them is slow), so each has events and a row of its own.
    example = next(EXAMPLES)
    airport, first = f"A{example}", 4 * example
    reached = set()
    # WHEN they arrive
    for number, when in deliveries:
        with crash(processed, when) if when else nullcontext():
            process_with_idempotency(flight(first + number), processed, [count_at(airport)])
        if when != "before-call":
            reached.add(number)
    # THEN each event that reached DynamoDB at least once was counted exactly once
    assert count_of(counters, airport) == len(reached)
    known = {item["event_id"] for item in processed.scan()["Items"]}
    for number in range(4):
        assert (flight(first + number)["eventID"] in known) == (number in reached)


class TestFailures:
    def test_an_effects_own_condition_is_raised_and_leaves_no_row(
        self, processed: Any, counters: Any
    ) -> None:
        # GIVEN an effect whose condition does not hold yet
        effect = count_at("EWR")
        effect["Update"]["ConditionExpression"] = "attribute_exists(airport)"
        # WHEN
        with pytest.raises(ClientError) as caught:
            process_with_idempotency(flight(), processed, [effect])
        # THEN it says so, nothing was applied, and a later delivery can still apply it
        assert caught.value.response["Error"]["Code"] == CANCELLED
        assert processed.scan()["Items"] == []
        counters.put_item(Item={"airport": "EWR", "flights": 5})
        assert process_with_idempotency(flight(), processed, [effect])
        assert count_of(counters) == 6

    def test_a_condition_that_fails_because_the_effect_is_there_is_a_duplicate(
        self, processed: Any, counters: Any
    ) -> None:
        # GIVEN an effect that can be applied only once by its own condition
        effect = {
            "Put": {
                "TableName": "counters",
                "Item": {"airport": "EWR", "flights": 1},
                "ConditionExpression": "attribute_not_exists(airport)",
            }
        }
        # THEN its second delivery is a duplicate, not an error, though both conditions fail
        assert process_with_idempotency(flight(), processed, [effect])
        assert not process_with_idempotency(flight(), processed, [effect])

    def test_one_of_several_effects_that_fails_undoes_all(self, processed: Any, counters: Any) -> None:
        failing = count_at("LGA")
        failing["Update"]["ConditionExpression"] = "attribute_exists(airport)"
        with pytest.raises(ClientError):
            process_with_idempotency(flight(), processed, [count_at("EWR"), failing, count_at("JFK")])
        assert counters.scan()["Items"] == []
        assert processed.scan()["Items"] == []

    @pytest.mark.parametrize(
        "reasons",
        [
            [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}],
            [{"Code": "TransactionConflict"}, {"Code": "ConditionalCheckFailed"}],
            [{"Code": "ThrottlingError"}, {"Code": "ThrottlingError"}],
            None,
        ],
    )
    def test_any_other_reason_is_raised_for_a_retry(
        self, processed: Any, reasons: list[dict[str, str]] | None
    ) -> None:
        # moto cancels for few reasons: the service's answer is put in the place of its own.
        with Stubber(processed.meta.client) as stub:
            stub.add_client_error(
                "transact_write_items",
                CANCELLED,
                "cancelled",
                400,
                modeled_fields={"CancellationReasons": reasons} if reasons else None,
            )
            with pytest.raises(ClientError) as caught:
                process_with_idempotency(flight(), processed, [count_at("EWR")])
        assert caught.value.response["Error"]["Code"] == CANCELLED

    def test_the_rows_own_reason_is_a_duplicate_whatever_the_others(self, processed: Any) -> None:
        reasons = [{"Code": "ConditionalCheckFailed"}, {"Code": "TransactionConflict"}]
        with Stubber(processed.meta.client) as stub:
            stub.add_client_error(
                "transact_write_items",
                CANCELLED,
                "cancelled",
                400,
                modeled_fields={"CancellationReasons": reasons},
            )
            assert not process_with_idempotency(flight(), processed, [count_at("EWR")])

    @pytest.mark.parametrize(
        "code", ["ProvisionedThroughputExceededException", "ConditionalCheckFailedException"]
    )
    def test_another_error_is_raised(self, processed: Any, code: str) -> None:
        with Stubber(processed.meta.client) as stub:
            stub.add_client_error("transact_write_items", code)
            with pytest.raises(ClientError, match=code):
                process_with_idempotency(flight(), processed, [count_at("EWR")])

    def test_a_missing_table_is_raised(self, processed: Any) -> None:
        with pytest.raises(ClientError):
            process_with_idempotency(flight(), processed, [count_at("EWR", table="nowhere")])
        assert processed.scan()["Items"] == []


class Waits:
    """Stands in for time and for Lambda's context: what was waited, and what is left."""

    def __init__(self, remaining: float = 900.0) -> None:
        self.slept: list[float] = []
        self.remaining = remaining

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.remaining -= seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.remaining * 1000)


class TestConflicts:
    """DynamoDB cancels a transaction on an item of another one that is under way (facts D33 and D35)."""

    @contextmanager
    def conflicts(self, table: Any, waits: Waits, times: int, place: int = 1) -> Iterator[Stubber]:
        reasons = [{"Code": "TransactionConflict" if number == place else "None"} for number in range(2)]
        with patch("time.sleep", waits.sleep), Stubber(table.meta.client) as stub:
            for _ in range(times):
                stub.add_client_error(
                    "transact_write_items",
                    CANCELLED,
                    "cancelled",
                    400,
                    modeled_fields={"CancellationReasons": reasons},
                )
            stub.add_response("transact_write_items", {})
            yield stub

    def waited(self, table: Any, record: dict[str, Any], context: Any = "its own") -> list[float]:
        """What is waited where every transaction conflicts, before it is given up."""
        waits = Waits()
        with self.conflicts(table, waits, 50), pytest.raises(ClientError, match=CANCELLED):
            process_with_idempotency(
                record, table, [count_at("EWR")], context=waits if context == "its own" else context
            )
        return waits.slept

    @pytest.mark.parametrize("place", [0, 1])
    def test_the_transaction_is_sent_again(self, processed: Any, place: int) -> None:
        waits = Waits()
        with self.conflicts(processed, waits, 3, place) as stub:
            assert process_with_idempotency(flight(), processed, [count_at("EWR")], context=waits)
            stub.assert_no_pending_responses()
        assert len(waits.slept) == 3

    def test_the_waits_grow_are_random_and_end(self, processed: Any) -> None:
        # WHEN the conflict does not end
        slept = self.waited(processed, flight())
        # THEN the exception comes after ten waits below bounds that double up to a second
        bounds = [min(1.0, 0.01 * 2**number) for number in range(10)]
        assert len(slept) == 10
        assert all(0 <= wait <= bound for wait, bound in zip(slept, bounds, strict=True))
        # THEN another record waits otherwise, and the same one again as before
        assert self.waited(processed, flight(1)) != slept
        assert self.waited(processed, flight()) == slept

    def test_without_context_a_second_is_waited_at_most(self, processed: Any) -> None:
        for number in range(20):
            assert sum(self.waited(processed, flight(number), context=None)) <= 1.0

    @settings(property_test, max_examples=40, suppress_health_check=list(HealthCheck))
    @given(remaining=st.floats(0.0, 6.0), number=st.integers(0, 30))
    def test_no_wait_reaches_into_the_last_half_second(
        self, processed: Any, remaining: float, number: int
    ) -> None:
        # GIVEN a function with so many seconds left
        waits = Waits(remaining)
        # WHEN the conflict does not end
        with self.conflicts(processed, waits, 50), pytest.raises(ClientError, match=CANCELLED):
            process_with_idempotency(flight(number), processed, [count_at("EWR")], context=waits)
        # THEN half a second is left to answer Lambda
        assert sum(waits.slept) <= max(0.0, remaining - 0.5)

    def test_a_conflict_that_ends_in_a_duplicate_is_one(self, processed: Any, counters: Any) -> None:
        # GIVEN a record that was applied already
        process_with_idempotency(flight(), processed, [count_at("EWR")])
        waits, reasons = Waits(), [{"Code": "TransactionConflict"}, {"Code": "None"}]
        real, answers = processed.meta.client.transact_write_items, [reasons]

        def once_in_conflict(**request: Any) -> Any:
            if answers:
                response: Any = {"Error": {"Code": CANCELLED}, "CancellationReasons": answers.pop()}
                raise ClientError(response, "TransactWriteItems")
            return real(**request)

        # WHEN its second delivery meets a conflict first
        with (
            patch("time.sleep", waits.sleep),
            patch.object(processed.meta.client, "transact_write_items", once_in_conflict),
        ):
            assert not process_with_idempotency(flight(), processed, [count_at("EWR")])
        # THEN it is counted once
        assert (len(waits.slept), count_of(counters)) == (1, 1)


class TestRow:
    def test_it_holds_the_event_and_when_to_forget_it(self, processed: Any) -> None:
        # GIVEN a clock
        with time_machine.travel(datetime(2013, 3, 8, 12, 0, tzinfo=UTC), tick=False):
            process_with_idempotency(flight(), processed, [])
        # THEN the row lives two days from then, in epoch seconds as time to live wants them (fact A32)
        assert processed.scan()["Items"] == [
            {
                "event_id": flight()["eventID"],
                "sequence_number": sequence_number(flight()),
                "expires_at": Decimal(datetime(2013, 3, 10, 12, 0, tzinfo=UTC).timestamp()),
            }
        ]

    def test_its_key_may_have_another_name_and_a_consumer(self, create_table: Any) -> None:
        # `name` is a reserved word of DynamoDB's expressions.
        table = create_table("done", "name")
        assert process_with_idempotency(flight(), table, [], key_attribute="name", consumer="board")
        assert not process_with_idempotency(flight(), table, [], key_attribute="name", consumer="board")
        (row,) = table.scan()["Items"]
        assert row["name"] == f"board#{flight()['eventID']}"

    def test_it_outlives_the_record_in_its_stream(self, processed: Any) -> None:
        process_with_idempotency(flight(), processed, [], keep=timedelta(hours=24))
        with pytest.raises(ValueError, match=r"keep=23:59:59 .* 24 hours"):
            process_with_idempotency(
                flight(1), processed, [], keep=timedelta(hours=23, minutes=59, seconds=59)
            )
        assert len(processed.scan()["Items"]) == 1


class TestEffects:
    def test_they_take_python_values(self, processed: Any, counters: Any) -> None:
        item = {
            "airport": "EWR",
            "flights": Decimal("1.5"),
            "codes": {"WX", "TS"},
            "raw": b"\x00",
            "nested": {"list": [1, None, True]},
        }
        process_with_idempotency(flight(), processed, [{"Put": {"TableName": "counters", "Item": item}}])
        assert counters.get_item(Key={"airport": "EWR"})["Item"] == {**item, "raw": Binary(b"\x00")}

    def test_a_function_makes_them_from_the_record(self, processed: Any, counters: Any) -> None:
        def effects(record: StreamRecord) -> list[dict[str, Any]]:
            assert record.new_image is not None
            return [count_at(record.new_image["origin"])]

        assert process_with_idempotency(flight(), processed, effects)
        assert count_of(counters, "EWR") == 1

    def test_a_callers_list_is_left_as_it_was(self, processed: Any, counters: Any) -> None:
        effects = [count_at("EWR")]
        process_with_idempotency(flight(), processed, effects)
        assert effects == [count_at("EWR")]

    def test_99_fit_and_100_do_not(self, processed: Any, counters: Any) -> None:
        # GIVEN a transaction's 100 actions, of which the row takes one (fact D19)
        effects = [count_at(f"A{n}") for n in range(100)]
        # WHEN there is one effect too many
        with pytest.raises(
            ValueError, match=r"100 effects for <StreamRecord INSERT .*>: a transaction holds 99"
        ):
            process_with_idempotency(flight(), processed, effects)
        # THEN nothing was written
        assert processed.scan()["Items"] == counters.scan()["Items"] == []
        # WHEN it is gone
        assert process_with_idempotency(flight(), processed, effects[:99])
        # THEN all the others are applied
        assert counters.scan()["Count"] == 99

    @pytest.mark.parametrize(
        "table", ["processed", None, boto3.Session("x", "x", region_name="us-east-1").client("dynamodb")]
    )
    def test_what_is_no_table_is_refused_with_the_remedy(self, table: Any) -> None:
        with pytest.raises(TypeError, match="Table"):
            process_with_idempotency(flight(), table, [])

    def test_one_entry_is_not_a_list(self, processed: Any) -> None:
        with pytest.raises(TypeError, match="pass a list of entries"):
            process_with_idempotency(flight(), processed, count_at("EWR"))  # type: ignore[arg-type]

    def test_a_malformed_record_is_refused(self, processed: Any) -> None:
        with pytest.raises(RecordError):
            process_with_idempotency({"eventID": "x"}, processed, [])


def test_in_a_batch_a_redelivery_after_a_failure_counts_nothing_twice(processed: Any, counters: Any) -> None:
    # GIVEN a batch whose third record fails the first time
    event = make_event(*(flight(number) for number in range(4)))
    trouble = ["conflict"]

    def process(record: StreamRecord) -> None:
        if record.event_id == event["Records"][2]["eventID"] and trouble:
            raise RuntimeError(trouble.pop())
        process_with_idempotency(record, processed, [count_at("EWR")])

    # WHEN the whole batch is delivered again, as without partial responses
    first, second = process_batch(event, process), process_batch(event, process)
    # THEN
    assert first["batchItemFailures"] == [{"itemIdentifier": sequence_number(event["Records"][2])}]
    assert second["batchItemFailures"] == []
    assert count_of(counters) == 4
