"""Lambda's other operations: list, update, pause, delete, invoke, and what the lab does not emulate."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from cdc_lab import LabError
from cdc_lab.emulator.lambda_.event_source_mapping.checkpoint import Checkpoint
from tests.emulator.esm_world import numbers, poisoned


def test_list_by_function_by_stream_and_in_pages(world):
    w = world()
    other = w.lab.create_table("airports", "code")
    uuids = [w.connect(name=f"f{number}") for number in range(3)]
    w.functions.create_event_source_mapping(
        FunctionName="f0", EventSourceArn=w.lab.stream_arn(other), StartingPosition="LATEST"
    )
    listed = w.functions.list_event_source_mappings
    assert len(listed()["EventSourceMappings"]) == 4
    assert len(listed(FunctionName="f0")["EventSourceMappings"]) == 2
    assert [m["UUID"] for m in listed(EventSourceArn=w.arn)["EventSourceMappings"]] == uuids
    page = listed(MaxItems=3)
    assert len(page["EventSourceMappings"]) == 3
    assert len(listed(Marker=page["NextMarker"])["EventSourceMappings"]) == 1
    pages = w.functions.get_paginator("list_event_source_mappings").paginate(PaginationConfig={"PageSize": 2})
    assert sum(len(one["EventSourceMappings"]) for one in pages) == 4


def test_a_pause_resumes_where_it_left_off(world):
    w = world()
    uuid = w.connect(BatchSize=2)
    w.write(3)
    w.lab.run()
    w.functions.update_event_source_mapping(UUID=uuid, Enabled=False)
    w.settle()
    w.write(2)
    w.lab.run()
    assert w.arrived == [0, 1, 2]
    w.functions.update_event_source_mapping(UUID=uuid, Enabled=True)
    w.lab.run()
    assert w.arrived == [0, 1, 2, 3, 4]


def test_a_mapping_created_disabled_delivers_once_enabled(world):
    w = world()
    uuid = w.connect(Enabled=False)
    w.write(1)
    w.lab.run()
    assert w.seen == []
    assert w.state(uuid) == "Disabled"
    w.functions.update_event_source_mapping(UUID=uuid, Enabled=True)
    w.lab.run()
    assert w.seen == [[0]]


def test_an_update_takes_effect_for_later_batches(world):
    w = world()
    uuid = w.connect(BatchSize=1)
    w.write(2)
    w.lab.run()
    w.functions.update_event_source_mapping(UUID=uuid, BatchSize=10)
    w.settle()
    w.write(4)
    w.lab.run()
    assert w.seen == [[0], [1], [2, 3, 4, 5]]


def test_an_update_of_the_lanes_goes_on_at_the_checkpoint(world):
    w = world()
    uuid = w.connect(lambda event, context: time.sleep(0.1), BatchSize=1)
    w.write(60)
    w.settle(2.05)
    w.functions.update_event_source_mapping(UUID=uuid, ParallelizationFactor=4)
    w.lab.run()
    assert sorted(w.arrived) == list(range(60))
    assert w.lab.trace.deliveries["lane"].max() > 0


def test_an_update_of_the_function_moves_the_deliveries(world):
    w = world()
    uuid = w.connect(name="old")
    w.write(1)
    w.lab.run()
    w.lab.create_function("new", w.remembering())
    w.functions.update_event_source_mapping(UUID=uuid, FunctionName="new")
    w.settle()
    w.write(1)
    w.lab.run()
    assert w.lab.trace.deliveries["function"].tolist() == ["old", "new"]


def test_retries_of_a_stuck_batch_follow_an_update(world):
    # GIVEN a batch that fails for ever
    w = world()
    uuid = w.connect(poisoned(0))
    w.write(2)
    w.settle(600)
    # WHEN the reader turns bisect on and limits the retries
    w.functions.update_event_source_mapping(
        UUID=uuid, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1
    )
    w.lab.run()
    # THEN the good record gets through
    frame = w.lab.trace.deliveries
    assert frame[frame["outcome"] == "success"]["keys"].tolist() == ["flight_id=F1"]


@pytest.mark.parametrize("lanes", [1, 5])
def test_nothing_is_delivered_after_a_deletion(world, lanes):
    # GIVEN invocations in flight and retries to come
    w = world()
    w.write(50)
    uuid = w.connect(
        lambda event, context: time.sleep(1) or poisoned(3)(event, context),
        BatchSize=2,
        ParallelizationFactor=lanes,
    )
    w.settle(3.5)
    # WHEN the mapping is deleted
    w.functions.delete_event_source_mapping(UUID=uuid)
    deleted_at = w.lab.clock.now()
    before = len(w.seen)
    w.settle(3600)
    w.write(5)
    w.lab.run()
    # THEN what was in flight ended, and nothing was started
    frame = w.lab.trace.invocations
    assert frame["started_at"].max() <= deleted_at
    assert frame["ended_at"].max() > deleted_at
    assert len(w.seen) == before
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        w.state(uuid)


def test_it_can_be_created_again_after_its_deletion(world):
    w = world()
    uuid = w.connect()
    w.write(1)
    w.lab.run()
    w.functions.delete_event_source_mapping(UUID=uuid)
    w.settle()
    w.connect()
    w.lab.run()
    assert w.seen == [[0], [0]]


def test_a_paused_or_deleted_mapping_gives_its_readers_place_back(world):
    # GIVEN three readers, of which one is deleted and one paused
    w = world()
    uuids = [w.connect(name=name) for name in ("one", "two", "three")]
    w.settle()
    w.functions.delete_event_source_mapping(UUID=uuids[0])
    w.functions.update_event_source_mapping(UUID=uuids[1], Enabled=False)
    w.settle()
    before = dict(w.lab._account.recorder.throttled_polls)
    # WHEN records come, THEN nobody is throttled any more
    w.write(3)
    w.lab.run()
    assert w.lab._account.recorder.throttled_polls == before


def test_two_functions_get_everything_each_at_its_own_pace(world):
    w = world()
    w.write(10)
    w.connect(poisoned(0), name="stuck", MaximumRetryAttempts=2)
    w.connect(name="free", BatchSize=3)
    trace = w.lab.run()
    counts = trace.deliveries.groupby("function")["event_id"].nunique().to_dict()
    assert counts == {"stuck": 10, "free": 10}


def test_deploying_again_replaces_the_code_behind_a_mapping(world):
    w = world()
    w.connect(poisoned(0))
    w.write(1)
    w.settle(60)
    w.lab.create_function("board", w.remembering())
    w.lab.run()
    assert w.lab.trace.deliveries["outcome"].iloc[-1] == "success"


def test_a_deleted_function_keeps_its_records_waiting(world):
    w = world()
    w.connect()
    w.functions.delete_function(FunctionName="board")
    w.write(1)
    w.settle(60)
    assert (w.lab.trace.invocations["outcome"] == "throttled").all()
    w.lab.create_function("board", w.remembering())
    w.lab.run()
    assert w.seen == [[0]]


def test_functions_are_listed_and_described(world):
    w = world()
    w.connect(name="one", function={"environment": {"A": "b"}, "timeout": 5})
    assert [f["FunctionName"] for f in w.functions.list_functions()["Functions"]] == ["one"]
    found = w.functions.get_function(FunctionName="one")["Configuration"]
    assert (found["Timeout"], found["MemorySize"]) == (5, 128)
    assert found["Environment"] == {"Variables": {"A": "b"}}
    arn = w.functions.get_function_configuration(FunctionName=found["FunctionArn"])["FunctionArn"]
    assert arn == found["FunctionArn"]


def test_what_is_not_emulated_says_so(world):
    w = world()
    with pytest.raises(ClientError, match=r"lab\.create_function"):
        w.functions.create_function(FunctionName="f", Role="arn:aws:iam::123456789012:role/r", Code={})


def test_invoke_of_no_json_is_refused(world):
    w = world()
    w.lab.create_function("f", lambda event, context: event)
    with pytest.raises(ClientError, match="Could not parse request body into json"):
        w.functions.invoke(FunctionName="f", Payload=b"{")


def test_invoke_gives_the_log_tail(world):
    import base64

    w = world()
    w.lab.create_function("f", lambda event, context: print("hello"))
    answer = w.functions.invoke(FunctionName="f", LogType="Tail")
    tail = base64.b64decode(answer["LogResult"]).decode().splitlines()
    assert [line.split()[0] for line in tail] == ["START", "hello", "END", "REPORT"]
    assert json.loads(answer["Payload"].read()) is None


def test_a_closed_lab_delivers_nothing(world):
    w = world()
    w.connect()
    w.write(1)
    w.lab.close()
    with pytest.raises(LabError):
        w.lab.run()
    assert w.seen == []


def test_repeated_runs_show_what_happened_in_each(world):
    w = world()
    w.connect()
    w.write(2)
    first = w.lab.run()
    w.write(1)
    second = w.lab.run()
    assert [len(first.deliveries), len(second.deliveries), len(w.lab.trace.deliveries)] == [2, 1, 3]
    assert second.invocations["invocation"].tolist() == [1]
    assert [numbers(event) for event in w.events] == [[0, 1], [2]]


def test_a_trace_is_not_changed_by_what_happens_later(world):
    w = world()
    w.connect()
    w.write(2)
    trace = w.lab.run()
    w.write(2)
    w.lab.run()
    assert len(trace.invocations) == 1
    assert trace.deliveries["delivery"].tolist() == [1, 1]


def test_a_pause_with_several_lanes_loses_nothing_of_the_lane_that_is_behind(world):
    # GIVEN five lanes, one stuck at the first record, the others far ahead
    w = world()
    stuck = [True]

    def answer(event, context):
        if stuck[0] and 0 in numbers(event):
            raise ValueError("not yet")

    w.write(40)
    uuid = w.connect(answer, BatchSize=4, ParallelizationFactor=5)
    w.settle(20)
    # WHEN the mapping is paused, the handler mended, and the mapping enabled again
    w.functions.update_event_source_mapping(UUID=uuid, Enabled=False)
    w.settle()
    stuck[0] = False
    w.functions.update_event_source_mapping(UUID=uuid, Enabled=True)
    w.lab.run()
    # THEN the record that was behind arrives, at the price of some that come twice
    frame = w.lab.trace.deliveries
    done = frame[frame["outcome"] == "success"]
    assert done["keys"].nunique() == 40
    assert done["keys"].duplicated().any()


def test_the_checkpoint_of_several_lanes_stays_below_what_is_not_done():
    from types import SimpleNamespace

    records = [SimpleNamespace(sequence_number=number) for number in (10, 20, 30, 40)]
    progress = Checkpoint(5)
    progress.hand_out(records)
    progress.done(records[1:3])
    assert progress.position == 5
    progress.done(records[:1])
    assert progress.position == 30
    progress.skip_to(100)
    assert progress.position == 30
    progress.done(records[3:])
    progress.skip_to(100)
    assert progress.position == 100


def test_a_pause_after_a_split_loses_nothing_of_the_parent(world):
    # GIVEN several lanes, and a record that fails while its shard is already closed
    w = world()
    failing = [True]

    def answer(event, context):
        if failing[0]:
            raise ValueError("not yet")

    uuid = w.connect(answer, ParallelizationFactor=2)
    w.write(3)
    w.settle(3)
    w.lab.roll_shards(w.table)
    w.settle(3)
    # WHEN the mapping is paused between two attempts, and goes on
    w.functions.update_event_source_mapping(UUID=uuid, Enabled=False)
    w.settle(5)
    failing.clear()
    failing.append(False)
    w.seen.clear()
    w.functions.update_event_source_mapping(UUID=uuid, Enabled=True)
    w.write(1)
    w.lab.run()
    # THEN the parent is delivered first, whole
    assert sorted(w.arrived[:3]) == [0, 1, 2]
    assert w.arrived[3:] == [3]


# ---- the status of an answer


def http(answer):
    return answer["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize(("kind", "status"), [("RequestResponse", 200), ("Event", 202), ("DryRun", 204)])
def test_an_invocation_answers_with_the_status_of_its_type(world, kind, status):
    # GIVEN a function
    w = world()
    w.lab.create_function("f", lambda event, context: None)
    # WHEN it is invoked
    answer = w.functions.invoke(FunctionName="f", InvocationType=kind)
    # THEN the field and the HTTP answer, from which botocore reads that field, say the same
    assert (answer["StatusCode"], http(answer)) == (status, status)


def test_a_function_error_is_status_200(world):
    w = world()
    w.lab.create_function("f", poisoned(0))
    answer = w.functions.invoke(FunctionName="f", Payload=b"{}")
    assert (answer["FunctionError"], answer["StatusCode"], http(answer)) == ("Unhandled", 200, 200)


def test_every_operation_answers_with_the_status_of_its_model(world):
    # GIVEN a function, a mapping, and each operation on them in turn
    w = world()
    uuid = w.connect()
    w.settle()
    calls = [
        ("GetFunction", {"FunctionName": "board"}),
        ("GetFunctionConfiguration", {"FunctionName": "board"}),
        ("ListFunctions", {}),
        ("GetEventSourceMapping", {"UUID": uuid}),
        ("ListEventSourceMappings", {}),
        ("UpdateEventSourceMapping", {"UUID": uuid, "BatchSize": 5}),
        ("DeleteEventSourceMapping", {"UUID": uuid}),
        ("DeleteFunction", {"FunctionName": "board"}),
    ]
    model = w.functions.meta.service_model
    for operation, params in calls:
        method = next(m for m, o in w.functions.meta.method_to_api_mapping.items() if o == operation)
        # WHEN it is called
        answer = getattr(w.functions, method)(**params)
        w.settle()
        # THEN the HTTP status is the model's, and so is the field that carries it, where there is one
        expected = model.operation_model(operation).http["responseCode"]
        assert http(answer) == expected, operation
        if "StatusCode" in getattr(model.operation_model(operation).output_shape, "members", ()):
            assert answer["StatusCode"] == expected, operation
