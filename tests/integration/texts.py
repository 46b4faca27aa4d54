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
    r"ExpressionAttributeValues can only be specified when using expressions: .+": (
        "ExpressionAttributeValues can only be specified when using expressions"
    ),
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
