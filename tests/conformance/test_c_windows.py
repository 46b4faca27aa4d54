"""C57 to C61: tumbling windows."""

from datetime import timedelta

from tests.emulator.esm_world import numbers


def summing(event, context):
    state = dict(event["state"])
    state["sum"] = state.get("sum", 0) + sum(numbers(event))
    return {"state": state}


def windows(events):
    return [
        (event["window"]["start"], event["isFinalInvokeForWindow"], event["state"].get("sum"))
        for event in events
    ]


def test_c57_the_event_carries_window_state_and_shard(world):
    w = world()
    w.write(3)
    w.connect(summing, TumblingWindowInSeconds=30)
    w.lab.run()
    first, final = w.events
    assert first["window"] == {"start": "2013-03-08T10:00:00Z", "end": "2013-03-08T10:00:30Z"}
    assert first["state"] == {}
    assert first["shardId"] == w.lab.shards(w.table)[0]["ShardId"]
    assert first["eventSourceARN"] == w.arn
    assert (first["isFinalInvokeForWindow"], first["isWindowTerminatedEarly"]) == (False, False)
    assert (final["isFinalInvokeForWindow"], final["isWindowTerminatedEarly"]) == (True, False)
    assert final["Records"] == []
    assert final["state"] == {"sum": 3}


def test_c58_an_answer_without_state_fails_and_is_retried_with_the_state_before(world):
    w = world()
    w.write(3)

    def answer(event, context):
        return None if len(w.seen) == 1 else summing(event, context)

    w.connect(answer, TumblingWindowInSeconds=30)
    trace = w.lab.run()
    assert trace.invocations["outcome"].tolist() == ["error", "success", "success"]
    assert w.events[-1]["state"] == {"sum": 3}


def test_c59_state_is_carried_within_a_window_and_dropped_after_it(world):
    # GIVEN one record every ten seconds for a minute and a half
    w = world()
    w.connect(summing, TumblingWindowInSeconds=30)
    for _ in range(9):
        w.settle(10)
        w.write(1)
    w.lab.run()
    finals = [entry for entry in windows(w.events) if entry[1]]
    # THEN each window ends with its own sum: 10 s and 20 s, then 30, 40, 50 s, ...
    assert finals == [
        ("2013-03-08T10:00:00Z", True, 0 + 1),
        ("2013-03-08T10:00:30Z", True, 2 + 3 + 4),
        ("2013-03-08T10:01:00Z", True, 5 + 6 + 7),
        ("2013-03-08T10:01:30Z", True, 8),
    ]


def test_c59_a_final_invocation_that_fails_suspends_the_shard(world):
    # GIVEN the final invocation of the first window fails three times
    w = world()
    failures = iter([True] * 3)

    def answer(event, context):
        if event["isFinalInvokeForWindow"] and next(failures, False):
            raise ValueError("sink is down")
        return summing(event, context)

    w.connect(answer, TumblingWindowInSeconds=30)
    w.settle(5)
    w.write(1)
    w.settle(26)
    w.write(1)
    trace = w.lab.run()
    # THEN the record of the next window waits for it
    finals = [event["isFinalInvokeForWindow"] for event in w.events]
    assert finals == [False, True, True, True, True, False, True]
    assert trace.deliveries["delivered_at"].max() >= w.lab.trace.invocations["ended_at"].iloc[4]


def test_c63_a_final_invocation_is_repeated_beyond_the_retry_limit(world):
    # GIVEN a final invocation that fails five times, and a mapping that retries once
    w = world()
    failures = iter([True] * 5)

    def answer(event, context):
        if event["isFinalInvokeForWindow"] and next(failures, False):
            raise ValueError("sink is down")
        return summing(event, context)

    w.connect(answer, TumblingWindowInSeconds=30, MaximumRetryAttempts=1)
    w.settle(5)
    w.write(1)
    w.lab.run()
    # THEN the lab goes on until it succeeds: it has no records that could be discarded
    assert [event["isFinalInvokeForWindow"] for event in w.events] == [False, *[True] * 6]
    assert not any(event["Records"] for event in w.events[1:])


def test_c58_a_final_answer_without_state_is_an_error_too(world):
    # GIVEN a handler whose first answer to a final invocation has no state
    w = world()
    silent = iter([True])

    def answer(event, context):
        if event["isFinalInvokeForWindow"] and next(silent, False):
            return {}
        return summing(event, context)

    w.write(1)
    w.connect(answer, TumblingWindowInSeconds=30)
    # WHEN the window ends
    trace = w.lab.run()
    # THEN that attempt failed, and is counted so
    assert trace.invocations["outcome"].tolist() == ["success", "error", "success"]
    metrics = trace.metrics().query("metric == 'Errors'")
    assert metrics["sum"].sum() == 1


def test_c59_a_state_above_one_megabyte_ends_the_window_early(world):
    w = world()

    def answer(event, context):
        if event["isFinalInvokeForWindow"]:
            return {"state": {}}
        return {"state": {"text": "x" * (1 << 20)}}

    w.write(1)
    w.connect(answer, TumblingWindowInSeconds=300)
    trace = w.lab.run()
    assert [event["isWindowTerminatedEarly"] for event in w.events] == [False, True]
    assert trace.invocations["started_at"].max() < trace.invocations["started_at"].min() + timedelta(
        seconds=1
    )


def test_c60_records_belong_to_windows_by_their_creation_time(world):
    # GIVEN records of two windows, read in one go
    w = world()
    w.write(2)
    w.settle(31)
    w.write(2)
    w.connect(summing, TumblingWindowInSeconds=30)
    w.lab.run()
    assert w.seen == [[0, 1], [], [2, 3], []]
    assert [entry[2] for entry in windows(w.events) if entry[1]] == [1, 5]


def test_c60_the_end_of_a_shard_closes_its_window(world):
    w = world()
    w.write(2)
    w.connect(summing, TumblingWindowInSeconds=300)
    w.settle(3)
    w.lab.roll_shards(w.table)
    w.write(1)
    w.lab.run()
    finals = [(event["shardId"], event["state"]) for event in w.events if event["isFinalInvokeForWindow"]]
    assert [state for _, state in finals] == [{"sum": 1}, {"sum": 2}]
    assert finals[0][0] != finals[1][0]


def test_c60_retry_attempts_apply(world):
    w = world()
    w.write(2)

    def answer(event, context):
        if event["Records"]:
            raise ValueError("no")
        return summing(event, context)

    w.connect(answer, TumblingWindowInSeconds=30, MaximumRetryAttempts=1)
    trace = w.lab.run()
    assert trace.failures["invoke_count"].tolist() == [2]
    assert w.events[-1]["isFinalInvokeForWindow"]


def test_c60_the_record_age_applies(world):
    # GIVEN a window whose records always fail, and a record age of a minute
    w = world()

    def answer(event, context):
        if event["Records"]:
            raise ValueError("no")
        return summing(event, context)

    w.connect(answer, TumblingWindowInSeconds=30, MaximumRecordAgeInSeconds=60)
    w.settle()
    w.write(2)
    trace = w.lab.run()
    # THEN they are given up for their age
    assert trace.failures[["condition", "records"]].to_numpy().tolist() == [["RecordAgeExceeded", 2]]


def test_c61_and_e3_indexing_state_by_an_attribute_value_is_a_type_error(world):
    # GIVEN the shape of AWS's sample: state indexed by the image's {"N": "101"}
    w = world()

    def answer(event, context):
        state = event["state"]
        for record in event["Records"]:
            state[record["dynamodb"]["NewImage"]["n"]] = 1
        return {"state": state}

    w.write(1)
    w.connect(answer, TumblingWindowInSeconds=30, MaximumRetryAttempts=0)
    trace = w.lab.run()
    assert trace.invocations["error"].iloc[0].startswith("TypeError: unhashable type")
