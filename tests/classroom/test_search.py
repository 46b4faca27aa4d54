"""The search engine of the lessons: it starts and ends by itself, and its calls are steps of the lab."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from opensearchpy import TransportError

from cdc_lab import Faults, Lab, LabError, Refusal
from cdc_lab.classroom.search import SearchUnavailable, refuse, search_engine
from cdc_lab.classroom.search.client import operation_of
from cdc_lab.classroom.search.engine import Embedded
from cdc_lab.course.project import has_embedded_engine
from cdc_lab.patterns import SearchIndex, process_batch

pytestmark = pytest.mark.skipif(not has_embedded_engine(), reason="the embedded engine has no build here")


@pytest.fixture(autouse=True)
def _the_embedded_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENSEARCH_URL", raising=False)


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(seed=7) as lab:
        yield lab


def documents(search: Any, index: str = "flights") -> dict[str, Any]:
    search.indices.refresh(index=index)
    body = {"query": {"match_all": {}}, "version": True}
    hits = search.search(index=index, body=body, params={"size": 1000})["hits"]["hits"]
    return {hit["_id"]: (hit["_version"], hit["_source"]) for hit in hits}


def run_handler(lab: Lab, flights: Any, handler: Any, faults: Faults | None = None, **mapping: Any) -> Any:
    report = {"MaximumRetryAttempts": 5, "FunctionResponseTypes": ["ReportBatchItemFailures"]}
    lab.attach(handler, flights, name="sync", **report, **mapping)
    return lab.run(faults=faults)


class TestTheEngine:
    def test_each_call_gives_an_empty_index_of_the_flights(self) -> None:
        search = search_engine()
        search.index(index="flights", id="UA1", body={"note": "Delayed by SNOW"}, refresh=True)
        found = search.search(index="flights", body={"query": {"match": {"note": "snow"}}})
        assert [hit["_id"] for hit in found["hits"]["hits"]] == ["UA1"]
        assert documents(search_engine()) == {}

    def test_all_clients_of_a_process_share_one_engine(self) -> None:
        search_engine()
        first = Embedded.running()
        search_engine("other")
        assert Embedded.running() is first

    def test_it_ends_with_its_process_and_says_nothing(self) -> None:
        # GIVEN a process that uses the engine, and tells where it is
        program = (
            "from cdc_lab.classroom.search import search_engine\n"
            "from cdc_lab.classroom.search.engine import Embedded\n"
            "search_engine(); print(Embedded.running()._process.pid)"
        )
        answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        # WHEN it has ended THEN the engine has too
        assert answer.stderr == ""
        with pytest.raises(ProcessLookupError):
            os.kill(int(answer.stdout), 0)

    def test_without_one_the_remedy_is_named_in_one_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Embedded, "_one", None)
        monkeypatch.setitem(sys.modules, "osmem_server", None)
        with pytest.raises(SearchUnavailable, match="Set OPENSEARCH_URL to an OpenSearch of yours") as caught:
            search_engine()
        assert len(str(caught.value).splitlines()) == 1

    def test_an_engine_that_does_not_answer_is_no_traceback(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENSEARCH_URL", "http://127.0.0.1:9")
        with pytest.raises(SearchUnavailable, match="does not answer"):
            search_engine()

    def test_a_binary_that_ends_at_once_is_told_from_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Embedded, "_one", None)
        monkeypatch.setenv("OSMEM_SERVER_BIN", sys.executable)  # a program that does not know the options
        with pytest.raises(SearchUnavailable, match="exit code 2 as it started"):
            search_engine()
        monkeypatch.setenv("OSMEM_SERVER_BIN", "/no/such/file")
        with pytest.raises(SearchUnavailable, match="does not start"):
            search_engine()

    def test_an_index_that_the_course_did_not_make_is_left_alone(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # GIVEN an engine of the reader's own that holds something under the same name
        search = search_engine()
        search.indices.create(index="mine")
        search.index(index="mine", id="1", body={"kept": True})
        monkeypatch.setenv("OPENSEARCH_URL", Embedded.running().url)
        # THEN it is refused, and is as it was; another name does
        with pytest.raises(SearchUnavailable, match="left as it is"):
            search_engine("mine")
        assert documents(search, "mine")["1"][1] == {"kept": True}
        assert documents(search_engine("flights")) == {}
        search.indices.delete(index="mine")


class TestVersions:
    """What the embedded engine honours, and what the pattern and the exercise stand on."""

    def write(self, search: Any, version: int, **options: Any) -> int:
        return self._status(lambda: search.index(**self._at(version, "external"), body={}, **options))

    def remove(self, search: Any, version: int, kind: str = "external_gte") -> int:
        return self._status(lambda: search.delete(**self._at(version, kind)))

    def _at(self, version: int, kind: str) -> dict[str, Any]:
        return {"index": "flights", "id": "UA1", "version": version, "version_type": kind}

    def _status(self, call: Any) -> int:
        try:
            call()
        except TransportError as error:
            return int(error.status_code)
        return 200

    def test_only_a_higher_version_is_written(self) -> None:
        search = search_engine()
        assert [self.write(search, version) for version in (5, 5, 4, 6)] == [200, 409, 409, 200]

    def test_a_removal_is_remembered_with_its_version(self) -> None:
        search = search_engine()
        assert self.write(search, 5) == 200
        assert self.remove(search, 5, "external") == 409
        assert [self.remove(search, version) for version in (4, 5, 5)] == [409, 200, 404]
        assert [self.write(search, version) for version in (5, 6)] == [409, 200]

    def test_a_removal_that_comes_before_its_document_is_remembered_too(self) -> None:
        search = search_engine()
        assert self.remove(search, 5) == 404
        assert [self.write(search, version) for version in (4, 5, 6)] == [409, 409, 200]

    def test_an_engine_that_forgets_removals_lets_old_documents_come_back(self) -> None:
        # OpenSearch's default is 60 seconds; here it forgets at once.
        search = search_engine(keep_deletes=timedelta(0))
        assert [self.write(search, 5), self.remove(search, 5), self.write(search, 4)] == [200, 200, 200]

    @pytest.mark.parametrize("version", [2**63, 800000000003126276362])
    def test_a_sequence_number_is_too_long(self, version: int) -> None:
        assert self.write(search_engine(), version) == 400
        assert self.write(search_engine(), 2**63 - 1) == 200


class TestTheLabSeesItsCalls:
    def test_a_call_takes_lab_time_in_a_handler_and_none_outside(self, lab: Lab) -> None:
        search = search_engine()
        flights = lab.create_table("flights", "flight_id")
        flights.put_item(Item={"flight_id": "UA1", "version": 1})
        times = []

        def handler(event: Any, context: Any) -> None:
            times.append(context.get_remaining_time_in_millis())
            search.index(index="flights", id="UA1", body={})
            times.append(context.get_remaining_time_in_millis())

        before = lab.clock.now()
        search.count(index="flights")
        assert lab.clock.now() == before
        run_handler(lab, flights, handler, Faults(slow={"opensearch.Index": 0.495}))
        assert times[0] - times[1] == 500

    def test_a_handler_can_die_after_it_took_effect(self, lab: Lab) -> None:
        # GIVEN a handler whose environment dies right after its bulk request
        search = search_engine()
        flights = lab.create_table("flights", "flight_id")
        flights.put_item(Item={"flight_id": "UA1", "version": 1})
        index = SearchIndex(search, "flights")
        seen = []

        def handler(event: Any, context: Any) -> Any:
            seen.append(documents(search))
            answer = index.sync_batch(event)
            seen.append("answered")
            return answer

        trace = run_handler(lab, flights, handler, Faults(crash_after="opensearch.Bulk"))
        # THEN the document was there when the batch came again
        assert [row if isinstance(row, str) else list(row) for row in seen] == [[], ["UA1"], "answered"]
        assert len(trace.invocations) == 2

    def test_what_a_dead_handler_asks_is_not_done(self, lab: Lab) -> None:
        search = search_engine()
        flights = lab.create_table("flights", "flight_id")
        flights.put_item(Item={"flight_id": "UA1", "version": 1})
        calls = []

        def handler(event: Any, context: Any) -> None:
            calls.append(1)
            try:
                search.index(index="flights", id="first", body={})
            finally:
                if len(calls) == 1:
                    search.index(index="flights", id="second", body={})

        run_handler(lab, flights, handler, Faults(crash_after=1))
        assert list(documents(search)) == ["first"]

    @pytest.mark.parametrize(
        ("method", "url", "operation"),
        [
            ("POST", "/_bulk", "Bulk"),
            ("PUT", "/flights/_bulk?refresh=true", "Bulk"),
            ("PUT", "/flights/_doc/UA1", "Index"),
            ("POST", "/flights/_doc", "Index"),
            ("GET", "/flights/_doc/UA1", "Get"),
            ("HEAD", "/flights/_doc/UA1", "Exists"),
            ("DELETE", "/flights/_doc/UA1", "Delete"),
            ("POST", "/flights/_update/UA1", "Update"),
            ("POST", "/flights/_search", "Search"),
            ("GET", "/", "GetInfo"),
            ("PUT", "/flights/_mapping", "PutMapping"),
        ],
    )
    def test_operations_are_named(self, method: str, url: str, operation: str) -> None:
        assert operation_of(method, url) == operation


class TestRefusals:
    def test_some_items_of_a_bulk_request_are_refused_the_others_done(self, lab: Lab) -> None:
        # GIVEN four flights, and an engine that refuses every second item, twice
        search = search_engine()
        flights = lab.create_table("flights", "flight_id")
        for number in range(4):
            flights.put_item(Item={"flight_id": f"UA{number}", "version": 1})
        index = SearchIndex(search, "flights")
        states = []

        def handler(event: Any, context: Any) -> Any:
            answer = index.sync_batch(event)
            states.append((len(event["Records"]), sorted(documents(search))))
            return answer

        with refuse(items=2, skip=1):
            run_handler(lab, flights, handler)
        # THEN Lambda goes on from the first that was refused, and all are there in the end
        assert states == [(4, ["UA0", "UA2"]), (3, ["UA0", "UA1", "UA2", "UA3"])]

    def test_the_answer_is_200_and_has_a_status_for_each_item(self, lab: Lab) -> None:
        search = search_engine()
        flights = lab.create_table("flights", "flight_id")
        flights.put_item(Item={"flight_id": "UA1", "version": 1})
        answers: list[Any] = []

        def handler(event: Any, context: Any) -> None:
            body = [{"index": {"_id": "a"}}, {"n": 1}, {"delete": {"_id": "b"}}, {"index": {"_id": "c"}}, {}]
            answers.append(search.bulk(index="flights", body=body))

        with refuse(items=2):
            run_handler(lab, flights, handler)
        items = [(*item, *item.values()) for item in answers[0]["items"]]
        assert answers[0]["errors"] is True
        assert [(name, item["_id"], item["status"]) for name, item in items] == [
            ("index", "a", 429),
            ("delete", "b", 429),
            ("index", "c", 201),
        ]
        assert items[0][1]["error"]["type"] == "rejected_execution_exception"
        assert items[0][1]["_index"] == "flights"
        assert list(documents(search)) == ["c"]

    def test_documents_that_come_alone_are_refused_too(self, lab: Lab) -> None:
        search = search_engine()
        flights = lab.create_table("flights", "flight_id")
        flights.put_item(Item={"flight_id": "UA1", "version": 1})
        seen: list[Any] = []

        def handler(event: Any, context: Any) -> None:
            for name in "abcd":
                try:
                    search.index(index="flights", id=name, body={})
                except TransportError as error:
                    seen.append((name, error.status_code))
            seen.append(search.get(index="flights", id="a")["_id"])

        with refuse(items=2, skip=1):
            run_handler(lab, flights, handler)
        assert seen == [("b", 429), ("d", 429), "a"]

    @pytest.mark.parametrize(("status", "calls", "raised"), [(429, 1, True), (503, 3, False), (503, 4, True)])
    def test_whole_calls_are_refused(self, lab: Lab, status: int, calls: int, raised: bool) -> None:
        # opensearch-py repeats what got 503 three times by itself
        search = search_engine()
        flights = lab.create_table("flights", "flight_id")
        flights.put_item(Item={"flight_id": "UA1", "version": 1})
        seen: list[int] = []

        def handler(event: Any, context: Any) -> Any:
            def write(record: Any) -> None:
                try:
                    search.index(index="flights", id="UA1", body={})
                except TransportError as error:
                    seen.append(int(error.status_code))
                    raise

            return process_batch(event, write)

        with refuse(calls=calls, status=status):
            run_handler(lab, flights, handler)
        assert seen == ([status] if raised else [])
        assert list(documents(search)) == ["UA1"]

    @pytest.mark.parametrize(
        ("refusal", "raised", "written"),
        [
            (Refusal("opensearch", "Index", 429), 429, False),
            (Refusal("opensearch", "Index", 429, after=True), 429, True),
            (Refusal("opensearch", "Index", 503, times=3), 0, True),
            (Refusal("opensearch", "", 503, times=4), 503, False),
            (Refusal("opensearch", "Bulk", 429), 0, True),
        ],
    )
    def test_faults_refuse_calls_too(self, lab: Lab, refusal: Refusal, raised: int, written: bool) -> None:
        # GIVEN a handler that writes one document; opensearch-py repeats what got 503 three times by itself
        search = search_engine()
        flights = lab.create_table("flights", "flight_id")
        seen: list[int] = []

        def handler(event: Any, context: Any) -> None:
            try:
                search.index(index="flights", id="UA1", body={})
            except TransportError as error:
                seen.append(int(error.status_code))

        flights.put_item(Item={"flight_id": "UA1"})
        trace = run_handler(lab, flights, handler, Faults(refuse=[refusal]))
        assert seen == ([raised] if raised else [])
        assert list(documents(search)) == (["UA1"] if written else [])
        assert set(trace.calls["service"]) == {"opensearch"}
        assert list(trace.calls["operation"]) == ["Index"] * len(trace.calls)

    def test_faults_refuse_documents_of_a_bulk(self, lab: Lab) -> None:
        search = search_engine()
        flights = lab.create_table("flights", "flight_id")
        answers: list[Any] = []
        body = "".join(f'{{"index": {{"_id": "{name}"}}}}\n{{}}\n' for name in "abc")

        def handler(event: Any, context: Any) -> None:
            answers.append(search.bulk(index="flights", body=body))

        faults = Faults(refuse=[Refusal("opensearch", "Bulk", 429, items=2)])
        flights.put_item(Item={"flight_id": "UA1"})
        run_handler(lab, flights, handler, faults)
        assert [item["index"]["status"] for item in answers[0]["items"]] == [429, 429, 201]
        assert list(documents(search)) == ["c"]

    def test_what_the_engine_does_not_answer_is_refused(self) -> None:
        with pytest.raises(LabError, match="Bulk has no error 418; it has 429"):
            Refusal("opensearch", "Bulk", 418)
        with pytest.raises(LabError, match="opensearch has no operation 'Bulck'; it has Bulk"):
            Refusal("opensearch", "Bulck", 429)

    def test_a_notebooks_own_calls_are_not_refused(self) -> None:
        search = search_engine()
        with refuse(calls=5, items=5):
            assert documents(search) == {}
        assert not refuse_is_on()


def refuse_is_on() -> bool:
    from cdc_lab.classroom.search.refusals import REFUSALS

    return bool(REFUSALS.calls or REFUSALS.items)


class TestTheRebuild:
    def test_a_flight_that_is_deleted_while_it_is_rebuilt_does_not_come_back(self, lab: Lab) -> None:
        # GIVEN a table with a lost index, a rebuild that reads slowly, and a writer that goes on meanwhile
        search = search_engine()
        flights = lab.create_table("flights", "flight_id")
        for number in (1, 2, 3):
            flights.put_item(Item={"flight_id": f"UA{number}", "version": 1, "note": "scheduled"})
        index = SearchIndex(search, "flights")
        run_handler(lab, flights, lambda event, context: index.sync_batch(event))
        search = search_engine()
        index = SearchIndex(search, "flights")

        def write(event: Any, context: Any) -> None:
            time.sleep(5)
            flights.update_item(
                Key={"flight_id": "UA1"},
                UpdateExpression="SET version = :v, note = :n",
                ExpressionAttributeValues={":v": 2, ":n": "delayed"},
            )
            flights.delete_item(Key={"flight_id": "UA2"})

        rebuilt: list[int] = []
        lab.create_function("writer", write, timeout=10)
        lab.create_function(
            "rebuild", lambda event, context: rebuilt.append(index.rebuild(flights)), timeout=60
        )
        lab.client("lambda").invoke(FunctionName="rebuild", InvocationType="Event")
        lab.client("lambda").invoke(FunctionName="writer", InvocationType="Event")
        # WHEN the scan answers after the stream has brought the newer state
        lab.run(faults=Faults(slow={"dynamodb.Scan": 8}))
        # THEN what the scan had read, three flights as they were, does not win
        assert rebuilt == [3]
        found = {name: (version, doc["note"]) for name, (version, doc) in documents(search).items()}
        assert found == {"UA1": (2, "delayed"), "UA3": (1, "scheduled")}
