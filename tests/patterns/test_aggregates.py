"""Folded deltas equal what is counted from the items themselves, whatever happened on the way."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdc_lab.patterns import (
    Aggregate,
    Delta,
    MissingImageError,
    StreamRecord,
    fold,
    process_batch,
    process_with_idempotency,
    update_entries,
)

from .factories import make_event, make_record, property_test

MEASURES: dict[str, Any] = {
    "flights": 1,
    "delay": "dep_delay",
    "cancelled": lambda flight: flight["status"] == "cancelled",
}
BY_ORIGIN = Aggregate("origin", MEASURES)


def flight(origin: str = "JFK", status: str = "scheduled", **attributes: Any) -> dict[str, Any]:
    return {"flight_id": "UA1545", "origin": origin, "status": status, **attributes}


def sums(flights: int = 0, delay: Any = 0, cancelled: int = 0) -> dict[str, Decimal]:
    return {"flights": Decimal(flights), "delay": Decimal(delay), "cancelled": Decimal(cancelled)}


class TestDeltas:
    def test_an_insert_adds(self) -> None:
        record = make_record("INSERT", new=flight(dep_delay=84))
        assert BY_ORIGIN.deltas(record) == [Delta("JFK", sums(flights=1, delay=84))]

    def test_a_remove_subtracts(self) -> None:
        record = make_record("REMOVE", old=flight(status="cancelled", dep_delay=84))
        assert BY_ORIGIN.deltas(record) == [Delta("JFK", sums(flights=-1, delay=-84, cancelled=-1))]

    def test_a_modify_subtracts_old_and_adds_new(self) -> None:
        record = make_record("MODIFY", old=flight(dep_delay=84), new=flight(status="cancelled", dep_delay=90))
        assert BY_ORIGIN.deltas(record) == [Delta("JFK", sums(delay=6, cancelled=1))]

    def test_a_late_correction_takes_back(self) -> None:
        record = make_record("MODIFY", old=flight(status="cancelled"), new=flight())
        assert BY_ORIGIN.deltas(record) == [Delta("JFK", sums(cancelled=-1))]

    def test_an_item_that_moves_leaves_one_group_and_comes_to_the_other(self) -> None:
        record = make_record("MODIFY", old=flight("JFK", dep_delay=84), new=flight("LGA", dep_delay=90))
        assert BY_ORIGIN.deltas(record) == [
            Delta("JFK", sums(flights=-1, delay=-84)),
            Delta("LGA", sums(flights=1, delay=90)),
        ]

    def test_a_change_that_no_sum_sees_gives_none(self) -> None:
        record = make_record("MODIFY", old=flight(gate="C1"), new=flight(gate="C2"))
        assert BY_ORIGIN.deltas(record) == []

    def test_groups_of_several_attributes_and_of_a_function(self) -> None:
        record = make_record("INSERT", new=flight(carrier="UA", dep_delay=84))
        count = {"flights": Decimal(1)}
        assert Aggregate(("origin", "carrier"), {"flights": 1}).deltas(record) == [
            Delta(("JFK", "UA"), count)
        ]
        late = Aggregate(lambda f: "late" if f["dep_delay"] > 60 else None, {"flights": 1})
        assert late.deltas(record) == [Delta("late", count)]

    def test_an_item_may_come_to_count_and_cease_to(self) -> None:
        # GIVEN a group for late flights only
        late = Aggregate(lambda f: f["origin"] if f.get("dep_delay", 0) > 60 else None, {"flights": 1})
        on_time, delayed = flight(dep_delay=0), flight(dep_delay=84)
        # THEN crossing the border is an arrival or a departure, and staying outside is nothing
        assert late.deltas(make_record("MODIFY", old=on_time, new=delayed)) == [
            Delta("JFK", {"flights": Decimal(1)})
        ]
        assert late.deltas(make_record("MODIFY", old=delayed, new=on_time)) == [
            Delta("JFK", {"flights": Decimal(-1)})
        ]
        assert late.deltas(make_record("INSERT", new=on_time)) == []

    @pytest.mark.parametrize(
        ("item", "delay"),
        [(flight(dep_delay=Decimal("0.1")), "0.1"), (flight(dep_delay=None), 0), (flight(), 0)],
        ids=["a number", "NULL", "absent"],
    )
    def test_null_and_absent_contribute_nothing_as_in_sql(self, item: dict[str, Any], delay: Any) -> None:
        assert BY_ORIGIN.deltas(make_record(new=item)) == [Delta("JFK", sums(flights=1, delay=delay))]

    def test_tenths_add_up_exactly_where_floats_do_not(self) -> None:
        records = [make_record(new=flight(dep_delay=Decimal("0.1"))) for _ in range(3)]
        total = fold(delta for record in records for delta in BY_ORIGIN.deltas(record))
        assert total["JFK"]["delay"] == Decimal("0.3")
        assert 0.1 + 0.1 + 0.1 != 0.3

    def test_38_digits_survive_subtraction_and_addition(self) -> None:
        # GIVEN numbers of all the digits that DynamoDB keeps: Python's own arithmetic would round them to 28
        big, bigger = Decimal("1" * 38), Decimal("1" * 37 + "2")
        record = make_record("MODIFY", old=flight(dep_delay=big), new=flight(dep_delay=bigger))
        assert BY_ORIGIN.deltas(record) == [Delta("JFK", sums(delay=1))]
        assert (
            BY_ORIGIN.deltas(make_record("REMOVE", old=flight(dep_delay=big)))[0].amounts["delay"]
            == big.copy_negate()
        )
        assert (
            fold([Delta("JFK", {"delay": big}), Delta("JFK", {"delay": Decimal(1)})])["JFK"]["delay"]
            == bigger
        )

    def test_a_sum_beyond_38_digits_is_refused_not_rounded(self) -> None:
        with pytest.raises(
            ValueError, match="sum 'delay' of group 'JFK' needs more than DynamoDB's 38 digits"
        ):
            fold([Delta("JFK", {"delay": Decimal("1" * 38)}), Delta("JFK", {"delay": Decimal("0.1")})])


class TestTimeToLive:
    SWEPT = make_record("REMOVE", old=flight(dep_delay=84), ttl_delete=True)
    DELETED = make_record("REMOVE", old=flight(dep_delay=84))

    def test_by_default_a_swept_row_stays_in_the_sums(self) -> None:
        assert BY_ORIGIN.deltas(self.SWEPT) == []

    def test_it_is_subtracted_where_sums_tell_what_the_table_holds(self) -> None:
        held = Aggregate("origin", MEASURES, ttl_deletes="subtract")
        assert held.deltas(self.SWEPT) == [Delta("JFK", sums(flights=-1, delay=-84))]

    @pytest.mark.parametrize("ttl_deletes", ["keep", "subtract"])
    def test_a_users_delete_is_subtracted_either_way(self, ttl_deletes: Any) -> None:
        assert len(Aggregate("origin", MEASURES, ttl_deletes=ttl_deletes).deltas(self.DELETED)) == 1

    def test_another_word_is_refused(self) -> None:
        with pytest.raises(ValueError, match="ttl_deletes='ignore': say 'keep' or 'subtract'"):
            Aggregate("origin", MEASURES, ttl_deletes="ignore")  # type: ignore[arg-type]


class TestRefused:
    @pytest.mark.parametrize("view_type", ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE"])
    @pytest.mark.parametrize("event_name", ["INSERT", "MODIFY", "REMOVE"])
    def test_a_stream_without_both_images(self, view_type: str, event_name: str) -> None:
        # Also on INSERT: sums that add and can never subtract would drift in silence.
        record = make_record(event_name, old=flight(), new=flight(dep_delay=1), view_type=view_type)
        with pytest.raises(MissingImageError, match=view_type):
            BY_ORIGIN.deltas(record)

    def test_a_float(self) -> None:
        record = make_record(new=flight(dep_delay=84))
        with pytest.raises(TypeError, match=r"measure 'hours' gave float 1\.4: use Decimal"):
            Aggregate("origin", {"hours": lambda f: float(f["dep_delay"]) / 60}).deltas(record)  # type: ignore[dict-item,return-value]

    def test_what_is_no_number(self) -> None:
        with pytest.raises(TypeError, match="measure 'status' gave str scheduled"):
            Aggregate("origin", {"status": "status"}).deltas(make_record(new=flight()))

    def test_a_group_attribute_that_is_not_there(self) -> None:
        with pytest.raises(ValueError, match=r"no attribute 'orign' .* flight_id, origin, status"):
            Aggregate("orign", {"flights": 1}).deltas(make_record(new=flight()))


class TestTotals:
    def test_they_are_counted_from_items(self) -> None:
        items = [flight(dep_delay=Decimal(84)), flight(status="cancelled"), flight("LGA")]
        assert BY_ORIGIN.totals(items) == {"JFK": sums(2, 84, 1), "LGA": sums(1)}

    def test_fold_starts_where_it_is_told_and_leaves_that_as_it_was(self) -> None:
        start = {"JFK": sums(2), "LGA": sums(1)}
        assert fold([Delta("LGA", sums(-1)), Delta("EWR", sums(1))], start) == {
            "JFK": sums(2),
            "EWR": sums(1),
        }
        assert start == {"JFK": sums(2), "LGA": sums(1)}


attributes = st.fixed_dictionaries(
    {
        "origin": st.sampled_from(["JFK", "LGA", "EWR"]),
        "status": st.sampled_from(["scheduled", "cancelled"]),
    },
    optional={"dep_delay": st.none() | st.decimals(-(10**6), 10**6, places=2)},
)
writes = st.lists(
    st.tuples(st.sampled_from(["put", "put", "delete", "sweep"]), st.sampled_from("ABCD"), attributes),
    max_size=25,
)


class History:
    """A table, its stream, and the items that were swept away, after a list of writes."""

    def __init__(self, operations: list[tuple[str, str, dict[str, Any]]]) -> None:
        self.table: dict[str, dict[str, Any]] = {}
        self.swept: list[dict[str, Any]] = []
        self.records: list[dict[str, Any]] = []
        for operation, flight_id, new in operations:
            old = self.table.get(flight_id)
            if operation == "put":
                self._put(flight_id, old, {"flight_id": flight_id, **new})
            elif old is not None:
                del self.table[flight_id]
                if operation == "sweep":
                    self.swept.append(old)
                self._record("REMOVE", old=old, ttl_delete=operation == "sweep")

    def _put(self, flight_id: str, old: dict[str, Any] | None, new: dict[str, Any]) -> None:
        self.table[flight_id] = new
        if old is None:
            self._record("INSERT", new=new)
        elif old != new:  # what changes nothing leaves no record (fact A23)
            self._record("MODIFY", old=old, new=new)

    def _record(self, event_name: str, **change: Any) -> None:
        self.records.append(make_record(event_name, number=len(self.records), **change))

    def deltas(self, aggregate: Aggregate) -> list[Delta]:
        return [delta for record in self.records for delta in aggregate.deltas(record)]


GROUPINGS: list[Any] = [
    "origin",
    ("origin", "status"),
    lambda item: item["origin"] if item["status"] == "cancelled" else None,
]


@pytest.mark.parametrize("group_by", GROUPINGS, ids=["attribute", "attributes", "function"])
@property_test
@given(operations=writes)
def test_folded_deltas_equal_the_final_table(group_by: Any, operations: list[Any]) -> None:
    # GIVEN any history of writes, deletes and sweeps
    history = History(operations)
    aggregate = Aggregate(group_by, MEASURES, ttl_deletes="subtract")
    # THEN following the changes gives what a scan gives
    assert fold(history.deltas(aggregate)) == aggregate.totals(history.table.values())


@property_test
@given(operations=writes)
def test_with_swept_rows_kept_they_equal_all_that_has_been(operations: list[Any]) -> None:
    history = History(operations)
    assert fold(history.deltas(BY_ORIGIN)) == BY_ORIGIN.totals([*history.table.values(), *history.swept])


@property_test
@given(operations=writes, random=st.randoms(use_true_random=False), cut=st.integers(0, 25))
def test_neither_order_nor_batches_matter(operations: list[Any], random: Any, cut: int) -> None:
    deltas = History(operations).deltas(BY_ORIGIN)
    shuffled = random.sample(deltas, len(deltas))
    assert fold(shuffled) == fold(shuffled[cut:], fold(shuffled[:cut])) == fold(deltas)


class TestUpdateEntries:
    def test_one_entry_a_row_adds_every_measure(self) -> None:
        assert update_entries(
            [Delta("JFK", {"flights": Decimal(1), "delay": Decimal(84)})], "counters", "airport"
        ) == [
            {
                "Update": {
                    "TableName": "counters",
                    "Key": {"airport": "JFK"},
                    "UpdateExpression": "ADD #m0 :m0, #m1 :m1",
                    "ExpressionAttributeNames": {"#m0": "flights", "#m1": "delay"},
                    "ExpressionAttributeValues": {":m0": Decimal(1), ":m1": Decimal(84)},
                }
            }
        ]

    def test_deltas_on_one_row_are_merged_and_those_that_cancel_left_out(self) -> None:
        one, minus = {"flights": Decimal(1)}, {"flights": Decimal(-1)}
        deltas = [Delta("JFK", one), Delta("LGA", one), Delta("JFK", one), Delta("LGA", minus)]
        entries = update_entries(deltas, "counters")
        assert [entry["Update"]["Key"] for entry in entries] == [{"group": "JFK"}]
        assert entries[0]["Update"]["ExpressionAttributeValues"] == {":m0": Decimal(2)}

    @pytest.mark.parametrize(
        ("group", "key", "row_key"),
        [
            ("JFK", "airport", {"airport": "JFK"}),
            (Decimal(8), "day", {"day": Decimal(8)}),
            (("JFK", "UA"), "group", {"group": "JFK#UA"}),
            (("JFK", Decimal(8)), "group", {"group": "JFK#8"}),
            (("JFK", "UA"), ("airport", "carrier"), {"airport": "JFK", "carrier": "UA"}),
            ("JFK", ["airport"], {"airport": "JFK"}),
            ("JFK", lambda group: {"airport": f"{group}/3"}, {"airport": "JFK/3"}),
        ],
    )
    def test_a_group_becomes_a_key(self, group: Any, key: Any, row_key: dict[str, Any]) -> None:
        (entry,) = update_entries([Delta(group, {"flights": Decimal(1)})], "counters", key)
        assert entry["Update"]["Key"] == row_key

    def test_a_group_that_would_be_ambiguous_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"\('a#b', 'c'\) joined with '#'"):
            update_entries([Delta(("a#b", "c"), {"flights": Decimal(1)})], "counters")

    def test_a_key_of_another_length_is_refused(self) -> None:
        with pytest.raises(ValueError, match="has 1 parts, and the key 2: airport, carrier"):
            update_entries([Delta("JFK", {"flights": Decimal(1)})], "counters", ("airport", "carrier"))


@pytest.fixture
def board(create_table: Callable[..., Any]) -> Any:
    return create_table("board", "airport", "status")


def test_rows_in_dynamodb_equal_the_fold_under_duplicate_delivery(processed: Any, board: Any) -> None:
    # GIVEN a history with moves between groups, a delete and a sweep
    new = {"origin": "JFK", "status": "scheduled"}
    history = History(
        [
            ("put", "A", {**new, "dep_delay": Decimal("0.1")}),
            ("put", "B", new),
            ("put", "A", {**new, "status": "cancelled", "dep_delay": Decimal("0.2")}),
            ("put", "C", {**new, "origin": "LGA"}),
            ("put", "B", {**new, "origin": "LGA", "dep_delay": None}),
            ("delete", "C", {}),
            ("sweep", "A", {}),
        ]
    )
    aggregate = Aggregate(("origin", "status"), MEASURES)

    def effects(record: StreamRecord) -> list[dict[str, Any]]:
        return update_entries(aggregate.deltas(record), board, ("airport", "status"))

    # WHEN every batch is delivered twice, the second time in other borders
    for records in (history.records, history.records[:3], history.records[3:], history.records[2:5]):
        response = process_batch(
            make_event(*records), lambda record: process_with_idempotency(record, processed, effects)
        )
        assert response == {"batchItemFailures": []}
    # THEN the rows are the sums, to the last digit
    rows = {(row.pop("airport"), row.pop("status")): row for row in board.scan()["Items"]}
    expected = fold(history.deltas(aggregate))
    assert {group: row for group, row in rows.items() if any(row.values())} == expected
    assert rows["JFK", "cancelled"]["delay"] == Decimal("0.2")
