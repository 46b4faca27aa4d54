"""Refusals that DynamoDB Local words in its own way, and the service's words.

The codes are compared as they are. Sources of the service's words: tests that third parties run
against AWS in four regions (nubo-db/dynamodb-conformance, captures of 2026), dynalite's tests, which
were run against AWS too, and moto's tests that were verified against AWS; where none has any, a row
asks for no more than some words.
"""

from __future__ import annotations

_SCHEMA = "The provided key element does not match the schema"
_INVALID = "One or more parameter values were invalid: "
_TOO_LONG = r".*Member must have length less than or equal to "
_SOME_WORDS = ".+"
_NOT_INDEXABLE = "Attempted conditional constraint is not an indexable operation"

# What DynamoDB Local says -> what the service says; both are patterns of the whole text.
TEXTS: dict[str, str] = {
    "One of the required keys was not given a value": f"{_INVALID}Missing the key pk in the item|{_SCHEMA}",
    f"{_INVALID}Type mismatch for key": (
        f"{_INVALID}Type mismatch for key pk expected: S actual: [A-Z]+|{_SCHEMA}"
    ),
    "Invalid attribute value type": f"{_INVALID}Type mismatch for key pk expected: S actual: NULL",
    "The number of conditions on the keys is invalid": _SCHEMA,
    "Cannot do operations on a non-existent table": "Requested resource not found",
    "A value provided cannot be converted into a number": (
        "The parameter cannot be converted to a numeric value: .*"
    ),
    "DynamoDB only supports precision up to 38 digits": (
        "Attempting to store more than 38 significant digits in a Number"
        "|DynamoDB only supports precision up to 38 digits"
    ),
    rf"({_INVALID})?Input collection .*contains duplicates\.?": (
        rf"{_INVALID}Input collection .+ contains duplicates\."
    ),
    "Return values set to invalid value": "ReturnValues can only be ALL_OLD or NONE|.+ALL_OLD.+",
    "BatchWriteItem cannot have a null or no requests set": _SOME_WORDS,
    "Too many items requested for the BatchWriteItem call": f"{_TOO_LONG}25.*",
    "Member must have length less than or equal to 100": f"{_TOO_LONG}100",
    # A request that is both put and delete.
    "Supplied AttributeValue has more than one datatypes set, .+": _SOME_WORDS,
    # Parameters from before expressions (dynalite).
    "Comparison type does not exist in DynamoDB": (
        r"1 validation error detected: Value (null|'.*') at '[a-zA-Z]+\..*\.member\.comparisonOperator' "
        r"failed to satisfy constraint: Member must (not be null|satisfy enum value set: \[.+\])"
    ),
    r"Member must satisfy enum value set: \[ADD, DELETE, PUT\]": (
        r".* at 'attributeUpdates\..*\.member\.action' failed to satisfy constraint: "
        r"Member must satisfy enum value set: \[ADD, DELETE, PUT\]"
    ),
    f"{_INVALID}ADD action is not supported for the type [A-Z]+": (
        f"{_INVALID}ADD action is not supported for the type (S|B|BOOL|NULL|M)"
    ),
    f"{_INVALID}DELETE action with value is not supported for the type [A-Z]+": (
        f"{_INVALID}DELETE action with value is not supported for the type (S|N|B|BOOL|NULL|L|M)"
    ),
    "Only scalar types can be used as (Hash|Range) Key values": _NOT_INDEXABLE,
    "Query key condition not supported": f"Query key condition not supported|{_NOT_INDEXABLE}",
    "Query condition missed key schema element": "Query condition missed key schema element(: .+)?",
    "AttributesToGet cannot be empty": (
        r"1 validation error detected: Value '\[\]' at '.*attributesToGet' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    ),
    "Cannot have two attributes with the same name": f"{_INVALID}Duplicate value in attribute name: .+",
    # IdempotentParameterMismatchException comes without a word.
    "": ".*",
}

_ENUM = (
    r"1 validation error detected: Value '.*' at '{}' failed to satisfy constraint: "
    r"Member must satisfy enum value set: \[{}\]"
)
_STARTING_KEY = "The provided starting key "
_OPERATORS = "IN, NULL, BETWEEN, LT, NOT_CONTAINS, EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS"

# The same for GetItem, BatchGetItem, TransactGetItems, Query and Scan; further words from the code of
# dynalite, whose tests run against AWS.
READ_TEXTS: dict[str, str] = {
    # Announced (moto's tests, verified on AWS).
    "(?P<choice>(Cannot specify|Must specify|ALL_PROJECTED_ATTRIBUTES can be used) .+)": (
        "1 validation error detected: (Cannot specify|Must specify|ALL_PROJECTED_ATTRIBUTES can be used) .+"
    ),
    "ExpressionAttributeValues contains invalid value: A value provided cannot be converted .+": (
        "ExpressionAttributeValues contains invalid value: "
        "The parameter cannot be converted to a numeric value: .* for key :.+"
    ),
    # The bounds are bytes, which it shows as Java does, or numbers as the call spells them.
    r"Invalid KeyConditionExpression: The BETWEEN operator .+(HeapByteBuffer|\dE[+-]).+": (
        "Invalid KeyConditionExpression: The BETWEEN operator .+"
    ),
    "Query condition missed key schema element": "Query condition missed key schema element: .+",
    "Select must be ALL_ATTRIBUTES, .*": _ENUM.format(
        "select", "SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES"
    ),
    "Cannot have null key for GetItem, DeleteItem, or UpdateItem": _ENUM.format(
        "returnConsumedCapacity", "INDEXES, TOTAL, NONE"
    ),
    # Said of an operator that is unknown and of one that is missing.
    "Comparison type does not exist in DynamoDB": (
        f"{_ENUM.format('.+', _OPERATORS)}|1 validation error detected: Value null at "
        "'.+comparisonOperator' failed to satisfy constraint: Member must not be null"
    ),
    "Limit must be greater than or equal to 1": (
        r"1 validation error detected: Value (at 'Limit'|'-?\d+' at 'limit') failed to satisfy constraint: "
        "Member must have value greater than or equal to 1"
    ),
    "Consistent read cannot be true when (querying|scanning) a GSI": (
        "Consistent reads are not supported on global secondary indexes"
    ),
    "If segment is specified, .*": (
        "The TotalSegments parameter is required but was not present in the request when "
        "Segment parameter is present"
    ),
    "If total segments is specified, .*": (
        "The Segment parameter is required but was not present in the request when "
        "parameter TotalSegments is present"
    ),
    "1 validation error detected: Value '[0-9]+' at 'segment' .*": (
        r"The Segment parameter is zero-based and must be less than parameter TotalSegments: "
        r"Segment: \d+ is not less than TotalSegments: \d+"
    ),
    "The number of conditions on the keys is invalid": _SCHEMA,
    "One of the required keys was not given a value": _SCHEMA,
    "Invalid attribute value type": _SCHEMA,
    f"{_INVALID}Type mismatch for key": _SCHEMA,
    "BatchGetItem must have some requests set": "The requestItems parameter is required for BatchGetItem",
    "Too many items requested for the BatchGetItem call": (
        f"Too many items requested for the BatchGetItem call|{_TOO_LONG}100"
    ),
    "Value null at 'transactItems' failed .*": ".*Member must (have length greater .* 1|not be null)",
    "Cannot have two attributes with the same name": f"{_INVALID}Duplicate value in attribute name: .+",
    "AttributesToGet cannot be empty": ".*Member must have length greater than or equal to 1",
    "Only scalar types can be used as Range Key values": (
        "Attempted conditional constraint is not an indexable operation"
    ),
    "Exclusive Start Key must have same size as table's key schema": (
        f"{_STARTING_KEY}is invalid(: {_SCHEMA})?"
    ),
    "The provided starting key is invalid": f"{_STARTING_KEY}is invalid(: {_SCHEMA})?",
    "Type mismatch for attribute to update": f"({_STARTING_KEY}is invalid(: )?)?({_SCHEMA})?",
    "The query can return at most one row and cannot be restarted.*": f"{_STARTING_KEY}is invalid: .+",
    "The provided starting key does not match the range key predicate": (
        f"{_STARTING_KEY}does not match the range key predicate"
        f"|{_STARTING_KEY}is outside query boundaries based on provided conditions"
        "|The query can return at most one row and cannot be restarted"
    ),
    "Exclusive start key must lie within the segment": f"{_STARTING_KEY}is invalid: .+",
}
