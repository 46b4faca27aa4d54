"""A search index that follows a table: what is asked of the engine, and what Lambda is told."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import Binary
from hypothesis import given
from hypothesis import strategies as st

from cdc_lab.patterns import (
    MissingImageError,
    RebuildError,
    RecordError,
    SearchIndex,
    StreamRecord,
    VersionError,
    as_document,
    document_id,
    index_body,
)

from .factories import make_event, make_record, property_test, sequence_number

CONFLICT = {"status": 409, "error": {"type": "version_conflict_engine_exception", "reason": "newer"}}
BUSY = {"status": 429, "error": {"type": "rejected_execution_exception", "reason": "too much"}}
UNFIT = {"status": 400, "error": {"type": "mapper_parsing_exception", "reason": "no number"}}
NOT_FOUND = {"status": 404, "result": "not_found"}


class Stub:
    """A client that notes what it is asked, and answers as it was told: by document id, or by raising."""

    def __init__(self, **answers: dict[str, Any]) -> None:
        self.answers = answers
        self.requests: list[list[dict[str, Any]]] = []
        self.raises: list[Exception] = []

    def bulk(self, *, body: str, index: str) -> Any:
        assert index == "flights"
        assert body.endswith("\n")
        lines = [json.loads(line) for line in body.splitlines()]
        self.requests.append(lines)
        if self.raises:
            raise self.raises.pop(0)
        metas = [line for line in lines if line.keys() in ({"index"}, {"delete"})]
        return {
            "errors": True,
            "took": 1,
            "items": [self._item(*line.popitem()) for line in map(dict, metas)],
        }

    def _item(self, operation: str, meta: dict[str, Any]) -> dict[str, Any]:
        told = self.answers.get(meta["_id"], {"status": 201})
        return {operation: {"_id": meta["_id"], **told}}


class Unreachable(Exception):
    status_code = "N/A"


def flight(number: int, version: int, **values: Any) -> dict[str, Any]:
    return {"flight_id": f"UA{number}", "version": version, **values}


def inserts(*versions: int) -> dict[str, Any]:
    return make_event(
        *(make_record("INSERT", new=flight(n, version), number=n) for n, version in enumerate(versions))
    )


def sync(event: dict[str, Any], client: Stub, **options: Any) -> list[str]:
    answer = SearchIndex(client, "flights", **options).sync_batch(event)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


class TestWhatIsAsked:
    def test_each_change_is_one_item_of_one_request_with_its_version(self) -> None:
        # GIVEN a flight that is inserted, changed and removed
        client = Stub()
        old, new = flight(1, 4), flight(1, 6, dep_delay=84)
        event = make_event(
            make_record("INSERT", new=old, number=1),
            make_record("MODIFY", old=old, new=new, number=2),
            make_record("REMOVE", old=new, number=3),
        )
        # WHEN the batch is synchronised
        assert sync(event, client) == []
        # THEN a single request says it in order; the removal has the version of what was removed
        external = {"_id": "UA1", "version_type": "external"}
        assert client.requests == [
            [
                {"index": {**external, "version": 4}},
                {"flight_id": "UA1", "version": 4},
                {"index": {**external, "version": 6}},
                {"flight_id": "UA1", "version": 6, "dep_delay": 84},
                {"delete": {"_id": "UA1", "version": 6, "version_type": "external_gte"}},
            ]
        ]

    def test_requests_are_cut_by_number_and_by_bytes(self) -> None:
        client = Stub()
        assert sync(inserts(*[1] * 7), client, max_actions=3) == []
        assert [len(request) // 2 for request in client.requests] == [3, 3, 1]
        client = Stub()
        one = len("".join(json.dumps(line) + "\n" for line in lines_of(inserts(1))))
        assert sync(inserts(*[1] * 5), client, max_bytes=2 * one) == []
        assert [len(request) // 2 for request in client.requests] == [2, 2, 1]

    def test_what_is_longer_than_any_request_goes_alone(self) -> None:
        client = Stub()
        assert sync(inserts(1, 1), client, max_bytes=1) == []
        assert [len(request) // 2 for request in client.requests] == [1, 1]

    def test_an_empty_batch_asks_nothing(self) -> None:
        client = Stub()
        assert sync({"Records": []}, client) == []
        assert client.requests == []


def lines_of(event: dict[str, Any]) -> list[dict[str, Any]]:
    client = Stub()
    sync(event, client)
    return client.requests[0]


class TestWhatLambdaIsTold:
    def test_a_conflict_and_a_removal_of_nothing_are_successes(self) -> None:
        event = make_event(
            make_record("INSERT", new=flight(1, 1), number=1),
            make_record("REMOVE", old=flight(2, 1), number=2),
        )
        assert sync(event, Stub(UA1=CONFLICT, UA2=NOT_FOUND)) == []

    @pytest.mark.parametrize("problem", [BUSY, UNFIT])
    def test_the_lowest_refused_one_is_reported_alone(self, problem: dict[str, Any]) -> None:
        # GIVEN an engine that refuses the third and the fifth of six
        event = inserts(*[1] * 6)
        client = Stub(UA2=problem, UA4=problem)
        # THEN the third is where Lambda goes on
        assert sync(event, client) == [sequence_number(event["Records"][2])]

    def test_after_a_refusal_no_further_request_is_made(self) -> None:
        event, client = inserts(*[1] * 6), Stub(UA3=BUSY)
        assert sync(event, client, max_actions=2) == [sequence_number(event["Records"][3])]
        assert len(client.requests) == 2

    def test_a_request_that_fails_reports_its_first_record(self) -> None:
        event, client = inserts(*[1] * 4), Stub()
        client.raises = [Unreachable("refused")]
        assert sync(event, client, max_actions=4) == [sequence_number(event["Records"][0])]

    def test_an_index_that_is_not_there_is_no_success(self) -> None:
        missing = {"status": 404, "error": {"type": "index_not_found_exception", "reason": "no such index"}}
        event = make_event(make_record("REMOVE", old=flight(2, 1), number=2))
        assert sync(event, Stub(UA2=missing)) == [sequence_number(event["Records"][0])]

    def test_what_comes_before_an_unreadable_record_is_written(self) -> None:
        # GIVEN a batch whose second record cannot be read
        event = inserts(1, 1, 1)
        event["Records"][1]["dynamodb"]["NewImage"] = {"flight_id": {"X": "?"}}
        client = Stub()
        # THEN the first is written, the second reported, the third left for later
        assert sync(event, client) == [sequence_number(event["Records"][1])]
        assert [line["index"]["_id"] for line in client.requests[0][::2]] == ["UA0"]

    def test_a_refusal_before_an_unreadable_record_comes_first(self) -> None:
        event = inserts(1, 1, 1)
        event["Records"][2]["dynamodb"]["NewImage"] = {"flight_id": {"X": "?"}}
        assert sync(event, Stub(UA1=BUSY)) == [sequence_number(event["Records"][1])]

    def test_a_record_without_a_number_fails_the_invocation(self) -> None:
        event = inserts(1)
        del event["Records"][0]["dynamodb"]["SequenceNumber"]
        with pytest.raises(RecordError, match=r"no dynamodb\.SequenceNumber"):
            sync(event, Stub())


class TestVersions:
    @pytest.mark.parametrize("version", [None, "7", Decimal("1.5"), Decimal(-1), Decimal(2**63), True])
    def test_what_is_no_version_is_refused(self, version: Any) -> None:
        record = StreamRecord.of(make_record("INSERT", new={"flight_id": "UA1", "version": version}))
        with pytest.raises(VersionError, match="a version is a whole number"):
            SearchIndex(Stub(), "flights").action(record)

    def test_a_write_that_did_not_raise_it_is_reported_not_lost(self) -> None:
        # GIVEN a change that left the version as it was: the index would take it for one that it knows
        record = make_record("MODIFY", old=flight(1, 3), new=flight(1, 3, gate="B4"))
        with pytest.raises(VersionError, match="raise it"):
            SearchIndex(Stub(), "flights").action(StreamRecord.of(record))
        assert sync(make_event(record), Stub()) == [sequence_number(record)]

    def test_a_stream_without_both_images_is_refused_at_its_first_record(self) -> None:
        record = make_record("INSERT", new=flight(1, 3), view_type="NEW_IMAGE")
        with pytest.raises(MissingImageError, match="NEW_AND_OLD_IMAGES"):
            SearchIndex(Stub(), "flights").action(StreamRecord.of(record))

    def test_another_attribute_may_hold_it(self) -> None:
        record = StreamRecord.of(make_record("INSERT", new={"flight_id": "UA1", "rev": Decimal(5)}))
        assert SearchIndex(Stub(), "flights", version_attribute="rev").action(record).version == 5


class TestDocuments:
    def test_every_type_becomes_one_that_json_has(self) -> None:
        item = {
            "whole": Decimal("84.0"),
            "fare": Decimal("119.99"),
            "huge": Decimal("1E+30"),
            "crew": {"bob", "ann"},
            "rows": {Decimal(2), Decimal("1.5")},
            "tag": Binary(b"foobar"),
            "tags": {Binary(b"b"), Binary(b"a")},
            "gate": None,
            "note": "",
            "legs": [{"miles": Decimal(200)}],
            "on_time": False,
        }
        document = as_document(item)
        assert document == {
            "whole": 84,
            "fare": 119.99,
            "huge": 1e30,
            "crew": ["ann", "bob"],
            "rows": [1.5, 2],
            "tag": "Zm9vYmFy",
            "tags": ["YQ==", "Yg=="],
            "gate": None,
            "note": "",
            "legs": [{"miles": 200}],
            "on_time": False,
        }
        assert type(document["whole"]) is int
        assert json.loads(json.dumps(document)) == document

    def test_ids_of_different_keys_differ(self) -> None:
        assert document_id({"flight_id": "UA1545"}) == "UA1545"
        assert document_id({"n": Decimal("84.0")}) == "84"
        assert document_id({"b": "x", "a": Decimal(1)}) == '["1", "x"]'
        assert document_id({"a": "x,y", "b": "z"}) != document_id({"a": "x", "b": "y,z"})

    def test_an_index_keeps_deletes_longer_than_a_record_can_be_late(self) -> None:
        body = index_body({"note": {"type": "text"}})
        assert body["settings"]["index"]["gc_deletes"] == "172800s"
        assert body["mappings"] == {"properties": {"note": {"type": "text"}}}
        assert "mappings" not in index_body()


class Table:
    """A table of two pages, as far as a rebuild looks at it."""

    key_schema = [{"AttributeName": "flight_id", "KeyType": "HASH"}]  # noqa: RUF012

    def __init__(self, *pages: list[dict[str, Any]]) -> None:
        self.pages = pages
        self.asked: list[dict[str, Any]] = []

    def scan(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        place = request.get("ExclusiveStartKey", 0)
        more = {"LastEvaluatedKey": place + 1} if place + 1 < len(self.pages) else {}
        return {"Items": self.pages[place], **more}


def item(number: int, version: Any = 1, **values: Any) -> dict[str, Any]:
    return {"flight_id": f"UA{number}", "version": Decimal(version), **values}


class TestRebuild:
    @pytest.fixture(autouse=True)
    def _slept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.slept: list[float] = []
        monkeypatch.setattr("cdc_lab.patterns.search_bulk.time.sleep", self.slept.append)

    def test_every_page_is_written_with_the_versions_of_the_items(self) -> None:
        client, table = Stub(), Table([item(1), item(2, 7)], [item(3)])
        assert SearchIndex(client, "flights").rebuild(table) == 3
        assert table.asked == [{"ConsistentRead": True}, {"ConsistentRead": True, "ExclusiveStartKey": 1}]
        written = [line["index"] for request in client.requests for line in request[::2]]
        assert [(meta["_id"], meta["version"]) for meta in written] == [("UA1", 1), ("UA2", 7), ("UA3", 1)]
        assert {meta["version_type"] for meta in written} == {"external"}

    def test_what_the_stream_brought_first_is_left_alone(self) -> None:
        assert SearchIndex(Stub(UA1=CONFLICT), "flights").rebuild(Table([item(1)])) == 1
        assert self.slept == []

    def test_it_waits_for_an_engine_that_is_busy_and_sends_only_what_was_refused(self) -> None:
        # GIVEN an engine that refuses one of three twice
        client = Stub(UA2=BUSY)
        original, left = client.bulk, [2]

        def bulk(*, body: str, index: str) -> Any:
            answer = original(body=body, index=index)
            left[0] -= 1
            if left[0] == 0:
                client.answers = {}
            return answer

        client.bulk = bulk  # type: ignore[method-assign]
        # WHEN the table is written
        assert SearchIndex(client, "flights").rebuild(Table([item(1), item(2), item(3)])) == 3
        # THEN the one is sent again, later each time
        assert [len(request) // 2 for request in client.requests] == [3, 1, 1]
        assert self.slept == [0.5, 1.0]

    def test_an_engine_that_does_not_answer_is_asked_again(self) -> None:
        client = Stub()
        client.raises = [Unreachable("refused")]
        assert SearchIndex(client, "flights").rebuild(Table([item(1)])) == 1
        assert self.slept == [0.5]

    def test_it_gives_up_at_last_and_says_what_is_missing(self) -> None:
        with pytest.raises(RebuildError, match="1 of 2 items are not in flights, first UA2: 429 rejected"):
            SearchIndex(Stub(UA2=BUSY), "flights").rebuild(Table([item(1), item(2)]))
        assert sum(self.slept) == 31.5

    def test_what_is_refused_for_good_does_not_keep_the_others_out(self) -> None:
        # GIVEN an item without a version, and one whose document does not fit, before one that is fine
        client = Stub(UA2=UNFIT)
        table = Table([{"flight_id": "UA1"}, item(2)], [item(3)])
        with pytest.raises(RebuildError, match=r"2 of 3 items are not in flights, first .*UA1.*version"):
            SearchIndex(client, "flights").rebuild(table)
        assert client.requests[-1][0]["index"]["_id"] == "UA3"
        assert self.slept == []


@property_test
@given(st.lists(st.integers(1, 400), max_size=30), st.integers(1, 5), st.integers(100, 2000))
def test_chunks_keep_order_and_limits(sizes: list[int], most: int, max_bytes: int) -> None:
    from cdc_lab.patterns.search_bulk import chunks
    from cdc_lab.patterns.search_documents import Action

    actions = [Action(str(number), 1, {"note": "x" * size}) for number, size in enumerate(sizes)]
    made = list(chunks(actions, max_bytes, most))
    assert [action for chunk in made for action in chunk] == actions
    for chunk in made:
        length = sum(len(action.lines().encode()) for action in chunk)
        assert 1 <= len(chunk) <= most
        assert length <= max_bytes or len(chunk) == 1
