"""Right answers to exercise_5: their form is in `tests/exercises/loading.py`."""

# %% as_in_the_solution
# Settings of the solution in another order, and a policy of one action a statement.
policy = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": [action], "Resource": [statement["Resource"]]}
        for statement in policy["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    ],
}
mapping = dict(sorted(mapping.items()))


# %% bucket
# A bucket takes what is given up, with its records; its depth is no metric of a queue.
mapping = {**mapping, "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::audit-failures"}}}
policy["Statement"][2] = {
    "Effect": "Allow",
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::audit-failures/*",
}
policy["Statement"].append(
    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::audit-failures"}
)


# %% raises
# No partial responses: the handler raises, Lambda bisects, and Errors tells.
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


alarms = [
    {"MetricName": "Errors", "Statistic": "Sum", "Threshold": 3, "Period": 300},
    {"MetricName": "IteratorAge", "Statistic": "Maximum", "Threshold": 900_000},
    {"MetricName": "DestinationDeliveryFailures", "Statistic": "Sum", "Threshold": 0},
]

mapping = {
    "StartingPosition": "TRIM_HORIZON",
    "BatchSize": 100,
    "MaximumRetryAttempts": 40,
    "BisectBatchOnFunctionError": True,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:audit-failures"}},
}


# %% batches
# Rows are written in batches of 25, so a thousand records fit into two minutes.
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


function = {"timeout": 120}

mapping = {
    "StartingPosition": "TRIM_HORIZON",
    "BatchSize": 1000,
    "MaximumBatchingWindowInSeconds": 5,
    "MaximumRetryAttempts": 40,
    "BisectBatchOnFunctionError": True,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:audit-failures"}},
}

here = "us-east-1:123456789012"
policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
            ],
            "Resource": f"arn:aws:dynamodb:{here}:table/flights/stream/*",
        },
        {
            "Effect": "Allow",
            "Action": ["dynamodb:BatchWriteItem"],
            "Resource": f"arn:aws:dynamodb:{here}:table/audit",
        },
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:{here}:audit-failures"},
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"arn:aws:logs:{here}:log-group:/aws/lambda/audit-log:*",
        },
    ],
}


# %% looks_at_what_is_there
# A row is put once; one that is there is read, and the role allows that.
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


here = "us-east-1:123456789012"
policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
            ],
            "Resource": f"arn:aws:dynamodb:{here}:table/flights/stream/*",
        },
        {
            "Effect": "Allow",
            "Action": ["dynamodb:PutItem", "dynamodb:GetItem"],
            "Resource": f"arn:aws:dynamodb:{here}:table/audit",
        },
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:{here}:audit-failures"},
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"arn:aws:logs:{here}:log-group:/aws/lambda/audit-log:*",
        },
    ],
}


# %% transactions_of_a_client
# A plain client with boto3's legacy retries, four lanes, and a transaction for each row.
import boto3
from boto3.dynamodb.types import TypeSerializer
from botocore.config import Config

from cdc_lab.patterns import StreamRecord

client = boto3.client(
    "dynamodb",
    config=Config(connect_timeout=1, read_timeout=1, retries={"mode": "legacy", "max_attempts": 4}),
)
as_item = TypeSerializer().serialize


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
    item = {name: as_item(value) for name, value in row.items()}
    client.transact_write_items(TransactItems=[{"Put": {"TableName": "audit", "Item": item}}])


def handler(event, context):
    for raw in event["Records"]:
        try:
            write_row(StreamRecord.from_event(raw))
        except Exception as error:
            print(repr(error))
            return {"batchItemFailures": [{"itemIdentifier": raw["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


function = {"timeout": 60, "memory_size": 512, "reserved_concurrency": 8}

mapping = {
    "StartingPosition": "TRIM_HORIZON",
    "BatchSize": 50,
    "ParallelizationFactor": 4,
    "MaximumRetryAttempts": 50,
    "BisectBatchOnFunctionError": True,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:audit-failures"}},
}


# %% other_alarms
# The queue's depth, dropped records, throttles, and half an hour of age, in periods of five minutes.
alarms = [
    {
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Statistic": "Maximum",
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Period": 300,
    },
    {"MetricName": "DroppedEventCount", "Statistic": "Sum", "Threshold": 0, "Namespace": "AWS/Lambda"},
    {"MetricName": "Throttles", "Statistic": "Sum", "Threshold": 10, "Period": 300, "EvaluationPeriods": 2},
    {"MetricName": "IteratorAge", "Statistic": "Maximum", "Threshold": 1_800_000, "Period": 300},
]


# %% table_from_the_environment
# The table's name comes from the environment, and rows are made by UpdateItem.
import os

import boto3
from botocore.config import Config

from cdc_lab.patterns import StreamRecord, process_batch

quick = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2, "mode": "standard"})
dynamodb = boto3.resource("dynamodb", config=quick)


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
    names = {f"#{number}": name for number, name in enumerate(row) if number > 1}
    dynamodb.Table(os.environ["AUDIT"]).update_item(
        Key={"flight_id": row["flight_id"], "sequence": row["sequence"]},
        UpdateExpression="SET " + ", ".join(f"{name} = :{name[1:]}" for name in names),
        ExpressionAttributeNames=names,
        ExpressionAttributeValues={f":{name[1:]}": row[names[name]] for name in names},
    )


def handler(event, context):
    return process_batch(event, write_row)


function = {"timeout": 30, "environment": {"AUDIT": "audit"}}

mapping = {
    "StartingPosition": "TRIM_HORIZON",
    "BatchSize": 40,
    "MaximumRetryAttempts": 40,
    "BisectBatchOnFunctionError": True,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:audit-failures"}},
}

here = "us-east-1:123456789012"
policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
            ],
            "Resource": f"arn:aws:dynamodb:{here}:table/flights/stream/*",
        },
        {
            "Effect": "Allow",
            "Action": ["dynamodb:UpdateItem"],
            "Resource": f"arn:aws:dynamodb:{here}:table/audit",
        },
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:{here}:audit-failures"},
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"arn:aws:logs:{here}:log-group:/aws/lambda/audit-log:*",
        },
    ],
}


# %% patient
# boto3's own timeouts, and a function that may take a quarter of an hour.
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


function = {"timeout": 900}

mapping = {
    "StartingPosition": "TRIM_HORIZON",
    "BatchSize": 100,
    "MaximumRecordAgeInSeconds": 21_600,
    "MaximumRetryAttempts": 40,
    "BisectBatchOnFunctionError": True,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:audit-failures"}},
}

here = "us-east-1:123456789012"
policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
            ],
            "Resource": f"arn:aws:dynamodb:{here}:table/flights/stream/2*",
        },
        {
            "Effect": "Allow",
            "Action": ["dynamodb:PutItem"],
            "Resource": f"arn:aws:dynamodb:{here}:table/audit",
        },
        {"Effect": "Allow", "Action": "dynamodb:ListStreams", "Resource": "*"},
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:{here}:audit-failures"},
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"arn:aws:logs:{here}:log-group:/aws/lambda/audit-log:*",
        },
    ],
}


# %% denies
# A wide right, and what is not needed denied explicitly.
policy["Statement"][1]["Action"] = ["dynamodb:PutItem", "dynamodb:Delete*"]
policy["Statement"].append({"Effect": "Deny", "Action": "dynamodb:Delete*", "Resource": "*"})
