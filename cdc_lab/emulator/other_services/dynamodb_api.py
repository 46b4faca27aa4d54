"""Answers DynamoDB's calls: item calls by our own code, the life of tables by moto (see ``table_life``)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.validate import ParamValidator
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from werkzeug.exceptions import HTTPException

from cdc_lab.emulator.dynamodb.forms import check_table_name
from cdc_lab.emulator.other_services.dynamodb_refusals import check_supported, not_emulated
from cdc_lab.emulator.other_services.table_checks import CHECKS
from cdc_lab.emulator.other_services.table_life import LabBackend, service_error
from cdc_lab.emulator.other_services.table_tags import OPERATIONS as TAG_CALLS
from cdc_lab.emulator.other_services.table_tags import check_tag_call, check_tags, merged
from cdc_lab.emulator.other_services.template_tables import calls_of
from cdc_lab.emulator.streams.capture import ChangeCapture
from cdc_lab.errors import LabError, ServiceError


class _Forgetful(list[Any]):
    """moto keeps every Item ever made for its dashboard; the lab's memory stays flat instead."""

    def append(self, _: Any) -> None:
        pass


class DynamoDBApi:
    """DynamoDB of one account, as long as it is open.

    Parameters
    ----------
    capture : ChangeCapture
        Hears of every change of every table.
    account_id : str
    """

    def __init__(self, capture: ChangeCapture, account_id: str) -> None:
        self._capture = capture
        self._account_id = account_id

    def open(self, shape: Callable[[str], Any]) -> None:
        """Put our tables in the place of moto's, which was started before.

        Parameters
        ----------
        shape : callable
            What an operation takes, by its name: a shape of botocore's.
        """
        self._shape = shape
        LabBackend.capture = self._capture
        tracked: list[Any] = [Item, Table]
        for model in tracked:
            model.instances_tracked = _Forgetful()
        self._backend_class = dynamodb_backends.backend
        dynamodb_backends.clear()
        dynamodb_backends.backend = LabBackend
        self._from_template = vars(Table)["create_from_cloudformation_json"]
        self._replace(self._create_from_template)

    def close(self) -> None:
        """Put moto's back and forget ours."""
        self._replace(self._from_template)
        for account in dynamodb_backends.values():
            account.clear()  # moto's caches keep each account for ever
        dynamodb_backends.clear()
        dynamodb_backends.backend = self._backend_class
        del LabBackend.capture

    @staticmethod
    def _replace(maker: Any) -> None:
        # moto makes a template's tables by its own models, where no check of a request is made.
        Table.create_from_cloudformation_json = maker  # type: ignore[method-assign]

    def _create_from_template(
        self, name: str, template: dict[str, Any], account_id: str, region: str, **_: Any
    ) -> Table:
        try:
            for operation, body in calls_of(name, template["Properties"], self._shape("CreateTable")):
                wrong = ParamValidator().validate(body, self._shape(operation))  # as boto3 does first
                if wrong.has_errors():
                    found = "; ".join(wrong.generate_report().splitlines())
                    raise LabError(f"the template's table {name} is refused: {found}")
                self.call(operation, body, region)
        except ServiceError as error:
            raise LabError(f"the template's table {name} is refused: {error.code}: {error.message}") from None
        return dynamodb_backends[account_id][region].get_table(name)

    def call(self, operation: str, body: dict[str, Any], region: str) -> Any:
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
        backend: LabBackend = dynamodb_backends[self._account_id][region]  # type: ignore[assignment]
        own = backend.calls.get(operation)
        if own is not None:
            return backend.run(partial(own, body))
        check_supported(operation, body)
        self._check(operation, body, backend)
        try:
            return backend.completed(backend.run(partial(self._motos_answer, operation, body, region)))
        except HTTPException as error:
            raise service_error(error) from None

    def _check(self, operation: str, body: dict[str, Any], backend: LabBackend) -> None:
        """Refuse what AWS refuses of the request for itself, and moto does not."""
        if operation != "CreateTable" and isinstance(body.get("TableName"), str):
            check_table_name(body["TableName"])
        if operation in CHECKS:
            CHECKS[operation](body, self._shape(operation))
        elif operation in TAG_CALLS:
            check_tag_call(operation, body, self._shape(operation), self._account_id)
            if body.get("NextToken") is not None:
                backend.check_tag_token(body["ResourceArn"], body["NextToken"])
        if operation == "CreateTable":
            check_tags(body.get("Tags") or ())
            merged([], {tag["Key"]: tag["Value"] for tag in body.get("Tags") or ()})

    def _motos_answer(self, operation: str, body: dict[str, Any], region: str) -> Any:
        handler = DynamoHandler()
        handler.body = handler.params = body
        handler.region = region
        handler.current_account = self._account_id
        method = getattr(handler, camelcase_to_underscores(operation), None)
        if method is None:
            raise not_emulated(operation)
        with self._capture.clock.as_process_time():
            return method().result
