"""C46 to C56: filter criteria."""

import json

import pytest

from cdc_lab.emulator.lambda_.event_source_mapping.filters import InvalidPattern, compile_patterns
from tests.emulator.esm_world import numbers

RECORD = {
    "eventName": "MODIFY",
    "eventSource": "aws:dynamodb",
    "awsRegion": "us-east-1",
    "dynamodb": {
        "ApproximateCreationDateTime": 1693997155.0,
        "SizeBytes": 300,
        "Keys": {"flight_id": {"S": "UA1545"}},
        "NewImage": {
            "flight_id": {"S": "UA1545"},
            "delay": {"N": "101"},
            "note": {"S": ""},
            "gone": {"NULL": True},
            "stops": {"L": [{"S": "EWR"}, {"S": "IAH"}]},
        },
    },
}


def matches(*patterns):
    return compile_patterns([json.dumps(pattern) for pattern in patterns])(RECORD)


def new(attribute, value):
    return {"dynamodb": {"NewImage": {attribute: value}}}


def test_c46_filters_are_ored_fields_anded_values_ored():
    assert matches({"eventName": ["INSERT"]}, {"eventName": ["MODIFY"]})
    assert not matches({"eventName": ["MODIFY"], "awsRegion": ["eu-west-1"]})
    assert matches({"eventName": ["INSERT", "MODIFY"], "awsRegion": ["us-east-1"]})


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"userIdentity": [None]}, False),
        (new("note", {"S": [""]}), True),
        ({"eventName": ["MODIFY"]}, True),
        ({"eventName": [{"equals-ignore-case": "modify"}]}, True),
        ({"eventName": [{"equals-ignore-case": "insert"}]}, False),
        ({"eventName": [{"anything-but": ["REMOVE"]}]}, True),
        ({"eventName": [{"anything-but": ["MODIFY"]}]}, False),
        ({"eventName": [{"anything-but": {"prefix": "MO"}}]}, False),
        ({"dynamodb": {"SizeBytes": [{"numeric": ["=", 300]}]}}, True),
        ({"dynamodb": {"SizeBytes": [{"numeric": [">", 10, "<=", 300]}]}}, True),
        ({"dynamodb": {"SizeBytes": [{"numeric": [">", 300]}]}}, False),
        ({"eventName": [{"exists": True}]}, True),
        ({"userIdentity": [{"exists": True}]}, False),
        ({"userIdentity": [{"exists": False}]}, True),
        ({"awsRegion": [{"prefix": "us-"}]}, True),
        ({"awsRegion": [{"suffix": "-1"}]}, True),
        ({"$or": [{"eventName": ["REMOVE"]}, {"awsRegion": ["us-east-1"]}]}, True),
        ({"$or": [{"eventName": ["REMOVE"]}, {"awsRegion": ["eu-west-1"]}]}, False),
        ({"dynamodb": {"Keys": {"$or": [{"flight_id": {"S": ["UA1545"]}}, {"x": {"S": ["y"]}}]}}}, True),
    ],
    ids=json.dumps,
)
def test_c47_grammar(pattern, expected):
    assert matches(pattern) is expected


def test_c48_numbers_compare_by_their_text():
    assert matches({"dynamodb": {"SizeBytes": [300]}})
    record = {"size": 300}
    for text in ("300.0", "3.0e2"):
        assert not compile_patterns([f'{{"size": [{text}]}}'])(record)


def test_c49_numeric_never_matches_an_attribute_value():
    assert not matches(new("delay", {"N": [{"numeric": [">", 100]}]}))
    assert matches(new("delay", {"N": ["101"]}))


def test_c49_numeric_matches_the_creation_time():
    assert matches({"dynamodb": {"ApproximateCreationDateTime": [{"numeric": [">", 0]}]}})


def test_c50_the_type_tag_is_needed():
    assert matches(new("flight_id", {"S": ["UA1545"]}))
    assert not matches(new("flight_id", ["UA1545"]))


def test_c51_exists_sees_leaves_only():
    assert not matches(new("delay", [{"exists": True}]))
    assert matches(new("delay", {"N": [{"exists": True}]}))
    assert matches(new("delay", [{"exists": False}]))  # the reverse trap: it is there, and it matches
    assert matches(new("stops", {"L": {"S": [{"exists": True}]}}))


def test_c51_lists_are_looked_into():
    assert matches(new("stops", {"L": {"S": ["IAH"]}}))
    assert not matches(new("stops", {"L": {"S": ["JFK"]}}))


def test_c52_event_name_and_user_identity_can_be_filtered(world):
    # GIVEN a filter for deletes by time to live
    w = world(ttl_attribute="until")
    pattern = {"userIdentity": {"type": ["Service"], "principalId": ["dynamodb.amazonaws.com"]}}
    now = int(w.lab.clock.now().timestamp())
    w.table.put_item(Item={"flight_id": "A", "n": 1, "until": now + 60})
    w.table.put_item(Item={"flight_id": "B", "n": 2})
    w.table.delete_item(Key={"flight_id": "B"})
    w.connect(FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    w.settle(120)
    w.lab.expire_ttl()
    # THEN only that one arrives
    w.lab.run()
    assert w.seen == [[1]]
    assert w.events[0]["Records"][0]["userIdentity"] == {
        "type": "Service",
        "principalId": "dynamodb.amazonaws.com",
    }


def test_c53_of_duplicate_keys_only_the_last_counts():
    assert compile_patterns(['{"eventName": ["INSERT"], "eventName": ["MODIFY"]}'])(RECORD)
    assert not compile_patterns(['{"eventName": ["MODIFY"], "eventName": ["INSERT"]}'])(RECORD)


def test_c53_and_e3_a_repeated_key_tests_one_image_only():
    # GIVEN the shape of the documented AND example: the key "dynamodb" twice, for either image
    new, old = ('{"delay": {"N": ["101"]}}', '{"delay": {"N": ["7"]}}')
    repeated = f'{{"dynamodb": {{"NewImage": {new}}}, "dynamodb": {{"OldImage": {old}}}}}'
    together = f'{{"dynamodb": {{"NewImage": {new}, "OldImage": {old}}}}}'
    record = {"dynamodb": {"NewImage": {"delay": {"N": "999"}}, "OldImage": {"delay": {"N": "7"}}}}
    # THEN a new image that does not match passes; under one key it does not
    assert compile_patterns([repeated])(record)
    assert not compile_patterns([together])(record)


def test_e16_a_filter_neither_compares_numbers_nor_finds_what_is_missing(world):
    # GIVEN late flights to be found, and flights without a gate
    w = world()
    w.table.put_item(Item={"flight_id": "late", "n": 101, "gate": "C1"})
    w.table.put_item(Item={"flight_id": "early", "n": 1})
    patterns = {
        "late": new("n", {"N": [{"numeric": [">", 100]}]}),
        "no gate": new("gate", [{"exists": False}]),
        "no gate, by the leaf": new("gate", {"S": [{"exists": False}]}),
    }
    # WHEN a mapping has each filter
    for name, pattern in patterns.items():
        w.connect(
            name=name.replace(" ", "-").replace(",", ""),
            FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]},
        )
    delivered = w.lab.run().deliveries.groupby("function")["keys"].agg(list).to_dict()
    # THEN the numeric one delivers nothing, the other everything; only the leaf tells them apart
    assert delivered == {
        "no-gate": ["flight_id=late", "flight_id=early"],
        "no-gate-by-the-leaf": ["flight_id=early"],
    }


def test_c54_filtered_records_take_no_place_and_do_not_come_back(world):
    # GIVEN every third record passes, batches of four
    w = world()
    w.write([(f"F{number}", number % 3) for number in range(24)])
    pattern = {"dynamodb": {"NewImage": {"n": {"N": ["0"]}}}}
    uuid = w.connect(
        BatchSize=4,
        FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]},
        MetricsConfig={"Metrics": ["EventCount"]},
    )
    trace = w.lab.run()
    # THEN batches are full, and the checkpoint is beyond the last record
    assert w.seen == [[0] * 4] * 2
    metrics = trace.metrics().groupby("metric")["sum"].sum()
    assert (metrics["PolledEventCount"], metrics["FilteredOutEventCount"]) == (24, 16)
    # AND a pause and a new filter bring none of them back
    w.functions.update_event_source_mapping(UUID=uuid, Enabled=False)
    w.settle()
    w.functions.update_event_source_mapping(UUID=uuid, Enabled=True, FilterCriteria={})
    w.lab.run()
    assert len(w.seen) == 2


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"eventName": "INSERT"}',
        '{"eventName": []}',
        '{"eventName": [{"unknown": 1}]}',
        '{"eventName": [{"prefix": 1}]}',
        '{"eventName": [{"numeric": ["~", 1]}]}',
        '{"eventName": [{"exists": "yes"}]}',
        '{"eventName": [["INSERT"]]}',
        '{"$or": []}',
        '{"dynamodb": {}}',
    ],
)
def test_c55_what_is_no_pattern(pattern):
    with pytest.raises(InvalidPattern):
        compile_patterns([pattern])


def test_c56_filters_are_removed_by_an_empty_criteria(world):
    w = world()
    uuid = w.connect(FilterCriteria={"Filters": [{"Pattern": '{"eventName": ["REMOVE"]}'}]})
    w.settle()
    # THEN the answer shows what the mapping will have, and so does the mapping
    assert "FilterCriteria" not in w.functions.update_event_source_mapping(UUID=uuid, FilterCriteria={})
    w.settle()
    assert "FilterCriteria" not in w.functions.get_event_source_mapping(UUID=uuid)
    w.write(1)
    w.lab.run()
    assert w.seen == [[0]]


def test_all_records_pass_without_a_filter(world):
    w = world()
    w.write(3)
    w.connect()
    w.lab.run()
    assert [numbers(event) for event in w.events] == [[0, 1, 2]]
