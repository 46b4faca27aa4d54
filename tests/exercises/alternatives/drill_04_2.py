"""Right answers to drill_04_2: their form is in `tests/exercises/loading.py`."""

# %% set_of_ids
# No second table: the row keeps the ids that it has counted.
import boto3
from botocore.exceptions import ClientError

from cdc_lab.patterns import process_batch

counts = boto3.resource("dynamodb").Table("counts")


def count(record):
    try:
        counts.update_item(
            Key={"origin": record.new_image["origin"]},
            UpdateExpression="ADD flights :one, counted :ids",
            ConditionExpression="NOT contains(counted, :id)",
            ExpressionAttributeValues={":one": 1, ":ids": {record.event_id}, ":id": record.event_id},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def handler(event, context):
    return process_batch(event, count)


# %% transaction
# A transaction, written by hand.
import boto3
from botocore.exceptions import ClientError

from cdc_lab.patterns import process_batch

counts = boto3.resource("dynamodb").Table("counts")


def count(record):
    mark = {
        "TableName": "processed",
        "Item": {"event_id": record.event_id},
        "ConditionExpression": "attribute_not_exists(event_id)",
    }
    one_more = {
        "TableName": "counts",
        "Key": {"origin": record.new_image["origin"]},
        "UpdateExpression": "ADD flights :one",
        "ExpressionAttributeValues": {":one": 1},
    }
    try:
        counts.meta.client.transact_write_items(TransactItems=[{"Put": mark}, {"Update": one_more}])
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", [{}])
        if reasons[0].get("Code") != "ConditionalCheckFailed":
            raise


def handler(event, context):
    return process_batch(event, count)
