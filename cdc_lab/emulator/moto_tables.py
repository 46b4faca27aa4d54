"""The one place that touches moto's internals: its DynamoDB tables, journaled.

Known to work with moto 5.2.x. What is used of it: ``DynamoDBBackend`` and ``Table`` (every write of a
table with a ``stream_shard`` calls ``stream_shard.add(old, new)``), ``Item``, ``DynamoType``,
``DynamoHandler`` and ``BackendDict``. Anything else fails at import with the version it met.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, ClassVar

from moto import mock_aws
from moto.core.exceptions import HTTPException
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.moto_api._internal import mock_random
from typing_extensions import override

from cdc_lab.emulator.images import Frozen, Image, normalize, normalize_number
from cdc_lab.emulator.journal import ItemKey, Journal
from cdc_lab.emulator.moto_speed import Faster
from cdc_lab.emulator.tables import TableService
from cdc_lab.errors import LabError, ServiceError

_KNOWN = re.compile(r"5\.2(\.|$)")
if not _KNOWN.match(version("moto")):
    raise LabError(
        f"moto {version('moto')} is installed, and the lab knows the inside of moto 5.2.x only: "
        "pip install 'moto==5.2.*'"
    )


class _Forgetful(list[Any]):
    """moto keeps every Item ever made for its dashboard; the lab's memory stays flat instead."""

    def append(self, _: Any) -> None:
        pass


class _Capture:
    """Stands where moto keeps a table's stream and hears of every write."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def add(self, old: Item | None, new: Item | None) -> None:
        self._table.note(old, new)


def _key_part(value: DynamoType | None) -> tuple[str, Any] | None:
    if value is None:
        return None
    return value.type, normalize_number(value.value) if value.type == "N" else value.value


def _plain(value: DynamoType) -> Any:
    # Numbers are normalized in the live item too, so that reads and images agree.
    tag, raw = value.type, value.value
    if tag == "S":
        return raw
    if tag == "N":
        value.value = normalize_number(raw)
        return value.value
    if tag == "M":
        return {name: {inner.type: _plain(inner)} for name, inner in raw.items()}
    if tag == "L":
        return [{inner.type: _plain(inner)} for inner in raw]
    if tag == "B":
        return _text(raw)
    if tag == "BS":
        return sorted({_text(v) for v in raw})
    if tag == "NS":
        value.value = list(dict.fromkeys(map(normalize_number, raw)))
    return normalize(tag, raw)


def _text(binary: str | bytes) -> str:
    return binary if isinstance(binary, str) else base64.b64encode(binary).decode()


class _Journaled:
    """Mixed into a moto table: its writes go through the journal of the call in progress."""

    backend: LabBackend
    name: str
    table_arn: str
    schema: list[dict[str, str]]
    items: Any
    hash_key_attr: str
    range_key_attr: str | None
    stream_specification: dict[str, Any] | None
    latest_stream_label: str | None

    def note(self, old: Item | None, new: Item | None) -> None:
        item = new if new is not None else old
        assert item is not None
        self.backend.journal.note(self, self.key_of(item), lambda: self._version(old, new), new)

    def _version(self, old: Item | None, new: Item | None) -> Frozen | None:
        if old is None:
            return None
        # An update changes the live item in place: the version that was frozen last is the old one.
        for item in (old, new):
            frozen: Frozen | None = getattr(item, "frozen", None)
            if frozen is not None:
                return frozen
        return self.freeze(old)

    @staticmethod
    def key_of(item: Item) -> ItemKey:
        return (_key_part(item.hash_key), _key_part(item.range_key))

    def freeze(self, item: Item) -> Frozen:
        image: Image = {name: {value.type: _plain(value)} for name, value in item.attrs.items()}
        item.frozen = frozen = Frozen(image)
        return frozen

    def put_back(self, key: ItemKey, version: Frozen | None) -> None:
        hash_key = DynamoType({key[0][0]: key[0][1]})
        range_key = None if key[1] is None else DynamoType({key[1][0]: key[1][1]})
        if version is None:
            rows = self.items.get(hash_key, {}) if range_key else self.items
            rows.pop(range_key or hash_key, None)
            return
        item = Item(hash_key, range_key, version.image())
        item.frozen = version
        if range_key:
            self.items[hash_key][range_key] = item
        else:
            self.items[hash_key] = item

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        # moto backs a whole table up before each transaction; the journal undoes the touched items instead.
        if self.backend.in_transaction:
            return self
        copy = object.__new__(type(self).__mro__[2])
        memo[id(self)] = copy
        from copy import deepcopy

        copy.__dict__.update(
            {k: deepcopy(v, memo) for k, v in self.__dict__.items() if k not in ("backend", "stream_shard")}
        )
        copy.stream_shard = None
        return copy


class LabBackend(DynamoDBBackend):
    """moto's DynamoDB with a journal around each call, and the lab's streams behind its tables."""

    # moto finds a backend's URLs by the name of its module.
    __module__ = "moto.dynamodb.models"
    service: ClassVar[TableService]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.journal = Journal()
        self.in_transaction = False

    # ---- tables ------------------------------------------------------------------------------

    @override
    def create_table(self, name: str, **kwargs: Any) -> Table:
        streams = kwargs.pop("streams", None)
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
        table.__class__ = type(base.__name__, (_Journaled, base), {"__module__": base.__module__})
        table.backend = self
        table.stream_shard = _Capture(table)
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
        items = [self._expiring(table, item) for item in table.all_items()]
        self.service.enable_ttl(
            table.table_arn,
            ttl_spec["AttributeName"],
            lambda key, attribute, now: self._expire(table, key, attribute, now),
            [pair for pair in items if pair is not None],
        )

    def _expiring(self, table: Any, item: Item) -> tuple[ItemKey, Frozen]:
        frozen = getattr(item, "frozen", None) or table.freeze(item)
        return table.key_of(item), frozen

    def _expire(self, table: Any, key: ItemKey, still_due: Callable[[Image], bool], _: float) -> bool:
        """Delete an item as the service does, if it is still due; the record carries its identity (A14)."""
        hash_key = DynamoType({key[0][0]: key[0][1]})
        range_key = None if key[1] is None else DynamoType({key[1][0]: key[1][1]})
        item = table.get_item(hash_key, range_key)
        if item is None or not still_due(self._expiring(table, item)[1].image()):
            return False
        with self.service.lock:
            table.delete_item(hash_key, range_key)
            self._publish(service_delete=True)
        return True

    # ---- writes ------------------------------------------------------------------------------

    @override
    def update_item(self, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any) -> Item:
        table: Any = self.get_table(table_name)
        item = self._live(table, key)
        if item is not None:
            # moto changes the item in place and may fail half-way: noted first, it can be put back.
            before = getattr(item, "frozen", None) or table.freeze(item)
            self.journal.note(table, table.key_of(item), lambda: before, item)
        return super().update_item(table_name, key, *args, **kwargs)

    def _live(self, table: Any, key: dict[str, Any]) -> Item | None:
        if table.hash_key_attr not in key or (table.range_key_attr and table.range_key_attr not in key):
            raise MockValidationException("The provided key element does not match the schema")
        return table.get_item(*self.get_keys_value(table, key))  # type: ignore[no-any-return]

    @override
    def transact_write_items(self, transact_items: list[dict[str, Any]]) -> None:
        self.in_transaction = True
        try:
            super().transact_write_items(transact_items)
        finally:
            self.in_transaction = False

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
            image = (after or before).image()  # type: ignore[union-attr]
            names = [table.hash_key_attr, *([table.range_key_attr] if table.range_key_attr else [])]
            self.service.changed(
                table.table_arn,
                key=key,
                keys={name: image[name] for name in names},
                before=before,
                after=after,
                service_delete=service_delete,
            )


class MotoAccount:
    """moto, started for one lab: every service but streams and Lambda answers from here.

    Parameters
    ----------
    service : TableService
        Hears of every change of every table.
    seed : int
        For the ids that moto makes up.
    """

    def __init__(self, service: TableService, seed: int, account_id: str) -> None:
        self.account_id = account_id
        self._mock = mock_aws()
        self._mock.start()
        mock_random.seed(seed)
        self._faster = Faster()
        self._faster.enter()
        LabBackend.service = service
        for model in (Item, Table):
            model.instances_tracked = _Forgetful()
        self._backend_class = dynamodb_backends.backend
        dynamodb_backends.clear()
        dynamodb_backends.backend = LabBackend

    def close(self) -> None:
        """Stop moto and forget everything."""
        self._faster.leave()
        dynamodb_backends.clear()
        dynamodb_backends.backend = self._backend_class
        self._mock.stop()

    def dynamodb(self, operation: str, body: dict[str, Any], region: str) -> Any:
        """Answer one DynamoDB call.

        Parameters
        ----------
        operation : str
            ``PutItem``.
        body : dict
            The request in wire form (binary values as base64 text); it is kept, not copied.
        region : str

        Returns
        -------
        dict
            moto's answer before it is serialized: binary values as bytes.

        Raises
        ------
        ServiceError
            With the fields of the error's shape.
        """
        backend: LabBackend = dynamodb_backends[self.account_id][region]  # type: ignore[assignment]
        handler = DynamoHandler()
        handler.body = handler.params = body
        handler.region = region
        handler.current_account = self.account_id
        method = getattr(handler, camelcase_to_underscores(operation))
        try:
            return backend.run(method).result
        except HTTPException as error:
            raise _service_error(error) from None


def _service_error(error: HTTPException) -> ServiceError:
    body = json.loads(error.get_body())
    code = body.pop("__type", "InternalServerError").rpartition("#")[2]
    message = body.pop("message", None) or body.pop("Message", "")
    return ServiceError(code, message, error.code or 400, **body)
