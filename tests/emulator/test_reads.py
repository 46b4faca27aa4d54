"""What reads answer and how they are refused: written down from DynamoDB Local 1.25.1.

Where DynamoDB Local is known not to be the service (tests/integration/divergences.py), the service's
answer stands here. Every case reads the same five items.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from cdc_lab import Lab

TABLE: dict[str, Any] = {
    "TableName": "tab",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "N"},
        {"AttributeName": "g", "AttributeType": "S"},
        {"AttributeName": "gn", "AttributeType": "N"},
        {"AttributeName": "l", "AttributeType": "S"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "g-keys",
            "KeySchema": [
                {"AttributeName": "g", "KeyType": "HASH"},
                {"AttributeName": "gn", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        },
        {
            "IndexName": "g-some",
            "KeySchema": [
                {"AttributeName": "g", "KeyType": "HASH"},
                {"AttributeName": "gn", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]},
        },
        {
            "IndexName": "g-all",
            "KeySchema": [
                {"AttributeName": "g", "KeyType": "HASH"},
                {"AttributeName": "gn", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        },
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "l-keys",
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "l", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        },
        {
            "IndexName": "l-all",
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "l", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        },
    ],
}
ITEMS: list[dict[str, Any]] = [
    {
        "pk": {"S": "a"},
        "sk": {"N": "-1.5"},
        "g": {"S": "g"},
        "gn": {"N": "4"},
        "l": {"S": "w"},
        "x": {"S": "p"},
        "n": {"N": "1"},
        "m": {"M": {"k": {"S": "v"}, "l": {"L": [{"N": "1"}, {"N": "2"}, {"N": "3"}]}}},
    },
    {
        "pk": {"S": "a"},
        "sk": {"N": "2"},
        "g": {"S": "g"},
        "gn": {"N": "3"},
        "l": {"S": "v"},
        "x": {"S": "q"},
        "n": {"N": "2"},
    },
    {
        "pk": {"S": "a"},
        "sk": {"N": "10"},
        "g": {"S": "g"},
        "gn": {"N": "2"},
        "l": {"S": "u"},
        "x": {"S": "p"},
        "w": {"S": "w" * 5000},
    },
    {
        "pk": {"S": "a"},
        "sk": {"N": "30"},
        "g": {"S": "h"},
        "gn": {"N": "1"},
        "l": {"S": "t"},
        "n": {"N": "4"},
    },
    {"pk": {"S": "b"}, "sk": {"N": "1"}, "x": {"S": "p"}},
]

# Name: operation, parameters, answer.
ANSWERS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "a whole partition, in order of the sort key": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
        },
        {
            "Items": [{"sk": {"N": "-1.5"}}, {"sk": {"N": "2"}}, {"sk": {"N": "10"}}, {"sk": {"N": "30"}}],
            "Count": 4,
            "ScannedCount": 4,
        },
    ),
    "backwards": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "ScanIndexForward": False,
        },
        {
            "Items": [{"sk": {"N": "30"}}, {"sk": {"N": "10"}}, {"sk": {"N": "2"}}, {"sk": {"N": "-1.5"}}],
            "Count": 4,
            "ScannedCount": 4,
        },
    ),
    "sort key =": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND sk = :n",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "2"}},
            "ProjectionExpression": "sk",
        },
        {"Items": [{"sk": {"N": "2"}}], "Count": 1, "ScannedCount": 1},
    ),
    "sort key <": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND sk < :n",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "2"}},
            "ProjectionExpression": "sk",
        },
        {"Items": [{"sk": {"N": "-1.5"}}], "Count": 1, "ScannedCount": 1},
    ),
    "sort key <=": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND sk <= :n",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "2"}},
            "ProjectionExpression": "sk",
        },
        {"Items": [{"sk": {"N": "-1.5"}}, {"sk": {"N": "2"}}], "Count": 2, "ScannedCount": 2},
    ),
    "sort key >": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND sk > :n",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "2"}},
            "ProjectionExpression": "sk",
        },
        {"Items": [{"sk": {"N": "10"}}, {"sk": {"N": "30"}}], "Count": 2, "ScannedCount": 2},
    ),
    "sort key >=": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND sk >= :n",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "2"}},
            "ProjectionExpression": "sk",
        },
        {
            "Items": [{"sk": {"N": "2"}}, {"sk": {"N": "10"}}, {"sk": {"N": "30"}}],
            "Count": 3,
            "ScannedCount": 3,
        },
    ),
    "sort key BETWEEN": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND sk BETWEEN :n AND :m",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "2"}, ":m": {"N": "10"}},
            "ProjectionExpression": "sk",
        },
        {"Items": [{"sk": {"N": "2"}}, {"sk": {"N": "10"}}], "Count": 2, "ScannedCount": 2},
    ),
    "condition written the other way round": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": ":n < sk AND :a = pk",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "2"}},
            "ProjectionExpression": "sk",
        },
        {"Items": [{"sk": {"N": "10"}}, {"sk": {"N": "30"}}], "Count": 2, "ScannedCount": 2},
    ),
    "conditions in parentheses": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "(pk = :a) AND (sk = :n)",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "2"}},
            "ProjectionExpression": "sk",
        },
        {"Items": [{"sk": {"N": "2"}}], "Count": 1, "ScannedCount": 1},
    ),
    "begins_with on the sort key of an index": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND begins_with(l, :l)",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":l": {"S": "v"}},
            "ProjectionExpression": "sk",
            "IndexName": "l-all",
        },
        {"Items": [{"sk": {"N": "2"}}], "Count": 1, "ScannedCount": 1},
    ),
    "a partition that is not there": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "zz"}},
            "ProjectionExpression": "sk",
        },
        {"Items": [], "Count": 0, "ScannedCount": 0},
    ),
    "Limit": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "Limit": 2,
        },
        {
            "Items": [{"sk": {"N": "-1.5"}}, {"sk": {"N": "2"}}],
            "Count": 2,
            "ScannedCount": 2,
            "LastEvaluatedKey": {"sk": {"N": "2"}, "pk": {"S": "a"}},
        },
    ),
    "Limit met by the last": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "Limit": 4,
        },
        {
            "Items": [{"sk": {"N": "-1.5"}}, {"sk": {"N": "2"}}, {"sk": {"N": "10"}}, {"sk": {"N": "30"}}],
            "Count": 4,
            "ScannedCount": 4,
            "LastEvaluatedKey": {"sk": {"N": "30"}, "pk": {"S": "a"}},
        },
    ),
    "Limit beyond the end": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "Limit": 5,
        },
        {
            "Items": [{"sk": {"N": "-1.5"}}, {"sk": {"N": "2"}}, {"sk": {"N": "10"}}, {"sk": {"N": "30"}}],
            "Count": 4,
            "ScannedCount": 4,
        },
    ),
    "after a key": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "ExclusiveStartKey": {"pk": {"S": "a"}, "sk": {"N": "2"}},
        },
        {"Items": [{"sk": {"N": "10"}}, {"sk": {"N": "30"}}], "Count": 2, "ScannedCount": 2},
    ),
    "after a key that is not there, backwards": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "ExclusiveStartKey": {"pk": {"S": "a"}, "sk": {"N": "9"}},
            "ScanIndexForward": False,
        },
        {"Items": [{"sk": {"N": "2"}}, {"sk": {"N": "-1.5"}}], "Count": 2, "ScannedCount": 2},
    ),
    "after the last": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "ExclusiveStartKey": {"pk": {"S": "a"}, "sk": {"N": "30"}},
        },
        {"Items": [], "Count": 0, "ScannedCount": 0},
    ),
    "filter": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":p": {"S": "p"}},
            "ProjectionExpression": "sk",
            "FilterExpression": "x = :p",
        },
        {"Items": [{"sk": {"N": "-1.5"}}, {"sk": {"N": "10"}}], "Count": 2, "ScannedCount": 4},
    ),
    "filter after Limit": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "4"}},
            "ProjectionExpression": "sk",
            "FilterExpression": "n = :n",
            "Limit": 2,
        },
        {
            "Items": [],
            "Count": 0,
            "ScannedCount": 2,
            "LastEvaluatedKey": {"sk": {"N": "2"}, "pk": {"S": "a"}},
        },
    ),
    "count": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "Select": "COUNT",
        },
        {"Count": 4, "ScannedCount": 4},
    ),
    "count of a filter": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":p": {"S": "p"}},
            "Select": "COUNT",
            "FilterExpression": "x = :p",
        },
        {"Count": 2, "ScannedCount": 4},
    ),
    "nested paths": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "m.k, m.l[2], m.l[0]",
        },
        {
            "Items": [{"m": {"M": {"l": {"L": [{"N": "1"}, {"N": "3"}]}, "k": {"S": "v"}}}}, {}, {}, {}],
            "Count": 4,
            "ScannedCount": 4,
        },
    ),
    "nothing projected is there": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "nope",
        },
        {"Items": [{}, {}, {}, {}], "Count": 4, "ScannedCount": 4},
    ),
    "paths that lead nowhere": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "x.y, m.l[9], m.nope",
            "Limit": 1,
        },
        {
            "Items": [{}],
            "Count": 1,
            "ScannedCount": 1,
            "LastEvaluatedKey": {"sk": {"N": "-1.5"}, "pk": {"S": "a"}},
        },
    ),
    "capacity of a query": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "ReturnConsumedCapacity": "TOTAL",
        },
        {
            "Items": [{"sk": {"N": "-1.5"}}, {"sk": {"N": "2"}}, {"sk": {"N": "10"}}, {"sk": {"N": "30"}}],
            "Count": 4,
            "ScannedCount": 4,
            "ConsumedCapacity": {"TableName": "tab", "CapacityUnits": 1.0},
        },
    ),
    "capacity of a consistent query, by index": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "ReturnConsumedCapacity": "INDEXES",
            "ConsistentRead": True,
        },
        {
            "Items": [{"sk": {"N": "-1.5"}}, {"sk": {"N": "2"}}, {"sk": {"N": "10"}}, {"sk": {"N": "30"}}],
            "Count": 4,
            "ScannedCount": 4,
            "ConsumedCapacity": {"TableName": "tab", "CapacityUnits": 2.0, "Table": {"CapacityUnits": 2.0}},
        },
    ),
    "global index": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "g = :g",
            "ExpressionAttributeValues": {":g": {"S": "g"}},
            "ProjectionExpression": "sk",
            "IndexName": "g-keys",
        },
        {
            "Items": [{"sk": {"N": "10"}}, {"sk": {"N": "2"}}, {"sk": {"N": "-1.5"}}],
            "Count": 3,
            "ScannedCount": 3,
        },
    ),
    "global index, Limit": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "g = :g",
            "ExpressionAttributeValues": {":g": {"S": "g"}},
            "ProjectionExpression": "sk",
            "IndexName": "g-keys",
            "Limit": 1,
        },
        {
            "Items": [{"sk": {"N": "10"}}],
            "Count": 1,
            "ScannedCount": 1,
            "LastEvaluatedKey": {"sk": {"N": "10"}, "pk": {"S": "a"}, "g": {"S": "g"}, "gn": {"N": "2"}},
        },
    ),
    "global index, after a key": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "g = :g",
            "ExpressionAttributeValues": {":g": {"S": "g"}},
            "ProjectionExpression": "sk",
            "IndexName": "g-keys",
            "ExclusiveStartKey": {"pk": {"S": "a"}, "sk": {"N": "2"}, "g": {"S": "g"}, "gn": {"N": "3"}},
        },
        {"Items": [{"sk": {"N": "-1.5"}}], "Count": 1, "ScannedCount": 1},
    ),
    "global index shows what it projects": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "g = :g",
            "ExpressionAttributeValues": {":g": {"S": "g"}},
            "IndexName": "g-keys",
        },
        {
            "Items": [
                {"sk": {"N": "10"}, "pk": {"S": "a"}, "g": {"S": "g"}, "gn": {"N": "2"}},
                {"sk": {"N": "2"}, "pk": {"S": "a"}, "g": {"S": "g"}, "gn": {"N": "3"}},
                {"sk": {"N": "-1.5"}, "pk": {"S": "a"}, "g": {"S": "g"}, "gn": {"N": "4"}},
            ],
            "Count": 3,
            "ScannedCount": 3,
        },
    ),
    "global index with included attributes": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "g = :g AND gn > :n",
            "ExpressionAttributeValues": {":g": {"S": "g"}, ":n": {"N": "3"}},
            "IndexName": "g-some",
        },
        {
            "Items": [
                {"sk": {"N": "-1.5"}, "x": {"S": "p"}, "pk": {"S": "a"}, "g": {"S": "g"}, "gn": {"N": "4"}}
            ],
            "Count": 1,
            "ScannedCount": 1,
        },
    ),
    "capacity of a global index": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "g = :g",
            "ExpressionAttributeValues": {":g": {"S": "g"}},
            "ProjectionExpression": "sk",
            "IndexName": "g-all",
            "ReturnConsumedCapacity": "INDEXES",
        },
        {
            "Items": [{"sk": {"N": "10"}}, {"sk": {"N": "2"}}, {"sk": {"N": "-1.5"}}],
            "Count": 3,
            "ScannedCount": 3,
            "ConsumedCapacity": {
                "TableName": "tab",
                "CapacityUnits": 1.0,
                "Table": {"CapacityUnits": 0.0},
                "GlobalSecondaryIndexes": {"g-all": {"CapacityUnits": 1.0}},
            },
        },
    ),
    "capacity of a small global index": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "g = :g",
            "ExpressionAttributeValues": {":g": {"S": "g"}},
            "ProjectionExpression": "sk",
            "IndexName": "g-keys",
            "ReturnConsumedCapacity": "INDEXES",
        },
        {
            "Items": [{"sk": {"N": "10"}}, {"sk": {"N": "2"}}, {"sk": {"N": "-1.5"}}],
            "Count": 3,
            "ScannedCount": 3,
            "ConsumedCapacity": {
                "TableName": "tab",
                "CapacityUnits": 0.5,
                "Table": {"CapacityUnits": 0.0},
                "GlobalSecondaryIndexes": {"g-keys": {"CapacityUnits": 0.5}},
            },
        },
    ),
    "filter on the table key of an index query": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "g = :g",
            "ExpressionAttributeValues": {":g": {"S": "g"}, ":n": {"N": "2"}},
            "ProjectionExpression": "sk",
            "IndexName": "g-keys",
            "FilterExpression": "sk = :n",
        },
        {"Items": [{"sk": {"N": "2"}}], "Count": 1, "ScannedCount": 3},
    ),
    "global index with ALL_ATTRIBUTES": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "g = :g AND gn = :n",
            "ExpressionAttributeValues": {":g": {"S": "g"}, ":n": {"N": "3"}},
            "IndexName": "g-all",
            "Select": "ALL_ATTRIBUTES",
        },
        {
            "Items": [
                {
                    "g": {"S": "g"},
                    "gn": {"N": "3"},
                    "sk": {"N": "2"},
                    "x": {"S": "q"},
                    "pk": {"S": "a"},
                    "l": {"S": "v"},
                    "n": {"N": "2"},
                }
            ],
            "Count": 1,
            "ScannedCount": 1,
        },
    ),
    "local index": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "l",
            "IndexName": "l-keys",
        },
        {
            "Items": [{"l": {"S": "t"}}, {"l": {"S": "u"}}, {"l": {"S": "v"}}, {"l": {"S": "w"}}],
            "Count": 4,
            "ScannedCount": 4,
        },
    ),
    "local index shows what it projects": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "IndexName": "l-keys",
            "Limit": 1,
        },
        {
            "Items": [{"sk": {"N": "30"}, "l": {"S": "t"}, "pk": {"S": "a"}}],
            "Count": 1,
            "ScannedCount": 1,
            "LastEvaluatedKey": {"sk": {"N": "30"}, "l": {"S": "t"}, "pk": {"S": "a"}},
        },
    ),
    "local index fetches all attributes": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND l = :l",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":l": {"S": "v"}},
            "IndexName": "l-keys",
            "Select": "ALL_ATTRIBUTES",
        },
        {
            "Items": [
                {
                    "g": {"S": "g"},
                    "gn": {"N": "3"},
                    "sk": {"N": "2"},
                    "x": {"S": "q"},
                    "pk": {"S": "a"},
                    "l": {"S": "v"},
                    "n": {"N": "2"},
                }
            ],
            "Count": 1,
            "ScannedCount": 1,
        },
    ),
    "local index fetches what is projected not": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "n",
            "IndexName": "l-keys",
        },
        {
            "Items": [{"n": {"N": "4"}}, {}, {"n": {"N": "2"}}, {"n": {"N": "1"}}],
            "Count": 4,
            "ScannedCount": 4,
        },
    ),
    "capacity of fetched attributes": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "n",
            "IndexName": "l-keys",
            "ReturnConsumedCapacity": "INDEXES",
        },
        {
            "Items": [{"n": {"N": "4"}}, {}, {"n": {"N": "2"}}, {"n": {"N": "1"}}],
            "Count": 4,
            "ScannedCount": 4,
            "ConsumedCapacity": {
                "TableName": "tab",
                "CapacityUnits": 3.0,
                "Table": {"CapacityUnits": 2.5},
                "LocalSecondaryIndexes": {"l-keys": {"CapacityUnits": 0.5}},
            },
        },
    ),
    "local index, consistent": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "IndexName": "l-all",
            "ConsistentRead": True,
        },
        {
            "Items": [{"sk": {"N": "30"}}, {"sk": {"N": "10"}}, {"sk": {"N": "2"}}, {"sk": {"N": "-1.5"}}],
            "Count": 4,
            "ScannedCount": 4,
        },
    ),
    "legacy": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditions": {
                "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]},
                "sk": {"ComparisonOperator": "GE", "AttributeValueList": [{"N": "2"}]},
            },
            "AttributesToGet": ["sk"],
        },
        {
            "Items": [{"sk": {"N": "2"}}, {"sk": {"N": "10"}}, {"sk": {"N": "30"}}],
            "Count": 3,
            "ScannedCount": 3,
        },
    ),
    "legacy with filters and OR": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditions": {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]}},
            "AttributesToGet": ["sk"],
            "QueryFilter": {
                "x": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "q"}]},
                "n": {"ComparisonOperator": "EQ", "AttributeValueList": [{"N": "4"}]},
            },
            "ConditionalOperator": "OR",
        },
        {"Items": [{"sk": {"N": "2"}}, {"sk": {"N": "30"}}], "Count": 2, "ScannedCount": 4},
    ),
    "legacy BETWEEN": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditions": {
                "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]},
                "sk": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"N": "2"}, {"N": "10"}]},
            },
            "AttributesToGet": ["sk"],
        },
        {"Items": [{"sk": {"N": "2"}}, {"sk": {"N": "10"}}], "Count": 2, "ScannedCount": 2},
    ),
    "scan with a filter on keys": (
        "Scan",
        {
            "TableName": "tab",
            "ProjectionExpression": "sk",
            "FilterExpression": "pk = :b",
            "ExpressionAttributeValues": {":b": {"S": "b"}},
        },
        {"Items": [{"sk": {"N": "1"}}], "Count": 1, "ScannedCount": 5},
    ),
    "scan of an index leaves out what it lacks": (
        "Scan",
        {
            "TableName": "tab",
            "IndexName": "g-keys",
            "FilterExpression": "g = :h",
            "ExpressionAttributeValues": {":h": {"S": "h"}},
        },
        {
            "Items": [{"sk": {"N": "30"}, "pk": {"S": "a"}, "g": {"S": "h"}, "gn": {"N": "1"}}],
            "Count": 1,
            "ScannedCount": 4,
        },
    ),
    "count of a scan": (
        "Scan",
        {"TableName": "tab", "Select": "COUNT", "ReturnConsumedCapacity": "TOTAL"},
        {"Count": 5, "ScannedCount": 5, "ConsumedCapacity": {"TableName": "tab", "CapacityUnits": 1.0}},
    ),
    "legacy scan": (
        "Scan",
        {
            "TableName": "tab",
            "ScanFilter": {"x": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "q"}]}},
            "AttributesToGet": ["sk"],
        },
        {"Items": [{"sk": {"N": "2"}}], "Count": 1, "ScannedCount": 5},
    ),
    "scan of one segment": (
        "Scan",
        {
            "TableName": "tab",
            "ProjectionExpression": "sk",
            "TotalSegments": 1,
            "Segment": 0,
            "FilterExpression": "pk = :b",
            "ExpressionAttributeValues": {":b": {"S": "b"}},
        },
        {"Items": [{"sk": {"N": "1"}}], "Count": 1, "ScannedCount": 5},
    ),
    "get": (
        "GetItem",
        {"TableName": "tab", "Key": {"pk": {"S": "a"}, "sk": {"N": "-1.5"}}},
        {
            "Item": {
                "g": {"S": "g"},
                "gn": {"N": "4"},
                "sk": {"N": "-1.5"},
                "x": {"S": "p"},
                "pk": {"S": "a"},
                "l": {"S": "w"},
                "m": {"M": {"l": {"L": [{"N": "1"}, {"N": "2"}, {"N": "3"}]}, "k": {"S": "v"}}},
                "n": {"N": "1"},
            }
        },
    ),
    "get with projection": (
        "GetItem",
        {
            "TableName": "tab",
            "Key": {"pk": {"S": "a"}, "sk": {"N": "-1.5"}},
            "ProjectionExpression": "x, m.l[1]",
        },
        {"Item": {"x": {"S": "p"}, "m": {"M": {"l": {"L": [{"N": "2"}]}}}}},
    ),
    "get, nothing projected is there": (
        "GetItem",
        {"TableName": "tab", "Key": {"pk": {"S": "a"}, "sk": {"N": "-1.5"}}, "ProjectionExpression": "nope"},
        {"Item": {}},
    ),
    "get of what is not there": (
        "GetItem",
        {"TableName": "tab", "Key": {"pk": {"S": "zz"}, "sk": {"N": "1"}}},
        {},
    ),
    "get by a respelled number": (
        "GetItem",
        {"TableName": "tab", "Key": {"pk": {"S": "a"}, "sk": {"N": "2.0"}}, "ProjectionExpression": "sk"},
        {"Item": {"sk": {"N": "2"}}},
    ),
    "get of what is not there costs": (
        "GetItem",
        {"TableName": "tab", "Key": {"pk": {"S": "zz"}, "sk": {"N": "1"}}, "ReturnConsumedCapacity": "TOTAL"},
        {"ConsumedCapacity": {"TableName": "tab", "CapacityUnits": 0.5}},
    ),
    "capacity of a large item": (
        "GetItem",
        {
            "TableName": "tab",
            "Key": {"pk": {"S": "a"}, "sk": {"N": "10"}},
            "ProjectionExpression": "x",
            "ConsistentRead": True,
            "ReturnConsumedCapacity": "INDEXES",
        },
        {
            "Item": {"x": {"S": "p"}},
            "ConsumedCapacity": {"TableName": "tab", "CapacityUnits": 2.0, "Table": {"CapacityUnits": 2.0}},
        },
    ),
    "legacy get": (
        "GetItem",
        {"TableName": "tab", "Key": {"pk": {"S": "a"}, "sk": {"N": "-1.5"}}, "AttributesToGet": ["x", "zz"]},
        {"Item": {"x": {"S": "p"}}},
    ),
    "batch": (
        "BatchGetItem",
        {"RequestItems": {"tab": {"Keys": [{"pk": {"S": "b"}, "sk": {"N": "1"}}]}}},
        {
            "Responses": {"tab": [{"sk": {"N": "1"}, "x": {"S": "p"}, "pk": {"S": "b"}}]},
            "UnprocessedKeys": {},
        },
    ),
    "batch with projection": (
        "BatchGetItem",
        {
            "RequestItems": {
                "tab": {"Keys": [{"pk": {"S": "a"}, "sk": {"N": "-1.5"}}], "ProjectionExpression": "m.l[2]"}
            }
        },
        {"Responses": {"tab": [{"m": {"M": {"l": {"L": [{"N": "3"}]}}}}]}, "UnprocessedKeys": {}},
    ),
    "batch of nothing there": (
        "BatchGetItem",
        {"RequestItems": {"tab": {"Keys": [{"pk": {"S": "zz"}, "sk": {"N": "1"}}]}}},
        {"Responses": {"tab": []}, "UnprocessedKeys": {}},
    ),
    "capacity of a batch": (
        "BatchGetItem",
        {
            "RequestItems": {
                "tab": {
                    "Keys": [{"pk": {"S": "a"}, "sk": {"N": "-1.5"}}, {"pk": {"S": "zz"}, "sk": {"N": "1"}}],
                    "ProjectionExpression": "x",
                }
            },
            "ReturnConsumedCapacity": "TOTAL",
        },
        {
            "Responses": {"tab": [{"x": {"S": "p"}}]},
            "UnprocessedKeys": {},
            "ConsumedCapacity": [{"TableName": "tab", "CapacityUnits": 1.0}],
        },
    ),
    "transaction": (
        "TransactGetItems",
        {
            "TransactItems": [
                {
                    "Get": {
                        "TableName": "tab",
                        "Key": {"pk": {"S": "a"}, "sk": {"N": "-1.5"}},
                        "ProjectionExpression": "x",
                    }
                },
                {"Get": {"TableName": "tab", "Key": {"pk": {"S": "zz"}, "sk": {"N": "1"}}}},
                {
                    "Get": {
                        "TableName": "tab",
                        "Key": {"pk": {"S": "b"}, "sk": {"N": "1"}},
                        "ProjectionExpression": "nope",
                    }
                },
            ]
        },
        {"Responses": [{"Item": {"x": {"S": "p"}}}, {}, {"Item": {}}]},
    ),
    "capacity of a transaction": (
        "TransactGetItems",
        {
            "TransactItems": [
                {
                    "Get": {
                        "TableName": "tab",
                        "Key": {"pk": {"S": "a"}, "sk": {"N": "-1.5"}},
                        "ProjectionExpression": "x",
                    }
                },
                {"Get": {"TableName": "tab", "Key": {"pk": {"S": "zz"}, "sk": {"N": "1"}}}},
            ],
            "ReturnConsumedCapacity": "TOTAL",
        },
        {
            "ConsumedCapacity": [{"TableName": "tab", "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}],
            "Responses": [{"Item": {"x": {"S": "p"}}}, {}],
        },
    ),
}

# Name: operation, parameters, code, text.
REFUSALS: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "query: no condition": (
        "Query",
        {"TableName": "tab"},
        "ValidationException",
        ("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."),
    ),
    "query: <> on the partition key": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk <> :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
        },
        "ValidationException",
        "Invalid operator used in KeyConditionExpression: <>",
    ),
    "query: < on the partition key": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk < :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
        },
        "ValidationException",
        "Query key condition not supported",
    ),
    "query: OR": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a OR sk = :n",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "1"}},
        },
        "ValidationException",
        "Invalid operator used in KeyConditionExpression: OR",
    ),
    "query: NOT": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "NOT pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
        },
        "ValidationException",
        "Invalid operator used in KeyConditionExpression: NOT",
    ),
    "query: IN on the sort key": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND sk IN (:n)",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "1"}},
        },
        "ValidationException",
        "Invalid operator used in KeyConditionExpression: IN",
    ),
    "query: contains on a key": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND contains(sk, :n)",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "1"}},
        },
        "ValidationException",
        "Invalid operator used in KeyConditionExpression: contains",
    ),
    "query: attribute_exists on a key": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND attribute_exists(sk)",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
        },
        "ValidationException",
        "Invalid operator used in KeyConditionExpression: attribute_exists",
    ),
    "query: size of a key": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND size(sk) = :n",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "1"}},
        },
        "ValidationException",
        "KeyConditionExpressions cannot contain nested operations",
    ),
    "query: begins_with on a number": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND begins_with(sk, :n)",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "1"}},
        },
        "ValidationException",
        (
            "Invalid KeyConditionExpression: Incorrect operand type for operator or function; "
            "operator or function: begins_with, operand type: N"
        ),
    ),
    "query: the sort key alone": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "sk = :n",
            "ExpressionAttributeValues": {":n": {"N": "1"}},
        },
        "ValidationException",
        "Query condition missed key schema element: pk",
    ),
    "query: an attribute that is no key": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND x = :n",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "1"}},
        },
        "ValidationException",
        "Query condition missed key schema element: sk",
    ),
    "query: three conditions": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND sk = :n AND x = :n",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "1"}},
        },
        "ValidationException",
        "Conditions can be of length 1 or 2 only",
    ),
    "query: two conditions on the sort key": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND sk > :n AND sk < :n",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "1"}},
        },
        "ValidationException",
        "KeyConditionExpressions must only contain one condition per key",
    ),
    "query: a partition key of another type": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"N": "1"}},
        },
        "ValidationException",
        ("One or more parameter values were invalid: Condition parameter type does not match schema type"),
    ),
    "query: a sort key of another type": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND sk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
        },
        "ValidationException",
        ("One or more parameter values were invalid: Condition parameter type does not match schema type"),
    ),
    "query: an empty partition key": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": ""}},
        },
        "ValidationException",
        (
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty string value. Key: pk"
        ),
    ),
    "query: BETWEEN the wrong way round": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND sk BETWEEN :n AND :m",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "2"}, ":m": {"N": "1"}},
        },
        "ValidationException",
        (
            "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be "
            "greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, "
            "upper bound operand: AttributeValue: {N:1}"
        ),
    ),
    "query: a path inside a key": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk.x = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
        },
        "ValidationException",
        (
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
            "allowed: Key: pk"
        ),
    ),
    "query: redundant parentheses": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "((pk = :a))",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
        },
        "ValidationException",
        "Invalid KeyConditionExpression: The expression has redundant parentheses;",
    ),
    "query: an empty key condition": (
        "Query",
        {"TableName": "tab", "KeyConditionExpression": "", "ExpressionAttributeValues": {":a": {"S": "a"}}},
        "ValidationException",
        "Invalid KeyConditionExpression: The expression can not be empty;",
    ),
    "query: a key condition that ends early": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = ",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
        },
        "ValidationException",
        'Invalid KeyConditionExpression: Syntax error; token: "<EOF>", near: "= "',
    ),
    "query: a value that is not given": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :b",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
        },
        "ValidationException",
        (
            "Invalid KeyConditionExpression: An expression attribute value used in expression is "
            "not defined; attribute value: :b"
        ),
    ),
    "query: two attributes in one condition": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND sk = pk",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
        },
        "ValidationException",
        ("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"),
    ),
    "query: a name that is not used": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "ExpressionAttributeNames": {"#u": "x"},
        },
        "ValidationException",
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#u}",
    ),
    "query: a value that is not used": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":u": {"S": "u"}},
            "ProjectionExpression": "sk",
        },
        "ValidationException",
        "Value provided in ExpressionAttributeValues unused in expressions: keys: {:u}",
    ),
    "query: filter on the partition key": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "FilterExpression": "pk = :a",
        },
        "ValidationException",
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: pk",
    ),
    "query: filter on the sort key of an index": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "g = :g",
            "ExpressionAttributeValues": {":g": {"S": "g"}, ":n": {"N": "1"}},
            "ProjectionExpression": "sk",
            "IndexName": "g-all",
            "FilterExpression": "gn = :n",
        },
        "ValidationException",
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: gn",
    ),
    "query: filter on what an index lacks": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "g = :g",
            "ExpressionAttributeValues": {":g": {"S": "g"}, ":n": {"N": "1"}},
            "ProjectionExpression": "sk",
            "IndexName": "g-keys",
            "FilterExpression": "n = :n",
        },
        "ValidationException",
        (
            "One or more parameter values were invalid: Secondary index g-keys does not project "
            "one or more filter attributes: [n]"
        ),
    ),
    "query: projection of what a global index lacks": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "g = :g",
            "ExpressionAttributeValues": {":g": {"S": "g"}},
            "ProjectionExpression": "n",
            "IndexName": "g-keys",
        },
        "ValidationException",
        ("One or more parameter values were invalid: Global secondary index g-keys does not project [n]"),
    ),
    "query: ALL_ATTRIBUTES of a global index": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "g = :g",
            "ExpressionAttributeValues": {":g": {"S": "g"}},
            "IndexName": "g-keys",
            "Select": "ALL_ATTRIBUTES",
        },
        "ValidationException",
        (
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not "
            "supported for global secondary index g-keys because its projection type is not ALL"
        ),
    ),
    "query: consistent on a global index": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "g = :g",
            "ExpressionAttributeValues": {":g": {"S": "g"}},
            "ProjectionExpression": "sk",
            "IndexName": "g-all",
            "ConsistentRead": True,
        },
        "ValidationException",
        "Consistent reads are not supported on global secondary indexes",
    ),
    "query: unknown index": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "IndexName": "nope",
        },
        "ValidationException",
        "The table does not have the specified index: nope",
    ),
    "query: SPECIFIC_ATTRIBUTES without projection": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "Select": "SPECIFIC_ATTRIBUTES",
        },
        "ValidationException",
        (
            "1 validation error detected: "
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
            "SPECIFIC_ATTRIBUTES"
        ),
    ),
    "query: ALL_PROJECTED_ATTRIBUTES of a table": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "Select": "ALL_PROJECTED_ATTRIBUTES",
        },
        "ValidationException",
        "1 validation error detected: "
        "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
    ),
    "query: COUNT with projection": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "Select": "COUNT",
        },
        "ValidationException",
        "1 validation error detected: "
        "Cannot specify the ProjectionExpression when choosing to get only the Count",
    ),
    "query: ALL_ATTRIBUTES with projection": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "Select": "ALL_ATTRIBUTES",
        },
        "ValidationException",
        "1 validation error detected: "
        "Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES",
    ),
    "query: overlapping paths": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "m, m.k",
        },
        "ValidationException",
        (
            "Invalid ProjectionExpression: Two document paths overlap with each other; must "
            "remove or rewrite one of these paths; path one: [m], path two: [m, k]"
        ),
    ),
    "query: an empty filter": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "FilterExpression": "",
        },
        "ValidationException",
        "Invalid FilterExpression: The expression can not be empty;",
    ),
    "query: a reserved word in a filter": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "FilterExpression": "status = :a",
        },
        "ValidationException",
        "Invalid FilterExpression: Attribute name is a reserved keyword; reserved keyword: status",
    ),
    "query: old and new parameters": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "AttributesToGet": ["x"],
        },
        "ValidationException",
        (
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {AttributesToGet} Expression parameters: "
            "{KeyConditionExpression}"
        ),
    ),
    "query: a table that is not there": (
        "Query",
        {
            "TableName": "nowhere",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
        },
        "ResourceNotFoundException",
        "Requested resource not found",
    ),
    "query: a Select that is none": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "Select": "NOPE",
        },
        "ValidationException",
        (
            "1 validation error detected: Value 'NOPE' at 'select' failed to satisfy constraint: "
            "Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, "
            "ALL_PROJECTED_ATTRIBUTES]"
        ),
    ),
    "query: a start key outside the condition": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a AND sk > :n",
            "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "2"}},
            "ProjectionExpression": "sk",
            "ExclusiveStartKey": {"pk": {"S": "a"}, "sk": {"N": "1"}},
        },
        "ValidationException",
        "The provided starting key does not match the range key predicate",
    ),
    "query: a start key of another shape": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "a"}},
            "ProjectionExpression": "sk",
            "ExclusiveStartKey": {"pk": {"S": "a"}},
        },
        "ValidationException",
        "The provided starting key is invalid",
    ),
    "query: OR without a filter": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditions": {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]}},
            "AttributesToGet": ["sk"],
            "ConditionalOperator": "OR",
        },
        "ValidationException",
        "ConditionalOperator cannot be used without Filter or Expected",
    ),
    "query: legacy filter on a key": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditions": {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]}},
            "AttributesToGet": ["sk"],
            "QueryFilter": {"sk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"N": "1"}]}},
        },
        "ValidationException",
        "QueryFilter can only contain non-primary key attributes: Primary key attribute: sk",
    ),
    "query: legacy without a value": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditions": {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": []}},
            "AttributesToGet": ["sk"],
        },
        "ValidationException",
        (
            "One or more parameter values were invalid: Invalid number of argument(s) for the EQ "
            "ComparisonOperator"
        ),
    ),
    "query: legacy IN on the sort key": (
        "Query",
        {
            "TableName": "tab",
            "KeyConditions": {
                "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]},
                "sk": {"ComparisonOperator": "IN", "AttributeValueList": [{"N": "1"}]},
            },
            "AttributesToGet": ["sk"],
        },
        "ValidationException",
        "Attempted conditional constraint is not an indexable operation",
    ),
    "scan: a segment alone": (
        "Scan",
        {"TableName": "tab", "ProjectionExpression": "sk", "Segment": 0},
        "ValidationException",
        (
            "The TotalSegments parameter is required but was not present in the request when "
            "Segment parameter is present"
        ),
    ),
    "scan: segments alone": (
        "Scan",
        {"TableName": "tab", "ProjectionExpression": "sk", "TotalSegments": 2},
        "ValidationException",
        (
            "The Segment parameter is required but was not present in the request when parameter "
            "TotalSegments is present"
        ),
    ),
    "scan: a segment out of range": (
        "Scan",
        {"TableName": "tab", "ProjectionExpression": "sk", "Segment": 2, "TotalSegments": 2},
        "ValidationException",
        (
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            "Segment: 2 is not less than TotalSegments: 2"
        ),
    ),
    "scan: values without an expression": (
        "Scan",
        {"TableName": "tab", "ExpressionAttributeValues": {":a": {"S": "a"}}},
        "ValidationException",
        ("ExpressionAttributeValues can only be specified when using expressions: FilterExpression is null"),
    ),
    "scan: consistent on a global index": (
        "Scan",
        {"TableName": "tab", "ProjectionExpression": "sk", "IndexName": "g-all", "ConsistentRead": True},
        "ValidationException",
        "Consistent reads are not supported on global secondary indexes",
    ),
    "scan: legacy comparison of a set": (
        "Scan",
        {
            "TableName": "tab",
            "ScanFilter": {"x": {"ComparisonOperator": "LT", "AttributeValueList": [{"SS": ["a"]}]}},
        },
        "ValidationException",
        (
            "One or more parameter values were invalid: ComparisonOperator LT is not valid for SS "
            "AttributeValue type"
        ),
    ),
    "scan: legacy BETWEEN the wrong way round": (
        "Scan",
        {
            "TableName": "tab",
            "ScanFilter": {
                "x": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"N": "2"}, {"N": "1"}]}
            },
        },
        "ValidationException",
        ("The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"),
    ),
    "get: half a key": (
        "GetItem",
        {"TableName": "tab", "Key": {"pk": {"S": "a"}}},
        "ValidationException",
        "The provided key element does not match the schema",
    ),
    "get: a key of another type": (
        "GetItem",
        {"TableName": "tab", "Key": {"pk": {"S": "a"}, "sk": {"S": "x"}}},
        "ValidationException",
        "The provided key element does not match the schema",
    ),
    "get: an empty key": (
        "GetItem",
        {"TableName": "tab", "Key": {"pk": {"S": ""}, "sk": {"N": "1"}}},
        "ValidationException",
        (
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty string value. Key: pk"
        ),
    ),
    "get: a projection that ends early": (
        "GetItem",
        {"TableName": "tab", "Key": {"pk": {"S": "a"}, "sk": {"N": "-1.5"}}, "ProjectionExpression": "x,"},
        "ValidationException",
        'Invalid ProjectionExpression: Syntax error; token: "<EOF>", near: ","',
    ),
    "get: names without an expression": (
        "GetItem",
        {
            "TableName": "tab",
            "Key": {"pk": {"S": "a"}, "sk": {"N": "-1.5"}},
            "ExpressionAttributeNames": {"#u": "x"},
        },
        "ValidationException",
        "ExpressionAttributeNames can only be specified when using expressions",
    ),
    "get: a capacity that is none": (
        "GetItem",
        {
            "TableName": "tab",
            "Key": {"pk": {"S": "a"}, "sk": {"N": "-1.5"}},
            "ReturnConsumedCapacity": "NOPE",
        },
        "ValidationException",
        (
            "1 validation error detected: Value 'NOPE' at 'returnConsumedCapacity' failed to "
            "satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]"
        ),
    ),
    "batch: a key twice": (
        "BatchGetItem",
        {
            "RequestItems": {
                "tab": {
                    "Keys": [{"pk": {"S": "a"}, "sk": {"N": "-1.5"}}, {"pk": {"S": "a"}, "sk": {"N": "-1.5"}}]
                }
            }
        },
        "ValidationException",
        "Provided list of item keys contains duplicates",
    ),
    "batch: a key twice, its number respelled": (
        "BatchGetItem",
        {
            "RequestItems": {
                "tab": {
                    "Keys": [{"pk": {"S": "a"}, "sk": {"N": "2"}}, {"pk": {"S": "a"}, "sk": {"N": "2.0"}}]
                }
            }
        },
        "ValidationException",
        "Provided list of item keys contains duplicates",
    ),
    "batch: half a key": (
        "BatchGetItem",
        {"RequestItems": {"tab": {"Keys": [{"pk": {"S": "a"}}]}}},
        "ValidationException",
        "The provided key element does not match the schema",
    ),
    "batch: a table that is not there": (
        "BatchGetItem",
        {"RequestItems": {"nowhere": {"Keys": [{"pk": {"S": "a"}, "sk": {"N": "-1.5"}}]}}},
        "ResourceNotFoundException",
        "Requested resource not found",
    ),
    "transaction: an item twice": (
        "TransactGetItems",
        {
            "TransactItems": [
                {"Get": {"TableName": "tab", "Key": {"pk": {"S": "a"}, "sk": {"N": "-1.5"}}}},
                {"Get": {"TableName": "tab", "Key": {"pk": {"S": "a"}, "sk": {"N": "-1.5"}}}},
            ]
        },
        "ValidationException",
        "Transaction request cannot include multiple operations on one item",
    ),
    "transaction: a table that is not there": (
        "TransactGetItems",
        {
            "TransactItems": [
                {"Get": {"TableName": "nowhere", "Key": {"pk": {"S": "a"}, "sk": {"N": "-1.5"}}}}
            ]
        },
        "ResourceNotFoundException",
        "Requested resource not found",
    ),
    "transaction: half a key": (
        "TransactGetItems",
        {"TransactItems": [{"Get": {"TableName": "tab", "Key": {"pk": {"S": "a"}}}}]},
        "TransactionCanceledException",
        ("Transaction cancelled, please refer cancellation reasons for specific reasons [ValidationError]"),
    ),
}


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of a lab with the table and its items."""
    with Lab(seed=7) as lab:
        client = lab.client("dynamodb")
        client.create_table(**TABLE)
        for item in ITEMS:
            client.put_item(TableName="tab", Item=item)
        yield client


def _call(client: Any, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    answer = getattr(client, xform_name(operation))(**params)
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


@pytest.mark.parametrize("name", ANSWERS)
def test_answer(client: Any, name: str) -> None:
    operation, params, expected = ANSWERS[name]
    assert _call(client, operation, params) == expected


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal(client: Any, name: str) -> None:
    operation, params, code, text = REFUSALS[name]
    with pytest.raises(ClientError) as refused:
        _call(client, operation, params)
    assert (refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]) == (
        code,
        text,
    )
