"""What of Lambda the lab refuses by name: operations and parameters that would have no effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cdc_lab.errors import ServiceError

_DEPLOYS = 'lab.create_function("name", handler) deploys a Python function, and deploys it anew'
_REMEDIES = {
    "CreateFunction": _DEPLOYS,
    "UpdateFunctionCode": _DEPLOYS,
    "UpdateFunctionConfiguration": "lab.create_function(timeout=..., memory_size=...) deploys it anew",
}
_PARAMETERS = {
    ("Invoke", "ClientContext"): "leave it out: the handler's context.client_context is None",
    ("Invoke", "DurableExecutionName"): "leave it out: the lab runs no durable executions",
    ("Invoke", "TenantId"): "leave it out: the lab's functions have no tenants",
    (
        "PublishVersion",
        "CodeSha256",
    ): "use RevisionId: a function of the lab has no archive to take a hash of",
    ("PublishVersion", "PublishTo"): "leave it out: the lab has no capacity providers",
    ("ListFunctions", "MasterRegion"): "leave it out: the lab has no Lambda@Edge",
}


def not_emulated(operation: str, emulated: Iterable[str]) -> ServiceError:
    """Return the refusal of an operation that the lab does not emulate."""
    remedy = _REMEDIES.get(operation, f"it answers {', '.join(sorted(emulated))}")
    return ServiceError("NotImplemented", f"the lab does not emulate lambda {operation}: {remedy}", 501)


def check_supported(operation: str, params: Mapping[str, Any]) -> None:
    """Refuse a parameter that would be accepted and then have no effect."""
    for name in params:
        remedy = _PARAMETERS.get((operation, name))
        if remedy is not None:
            raise ServiceError(
                "NotImplemented", f"the lab does not emulate {name} of lambda {operation}: {remedy}", 501
            )
