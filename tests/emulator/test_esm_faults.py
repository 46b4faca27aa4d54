"""Faults: what they do, that they replay, and what is refused."""

import pickle

import pytest

from cdc_lab import Faults, LabError
from tests.emulator.esm_world import REPORT, numbers


def test_repr_is_the_recipe():
    faults = Faults(seed=3, duplicates=0.25, crash_after=(2, "sqs"), slow={"dynamodb": 0.5}, poison=("a",))
    assert eval(repr(faults)) == faults
    assert pickle.loads(pickle.dumps(faults)) == faults
    assert repr(Faults(seed=3)) == "Faults(seed=3)"


@pytest.mark.parametrize(
    "wrong",
    [
        {"duplicates": 1.0},
        {"throttles": -0.1},
        {"poison": 2.0},
        {"poison": "flight_id=A"},
        {"crash_after": 0},
    ],
)
def test_impossible_faults_are_refused(wrong):
    with pytest.raises(LabError, match=next(iter(wrong))):
        Faults(**wrong)


def test_something_else_than_faults_is_refused(world):
    with pytest.raises(LabError, match="no Faults"):
        world().lab.run(faults={"duplicates": 0.5})


def test_lost_acknowledgements_deliver_again_without_using_a_retry(world):
    w = world()
    w.write(30)
    w.connect(BatchSize=3, MaximumRetryAttempts=0)
    trace = w.lab.run(faults=Faults(seed=2, lost_acks=0.5))
    assert trace.failures.empty
    assert len(w.seen) > 10
    assert sorted(set(w.arrived)) == list(range(30))
    assert trace.invocations["error"].str.contains("acknowledgement").any()


def test_poison_makes_images_unreadable(world):
    from boto3.dynamodb.types import TypeDeserializer

    w = world()
    w.write(4)
    good = []

    def handler(event, context):
        for record in event["Records"]:
            body = record["dynamodb"]
            try:
                image = {name: TypeDeserializer().deserialize(v) for name, v in body["NewImage"].items()}
            except TypeError:
                return {"batchItemFailures": [{"itemIdentifier": body["SequenceNumber"]}]}
            good.append(int(image["n"]))
        return None

    w.lab.attach(handler, w.arn, BatchSize=1, MaximumRetryAttempts=1, **REPORT)
    trace = w.lab.run(faults=Faults(poison=("flight_id=F2",)))
    assert good == [0, 1, 3]
    assert trace.failures["records"].tolist() == [1]


def test_slow_calls_reach_the_timeout(world):
    w = world()
    sink = w.lab.create_table("sink", "id")
    w.write(1)
    w.connect(lambda event, context: sink.put_item(Item={"id": "x"}) and None, MaximumRetryAttempts=0)
    trace = w.lab.run(faults=Faults(slow={"dynamodb": 10.0}))
    assert trace.invocations["outcome"].tolist() == ["timeout"]


def test_a_split_in_mid_run_keeps_everything(world):
    w = world()
    w.write(30)

    def answer(event, context):
        if max(numbers(event)) < 29:
            w.table.update_item(
                Key={"flight_id": "late"},
                UpdateExpression="SET n = :n",
                ExpressionAttributeValues={":n": 100 + len(w.seen)},
            )

    w.connect(answer, BatchSize=5)
    trace = w.lab.run(faults=Faults(splits=(2, 4)))
    assert len(w.lab.shards(w.table)) == 5
    assert trace.deliveries["event_id"].nunique() == len(w.lab.trace.records)


def test_a_failing_schedule_shrinks_to_its_shortest_form(world):
    # GIVEN a handler that counts twice when it dies after its second call, and a schedule of much more
    def fails(faults):
        w = world()
        total = w.lab.create_table("total", "id")

        def answer(event, context):
            total.get_item(Key={"id": "all"})
            total.update_item(
                Key={"id": "all"},
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": len(event["Records"])},
            )

        w.write(6)
        w.connect(answer, BatchSize=2)
        w.lab.run(faults=faults)
        return total.get_item(Key={"id": "all"})["Item"]["n"] != 6

    schedule = Faults(seed=4, throttles=0.3, crash_after=(5, 8, 3), splits=(2,), slow={"sqs": 1.0})
    # WHEN it is shrunk, THEN one crash after the second step is left
    assert fails(schedule)
    assert schedule.shrink(fails) == Faults(seed=4, crash_after=(2,))


def test_shares_shrink_until_least_strikes():
    # GIVEN something that fails when a place is struck whose draw is 0.2
    strikes = []

    def fails(faults):
        strikes.append(faults.duplicates)
        return faults.duplicates > 0.2

    # WHEN the shares are lowered, THEN the one that matters is as low as it can be, and replays
    found = Faults(seed=4, duplicates=0.5, splits=(2,)).rarest(fails)
    assert 0.2 < found.duplicates < 0.21
    assert found.splits == (2,)
    assert len(strikes) <= 7


def test_equal_faults_give_equal_runs(world):
    def trace_of():
        w = world(seed=11)
        w.write(40)
        w.connect(BatchSize=4, ParallelizationFactor=3)
        return w.lab.run(faults=Faults(seed=9, duplicates=0.3, lost_acks=0.2, throttles=0.2)), w

    (first, one), (second, two) = trace_of(), trace_of()
    assert first.invocations.to_csv() == second.invocations.to_csv()
    assert first.deliveries.to_csv() == second.deliveries.to_csv()
    assert one.events == two.events
