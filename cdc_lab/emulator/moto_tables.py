"""The one place that touches moto's internals: its DynamoDB tables, journaled.

Known to work with moto 5.2.x. What is used of it: ``DynamoDBBackend`` and ``Table`` (every write of a
table with a ``stream_shard`` calls ``stream_shard.add(old, new)``), ``Item``, ``DynamoType``,
``DynamoHandler`` and ``BackendDict``. Anything else fails at import with the version it met.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import moto
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table
from typing_extensions import override
from werkzeug.exceptions import HTTPException

from cdc_lab.emulator import item_calls, item_keys
from cdc_lab.emulator.images import Image
from cdc_lab.emulator.item_keys import ItemTable
from cdc_lab.emulator.journal import ItemKey, Journal
from cdc_lab.emulator.moto_items import JournaledTable
from cdc_lab.emulator.partiql_calls import PartiqlCalls
from cdc_lab.emulator.tables import TableService
from cdc_lab.emulator.transactions import Transactions
from cdc_lab.errors import LabError, ServiceError

_KNOWN = re.compile(r"5\.2(\.|$)")
if not _KNOWN.match(moto.__version__):
    raise LabError(
        f"moto {moto.__version__} is installed, and the lab knows the inside of moto 5.2.x only: "
        "pip install 'moto==5.2.*'"
    )


class LabBackend(DynamoDBBackend):
    """moto's DynamoDB with a journal around each call, and the lab's streams behind its tables."""

    # moto finds a backend's URLs by the name of its module.
    __module__ = "moto.dynamodb.models"
    service: ClassVar[TableService]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.journal = Journal()
        tables = self._table
        transactions = Transactions(tables, self.service.clock)
        statements = PartiqlCalls(tables, transactions)
        self.calls: dict[str, Callable[[item_calls.Body], item_calls.Answer]] = {
            "PutItem": partial(item_calls.put_item, tables),
            "UpdateItem": partial(item_calls.update_item, tables),
            "DeleteItem": partial(item_calls.delete_item, tables),
            "GetItem": partial(item_calls.get_item, tables),
            "BatchWriteItem": partial(item_calls.batch_write_item, tables),
            "TransactWriteItems": transactions.write,
            "ExecuteStatement": statements.execute_statement,
            "BatchExecuteStatement": statements.batch_execute_statement,
            "ExecuteTransaction": statements.execute_transaction,
        }

    def _table(self, name: str) -> ItemTable:
        try:
            table: Any = self.get_table(name)
        except HTTPException as error:
            raise service_error(error) from None
        found: ItemTable = table
        return found

    # ---- tables ------------------------------------------------------------------------------

    @override
    def create_table(self, name: str, **kwargs: Any) -> Table:  # type: ignore[override]
        streams = kwargs.pop("streams", None)
        if streams and "StreamEnabled" not in streams:
            # CloudFormation's specification has no such member: to name a view type is to enable the stream.
            streams = {**streams, "StreamEnabled": True}
        view_type = self.service.view_type(streams)
        table = super().create_table(name, streams=None, **kwargs)
        self._adopt(table)
        if view_type:
            self._enable(table, view_type)
        return table

    @override
    def restore_table_from_backup(self, *args: Any, **kwargs: Any) -> Any:
        return self._adopt(super().restore_table_from_backup(*args, **kwargs))

    @override
    def restore_table_to_point_in_time(self, *args: Any, **kwargs: Any) -> Any:
        return self._adopt(super().restore_table_to_point_in_time(*args, **kwargs))

    def _adopt(self, table: Any) -> Any:
        base = type(table)
        table.__class__ = type(base.__name__, (JournaledTable, base), {"__module__": base.__module__})
        table.adopt(self)
        return table

    def _enable(self, table: Any, view_type: str) -> None:
        stream = self.service.enable_stream(
            table_name=table.name,
            table_arn=table.table_arn,
            view_type=view_type,
            key_schema=table.schema,
            region=self.region_name,
        )
        table.latest_stream_label = stream.label
        table.stream_specification = {"StreamEnabled": True, "StreamViewType": view_type}

    @override
    def update_table_streams(self, table: Any, stream_specification: dict[str, Any]) -> None:
        view_type = self.service.view_type(stream_specification)
        on = self.service.streams.current(table.table_arn) is not None
        if view_type and on:
            raise ServiceError(  # B24
                "ValidationException", f"Table already has an enabled stream: TableName: {table.name}"
            )
        if not view_type and not on:
            raise ServiceError(
                "ValidationException", f"Table has no stream to disable: TableName: {table.name}"
            )
        if view_type:
            self._enable(table, view_type)
        else:
            self.service.streams.disable(table.table_arn)
            table.stream_specification = {"StreamEnabled": False}

    @override
    def delete_table(self, name: str) -> Table:
        table = super().delete_table(name)
        self.service.forget_table(table.table_arn)
        return table

    @override
    def update_time_to_live(self, table_name: str, ttl_spec: dict[str, Any]) -> None:
        super().update_time_to_live(table_name, ttl_spec)
        table: Any = self.get_table(table_name)
        if not ttl_spec["Enabled"]:
            table.ttl.pop("AttributeName", None)
            self.service.disable_ttl(table.table_arn)
            return
        self.service.enable_ttl(
            table.table_arn,
            ttl_spec["AttributeName"],
            lambda key, is_due: self._expire(table, key, is_due),
            table.versions(),
        )

    def _expire(self, table: JournaledTable, key: ItemKey, is_due: Callable[[Image], bool]) -> bool:
        """Delete an item as the service does, if it is still due; the record carries its identity (A14)."""
        with self.service.lock:
            version = table.current(key)
            if version is None or not is_due(version.image()):
                return False
            table.store(key, version, None)
            self._publish(service_delete=True)
        return True

    # ---- writes ------------------------------------------------------------------------------

    @override
    def update_item(self, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any) -> Item:
        # moto changes the item in place and may fail half-way.
        table: Any = self.get_table(table_name)
        table.thaw(item_keys.key_of_request(table, key))
        return super().update_item(table_name, key, *args, **kwargs)

    def run(self, method: Callable[[], Any]) -> Any:
        """Run one API call: all of it happens, with its records, or none of it."""
        with self.service.lock:
            try:
                result = method()
            except BaseException:
                self.journal.rollback()
                raise
            self._publish()
            return result

    def _publish(self, *, service_delete: bool = False) -> None:
        for table, key, before, after in self.journal.commit():
            self.service.changed(
                table.table_arn,
                key=key,
                keys=item_keys.key_image(table, key),
                before=before,
                after=after,
                service_delete=service_delete,
            )


def service_error(error: HTTPException) -> ServiceError:
    """The refusal that one of moto's exceptions is."""
    body = json.loads(error.get_body())
    code = body.pop("__type", "InternalServerError").rpartition("#")[2]
    if code == "ResourceNotFound":  # moto's spelling in two calls
        code = "ResourceNotFoundException"
    message = body.pop("message", None) or body.pop("Message", "")
    return ServiceError(code, message, error.code or 400, **body)
