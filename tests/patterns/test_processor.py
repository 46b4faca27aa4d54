"""dispatch calls the handler for the event; process_batch stops at the first failure and says where."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from cdc_lab.patterns import RecordError, StreamRecord, dispatch, process_batch

from .factories import make_batch, make_event, make_get_records_record, make_record, sequence_number

OLD = {"flight_id": "UA1545", "status": "scheduled"}
NEW = {"flight_id": "UA1545", "status": "delayed"}
KEYS = {"flight_id": "UA1545"}


class Calls:
    """Handlers that note how they were called."""

    def __init__(self) -> None:
        self.made: list[tuple[Any, ...]] = []

    def handlers(self) -> dict[str, Any]:
        return {name: self._noting(name) for name in ("on_insert", "on_modify", "on_remove")}

    def _noting(self, name: str) -> Any:
        def handle(*arguments: Any) -> str:
            self.made.append((name, *arguments))
            return f"answer of {name}"

        return handle


class TestDispatch:
    @pytest.mark.parametrize(
        ("event_name", "call"),
        [
            ("INSERT", ("on_insert", KEYS, NEW)),
            ("MODIFY", ("on_modify", KEYS, OLD, NEW)),
            ("REMOVE", ("on_remove", KEYS, OLD)),
        ],
    )
    @pytest.mark.parametrize(
        "read",
        [make_record, make_get_records_record, lambda *a, **k: StreamRecord.of(make_record(*a, **k))],
        ids=["event", "get_records", "StreamRecord"],
    )
    def test_the_handler_of_the_event_gets_keys_and_images(
        self, event_name: str, call: Any, read: Any
    ) -> None:
        calls = Calls()
        answer = dispatch(read(event_name, old=OLD, new=NEW), **calls.handlers())
        assert calls.made == [call]
        assert answer == f"answer of {call[0]}"

    @pytest.mark.parametrize("event_name", ["INSERT", "MODIFY", "REMOVE"])
    def test_an_event_without_a_handler_is_ignored(self, event_name: str) -> None:
        calls = Calls()
        handlers = calls.handlers()
        del handlers[f"on_{event_name.lower()}"]
        assert dispatch(make_record(event_name, old=OLD, new=NEW), **handlers) is None
        assert calls.made == []

    def test_an_image_that_the_view_type_lacks_arrives_as_none(self) -> None:
        calls = Calls()
        dispatch(make_record("MODIFY", old=OLD, new=NEW, view_type="NEW_IMAGE"), **calls.handlers())
        assert calls.made == [("on_modify", KEYS, None, NEW)]

    def test_an_unknown_event_is_refused_even_without_handlers(self) -> None:
        with pytest.raises(RecordError, match="UPSERT"):
            dispatch({**make_record(new=NEW), "eventName": "UPSERT"})

    def test_handlers_are_given_by_name(self) -> None:
        # Insert and remove have the same form: by position they would be mixed up in silence.
        with pytest.raises(TypeError, match="positional"):
            dispatch(make_record(new=NEW), print)  # type: ignore[call-arg]


class TestProcessBatch:
    def test_success_reports_no_failure(self) -> None:
        event = make_batch(3)
        seen: list[StreamRecord] = []
        assert process_batch(event, seen.append) == {"batchItemFailures": []}
        assert seen == [StreamRecord.of(record) for record in event["Records"]]

    def test_an_empty_batch_is_a_success(self) -> None:
        assert process_batch(make_event(), print) == {"batchItemFailures": []}

    @pytest.mark.parametrize("failing", [0, 1, 4])
    def test_it_stops_at_the_first_failure_and_reports_its_sequence_number(self, failing: int) -> None:
        # GIVEN five records, of which one and the last fail
        event = make_batch(5)
        seen = []

        def process(record: StreamRecord) -> None:
            seen.append(record.keys["flight_id"])
            if record.keys["flight_id"] in (f"UA{failing}", "UA4"):
                raise RuntimeError("no")

        # WHEN the batch is processed
        response = process_batch(event, process)
        # THEN the first failure is reported by its sequence number, and nothing after it was tried
        assert response == {
            "batchItemFailures": [{"itemIdentifier": sequence_number(event["Records"][failing])}]
        }
        assert seen == [f"UA{n}" for n in range(failing + 1)]
        assert json.loads(json.dumps(response)) == response

    @pytest.mark.parametrize(
        "damage",
        [
            lambda record: record.pop("eventID"),
            lambda record: record.update(eventName="UPSERT"),
            lambda record: record["dynamodb"].pop("Keys"),
            lambda record: record["dynamodb"].update(NewImage={"delay": {"N": "x"}}),
        ],
        ids=["no eventID", "unknown eventName", "no Keys", "bad image"],
    )
    def test_a_malformed_record_is_reported_by_its_own_number(self, damage: Any) -> None:
        # GIVEN a record that cannot be read: a number taken after reading would be the one before (fact C37)
        event = make_batch(3)
        damage(event["Records"][1])
        seen: list[StreamRecord] = []
        # WHEN
        response = process_batch(event, seen.append)
        # THEN
        assert response["batchItemFailures"] == [{"itemIdentifier": sequence_number(event["Records"][1])}]
        assert len(seen) == 1

    @pytest.mark.parametrize("record", [{}, {"dynamodb": {}}, {"dynamodb": None}, None, "record"])
    def test_without_a_sequence_number_the_invocation_fails(self, record: Any) -> None:
        # An empty or missing identifier would fail the whole batch as well, but without a word (fact C28).
        event = make_batch(1)
        event["Records"].append(record)
        with pytest.raises(RecordError, match=r"record 2 has no dynamodb\.SequenceNumber"):
            process_batch(event, lambda record: None)

    @pytest.mark.parametrize("number", ["", 123, None])
    def test_nor_is_an_identifier_made_of_what_is_none(self, number: Any) -> None:
        record = make_record(new=NEW)
        record["dynamodb"]["SequenceNumber"] = number
        with pytest.raises(RecordError, match="record 1"):
            process_batch(make_event(record), lambda record: None)

    @pytest.mark.parametrize("event", [{}, {"Records": None}, {"detail": 1, "source": "aws"}])
    def test_an_event_that_is_not_a_streams_is_refused(self, event: dict[str, Any]) -> None:
        with pytest.raises(RecordError, match="no list of 'Records'"):
            process_batch(event, print)

    @pytest.mark.parametrize(
        "end", [KeyboardInterrupt, SystemExit, GeneratorExit, type("Timeout", (BaseException,), {})]
    )
    def test_what_ends_the_invocation_goes_through(self, end: type[BaseException]) -> None:
        def process(record: StreamRecord) -> None:
            raise end

        with pytest.raises(end):
            process_batch(make_batch(1), process)

    def test_the_failure_is_logged_with_what_finds_the_record_again(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        event = make_batch(3)

        def process(record: StreamRecord) -> None:
            if record.keys["flight_id"] == "UA1":
                raise RuntimeError("gate closed")

        with caplog.at_level(logging.DEBUG):
            process_batch(event, process)
        (entry,) = caplog.records
        failed = event["Records"][1]
        assert entry.levelname == "ERROR"
        assert entry.name == "cdc_lab.patterns.processor"
        assert sequence_number(failed) in entry.getMessage()
        assert "record 2 of 3" in entry.getMessage()
        assert vars(entry)["eventID"] == failed["eventID"]
        assert vars(entry)["eventName"] == "INSERT"
        assert vars(entry)["sequenceNumber"] == sequence_number(failed)
        assert entry.exc_info is not None
        assert "gate closed" in str(entry.exc_info[1])

    def test_success_logs_nothing(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG):
            process_batch(make_batch(2), lambda record: None)
        assert caplog.records == []

    def test_redelivery_from_the_reported_record_finishes_the_batch(self) -> None:
        # GIVEN a record that fails twice, and Lambda, which delivers again from the reported number on (C26)
        left, failures, applied = make_batch(4)["Records"], ["UA2", "UA2"], []

        def process(record: StreamRecord) -> None:
            if failures and record.keys["flight_id"] == failures[0]:
                raise RuntimeError(failures.pop())
            applied.append(record.keys["flight_id"])

        # WHEN it does so until nothing is reported
        while reported := process_batch(make_event(*left), process)["batchItemFailures"]:
            numbers = [sequence_number(record) for record in left]
            left = left[numbers.index(reported[0]["itemIdentifier"]) :]
        # THEN each record was applied, once, in order
        assert applied == ["UA0", "UA1", "UA2", "UA3"]
