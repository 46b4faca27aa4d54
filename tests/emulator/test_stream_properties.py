"""Properties of every stream, over random histories: what consumers rely on (A23, A35, A36, A38)."""

from __future__ import annotations

import contextlib
import itertools
import random
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cdc_lab import Lab

from ..strategies import TABLE, History, histories
from .streaming import iterator, numbers, shards

Record = dict[str, Any]
Key = tuple[Any, ...]


def canonical(value: Any) -> Any:
    """A value in the one form that equal attribute values share: sets have no order."""
    if isinstance(value, dict):
        return {
            k: frozenset(v) if k in ("SS", "NS", "BS") and isinstance(v, list) else canonical(v)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [canonical(member) for member in value]
    return value


def key_of(record: Record) -> Key:
    """The identity of the item that a record is about."""
    return tuple(sorted((name, repr(value)) for name, value in record["dynamodb"]["Keys"].items()))


def lineage(lab: Lab, arn: str) -> list[str]:
    """The shards of a stream, parents before children."""
    found = {shard["ShardId"]: shard.get("ParentShardId") for shard in shards(lab, arn)}
    order: list[str] = []
    while len(order) < len(found):
        order += [
            s for s, parent in found.items() if s not in order and (parent not in found or parent in order)
        ]
    return order


class Reader:
    """A consumer that keeps a position in every shard, and reads parents before children (B19)."""

    def __init__(self, lab: Lab, arn: str) -> None:
        self.lab = lab
        self.arn = arn
        self.records: list[Record] = []
        self._positions: dict[str, str | None] = {}  # last sequence number read
        self._finished: set[str] = set()

    def step(self, rng: random.Random, limit: int = 1000) -> None:
        """Read one page of some shard that may be read."""
        known = {shard["ShardId"]: shard.get("ParentShardId") for shard in shards(self.lab, self.arn)}
        ready = [
            shard_id
            for shard_id, parent in known.items()
            if shard_id not in self._finished and (parent not in known or parent in self._finished)
        ]
        if ready:
            self._read(rng.choice(sorted(ready)), limit)

    def drain(self) -> None:
        """Read everything that is there."""
        for shard_id in lineage(self.lab, self.arn):
            while shard_id not in self._finished and self._read(shard_id, 1000):
                pass

    def _read(self, shard_id: str, limit: int) -> bool:
        """Read a page; whether the shard may hold more."""
        last = self._positions.get(shard_id)
        kind = "TRIM_HORIZON" if last is None else "AFTER_SEQUENCE_NUMBER"
        here: str | None = iterator(self.lab, self.arn, shard_id, kind, last)
        for _ in range(30):  # cross quiet stretches, which give empty pages (B13)
            page = self.lab.client("dynamodbstreams").get_records(ShardIterator=here, Limit=limit)
            self.records += page["Records"]
            here = page.get("NextShardIterator")
            if here is None:
                self._finished.add(shard_id)
                return False
            if page["Records"]:
                self._positions[shard_id] = page["Records"][-1]["dynamodb"]["SequenceNumber"]
                return True
        return False


def folded(records: list[Record]) -> dict[Key, Any]:
    """The table that a stream of NEW_AND_OLD_IMAGES tells of."""
    table: dict[Key, Any] = {}
    for record in records:
        if record["eventName"] == "REMOVE":
            del table[key_of(record)]
        else:
            table[key_of(record)] = record["dynamodb"]["NewImage"]
    return table


def scanned(lab: Lab, name: str = TABLE) -> dict[Key, Any]:
    """The table as it is."""
    client = lab.client("dynamodb")
    schema = client.describe_table(TableName=name)["Table"]["KeySchema"]
    keys = [element["AttributeName"] for element in schema]
    items = client.scan(TableName=name, ConsistentRead=True)["Items"]
    return {tuple(sorted((k, repr(found[k])) for k in keys)): found for found in items}


def check_chains(records: list[Record]) -> None:
    """Each item's records are a chain from old to new, with sequence numbers that grow."""
    chains: dict[Key, list[Record]] = {}
    for record in records:
        chains.setdefault(key_of(record), []).append(record)
    for chain in chains.values():
        assert numbers(chain) == sorted(numbers(chain))
        state: Any = None
        for record in chain:
            body = record["dynamodb"]
            old, new = body.get("OldImage"), body.get("NewImage")
            assert canonical(old) == canonical(state)
            assert canonical(old) != canonical(new), "a record that changes nothing (A23)"
            expected = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
            assert record["eventName"] == expected
            state = new


def perform(lab: Lab, history: History) -> None:
    """Make a history's calls; what is refused changes nothing."""
    client = lab.client("dynamodb")
    for call in history.calls:
        try:
            client._make_api_call(call.operation, call.params)
        except ClientError:
            continue


@settings(max_examples=30)
@given(history=histories(), shard_count=st.integers(1, 4), seed=st.integers(0, 9))
def test_folding_a_stream_rebuilds_the_table_at_every_point(
    history: History, shard_count: int, seed: int
) -> None:
    # GIVEN any history on a table with both images
    with Lab(seed=seed, shards=shard_count) as lab:
        client = lab.client("dynamodb")
        view = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        client.create_table(**history.table.create_params() | {"StreamSpecification": view})
        reader = Reader(lab, lab.stream_arn(TABLE))
        seen = []
        for call in history.calls:
            refused = False
            before = scanned(lab)
            try:
                client._make_api_call(call.operation, call.params)
            except ClientError:
                refused = True
            # WHEN the stream is read on after each call
            reader.drain()
            # THEN folding it gives the table, and a call that was refused changed neither
            assert canonical(folded(reader.records)) == canonical(scanned(lab))
            if refused:
                assert canonical(scanned(lab)) == canonical(before)
                assert len(reader.records) == (seen[-1] if seen else 0)
            seen.append(len(reader.records))
        check_chains(reader.records)


@settings(max_examples=12)
@given(history=histories(), seed=st.integers(0, 9))
def test_the_view_type_hides_images_and_nothing_else(history: History, seed: int) -> None:  # A19, A24
    # GIVEN one history on tables of all four view types
    told: dict[str, list[Record]] = {}
    for view_type in ("NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY"):
        with Lab(seed=seed, shards=2) as lab:
            view = {"StreamEnabled": True, "StreamViewType": view_type}
            lab.client("dynamodb").create_table(
                **history.table.create_params() | {"StreamSpecification": view}
            )
            perform(lab, history)
            reader = Reader(lab, lab.stream_arn(TABLE))
            reader.drain()
            told[view_type] = reader.records
    # THEN each stream tells of the same events, with the images that its type shows
    shown = {"NEW_IMAGE": {"NewImage"}, "OLD_IMAGE": {"OldImage"}, "KEYS_ONLY": set()}
    for view_type, images in shown.items():
        assert len(told[view_type]) == len(told["NEW_AND_OLD_IMAGES"])
        for record, whole in zip(told[view_type], told["NEW_AND_OLD_IMAGES"], strict=True):
            assert record["eventName"] == whole["eventName"]
            kept = {k: v for k, v in whole["dynamodb"].items() if k in images | {"Keys"}}
            hidden = {"SequenceNumber", "SizeBytes", "StreamViewType", "ApproximateCreationDateTime"}
            assert {k: v for k, v in record["dynamodb"].items() if k not in hidden} == kept


@settings(max_examples=10)
@given(history=histories(max_calls=20), seed=st.integers(0, 99), shard_count=st.integers(1, 4))
def test_any_interleaving_of_readers_sees_the_same(history: History, seed: int, shard_count: int) -> None:
    # GIVEN three readers that read pages of any size at any time, while shards split and roll
    rng = random.Random(seed)
    note(f"seed {seed}")
    with Lab(seed=seed, shards=shard_count) as lab:
        client = lab.client("dynamodb")
        view = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        client.create_table(**history.table.create_params() | {"StreamSpecification": view})
        arn = lab.stream_arn(TABLE)
        readers = [Reader(lab, arn) for _ in range(3)]
        for call in history.calls:
            with contextlib.suppress(ClientError):
                client._make_api_call(call.operation, call.params)
            for reader in rng.sample(readers, rng.randrange(3)):
                reader.step(rng, limit=rng.randint(1, 3))
            chance = rng.random()
            if chance < 0.15:
                lab.roll_shards(TABLE)
            elif chance < 0.3:
                open_ones = [
                    s for s in shards(lab, arn) if "EndingSequenceNumber" not in s["SequenceNumberRange"]
                ]
                lab.split_shard(TABLE, rng.choice(open_ones)["ShardId"])
        # WHEN each has read to the end
        for reader in readers:
            reader.drain()
        # THEN all saw the same records, each once, every item's in the same order
        ids = [[record["eventID"] for record in reader.records] for reader in readers]
        assert all(len(set(one)) == len(one) for one in ids)
        assert set(ids[0]) == set(ids[1]) == set(ids[2])
        for reader in readers:
            check_chains(reader.records)
            assert canonical(folded(reader.records)) == canonical(scanned(lab))


class LivingStream(RuleBasedStateMachine):
    """A table that is written while its stream ages: splits, rollovers, trimming, disabling, expiry."""

    def __init__(self) -> None:
        super().__init__()
        self.lab = Lab(seed=5, shards=2)
        self.written: list[tuple[float, str, Any]] = []  # lab time, key, new value or None
        self.now: dict[str, int] = {}
        self.counter = itertools.count()

    def teardown(self) -> None:
        self.lab.close()

    @initialize(seed=st.integers(0, 99), shard_count=st.integers(1, 3))
    def open(self, seed: int, shard_count: int) -> None:
        self.lab = Lab(seed=seed, shards=shard_count)
        self.table = self.lab.create_table("tab", "pk", ttl_attribute="expires")
        self.arn = self.lab.stream_arn("tab")

    @rule(key=st.sampled_from("abcde"), times=st.integers(1, 4))
    def put(self, key: str, times: int) -> None:
        for _ in range(times):
            value = next(self.counter)
            self.table.put_item(Item={"pk": key, "n": value})
            self.now[key] = value
            self.written.append((self.lab.clock.time(), key, value))

    @rule(key=st.sampled_from("abcde"))
    def put_again(self, key: str) -> None:
        if key in self.now:
            self.table.put_item(Item={"pk": key, "n": self.now[key]})

    @rule(key=st.sampled_from("abcde"))
    def delete(self, key: str) -> None:
        self.table.delete_item(Key={"pk": key})
        if self.now.pop(key, None) is not None:
            self.written.append((self.lab.clock.time(), key, None))

    @rule(keys=st.sets(st.sampled_from("abcde"), min_size=1), cancelled=st.booleans())
    def transact(self, keys: set[str], cancelled: bool) -> None:
        value = next(self.counter)
        actions: list[dict[str, Any]] = [
            {"Put": {"TableName": "tab", "Item": {"pk": {"S": key}, "n": {"N": str(value)}}}}
            for key in sorted(keys)
        ]
        if cancelled:
            check = {
                "TableName": "tab",
                "Key": {"pk": {"S": "z"}},
                "ConditionExpression": "attribute_exists(pk)",
            }
            actions.append({"ConditionCheck": check})
        try:
            self.lab.client("dynamodb").transact_write_items(TransactItems=actions)
        except ClientError:
            assert cancelled
            return
        for key in sorted(keys):
            self.now[key] = value
            self.written.append((self.lab.clock.time(), key, value))

    @rule(hours=st.sampled_from([0.1, 1, 3, 5, 11, 23]))
    def wait(self, hours: float) -> None:
        self.lab.clock.advance(timedelta(hours=hours))

    @rule(choice=st.randoms(use_true_random=False))
    def split(self, choice: random.Random) -> None:
        open_ones = [
            s for s in self.lab.shards(self.arn) if "EndingSequenceNumber" not in s["SequenceNumberRange"]
        ]
        if len(open_ones) < 12:
            self.lab.split_shard("tab", choice.choice(open_ones)["ShardId"])

    @rule()
    def roll(self) -> None:
        if len(self.lab.shards(self.arn)) < 60:
            self.lab.roll_shards("tab")

    @precondition(lambda self: hasattr(self, "arn"))
    @invariant()
    def what_is_left_is_the_last_day_in_order(self) -> None:
        reader = Reader(self.lab, self.arn)
        reader.drain()
        limit = self.lab.clock.time() - 24 * 3600
        expected: dict[str, list[Any]] = {}
        for at, key, value in self.written:
            if at > limit:
                expected.setdefault(key, []).append(value)
        found: dict[str, list[Any]] = {}
        for record in reader.records:
            image = record["dynamodb"].get("NewImage")
            value = None if image is None else int(image["n"]["N"])
            found.setdefault(record["dynamodb"]["Keys"]["pk"]["S"], []).append(value)
        assert found == expected

    @precondition(lambda self: hasattr(self, "arn"))
    @invariant()
    def every_key_has_one_open_shard(self) -> None:
        stream = self.lab._account.backend.streams.get(self.arn)
        assert stream is not None
        spans = sorted((shard.lower, shard.upper) for shard in stream.open_shards)
        assert spans[0][0] == 0
        assert spans[-1][1] == 1 << 128
        assert all(before[1] == after[0] for before, after in itertools.pairwise(spans))


TestLivingStream = LivingStream.TestCase
TestLivingStream.settings = settings(max_examples=8, stateful_step_count=25, deadline=None)


@pytest.mark.parametrize("hours", [25, 49])
def test_a_busy_day_loses_nothing_and_holds_no_more_than_a_day(rng: random.Random, hours: int) -> None:  # A38
    with Lab(seed=rng.randrange(1000), shards=2) as lab:
        table = lab.create_table("tab", "pk")
        arn = lab.stream_arn(table)
        reader = Reader(lab, arn)
        for number in range(hours * 4):
            table.put_item(Item={"pk": f"k{rng.randrange(20)}", "n": number})
            if number % 20 == 0:
                reader.drain()
            lab.clock.advance(timedelta(minutes=15))
        reader.drain()
        # THEN who read in time saw every write once, in order
        values = sorted(int(record["dynamodb"]["NewImage"]["n"]["N"]) for record in reader.records)
        assert values == list(range(hours * 4))
        check_chains(reader.records)
        late = Reader(lab, arn)
        late.drain()
        assert len(late.records) <= 24 * 4
