"""The event source mapping over GetRecords: the same code as on the emulator, on the wall clock."""

from __future__ import annotations

import doctest
import json
import time
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

import cdc_lab.backends.records
from cdc_lab import LabError
from cdc_lab.backends.records import RemoteRecord, SequenceNumber

from .wall import ARN, NOON, RemoteWorld, no_connection, record, refusal, text

REPORT = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
# A mapping is Creating for one second.
ENABLED = 1.0


def reporting(*bad: int) -> Any:
    def answer(event: dict[str, Any], context: Any) -> dict[str, Any]:
        numbers = [one["dynamodb"]["SequenceNumber"] for one in event["Records"]]
        return {"batchItemFailures": [{"itemIdentifier": n} for n in numbers if int(n) in bad]}

    return answer


# ---- reading ---------------------------------------------------------------------------------


def test_all_records_arrive_in_order_in_batches(world: RemoteWorld) -> None:
    # GIVEN 12 records, and empty pages between them (B13)
    world.streams.shard(1, [1001, 1002, None, *range(1003, 1010), None, None, 1010, 1011, 1012])
    world.connect(BatchSize=5)
    # WHEN the mapping runs until it is drained
    trace = world.run()
    # THEN each was delivered once, in order
    assert [n for batch in world.batches for n in batch] == list(range(1001, 1013))
    assert max(map(len, world.batches)) <= 5
    assert trace.deliveries["delivery"].eq(1).all()


def test_a_record_is_found_at_the_next_of_four_polls_a_second(world: RemoteWorld) -> None:
    # GIVEN a record that comes 1.6 seconds after the first poll
    shard = world.streams.shard(1)
    shard.entries.append((ENABLED + 1.6, record(1001)))
    world.connect()
    # WHEN five seconds pass
    world.run(until=ENABLED + 5 - 0.01)
    # THEN it is delivered at the poll after it (C10); beside 20 polls, there is one right after the delivery
    assert [at for at, _ in world.seen] == [pytest.approx(ENABLED + 1.75)]
    assert len(world.streams.asked("GetRecords")) == 21
    assert list(world.account.recorder.polls.values()) == [21]


def test_a_run_without_end_waits_until_shards_are_quiet(world: RemoteWorld) -> None:
    # GIVEN a record that shows in the stream with some delay, and a mapping that was idle for long
    shard = world.streams.shard(1)
    world.connect()
    world.run()
    world.wall.sleep(3600)
    at = world.wall.seconds
    shard.entries.append((at + 0.6, record(1001)))
    # WHEN the lab runs until drained
    world.run()
    # THEN it did not take the first empty page for the end; and it waits no longer than it must
    assert world.batches == [[1001]]
    assert at + 1.6 <= world.wall.seconds <= at + 2.5


def test_a_shard_is_read_to_its_end_before_its_children(world: RemoteWorld) -> None:
    # GIVEN a closed parent with an empty page in its middle, and two children
    parent = world.streams.shard(1, [1001, None, 1002], closed_at=0.0)
    world.streams.shard(2, [2001], parent=parent)
    world.streams.shard(3, [3001], parent=parent)
    world.connect(BatchSize=10)
    # WHEN it runs
    world.run()
    # THEN the parent's records come first (B19)
    flat = [n for batch in world.batches for n in batch]
    assert flat[:2] == [1001, 1002]
    assert sorted(flat[2:]) == [2001, 3001]


def test_a_child_that_appears_later_is_found(world: RemoteWorld) -> None:
    # GIVEN an open shard that closes at second 20, when its child is opened
    parent = world.streams.shard(1, [1001])
    world.connect()
    world.run(until=10)
    parent.closed_at = 20.0
    world.streams.shard(2, [2001], parent=parent)
    # WHEN time passes
    world.run(until=22)
    # THEN the child is read as soon as the parent has ended (B14)
    assert world.batches == [[1001], [2001]]
    assert world.seen[-1][0] < 21


def test_reading_goes_on_after_the_iterator_has_expired(world: RemoteWorld) -> None:
    # GIVEN a mapping that nobody ran for an hour (B10: iterators live for 15 minutes)
    shard = world.streams.shard(1, [1001, 1002])
    world.connect()
    world.run()
    world.wall.sleep(3600)
    shard.entries.append((world.wall.seconds, record(1003)))
    # WHEN it runs again
    world.run()
    # THEN it goes on behind the last record, named as the service wrote its number
    assert world.batches == [[1001, 1002], [1003]]
    (again,) = [
        given
        for given in world.streams.asked("GetShardIterator")
        if given["ShardIteratorType"] != "TRIM_HORIZON"
    ]
    assert again["SequenceNumber"] == text(1002)


def test_latest_begins_when_the_mapping_is_enabled(world: RemoteWorld) -> None:
    # GIVEN a stream with records that are some minutes old, and a mapping at LATEST
    shard = world.streams.shard(1)
    shard.entries = [(0.0, record(number, created=-180)) for number in (1001, 1002)]
    world.connect(StartingPosition="LATEST")
    world.run()
    assert world.batches == []
    # WHEN a record comes, but after so long that the first iterator has expired
    world.wall.sleep(3600)
    shard.entries.append((world.wall.seconds, record(1003, created=world.wall.seconds)))
    world.run()
    # THEN it is delivered, and the old ones are not
    assert world.batches == [[1003]]


def test_records_trimmed_meanwhile_are_passed_over(world: RemoteWorld) -> None:
    # GIVEN a mapping whose place in the stream was trimmed
    shard = world.streams.shard(1, [1001])
    world.connect()
    world.run()
    world.wall.sleep(48 * 3600)
    world.streams.trimmed_below = 1500
    shard.entries = [(0.0, record(1600, created=47 * 3600))]
    # WHEN it runs again
    world.run()
    # THEN it goes on with what is left (B17)
    assert world.batches == [[1001], [1600]]


def test_a_paused_mapping_resumes_at_its_checkpoint(world: RemoteWorld) -> None:
    # GIVEN a mapping that was disabled and enabled again
    shard = world.streams.shard(1, [1001, 1002])
    uuid = world.connect()
    world.run()
    world.functions.update_event_source_mapping(UUID=uuid, Enabled=False)
    world.run(until=world.wall.seconds + 5)
    shard.entries.append((0.0, record(1003)))
    world.functions.update_event_source_mapping(UUID=uuid, Enabled=True)
    # WHEN it runs
    world.run()
    # THEN nothing comes twice, and nothing is missed
    assert world.batches == [[1001, 1002], [1003]]


def test_a_record_that_waited_for_its_window_when_the_mapping_was_paused_is_not_lost(
    world: RemoteWorld,
) -> None:
    # GIVEN a record that was read, and waited for its batching window when the mapping was disabled
    shard = world.streams.shard(1, [1001])
    uuid = world.connect(MaximumBatchingWindowInSeconds=5)
    world.run()
    shard.entries.append((world.wall.seconds, record(1002)))
    world.run(until=world.wall.seconds + 2)
    world.functions.update_event_source_mapping(UUID=uuid, Enabled=False)
    world.run(until=world.wall.seconds + 5)
    assert world.batches == [[1001]]
    # WHEN it is enabled again, and the first poll is refused
    world.streams.failing.append(refusal("LimitExceededException"))
    world.functions.update_event_source_mapping(UUID=uuid, Enabled=True)
    world.run()
    # THEN it is read again, from the checkpoint
    assert world.batches == [[1001], [1002]]


def test_two_mappings_read_for_themselves_and_a_write_is_noted_once(world: RemoteWorld) -> None:
    world.streams.shard(1, [1001, 1002])
    for name in ("board", "audit"):
        world.connect(name=name)
    trace = world.run()
    assert world.batches == [[1001, 1002], [1001, 1002]]
    assert list(trace.records["sequence_number"]) == [text(1001), text(1002)]
    assert list(trace.deliveries["delivery"]) == [1, 1, 1, 1]


# ---- failures --------------------------------------------------------------------------------


def test_retries_wait_in_truth(world: RemoteWorld) -> None:
    # GIVEN a handler that always fails, and three retries
    world.streams.shard(1, [1001])

    def fail(event: Any, context: Any) -> None:
        raise ValueError("no")

    world.connect(fail, MaximumRetryAttempts=3)
    # WHEN it runs
    trace = world.run()
    # THEN there are 4 invocations (C18), and the pauses of the model between them were waited for
    times = [at for at, _ in world.seen]
    pauses = [b - a for a, b in pairwise(times)]
    assert pauses == [pytest.approx(pause, abs=0.01) for pause in (0.25, 0.5, 1.0)]
    assert list(trace.failures["condition"]) == ["RetryAttemptsExhausted"]


def test_a_padded_sequence_number_is_a_checkpoint(world: RemoteWorld) -> None:
    # GIVEN a handler that reports record 1003 as the service wrote it, until its retries are used up
    world.streams.shard(1, [1001, 1002, 1003, 1004])
    queue = world.account.client("sqs").create_queue(QueueName="failures")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:failures"
    world.connect(
        reporting(1003), MaximumRetryAttempts=1, BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": arn}}, **REPORT,
    )  # fmt: skip
    # WHEN it runs
    world.run()
    # THEN what came before it is done (C26), it alone is given up, and its number is told in full
    assert world.batches == [[1001, 1002, 1003, 1004], [1003, 1004], [1003], [1003], [1004]]
    (message,) = world.account.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    info = json.loads(message["Body"])["DDBStreamBatchInfo"]
    assert (info["startSequenceNumber"], info["batchSize"], info["streamArn"]) == (text(1003), 1, ARN)


def test_minute_granular_times_do_not_make_records_too_old(world: RemoteWorld) -> None:
    # GIVEN a record of second 50, whose creation time reads second 0, and an age limit of 60 seconds
    world.wall.sleep(50)
    shard = world.streams.shard(1)
    shard.entries.append((50.0, record(1001, created=50.0)))

    def fail(event: Any, context: Any) -> None:
        raise ValueError("no")

    world.connect(fail, MaximumRecordAgeInSeconds=60)
    # WHEN it fails until it is too old
    trace = world.run()
    # THEN it had its minute, counted from when it was read
    (failure,) = trace.failures.to_dict("records")
    assert failure["condition"] == "RecordAgeExceeded"
    assert failure["at"].timestamp() - world.seen[0][0] - NOON == pytest.approx(60, abs=1)


def test_a_day_old_record_is_given_up(world: RemoteWorld) -> None:
    # GIVEN a record that fails until it expires at its source (C20), and one that comes much later
    shard = world.streams.shard(1, [1001])
    shard.entries.append((80_000.0, record(1002, created=80_000.0)))

    def fail(event: Any, context: Any) -> None:
        if event["Records"][0]["dynamodb"]["SequenceNumber"] == text(1001):
            raise ValueError("no")

    world.connect(fail, BatchSize=1)
    # WHEN a day passes
    trace = world.run(until=90_000)
    # THEN the first is dropped after 24 hours, and the second delivered
    assert list(trace.failures["condition"]) == ["ExpiredAtSource"]
    assert world.batches[-1] == [1002]
    assert world.seen[-1][0] == pytest.approx(24 * 3600, abs=120)


@pytest.mark.parametrize("error", [no_connection(), refusal("AccessDeniedException")])
def test_a_service_that_does_not_answer_ends_the_run_but_not_the_mapping(
    world: RemoteWorld, error: Exception
) -> None:
    # GIVEN an endpoint that goes away
    world.streams.shard(1, [1001])
    world.connect()
    world.streams.failing.append(error)
    # WHEN the lab runs: THEN it says so in one line
    with pytest.raises(LabError, match=r"a stream at http://127\.0\.0\.1:8123 cannot be read: ") as caught:
        world.run()
    assert "\n" not in str(caught.value)
    # AND goes on when the endpoint is back
    world.run()
    assert world.batches == [[1001]]


def test_an_interrupted_run_can_be_gone_on_with(world: RemoteWorld) -> None:
    # GIVEN a run that the user interrupts while it waits for the next poll
    shard = world.streams.shard(1, [1001])
    world.connect()
    asleep, naps = world.wall.sleep, iter(range(100))

    def sleep(seconds: float) -> None:
        if next(naps) == 3:
            raise KeyboardInterrupt
        asleep(seconds)

    world.account.clock.env._sleep = sleep  # type: ignore[attr-defined]
    with pytest.raises(KeyboardInterrupt):
        world.run()
    # WHEN it is run again
    shard.entries.append((world.wall.seconds, record(1002)))
    world.run()
    # THEN it goes on
    assert world.batches == [[1001], [1002]]


def test_a_throttled_poll_is_made_again(world: RemoteWorld) -> None:
    world.streams.shard(1, [1001], closed_at=0.0)
    world.connect()
    world.streams.failing += [refusal("LimitExceededException"), refusal("InternalServerError")]
    world.run()
    assert world.batches == [[1001]]


# ---- the handler's time ----------------------------------------------------------------------


def test_a_handler_that_computes_beyond_its_timeout_has_timed_out(world: RemoteWorld) -> None:
    # GIVEN a handler that computes for 5 seconds with a timeout of 3, and then wants to write
    world.streams.shard(1, [1001])
    sqs = world.account.client("sqs")
    queue = sqs.create_queue(QueueName="effects")["QueueUrl"]

    def slow(event: Any, context: Any) -> str:
        world.wall.sleep(5)
        sqs.send_message(QueueUrl=queue, MessageBody="too late")
        return "done"

    world.connect(slow, MaximumRetryAttempts=0, function={"timeout": 3})
    # WHEN it runs
    trace = world.run()
    # THEN the invocation has failed, and the call had no effect
    assert list(trace.invocations["outcome"]) == ["timeout"]
    assert list(trace.invocations["duration_ms"]) == [pytest.approx(3000)]
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)


def test_a_handler_sees_its_time_pass(world: RemoteWorld) -> None:
    # GIVEN a handler that sleeps, computes and asks how much is left
    world.streams.shard(1, [1001])
    left: list[int] = []

    def handler(event: Any, context: Any) -> None:
        time.sleep(0.5)
        world.wall.sleep(0.25)
        left.append(context.get_remaining_time_in_millis())

    world.connect(handler, function={"timeout": 2})
    world.run()
    assert left == [1250]


def test_a_batching_window_is_waited_for(world: RemoteWorld) -> None:
    # GIVEN records one second apart, and a window of 5 seconds
    shard = world.streams.shard(1)
    shard.entries += [(ENABLED + n, record(1000 + n)) for n in range(1, 9)]
    world.connect(MaximumBatchingWindowInSeconds=5)
    # WHEN it runs
    world.run(until=20)
    # THEN the first batch goes when the window is over (C11)
    assert world.seen[0][0] == pytest.approx(ENABLED + 5, abs=0.26)
    assert world.batches[0] == [1001, 1002, 1003, 1004, 1005]
    assert [n for batch in world.batches for n in batch] == list(range(1001, 1009))


def test_lanes_keep_the_order_of_an_item(world: RemoteWorld) -> None:
    # GIVEN the changes of three flights, and handlers that sleep
    shard = world.streams.shard(1)
    shard.entries += [(0.0, record(1001 + n, flight=f"F{n % 3}")) for n in range(12)]
    flights: list[tuple[str, int]] = []

    def slow(event: dict[str, Any], context: Any) -> None:
        time.sleep(1)
        for one in event["Records"]:
            image = one["dynamodb"]["NewImage"]
            flights.append((image["flight_id"]["S"], int(image["n"]["N"])))

    world.connect(slow, BatchSize=2, ParallelizationFactor=3)
    # WHEN they run in lanes
    world.run()
    # THEN every record came once, and each flight's in order (C14)
    assert sorted(number for _, number in flights) == list(range(1001, 1013))
    for flight in ("F0", "F1", "F2"):
        mine = [number for name, number in flights if name == flight]
        assert mine == sorted(mine)


# ---- records ---------------------------------------------------------------------------------


def test_a_record_becomes_an_event_as_lambda_writes_it() -> None:
    # GIVEN a record of GetRecords with binary values, deleted by time to live
    raw = record(
        1001, photo={"B": b"\x00\xff"}, tags={"BS": [b"a", b"b"]}, deep={"M": {"l": {"L": [{"B": b"x"}]}}}
    )
    raw["userIdentity"] = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    stored = RemoteRecord(raw, read_at=NOON + 5, granularity=60.0)
    # WHEN it is put into an event
    event = stored.to_event(ARN)
    # THEN it is JSON: base64 text, epoch seconds, lower-case identity, the stream's ARN (A2, A10, A11, A14)
    assert json.loads(json.dumps(event)) == event
    image = event["dynamodb"]["NewImage"]
    assert (image["photo"], image["tags"]) == ({"B": "AP8="}, {"BS": ["YQ==", "Yg=="]})
    assert image["deep"] == {"M": {"l": {"L": [{"B": "eA=="}]}}}
    assert event["dynamodb"]["ApproximateCreationDateTime"] == NOON
    assert event["userIdentity"] == {"principalId": "dynamodb.amazonaws.com", "type": "Service"}
    assert event["eventSourceARN"] == ARN
    # AND a handler that changes it changes nothing of the next attempt's
    event["dynamodb"]["NewImage"]["photo"]["B"] = ""
    assert stored.to_event(ARN)["dynamodb"]["NewImage"]["photo"] == {"B": "AP8="}


@pytest.mark.parametrize(
    ("created", "read_at", "granularity", "written"),
    [
        (0, 5, 60, 5),  # written at some time in the first five seconds
        (0, 3600, 60, 60),  # written in the first minute
        (10, 10.4, 1, 10.4),
        (10, 50, 1, 11),
        (10, 9.8, 1, 10),  # the service's clock goes before ours
    ],
)
def test_of_the_times_at_which_a_record_may_be_written_the_latest_counts(
    created: float, read_at: float, granularity: float, written: float
) -> None:
    raw = record(1001)
    raw["dynamodb"]["ApproximateCreationDateTime"] = datetime.fromtimestamp(NOON + created, UTC)
    assert RemoteRecord(raw, NOON + read_at, granularity).written == pytest.approx(NOON + written)


def test_a_sequence_number_is_an_integer_that_reads_as_it_was_written() -> None:
    nine, ten = SequenceNumber(text(9)), SequenceNumber(text(10))
    assert nine < ten
    assert nine == 9
    assert f"{nine}" == str(nine) == "000000000000000000009"
    assert {nine: 1}[9] == 1  # type: ignore[index]


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(cdc_lab.backends.records).attempted == 2
    assert doctest.testmod(cdc_lab.backends.records).failed == 0
