"""The functions of a template: each with its role, its log group, and the mappings that feed it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cdc_lab.deployment.names import Names, att, ref, sub
from cdc_lab.deployment.observed import MappedSource, RanFunction, World
from cdc_lab.deployment.policies import Grant, grants
from cdc_lab.deployment.resources import Resource
from cdc_lab.deployment.source_calls import SourceCall
from cdc_lab.emulator.lambda_.functions import Function
from cdc_lab.errors import LabError

_LOG_DAYS = 30
# What the answers of Lambda's API show of a parameter that was not given.
_UNSET: dict[str, Any] = {
    "MaximumBatchingWindowInSeconds": 0,
    "ParallelizationFactor": 1,
    "MaximumRetryAttempts": -1,
    "MaximumRecordAgeInSeconds": -1,
    "BisectBatchOnFunctionError": False,
    "TumblingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
    "DestinationConfig": {"OnFailure": {}},
}
_KINDS = {"sqs": "SQS", "sns": "SNS", "s3": "S3"}

_OWN_KEYS = (
    "The destination as it is here needs no right to a key. With a KMS key of your own, allow "
    "kms:GenerateDataKey on it for a bucket, and kms:Decrypt as well for a queue or a topic."
)


def function_resources(
    world: World,
    names: Names,
    unseen: Mapping[str, Sequence[SourceCall]],
    policies: Mapping[str, Mapping[str, Any]],
) -> Iterator[Resource]:
    """Return functions, roles and log groups.

    Parameters
    ----------
    unseen : mapping of str to sequence of SourceCall
        By function, the calls that stand in its source and that no run made.
    policies : mapping of str to policy document
        By function, the policy of its role; of the others it follows from what they did.
    """
    for one in world.functions:
        log_group = names.new_id(one.name, "LogGroup")
        role = names.new_id(one.name, "Role")
        yield Resource(names.functions[one.name], _function(world, names, one, role, log_group), _about(one))
        given = policies.get(one.name)
        statements = (
            list(_of_grants(names, grants(one, world.region, world.account_id), log_group))
            if given is None
            else list(_of_document(names, given))
        )
        listed = "" if given else "\n".join(f"  {call}" for call in unseen.get(one.name, ()))
        why = [_OWN_KEYS] if one.destinations else []
        if listed:
            why.append(
                "These calls stand in the source, and no run made them. The role does not allow them: "
                f"run them in the lab, or add the right by hand.\n{listed}"
            )
        yield Resource(role, _role(statements), "\n".join(why))
        yield Resource(
            log_group,
            {
                "Type": "AWS::Logs::LogGroup",
                "Properties": {"LogGroupName": f"/aws/lambda/{one.name}", "RetentionInDays": _LOG_DAYS},
            },
        )


def handler_of(function: Function) -> str:
    """Return the ``Handler`` setting: module and function, as Lambda's runtime imports it.

    A function of a notebook or of a test stands in ``handler.py`` when it is deployed.
    """
    module = getattr(function.handler, "__module__", "") or ""
    name = str(getattr(function.handler, "__qualname__", ""))
    own = name.rpartition(".")[2]
    if not own.isidentifier():
        raise LabError(
            f"the handler of function {function.name!r} has no name by which Lambda can import it: write it "
            "with def, at the top level of a module"
        )
    is_local = module in ("__main__", "") or "<locals>" in name
    return f"handler.{own}" if is_local else f"{module}.{name}"


def _about(one: RanFunction) -> str:
    if handler_of(one.function).startswith("handler.") and one.function.handler.__module__ != "handler":
        return f"In the lab its handler stood in {one.function.handler.__module__}: put it into handler.py."
    return ""


def _function(world: World, names: Names, one: RanFunction, role: str, log_group: str) -> dict[str, Any]:
    function = one.function
    found: dict[str, Any] = {
        "FunctionName": one.name,
        "CodeUri": ".",
        "Handler": handler_of(function),
        "Role": att(role, "Arn"),
        "MemorySize": int(function.memory_size),
        "Timeout": int(function.timeout),
        "LoggingConfig": {"LogGroup": ref(log_group)},
    }
    if function.environment:
        found["Environment"] = {
            "Variables": {key: names.value(value) for key, value in sorted(function.environment.items())}
        }
    if function.concurrency.limit is not None:
        found["ReservedConcurrentExecutions"] = function.concurrency.limit
    if function.dead_letter:
        kind = function.dead_letter.split(":")[2].upper()
        found["DeadLetterQueue"] = {"Type": kind, "TargetArn": names.arn(function.dead_letter)}
    if one.alias:
        found["AutoPublishAlias"] = one.alias
    if one.asynchronous:
        found["EventInvokeConfig"] = _invoke_config(names, one.asynchronous)
    events = {event_name(names, source): _event(names, source) for source in one.sources}
    if events:
        found["Events"] = events
    return {"Type": "AWS::Serverless::Function", "Properties": found}


def event_name(names: Names, source: MappedSource) -> str:
    """Return the name of a mapping among the events of its function."""
    if source.is_stream:
        table = source.source_arn.split("/")[1]
        return _shown(names.tables[table].removesuffix("Table"), "Stream")
    return _shown(names.queues[source.source_arn.rsplit(":", 1)[1]], "Messages")


def _shown(name: str, kind: str) -> str:
    return f"{name}{kind}"


def mapping_id(names: Names, one: RanFunction, source: MappedSource) -> str:
    """Return the logical id that SAM gives a mapping; ``!Ref`` of it is the UUID."""
    return names.functions[one.name] + event_name(names, source)


def opts_in(source: MappedSource) -> bool:
    """Return whether the template asks for the metrics of a mapping.

    With partial batch responses a function that fails records answers without an error: the metric Errors
    stays 0, and the mapping's own metrics alone tell.
    """
    reports = "ReportBatchItemFailures" in source.parameters.get("FunctionResponseTypes", ())
    return reports or "EventCount" in source.parameters.get("MetricsConfig", {}).get("Metrics", ())


def _event(names: Names, source: MappedSource) -> dict[str, Any]:
    first = ("StartingPosition", "BatchSize")
    found: dict[str, Any] = {key: source.parameters[key] for key in first if key in source.parameters}
    for key, value in source.parameters.items():
        if key in ("MetricsConfig", "DestinationConfig") or value == _UNSET.get(key):
            continue
        found["KmsKeyArn" if key == "KMSKeyArn" else key] = value
    if source.destination:
        kind = _KINDS[source.destination.split(":")[2]]
        target = {"Type": kind, "Destination": names.arn(source.destination)}
        found["DestinationConfig"] = {"OnFailure": target}
    if opts_in(source):
        found["MetricsConfig"] = {"Metrics": ["EventCount"]}
    if not source.enabled:
        found["Enabled"] = False
    if source.is_stream:
        return {"Type": "DynamoDB", "Properties": {"Stream": names.arn(source.source_arn), **found}}
    return {"Type": "SQS", "Properties": {"Queue": names.arn(source.source_arn), **found}}


def _invoke_config(names: Names, config: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "MaximumEventAgeInSeconds": config["MaximumEventAgeInSeconds"],
        "MaximumRetryAttempts": config["MaximumRetryAttempts"],
    }
    kinds = {"sqs": "SQS", "sns": "SNS", "lambda": "Lambda", "events": "EventBridge", "s3": "S3Bucket"}
    told = {
        when: {"Type": kinds[arn.split(":")[2]], "Destination": names.arn(arn)}
        for when in ("OnSuccess", "OnFailure")
        if (arn := config["DestinationConfig"][when].get("Destination", ""))
    }
    return {**found, "DestinationConfig": told} if told else found


def _of_grants(names: Names, found: Sequence[Grant], log_group: str) -> Iterator[dict[str, Any]]:
    for grant in found:
        resource = sub(f"${{{log_group}.Arn}}") if grant.sid == "WriteLogs" else names.arn(grant.resource)
        yield {"Sid": grant.sid, "Effect": "Allow", "Action": list(grant.actions), "Resource": resource}


def _of_document(names: Names, document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the statements of a policy document with references in the place of the lab's ARNs."""
    entries = document["Statement"]
    for entry in [entries] if isinstance(entries, Mapping) else entries:
        resources = [entry["Resource"]] if isinstance(entry["Resource"], str) else entry["Resource"]
        yield {**entry, "Resource": [names.arn(resource) for resource in resources]}


def _role(statements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [
                {
                    "PolicyName": "least-privilege",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)},
                }
            ],
        },
    }
