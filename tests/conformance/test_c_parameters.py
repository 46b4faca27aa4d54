"""C1 to C9: parameters, states, refusals."""

import json

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from tests.emulator.esm_world import on_failure


def refusal(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    return (
        response["Error"]["Code"],
        response["ResponseMetadata"]["HTTPStatusCode"],
        response["Error"]["Message"],
    )


def create(world, **parameters):
    given = {"FunctionName": "board", "EventSourceArn": world.arn, "StartingPosition": "TRIM_HORIZON"}
    return world.functions.create_event_source_mapping(**{**given, **parameters})


def test_c1_defaults_are_those_returned_by_aws(world):
    # GIVEN a function
    w = world()
    w.lab.create_function("board", w.remembering())
    # WHEN a mapping is created with the three necessary parameters only
    response = create(w)
    # THEN the rest has AWS's defaults
    expected = {
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 0,
        "ParallelizationFactor": 1,
        "MaximumRetryAttempts": -1,
        "MaximumRecordAgeInSeconds": -1,
        "BisectBatchOnFunctionError": False,
        "DestinationConfig": {"OnFailure": {}},
        "TumblingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "StartingPosition": "TRIM_HORIZON",
    }
    assert {name: response[name] for name in expected} == expected
    assert "FilterCriteria" not in response


@pytest.mark.parametrize(
    ("name", "member", "value", "limit"),
    [
        ("BatchSize", "batchSize", 10_001, 10_000),
        ("MaximumBatchingWindowInSeconds", "maximumBatchingWindowInSeconds", 301, 300),
        ("ParallelizationFactor", "parallelizationFactor", 11, 10),
        ("MaximumRetryAttempts", "maximumRetryAttempts", 10_001, 10_000),
        ("MaximumRecordAgeInSeconds", "maximumRecordAgeInSeconds", 604_801, 604_800),
        ("TumblingWindowInSeconds", "tumblingWindowInSeconds", 901, 900),
    ],
)
def test_c1_values_above_the_range_are_refused(world, name, member, value, limit):
    w = world()
    w.lab.create_function("board", w.remembering())
    code, status, message = refusal(lambda **p: create(w, **p), **{name: value})
    assert (code, status) == ("ValidationException", 400)
    assert f"'{value}' at '{member}'" in message
    assert message.endswith(f"less than or equal to {limit}")


def test_c1_values_below_the_range_do_not_leave_boto3(world):
    w = world()
    w.lab.create_function("board", w.remembering())
    with pytest.raises(ParamValidationError, match="BatchSize"):
        create(w, BatchSize=0)


@pytest.mark.parametrize("age", [0, 1, 59])
def test_c1_record_ages_between_minus_one_and_sixty_are_refused(world, age):
    w = world()
    w.lab.create_function("board", w.remembering())
    code, status, _ = refusal(lambda **p: create(w, **p), MaximumRecordAgeInSeconds=age)
    assert (code, status) == ("InvalidParameterValueException", 400)


@pytest.mark.parametrize("age", [-1, 60, 604_800])
def test_c1_record_ages_at_the_borders_are_accepted(world, age):
    w = world()
    w.lab.create_function("board", w.remembering())
    assert create(w, MaximumRecordAgeInSeconds=age)["MaximumRecordAgeInSeconds"] == age


def test_c1_six_filters_are_refused(world):
    w = world()
    w.lab.create_function("board", w.remembering())
    filters = [{"Pattern": '{"eventName": ["INSERT"]}'}] * 6
    code, _, _ = refusal(lambda **p: create(w, **p), FilterCriteria={"Filters": filters})
    assert code == "InvalidParameterValueException"


def test_c1_a_pattern_is_at_most_4096_characters(world):
    # GIVEN patterns that differ in the length of one value
    w = world()
    w.lab.create_function("board", w.remembering())

    def filters(length):
        text = json.dumps({"eventName": ["x" * (length - len(json.dumps({"eventName": [""]})))]})
        assert len(text) == length
        return {"FilterCriteria": {"Filters": [{"Pattern": text}]}}

    # THEN one character too many is refused
    code, status, _ = refusal(lambda **p: create(w, **p), **filters(4097))
    assert (code, status) == ("ValidationException", 400)
    assert create(w, **filters(4096))["State"] == "Creating"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FunctionResponseTypes", ["ReportBatchItemFailures", "ReportBatchItemFailures"]),
        ("FunctionResponseTypes", ["Everything"]),
        ("MetricsConfig", {"Metrics": ["Everything"]}),
    ],
)
def test_c1_lists_take_the_named_values_only(world, name, value):
    w = world()
    w.lab.create_function("board", w.remembering())
    code, status, _ = refusal(lambda **p: create(w, **p), **{name: value})
    assert status == 400
    assert code in ("ValidationException", "InvalidParameterValueException")


def test_c1_a_mapping_that_is_off_resumes_where_it_left_off(world):
    # GIVEN a mapping that has delivered one record, and is switched off
    w = world()
    uuid = w.connect()
    w.write(1)
    w.lab.run()
    w.functions.update_event_source_mapping(UUID=uuid, Enabled=False)
    w.settle()
    # WHEN records are written meanwhile
    w.write(2)
    w.settle(60)
    assert w.seen == [[0]]
    # THEN they are delivered once it is on again, and none twice
    w.functions.update_event_source_mapping(UUID=uuid, Enabled=True)
    w.lab.run()
    assert w.seen == [[0], [1, 2]]


def test_c1_at_timestamp_is_not_for_dynamodb(world):
    w = world()
    w.lab.create_function("board", w.remembering())
    code, status, _ = refusal(lambda **p: create(w, **p), StartingPosition="AT_TIMESTAMP")
    assert (code, status) == ("InvalidParameterValueException", 400)


def test_c1_starting_position_is_required(world):
    w = world()
    w.lab.create_function("board", w.remembering())
    code, status, _ = refusal(
        w.functions.create_event_source_mapping, FunctionName="board", EventSourceArn=w.arn
    )
    assert (code, status) == ("InvalidParameterValueException", 400)


@pytest.mark.parametrize("name", ["ScalingConfig", "ProvisionedPollerConfig"])
def test_c1_parameters_of_other_sources_are_refused(world, name):
    w = world()
    w.lab.create_function("board", w.remembering())
    value = {"MaximumConcurrency": 5} if name == "ScalingConfig" else {"MinimumPollers": 1}
    code, _, message = refusal(lambda **p: create(w, **p), **{name: value})
    assert code == "InvalidParameterValueException"
    assert name in message


def test_c1_on_success_is_unsupported(world):
    w = world()
    w.lab.create_function("board", w.remembering())
    _, arn = w.queue()
    code, _, _ = refusal(lambda **p: create(w, **p), DestinationConfig={"OnSuccess": {"Destination": arn}})
    assert code == "InvalidParameterValueException"


def test_c2_create_answers_creating_then_becomes_enabled(world):
    # GIVEN a mapping just created
    w = world()
    w.lab.create_function("board", w.remembering())
    response = create(w)
    # THEN it was accepted, and its state is in transition
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert response["State"] == "Creating"
    assert response["StateTransitionReason"] == "User action"
    assert response["LastProcessingResult"] == "No records processed"
    assert response["EventSourceMappingArn"].endswith(f":event-source-mapping:{response['UUID']}")
    assert response["FunctionArn"].endswith(":function:board")
    # WHEN lab time passes
    w.settle()
    # THEN it is enabled
    assert w.state(response["UUID"]) == "Enabled"


def test_c2_states_of_an_update_a_pause_and_a_deletion(world):
    w = world()
    uuid = w.connect()
    w.settle()
    assert w.functions.update_event_source_mapping(UUID=uuid, BatchSize=5)["State"] == "Updating"
    w.settle()
    assert w.functions.update_event_source_mapping(UUID=uuid, Enabled=False)["State"] == "Disabling"
    w.settle()
    assert w.state(uuid) == "Disabled"
    assert w.functions.update_event_source_mapping(UUID=uuid, Enabled=True)["State"] == "Enabling"
    w.settle()
    assert w.functions.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"
    w.settle()
    assert refusal(w.functions.get_event_source_mapping, UUID=uuid)[:2] == ("ResourceNotFoundException", 404)


def test_c2_a_mapping_in_transition_cannot_be_updated_or_deleted(world):
    w = world()
    uuid = w.connect()
    for call in (w.functions.update_event_source_mapping, w.functions.delete_event_source_mapping):
        assert refusal(call, UUID=uuid)[:2] == ("ResourceInUseException", 400)


def test_c3_same_function_and_stream_twice_is_a_conflict(world):
    w = world()
    uuid = w.connect()
    code, status, message = refusal(lambda: create(w))
    assert (code, status) == ("ResourceConflictException", 409)
    assert uuid in message


def test_c3_missing_stream(world):
    w = world()
    w.lab.create_function("board", w.remembering())
    arn = w.arn[:-1] + "9"
    assert refusal(lambda **p: create(w, **p), EventSourceArn=arn) == (
        "InvalidParameterValueException",
        400,
        f"Stream not found: {arn}",
    )


def test_c3_missing_function(world):
    w = world()
    assert refusal(lambda: create(w))[:2] == ("ResourceNotFoundException", 404)


def test_c4_a_large_batch_needs_no_batching_window(world):
    w = world()
    w.lab.create_function("board", w.remembering())
    response = create(w, BatchSize=100, MaximumBatchingWindowInSeconds=0)
    assert response["BatchSize"] == 100


def test_c5_retry_attempts_of_minus_one_are_accepted(world):
    w = world()
    w.lab.create_function("board", w.remembering())
    assert create(w, MaximumRetryAttempts=-1)["MaximumRetryAttempts"] == -1


def test_c6_a_third_reader_of_a_shard_is_throttled_but_served(world):
    # GIVEN three functions on one stream of one shard
    w = world()
    uuids = [w.connect(name=name) for name in ("one", "two", "three")]
    w.settle()
    # WHEN records are written
    w.write(5)
    trace = w.lab.run()
    # THEN some reads were refused, and all three functions got everything
    recorder = w.lab._account.recorder
    assert sum(recorder.throttled_polls.get(uuid, 0) for uuid in uuids) >= 1
    assert trace.deliveries.groupby("function").size().to_dict() == {"one": 5, "two": 5, "three": 5}


def test_c6_two_readers_are_not_throttled(world):
    w = world()
    for name in ("one", "two"):
        w.connect(name=name)
    w.write(5)
    w.lab.run()
    assert w.lab._account.recorder.throttled_polls == {}


def test_c7_and_e17_latest_misses_what_is_written_while_the_mapping_is_created(world):
    # GIVEN a mapping at LATEST, still being created
    w = world()
    w.write(1)
    w.connect(StartingPosition="LATEST")
    # WHEN a record is written before it is enabled, and one after
    w.write(1)
    w.settle()
    w.write(1)
    w.lab.run()
    # THEN only the later one arrives
    assert w.seen == [[2]]


def test_c7_trim_horizon_misses_nothing(world):
    w = world()
    w.write(1)
    w.connect(StartingPosition="TRIM_HORIZON")
    w.write(1)
    w.settle()
    w.write(1)
    w.lab.run()
    assert sorted(w.arrived) == [0, 1, 2]


def test_c8_and_c66_a_stream_of_another_region_is_refused(world):
    w = world()
    w.lab.create_function("board", w.remembering())
    arn = w.arn.replace("us-east-1", "eu-west-1")
    code, _, message = refusal(lambda **p: create(w, **p), EventSourceArn=arn)
    expected = "Event source region must match Lambda region us-east-1."
    assert (code, message) == ("InvalidParameterValueException", expected)


def test_c45_fifo_destinations_are_refused(world):
    w = world()
    w.lab.create_function("board", w.remembering())
    arn = "arn:aws:sqs:us-east-1:123456789012:failures.fifo"
    code, status, message = refusal(lambda **p: create(w, **p), DestinationConfig=on_failure(arn))
    assert (code, status) == ("InvalidParameterValueException", 400)
    assert arn in message


def test_c55_an_invalid_pattern_is_refused_at_create_and_update(world):
    w = world()
    criteria = {"Filters": [{"Pattern": '{"eventName": "INSERT"}'}]}
    w.lab.create_function("board", w.remembering())
    expected = ("InvalidParameterValueException", 400, "Invalid filter pattern definition.")
    assert refusal(lambda **p: create(w, **p), FilterCriteria=criteria) == expected
    uuid = create(w)["UUID"]
    w.settle()
    assert refusal(w.functions.update_event_source_mapping, UUID=uuid, FilterCriteria=criteria) == expected


def test_c62_tumbling_windows_with_several_lanes_are_refused(world):
    # Not stated by AWS: our choice, documented.
    w = world()
    w.lab.create_function("board", w.remembering())
    code, _, _ = refusal(lambda **p: create(w, **p), TumblingWindowInSeconds=60, ParallelizationFactor=2)
    assert code == "InvalidParameterValueException"


def may(*actions, resource="*"):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


READS_STREAM = [
    f"dynamodb:{name}" for name in ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")
]


@pytest.mark.parametrize("missing", READS_STREAM)
def test_c9_a_role_that_may_not_read_the_stream_gets_no_mapping(world, missing):
    # GIVEN a role that lacks one of the four actions
    w = world()
    others = [action for action in READS_STREAM if action != missing]
    w.lab.create_function("board", w.remembering(), policy=may(*others, resource=w.arn))
    # WHEN a mapping is asked for THEN it is refused
    assert refusal(lambda: create(w)) == (
        "InvalidParameterValueException",
        400,
        f"Cannot access stream {w.arn}. Please ensure the role can perform the GetRecords, "
        "GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.",
    )


def test_c9_a_role_that_may_read_the_stream_gets_its_records(world):
    w = world()
    streams = "arn:aws:dynamodb:us-east-1:123456789012:table/flights/stream/*"
    w.lab.create_function("board", w.remembering(), policy=may(*READS_STREAM, resource=streams))
    create(w)
    w.write(2)
    w.lab.run()
    assert w.arrived == [0, 1]
