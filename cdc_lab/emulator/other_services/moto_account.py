"""moto, started for one lab (see ``table_life``)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, cast

import boto3
from moto import mock_aws
from moto.core.base_backend import AccountSpecificBackend
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.moto_api._internal import mock_random
from werkzeug.exceptions import HTTPException

from cdc_lab.emulator.other_services.table_life import LabBackend, service_error
from cdc_lab.emulator.streams.capture import TableService
from cdc_lab.errors import ServiceError


class _Forgetful(list[Any]):
    """moto keeps every Item ever made for its dashboard; the lab's memory stays flat instead."""

    def append(self, _: Any) -> None:
        pass


def _session() -> boto3.Session:
    # moto asks a session of its own for the names of the regions, and reads all of botocore's lists again.
    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session()
    return cast(boto3.Session, boto3.DEFAULT_SESSION)


class MotoAccount:
    """moto, started for one lab: every service but streams and Lambda answers from here.

    Parameters
    ----------
    service : TableService
        Hears of every change of every table.
    seed : int
        For the ids that moto makes up.
    passing : sequence of str
        Patterns of addresses that moto lets pass.
    """

    def __init__(
        self, service: TableService, seed: int, account_id: str, passing: Sequence[str] = ()
    ) -> None:
        self.account_id = account_id
        self._mock = mock_aws(config={"core": {"passthrough": {"urls": list(passing)}}} if passing else None)
        self._mock.start()
        mock_random.seed(seed)
        backends: Any = AccountSpecificBackend
        backends.get_session = _session
        LabBackend.service = service
        tracked: list[Any] = [Item, Table]
        for model in tracked:
            model.instances_tracked = _Forgetful()
        self._backend_class = dynamodb_backends.backend
        dynamodb_backends.clear()
        dynamodb_backends.backend = LabBackend

    def close(self) -> None:
        """Stop moto and forget everything."""
        for account in dynamodb_backends.values():
            account.clear()  # moto's caches keep each account for ever: let it hold nothing
        dynamodb_backends.clear()
        dynamodb_backends.backend = self._backend_class
        del LabBackend.service
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
            The answer before it is serialized: binary values as bytes.

        Raises
        ------
        ServiceError
            With the fields of the error's shape.
        """
        backend: LabBackend = dynamodb_backends[self.account_id][region]  # type: ignore[assignment]
        if operation == "UpdateTable" and body.keys() == {"TableName"}:
            raise ServiceError(
                "ValidationException",
                "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
                "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required",
            )
        own = backend.calls.get(operation)
        if own is not None:
            return backend.run(partial(own, body))
        try:
            return backend.counted(backend.run(partial(self._motos_answer, operation, body, region)))
        except HTTPException as error:
            raise service_error(error) from None

    def _motos_answer(self, operation: str, body: dict[str, Any], region: str) -> Any:
        handler = DynamoHandler()
        handler.body = handler.params = body
        handler.region = region
        handler.current_account = self.account_id
        method = getattr(handler, camelcase_to_underscores(operation), None)
        if method is None:
            raise ServiceError("NotImplemented", f"neither the lab nor moto answers {operation}", 501)
        with LabBackend.service.clock.frozen():
            return method().result
