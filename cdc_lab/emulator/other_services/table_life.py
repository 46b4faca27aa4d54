"""The one place that touches moto's internals: the life of DynamoDB's tables.

moto creates, describes, changes and deletes tables; their items are the lab's own (``dynamodb.table``).

Known to work with moto 5.2.x. What is used of it: ``DynamoDBBackend``, ``Table`` (its schema, indexes and
settings), ``Item``, ``DynamoType``, ``DynamoHandler`` and ``BackendDict``. Anything else fails at import with
the version it met.
"""

from __future__ import annotations

import json
import random
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, ClassVar

import moto
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Backup
from moto.dynamodb.models.table import Table as MotoTable
from typing_extensions import override
from werkzeug.exceptions import HTTPException

from cdc_lab.emulator.dynamodb.api import item_calls
from cdc_lab.emulator.dynamodb.attribute_values import invalid
from cdc_lab.emulator.dynamodb.claims import Claims
from cdc_lab.emulator.dynamodb.forms import check_table_name
from cdc_lab.emulator.dynamodb.images import Image
from cdc_lab.emulator.dynamodb.indexes import Index, index_of
from cdc_lab.emulator.dynamodb.journal import ItemKey, Journal
from cdc_lab.emulator.dynamodb.keys import key_image
from cdc_lab.emulator.dynamodb.table import Table
from cdc_lab.emulator.other_services.table_checks import check_billing_change, check_index_updates
from cdc_lab.emulator.other_services.table_copies import lent, taken
from cdc_lab.emulator.other_services.table_tags import merged, not_found
from cdc_lab.emulator.streams.capture import ChangeCapture
from cdc_lab.errors import LabError, ServiceError

_KNOWN = re.compile(r"5\.2(\.|$)")
if not _KNOWN.match(moto.__version__):
    raise LabError(
        f"moto {moto.__version__} is installed, and the lab knows the inside of moto 5.2.x only: "
        "pip install 'moto==5.2.*'"
    )


class LabBackend(DynamoDBBackend):
    """moto's DynamoDB tables, with the lab's items in them and its streams behind them."""

    # moto finds a backend's URLs by the name of its module.
    __module__ = "moto.dynamodb.models"
    capture: ClassVar[ChangeCapture]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.journal = Journal()
        self._claims = Claims(self._note_conflict)
        self._items: dict[str, Table] = {}  # by the table's name
        self._revisions = 0
        self._created = 0
        self._ids: dict[str, str] = {}  # by the table's name
        self._on_demand_since: dict[str, float] = {}
        self.calls = item_calls(self.items_of, self.capture.clock, self._claims, self._at_end_of_call)

    def items_of(self, name: str) -> Table:
        """The items of a table, by its name or its ARN.

        Raises
        ------
        ServiceError
            ``ResourceNotFoundException``: there is no such table.
        """
        found = self._items.get(name)
        if found is None:
            check_table_name(name)
            try:
                found = self._items[self.get_table(name).name]
            except HTTPException as error:
                raise service_error(error) from None
        return found

    # ---- tables ------------------------------------------------------------------------------

    @override
    def create_table(self, name: str, **kwargs: Any) -> MotoTable:  # type: ignore[override]
        view_type = self.capture.view_type(kwargs.pop("streams", None))
        table = super().create_table(name, streams=None, **kwargs)
        self._adopt(table)
        if view_type:
            self._enable(table, view_type)
        return table

    def _adopt(self, table: Any) -> Any:
        kinds = _kinds(table)
        keys = [(table.hash_key_attr, kinds[table.hash_key_attr])]
        if table.range_key_attr is not None:
            keys.append((table.range_key_attr, kinds[table.range_key_attr]))
        items = Table(
            table.name,
            table.table_arn,
            keys,
            _indexes(table, keys),
            self.journal,
            self._claims,
            self.capture.throughput_of(table.table_arn),
        )
        self._items[table.name] = items
        self._created += 1
        self._ids[table.name] = _table_id(table.table_arn, self._created)
        self._on_demand_since.pop(table.name, None)
        self._note_billing(table, items, "")
        taken(table, items)
        return table

    @override
    def update_table(
        self,
        name: str,
        attr_definitions: Any,
        global_index: Any,
        throughput: Any,
        billing_mode: Any,
        *args: Any,
        **kwargs: Any,
    ) -> MotoTable:
        standing = self.get_table(name)
        before = standing.billing_mode or "PROVISIONED"
        asked = {"ProvisionedThroughput": throughput, "BillingMode": billing_mode}
        check_billing_change(asked, before, standing.throughput or {})
        if global_index:
            defined = sorted(one["AttributeName"] for one in attr_definitions or ())
            check_index_updates(
                global_index,
                _described(standing.indexes),
                _described(standing.global_indexes),
                defined,
                billing_mode or before,
            )
        known = {one["AttributeName"]: one for one in standing.attr}
        known |= {one["AttributeName"]: one for one in attr_definitions or ()}
        table = super().update_table(
            name, list(known.values()), global_index, throughput, billing_mode, *args, **kwargs
        )
        items = self._items[table.name]
        items.define_indexes(_indexes(table, items.keys))
        self._note_billing(table, items, before)
        return table

    def _note_billing(self, table: Any, items: Table, before: str) -> None:
        on_demand = table.billing_mode == "PAY_PER_REQUEST"
        if on_demand and before != "PAY_PER_REQUEST":
            self._on_demand_since[table.name] = self.capture.clock.time()
        if items.throughput is not None:
            items.throughput.is_on_demand = on_demand  # refusals differ (D41)

    # ---- tags --------------------------------------------------------------------------------

    @override
    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        table = self._tagged(arn)
        table.tags = merged(table.tags, tags)

    @override
    def untag_resource(self, arn: str, tag_keys: list[str]) -> None:
        self._tagged(arn)
        super().untag_resource(arn, tag_keys)

    @override
    def list_tags_of_resource(self, table_arn: str) -> list[dict[str, str]]:
        self._tagged(table_arn)
        return super().list_tags_of_resource(table_arn)

    def check_tag_token(self, arn: str, token: str) -> None:
        """Refuse a token that no page of a table's tags ended with; the words are the lab's."""
        if all(tag["Key"] != token for tag in self._tagged(arn).tags):
            raise invalid(f"Invalid NextToken: {token}")

    def _tagged(self, arn: str) -> Any:
        found = [table for table in self.tables.values() if table.table_arn == arn]
        if not found:
            raise not_found(arn)
        return found[0]

    @override
    def put_resource_policy(self, resource_arn: str, *args: Any, **kwargs: Any) -> Any:
        known = self.resource_policies.get(resource_arn)
        policy = super().put_resource_policy(resource_arn, *args, **kwargs)
        if policy is not known:
            # moto takes the time, and the lab's stands still between two calls.
            self._revisions += 1
            policy.revision_id = str(int(policy.revision_id) + self._revisions)
        return policy

    # ---- what moto does with all items of a table --------------------------------------------

    @override
    def create_backup(self, table_name: str, backup_name: str) -> Backup:
        if table_name not in self.tables:
            return super().create_backup(table_name, backup_name)
        with lent(self._items[table_name], self.tables[table_name]):
            return super().create_backup(table_name, backup_name)

    @override
    def restore_table_from_backup(self, *args: Any, **kwargs: Any) -> Any:
        return self._adopt(super().restore_table_from_backup(*args, **kwargs))

    @override
    def restore_table_to_point_in_time(self, target_table_name: str, source_table_name: str) -> Any:
        if source_table_name not in self.tables:
            return super().restore_table_to_point_in_time(target_table_name, source_table_name)
        with lent(self._items[source_table_name], self.tables[source_table_name]):
            restored = super().restore_table_to_point_in_time(target_table_name, source_table_name)
        return self._adopt(restored)

    @override
    def export_table(self, *args: Any, **kwargs: Any) -> Any:
        arn = kwargs.get("table_arn") or args[2]
        table = next((one for one in self.tables.values() if one.table_arn == arn), None)
        if table is None:
            return super().export_table(*args, **kwargs)
        with lent(self._items[table.name], table):
            export = super().export_table(*args, **kwargs)
            export.join()  # it runs in a thread, and must find the copies
        return export

    @override
    def describe_export(self, export_arn: str) -> Any:
        if export_arn not in self.table_exports:
            raise ServiceError("ExportNotFoundException", f"Export not found: {export_arn}")
        return super().describe_export(export_arn)

    @override
    def describe_import(self, import_arn: str) -> Any:
        if import_arn not in self.table_imports:
            raise ServiceError("ImportNotFoundException", f"Import not found: {import_arn}")
        return super().describe_import(import_arn)

    @override
    def import_table(self, *args: Any, **kwargs: Any) -> Any:
        done = super().import_table(*args, **kwargs)
        done.join()
        if done.table is not None:
            taken(done.table, self._items[done.table.name])
        return done

    def completed(self, answer: Any) -> Any:
        """An answer of moto's, with what AWS tells beside of a table that it describes.

        Counts and sizes: AWS works them out every six hours or so; the lab always tells what is there now.
        """
        for member in ("Table", "TableDescription"):
            described = answer.get(member) if isinstance(answer, dict) else None
            items = self._items.get(described["TableName"]) if described else None
            if items is None or described is None:
                continue
            name = described["TableName"]
            described |= {
                "ItemCount": len(items),
                "TableSizeBytes": items.size,
                "TableId": self._ids[name],
            }
            # A table that was never paid for by request shows no mode (recorded: R3).
            described.pop("BillingModeSummary", None)
            if name in self._on_demand_since:
                described["BillingModeSummary"] = {
                    "BillingMode": self.tables[name].billing_mode or "PROVISIONED",
                    "LastUpdateToPayPerRequestDateTime": self._on_demand_since[name],
                }
            for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
                indexes = described.pop(kind, None)
                if indexes:  # AWS leaves out a list that is empty
                    described[kind] = [_completed_index(index, items) for index in indexes]
        return answer

    # ---- streams -----------------------------------------------------------------------------

    def _enable(self, table: Any, view_type: str) -> None:
        stream = self.capture.enable_stream(
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
        view_type = self.capture.view_type(stream_specification)
        on = self.capture.streams.current(table.table_arn) is not None
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
            self.capture.streams.disable(table.table_arn)
            table.stream_specification = {"StreamEnabled": False}

    @override
    def delete_table(self, name: str) -> MotoTable:
        table = super().delete_table(name)
        del self._items[table.name]
        self.capture.forget_table(table.table_arn)
        return table

    # ---- time to live ------------------------------------------------------------------------

    @override
    def update_time_to_live(self, table_name: str, ttl_spec: dict[str, Any]) -> None:
        self._check_time_to_live(table_name, ttl_spec)
        super().update_time_to_live(table_name, ttl_spec)
        table: Any = self.get_table(table_name)
        items = self._items[table.name]
        if not ttl_spec["Enabled"]:
            table.ttl.pop("AttributeName", None)
            self.capture.disable_ttl(table.table_arn)
            return
        self.capture.enable_ttl(
            table.table_arn,
            ttl_spec["AttributeName"],
            lambda key, is_due: self._expire(items, key, is_due),
            items.versions(),
        )

    def _check_time_to_live(self, table_name: str, ttl_spec: dict[str, Any]) -> None:
        """Refuse what is so already, and another attribute than the one that is enabled."""
        if table_name not in self.tables:
            return  # moto refuses it
        ttl = self.tables[table_name].ttl
        current = ttl.get("AttributeName") if ttl["TimeToLiveStatus"] == "ENABLED" else None
        if not ttl_spec["Enabled"] and current is None:
            raise invalid("TimeToLive is already disabled")
        if ttl_spec["Enabled"] and current == ttl_spec["AttributeName"]:
            raise invalid("TimeToLive is already enabled")
        if ttl_spec["Enabled"] and current is not None:
            raise invalid(
                f"TimeToLive is active on a different AttributeName: current AttributeName is {current}"
            )

    def _expire(self, table: Table, key: ItemKey, is_due: Callable[[Image], bool]) -> bool:
        """Delete an item as the service does, if it is still due; the record carries its identity (A14).

        Raises
        ------
        ServiceError
            The item belongs to an ongoing transaction.
        """
        with self.capture.lock:
            self._claims.check(table, key)
            version = table.current(key)
            if version is None or not is_due(version.image()):
                return False
            table.store(key, version, None)
            self._publish(service_delete=True)
        return True

    # ---- writes ------------------------------------------------------------------------------

    def run(self, method: Callable[[], Any]) -> Any:
        """Run one API call: all of it happens, with its records, or none of it."""
        with self.capture.lock:
            try:
                result = method()
            except BaseException:
                self.journal.rollback()
                raise
            self._publish()
            return result

    def _at_end_of_call(self, write: Callable[[], None]) -> None:
        self.capture.at_end_of_call(partial(self.run, write))

    def _note_conflict(self, table: Table, key: ItemKey) -> None:
        self.capture.note_conflict(table.name, key_image(table, key))

    def _publish(self, *, service_delete: bool = False) -> None:
        for table, key, before, after in self.journal.commit():
            self.capture.changed(
                table.table_arn,
                key=key,
                keys=key_image(table, key),
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


def _completed_index(index: dict[str, Any], items: Table) -> dict[str, Any]:
    name = index["IndexName"]
    completed = index | items.index_counts(name) | {"IndexArn": f"{items.table_arn}/index/{name}"}
    if "ProvisionedThroughput" in index:
        completed["ProvisionedThroughput"] = {"NumberOfDecreasesToday": 0} | index["ProvisionedThroughput"]
    return completed


def _table_id(arn: str, number: int) -> str:
    """An id that no other table has, also none of the same name before or after."""
    bits = random.Random(f"{arn}:{number}").getrandbits(128)
    return str(uuid.UUID(int=bits, version=4))


def _described(indexes: Iterable[Any]) -> dict[str, dict[str, Any]]:
    return {index.name: index.describe() for index in indexes}


def _kinds(table: Any) -> dict[str, str]:
    return {definition["AttributeName"]: definition["AttributeType"] for definition in table.attr}


def _indexes(table: Any, keys: list[tuple[str, str]]) -> Iterator[Index]:
    kinds = _kinds(table)
    for index in (*table.indexes, *table.global_indexes):
        description = {
            "IndexName": index.name,
            "KeySchema": index.schema,
            "Projection": index.projection or {},
        }
        yield index_of(description, is_local=index in table.indexes, table_keys=keys, kinds=kinds)
