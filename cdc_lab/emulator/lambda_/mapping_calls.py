"""CreateEventSourceMapping and UpdateEventSourceMapping: the kinds of source that the lab emulates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from cdc_lab.emulator.lambda_.event_source_mapping import parameters as stream_parameters
from cdc_lab.emulator.lambda_.event_source_mapping import queue_parameters
from cdc_lab.emulator.lambda_.event_source_mapping.mapping import StreamMapping, no_access
from cdc_lab.emulator.lambda_.event_source_mapping.parameters import Parameters
from cdc_lab.emulator.lambda_.event_source_mapping.queue_mapping import QueueMapping
from cdc_lab.emulator.lambda_.event_source_mapping.queue_parameters import QueueParameters
from cdc_lab.emulator.lambda_.event_source_mapping.queue_roles import ReadableQueue
from cdc_lab.emulator.lambda_.functions import Function
from cdc_lab.emulator.lambda_.regions import Named
from cdc_lab.emulator.lambda_.service import LambdaService
from cdc_lab.emulator.lambda_.validation import invalid
from cdc_lab.errors import ServiceError


def create_mapping(
    service: LambdaService, named: Named, params: Mapping[str, Any]
) -> StreamMapping | QueueMapping:
    """Create a mapping, as CreateEventSourceMapping does.

    Raises
    ------
    ServiceError
        For a source that does not exist or that the lab does not emulate, for wrong parameters, and for a
        second mapping of the same source and function (C3).
    """
    arn = params.get("EventSourceArn", "")
    kind, region = arn.split(":")[2:4] if arn.count(":") >= 5 else ("", "")
    if kind in ("dynamodb", "sqs") and region not in (named.function.region, "ddblocal"):  # C8, C66
        raise invalid(f"Event source region must match Lambda region {named.function.region}.")
    if kind == "dynamodb":
        return _create_for_stream(service, named, arn, params)
    if kind == "sqs":
        return _create_for_queue(service, named, arn, params)
    raise invalid(
        f"Unrecognized event source: {arn!r}. The lab emulates DynamoDB streams "
        "(arn:aws:dynamodb:<region>:<account>:table/<table>/stream/<label>) and SQS queues "
        "(arn:aws:sqs:<region>:<account>:<queue>)"
    )


def update_mapping(
    service: LambdaService,
    mapping: StreamMapping | QueueMapping,
    named: Named | None,
    params: Mapping[str, Any],
) -> Parameters | QueueParameters:
    """Change a mapping, as UpdateEventSourceMapping does; return the parameters that are to come.

    Parameters
    ----------
    named : Named, optional
        Another function, version or alias to invoke.
    """
    enabled = params.get("Enabled")
    target = (named.function.name, named.arn) if named is not None else None
    if isinstance(mapping, StreamMapping):
        changed = mapping.changed(params)
        if named is not None:
            _check_stream_rights(service, named.arn, mapping.source_arn)
        mapping.update(changed, enabled, target)
        return changed
    target_arn = mapping.function_arn if named is None else named.arn
    target_function = service.functions.find(target_arn)
    if target_function is not None:
        _check_queue_rights(service, target_arn, mapping.source_arn)
        _check_visibility(mapping.queue, target_function)
    asked = mapping.changed(params)
    mapping.update(asked, enabled, target)
    return asked


def _create_for_stream(
    service: LambdaService, named: Named, arn: str, params: Mapping[str, Any]
) -> StreamMapping:
    parameters = stream_parameters.created(service.trial.completed(params))
    stream = service.streams.get(arn)
    if stream is None:
        raise invalid(f"Stream not found: {arn}")  # C3
    _check_stream_rights(service, named.arn, arn)
    other = _same(service, named, arn)
    if other is not None:
        raise _conflict(
            f'The event source arn (" {arn} ") and function (" {named.function.name} ") provided mapping '
            f"already exists. Please update or delete the existing mapping with UUID {other.uuid}"
        )
    mapping = StreamMapping(service, stream, parameters=parameters, **_identity(service, named, params))
    service.mappings[mapping.uuid] = mapping
    return mapping


def _create_for_queue(
    service: LambdaService, named: Named, arn: str, params: Mapping[str, Any]
) -> QueueMapping:
    parameters = queue_parameters.created(params, arn.endswith(".fifo"))
    queue = service.queues.get(arn)
    if queue is None:
        raise invalid(
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
            "SQS Error Message: The specified queue does not exist for this wsdl version."
        )
    _check_queue_rights(service, named.arn, arn)
    _check_visibility(queue, named.version)
    other = _same(service, named, arn)
    if other is not None:
        raise _conflict(
            f'An event source mapping with SQS arn (" {arn} ") and function (" {named.function.name} ") '
            f"already exists. Please update or delete the existing mapping with UUID {other.uuid}"
        )
    mapping = QueueMapping(service, queue, parameters=parameters, **_identity(service, named, params))
    service.mappings[mapping.uuid] = mapping
    return mapping


class _Identity(TypedDict):
    """What mappings of all kinds are made with."""

    uuid: str
    arn: str
    function_name: str
    function_arn: str
    enabled: bool


def _identity(service: LambdaService, named: Named, params: Mapping[str, Any]) -> _Identity:
    uuid = service.new_uuid()
    return {
        "uuid": uuid,
        "arn": service.mapping_arn(named.function.region, uuid),
        "function_name": named.function.name,
        "function_arn": named.arn,
        "enabled": params.get("Enabled", True),
    }


def _check_stream_rights(service: LambdaService, function_arn: str, arn: str) -> None:
    # C9: Lambda reads the stream by right of the function's role.
    if not all(service.allows(function_arn, right, arn) for right in StreamMapping.rights):
        raise invalid(no_access(arn))


def _check_queue_rights(service: LambdaService, function_arn: str, arn: str) -> None:
    for right in QueueMapping.rights:
        if not service.allows(function_arn, right, arn):
            action = right.removeprefix("sqs:")
            raise invalid(f"The function execution role does not have permissions to call {action} on SQS")


def _check_visibility(queue: ReadableQueue, function: Function) -> None:
    # The Lambda guide's page "Creating and configuring an Amazon SQS event source mapping".
    if queue.visibility_timeout < function.timeout:
        raise invalid(
            f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than Function timeout: "
            f"{function.timeout:g} seconds"
        )


def _same(service: LambdaService, named: Named, arn: str) -> StreamMapping | QueueMapping | None:
    for mapping in service.mappings.values():
        if (mapping.source_arn, mapping.function_arn) == (arn, named.arn):
            return mapping
    return None


def _conflict(message: str) -> ServiceError:
    return ServiceError("ResourceConflictException", message, 409, Type="User")
