"""What DynamoDB refuses of CreateTable and UpdateTable, before moto sees the call.

The texts are AWS's, third party: the tests of dynalite and of nubo-db/dynamodb-conformance, which run against
AWS, and the errors that moto's own tests recorded there. Where a text is the lab's, its place says so; the
code is AWS's then, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from cdc_lab.emulator.constraints import check_constraints, java, text_violations, unsatisfied
from cdc_lab.emulator.dynamodb.attribute_values import invalid
from cdc_lab.errors import ServiceError

Body = Mapping[str, Any]
Schema = list[dict[str, str]]

MAX_LOCAL_INDEXES = 5
MAX_GLOBAL_INDEXES = 20
MAX_PROJECTED = 100
"""How many attributes the indexes of a table may name with INCLUDE, all together (service model)."""
MAX_KEY_ATTRIBUTES = 4
"""Of a global index's partition key, and of its sort key; a table and a local index have one of each."""
_MOST_UNITS = 10**12

_INVALID = "One or more parameter values were invalid: "
_NO_UNITS_ON_DEMAND = (
    f"{_INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
    "BillingMode is PAY_PER_REQUEST"
)
_NAME_SHAPE = "TableName"


# ---- CreateTable -----------------------------------------------------------------------------


def check_create_table(body: Body, shape: Any) -> None:
    """Refuse a CreateTable that AWS refuses whatever tables there are.

    Parameters
    ----------
    body : mapping
        The request in wire form.
    shape : botocore.model.Shape
        What the operation takes.

    Raises
    ------
    ServiceError
        ``ValidationException``.
    """
    if body.get("TableName") is None:
        raise invalid("The parameter 'TableName' is required but was not present in the request")
    check_constraints(shape, body, _beyond_the_model(body, shape))
    _check_billing(body)
    defined = [definition["AttributeName"] for definition in body["AttributeDefinitions"]]
    schema: Schema = body["KeySchema"]
    if len(schema) > len(defined):
        raise invalid("Invalid KeySchema: Some index key attribute have no definition")
    _check_keys(schema, defined, most=1)
    local, for_all = body.get("LocalSecondaryIndexes"), body.get("GlobalSecondaryIndexes")
    if local is None and for_all is None and len(schema) != len(defined):
        raise invalid(
            f"{_INVALID}Number of attributes in KeySchema does not exactly match number of attributes "
            "defined in AttributeDefinitions"
        )
    names: set[str] = set()
    if local is not None:
        _check_local_indexes(local, schema, defined, names)
    if for_all is not None:
        if not for_all:
            raise invalid(f"{_INVALID}List of GlobalSecondaryIndexes is empty")
        for index in for_all:
            _check_global_index(index, defined, body.get("BillingMode"))
            _check_new_name(index, names)
        check_count(len(for_all))
    check_projected([*(local or ()), *(for_all or ())])


def _beyond_the_model(body: Body, shape: Any) -> Iterator[str]:
    """What the service checks with the bounds of its model, and the model does not know.

    The model lets a table be named by its ARN, a key schema have many attributes, and both schema and
    definitions be left out: that is for other calls, and for replicas of tables of other accounts.
    """
    for name in ("attributeDefinitions", "keySchema"):
        if body.get(name[0].upper() + name[1:]) is None:
            yield unsatisfied("null", name, "Member must not be null", quoted=False)
    yield from text_violations(_name_shape(), body["TableName"], "tableName")
    limited = [("keySchema", body.get("KeySchema"))]
    limited += [
        (f"localSecondaryIndexes.{number}.member.keySchema", index.get("KeySchema"))
        for number, index in enumerate(body.get("LocalSecondaryIndexes") or (), 1)
    ]
    element = shape.members["KeySchema"].member
    for where, schema in limited:
        if schema is not None and len(schema) > 2:
            shown = f"[{', '.join(java(element, entry) for entry in schema)}]"
            yield unsatisfied(shown, where, "Member must have length less than or equal to 2")


def _name_shape() -> Any:
    from botocore.model import StringShape

    # The model's shape of a table's name; no operation of boto3's model takes it any more.
    return StringShape(_NAME_SHAPE, {"type": "string", "min": 3, "max": 255, "pattern": "[a-zA-Z0-9_.-]+"})


def _check_billing(body: Body) -> None:
    units = body.get("ProvisionedThroughput")
    if body.get("BillingMode") == "PAY_PER_REQUEST":
        if units is not None:
            raise invalid(_NO_UNITS_ON_DEMAND)
    elif units is None:
        raise invalid(
            f"{_INVALID}ReadCapacityUnits and WriteCapacityUnits must both be specified when "
            "BillingMode is PROVISIONED"
        )
    else:
        _check_units(units)


def _check_units(units: Mapping[str, int]) -> None:
    for name in ("ReadCapacityUnits", "WriteCapacityUnits"):
        if units[name] > _MOST_UNITS:
            raise invalid(f"Given value {units[name]} for {name} is out of bounds")


# ---- keys and indexes ------------------------------------------------------------------------


def _check_keys(schema: Schema, defined: list[str], *, most: int) -> None:
    """Refuse keys that are not defined, named twice, or in another order than HASH before RANGE."""
    keys = [element["AttributeName"] for element in schema]
    if not set(keys) <= set(defined):
        raise invalid(
            f"{_INVALID}Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(keys)}], AttributeDefinitions: [{', '.join(defined)}]"
        )
    if len(set(keys)) < len(keys):
        raise invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name")
    kinds = [element["KeyType"] for element in schema]
    if kinds[0] != "HASH":
        raise invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if most == 1 and kinds[1:] not in ([], ["RANGE"]):
        raise invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
    if kinds != sorted(kinds) or max(kinds.count("HASH"), kinds.count("RANGE")) > most:
        # Keys of several attributes are of November 2025; these words are the lab's.
        raise invalid(
            f"Invalid KeySchema: at most {most} HASH key elements, followed by at most {most} RANGE key "
            "elements, are allowed"
        )


def _check_local_indexes(
    indexes: list[dict[str, Any]], table: Schema, defined: list[str], names: set[str]
) -> None:
    if not indexes:
        raise invalid(f"{_INVALID}List of LocalSecondaryIndexes is empty")
    if len(table) != 2:
        raise invalid(
            f"{_INVALID}Table KeySchema does not have a range key, which is required when specifying a "
            "LocalSecondaryIndex"
        )
    hash_key = table[0]["AttributeName"]
    for index in indexes:
        schema, name = index["KeySchema"], index["IndexName"]
        _check_keys(schema, defined, most=1)
        if len(schema) != 2:
            raise invalid(f"{_INVALID}Index KeySchema does not have a range key for index: {name}")
        if schema[0]["AttributeName"] != hash_key:
            raise invalid(
                f"{_INVALID}Index KeySchema does not have the same leading hash key as table KeySchema for "
                f"index: {name}. index hash key: {schema[0]['AttributeName']}, table hash key: {hash_key}"
            )
        _check_projection(index["Projection"])
        _check_new_name(index, names)
    if len(indexes) > MAX_LOCAL_INDEXES:
        raise invalid(
            f"{_INVALID}Number of LocalSecondaryIndexes exceeds per-table limit of {MAX_LOCAL_INDEXES}"
        )


def _check_global_index(index: Body, defined: list[str], billing_mode: str | None) -> None:
    _check_keys(index["KeySchema"], defined, most=MAX_KEY_ATTRIBUTES)
    _check_projection(index["Projection"])
    name, units = index["IndexName"], index.get("ProvisionedThroughput")
    if billing_mode == "PAY_PER_REQUEST":
        if units is not None:
            raise invalid(
                f"{_INVALID}ProvisionedThroughput should not be specified for index: {name} when BillingMode "
                "is PAY_PER_REQUEST"
            )
    elif units is None:
        # AWS's words for a table that is switched to PROVISIONED; DynamoDB Local refuses this call, too.
        raise invalid(f"{_INVALID}ProvisionedThroughput must be specified for index: {name}")


def _check_projection(projection: Body) -> None:
    kind, names = projection.get("ProjectionType"), projection.get("NonKeyAttributes")
    if kind is None:
        raise invalid(f"{_INVALID}Unknown ProjectionType: null")
    if names is not None and kind != "INCLUDE":
        raise invalid(f"{_INVALID}ProjectionType is {kind}, but NonKeyAttributes is specified")
    if names is None and kind == "INCLUDE":
        # DynamoDB Local refuses it; these words are the lab's.
        raise invalid(f"{_INVALID}ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    if names is not None and len(set(names)) < len(names):
        raise invalid("Cannot have two attributes with the same name")  # DynamoDB Local's words


def _check_new_name(index: Body, names: set[str]) -> None:
    if index["IndexName"] in names:
        raise invalid(f"{_INVALID}Duplicate index name: {index['IndexName']}")
    names.add(index["IndexName"])


def check_count(global_indexes: int) -> None:
    """Refuse more global indexes than a table may have."""
    if global_indexes > MAX_GLOBAL_INDEXES:
        raise invalid(
            f"{_INVALID}GlobalSecondaryIndex count exceeds the per-table limit of {MAX_GLOBAL_INDEXES}"
        )


def check_projected(indexes: Iterable[Body]) -> None:
    """Refuse more attributes in the projections of a table's indexes than are allowed all together."""
    named = sum(len((index.get("Projection") or {}).get("NonKeyAttributes") or ()) for index in indexes)
    if named > MAX_PROJECTED:
        # The words are the lab's.
        raise invalid(
            f"{_INVALID}The indexes of a table project {named} non-key attributes by name; "
            f"the limit is {MAX_PROJECTED}"
        )


# ---- UpdateTable -----------------------------------------------------------------------------


def check_update_table(body: Body, shape: Any) -> None:
    """Refuse an UpdateTable that AWS refuses whatever the table is; see :func:`check_create_table`."""
    check_constraints(shape, body)
    updates: list[dict[str, Any]] = body.get("GlobalSecondaryIndexUpdates") or []
    asked = {name for name, value in body.items() if value is not None and value != []}
    if asked <= {"TableName", "AttributeDefinitions"}:
        raise invalid(
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
            "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required"
        )
    units = body.get("ProvisionedThroughput")
    if body.get("BillingMode") == "PROVISIONED" and units is None:
        raise invalid(f"{_INVALID}ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    if units is not None:
        _check_units(units)
    named: set[str] = set()
    for update in updates:
        actions = [action for action in ("Update", "Create", "Delete") if update.get(action)]
        if not actions:
            raise invalid(
                f"{_INVALID}One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                "GlobalSecondaryIndexUpdate.Delete must not be null"
            )
        name = update[actions[0]]["IndexName"]
        if name in named:
            raise invalid(
                f"{_INVALID}Only one global secondary index update per index is allowed simultaneously. "
                f"Index: {name}"
            )
        named.add(name)


def check_index_updates(
    updates: list[dict[str, Any]],
    local_indexes: Mapping[str, Body],
    global_indexes: Mapping[str, Body],
    defined: list[str],
    billing_mode: str,
) -> None:
    """Refuse changes of global indexes that do not fit the table.

    Parameters
    ----------
    updates : list of dict
        ``GlobalSecondaryIndexUpdates``.
    local_indexes, global_indexes : mapping
        The descriptions of the table's indexes, by name.
    defined : list of str
        The attributes that this call defines: an earlier call's do not count (dynoxide #144).
    billing_mode : str
        As it is after the call.
    """
    if sum("Update" not in update for update in updates) > 1:
        raise ServiceError(
            "LimitExceededException",
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per "
            "table",
        )
    after = dict(global_indexes)
    for update in updates:
        ((action, index),) = ((name, value) for name, value in update.items() if value)
        name = index["IndexName"]
        if action == "Create":
            if name in after or name in local_indexes:
                raise invalid("Attempting to create an index which already exists")
            _check_global_index(index, defined, billing_mode)
            after[name] = index
        elif name not in after:
            raise ServiceError("ResourceNotFoundException", "Requested resource not found")
    check_count(len(after))
    check_projected([*local_indexes.values(), *after.values()])


def check_billing_change(body: Body, standing: str, units: Mapping[str, int]) -> None:
    """Refuse capacity units that do not go with the table's mode, or that change nothing.

    Parameters
    ----------
    body : mapping
    standing : str
        The billing mode before the call.
    units : mapping
        The capacity units before the call.
    """
    asked = body.get("ProvisionedThroughput")
    mode = body.get("BillingMode") or standing
    if asked is None:
        return
    if mode == "PAY_PER_REQUEST":
        raise invalid(_NO_UNITS_ON_DEMAND)
    reads, writes = units.get("ReadCapacityUnits"), units.get("WriteCapacityUnits")
    if standing == mode and (asked["ReadCapacityUnits"], asked["WriteCapacityUnits"]) == (reads, writes):
        raise invalid(
            "The provisioned throughput for the table will not change. The requested value equals the "
            f"current value. Current ReadCapacityUnits provisioned for the table: {reads}. "
            f"Requested ReadCapacityUnits: {reads}. "
            f"Current WriteCapacityUnits provisioned for the table: {writes}. "
            f"Requested WriteCapacityUnits: {writes}. "
            "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher "
            "limits."
        )


CHECKS: Mapping[str, Callable[[Body, Any], None]] = {
    "CreateTable": check_create_table,
    "UpdateTable": check_update_table,
}
"""By the name of the operation: what refuses a request for itself."""
