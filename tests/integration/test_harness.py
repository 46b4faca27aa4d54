"""The harness can fail: it finds fault with altered runs, and with plain moto."""

from __future__ import annotations

import copy
from collections.abc import Callable

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from ..strategies import History, Params, TableSpec, histories
from ..value_strategies import plain_number
from . import cases_updates
from .building import ITEM, KEY, OTHER, delete, number, put, transact, update
from .comparing import compare
from .divergences import as_the_service
from .dynamodb_local import DynamoDBLocal
from .running import BotoSide, Outcome, Run, run

HASH = TableSpec("S", None, "NEW_AND_OLD_IMAGES")
BASE: History = History(HASH, (put(KEY), put(ITEM), put(OTHER), delete(ReturnValues="ALL_OLD")))


def _image(item: Params) -> Params:
    return copy.deepcopy(item)


def _record(name: str, size: int, **images: Params) -> Params:
    inside = {"Keys": KEY, **images, "SizeBytes": size, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    fixed = {"eventVersion": "1.1", "eventSource": "aws:dynamodb", "eventID": f"{name} {size}"}
    return {"eventName": name, **fixed, "dynamodb": inside}


def a_run() -> Run:
    """What a side might show of BASE."""
    outcomes = [Outcome(None, None, {}) for _ in range(3)]
    outcomes.append(Outcome(None, None, {"Attributes": _image(ITEM)}))
    records = [
        [_record("INSERT", 6, NewImage=_image(KEY))],
        [_record("MODIFY", 200, NewImage=_image(ITEM), OldImage=_image(KEY))],
        [_record("INSERT", 7, NewImage=_image(OTHER))],
        [_record("REMOVE", 194, OldImage=_image(ITEM))],
    ]
    return Run(outcomes, [_image(OTHER)], records, [copy.deepcopy(record) for record, *_ in records])


def _record_of(run: Run, call: int) -> Params:
    return run.records[call][0]


def _inside(run: Run, call: int) -> Params:
    found: Params = _record_of(run, call)["dynamodb"]
    return found


def _new_image(run: Run) -> Params:
    found: Params = _inside(run, 1)["NewImage"]
    return found


def _swap(run: Run) -> None:
    run.records[0], run.records[1] = run.records[1], run.records[0]


ALTERATIONS: dict[str, Callable[[Run], object]] = {
    "a record is missing": lambda run: run.records[1].clear(),
    "a record is there twice": lambda run: run.records[3].append(copy.deepcopy(_record_of(run, 3))),
    "two records changed places": _swap,
    "an event has another name": lambda run: _record_of(run, 0).update(eventName="MODIFY"),
    "an event has another version": lambda run: _record_of(run, 0).update(eventVersion="1.0"),
    "an event has another source": lambda run: _record_of(run, 0).update(eventSource="aws:kinesis"),
    "a user's delete carries an identity": lambda run: _record_of(run, 3).update(userIdentity=None),
    "a size is off by one": lambda run: _inside(run, 1).update(SizeBytes=201),
    "a view type is another": lambda run: _inside(run, 1).update(StreamViewType="NEW_IMAGE"),
    "keys are empty": lambda run: _inside(run, 1).update(Keys={}),
    "an old image is missing": lambda run: _inside(run, 1).pop("OldImage"),
    "an old image is empty instead": lambda run: _inside(run, 0).update(OldImage={}),
    "an image lacks an attribute": lambda run: _new_image(run).pop("note"),
    "an image spells a number otherwise": lambda run: _new_image(run).update(delay={"N": "5.0"}),
    "an image lacks a member of a set": lambda run: _new_image(run).update(codes={"SS": ["a"]}),
    "an image has a list in another order": lambda run: _new_image(run)["trail"]["L"].reverse(),
    "an image has text for bytes": lambda run: _new_image(run).update(tail={"B": "AP8="}),
    "an image has 0 for false": lambda run: _new_image(run).update(cancelled={"BOOL": 0}),
    "a record is not there at the second reading": lambda run: run.reread.pop(1),
    "a record has another id at the second reading": lambda run: run.reread[1].update(eventID="other"),
    "records changed places at the second reading": lambda run: run.reread.reverse(),
    "an item is missing": lambda run: run.items.clear(),
    "an item is there twice": lambda run: run.items.append(copy.deepcopy(run.items[0])),
    "an item differs": lambda run: run.items[0].update(delay={"N": "1"}),
    "a call failed": lambda run: run.outcomes.__setitem__(0, Outcome("ValidationException", "no", {})),
    "a call returned nothing": lambda run: run.outcomes.__setitem__(3, Outcome(None, None, {})),
    "a call returned more": lambda run: run.outcomes.__setitem__(0, Outcome(None, None, {"Attributes": {}})),
}


def test_equal_runs_do_not_differ() -> None:
    assert compare(BASE, a_run(), a_run()) == []


def test_sets_and_attributes_have_no_order() -> None:
    other = a_run()
    image = _new_image(other)
    _inside(other, 1)["NewImage"] = dict(reversed(image.items())) | {"codes": {"SS": ["b", "a"]}}
    assert compare(BASE, a_run(), other) == []


@pytest.mark.parametrize("name", ALTERATIONS)
def test_alteration_is_found(name: str) -> None:
    # GIVEN a run, and the same with one thing altered
    altered = a_run()
    ALTERATIONS[name](altered)
    # WHEN they are compared, THEN the alteration is found
    assert compare(BASE, a_run(), altered)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("370.3680", "370.368"),
        ("-0.0", "0"),
        ("1E+2", "100"),
        ("1e-3", "0.001"),
        ("0012.30", "12.3"),
        ("-1.50", "-1.5"),
    ],
)
def test_plain_number(text: str, plain: str) -> None:
    assert plain_number(text) == plain


@pytest.fixture
def against_moto(dynamodb_local: DynamoDBLocal, moto_side: BotoSide) -> Callable[[History], list[str]]:
    """Where plain moto's stream differs from DynamoDB Local's, for a history."""

    def differing(history: History) -> list[str]:
        expected = as_the_service(history.calls, run(dynamodb_local.client, history))
        dynamodb_local.refresh()
        found = compare(history, expected, run(moto_side, history))
        return [difference.where for difference in found if difference.where.startswith("records")]

    return differing


# Plain moto's differences as measured, and where the harness must see them.
MOTO = {
    "an upsert writes two INSERTs": (
        (update("SET delay = :n", number("1")),),
        "records of call 1 UpdateItem",
    ),
    "an upsert in a transaction writes two": (
        (transact(("Update", update("SET delay = :n", number("1")))),),
        "records of call 1 TransactWriteItems",
    ),
    "a put that changes nothing writes a MODIFY": (
        cases_updates.NO_CHANGE["put of the same item"],
        "records of call 2 PutItem",
    ),
    "an update that changes nothing writes a MODIFY": (
        cases_updates.NO_CHANGE["update to the same value"],
        "records of call 2 UpdateItem",
    ),
    "the event's version is 1.0": ((put(KEY),), "records of call 1 PutItem[0].eventVersion"),
    "the size is the length of JSON": ((put(KEY),), "records of call 1 PutItem[0].dynamodb.SizeBytes"),
}


@pytest.mark.integration
@pytest.mark.parametrize("name", MOTO)
def test_harness_catches_plain_moto(against_moto: Callable[[History], list[str]], name: str) -> None:
    calls, where = MOTO[name]
    assert where in against_moto(History(HASH, calls))


@pytest.mark.integration
def test_random_histories_catch_plain_moto(against_moto: Callable[[History], list[str]], seed: int) -> None:
    """Most histories have a record of plain moto's that is wrong by more than version and size."""
    wrong = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=20,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories())
    def look(history: History) -> None:
        where = against_moto(history)
        wrong.append(any(not place.endswith(("SizeBytes", "eventVersion")) for place in where))

    look()
    assert sum(wrong) >= 5, f"of {len(wrong)} histories from seed {seed}, {sum(wrong)} were found wrong"
