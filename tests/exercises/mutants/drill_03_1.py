"""Wrong answers to drill_03_1: their form is in `tests/exercises/loading.py`."""

# %% given
# What the wrong handlers share: how a record is counted.
import boto3

from cdc_lab.patterns import StreamRecord

fleet = boto3.resource("dynamodb").Table("fleet")


def count(raw):
    record = StreamRecord.from_event(raw)
    fleet.update_item(
        Key=record.keys, UpdateExpression="ADD seen :one", ExpressionAttributeValues={":one": 1}
    )


def number(raw):
    return raw["dynamodb"]["SequenceNumber"]


def failed(*numbers):
    return {"batchItemFailures": [{"itemIdentifier": each} for each in numbers]}


# %% capitals | the last is bad | failure swallowed
# Keys in capitals, as in AWS's sample for Go.
def handler(event, context):
    for raw in event["Records"]:
        try:
            count(raw)
        except Exception:
            return {"BatchItemFailures": [{"ItemIdentifier": number(raw)}]}
    return {"BatchItemFailures": []}


# %% event_id | the last is bad | event id as identifier
# As given: eventIDs, and on with the rest.
def handler(event, context):
    failures = []
    for raw in event["Records"]:
        try:
            count(raw)
        except Exception as error:
            print(repr(error))
            failures.append(raw["eventID"])
    return failed(*failures)


# %% first_of_the_batch | the last is bad | wrong identifier
# The batch's first record reported, whichever failed.
def handler(event, context):
    for raw in event["Records"]:
        try:
            count(raw)
        except Exception:
            return failed(number(event["Records"][0]))
    return failed()


# %% goes_on | one is bad | going on after a failure
# Sequence numbers, and on with the rest.
def handler(event, context):
    failures = []
    for raw in event["Records"]:
        try:
            count(raw)
        except Exception:
            failures.append(number(raw))
    return failed(*failures)


# %% leaves_the_rest | the last is bad | failure swallowed
# Stops at the failure, and reports nothing.
def handler(event, context):
    for raw in event["Records"]:
        try:
            count(raw)
        except Exception:
            break
    return failed()


# %% logs_and_goes_on | the last is bad | failure swallowed
# A catch-all that logs.
def handler(event, context):
    for raw in event["Records"]:
        try:
            count(raw)
        except Exception as error:
            print("could not process", raw["eventID"], error)


# %% number_in_the_try | the last is bad | wrong identifier
# The number read after the work, as in AWS's sample.
def handler(event, context):
    last = ""
    for raw in event["Records"]:
        try:
            count(raw)
            last = number(raw)
        except Exception:
            return failed(last)
    return failed()


# %% only_the_first | good records | not counted
# Only the batch's first record.
def handler(event, context):
    raw = event["Records"][0]
    try:
        count(raw)
    except Exception:
        return failed(number(raw))


# %% raises | the last is bad | exception fails the batch
# No error handling: the batch fails.
def handler(event, context):
    for raw in event["Records"]:
        count(raw)


# %% remembers | one is bad, cold | memory of the environment
# Goes on, and remembers beside the handler what it has counted.
counted = set()


def handler(event, context):
    failures = []
    for raw in event["Records"]:
        if raw["eventID"] in counted:
            continue
        try:
            count(raw)
            counted.add(raw["eventID"])
        except Exception:
            failures.append(number(raw))
    return failed(*failures)


# %% status_code | the last is bad | failure swallowed
# A status code for an answer.
def handler(event, context):
    try:
        for raw in event["Records"]:
            count(raw)
    except Exception as error:
        return {"statusCode": 500, "body": str(error)}
    return {"statusCode": 200, "body": "ok"}


# %% all_tried_and_all_failed_reported | one is bad | going on after a failure
# All are tried, in two rounds, and the lowest that failed is reported.
def handler(event, context):
    left = []
    for raw in event["Records"]:
        try:
            count(raw)
        except Exception as error:
            print(repr(error))
            left.append(raw)
    return failed(*[number(raw) for raw in left][:1])


# %% dict_of_counts | one is bad, cold | memory of the environment
# Goes on, and keeps in a dict how often each record was counted.
counted = {}


def handler(event, context):
    failures = []
    for raw in event["Records"]:
        try:
            if not counted.get(number(raw)):
                count(raw)
                counted[number(raw)] = 1
        except Exception:
            failures.append(number(raw))
    return failed(*failures)


# %% only_the_last | good records | not counted
# Only the newest record of the batch.
def handler(event, context):
    raw = event["Records"][-1]
    try:
        count(raw)
    except Exception:
        return failed(number(raw))


# %% refusal_passed_over | refused | refusal taken for done
# What cannot be read is reported, and what the table refuses is not.
from botocore.exceptions import ClientError


def handler(event, context):
    for raw in event["Records"]:
        try:
            count(raw)
        except ClientError as error:
            print(error)
        except Exception:
            return failed(number(raw))
    return failed()


# %% only_unreadable_reported | refused | refusal taken for done
# A record is reported when reading it fails; the rest is tried.
import contextlib


def handler(event, context):
    for raw in event["Records"]:
        try:
            StreamRecord.from_event(raw)
        except Exception:
            return failed(number(raw))
        with contextlib.suppress(Exception):
            count(raw)
    return failed()


# %% number_as_int | the last is bad | no identifier of the batch
# The sequence number as the number that it is.
def handler(event, context):
    for raw in event["Records"]:
        try:
            count(raw)
        except Exception:
            return failed(int(number(raw)))
    return failed()


# %% identifier_in_capitals | the last is bad | no identifier of the batch
# The key of the failure is spelled as boto3 spells its keys.
def handler(event, context):
    for raw in event["Records"]:
        try:
            count(raw)
        except Exception:
            return {"batchItemFailures": [{"ItemIdentifier": number(raw)}]}
    return {"batchItemFailures": []}


# %% failures_of_all_batches | one is bad | no identifier of the batch
# The list of failures stands beside the handler, and still holds those of earlier batches.
FAILURES = []


def handler(event, context):
    for raw in event["Records"]:
        try:
            count(raw)
        except Exception:
            FAILURES.append(number(raw))
            break
    return failed(*FAILURES)
