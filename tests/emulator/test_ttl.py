"""Time to live: expired items leave by a sweep; their records say who deleted them (A14, A15, A31, A32)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cdc_lab import Lab

from .streaming import delete, item, names, put, records, refused, table, update

HOUR = 3600
FIVE_YEARS = 5 * 365 * 24 * HOUR


def with_ttl(lab: Lab, **options: Any) -> Any:
    """A table whose items leave after the time in ``expires``."""
    return table(lab, ttl_attribute="expires", **options)


def now(lab: Lab) -> int:
    return int(lab.clock.time())


def test_an_expired_item_leaves_as_a_remove_of_the_service(lab: Lab) -> None:  # A14, A31
    # GIVEN an item that expires in an hour
    client = with_ttl(lab)
    put(client, "a", expires=now(lab) + HOUR)
    # WHEN two hours have passed
    lab.clock.advance(timedelta(hours=2))
    # THEN it is gone, and the record carries the service's identity
    assert client.scan(TableName="tab")["Items"] == []
    _, removed = records(lab)
    assert removed["eventName"] == "REMOVE"
    assert removed["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    assert removed["dynamodb"]["OldImage"]["pk"] == {"S": "a"}
    assert "NewImage" not in removed["dynamodb"]


def test_a_users_delete_carries_no_identity(lab: Lab) -> None:  # A15
    client = with_ttl(lab)
    put(client, "a", expires=now(lab) + HOUR)
    delete(client, "a")
    assert all("userIdentity" not in record for record in records(lab))


def test_the_identity_in_lambdas_form(lab: Lab) -> None:  # A14
    client = with_ttl(lab)
    put(client, "a", expires=now(lab) - 1)
    assert lab.expire_ttl() == 1
    arn = lab.stream_arn("tab")
    stream = lab._account.backend.streams.get(arn)
    assert stream is not None
    (shard,) = stream.shards.values()
    inserted, removed = (record.to_event(arn) for record in shard.records)
    assert removed["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert "userIdentity" not in inserted


def test_an_expired_item_can_be_read_and_changed_until_the_sweep(lab: Lab) -> None:  # A31
    # GIVEN an item that expired a minute ago
    client = with_ttl(lab)
    put(client, "a", expires=now(lab) - 60)
    # THEN it still shows in every read, and can be changed
    assert "Item" in client.get_item(TableName="tab", Key=item("a"))
    assert client.scan(TableName="tab")["Count"] == 1
    update(client, "a", "SET n = :n", n=1)
    # AND its record shows the item as the sweep found it
    assert lab.expire_ttl() == 1
    assert records(lab)[-1]["dynamodb"]["OldImage"]["n"] == {"N": "1"}
    assert names(lab) == ["INSERT", "MODIFY", "REMOVE"]


def test_sweeping_again_finds_nothing(lab: Lab) -> None:
    client = with_ttl(lab)
    put(client, "a", expires=now(lab) - 1)
    assert [lab.expire_ttl(), lab.expire_ttl()] == [1, 0]


@pytest.mark.parametrize("way", ["later", "removed", "no number"])
def test_an_expiry_that_was_rewritten_counts(lab: Lab, way: str) -> None:  # A31
    # GIVEN an item that was to expire, and was written again
    client = with_ttl(lab)
    put(client, "a", expires=now(lab) + HOUR)
    if way == "later":
        update(client, "a", "SET expires = :e", e=now(lab) + 5 * HOUR)
    elif way == "removed":
        update(client, "a", "REMOVE expires")
    else:
        put(client, "a", expires="soon")
    # WHEN its first time has come
    lab.clock.advance(timedelta(hours=3))
    # THEN it stays; and leaves at its second, if it has one
    assert client.scan(TableName="tab")["Count"] == 1
    lab.clock.advance(timedelta(hours=4))
    assert client.scan(TableName="tab")["Count"] == (0 if way == "later" else 1)


def test_an_earlier_expiry_counts_too(lab: Lab) -> None:
    client = with_ttl(lab)
    put(client, "a", expires=now(lab) + 9 * HOUR)
    put(client, "a", expires=now(lab) + HOUR)
    lab.clock.advance(timedelta(hours=3))
    assert client.scan(TableName="tab")["Count"] == 0


@pytest.mark.parametrize(
    ("name", "value", "leaves"),
    [
        ("a number", {"N": "0"}, True),
        ("a fraction", {"N": "0.5"}, True),
        ("a string of digits", {"S": "0"}, False),
        ("a number set", {"NS": ["1"]}, False),
        ("nothing", {"NULL": True}, False),
        ("a map", {"M": {"N": {"N": "1"}}}, False),
    ],
)
def test_only_a_number_expires(lab: Lab, name: str, value: dict[str, Any], leaves: bool) -> None:  # A32
    client = with_ttl(lab)
    if value.get("N") is not None:
        value = {"N": str(now(lab) - 10 + float(value["N"]))}
    client.put_item(TableName="tab", Item=item("a", expires=value))
    assert lab.expire_ttl() == int(leaves)


@pytest.mark.parametrize(("age", "leaves"), [(FIVE_YEARS - 60, True), (FIVE_YEARS, False), (9**20, False)])
def test_a_time_of_more_than_five_years_ago_is_ignored(lab: Lab, age: int, leaves: bool) -> None:  # A32
    client = with_ttl(lab)
    put(client, "a", expires=now(lab) - age)
    assert lab.expire_ttl() == int(leaves)


@pytest.mark.parametrize("text", ["9.9E+125", "-9.9E+125", "1E-130", "1362736800000"])
def test_times_that_no_clock_shows(lab: Lab, text: str) -> None:  # milliseconds are the classic mistake
    client = with_ttl(lab)
    client.put_item(TableName="tab", Item=item("a", expires={"N": text}))
    lab.clock.advance(timedelta(days=3))
    assert client.scan(TableName="tab")["Count"] == 1


def test_items_that_were_there_before_it_was_turned_on(lab: Lab) -> None:
    client = table(lab)
    put(client, "a", expires=now(lab) - 10)
    specification = {"Enabled": True, "AttributeName": "expires"}
    client.update_time_to_live(TableName="tab", TimeToLiveSpecification=specification)
    described = client.describe_time_to_live(TableName="tab")["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    assert lab.expire_ttl() == 1


def test_nothing_leaves_after_it_was_turned_off(lab: Lab) -> None:
    client = with_ttl(lab)
    put(client, "a", expires=now(lab) + HOUR)
    specification = {"Enabled": False, "AttributeName": "expires"}
    client.update_time_to_live(TableName="tab", TimeToLiveSpecification=specification)
    lab.clock.advance(timedelta(hours=5))
    assert lab.expire_ttl() == 0
    assert client.scan(TableName="tab")["Count"] == 1


def test_on_again_by_another_attribute(lab: Lab) -> None:
    client = with_ttl(lab)
    put(client, "a", expires=now(lab) + HOUR)
    put(client, "b", leaves=now(lab) + HOUR)
    for enabled, attribute in ((False, "expires"), (True, "leaves")):
        client.update_time_to_live(
            TableName="tab", TimeToLiveSpecification={"Enabled": enabled, "AttributeName": attribute}
        )
    lab.clock.advance(timedelta(hours=3))
    assert [found["pk"]["S"] for found in client.scan(TableName="tab")["Items"]] == ["a"]


def test_a_table_without_a_stream(lab: Lab) -> None:
    client = with_ttl(lab, view_type=None)
    put(client, "a", expires=now(lab) - 1)
    assert lab.expire_ttl() == 1
    assert client.scan(TableName="tab")["Count"] == 0


def test_a_table_of_items_with_sort_keys(lab: Lab) -> None:
    lab.create_table("tab", "pk", ("sk", "N"), ttl_attribute="expires")
    client = lab.client("dynamodb")
    for number in range(6):
        key = {"pk": {"S": "a"}, "sk": {"N": str(number)}}
        client.put_item(TableName="tab", Item=key | {"expires": {"N": str(now(lab) + number * HOUR)}})
    lab.clock.advance(timedelta(hours=2, minutes=1))
    left = client.scan(TableName="tab")["Items"]
    assert [int(found["sk"]["N"]) for found in left] == [3, 4, 5]
    removed = [r["dynamodb"]["Keys"]["sk"]["N"] for r in records(lab) if r["eventName"] == "REMOVE"]
    assert removed == ["0", "1", "2"]


def test_a_deleted_tables_items_do_not_expire(lab: Lab) -> None:
    client = with_ttl(lab)
    put(client, "a", expires=now(lab) + HOUR)
    client.delete_table(TableName="tab")
    lab.clock.advance(timedelta(hours=3))
    with_ttl(lab)
    assert lab.expire_ttl() == 0


def test_memory_does_not_grow_with_rewritten_expiries(lab: Lab) -> None:
    # GIVEN an item that is written over and over, each time with a later expiry
    client = with_ttl(lab)
    for number in range(300):
        put(client, "a", n=number, expires=now(lab) + 10 * HOUR + number % 3)
    # THEN what waits for the sweep stays about as large as the table
    (expiry,) = lab._account.backend.capture._ttl.values()
    assert expiry.waiting <= 110
    lab.clock.advance(timedelta(hours=12))
    assert client.scan(TableName="tab")["Count"] == 0
    assert expiry.waiting == 0


def test_bad_specifications_are_refused(lab: Lab) -> None:
    client = table(lab)
    code, _ = refused(
        client.update_time_to_live,
        TableName="absent",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
    )
    assert code == "ResourceNotFoundException"
