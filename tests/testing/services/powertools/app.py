"""A batch of Powertools', with its idempotency; settings in a parameter."""

import boto3
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

processor = BatchProcessor(event_type=EventType.DynamoDBStreams)
config = IdempotencyConfig(use_local_cache=True)
totals = boto3.resource("dynamodb").Table("totals")


def put(record):
    """Write a row: twice is as good as once."""
    prefix = parameters.get_parameter("/prefix")
    totals.put_item(Item={"id": prefix + record.dynamodb.keys["order_id"]})


def handler(event, context):
    """Process each record, and report those that failed."""
    return process_partial_response(event=event, record_handler=put, processor=processor, context=context)


@idempotent_function(
    data_keyword_argument="order",
    persistence_store=DynamoDBPersistenceLayer(table_name="done"),
    config=config,
)
def add(order):
    """Count an order: a crash after it, before Powertools notes it, counts it twice."""
    totals.update_item(
        Key={"id": "all"}, UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": 1}
    )


def counting(event, context):
    """Count each order."""
    config.register_lambda_context(context)
    for record in event["Records"]:
        add(order=record["dynamodb"]["Keys"]["order_id"]["S"])
