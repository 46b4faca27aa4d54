"""Handlers that use the clients of another module."""

from shop.db import dynamodb, seen

ADD = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}


def count_once(event, context):
    """Count an order in one transaction with the row that says that it is counted."""
    for record in event["Records"]:
        once = {"TableName": "totals", "Item": {"id": {"S": record["eventID"]}}}
        once["ConditionExpression"] = "attribute_not_exists(id)"
        count = {"TableName": "totals", "Key": {"id": {"S": "all"}}, **ADD}
        try:
            dynamodb.transact_write_items(TransactItems=[{"Put": once}, {"Update": count}])
        except dynamodb.exceptions.TransactionCanceledException as error:
            if error.response["CancellationReasons"][0]["Code"] != "ConditionalCheckFailed":
                raise


def count_from_memory(event, context):
    """Remember in the process what is counted: the next process does not."""
    for record in event["Records"]:
        if record["eventID"] not in seen:
            dynamodb.update_item(TableName="totals", Key={"id": {"S": "all"}}, **ADD)
            seen.add(record["eventID"])
