"""ExecuteStatement, BatchExecuteStatement and ExecuteTransaction."""

from __future__ import annotations

from typing import Any

from cdc_lab.emulator.dynamodb import partiql, partiql_selects, reads, writes
from cdc_lab.emulator.dynamodb.attribute_values import invalid
from cdc_lab.emulator.dynamodb.capacity import is_wanted
from cdc_lab.emulator.dynamodb.claims import CONFLICT
from cdc_lab.emulator.dynamodb.forms import check_choices
from cdc_lab.emulator.dynamodb.keys import Tables, key_of_request
from cdc_lab.emulator.dynamodb.partiql import Statement
from cdc_lab.emulator.dynamodb.table import Table
from cdc_lab.emulator.dynamodb.throughput import THROTTLED
from cdc_lab.emulator.dynamodb.transactions import Transactions, check_actions
from cdc_lab.emulator.dynamodb.writes import MAX_BATCH, Answer, Body
from cdc_lab.errors import ServiceError

_NO_KEY = "Where clause does not contain a mandatory equality on all key attributes"

# Of the batch's errors, those that a statement can meet.
_BATCH_CODES = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "DuplicateItemException": "DuplicateItem",
    "ResourceNotFoundException": "ResourceNotFound",
    CONFLICT: "TransactionConflict",
    "ValidationException": "ValidationError",
    **THROTTLED,
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

    # ---- one statement -----------------------------------------------------------------------

    def execute_statement(self, body: Body) -> Answer:
        """Answer ExecuteStatement."""
        check_choices(body)
        statement = _parsed(body)
        if statement.kind == "ConditionCheck":
            raise invalid("EXISTS can only be used in ExecuteTransaction write requests.")
        if statement.kind == "Select":
            return partiql_selects.select(self._tables, statement, body)
        kind, inner = self._call(statement)
        answer = self._write(kind, inner | _on_failure(body), body)
        found = answer.pop("Attributes", None)
        return {"Items": [] if found is None else [found], **answer}

    def _write(self, kind: str, inner: Body, body: Body) -> Answer:
        call = {"Put": writes.put_item, "Update": writes.update_item, "Delete": writes.delete_item}
        if kind == "Delete" and inner.get("ReturnValues", "ALL_OLD") != "ALL_OLD":
            raise invalid("RETURNING of a DELETE can only be ALL OLD *")
        try:
            return call[kind](self._tables, inner | _options(body))
        except ServiceError as error:
            if kind == "Put" and error.code == "ConditionalCheckFailedException":
                raise ServiceError(
                    "DuplicateItemException", "Duplicate primary key exists in table"
                ) from None
            raise

    # ---- several statements ------------------------------------------------------------------

    def batch_execute_statement(self, body: Body) -> Answer:
        """Answer BatchExecuteStatement: each statement is about one item, and succeeds or fails by itself."""
        statements = body["Statements"]
        if not 1 <= len(statements) <= MAX_BATCH:
            bound = f"less than or equal to {MAX_BATCH}" if statements else "greater than or equal to 1"
            raise invalid(
                "1 validation error detected: Value at 'statements' failed to satisfy constraint: "
                f"Member must have length {bound}"
            )
        check_choices(body)
        prepared = [self._prepared(one) for one in statements]
        good = [one for one in prepared if not isinstance(one, ServiceError)]
        if len({kind == "Get" for kind, _ in good}) > 1:
            raise invalid("Read and write requests together in the same batch is not supported.")
        named = [self._identity(inner) for _, inner in good]
        if len(set(named)) < len(named):
            raise invalid("Provided list of item keys contains duplicates")
        answers = [self._batched(one, body) for one in prepared]
        capacities = [one.pop("ConsumedCapacity") for one in answers if "ConsumedCapacity" in one]
        return {"Responses": answers} | ({"ConsumedCapacity": capacities} if is_wanted(body) else {})

    def _prepared(self, one: Body) -> tuple[str, Body] | ServiceError:
        try:
            statement = _parsed(one)
            if statement.kind == "ConditionCheck":
                raise invalid("EXISTS can only be used in ExecuteTransaction write requests.")
            if statement.kind != "Select":
                kind, inner = self._call(statement)
                return kind, inner | _on_failure(one)
            found = partiql_selects.single_item(self._tables, statement)
            if found is None:
                raise invalid("Only single item select is supported")
            return "Get", found | {n: one[n] for n in ("ConsistentRead",) if n in one}
        except ServiceError as error:
            return error

    def _batched(self, prepared: tuple[str, Body] | ServiceError, body: Body) -> dict[str, Any]:
        if isinstance(prepared, ServiceError):
            return _failed(prepared, {})
        kind, inner = prepared
        named = {"TableName": self._tables(inner["TableName"]).name}
        try:
            if kind == "Get":
                return named | reads.get_item(self._tables, inner | _options(body))
            answer = self._write(kind, inner, body)
        except ServiceError as error:
            return _failed(error, named)
        if "Attributes" in answer:
            answer["Item"] = answer.pop("Attributes")
        return named | answer

    def execute_transaction(self, body: Body) -> Answer:
        """Answer ExecuteTransaction: all of its statements write, or all of them read."""
        check_actions(body["TransactStatements"], "transactStatements")
        statements = [_parsed(one) for one in body["TransactStatements"]]
        reading = [statement.kind == "Select" for statement in statements]
        if all(reading):
            gets = [{"Get": self._single(at, one)} for at, one in enumerate(statements)]
            return reads.transact_get_items(self._tables, {"TransactItems": gets, **_options(body)})
        if any(reading):
            raise invalid(
                "ExecuteTransaction API does not support both read and write operations in the same request."
            )
        actions = []
        for at, (statement, one) in enumerate(zip(statements, body["TransactStatements"], strict=True)):
            if statement.kind == "ConditionCheck":
                self._check_exists(at, statement)
            kind, inner = self._call(statement)
            if "ReturnValues" in inner:
                raise invalid("RETURNING clause is not supported in ExecuteTransaction")
            actions.append({kind: inner | _on_failure(one)})
        options = _options(body) | {n: body[n] for n in ("ClientRequestToken",) if n in body}
        try:
            answer = self._transactions.write({"TransactItems": actions, **options})
        except ServiceError as error:
            raise _with_duplicates(error, actions) from None
        return {"Responses": [], **answer}

    def _single(self, at: int, statement: Statement) -> Body:
        found = partiql_selects.single_item(self._tables, statement)
        if found is None:
            raise invalid(
                f"Validation failed in TransactStatements[{at}]: Select statements within ExecuteTransaction "
                "must specify the primary key in the where clause."
            )
        return found

    def _check_exists(self, at: int, statement: Statement) -> None:
        names = {name for name, _ in self._tables(statement.body["TableName"]).keys}
        beside = [name for name, _ in statement.terms if name not in names]
        if not {name for name, _ in statement.terms} >= names or not (beside or statement.others):
            raise invalid(
                f"Validation failed in TransactStatements[{at}]: EXISTS() must contain a single item read "
                "with additional condition"
            )

    # ---- the call that a statement stands for ------------------------------------------------

    def _call(self, statement: Statement) -> tuple[str, Body]:
        """The kind of a write, and its parameters with key and condition."""
        kind, inner, terms, others = statement
        table = self._tables(inner["TableName"])
        if kind == "Put":
            return kind, inner | {"ConditionExpression": f"attribute_not_exists({_alias(inner, table)})"}
        key = dict(terms)
        names = [name for name, _ in table.keys]
        if not key.keys() >= set(names):
            raise invalid(_NO_KEY)
        inner["Key"] = {name: key[name] for name in names}
        # DELETE of what is not there is no error; UPDATE and further conditions ask for an item.
        wanted = [f"attribute_exists({_alias(inner, table)})"] if kind != "Delete" else []
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

    def _identity(self, inner: Body) -> tuple[str, Any]:
        table = self._tables(inner["TableName"])
        given = inner.get("Key") or {n: inner["Item"][n] for n, _ in table.keys if n in inner["Item"]}
        try:
            return table.table_arn, key_of_request(table, given)
        except ServiceError:
            return table.table_arn, id(inner)  # it is refused when its turn comes


def _parsed(body: Body) -> Statement:
    return partiql.parse(body["Statement"], body.get("Parameters", []))


def _options(body: Body) -> Body:
    return {name: body[name] for name in ("ReturnConsumedCapacity",) if name in body}


def _on_failure(one: Body) -> Body:
    """Whether a failed condition of a statement shows the item."""
    name = "ReturnValuesOnConditionCheckFailure"
    return {name: one[name]} if name in one else {}


def _failed(error: ServiceError, named: dict[str, Any]) -> dict[str, Any]:
    code = _BATCH_CODES.get(error.code, error.code)
    shown = {name: value for name, value in error.fields.items() if name == "Item"}
    return {"Error": {"Code": code, "Message": error.message, **shown}, **named}


def _alias(inner: Body, table: Table) -> str:
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
