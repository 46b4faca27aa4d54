"""Clients beside a handler: whatever they come from and wherever they are kept, a check answers them."""

from __future__ import annotations

import functools
from collections import UserList
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, idempotent_function
from botocore.config import Config

from cdc_lab.classroom.exercises import EXERCISES, find
from cdc_lab.classroom.exercises.checking import examine
from cdc_lab.classroom.exercises.deploying import Deployment
from cdc_lab.classroom.exercises.drills import DRILLS
from cdc_lab.classroom.exercises.drills.drill import Drill
from cdc_lab.errors import LabError
from cdc_lab.lab import Lab

HANDLED = tuple(name for name in (*EXERCISES, *DRILLS) if not isinstance(find(name), Drill))
ITEM = {"flight_id": "UA1545", "sequence": "1", "delay": 84}
WIRED = {"flight_id": {"S": "UA1545"}, "sequence": {"S": "1"}, "delay": {"N": "84"}}
Write = Callable[[], object]


def _plain(client: Any) -> Write:
    return lambda: client.put_item(TableName="audit", Item=WIRED)


def _of_a_resource(client: Any) -> Write:
    return lambda: client.put_item(TableName="audit", Item=ITEM)


def _table(table: Any) -> Write:
    return lambda: table.put_item(Item=ITEM)


def _batch(writer: Any) -> Write:
    def write() -> None:
        with writer:
            writer.put_item(Item=ITEM)

    return write


def _paginated(client: Any) -> Write:
    pages, put = client.get_paginator("scan"), _plain(client)

    def write() -> None:
        put()
        assert [page["Count"] for page in pages.paginate(TableName="audit")] == [1]

    return write


def _awaited(client: Any) -> Write:
    waiter, put = client.get_waiter("table_exists"), _plain(client)

    def write() -> None:
        waiter.wait(TableName="audit")
        put()

    return write


def _refused(client: Any) -> Write:
    put = _plain(client)

    def write() -> None:
        put()
        condition = "attribute_not_exists(flight_id)"
        with suppress(client.exceptions.ConditionalCheckFailedException):
            client.put_item(TableName="audit", Item=WIRED, ConditionExpression=condition)

    return write


def _kept(holder: Callable[[Any], Callable[[], Any]]) -> Callable[[Any], Write]:
    def origin(table: Any) -> Write:
        get = holder(table)
        return lambda: get().put_item(Item=ITEM)

    return origin


class Store:
    def __init__(self, table: Any) -> None:
        self.table = table


def _in_an_object(table: Any) -> Callable[[], Any]:
    store = Store(table)
    return lambda: store.table


def _in_a_dict(table: Any) -> Callable[[], Any]:
    kept = {"tables": [{"audit": table}]}
    return lambda: kept["tables"][0]["audit"]


def _as_a_default(table: Any) -> Callable[[], Any]:
    def get(kept: Any = table) -> Any:
        return kept

    return get


def _as_a_keyword_default(table: Any) -> Callable[[], Any]:
    def get(*, kept: Any = table) -> Any:
        return kept

    return get


def _in_a_partial(table: Any) -> Callable[[], Any]:
    return functools.partial(lambda kept: kept, table)


def _in_a_cache(table: Any) -> Callable[[], Any]:
    @functools.cache
    def get() -> Any:
        return table

    get()
    return get


def session(kind: str) -> Any:
    return getattr(boto3.Session(region_name="us-east-1"), kind)("dynamodb")


def of(kind: str, **options: Any) -> Any:
    return getattr(boto3, kind)("dynamodb", region_name="us-east-1", **options)


PATIENT = Config(retries={"max_attempts": 7}, user_agent_extra="audit")
ORIGINS: dict[str, Callable[[], Write]] = {
    "client": lambda: _plain(of("client")),
    "client with a config": lambda: _plain(of("client", config=PATIENT)),
    "client of a session": lambda: _plain(session("client")),
    "table": lambda: _table(of("resource").Table("audit")),
    "table with a config": lambda: _table(of("resource", config=PATIENT).Table("audit")),
    "table of a session": lambda: _table(session("resource").Table("audit")),
    "client of a resource": lambda: _of_a_resource(of("resource").meta.client),
    "client of a table": lambda: _of_a_resource(of("resource").Table("audit").meta.client),
    "client of a session's table": lambda: _of_a_resource(session("resource").Table("audit").meta.client),
    "batch writer": lambda: _batch(of("resource").Table("audit").batch_writer()),
    "paginator": lambda: _paginated(of("client")),
    "waiter": lambda: _awaited(of("client")),
    "exceptions of a client": lambda: _refused(of("client")),
    "exceptions of a session's client": lambda: _refused(session("client")),
    "in an object": lambda: _kept(_in_an_object)(of("resource").Table("audit")),
    "in a dict": lambda: _kept(_in_a_dict)(of("resource").Table("audit")),
    "a default": lambda: _kept(_as_a_default)(of("resource").Table("audit")),
    "a keyword's default": lambda: _kept(_as_a_keyword_default)(of("resource").Table("audit")),
    "in a partial": lambda: _kept(_in_a_partial)(of("resource").Table("audit")),
    "in a cache": lambda: _kept(_in_a_cache)(of("resource").Table("audit")),
}


def _in_a_lab(make: Callable[[], Write]) -> Write:
    with Lab(seed=7) as lab:
        lab.create_table("audit", "flight_id", "sequence", stream_view_type=None)
        write = make()
        write()  # it works before the check
    return write


def _before_any_lab(make: Callable[[], Write]) -> Write:
    assert Lab._open is None
    return make()


@pytest.mark.parametrize("made", [_in_a_lab, _before_any_lab])
@pytest.mark.parametrize("origin", ORIGINS)
def test_a_client_reaches_the_check_wherever_it_comes_from(
    origin: str, made: Callable[[Callable[[], Write]], Write]
) -> None:
    # GIVEN a function that writes with a client beside it
    write = made(ORIGINS[origin])
    with Deployment({"handler": lambda event, context: write()}) as deployment:
        for seed in (1, 2):  # two scenarios
            with Lab(seed=seed) as lab:
                audit = lab.create_table("audit", "flight_id", "sequence", stream_view_type=None)
                # WHEN a check calls it in a lab of its own
                deployment.move_to(lab)
                deployment.functions["handler"]({}, None)
                # THEN the row is there
                assert audit.scan()["Items"] == [ITEM]
                deployment.leave()


def _idempotent(layer: Any, written: UserList[str]) -> Callable[..., Any]:
    @idempotent_function(data_keyword_argument="record", persistence_store=layer)
    def process(record: Any) -> str:
        written.append(record["id"])
        return str(record["id"])

    return process


@pytest.mark.filterwarnings("ignore:Couldn't determine the remaining time")  # no context is registered
def test_powertools_layer_reaches_the_check_as_it_reached_the_readers_lab() -> None:
    # GIVEN an idempotent function whose layer has remembered a record in the reader's lab
    written: UserList[str] = UserList()  # no memory that a check puts back
    with Lab(seed=7) as lab:
        lab.create_table("processed", "id", stream_view_type=None)
        layer = DynamoDBPersistenceLayer(table_name="processed", boto3_session=boto3.Session())
        process = _idempotent(layer, written)
        process(record={"id": "1"})
    # WHEN a check calls it twice, in each of two labs
    with Deployment({"handler": lambda event, context: process(record=event)}) as deployment:
        for seed in (1, 2):
            with Lab(seed=seed) as lab:
                processed = lab.create_table("processed", "id", stream_view_type=None)
                deployment.move_to(lab)
                for _ in range(2):
                    deployment.functions["handler"]({"id": "1"}, None)
                # THEN it has worked once in each, and that lab's table remembers it
                assert [item["status"] for item in processed.scan()["Items"]] == ["COMPLETED"]
                deployment.leave()
    assert list(written) == ["1"] * 3


@pytest.mark.parametrize("exercise", HANDLED)
def test_each_exercise_answers_a_client_of_a_table(exercise: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # GIVEN functions with a client beside them that takes Python's values, and no table to write to
    monkeypatch.setattr("cdc_lab.classroom.exercises.checking.SHRINK_UNTIL", 0.0)
    with Lab(seed=7):
        client = boto3.resource("dynamodb").Table("audit").meta.client
    met: UserList[str] = UserList()  # no memory that a check puts back

    def write(*_: Any) -> None:
        try:
            client.put_item(TableName="nowhere", Item=ITEM)
        except Exception as error:
            met.append(type(error).__name__)

    # WHEN the exercise is checked
    parts = find(exercise).parts
    examine(find(exercise), {part.name: write for part in parts}, 1)
    # THEN the check's lab has read the values, and missed the table alone
    assert set(met) == {"ResourceNotFoundException"}


def test_memory_beside_a_client_starts_afresh() -> None:
    # GIVEN a dict with a table and a memory in it, and a cache
    with Lab(seed=7) as lab:
        kept: dict[str, Any] = {"table": lab.create_table("audit", "flight_id"), "seen": {"mine"}}

    @functools.cache
    def first(name: str) -> bool:
        return name not in kept["seen"]

    def handler(event: Any, context: Any) -> None:
        assert first("theirs")
        kept["seen"].add("theirs")

    before = kept
    with Deployment({"handler": handler}) as deployment:
        # WHEN it runs in two environments
        for _ in range(2):
            with Lab(seed=1) as lab:
                deployment.move_to(lab)
                handler({}, None)
                deployment.leave()
    # THEN neither remembered the other, and the reader's is untouched
    assert kept is before
    assert kept["seen"] == {"mine"}


def test_a_client_of_the_readers_is_refused_again_after_a_check() -> None:
    with Lab(seed=7) as lab:
        audit = lab.create_table("audit", "flight_id", "sequence")
    examine(find("exercise_1"), lambda event, context: audit.scan() and None, 1, only="plain day")
    with Lab(seed=8), pytest.raises(LabError, match="closed"):
        audit.scan()
