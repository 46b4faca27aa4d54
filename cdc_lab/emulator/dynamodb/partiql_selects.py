"""SELECT: the Query or Scan that it stands for, or the one item that it names."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any

from cdc_lab.emulator.dynamodb.attribute_values import accept_image, invalid
from cdc_lab.emulator.dynamodb.expressions import Path, compile_condition, compile_projection
from cdc_lab.emulator.dynamodb.expressions.paths import find
from cdc_lab.emulator.dynamodb.images import Image
from cdc_lab.emulator.dynamodb.journal import ItemKey
from cdc_lab.emulator.dynamodb.key_conditions import KeyRange, KeyTerm, key_range, terms_among
from cdc_lab.emulator.dynamodb.keys import Tables
from cdc_lab.emulator.dynamodb.partiql import Statement
from cdc_lab.emulator.dynamodb.queries import (
    Target,
    answer_of,
    check_projected,
    in_range,
    start_of,
    target_of,
)
from cdc_lab.emulator.dynamodb.readings import Reading

Body = dict[str, Any]
Answer = dict[str, Any]


def select(tables: Tables, statement: Statement, body: Body) -> Answer:
    """Answer a SELECT: a page of the items that it finds, and a token for the next.

    Parameters
    ----------
    tables : callable
    statement : Statement
    body : dict
        The call, for ``Limit``, ``NextToken``, ``ConsistentRead`` and ``ReturnConsumedCapacity``.
    """
    paths = _paths(statement)
    options: Body = {
        n: body[n] for n in ("Limit", "ConsistentRead", "ReturnConsumedCapacity") if n in body
    } | {n: statement.body[n] for n in ("TableName", "IndexName") if n in statement.body}
    asked = Reading(None, _condition(statement), paths)
    if statement.body.get("IndexName", "") not in ("", *tables(statement.body["TableName"]).indexes):
        raise invalid("The table does not have the specified index")
    target = target_of(tables, options, asked)
    check_projected(target, options, asked)
    if "NextToken" in body:
        options["ExclusiveStartKey"] = _start(body["NextToken"])
    found = _found(target, statement, options)
    answer = answer_of(target, options, asked._replace(paths=None), found)
    items: list[Image] = answer["Items"]
    page: Answer = {"Items": items if paths is None else [_named(item, paths) for item in items]}
    if "LastEvaluatedKey" in answer:
        page["LastEvaluatedKey"] = answer["LastEvaluatedKey"]
        page["NextToken"] = _token(answer["LastEvaluatedKey"])
    if "ConsumedCapacity" in answer:
        page["ConsumedCapacity"] = answer["ConsumedCapacity"]
    return page


def single_item(tables: Tables, statement: Statement) -> Body | None:
    """The GetItem that a SELECT stands for; None where it asks for anything but one whole key."""
    table = tables(statement.body["TableName"])
    terms, others = _terms(statement)
    key = {term.name: term.values[0] for term in terms if term.operator == "="}
    if "IndexName" in statement.body or others or len(terms) != len(key):
        return None
    if key.keys() != {name for name, _ in table.keys}:
        return None
    found: Body = {"TableName": table.name, "Key": key}
    if "ProjectionExpression" in statement.body:
        projected = statement.body["ProjectionExpression"]
        names = statement.body["ExpressionAttributeNames"]
        used = compile_projection(projected, names).names_used
        found["ProjectionExpression"] = projected
        found["ExpressionAttributeNames"] = {alias: names[alias] for alias in used}
    return found


# ---- which items -----------------------------------------------------------------------------


def _condition(statement: Statement) -> Any:
    if not statement.others:
        return None
    names, values = _placeholders(statement)
    return compile_condition(statement.others[0], names, values)


def _placeholders(statement: Statement) -> tuple[dict[str, str], Image]:
    body = statement.body
    values = accept_image(body.get("ExpressionAttributeValues", {}))
    return body.get("ExpressionAttributeNames", {}), values


def _terms(statement: Statement) -> tuple[list[KeyTerm], int]:
    """What a WHERE clause asks of single attributes, and how many other conditions it has."""
    if not statement.others:
        return [], 0
    return terms_among(statement.others[0], *_placeholders(statement))


def _range(target: Target, statement: Statement) -> KeyRange | None:
    """The part of one partition that a SELECT reads; None: it scans."""
    terms, _ = _terms(statement)
    partition_keys = 1 if target.index is None else target.index.partition_keys
    wanted: list[KeyTerm] = []
    for at, (name, kind) in enumerate(target.keys):
        found = [term for term in terms if term.name == name]
        if any(kind not in typed for term in found for typed in term.values):
            raise invalid(
                f"Key attribute's data type should match its data type in table's schema: Key {name}"
            )
        if at < partition_keys or at + 1 < len(target.keys):
            found = [term for term in found if term.operator == "="]
        if not found:
            break
        wanted.append(found[0])
    return key_range(target.table, target.index, wanted) if len(wanted) >= partition_keys else None


def _found(target: Target, statement: Statement, options: Body) -> Iterable[ItemKey]:
    wanted = _range(target, statement)
    start = start_of(target, options)
    order_by = statement.body.get("OrderBy")
    if order_by is not None and wanted is None:
        raise invalid(
            "Must have at least one non-optional hash key condition in WHERE clause "
            "when using ORDER BY clause."
        )
    if order_by is not None and order_by not in {name for name, _ in target.keys}:
        raise invalid(f"Variable reference {order_by} in ORDER BY clause must be part of the primary key")
    if wanted is None:
        return target.table.order(target.index).scan(start, 0, 1)
    forward = statement.body.get("ScanIndexForward", True)
    return in_range(target.table, target.index, wanted, start, forward=forward)


# ---- what is shown of them -------------------------------------------------------------------


def _paths(statement: Statement) -> tuple[Path, ...] | None:
    if "ProjectionExpression" not in statement.body:
        return None
    paths = tuple(
        compile_projection(part, statement.body["ExpressionAttributeNames"]).paths[0]
        for part in statement.body["ProjectionExpression"].split(", ")
    )
    names = [_name(path) for path in paths]
    for name in names:
        if names.count(name) > 1:
            raise invalid(f"Duplicate identifiers in select clause: {name}")
    return paths


def _name(path: Path) -> str:
    """How DynamoDB names a path: by its last attribute, with the indexes that follow it."""
    last = max(at for at, part in enumerate(path) if isinstance(part, str))
    return str(path[last]) + "".join(f"[{index}]" for index in path[last + 1 :])


def _named(item: Image, paths: tuple[Path, ...]) -> Image:
    found = ((path, find(item, path)) for path in paths)
    return {_name(path): typed for path, typed in found if typed is not None}


# ---- pages -----------------------------------------------------------------------------------


def _token(key: Image) -> str:
    wire = {
        name: {tag: base64.b64encode(raw).decode() if tag == "B" else raw for tag, raw in typed.items()}
        for name, typed in key.items()
    }
    return base64.b64encode(json.dumps(wire).encode()).decode()


def _start(token: str) -> Image:
    try:
        found: Image = json.loads(base64.b64decode(token, validate=True))
    except ValueError:
        raise invalid("Given token is invalid") from None
    return found
