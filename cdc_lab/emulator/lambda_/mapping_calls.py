"""CreateEventSourceMapping and UpdateEventSourceMapping: the kinds of source that the lab emulates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdc_lab.emulator.lambda_.event_source_mapping import parameters as stream_parameters
from cdc_lab.emulator.lambda_.event_source_mapping import queue_parameters
from cdc_lab.emulator.lambda_.event_source_mapping.mapping import StreamMapping
from cdc_lab.emulator.lambda_.event_source_mapping.parameters import Parameters, invalid
from cdc_lab.emulator.lambda_.event_source_mapping.queue_mapping import QueueMapping
from cdc_lab.emulator.lambda_.event_source_mapping.queue_parameters import QueueParameters
from cdc_lab.emulator.lambda_.event_source_mapping.queue_roles import ReadableQueue
from cdc_lab.emulator.lambda_.functions import Function
from cdc_lab.emulator.lambda_.service import LambdaService
from cdc_lab.errors import ServiceError


def create_mapping(
    service: LambdaService, function: Function, params: Mapping[str, Any]
) -> StreamMapping | QueueMapping:
    """Create a mapping, as CreateEventSourceMapping does.

    Raises
    ------
    ServiceError
        For a source that does not exist or that the lab does not emulate, for wrong parameters, and for a
        second mapping of the same source and function (C3).
    """
    arn = params.get("EventSourceArn", "")
    kind = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if kind == "dynamodb":
        return _create_for_stream(service, function, arn, params)
    if kind == "sqs":
        return _create_for_queue(service, function, arn, params)
    raise invalid(
        f"Unrecognized event source: {arn!r}. The lab emulates DynamoDB streams "
        "(arn:aws:dynamodb:<region>:<account>:table/<table>/stream/<label>) and SQS queues "
        "(arn:aws:sqs:<region>:<account>:<queue>)"
    )


def update_mapping(
    service: LambdaService,
    mapping: StreamMapping | QueueMapping,
    function: Function | None,
    params: Mapping[str, Any],
) -> Parameters | QueueParameters:
    """Change a mapping, as UpdateEventSourceMapping does; return the parameters that are to come.

    Parameters
    ----------
    function : Function, optional
        Another function to invoke.
    """
    enabled = params.get("Enabled")
    target = (function.name, function.arn) if function is not None else None
    if isinstance(mapping, StreamMapping):
        changed = mapping.changed(params)
        if function is not None:
            _check_stream_rights(service, function, mapping.source_arn)
        mapping.update(changed, enabled, target)
        return changed
    target_function = function or service.functions.get(mapping.function_name)
    if target_function is not None:
        _check_queue_rights(service, target_function, mapping.source_arn)
        _check_visibility(mapping.queue, target_function)
    asked = mapping.changed(params)
    mapping.update(asked, enabled, target)
    return asked


def _create_for_stream(
    service: LambdaService, function: Function, arn: str, params: Mapping[str, Any]
) -> StreamMapping:
    parameters = stream_parameters.created(params)
    stream = service.streams.get(arn)
    if stream is None:
        raise invalid(f"Stream not found: {arn}")  # C3
    _check_stream_rights(service, function, arn)
    other = _same(service, function, arn)
    if other is not None:
        raise _conflict(
            f'The event source arn (" {arn} ") and function (" {function.name} ") provided mapping already '
            f"exists. Please update or delete the existing mapping with UUID {other.uuid}"
        )
    uuid = service.new_uuid()
    mapping = StreamMapping(
        service,
        stream,
        uuid=uuid,
        arn=_mapping_arn(service, uuid),
        function_name=function.name,
        function_arn=function.arn,
        parameters=parameters,
        enabled=params.get("Enabled", True),
    )
    service.mappings[uuid] = mapping
    return mapping


def _create_for_queue(
    service: LambdaService, function: Function, arn: str, params: Mapping[str, Any]
) -> QueueMapping:
    parameters = queue_parameters.created(params, arn.endswith(".fifo"))
    queue = service.queues.get(arn)
    if queue is None:
        raise invalid(
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
            "SQS Error Message: The specified queue does not exist for this wsdl version."
        )
    _check_queue_rights(service, function, arn)
    _check_visibility(queue, function)
    other = _same(service, function, arn)
    if other is not None:
        raise _conflict(
            f'An event source mapping with SQS arn (" {arn} ") and function (" {function.name} ") already '
            f"exists. Please update or delete the existing mapping with UUID {other.uuid}"
        )
    uuid = service.new_uuid()
    mapping = QueueMapping(
        service,
        queue,
        uuid=uuid,
        arn=_mapping_arn(service, uuid),
        function_name=function.name,
        function_arn=function.arn,
        parameters=parameters,
        enabled=params.get("Enabled", True),
    )
    service.mappings[uuid] = mapping
    return mapping


def _check_stream_rights(service: LambdaService, function: Function, arn: str) -> None:
    # C9: Lambda reads the stream by right of the function's role.
    actions = ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")
    if not all(service.allows(function.arn, f"dynamodb:{action}", arn) for action in actions):
        raise invalid(
            f"Cannot access stream {arn}. Please ensure the role can perform the GetRecords, "
            "GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
        )


def _check_queue_rights(service: LambdaService, function: Function, arn: str) -> None:
    for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
        if not service.allows(function.arn, f"sqs:{action}", arn):
            raise invalid(f"The function execution role does not have permissions to call {action} on SQS")


def _check_visibility(queue: ReadableQueue, function: Function) -> None:
    # The Lambda guide's page "Creating and configuring an Amazon SQS event source mapping".
    if queue.visibility_timeout < function.timeout:
        raise invalid(
            f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than Function timeout: "
            f"{function.timeout:g} seconds"
        )


def _same(service: LambdaService, function: Function, arn: str) -> StreamMapping | QueueMapping | None:
    for mapping in service.mappings.values():
        if (mapping.source_arn, mapping.function_name) == (arn, function.name):
            return mapping
    return None


def _mapping_arn(service: LambdaService, uuid: str) -> str:
    return f"arn:aws:lambda:{service.region}:{service.account_id}:event-source-mapping:{uuid}"


def _conflict(message: str) -> ServiceError:
    return ServiceError("ResourceConflictException", message, 409, Type="User")
