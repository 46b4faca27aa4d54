"""The operations of boto3's ``lambda`` client that the lab answers."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from typing import Any

from cdc_lab.emulator.lambda_.asynchronous import enqueue
from cdc_lab.emulator.lambda_.event_source_mapping import parameters as esm
from cdc_lab.emulator.lambda_.event_source_mapping.mapping import EventSourceMapping
from cdc_lab.emulator.lambda_.functions import Function
from cdc_lab.emulator.lambda_.service import LambdaService
from cdc_lab.errors import ServiceError
from cdc_lab.trace import log_events

_PAGE = 100
_MAX_PAYLOAD_BYTES = {"RequestResponse": 6 * 1024 * 1024, "Event": 1024 * 1024}  # D44


class LambdaApi:
    """Answers the calls of boto3's ``lambda`` client.

    Parameters
    ----------
    service : LambdaService
    """

    def __init__(self, service: LambdaService) -> None:
        self._service = service
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "CreateEventSourceMapping": self._create_mapping,
            "GetEventSourceMapping": lambda params: self._mapping(params).describe(),
            "ListEventSourceMappings": self._list_mappings,
            "UpdateEventSourceMapping": self._update_mapping,
            "DeleteEventSourceMapping": self._delete_mapping,
            "Invoke": self._invoke,
            "GetFunction": lambda params: {"Configuration": self._function(params).configuration()},
            "GetFunctionConfiguration": lambda params: self._function(params).configuration(),
            "ListFunctions": self._list_functions,
            "DeleteFunction": self._delete_function,
        }

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Answer one call; the parameters are spelt as AWS spells them."""
        answer = self._operations.get(operation)
        if answer is None:
            remedy = (
                'lab.create_function("name", handler) deploys a Python function'
                if operation in ("CreateFunction", "UpdateFunctionCode")
                else f"it answers {', '.join(self._operations)}"
            )
            raise ServiceError(
                "NotImplemented", f"the lab does not emulate lambda {operation}: {remedy}", 501
            )
        return answer(params)

    # -- mappings ---------------------------------------------------------------------------------

    def _create_mapping(self, params: dict[str, Any]) -> dict[str, Any]:
        service = self._service
        parameters = esm.created(params)
        function = self._function(params)
        stream_arn = params.get("EventSourceArn", "")
        if ":dynamodb:" not in stream_arn:
            raise _invalid(
                f"Unrecognized event source: {stream_arn!r}. The lab emulates DynamoDB streams: "
                "arn:aws:dynamodb:<region>:<account>:table/<table>/stream/<label>"
            )
        stream = service.streams.get(stream_arn)
        if stream is None:
            raise _invalid(f"Stream not found: {stream_arn}")  # C3
        for other in service.mappings.values():
            if (other.stream_arn, other.function_name) == (stream_arn, function.name):
                raise ServiceError(
                    "ResourceConflictException",
                    f'The event source arn (" {stream_arn} ") and function (" {function.name} ") '
                    "provided mapping already exists. Please update or delete the existing mapping with "
                    f"UUID {other.uuid}",
                    409,
                    Type="User",
                )
        uuid = service.new_uuid()
        mapping = EventSourceMapping(
            service,
            stream,
            uuid=uuid,
            arn=f"arn:aws:lambda:{service.region}:{service.account_id}:event-source-mapping:{uuid}",
            function_name=function.name,
            function_arn=function.arn,
            parameters=parameters,
            enabled=params.get("Enabled", True),
        )
        service.mappings[uuid] = mapping
        self._note_metrics(mapping, parameters)
        return mapping.describe()

    def _note_metrics(self, mapping: EventSourceMapping, parameters: esm.Parameters) -> None:
        self._service.recorder.opt_in(mapping.uuid, "EventCount" in (parameters.metrics or ()))

    def _mapping(self, params: dict[str, Any]) -> EventSourceMapping:
        mapping = self._service.mappings.get(params["UUID"])
        if mapping is None:
            raise ServiceError(
                "ResourceNotFoundException", "The resource you requested does not exist.", 404, Type="User"
            )
        return mapping

    def _update_mapping(self, params: dict[str, Any]) -> dict[str, Any]:
        mapping = self._mapping(params)
        changed = esm.updated(mapping.parameters, params)
        target = None
        if "FunctionName" in params:
            function = self._function(params)
            target = (function.name, function.arn)
        mapping.update(changed, params.get("Enabled"), target)
        self._note_metrics(mapping, changed)
        return {**mapping.describe(), **changed.describe()}

    def _delete_mapping(self, params: dict[str, Any]) -> dict[str, Any]:
        mapping = self._mapping(params)
        mapping.delete()
        return mapping.describe()

    def _list_mappings(self, params: dict[str, Any]) -> dict[str, Any]:
        found = list(self._service.mappings.values())
        if "EventSourceArn" in params:
            found = [mapping for mapping in found if mapping.stream_arn == params["EventSourceArn"]]
        if "FunctionName" in params:
            name = self._function(params).name
            found = [mapping for mapping in found if mapping.function_name == name]
        page, marker = _page([mapping.describe() for mapping in found], params)
        return {"EventSourceMappings": page, **marker}

    # -- functions --------------------------------------------------------------------------------

    def _function(self, params: dict[str, Any]) -> Function:
        return _require_function(self._service, params["FunctionName"])

    def _list_functions(self, params: dict[str, Any]) -> dict[str, Any]:
        page, marker = _page([f.configuration() for f in self._service.functions.values()], params)
        return {"Functions": page, **marker}

    def _delete_function(self, params: dict[str, Any]) -> dict[str, Any]:
        del self._service.functions[self._function(params).name]
        return {}

    def _invoke(self, params: dict[str, Any]) -> dict[str, Any]:
        from botocore.response import StreamingBody

        function = self._function(params)
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
            enqueue(self._service, function.name, text or b"null")
            return {"StatusCode": 202, "Payload": StreamingBody(io.BytesIO(), 0)}
        if function.reserved_concurrency is not None and function.in_flight >= function.reserved_concurrency:
            raise ServiceError(
                "TooManyRequestsException",
                "Rate Exceeded.",
                429,
                Type="User",
                Reason="ReservedFunctionConcurrentInvocationLimitExceeded",
            )
        result = self._service.invoke(function, event)
        body = json.dumps(result.payload, separators=(", ", ": ")).encode()
        answer: dict[str, Any] = {
            "StatusCode": 200,
            "ExecutedVersion": "$LATEST",
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


def _page(rows: list[dict[str, Any]], params: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    try:
        start = int(params.get("Marker") or 0)
    except ValueError:
        raise _invalid(f"Invalid pagination token: {params['Marker']}") from None
    size = min(params.get("MaxItems", _PAGE), _PAGE)
    rest = {"NextMarker": str(start + size)} if start + size < len(rows) else {}
    return rows[start : start + size], rest


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValueException", message, Type="User")


def _require_function(service: LambdaService, name: str) -> Function:
    """The function of that name, partial ARN or ARN; AWS's refusal when there is none."""
    short = name.rsplit("function:", 1)[-1].split(":")[0] if ":" in name else name
    function = service.functions.get(short)
    if function is None:
        raise ServiceError(
            "ResourceNotFoundException",
            f"Function not found: {service.function_arn(short)}",
            404,
            Type="User",
        )
    return function
