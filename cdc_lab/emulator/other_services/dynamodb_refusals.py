"""What of DynamoDB the lab refuses by name: operations, and parameters that would have no effect.

``data/operations.csv`` tells of every operation who answers it, and which parameters are kept without effect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cdc_lab.errors import ServiceError

_GLOBAL = "make a table in each region and copy the changes with a function"
_KINESIS = "read the table's stream with GetRecords or an event source mapping"
_INSIGHTS = "count a partition key's records with lab.trace.records"
_BULK = "write with BatchWriteItem"
_OPERATIONS = {
    "CreateGlobalTable": _GLOBAL,
    "DescribeGlobalTable": _GLOBAL,
    "DescribeGlobalTableSettings": _GLOBAL,
    "DescribeTableReplicaAutoScaling": _GLOBAL,
    "ListGlobalTables": _GLOBAL,
    "UpdateGlobalTable": _GLOBAL,
    "UpdateGlobalTableSettings": _GLOBAL,
    "UpdateTableReplicaAutoScaling": _GLOBAL,
    "DescribeKinesisStreamingDestination": _KINESIS,
    "DisableKinesisStreamingDestination": _KINESIS,
    "EnableKinesisStreamingDestination": _KINESIS,
    "UpdateKinesisStreamingDestination": _KINESIS,
    "DescribeContributorInsights": _INSIGHTS,
    "ListContributorInsights": _INSIGHTS,
    "UpdateContributorInsights": _INSIGHTS,
    "CancelBulkOperation": _BULK,
    "DescribeBulkOperation": _BULK,
    "ListBulkOperations": _BULK,
    "StartBulkPutItems": _BULK,
    "ListImports": "keep the ARN that ImportTable answers, and call DescribeImport",
    "SearchVectors": "use Query or Scan: the lab has no vector indexes",
}

_CAP = "leave it out: the lab caps no table; Lab(partition_throughput=...) throttles partitions"
_VECTORS = "leave it out: the lab has no vector indexes"
_OVERRIDE = "leave it out, and call UpdateTable afterwards: the restored table is like its source"
_ALL = "leave it out: every one is listed, in one page"
_NOW = "leave it out: the lab takes the items of this moment"
_OVERRIDES = {
    "BillingModeOverride": _OVERRIDE,
    "GlobalSecondaryIndexOverride": _OVERRIDE,
    "LocalSecondaryIndexOverride": _OVERRIDE,
    "ProvisionedThroughputOverride": _OVERRIDE,
    "OnDemandThroughputOverride": _OVERRIDE,
    "SSESpecificationOverride": _OVERRIDE,
    "VectorIndexOverride": _OVERRIDE,
}
_PARAMETERS: dict[str, dict[str, str]] = {
    "CreateTable": {
        "OnDemandThroughput": _CAP,
        "ResourcePolicy": "call PutResourcePolicy when the table is there",
        "GlobalTableSourceArn": _GLOBAL,
        "GlobalTableSettingsReplicationMode": _GLOBAL,
        "VectorIndexes": _VECTORS,
    },
    "UpdateTable": {
        "OnDemandThroughput": _CAP,
        "ReplicaUpdates": _GLOBAL,
        "MultiRegionConsistency": _GLOBAL,
        "GlobalTableWitnessUpdates": _GLOBAL,
        "GlobalTableSettingsReplicationMode": _GLOBAL,
        "DisassociationProtectionEnabled": _GLOBAL,
        "SSESpecification": "give it to CreateTable: the lab describes it, and encrypts nothing",
        "VectorIndexUpdates": _VECTORS,
    },
    "ListBackups": {
        "Limit": _ALL,
        "TimeRangeLowerBound": _ALL,
        "TimeRangeUpperBound": _ALL,
        "ExclusiveStartBackupArn": _ALL,
    },
    "ListExports": {"MaxResults": _ALL, "NextToken": _ALL},
    "RestoreTableFromBackup": _OVERRIDES,
    "RestoreTableToPointInTime": {
        **_OVERRIDES,
        "RestoreDateTime": "give UseLatestRestorableTime=True: the lab restores the items of this moment",
        "SourceTableArn": "give SourceTableName",
    },
    "ExportTableToPointInTime": {
        "ExportTime": _NOW,
        "IncrementalExportSpecification": _NOW,
        "FilterSpecification": "leave it out: every item is exported",
    },
    "ImportTable": {"InputFormatOptions": "import DYNAMODB_JSON: the lab reads no other format"},
}

# Parameters whose other values would have no effect: those that are answered, and the remedy.
_VALUES: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {
    ("CreateTable", "TableClass"): (("STANDARD",), "leave it out: table classes differ in their price alone"),
    ("UpdateTable", "TableClass"): (("STANDARD",), "leave it out: table classes differ in their price alone"),
    ("ListBackups", "BackupType"): (("USER", "ALL"), "leave it out: the lab makes no backups by itself"),
    ("ExportTableToPointInTime", "ExportFormat"): (("DYNAMODB_JSON",), "export DYNAMODB_JSON"),
    ("ExportTableToPointInTime", "ExportType"): (("FULL_EXPORT",), "export all: FULL_EXPORT"),
    ("ImportTable", "InputFormat"): (("DYNAMODB_JSON",), "import DYNAMODB_JSON"),
    ("ImportTable", "InputCompressionType"): (("NONE", "GZIP"), "import NONE or GZIP"),
}

# Parameters that the service does not require, and moto does.
_REQUIRED = {
    ("ListExports", "TableArn"): "name the table",
    ("ExportTableToPointInTime", "S3Prefix"): "name a folder of the bucket",
}


def check_supported(operation: str, body: Mapping[str, Any]) -> None:
    """Refuse a call, or a parameter of one, that the lab would answer and do nothing about.

    Parameters
    ----------
    operation : str
    body : mapping
        The request.

    Raises
    ------
    ServiceError
        ``NotImplemented``: it names the operation, the parameter and the remedy.
    """
    if operation in _OPERATIONS:
        raise not_emulated(operation)
    refused = _PARAMETERS.get(operation, {})
    for name, value in body.items():
        if name in refused:
            raise _refusal(operation, name, refused[name])
        allowed, remedy = _VALUES.get((operation, name), ((), ""))
        if allowed and value not in allowed:
            raise _refusal(operation, f"{name}={value!r}", remedy)
    for name in ("TableClass", "OnDemandThroughput"):
        if operation == "ImportTable" and name in (body.get("TableCreationParameters") or {}):
            raise _refusal(operation, name, "import first, then call UpdateTable")
    for (of_operation, name), remedy in _REQUIRED.items():
        if of_operation == operation and name not in body:
            raise _refusal(operation, f"leaving out {name}", remedy)
    for index in _indexes(operation, body):
        if "OnDemandThroughput" in index:
            raise _refusal(operation, "OnDemandThroughput of an index", _CAP)


def not_emulated(operation: str) -> ServiceError:
    """Return the refusal of an operation."""
    remedy = _OPERATIONS.get(operation, "data/operations.csv lists what it answers")
    return ServiceError("NotImplemented", f"the lab does not emulate dynamodb {operation}: {remedy}", 501)


def _refusal(operation: str, what: str, remedy: str) -> ServiceError:
    return ServiceError(
        "NotImplemented", f"the lab does not emulate {what} of dynamodb {operation}: {remedy}", 501
    )


def _indexes(operation: str, body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The definitions of global indexes in a request."""
    if operation == "CreateTable":
        yield from (index for index in body.get("GlobalSecondaryIndexes") or () if isinstance(index, dict))
    elif operation == "UpdateTable":
        for update in body.get("GlobalSecondaryIndexUpdates") or ():
            if isinstance(update, dict):
                yield from (index for index in update.values() if isinstance(index, dict))
