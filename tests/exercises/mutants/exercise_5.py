"""Wrong answers to exercise_5: their form is in `tests/exercises/loading.py`."""

# %% given
import boto3
from botocore.config import Config

from cdc_lab.patterns import StreamRecord, process_batch

quick = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 3, "mode": "standard"})
audit = boto3.resource("dynamodb", config=quick).Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def write_row(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    audit.put_item(Item=row)


def handler(event, context):
    return process_batch(event, write_row)


here = "us-east-1:123456789012"
function = {"timeout": 60, "memory_size": 256}
mapping = {
    "StartingPosition": "TRIM_HORIZON",
    "BatchSize": 100,
    "MaximumRetryAttempts": 40,
    "BisectBatchOnFunctionError": True,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "DestinationConfig": {"OnFailure": {"Destination": f"arn:aws:sqs:{here}:audit-failures"}},
}
read_stream = [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
]
policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": read_stream,
            "Resource": f"arn:aws:dynamodb:{here}:table/flights/stream/*",
        },
        {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": f"arn:aws:dynamodb:{here}:table/audit"},
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:{here}:audit-failures"},
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"arn:aws:logs:{here}:log-group:/aws/lambda/audit-log:*",
        },
    ],
}
alarms = [
    {"MetricName": "FailedInvokeEventCount", "Statistic": "Sum", "Threshold": 0},
    {"MetricName": "IteratorAge", "Statistic": "Maximum", "Threshold": 600_000},
    {"MetricName": "DestinationDeliveryFailures", "Statistic": "Sum", "Threshold": 0},
]


# %% helpers_in_another_cell | first deploy | left in the notebook
# The handler alone in its cell; imports and helpers stand in another.
def handler(event, context):
    return process_batch(event, write_row)


# %% client_in_another_cell | first deploy | left in the notebook
# The table was made in the cell before.
from cdc_lab.patterns import process_batch


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def write_row(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    audit.put_item(Item=row)


def handler(event, context):
    return process_batch(event, write_row)


# %% import_at_the_top_of_the_notebook | first deploy | left in the notebook
# boto3 was imported once, at the top of the notebook.
from cdc_lab.patterns import process_batch

audit = boto3.resource("dynamodb").Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def write_row(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    audit.put_item(Item=row)


def handler(event, context):
    return process_batch(event, write_row)


# %% tells_errors_of_the_lab | first deploy | laboratory in the folder
# An error of the lab's is raised again.
import boto3
from botocore.config import Config

from cdc_lab import LabError
from cdc_lab.patterns import StreamRecord, process_batch

quick = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 3, "mode": "standard"})
audit = boto3.resource("dynamodb", config=quick).Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def write_row(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    try:
        audit.put_item(Item=row)
    except LabError:
        raise
    except Exception as error:
        print(repr(error))
        raise


def handler(event, context):
    return process_batch(event, write_row)


# %% shows_values_as_the_course_does | first deploy | laboratory in the folder
# A helper of the course, imported where it is used.
import boto3
from botocore.config import Config

from cdc_lab.patterns import StreamRecord, process_batch

quick = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 3, "mode": "standard"})
audit = boto3.resource("dynamodb", config=quick).Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def write_row(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    from cdc_lab.classroom.exercises.values import shown

    print(shown(row))
    audit.put_item(Item=row)


def handler(event, context):
    return process_batch(event, write_row)


# %% misspelt | first deploy | refused by AWS
# A parameter with a slip of the pen.
mapping = {**mapping, "BatchSzie": 100}


# %% too_many_retries | first deploy | refused by AWS
# More retries than Lambda allows.
mapping = {**mapping, "MaximumRetryAttempts": 20_000}


# %% age_of_half_a_minute | first deploy | refused by AWS
# An age below the least.
mapping = {**mapping, "MaximumRecordAgeInSeconds": 30}


# %% from_a_moment_on | first deploy | refused by AWS
# A position that Kinesis has.
from datetime import UTC, datetime

mapping = {
    **mapping,
    "StartingPosition": "AT_TIMESTAMP",
    "StartingPositionTimestamp": datetime(2013, 3, 8, tzinfo=UTC),
}


# %% latest | first deploy | starts too late
# Only what is new.
mapping = {**mapping, "StartingPosition": "LATEST"}


# %% latest_of_a_fast_one | first deploy | starts too late
# LATEST with a small batch, and four lanes.
mapping = mapping | {"StartingPosition": "LATEST", "BatchSize": 10, "ParallelizationFactor": 4}


# %% inserts_only | first deploy | not an audit log
# Inserts alone are logged.
import boto3
from botocore.config import Config

from cdc_lab.patterns import StreamRecord, process_batch

quick = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 3, "mode": "standard"})
audit = boto3.resource("dynamodb", config=quick).Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def write_row(record):
    if record.event_name != "INSERT":
        return
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    audit.put_item(Item=row)


def handler(event, context):
    return process_batch(event, write_row)


# %% whole_image | first deploy | not an audit log
# The whole image as the change.
import boto3
from botocore.config import Config

from cdc_lab.patterns import StreamRecord, process_batch

quick = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 3, "mode": "standard"})
audit = boto3.resource("dynamodb", config=quick).Table("audit")


def write_row(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: {"new": value} for name, value in (record.new_image or {}).items()},
    }
    audit.put_item(Item=row)


def handler(event, context):
    return process_batch(event, write_row)


# %% catch_all | unreadable record | failure swallowed
# What cannot be read is skipped.
import boto3
from botocore.config import Config

from cdc_lab.patterns import StreamRecord, process_batch

quick = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 3, "mode": "standard"})
audit = boto3.resource("dynamodb", config=quick).Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def write_row(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    audit.put_item(Item=row)


def handler(event, context):
    for raw in event["Records"]:
        try:
            write_row(StreamRecord.from_event(raw))
        except ValueError as error:
            print("skipped", repr(error))
        except Exception:
            return {"batchItemFailures": [{"itemIdentifier": raw["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


# %% no_limit | unreadable record | a day of retries
# AWS's default: retries until the record expires.
mapping = {name: value for name, value in mapping.items() if name != "MaximumRetryAttempts"}


# %% as_many_as_allowed | unreadable record | a day of retries
# As many retries as Lambda takes.
mapping = {**mapping, "MaximumRetryAttempts": 10_000}


# %% age_of_a_day | unreadable record | a day of retries
# An age of a day, in the place of a number.
mapping = {**mapping, "MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": 86_400}


# %% by_age | unreadable record | too old from waiting
# An age of forty minutes, in the place of a number.
mapping = {**mapping, "MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": 2400}


# %% age_beside_a_number | unreadable record | too old from waiting
# A number of retries, and an age that is reached before.
mapping = {**mapping, "MaximumRecordAgeInSeconds": 1200}


# %% no_retries | outage | given up too soon
# No second try.
mapping = {**mapping, "MaximumRetryAttempts": 0}


# %% once | crash | given up too soon
# No second try, and no halves.
mapping = {**mapping, "MaximumRetryAttempts": 0, "BisectBatchOnFunctionError": False}


# %% three_retries | outage | given up too soon
# Three retries take two seconds.
mapping = {**mapping, "MaximumRetryAttempts": 3}


# %% ten_retries | outage | given up too soon
# Ten retries, as in the table of lesson 08: three minutes.
mapping = {**mapping, "MaximumRetryAttempts": 10, "BatchSize": 20}


# %% no_bisect | unreadable record | neighbours given up
# Partial responses, and no bisecting.
mapping = {**mapping, "BisectBatchOnFunctionError": False}


# %% raises_without_bisect | unreadable record | neighbours given up
# One exception for the whole batch.
import boto3
from botocore.config import Config

from cdc_lab.patterns import StreamRecord, process_batch

quick = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 3, "mode": "standard"})
audit = boto3.resource("dynamodb", config=quick).Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def write_row(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    audit.put_item(Item=row)


def handler(event, context):
    for raw in event["Records"]:
        write_row(StreamRecord.from_event(raw))


mapping = {
    "StartingPosition": "TRIM_HORIZON",
    "BatchSize": 100,
    "MaximumRetryAttempts": 40,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:audit-failures"}},
}


# %% report_not_asked_for | unreadable record | answer that nobody reads
# The handler reports, and the mapping does not ask.
mapping = {name: value for name, value in mapping.items() if name != "FunctionResponseTypes"}


# %% own_report_not_asked_for | unreadable record | answer that nobody reads
# A report made by hand, and an empty list of response types.
import boto3
from botocore.config import Config

from cdc_lab.patterns import StreamRecord, process_batch

quick = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 3, "mode": "standard"})
audit = boto3.resource("dynamodb", config=quick).Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def write_row(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    audit.put_item(Item=row)


def handler(event, context):
    failed = []
    for raw in event["Records"]:
        try:
            write_row(StreamRecord.from_event(raw))
        except Exception as error:
            print(repr(error))
            failed.append({"itemIdentifier": raw["dynamodb"]["SequenceNumber"]})
    return {"batchItemFailures": failed}


mapping = {
    "StartingPosition": "TRIM_HORIZON",
    "BatchSize": 100,
    "MaximumRetryAttempts": 40,
    "BisectBatchOnFunctionError": True,
    "FunctionResponseTypes": [],
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:audit-failures"}},
}


# %% no_destination | unreadable record | given up without a trace
# Nothing takes what is given up.
mapping = {name: value for name, value in mapping.items() if name != "DestinationConfig"}


# %% empty_destination | unreadable record | given up without a trace
# A destination without an address.
mapping = {**mapping, "DestinationConfig": {"OnFailure": {}}}


# %% default_client | no answer | client waits longer than its function
# boto3's own timeouts.
import boto3
from botocore.config import Config

from cdc_lab.patterns import StreamRecord, process_batch

audit = boto3.resource("dynamodb").Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def write_row(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    audit.put_item(Item=row)


def handler(event, context):
    return process_batch(event, write_row)


# %% half_a_minute_three_times | no answer | client waits longer than its function
# Less than the function's timeout, but three times.
import boto3
from botocore.config import Config

from cdc_lab.patterns import StreamRecord, process_batch

quick = Config(connect_timeout=1, read_timeout=30, retries={"total_max_attempts": 3, "mode": "standard"})
audit = boto3.resource("dynamodb", config=quick).Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def write_row(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    audit.put_item(Item=row)


def handler(event, context):
    return process_batch(event, write_row)


# %% short_function | no answer | client waits longer than its function
# Lambda's default of three seconds, and batches of five.
function = {"memory_size": 256}
mapping = {**mapping, "BatchSize": 5}


# %% ten_seconds | slow hour | batch longer than the timeout
# Ten seconds for a hundred calls.
function = {**function, "timeout": 10}


# %% thousand | slow hour | batch longer than the timeout
# A thousand records in a minute.
mapping = {**mapping, "BatchSize": 1000}


# %% default_batch | slow hour | batch longer than the timeout
# The default of a hundred, and twenty seconds.
function = {**function, "timeout": 20}
mapping = {name: value for name, value in mapping.items() if name != "BatchSize"}


# %% no_list_streams | within the role | no right to read the stream
# Three of the four rights.
policy = {
    **policy,
    "Statement": [{**policy["Statement"][0], "Action": read_stream[:3]}, *policy["Statement"][1:]],
}


# %% table_for_its_stream | within the role | no right to read the stream
# The ARN of the table.
table = f"arn:aws:dynamodb:{here}:table/flights"
policy = {**policy, "Statement": [{**policy["Statement"][0], "Resource": table}, *policy["Statement"][1:]]}


# %% no_logs | within the role | no right to write logs
# Nothing of logs.
policy = {**policy, "Statement": policy["Statement"][:3]}


# %% log_group_alone | within the role | no right to write logs
# The ARN of the group, without its streams.
group = f"arn:aws:logs:{here}:log-group:/aws/lambda/audit-log"
policy = {**policy, "Statement": [*policy["Statement"][:3], {**policy["Statement"][3], "Resource": group}]}


# %% wrong_table | within the role | role too narrow
# PutItem on the table that is read.
table = f"arn:aws:dynamodb:{here}:table/flights"
policy["Statement"][1]["Resource"] = table


# %% update_for_put | within the role | role too narrow
# UpdateItem, and the handler puts.
policy["Statement"][1]["Action"] = "dynamodb:UpdateItem"


# %% batches_with_the_right_to_put | within the role | role too narrow
# A batch_writer with the right to put.
import boto3
from botocore.config import Config

from cdc_lab.patterns import StreamRecord, process_batch

quick = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 3, "mode": "standard"})
audit = boto3.resource("dynamodb", config=quick).Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def row_of(record):
    return {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }


def handler(event, context):
    rows, failed = [], []
    for raw in event["Records"]:
        try:
            rows.append(row_of(StreamRecord.from_event(raw)))
        except Exception:
            failed = [{"itemIdentifier": raw["dynamodb"]["SequenceNumber"]}]
            break
    with audit.batch_writer() as batch:
        for row in rows:
            batch.put_item(Item=row)
    return {"batchItemFailures": failed}


# %% looks_at_what_is_there | role under faults | role of a calm day
# A row that is there already is read and compared.
import boto3
from botocore.config import Config

from cdc_lab.patterns import StreamRecord, process_batch

quick = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 3, "mode": "standard"})
audit = boto3.resource("dynamodb", config=quick).Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


from botocore.exceptions import ClientError


def write_row(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    try:
        audit.put_item(Item=row, ConditionExpression="attribute_not_exists(event_id)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        there = audit.get_item(Key={"flight_id": row["flight_id"], "sequence": row["sequence"]})["Item"]
        if there["event_id"] != row["event_id"]:
            raise


def handler(event, context):
    return process_batch(event, write_row)


# %% asks_after_a_failure | role under faults | role of a calm day
# After any failure of the put it asks whether the row came in all the same.
import boto3
from botocore.config import Config

from cdc_lab.patterns import StreamRecord, process_batch

quick = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 3, "mode": "standard"})
audit = boto3.resource("dynamodb", config=quick).Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


from boto3.dynamodb.conditions import Key


def write_row(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    try:
        audit.put_item(Item=row, ConditionExpression="attribute_not_exists(event_id)")
    except Exception:
        found = audit.query(
            KeyConditionExpression=Key("flight_id").eq(row["flight_id"])
            & Key("sequence").eq(row["sequence"]),
            ConsistentRead=True,
        )
        if not found["Items"]:
            raise


def handler(event, context):
    return process_batch(event, write_row)


# %% no_right_to_the_queue | role under faults | no right to send to the destination
# Lambda sends, so the function needs no right: a mistake.
policy["Statement"].pop(2)


# %% right_to_another_queue | role under faults | no right to send to the destination
# The right is for a queue of another name.
policy["Statement"][2]["Resource"] = f"arn:aws:sqs:{here}:failures"


# %% bucket_with_a_queues_right | role under faults | no right to send to the destination
# A bucket as destination, and the right of the queue.
mapping = {**mapping, "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::audit-failures"}}}


# %% all_of_the_table | stranger | role too wide
# All actions on the table.
policy["Statement"][1]["Action"] = "dynamodb:*"


# %% administrator | stranger | role too wide
# All actions on all.
policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


# %% all_tables | stranger | role too wide
# The right call on all tables.
policy["Statement"][1]["Resource"] = f"arn:aws:dynamodb:{here}:table/*"


# %% right_to_delete | stranger | role too wide
# DeleteItem beside PutItem, for later.
policy["Statement"][1]["Action"] = ["dynamodb:PutItem", "dynamodb:DeleteItem"]


# %% all_of_the_queue | stranger | role too wide
# All actions on the queue.
policy["Statement"][2]["Action"] = ["sqs:*"]


# %% all_streams | stranger | role too wide
# AWS's managed policy: streams of all tables, all logs.
policy["Statement"][0]["Resource"] = "*"
policy["Statement"][3]["Resource"] = "*"


# %% age_in_seconds | quiet hour | rings for nothing
# A tenth of a second, meant as ten minutes.
alarms = [
    {"MetricName": "FailedInvokeEventCount", "Statistic": "Sum", "Threshold": 0},
    {"MetricName": "IteratorAge", "Statistic": "Maximum", "Threshold": 100},
    {"MetricName": "DestinationDeliveryFailures", "Statistic": "Sum", "Threshold": 0},
]


# %% any_invocation | quiet hour | rings for nothing
# Each invocation raises it.
alarms = [
    {"MetricName": "FailedInvokeEventCount", "Statistic": "Sum", "Threshold": 0},
    {"MetricName": "IteratorAge", "Statistic": "Maximum", "Threshold": 600_000},
    {"MetricName": "DestinationDeliveryFailures", "Statistic": "Sum", "Threshold": 0},
    {"MetricName": "Invocations", "Statistic": "Sum", "Threshold": 0},
]


# %% any_duration | quiet hour | rings for nothing
# At least 0 is always.
alarms = [
    {"MetricName": "FailedInvokeEventCount", "Statistic": "Sum", "Threshold": 0},
    {"MetricName": "IteratorAge", "Statistic": "Maximum", "Threshold": 600_000},
    {
        "MetricName": "Throttles",
        "Statistic": "Sum",
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    },
    {
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    },
    {"MetricName": "DestinationDeliveryFailures", "Statistic": "Sum", "Threshold": 0},
]


# %% errors_alone | failing record | Errors stays at 0
# The usual alarm.
alarms = [
    {"MetricName": "Errors", "Statistic": "Sum", "Threshold": 0},
    {"MetricName": "Throttles", "Statistic": "Sum", "Threshold": 0},
    {"MetricName": "DestinationDeliveryFailures", "Statistic": "Sum", "Threshold": 0},
]


# %% errors_and_duration | failing record | Errors stays at 0
# Errors, throttles, and invocations that take long.
alarms = [
    {"MetricName": "Errors", "Statistic": "Average", "Threshold": 0.01},
    {"MetricName": "Duration", "Statistic": "Maximum", "Threshold": 50_000},
    {"MetricName": "Throttles", "Statistic": "Sum", "Threshold": 5},
    {"MetricName": "DestinationDeliveryFailures", "Statistic": "Sum", "Threshold": 0},
]


# %% average_age | failing record | average of the shards
# The average of both shards.
alarms = [
    {"MetricName": "IteratorAge", "Statistic": "Average", "Threshold": 600_000},
    {"MetricName": "Throttles", "Statistic": "Sum", "Threshold": 0},
    {"MetricName": "DestinationDeliveryFailures", "Statistic": "Sum", "Threshold": 0},
]


# %% least_age | failing record | average of the shards
# The youngest of both shards, for an hour.
alarms = [
    {"MetricName": "IteratorAge", "Statistic": "Minimum", "Threshold": 600_000, "Period": 300},
    {"MetricName": "Errors", "Statistic": "Sum", "Threshold": 0},
    {"MetricName": "Throttles", "Statistic": "Sum", "Threshold": 0},
    {"MetricName": "DestinationDeliveryFailures", "Statistic": "Sum", "Threshold": 0},
]


# %% half_a_day | failing record | rings too late
# Half a day.
alarms = [
    {"MetricName": "IteratorAge", "Statistic": "Maximum", "Threshold": 43_200_000},
    {"MetricName": "Throttles", "Statistic": "Sum", "Threshold": 0},
    {"MetricName": "DestinationDeliveryFailures", "Statistic": "Sum", "Threshold": 0},
]


# %% three_hours_long | failing record | rings too late
# Ten minutes, for three hours without a pause.
alarms = [
    {"MetricName": "IteratorAge", "Statistic": "Maximum", "Threshold": 600_000, "EvaluationPeriods": 180},
    {"MetricName": "Throttles", "Statistic": "Sum", "Threshold": 0},
    {"MetricName": "DestinationDeliveryFailures", "Statistic": "Sum", "Threshold": 0},
]


# %% waits_half_a_day | no concurrency | rings too late
# Failures at once, and age after half a day.
alarms = [
    {"MetricName": "FailedInvokeEventCount", "Statistic": "Sum", "Threshold": 0},
    {"MetricName": "IteratorAge", "Statistic": "Maximum", "Threshold": 43_200_000},
    {"MetricName": "DestinationDeliveryFailures", "Statistic": "Sum", "Threshold": 0},
]


# %% failures_alone | no concurrency | waiting is no failure
# What fails, and what is lost.
alarms = [
    {"MetricName": "FailedInvokeEventCount", "Statistic": "Sum", "Threshold": 0},
    {"MetricName": "DestinationDeliveryFailures", "Statistic": "Sum", "Threshold": 0},
]


# %% depth_and_errors | no concurrency | waiting is no failure
# What lies in the queue, errors, and what is lost.
alarms = [
    {"MetricName": "ApproximateNumberOfMessagesVisible", "Statistic": "Maximum", "Threshold": 0},
    {"MetricName": "Errors", "Statistic": "Sum", "Threshold": 0},
    {"MetricName": "DestinationDeliveryFailures", "Statistic": "Sum", "Threshold": 0},
]


# %% age_and_failures | no destination | lost without a word
# Age and failures.
alarms = [
    {"MetricName": "FailedInvokeEventCount", "Statistic": "Sum", "Threshold": 0},
    {"MetricName": "IteratorAge", "Statistic": "Maximum", "Threshold": 600_000},
]


# %% depth_and_age | no destination | lost without a word
# The queue's depth, which stays at 0.
alarms = [
    {"MetricName": "ApproximateNumberOfMessagesVisible", "Statistic": "Maximum", "Threshold": 0},
    {"MetricName": "IteratorAge", "Statistic": "Maximum", "Threshold": 600_000},
    {"MetricName": "Throttles", "Statistic": "Sum", "Threshold": 0},
]


# %% unreadable_left_out | unreadable record | failure swallowed
# A record that cannot be read is logged and left out; what fails at the table is reported.
import boto3
from botocore.config import Config

from cdc_lab.patterns import StreamRecord, process_batch

quick = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 3, "mode": "standard"})
audit = boto3.resource("dynamodb", config=quick).Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def write_row(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    audit.put_item(Item=row)


def handler(event, context):
    readable = []
    for raw in event["Records"]:
        try:
            StreamRecord.from_event(raw)
        except Exception as error:
            print(repr(error))
        else:
            readable.append(raw)
    return process_batch({"Records": readable}, write_row) if readable else {"batchItemFailures": []}


# %% table_errors_logged | outage | refusal taken for done
# What the table refuses is logged.
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from cdc_lab.patterns import StreamRecord, process_batch

quick = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 3, "mode": "standard"})
audit = boto3.resource("dynamodb", config=quick).Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def write_row(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    try:
        audit.put_item(Item=row)
    except ClientError as error:
        print(error)


def handler(event, context):
    return process_batch(event, write_row)


# %% only_read_errors_reported | outage | refusal taken for done
# A record is reported when it cannot be read; whatever else happens is passed over.
import contextlib

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cdc_lab.patterns import StreamRecord, process_batch

quick = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 3, "mode": "standard"})
audit = boto3.resource("dynamodb", config=quick).Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def write_row(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    with contextlib.suppress(BotoCoreError, ClientError):
        audit.put_item(Item=row)


def handler(event, context):
    for raw in event["Records"]:
        try:
            record = StreamRecord.from_event(raw)
        except Exception:
            return {"batchItemFailures": [{"itemIdentifier": raw["dynamodb"]["SequenceNumber"]}]}
        write_row(record)
    return {"batchItemFailures": []}


# %% last_failure_reported | two unreadable records | not the lowest reported
# All records are tried, and the last one that failed is reported: the first is past.
import boto3
from botocore.config import Config

from cdc_lab.patterns import StreamRecord, process_batch

quick = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 3, "mode": "standard"})
audit = boto3.resource("dynamodb", config=quick).Table("audit")


def sides(change):
    old = {} if change.kind == "added" else {"old": change.old}
    return old if change.kind == "removed" else {**old, "new": change.new}


def write_row(record):
    row = {
        "flight_id": record.keys["flight_id"],
        "sequence": record.sequence_number.zfill(40),
        "event_id": record.event_id,
        "action": record.event_name,
        "who": "ttl" if record.is_ttl_delete else "user",
        "when": record.created_at.isoformat(),
        "changes": {name: sides(change) for name, change in record.changes().items()},
    }
    audit.put_item(Item=row)


def handler(event, context):
    failed = []
    for raw in event["Records"]:
        try:
            write_row(StreamRecord.from_event(raw))
        except Exception as error:
            print(repr(error))
            failed = [{"itemIdentifier": raw["dynamodb"]["SequenceNumber"]}]
    return {"batchItemFailures": failed}
