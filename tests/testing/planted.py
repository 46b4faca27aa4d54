"""Handlers with mistakes, most of them published, and right handlers in several styles.

Each is a module as it is deployed: ``{store}`` is the table of effects, written by :func:`in_lab`.
"""

# ruff: noqa: E501 - code of others, as it is deployed
from __future__ import annotations

import textwrap
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

_HEAD = """
import json, os
import boto3
from botocore.exceptions import ClientError

dynamodb = boto3.client("dynamodb")
totals = boto3.resource("dynamodb").Table("totals")
ids = boto3.resource("dynamodb").Table("ids")


def order(record):
    return record["dynamodb"]["Keys"]["order_id"]["S"]


def count(name="all", by=1):
    totals.update_item(Key={"id": name}, UpdateExpression="ADD n :by", ExpressionAttributeValues={":by": by})


def is_new(name):
    try:
        ids.put_item(Item={"id": name}, ConditionExpression="attribute_not_exists(id)")
        return True
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False


def is_known(name):
    return "Item" in ids.get_item(Key={"id": name}, ConsistentRead=True)

"""


class Planted(NamedTuple):
    """A handler with or without a mistake; `source` says where that was published."""

    name: str
    code: str
    source: str = "the review of this tool, section 4"
    mapping: Mapping[str, object] = MappingProxyType({})

    @property
    def module(self) -> str:
        """The whole module."""
        return _HEAD + textwrap.dedent(self.code)


def loop(body: str, before: str = "") -> str:
    """A handler that does the same for each record."""
    return (
        f"{textwrap.dedent(before)}\n\ndef handler(event, context):\n    for record in event['Records']:\n"
        + textwrap.indent(textwrap.dedent(body).strip(), " " * 8)
        + "\n"
    )


_ONCE = """
def count_once(record):
    once = {"TableName": "ids", "Item": {"id": {"S": order(record)}},
            "ConditionExpression": "attribute_not_exists(id)"}
    add = {"TableName": "totals", "Key": {"id": {"S": "all"}}, "UpdateExpression": "ADD n :one",
           "ExpressionAttributeValues": {":one": {"N": "1"}}}
    try:
        dynamodb.transact_write_items(TransactItems=[{"Put": once}, {"Update": add}])
    except dynamodb.exceptions.TransactionCanceledException as error:
        if not REASONS:
            raise
"""
_EXACT = (
    """[r["Code"] for r in error.response["CancellationReasons"]] == ["ConditionalCheckFailed", "None"]"""
)
COUNT_ONCE = _ONCE.replace("REASONS", _EXACT)
_IN_THREADS = """
from concurrent.futures import ThreadPoolExecutor

def handler(event, context):
    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(work, record) for record in event["Records"]]:
            future.result()
"""
_DONE_LIST = """
table = boto3.resource("dynamodb").Table("totals")

def handler(event, context):
    for record in event["Records"]:
        item = table.get_item(Key={"id": "all"}, ConsistentRead=True).get("Item", {"id": "all", "n": 0, "done": []})
        if order(record) in item["done"]:
            continue
        table.put_item(Item={"id": "all", "n": item["n"] + 1, "done": [*item["done"], order(record)]})
"""
_ROWS = """
def handler(event, context):
    requests = [{"PutRequest": {"Item": {"id": {"S": order(record)}}}} for record in event["Records"]]
    WRITE
"""
_REPORTS: dict[str, object] = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}

OF_THE_REVIEW = [
    Planted("naive_counter", loop("count()")),
    Planted("key_before_effect", loop("if is_new(order(record)):\n    count()")),
    Planted(
        "effect_before_key",
        loop("if not is_known(order(record)):\n    count()\n    ids.put_item(Item={'id': order(record)})"),
    ),
    Planted(
        "read_modify_write",
        loop(
            "n = totals.get_item(Key={'id': 'all'}, ConsistentRead=True).get('Item', {'n': 0})['n']\n"
            "totals.put_item(Item={'id': 'all', 'n': n + 1})"
        ),
    ),
    Planted(
        "memory_after_effect",
        loop("if order(record) not in seen:\n    count()\n    seen.add(order(record))", "seen = set()"),
    ),
    Planted(
        "memory_before_effect",
        loop("if order(record) not in seen:\n    seen.add(order(record))\n    count()", "seen = set()"),
    ),
    Planted("counter_in_threads", "def work(record):\n    count()\n" + _IN_THREADS),
    Planted(
        "key_before_effect_in_threads",
        "def work(record):\n    if is_new(order(record)):\n        count()\n" + _IN_THREADS,
    ),
    Planted("done_list_without_a_condition", _DONE_LIST),
    Planted(
        "errors_printed",
        COUNT_ONCE + loop("try:\n    count_once(record)\nexcept Exception as error:\n    print(error)"),
    ),
    Planted(
        "idempotent_function",
        "from aws_lambda_powertools.utilities.idempotency import (\n"
        "    DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function)\n"
        "store = DynamoDBPersistenceLayer(table_name='ids')\n"
        "config = IdempotencyConfig(event_key_jmespath='eventID')\n"
        "@idempotent_function(data_keyword_argument='record', persistence_store=store, config=config)\n"
        "def work(record):\n    count()\n"
        + loop("config.register_lambda_context(context)\nwork(record=record)"),
    ),
    Planted(
        "event_id_as_identifier",
        COUNT_ONCE
        + loop(
            "if order(record) == 'o7':\n"
            "    return {'batchItemFailures': [{'itemIdentifier': record['eventID']}]}\n"
            "count_once(record)"
        ),
        mapping={**_REPORTS, "MaximumRetryAttempts": 1, "BisectBatchOnFunctionError": False},
    ),
]

PUBLISHED = [
    Planted(
        "unprocessed_items_dropped",
        _ROWS.replace("WRITE", "dynamodb.batch_write_item(RequestItems={'ids': requests})"),
        "https://github.com/boto/boto/pull/1714",
    ),
    Planted(
        "every_cancellation_is_a_duplicate",
        _ONCE.replace("REASONS", "True") + loop("count_once(record)"),
        "https://github.com/aws-samples/sample-voice-of-customer-datalake/pull/350",
    ),
    Planted(
        "generic_wrapper_swallows",
        COUNT_ONCE
        + "def handler(event, context):\n    try:\n        for record in event['Records']:\n"
        + "            count_once(record)\n    except Exception as error:\n"
        + "        return {'statusCode': 500, 'body': str(error)}\n",
        "https://github.com/ustaxcourt/ef-cms-flexion/pull/6884",
    ),
    Planted(
        "partial_response_that_nobody_reads",
        COUNT_ONCE
        + "def handler(event, context):\n    failed = []\n    for record in event['Records']:\n        try:\n"
        + "            count_once(record)\n        except ClientError:\n"
        + "            failed.append({'itemIdentifier': record['dynamodb']['SequenceNumber']})\n"
        + "    return {'batchItemFailures': failed}\n",
        "https://github.com/storacha/indexing-service/pull/159",
    ),
    Planted(
        "gathered_exceptions_unread",
        COUNT_ONCE
        + "import asyncio\nasync def all_of(records):\n"
        + "    await asyncio.gather(*(asyncio.to_thread(count_once, one) for one in records), "
        + "return_exceptions=True)\n"
        + "def handler(event, context):\n    asyncio.run(all_of(event['Records']))\n",
        "https://fixdevs.com/blog/python-asyncio-gather-error/",
    ),
    Planted(
        "post_repeated_after_a_timeout",
        "from urllib.request import Request, urlopen\n"
        + loop(
            "if is_known(order(record)):\n    continue\n"
            "for attempt in range(3):\n    try:\n"
            "        urlopen(Request('https://pay.example/' + order(record), b'{}', method='POST'), timeout=1)\n"
            "        break\n    except TimeoutError:\n        pass\n"
            "ids.put_item(Item={'id': order(record)})"
        ),
        "https://pythonz2h.com/chapter_11_production_web_apis_and_microservices/"
        "series_05_api_performance_and_reliability/idempotent_api_requests_python",
    ),
    Planted(
        "buffer_between_invocations",
        "waiting = []\ndef handler(event, context):\n    waiting.extend(order(r) for r in event['Records'])\n"
        "    if len(waiting) >= 10:\n        for name in waiting:\n            ids.put_item(Item={'id': name})\n"
        "        waiting.clear()\n",
        "https://docs.aws.amazon.com/lambda/latest/operatorguide/statelessness-functions.html",
    ),
    Planted(
        "counter_beside_the_handler",
        "n = 0\ndef handler(event, context):\n    global n\n    for record in event['Records']:\n        n += 1\n"
        "    totals.put_item(Item={'id': 'all', 'n': n})\n",
        "https://github.com/aws-samples/amazon-elasticsearch-lambda-samples/pull/6",
    ),
    Planted(
        "version_read_before_it_is_written",
        "table = boto3.resource('dynamodb').Table('totals')\n"
        + loop(
            "item = table.get_item(Key={'id': 'all'}).get('Item', {'id': 'all', 'n': 0, 'version': 0})\n"
            "number = int(record['dynamodb']['SequenceNumber'])\n"
            "if number > item['version']:\n"
            "    table.put_item(Item={'id': 'all', 'n': item['n'] + 1, 'version': number})"
        ),
        "https://prodopsy.com/how-to-prevent-race-condition-in-aws-dynamodb-and-lambda",
    ),
    Planted(
        "atomic_counter_repeated_by_the_sdk",
        loop(
            "totals.update_item(Key={'id': order(record)}, UpdateExpression='ADD n :one', "
            "ExpressionAttributeValues={':one': 1})\n"
            "count()"
        ),
        "https://theerrorlist.blogspot.com/2021/10/idempotent-atomic-counter-in-dynamodb.html",
    ),
    Planted(
        "logged_and_done",
        _ROWS.replace(
            "WRITE",
            "try:\n        left = {'ids': requests}\n        while left:\n"
            "            left = dynamodb.batch_write_item(RequestItems=left)['UnprocessedItems']\n"
            "    except ClientError as error:\n        print('error', error)",
        ),
        "https://github.com/aws-samples/lambda-refarch-streamprocessing/issues/1",
    ),
    Planted(
        "any_client_error_is_a_duplicate",
        loop(
            "try:\n    ids.put_item(Item={'id': order(record)}, ConditionExpression='attribute_not_exists(id)')\n"
            "except ClientError:\n    pass  # it is there already"
        ),
        "https://github.com/eng-floe/floecat/pull/257",
    ),
    Planted(
        "one_key_for_the_whole_batch",
        "import hashlib\ndef handler(event, context):\n"
        "    key = hashlib.md5(json.dumps(event['Records']).encode()).hexdigest()\n"
        "    if is_known('batch ' + key):\n        return\n"
        "    for record in event['Records']:\n        count()\n    ids.put_item(Item={'id': 'batch ' + key})\n",
        "https://docs.powertools.aws.dev/lambda/python/latest/utilities/idempotency/",
    ),
]

RIGHT = [
    Planted("transaction", COUNT_ONCE + loop("count_once(record)")),
    Planted("put_is_idempotent", loop("ids.put_item(Item={'id': order(record)})")),
    Planted(
        "condition_on_a_set",
        loop(
            "try:\n    totals.update_item(Key={'id': 'all'}, UpdateExpression='ADD n :one, done :ids',\n"
            "        ConditionExpression='attribute_not_exists(done) OR NOT contains(done, :id)',\n"
            "        ExpressionAttributeValues={':one': 1, ':ids': {order(record)}, ':id': order(record)})\n"
            "except ClientError as error:\n"
            "    if error.response['Error']['Code'] != 'ConditionalCheckFailedException':\n        raise"
        ),
    ),
    Planted(
        "batch_writer",
        "def handler(event, context):\n    with ids.batch_writer() as batch:\n"
        "        for record in event['Records']:\n            batch.put_item(Item={'id': order(record)})\n",
    ),
    Planted(
        "unprocessed_items_again",
        _ROWS.replace(
            "WRITE",
            "left = {'ids': requests}\n    while left:\n"
            "        left = dynamodb.batch_write_item(RequestItems=left)['UnprocessedItems']",
        ),
    ),
    Planted(
        "partial_response",
        COUNT_ONCE
        + "def handler(event, context):\n    for record in event['Records']:\n        try:\n"
        + "            count_once(record)\n        except ClientError:\n"
        + "            number = record['dynamodb']['SequenceNumber']\n"
        + "            return {'batchItemFailures': [{'itemIdentifier': number}]}\n"
        + "    return {'batchItemFailures': []}\n",
        mapping=_REPORTS,
    ),
    Planted("transaction_in_threads", COUNT_ONCE + "work = count_once\n" + _IN_THREADS),
    Planted(
        "transaction_in_asyncio",
        COUNT_ONCE
        + "import asyncio\nasync def all_of(records):\n"
        + "    await asyncio.gather(*(asyncio.to_thread(count_once, one) for one in records))\n"
        + "def handler(event, context):\n    asyncio.run(all_of(event['Records']))\n",
    ),
    Planted(
        "memory_as_a_shortcut",
        COUNT_ONCE
        + loop(
            "if order(record) not in seen:\n    count_once(record)\n    seen.add(order(record))",
            "seen = set()",
        ),
    ),
    Planted(
        "optimistic_lock",
        "table = boto3.resource('dynamodb').Table('totals')\n"
        + "def add(name):\n    while True:\n"
        + "        item = table.get_item(Key={'id': 'all'}, ConsistentRead=True).get('Item', {'n': 0, 'done': []})\n"
        + "        if name in item['done']:\n            return\n        try:\n"
        + "            table.put_item(Item={'id': 'all', 'n': item['n'] + 1, 'done': [*item['done'], name]},\n"
        + "                ConditionExpression='attribute_not_exists(n) OR n = :n', "
        + "ExpressionAttributeValues={':n': item['n']})\n            return\n"
        + "        except ClientError as error:\n"
        + "            if error.response['Error']['Code'] != 'ConditionalCheckFailedException':\n"
        + "                raise\n"
        + loop("add(order(record))"),
    ),
    Planted(
        "on_failure_destination",
        COUNT_ONCE + loop("count_once(record)"),
        mapping={"MaximumRetryAttempts": 0, "DestinationConfig": "a queue"},
    ),
]
