"""Functions and layers of CloudFormation's templates: what a template says, deployed in the lab."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cdc_lab.emulator.lambda_.functions import Function
from cdc_lab.emulator.lambda_.service import LambdaService
from cdc_lab.errors import LabError

_READ = (
    "Code",
    "DeadLetterConfig",
    "Environment",
    "FunctionName",
    "Handler",
    "Layers",
    "MemorySize",
    "PackageType",
    "ReservedConcurrentExecutions",
    "Role",
    "Runtime",
    "Timeout",
)
# What changes nothing that the lab shows: where code runs, what it costs, how it is built and watched.
_WITHOUT_EFFECT = (
    "Architectures",
    "CodeSigningConfigArn",
    "Description",
    "EphemeralStorage",
    "KmsKeyArn",
    "LoggingConfig",
    "RecursiveLoop",
    "RuntimeManagementConfig",
    "SnapStart",
    "Tags",
    "TracingConfig",
    "VpcConfig",
)
_TIMEOUT, _MEMORY = (
    inspect.signature(LambdaService.create_function).parameters[n].default for n in ("timeout", "memory_size")
)

PolicyOf = Callable[[str], Mapping[str, Any] | None]
"""Gives what a role (its ARN) allows; None where it is not known."""


class TemplateFunctions:
    """Deploys what templates declare.

    Parameters
    ----------
    service : LambdaService
    clients : callable
        Gives the boto3 client of a service in a region.
    policy_of : PolicyOf
    """

    def __init__(
        self, service: LambdaService, clients: Callable[[str, str], Any], policy_of: PolicyOf
    ) -> None:
        self._service = service
        self._clients = clients
        self._policy_of = policy_of

    def function(self, name: str, properties: Mapping[str, Any], region: str) -> Function:
        """Deploy a function as ``AWS::Lambda::Function`` declares it.

        Raises
        ------
        LabError
            For what the lab lacks: another runtime, an image, a property; and for code that does not import.
        """
        for key in properties:
            if key not in (*_READ, *_WITHOUT_EFFECT):
                raise LabError(
                    f"the lab does not emulate {key} of AWS::Lambda::Function (function {name}): take it out "
                    "of the template"
                )
        runtime = str(properties.get("Runtime", ""))
        if properties.get("PackageType", "Zip") != "Zip":
            raise LabError(
                f"the lab does not run images (function {name}): deploy its handler with lab.create_function"
            )
        if not runtime.startswith("python3"):
            raise LabError(
                f"the lab runs Python, and function {name} has the runtime {runtime!r}: leave it out"
            )
        environment = {
            key: _text(value) for key, value in properties.get("Environment", {}).get("Variables", {}).items()
        }
        folder = self._folder(name, properties.get("Code", {}), region)
        handler = self._service.code.handler(
            name,
            folder,
            properties.get("Handler", "index.handler"),
            properties.get("Layers", ()),
            environment,
        )
        reserved = properties.get("ReservedConcurrentExecutions")
        return self._service.create_function(
            name,
            handler,
            timeout=int(properties.get("Timeout", _TIMEOUT)),
            memory_size=int(properties.get("MemorySize", _MEMORY)),
            environment=environment,
            reserved_concurrency=None if reserved is None else int(reserved),
            policy=self._policy_of(str(properties.get("Role", ""))),
            dead_letter=properties.get("DeadLetterConfig", {}).get("TargetArn", ""),
            region=region,
        )

    def layer(self, arn: str, properties: Mapping[str, Any], region: str) -> None:
        """Take a layer as ``AWS::Lambda::LayerVersion`` declares it."""
        self._service.code.layers[arn] = self._folder(arn, properties.get("Content", {}), region)

    def _folder(self, name: str, code: Any, region: str) -> Path:
        if not isinstance(code, Mapping) or not {"ZipFile", "S3Key"} & code.keys():
            raise LabError(f"{name} has no Code with ZipFile, or with S3Bucket and S3Key")
        if "ZipFile" in code:
            return self._service.code.inline(code["ZipFile"])
        where = (str(code["S3Bucket"]), str(code["S3Key"]))
        local = self._service.code.local.get(where)
        if local is not None:
            return local
        shown = f"s3://{where[0]}/{where[1]}"
        try:
            answer = self._clients("s3", region).get_object(Bucket=where[0], Key=where[1])
        except Exception:
            raise LabError(
                f"the code of {name} is to be at {shown}, where the lab has nothing: put the zip there with "
                'lab.client("s3"), or read the template with Lab.from_template(path)'
            ) from None
        return self._service.code.unpacked(answer["Body"].read(), shown)


def _text(value: Any) -> str:
    # CloudFormation turns numbers and truth values into text.
    return str(value).lower() if isinstance(value, bool) else str(value)
