"""ExecuteStatement, BatchExecuteStatement and ExecuteTransaction."""

from __future__ import annotations

import re
from typing import Any

from cdc_lab.emulator.dynamodb import partiql, writes
from cdc_lab.emulator.dynamodb.attribute_values import accept_image, invalid
from cdc_lab.emulator.dynamodb.expressions import compile_condition, updated
from cdc_lab.emulator.dynamodb.images import with_bytes
from cdc_lab.emulator.dynamodb.keys import ItemTable, Tables
from cdc_lab.emulator.dynamodb.transactions import Transactions
from cdc_lab.emulator.dynamodb.writes import Answer, Body
from cdc_lab.errors import ServiceError

MAX_BATCH = 25

# Of the batch's errors, those that a write can meet.
_BATCH_CODES = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "DuplicateItemException": "DuplicateItem",
    "ResourceNotFoundException": "ResourceNotFound",
    "ValidationException": "ValidationError",
}


class PartiqlCalls:
    """Answers the three calls.

    Parameters
    ----------
    tables : callable
    transactions : Transactions
        What writes all or nothing.
    """

    def __init__(self, tables: Tables, transactions: Transactions) -> None:
        self._tables = tables
        self._transactions = transactions

    def execute_statement(self, body: Body) -> Answer:
        """Answer ExecuteStatement."""
        items = self._execute(body)[1]
        start = int(body["NextToken"]) if body.get("NextToken", "").isdecimal() else 0
        end = start + body.get("Limit", len(items))
        return {"Items": items[start:end]} | ({"NextToken": str(end)} if end < len(items) else {})

    def batch_execute_statement(self, body: Body) -> Answer:
        """Answer BatchExecuteStatement: each statement succeeds or fails by itself."""
        if len(body["Statements"]) > MAX_BATCH:
            raise invalid(
                "1 validation error detected: Value at 'statements' failed to satisfy constraint: "
                f"Member must have length less than or equal to {MAX_BATCH}"
            )
        return {"Responses": [self._batched(one) for one in body["Statements"]]}

    def _batched(self, one: Body) -> dict[str, Any]:
        named: dict[str, Any] = {}
        try:
            named["TableName"] = partiql.parse(one["Statement"], one.get("Parameters", [])).body["TableName"]
            items = self._execute(one)[1]
        except ServiceError as error:
            code = _BATCH_CODES.get(error.code, error.code)
            return {"Error": {"Code": code, "Message": error.message, **error.fields}, **named}
        return named | ({"Item": items[0]} if items else {})

    def execute_transaction(self, body: Body) -> Answer:
        """Answer ExecuteTransaction: all of its statements write, or all of them read."""
        statements = body["TransactStatements"]
        reading = [partiql.is_select(one["Statement"]) for one in statements]
        if all(reading):
            found = [self._execute(one)[1] for one in statements]
            return {"Responses": [{"Item": items[0]} if items else {} for items in found]}
        if any(reading):
            raise invalid("Can not mix read and write operations in a transaction")
        actions = []
        for one in statements:
            kind, inner = self._call(one)
            if "ReturnValues" in inner:
                raise invalid("RETURNING clause is not supported in ExecuteTransaction")
            actions.append({kind: inner})
        options: Body = {n: body[n] for n in ("ClientRequestToken", "ReturnConsumedCapacity") if n in body}
        try:
            answer = self._transactions.write({"TransactItems": actions, **options})
        except ServiceError as error:
            raise _with_duplicates(error, actions) from None
        return {"Responses": [], **answer}

    def _execute(self, body: Body) -> tuple[str, list[dict[str, Any]]]:
        """Table and items of one statement."""
        if partiql.is_select(body["Statement"]):
            statement = partiql.parse(body["Statement"], body.get("Parameters", []))
            return statement.body["TableName"], select(self._tables, statement)
        kind, inner = self._call(body)
        call = {
            "Put": writes.put_item,
            "Update": writes.update_item,
            "Delete": writes.delete_item,
        }
        if kind == "Delete" and inner.get("ReturnValues", "ALL_OLD") != "ALL_OLD":
            raise invalid("RETURNING of a DELETE can only be ALL OLD *")
        try:
            answer = call[kind](self._tables, inner)
        except ServiceError as error:
            if kind == "Put" and error.code == "ConditionalCheckFailedException":
                raise ServiceError(
                    "DuplicateItemException", "Duplicate primary key exists in table"
                ) from None
            raise
        return inner["TableName"], [answer["Attributes"]] if "Attributes" in answer else []

    def _call(self, body: Body) -> tuple[str, Body]:
        """The call that a statement stands for: its kind, and its parameters with key and condition."""
        kind, inner, terms, others = partiql.parse(body["Statement"], body.get("Parameters", []))
        table = self._tables(inner["TableName"])
        if kind == "Put":
            return kind, inner | {"ConditionExpression": f"attribute_not_exists({_alias(inner, table)})"}
        key = dict(terms)
        names = [name for name, _ in table.keys]
        if not key.keys() >= set(names):
            raise invalid("Where clause does not contain a mandatory equality on all key attributes")
        inner["Key"] = {name: key[name] for name in names}
        # DELETE of what is not there is no error; UPDATE and further conditions ask for an item.
        wanted = [f"attribute_exists({_alias(inner, table)})"] if kind == "Update" else []
        left = list(terms)
        for name in names:
            left.remove((name, key[name]))
        for name, value in left:
            alias, placeholder = f"#w{len(wanted)}", f":w{len(wanted)}"
            inner.setdefault("ExpressionAttributeNames", {})[alias] = name
            inner.setdefault("ExpressionAttributeValues", {})[placeholder] = value
            wanted.append(f"{alias} = {placeholder}")
        wanted += others
        if wanted:
            inner["ConditionExpression"] = " AND ".join(wanted)
        return kind, inner


def select(tables: Tables, statement: partiql.Statement) -> list[dict[str, Any]]:
    """The items that a SELECT finds, as boto3 returns them."""
    body = statement.body
    table = tables(body["TableName"])
    names, values = body.get("ExpressionAttributeNames", {}), body.get("ExpressionAttributeValues", {})
    condition = (
        compile_condition(statement.others[0], names, accept_image(values)) if statement.others else None
    )
    wanted = {key.attribute for key in table.index_keys if key.index_name == body.get("IndexName")}
    if "IndexName" in body and not wanted:
        raise invalid(f"The table does not have the specified index: {body['IndexName']}")
    images = [version.image() for _, version in table.versions()]
    found = [i for i in images if i.keys() >= wanted and (condition is None or condition.holds(i))]
    projected = body.get("ProjectionExpression")
    if projected is not None:
        paths = [_path(text, names) for text in projected.split(", ")]
        found = [updated(image, paths) or {} for image in found]
    return [with_bytes(image) for image in found]


def _path(text: str, names: dict[str, str]) -> tuple[str | int, ...]:
    parts = re.findall(r"#n[0-9]+|\[[0-9]+\]", text)
    return tuple(names[part] if part[0] == "#" else int(part[1:-1]) for part in parts)


def _alias(inner: Body, table: ItemTable) -> str:
    inner.setdefault("ExpressionAttributeNames", {})["#key"] = table.keys[0][0]
    return "#key"


def _with_duplicates(error: ServiceError, actions: list[dict[str, Any]]) -> ServiceError:
    """An INSERT over an item is cancelled as DuplicateItem."""
    reasons = error.fields.get("CancellationReasons")
    if reasons is None:
        return error
    for reason, action in zip(reasons, actions, strict=True):
        if "Put" in action and reason["Code"] == "ConditionalCheckFailed":
            reason.update(Code="DuplicateItem", Message="Duplicate primary key exists in table")
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"{error.message.partition('[')[0]}[{codes}]"
    return ServiceError(error.code, message, error.status, **error.fields)
