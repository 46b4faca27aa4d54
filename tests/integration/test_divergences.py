"""Each row of the table of divergences: DynamoDB Local still diverges, and the lab follows the fact."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from cdc_lab import Lab
from cdc_lab.emulator.dynamodb.legacy import attributes_of
from cdc_lab.errors import ServiceError

from ..strategies import TABLE, Call, History, TableSpec
from .building import KEY, OTHER, check, delete, number, put, transact, update
from .divergences import KNOWN
from .dynamodb_local import DynamoDBLocal
from .running import BotoSide, Outcome, Run, Side, attempt, run

pytestmark = pytest.mark.integration

HASH = TableSpec("S", None, "NEW_AND_OLD_IMAGES")
THREE = (put(KEY), put(KEY | {"delay": {"N": "1"}}), put(OTHER))


def _run(side: Side, *calls: Call) -> Run:
    return run(side, History(HASH, calls))


def _inside(found: Run, name: str) -> list[Any]:
    return [record["dynamodb"][name] for record in found.reread]


def creation_time(local: Side) -> None:
    assert all(
        time.second == time.microsecond == 0
        for time in _inside(_run(local, *THREE), "ApproximateCreationDateTime")
    )
    with Lab(start=datetime(2013, 3, 8, 10, 0, 7, 900_000, tzinfo=UTC)) as lab:
        times = _inside(_run(BotoSide(lab.client), *THREE), "ApproximateCreationDateTime")
    assert times == [datetime(2013, 3, 8, 10, 0, 7, tzinfo=UTC)] * 3


def region(local: Side) -> None:
    assert {record["awsRegion"] for record in _run(local, put(KEY)).reread} == {"ddblocal"}
    with Lab() as lab:
        here = _run(BotoSide(lab.client), put(KEY))
        there = _run(BotoSide(lambda service: lab.client(service, region="eu-west-1")), put(KEY))
    assert [record["awsRegion"] for record in here.reread + there.reread] == ["us-east-1", "eu-west-1"]


def event_id(local: Side) -> None:
    assert all("-" in record["eventID"] for record in _run(local, *THREE).reread)
    with Lab() as lab:
        found = [record["eventID"] for record in _run(BotoSide(lab.client), *THREE).reread]
    assert len(set(found)) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in found)


def sequence_number(local: Side) -> None:
    assert all(one.startswith("000000") for one in _inside(_run(local, *THREE), "SequenceNumber"))
    with Lab() as lab:
        found = _inside(_run(BotoSide(lab.client), *THREE), "SequenceNumber")
    assert all(re.fullmatch("[1-9][0-9]{20,39}", one) for one in found)
    first, second, third = map(int, found)
    assert first + 1 < second
    assert second + 1 < third


def computed_number(local: Side) -> None:
    calls = put(KEY | {"n": {"N": "123.456"}}), update("ADD n :n", number("246.9120"))
    assert _run(local, *calls).items[0]["n"] == {"N": "370.3680"}
    with Lab() as lab:
        found = _run(BotoSide(lab.client), *calls)
    assert found.items[0]["n"] == found.reread[-1]["dynamodb"]["NewImage"]["n"] == {"N": "370.368"}


def cancelled_by_an_item(local: Side) -> None:
    impossible = transact(("Put", put(OTHER)), ("Update", update("SET nothing.there = :n", number("1"))))
    assert _run(local, put(KEY), impossible).outcomes[-1].code == "ValidationException"
    with Lab() as lab:
        found = _run(BotoSide(lab.client), put(KEY), impossible)
    assert found.outcomes[-1].code == "TransactionCanceledException"
    untouched, refused = found.outcomes[-1].answer["CancellationReasons"]
    assert untouched == {"Code": "None"}
    assert refused["Code"] == "ValidationError"
    assert found.items == [KEY]
    assert len(found.reread) == 1


def consumed_capacity(local: Side) -> None:
    assert "ConsumedCapacity" in _run(local, delete()).outcomes[0].answer
    with Lab() as lab:
        assert _run(BotoSide(lab.client), delete()).outcomes[0].answer == {}


def fragments(local: Side) -> None:
    inside = update("SET route.via = :n", number("1"), ReturnValues="UPDATED_NEW")
    assert set(_run(local, put(), inside).outcomes[-1].answer["Attributes"]["route"]["M"]) > {"via"}
    with Lab() as lab:
        found = _run(BotoSide(lab.client), put(), inside).outcomes[-1].answer["Attributes"]
    assert found == {"route": {"M": {"via": {"N": "1"}}}}


def which_of_several(local: Side) -> None:
    """The order in which DynamoDB Local meets two errors is not that of the text, nor its opposite."""
    texts = []
    for first, second in ("ab", "xy"):
        wrong = update(f"SET {first} = delay + tail, {second} = nothing")
        texts.append(_run(local, put(), wrong).outcomes[-1].message)
        wrong = update(f"SET {second} = delay + tail, {first} = nothing")
        texts.append(_run(local, put(), wrong).outcomes[-1].message)
    assert len(set(texts)) == 2


def words(local: Side) -> None:
    calls = put({"delay": {"N": "1"}}), put(KEY | {"n": {"N": "five"}})
    assert [outcome.message for outcome in _run(local, *calls).outcomes] == [
        "One of the required keys was not given a value",
        "A value provided cannot be converted into a number",
    ]
    with Lab() as lab:
        assert [outcome.message for outcome in _run(BotoSide(lab.client), *calls).outcomes] == [
            "One or more parameter values were invalid: Missing the key pk in the item",
            "1 validation error detected: The parameter cannot be converted to a numeric value: five",
        ]


def internal_failure(local: Side) -> None:
    upsert = update(None, ReturnValues="UPDATED_NEW")
    found = _run(local, upsert)
    assert found.outcomes[0].code == "InternalFailure"
    with Lab() as lab:
        got = _run(BotoSide(lab.client), upsert)
    assert got.outcomes[0].ok
    assert got.items == found.items == [KEY]


def duplicate_item(local: Side) -> None:
    statement = f"INSERT INTO \"{TABLE}\" VALUE {{'pk': 'a'}}"
    insert = Call("ExecuteStatement", {"Statement": statement})
    assert _run(local, insert, insert).outcomes[1].code == "DuplicateItem"
    with Lab() as lab:
        assert _run(BotoSide(lab.client), insert, insert).outcomes[1].code == "DuplicateItemException"


def duplicate_among_reasons(local: Side) -> None:
    statement = f"INSERT INTO \"{TABLE}\" VALUE {{'pk': 'a'}}"
    insert = Call("ExecuteTransaction", {"TransactStatements": [{"Statement": statement}]})
    reason = _run(local, put(KEY), insert).outcomes[1].answer["CancellationReasons"][0]
    assert reason == {"Code": "ValidationError", "Message": "Duplicate primary key exists in table"}
    with Lab() as lab:
        found = _run(BotoSide(lab.client), put(KEY), insert)
    assert found.outcomes[1].answer["CancellationReasons"][0]["Message"] == reason["Message"]
    assert len(found.reread) == 1


def item_named_twice(local: Side) -> None:
    twice = transact(check("attribute_exists(pk)"), ("Put", put(KEY)))
    assert _run(local, twice).outcomes[0].code == "TransactionCanceledException"
    with Lab() as lab:
        found = _run(BotoSide(lab.client), twice)
    assert found.outcomes[0].code in ("ValidationException", "TransactionCanceledException")
    assert found.items == found.reread == []


def respelled_key(local: Side) -> None:
    key = {"pk": {"N": "1.0"}}
    history = History(
        TableSpec("N", None, "KEYS_ONLY"), (transact(("Put", put(key)), ("Delete", delete(key))),)
    )
    assert [record["eventName"] for record in run(local, history).reread] == ["INSERT", "REMOVE"]
    with Lab() as lab:
        found = run(BotoSide(lab.client), history)
    assert found.outcomes[0].message == "Transaction request cannot include multiple operations on one item"
    assert found.reread == []


def _reads(
    *calls: Call, writes: tuple[Call, ...] = (), local: Side, table: TableSpec = HASH
) -> list[list[Outcome]]:
    """What the calls come to after the writes, on DynamoDB Local and in the lab."""
    with Lab() as lab:
        sides = local, BotoSide(lab.client)
        return [run(side, History(table, writes + calls)).outcomes[len(writes) :] for side in sides]


def nothing_to_remove(local: Side) -> None:
    remove = {"TableName": TABLE, "Key": KEY, "UpdateExpression": "REMOVE delay"}
    read = Call("GetItem", {"TableName": TABLE, "Key": KEY})
    (_, there), (_, here) = _reads(Call("UpdateItem", remove), read, local=local)
    assert there.answer == {"Item": KEY}
    assert here.answer == {}


def _query(**more: Any) -> Call:
    return Call("Query", {"TableName": TABLE, "KeyConditionExpression": "pk = :a"} | _A | more)


_A = {"ExpressionAttributeValues": {":a": {"S": "a"}}}
_LEGACY = {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]}}


def words_of_reads(local: Side) -> None:
    calls = Call("Scan", {"TableName": TABLE, "Segment": 0}), Call("GetItem", {"TableName": TABLE, "Key": {}})
    there, here = _reads(*calls, local=local)
    assert [outcome.message for outcome in there] == [
        "If segment is specified, total segment must also be specified",
        "The number of conditions on the keys is invalid",
    ]
    assert [outcome.message for outcome in here] == [
        "The TotalSegments parameter is required but was not present in the request when "
        "Segment parameter is present",
        "The provided key element does not match the schema",
    ]


def cancelled_by_a_key(local: Side) -> None:
    get = {"Get": {"TableName": TABLE, "Key": {"pk": {"N": "1"}}}}
    (there,), (here,) = _reads(Call("TransactGetItems", {"TransactItems": [get]}), local=local)
    assert there.code == here.code == "TransactionCanceledException"
    assert "CancellationReasons" not in there.answer
    assert [reason["Code"] for reason in here.answer["CancellationReasons"]] == ["ValidationError"]


def capacity_of_nothing(local: Side) -> None:
    scan = {"TableName": TABLE, "ReturnConsumedCapacity": "TOTAL"}
    (there,), (here,) = _reads(Call("Scan", scan), local=local)
    assert [one.answer["ConsumedCapacity"]["CapacityUnits"] for one in (there, here)] == [0.0, 0.5]


def missing_keys_cost(local: Side) -> None:
    request = {"RequestItems": {TABLE: {"Keys": [KEY, OTHER]}}, "ReturnConsumedCapacity": "TOTAL"}
    (there,), (here,) = _reads(Call("BatchGetItem", request), writes=(put(KEY),), local=local)
    units = [outcome.answer["ConsumedCapacity"][0]["CapacityUnits"] for outcome in (there, here)]
    assert units == [0.5, 1.0]


def _indexed(side: Side, *calls: Call) -> list[Outcome]:
    """What calls come to on a table with one item of 9 KB, a global and a local index of its keys."""
    params = TableSpec("S", "S", None).create_params()
    params["AttributeDefinitions"].append({"AttributeName": "g", "AttributeType": "S"})
    both = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "g", "KeyType": "RANGE"}]
    projection = {"Projection": {"ProjectionType": "KEYS_ONLY"}}
    for kind, keys in (("Global", [{"AttributeName": "g", "KeyType": "HASH"}]), ("Local", both)):
        index = {"IndexName": f"{kind.lower()}-index", "KeySchema": keys} | projection
        params[f"{kind}SecondaryIndexes"] = [index]
    side.call("dynamodb", "CreateTable", params)
    try:
        item = KEY | {"sk": {"S": "s"}, "g": {"S": "g"}, "wide": {"S": "w" * 9000}}
        side.call("dynamodb", "PutItem", {"TableName": TABLE, "Item": item})
        return [attempt(side, "dynamodb", call.operation, call.params) for call in calls]
    finally:
        side.call("dynamodb", "DeleteTable", {"TableName": TABLE})


def capacity_of_index_scans(local: Side) -> None:
    scan = Call("Scan", {"TableName": TABLE, "IndexName": "global-index", "ReturnConsumedCapacity": "TOTAL"})
    with Lab() as lab:
        found = [_indexed(side, scan)[0].answer for side in (local, BotoSide(lab.client))]
    assert [answer["ConsumedCapacity"]["CapacityUnits"] for answer in found] == [1.5, 0.5]


def capacity_of_projections(local: Side) -> None:
    query = _query(IndexName="local-index", ProjectionExpression="g", ReturnConsumedCapacity="TOTAL")
    with Lab() as lab:
        found = [_indexed(side, query)[0].answer for side in (local, BotoSide(lab.client))]
    assert [answer["ConsumedCapacity"]["CapacityUnits"] for answer in found] == [2.0, 0.5]


def maybe_more(local: Side) -> None:
    (there,), (here,) = _reads(_query(Limit=1), writes=(put(KEY),), local=local)
    assert "LastEvaluatedKey" not in there.answer
    assert here.answer["Items"] == [KEY]


def names_in_any_order(local: Side) -> None:
    values = {":a": {"S": "a"}, ":z": {"S": "z"}, ":b": {"S": "b"}}
    (there,), (here,) = _reads(_query(ExpressionAttributeValues=values), local=local)
    words = "Value provided in ExpressionAttributeValues unused in expressions: keys: "
    for outcome in (there, here):
        assert outcome.message in (f"{words}{{:b, :z}}", f"{words}{{:z, :b}}")


def respelled_key_in_a_batch(local: Side) -> None:
    keys = [{"pk": {"N": "1"}}, {"pk": {"N": "1.0"}}]
    batch = Call("BatchGetItem", {"RequestItems": {TABLE: {"Keys": keys}}})
    (there,), (here,) = _reads(batch, local=local, table=TableSpec("N", None, "KEYS_ONLY"))
    assert there.ok
    assert here.message == "Provided list of item keys contains duplicates"


def reserved_words(local: Side) -> None:
    calls = [update(f"SET {word} = :n", number("1")) for word in ("size", "convert")]
    assert all(outcome.ok for outcome in _run(local, *calls).outcomes)
    with Lab() as lab:
        outcomes = _run(BotoSide(lab.client), *calls).outcomes
    assert ["reserved keyword: " in str(outcome.message) for outcome in outcomes] == [True, True]


def bytes_inside_bytes(local: Side) -> None:
    whole = KEY | {"tail": {"B": b"\x00\xff"}}
    expected = {"tail": {"ComparisonOperator": "CONTAINS", "AttributeValueList": [{"B": b"\xf8"}]}}
    calls = put(whole), put(whole, Expected=expected)
    assert _run(local, *calls).outcomes[-1].ok
    with Lab() as lab:
        outcome = _run(BotoSide(lab.client), *calls).outcomes[-1]
    assert outcome.code == "ConditionalCheckFailedException"


def updates_beside_expected(local: Side) -> None:
    wrong = update(None, AttributeUpdates={"n": {}}, Expected={"n": {"Value": {"N": "1"}}})
    assert _run(local, put(KEY), wrong).outcomes[-1].code == "ConditionalCheckFailedException"
    with Lab() as lab:
        found = _run(BotoSide(lab.client), put(KEY), wrong).outcomes[-1]
    assert str(found.message).endswith("Only DELETE action is allowed when no attribute value is specified")


def attributes_of_nothing(local: Side) -> None:
    nothing = {"TableName": TABLE, "AttributesToGet": []}
    assert _run(local, put(KEY), Call("Scan", nothing)).outcomes[-1].answer["Items"] == [{}]
    with pytest.raises(ServiceError, match="Member must have length greater than or equal to 1"):
        attributes_of(nothing)


def final_period(local: Side) -> None:
    fails = transact(check("attribute_exists(pk)"))
    texts = []
    with Lab() as lab:
        for side in (local, BotoSide(lab.client)):
            texts.append(_run(side, fails).outcomes[0].answer["CancellationReasons"][0]["Message"])
    assert [text.rstrip(".") for text in texts] == ["The conditional request failed"] * 2


PROOFS: dict[str, Callable[[Side], None]] = {
    "ApproximateCreationDateTime": creation_time,
    "awsRegion": region,
    "eventID": event_id,
    "SequenceNumber": sequence_number,
    "a number that an update computes": computed_number,
    "a transaction with an update that its item does not allow": cancelled_by_an_item,
    "ConsumedCapacity that nobody asked for": consumed_capacity,
    "UPDATED_OLD and UPDATED_NEW of an update inside an attribute": fragments,
    "which of several errors of an update is named": which_of_several,
    "a PartiQL INSERT of an item that is there, in a transaction": duplicate_among_reasons,
    "a transaction that names an item twice and has a condition that fails": item_named_twice,
    "a PartiQL INSERT of an item that is there": duplicate_item,
    "a transaction that names an item twice, a number of its key respelled": respelled_key,
    "refusals of reads": words_of_reads,
    "a key of the wrong shape in TransactGetItems": cancelled_by_a_key,
    "the capacity of a page of nothing": capacity_of_nothing,
    "a key that BatchGetItem does not find": missing_keys_cost,
    "the capacity that a scan of an index takes": capacity_of_index_scans,
    "the capacity of a query that a local index fetches for": capacity_of_projections,
    "LastEvaluatedKey of a query whose Limit is met by the last item that its conditions allow": maybe_more,
    "names in the text of a refusal that lists several": names_in_any_order,
    "a key named twice in BatchGetItem, its number respelled": respelled_key_in_a_batch,
    "refusals of calls that are not well formed": words,
    "UPDATED_NEW of an upsert of the key alone": internal_failure,
    "SIZE and CONVERT as attribute names": reserved_words,
    "an update that only removes, of an item that is not there": nothing_to_remove,
    "CONTAINS of binary values, in Expected": bytes_inside_bytes,
    "AttributeUpdates that are not well formed, beside Expected": updates_beside_expected,
    "AttributesToGet of nothing, in Query and Scan": attributes_of_nothing,
    "the text of a failed condition among the reasons": final_period,
}


def test_every_row_is_proven() -> None:
    assert list(PROOFS) == [divergence.what for divergence in KNOWN]


@pytest.mark.parametrize("what", PROOFS)
def test_divergence(dynamodb_local: DynamoDBLocal, what: str) -> None:
    PROOFS[what](dynamodb_local.client)
    dynamodb_local.refresh()
