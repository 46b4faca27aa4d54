"""The operations of boto3's ``lambda`` client that the lab answers."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from typing import Any

from cdc_lab.emulator.lambda_.asynchronous import enqueue
from cdc_lab.emulator.lambda_.event_source_mapping.mapping import StreamMapping
from cdc_lab.emulator.lambda_.event_source_mapping.queue_mapping import QueueMapping
from cdc_lab.emulator.lambda_.mapping_calls import create_mapping, update_mapping
from cdc_lab.emulator.lambda_.pages import page
from cdc_lab.emulator.lambda_.refusals import check_supported, not_emulated
from cdc_lab.emulator.lambda_.regions import Named
from cdc_lab.emulator.lambda_.service import LambdaService
from cdc_lab.emulator.lambda_.validation import check_model
from cdc_lab.emulator.lambda_.version_calls import Call, version_calls
from cdc_lab.errors import ServiceError
from cdc_lab.trace import log_events

_MAX_PAYLOAD_BYTES = {"RequestResponse": 6 * 1024 * 1024, "Event": 1024 * 1024}  # D44


class LambdaApi:
    """Answers the calls of boto3's ``lambda`` client.

    Parameters
    ----------
    service : LambdaService
    """

    def __init__(self, service: LambdaService) -> None:
        self._service = service
        self._operations: dict[str, Call] = {
            "CreateEventSourceMapping": self._create_mapping,
            "GetEventSourceMapping": self._get_mapping,
            "ListEventSourceMappings": self._list_mappings,
            "UpdateEventSourceMapping": self._update_mapping,
            "DeleteEventSourceMapping": self._delete_mapping,
            "Invoke": self._invoke,
            "GetFunction": lambda params, region: {"Configuration": self._configuration(params, region)},
            "GetFunctionConfiguration": self._configuration,
            "ListFunctions": self._list_functions,
            "DeleteFunction": self._delete_function,
            **version_calls(service.functions),
            **service.invoke_configs.calls(self._named),
        }

    def call(self, operation: str, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Answer one call of a client of that region; the parameters are spelt as AWS spells them."""
        answer = self._operations.get(operation)
        if answer is None:
            raise not_emulated(operation, self._operations)
        check_supported(operation, params)
        if not operation.endswith("EventSourceMapping"):
            check_model(operation, params)
        return answer(params, region)

    # -- mappings ---------------------------------------------------------------------------------

    def _create_mapping(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        mapping = create_mapping(self._service, self._named(params, region), params)
        self._note_metrics(mapping, mapping.parameters.metrics)
        return mapping.describe()

    def _note_metrics(self, mapping: StreamMapping | QueueMapping, metrics: Sequence[str] | None) -> None:
        self._service.recorder.opt_in(mapping.uuid, "EventCount" in (metrics or ()))

    def _mapping(self, params: dict[str, Any], region: str) -> StreamMapping | QueueMapping:
        mapping = self._service.mappings.get(params["UUID"])
        if mapping is None or mapping.region != region:
            raise ServiceError(
                "ResourceNotFoundException", "The resource you requested does not exist.", 404, Type="User"
            )
        return mapping

    def _met(self, params: dict[str, Any], region: str, operation: str) -> StreamMapping | QueueMapping:
        self._service.meet(self._mapping(params, region), operation)
        return self._mapping(params, region)  # if it was being deleted, it may be gone

    def _get_mapping(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        return self._met(params, region, "get").describe()

    def _update_mapping(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        mapping = self._met(params, region, "update")
        named = self._named(params, region) if "FunctionName" in params else None
        changed = update_mapping(self._service, mapping, named, params)
        self._note_metrics(mapping, changed.metrics)
        return mapping.describe(changed)

    def _delete_mapping(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        mapping = self._met(params, region, "delete")
        mapping.delete()
        return mapping.describe()

    def _list_mappings(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        for mapping in self._found(params, region):
            self._service.meet(mapping, "list")
        return page("EventSourceMappings", [one.describe() for one in self._found(params, region)], params)

    def _found(self, params: dict[str, Any], region: str) -> list[StreamMapping | QueueMapping]:
        found = [mapping for mapping in self._service.mappings.values() if mapping.region == region]
        if "EventSourceArn" in params:
            found = [mapping for mapping in found if mapping.source_arn == params["EventSourceArn"]]
        if "FunctionName" in params:
            arn = self._named(params, region).arn
            found = [mapping for mapping in found if mapping.function_arn == arn]
        return found

    # -- functions --------------------------------------------------------------------------------

    def _named(self, params: dict[str, Any], region: str) -> Named:
        return self._service.functions.require(params["FunctionName"], params.get("Qualifier"), region)

    def _configuration(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        named = self._named(params, region)
        return named.version.configuration(named.arn)

    def _list_functions(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        rows = []
        for function in self._service.functions.of_region(region):
            if params.get("FunctionVersion") == "ALL":
                rows.append(function.latest.configuration(function.qualified_arn(function.latest.version)))
                rows += [version.configuration() for version in function.published.values()]
            else:
                rows.append(function.latest.configuration())
        return page("Functions", rows, params)

    def _delete_function(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        functions = self._service.functions
        function, qualifier = functions.require(
            params["FunctionName"], params.get("Qualifier"), region, version=False
        )
        if qualifier is not None:
            function.delete_version(qualifier)
        else:
            functions.delete(region, function.name)
            self._service.invoke_configs.forget(function.arn)
        return {}

    def _invoke(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        from botocore.response import StreamingBody

        named = self._named(params, region)
        kind = params.get("InvocationType", "RequestResponse")
        if kind == "DryRun":
            return {"StatusCode": 204}
        payload = params.get("Payload", b"null")
        text = payload.read() if hasattr(payload, "read") else payload
        _check_payload(text, kind)
        try:
            event = json.loads(text or b"null")
        except ValueError as error:
            raise ServiceError(
                "InvalidRequestContentException",
                f"Could not parse request body into json: {error}",
                Type="User",
            ) from None
        if kind == "Event":
            enqueue(self._service, named.arn, text or b"null")
            return {"StatusCode": 202, "Payload": StreamingBody(io.BytesIO(), 0)}
        if named.function.concurrency.is_used_up:
            raise ServiceError(
                "TooManyRequestsException",
                "Rate Exceeded.",
                429,
                Type="User",
                Reason="ReservedFunctionConcurrentInvocationLimitExceeded",
            )
        version = named.function.route(named.qualifier)
        assert version is not None  # what is named exists, and an alias keeps its versions from deletion
        result = self._service.invoke(version, named.arn, event)
        body = json.dumps(result.payload, separators=(", ", ": ")).encode()
        answer: dict[str, Any] = {
            "StatusCode": 200,
            "ExecutedVersion": version.version,
            "Payload": StreamingBody(io.BytesIO(body), len(body)),
        }
        if result.outcome != "success":
            answer["FunctionError"] = "Unhandled"
        if params.get("LogType") == "Tail":
            recorder = self._service.recorder
            tail = "".join(f"{event.line}\n" for event in log_events(recorder.runs[-1:], recorder.logs))
            answer["LogResult"] = base64.b64encode(tail.encode()[-4096:]).decode()
        return answer


def _check_payload(payload: str | bytes, kind: str) -> None:
    """Refuse an event that is too large for its kind of invocation (D44)."""
    most = _MAX_PAYLOAD_BYTES[kind]
    if len(payload.encode() if isinstance(payload, str) else payload) > most:
        # The code is the service model's. Errors reported from AWS in 2017 and 2022 have this text, and the
        # code RequestEntityTooLargeException.
        raise ServiceError(
            "RequestTooLargeException",
            f"Request must be smaller than {most} bytes for the InvokeFunction operation",
            413,
            Type="User",
        )
