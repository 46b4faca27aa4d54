"""Which item call is answered where."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from cdc_lab.clock import Clock
from cdc_lab.emulator.dynamodb import queries, reads, writes
from cdc_lab.emulator.dynamodb.claims import Claims
from cdc_lab.emulator.dynamodb.keys import Tables
from cdc_lab.emulator.dynamodb.partiql_calls import PartiqlCalls
from cdc_lab.emulator.dynamodb.transactions import AtEndOfCall, Transactions

Body = dict[str, Any]
Answer = dict[str, Any]


def item_calls(
    tables: Tables, clock: Clock, claims: Claims, at_end_of_call: AtEndOfCall
) -> dict[str, Callable[[Body], Answer]]:
    """All calls that read or write items, by the names of their operations.

    Parameters
    ----------
    tables : callable
        Finds a table by its name or its ARN.
    clock : Clock
        For what lasts a while: the tokens of transactions (D20).
    claims : Claims
        Those of the tables.
    at_end_of_call : callable
        See ``Transactions``.

    Returns
    -------
    dict
        Each takes a request in wire form (binary values as base64 text), and returns the answer before it
        is serialized (binary values as bytes).
    """
    transactions = Transactions(tables, clock, claims, at_end_of_call)
    statements = PartiqlCalls(tables, transactions)
    return {
        "PutItem": partial(writes.put_item, tables),
        "UpdateItem": partial(writes.update_item, tables),
        "DeleteItem": partial(writes.delete_item, tables),
        "BatchWriteItem": partial(writes.batch_write_item, tables),
        "TransactWriteItems": transactions.write,
        "GetItem": partial(reads.get_item, tables),
        "BatchGetItem": partial(reads.batch_get_item, tables),
        "TransactGetItems": partial(reads.transact_get_items, tables),
        "Query": partial(queries.query, tables),
        "Scan": partial(queries.scan, tables),
        "ExecuteStatement": statements.execute_statement,
        "BatchExecuteStatement": statements.batch_execute_statement,
        "ExecuteTransaction": statements.execute_transaction,
    }
