"""C23 to C37: ReportBatchItemFailures."""

import pytest

from tests.emulator.esm_world import REPORT, numbers, on_failure, poisoned, reporting, sequence_number


def fails_with(entries):
    return lambda event, context: {"batchItemFailures": entries}


def test_c23_ignored_unless_enabled(world):
    w = world()
    w.write(3)
    w.connect(reporting(0, 1, 2))
    trace = w.lab.run()
    assert w.seen == [[0, 1, 2]]
    assert trace.invocations["outcome"].tolist() == ["success"]


def test_c24_without_it_the_checkpoint_moves_with_complete_success_only(world):
    w = world()
    w.write(3)
    w.connect(poisoned(2), MaximumRetryAttempts=1)
    trace = w.lab.run()
    first = int(trace.invocations["first_sequence_number"].iloc[0])
    assert (trace.invocations["checkpoint"].map(int) < first).all()


def test_c25_item_identifier_is_the_sequence_number(world):
    w = world()
    w.write(4)
    tries = []

    def answer(event, context):
        tries.append(1)
        return reporting(2)(event, context) if len(tries) == 1 else None

    w.connect(answer, **REPORT)
    w.lab.run()
    assert w.seen == [[0, 1, 2, 3], [2, 3]]


@pytest.mark.parametrize("field", ["eventID", "key"])
def test_c29_and_e1_an_identifier_that_is_not_in_the_batch_fails_it_whole(world, field):
    # GIVEN a handler that reports eventIDs, as many published ones do
    w = world()

    def answer(event, context):
        record = event["Records"][1]
        wrong = record["eventID"] if field == "eventID" else record["dynamodb"]["Keys"]["flight_id"]["S"]
        return {"batchItemFailures": [{"itemIdentifier": wrong}]}

    w.write(3)
    w.connect(answer, MaximumRetryAttempts=3, **REPORT)
    trace = w.lab.run()
    assert w.seen == [[0, 1, 2]] * 4
    assert trace.failures["records"].tolist() == [3]


def test_c26_the_lowest_sequence_number_is_the_checkpoint(world):
    # GIVEN a handler that reports records 3 and 1, in this order
    w = world()

    def answer(event, context):
        if len(w.seen) > 1:
            return None
        records = event["Records"]
        wrong = [sequence_number(records[3]), sequence_number(records[1])]
        return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in wrong]}

    w.write(5)
    w.connect(answer, **REPORT)
    w.lab.run()
    # THEN all from 1 on come again, including 2 and 4, which were not reported
    assert w.seen == [[0, 1, 2, 3, 4], [1, 2, 3, 4]]


def test_c26_lowest_is_by_integer_not_by_text(world):
    # GIVEN a batch in which sequence numbers grow by a digit
    w = world()
    w.write(12)
    texts = w.lab.trace.records["sequence_number"].tolist()
    longer = next(place for place, text in enumerate(texts) if len(text) > len(texts[0]))
    assert texts[longer] < texts[longer - 1]

    def answer(event, context):
        if len(w.seen) > 1:
            return None
        return {
            "batchItemFailures": [
                {"itemIdentifier": texts[longer]},
                {"itemIdentifier": texts[longer - 1]},
            ]
        }

    w.connect(answer, **REPORT)
    w.lab.run()
    assert w.seen[1][0] == longer - 1


@pytest.mark.parametrize(
    "answer", [{"batchItemFailures": []}, {"batchItemFailures": None}, {}, None, []], ids=repr
)
def test_c27_complete_success(world, answer):
    w = world()
    w.write(3)
    w.connect(lambda event, context: answer, MaximumRetryAttempts=3, **REPORT)
    trace = w.lab.run()
    assert w.seen == [[0, 1, 2]]
    assert trace.failures.empty


@pytest.mark.parametrize(
    "entries",
    [
        [{"itemIdentifier": ""}],
        [{"itemIdentifier": None}],
        [{"foo": 123}],
        [{"foo": None}],
        [{"itemIdentifier": 123}],
    ],
    ids=repr,
)
def test_c28_complete_failure(world, entries):
    w = world()
    w.write(3)
    w.connect(fails_with(entries), MaximumRetryAttempts=3, **REPORT)
    trace = w.lab.run()
    assert w.seen == [[0, 1, 2]] * 4
    assert trace.failures["condition"].tolist() == ["RetryAttemptsExhausted"]


def test_c28_an_unhandled_exception_is_a_complete_failure(world):
    w = world()
    w.write(3)
    w.connect(poisoned(1), MaximumRetryAttempts=3, **REPORT)
    w.lab.run()
    assert w.seen == [[0, 1, 2]] * 4


def test_c30_a_misspelt_outer_key_is_silent_success(world):
    # Undocumented by AWS: inferred from C27.
    w = world()
    w.write(3)
    w.connect(lambda event, context: {"BatchItemFailures": [{"ItemIdentifier": "1"}]}, **REPORT)
    w.lab.run()
    assert w.seen == [[0, 1, 2]]


def test_c31_a_mix_of_good_and_bad_identifiers_fails_the_batch_whole(world):
    # Undocumented by AWS: a choice.
    w = world()

    def answer(event, context):
        good = sequence_number(event["Records"][2])
        return {"batchItemFailures": [{"itemIdentifier": good}, {"itemIdentifier": "9"}]}

    w.write(3)
    w.connect(answer, MaximumRetryAttempts=1, **REPORT)
    w.lab.run()
    assert w.seen == [[0, 1, 2]] * 2


def test_c32_progress_starts_a_fresh_retry_budget(world):
    # GIVEN the recording: batch size 3, three retries, record 6 of 6 poisoned
    w = world()
    url, arn = w.queue()
    w.write(6)
    w.connect(
        reporting(5),
        BatchSize=3,
        MaximumRetryAttempts=3,
        DestinationConfig=on_failure(arn),
        **REPORT,
    )
    w.lab.run()
    # THEN it was delivered five times: once in the batch that progressed, then 1 + 3
    assert w.seen == [[0, 1, 2], [3, 4, 5]] + [[5]] * 4
    (message,) = w.messages(url)
    assert message["requestContext"]["approximateInvokeCount"] == 4
    info = message["DDBStreamBatchInfo"]
    assert info["batchSize"] == 1
    assert info["startSequenceNumber"] == info["endSequenceNumber"]


def test_c33_the_first_record_is_no_progress(world):
    w = world()
    w.write(3)
    w.connect(reporting(0), MaximumRetryAttempts=2, **REPORT)
    trace = w.lab.run()
    assert w.seen == [[0, 1, 2]] * 3
    assert trace.failures["invoke_count"].tolist() == [3]


def test_c34_an_exception_is_bisected_although_items_are_reported(world):
    w = world()
    w.write(4)
    w.connect(poisoned(3), BisectBatchOnFunctionError=True, MaximumRetryAttempts=0, **REPORT)
    w.lab.run()
    assert w.seen == [[0, 1, 2, 3], [0, 1], [2, 3], [2], [3]]


def test_c35_a_partial_response_is_bisected_at_the_returned_number(world):
    w = world()
    w.write(6)
    w.connect(reporting(4), BisectBatchOnFunctionError=True, MaximumRetryAttempts=0, **REPORT)
    w.lab.run()
    # THEN only the rest came again, not halved; the next step, without progress, splits it
    assert w.seen == [[0, 1, 2, 3, 4, 5], [4, 5], [4], [5]]


def test_c36_neighbours_after_a_poison_record_are_discarded_with_it(world):
    w = world()
    url, arn = w.queue()
    w.write(6)
    w.connect(reporting(3), MaximumRetryAttempts=1, DestinationConfig=on_failure(arn), **REPORT)
    trace = w.lab.run()
    # THEN 4 and 5 were never processed, and the message says so by its count alone
    assert w.seen == [[0, 1, 2, 3, 4, 5], [3, 4, 5], [3, 4, 5]]
    (message,) = w.messages(url)
    assert message["DDBStreamBatchInfo"]["batchSize"] == 3
    done = trace.deliveries[trace.deliveries["outcome"] == "success"]
    assert sorted(done["keys"]) == ["flight_id=F0", "flight_id=F1", "flight_id=F2"]


def test_c36_bisect_saves_the_neighbours(world):
    w = world()
    w.write(6)
    w.connect(reporting(3), MaximumRetryAttempts=1, BisectBatchOnFunctionError=True, **REPORT)
    trace = w.lab.run()
    assert trace.failures["records"].tolist() == [1]


def test_c37_and_e3_a_number_assigned_inside_the_try_reports_the_previous_record(world):
    # GIVEN the shape of AWS's Python sample: a failure before the assignment reports what went before
    w = world()

    def answer(event, context):
        current = ""
        try:
            for record in event["Records"]:
                if int(record["dynamodb"]["NewImage"]["n"]["N"]) == 2 and len(w.seen) == 1:
                    raise ValueError("before the assignment")
                current = sequence_number(record)
        except ValueError:
            return {"batchItemFailures": [{"itemIdentifier": current}]}
        return {"batchItemFailures": []}

    w.write(4)
    w.connect(answer, **REPORT)
    w.lab.run()
    # THEN record 1, which had succeeded, is delivered again
    assert w.seen == [[0, 1, 2, 3], [1, 2, 3]]


def test_c37_and_e3_a_handler_without_a_catch_reports_all_and_never_gets_on(world):
    # GIVEN the shape of AWS's TypeScript sample: every record is reported
    w = world()
    w.write(3)

    def answer(event, context):
        return {"batchItemFailures": [{"itemIdentifier": sequence_number(r)} for r in event["Records"]]}

    w.connect(answer, MaximumRetryAttempts=2, **REPORT)
    trace = w.lab.run()
    assert w.seen == [[0, 1, 2]] * 3
    assert trace.failures["records"].tolist() == [3]


def test_c37_and_e3_capitalised_keys_report_nothing(world):
    # GIVEN the keys as AWS's Go sample spells them, and what a misspelt outer key means (C30: inferred)
    w = world()
    w.write(3)

    def answer(event, context):
        failed = {"ItemIdentifier": sequence_number(event["Records"][1])}
        return {"BatchItemFailures": [failed]}

    w.connect(answer, MaximumRetryAttempts=2, **REPORT)
    trace = w.lab.run()
    # THEN the failed record counts as processed
    assert w.seen == [[0, 1, 2]]
    assert trace.deliveries["outcome"].tolist() == ["success"] * 3


def test_e2_going_on_after_a_failure_replays_the_successes(world):
    # GIVEN two changes of one item; the first fails once, and the handler goes on
    w = world()
    applied = []

    def answer(event, context):
        failed = []
        for record, number in zip(event["Records"], numbers(event), strict=True):
            if number == 1 and len(w.seen) == 1:
                failed.append({"itemIdentifier": sequence_number(record)})
            else:
                applied.append(number)
        return {"batchItemFailures": failed}

    w.write([("A", 1), ("A", 2)])
    w.connect(answer, **REPORT)
    w.lab.run()
    # THEN the second change was applied before the first, and then once more
    assert applied == [2, 1, 2]


def test_d13_powertools_goes_on_and_reports_every_failure(world):
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

    w = world()
    processed = []
    processor = BatchProcessor(event_type=EventType.DynamoDBStreams)

    def one(record):
        number = int(record.dynamodb.new_image["n"])
        processed.append(number)
        if number == 1 and processed.count(1) == 1:
            raise ValueError("once")

    def answer(event, context):
        return process_partial_response(event=event, record_handler=one, processor=processor, context=context)

    w.write(4)
    w.connect(answer, **REPORT)
    w.lab.run()
    assert processed == [0, 1, 2, 3, 1, 2, 3]


def test_d14_powertools_raises_when_all_failed(world):
    from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

    w = world()

    def one(record):
        raise ValueError("always")

    def answer(event, context):
        return process_partial_response(
            event=event,
            record_handler=one,
            processor=BatchProcessor(event_type=EventType.DynamoDBStreams),
            context=context,
        )

    w.write(2)
    w.connect(answer, MaximumRetryAttempts=0, **REPORT)
    trace = w.lab.run()
    assert trace.invocations["error"].str.startswith("BatchProcessingError").all()
