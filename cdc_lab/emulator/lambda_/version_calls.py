"""The calls of boto3's ``lambda`` client that are about versions, aliases and reserved concurrency."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cdc_lab.emulator.lambda_.pages import page
from cdc_lab.emulator.lambda_.regions import FunctionsByRegion
from cdc_lab.emulator.lambda_.versions import FunctionVersions

Call = Callable[[dict[str, Any], str], dict[str, Any]]
"""Answers one call: its parameters, and the region of the client that made it."""


def version_calls(functions: FunctionsByRegion) -> dict[str, Call]:
    """Return who answers which of these calls, by the names of their operations."""

    def function(params: dict[str, Any], region: str) -> FunctionVersions:
        return functions.require(params["FunctionName"], None, region).function

    def publish(params: dict[str, Any], region: str) -> dict[str, Any]:
        version = function(params, region).publish(params.get("Description"), params.get("RevisionId"))
        return version.configuration()

    def list_versions(params: dict[str, Any], region: str) -> dict[str, Any]:
        found = function(params, region)
        latest = found.latest.configuration(found.qualified_arn(found.latest.version))
        rows = [latest, *(version.configuration() for version in found.published.values())]
        return page("Versions", rows, params)

    def create_alias(params: dict[str, Any], region: str) -> dict[str, Any]:
        return function(params, region).create_alias(
            params["Name"], params["FunctionVersion"], params.get("Description", ""), _weights(params) or {}
        )

    def update_alias(params: dict[str, Any], region: str) -> dict[str, Any]:
        return function(params, region).update_alias(
            params["Name"],
            version=params.get("FunctionVersion"),
            description=params.get("Description"),
            weights=_weights(params),
            revision_id=params.get("RevisionId"),
        )

    def get_alias(params: dict[str, Any], region: str) -> dict[str, Any]:
        return function(params, region).describe_alias(params["Name"])

    def delete_alias(params: dict[str, Any], region: str) -> dict[str, Any]:
        # AWS answers this also where there is no such alias (C64).
        function(params, region).aliases.pop(params["Name"], None)
        return {}

    def list_aliases(params: dict[str, Any], region: str) -> dict[str, Any]:
        found, wanted = function(params, region), params.get("FunctionVersion")
        aliases = [alias for alias in found.aliases.values() if wanted in (None, alias.version)]
        return page("Aliases", [alias.describe(found.arn) for alias in aliases], params)

    def put_concurrency(params: dict[str, Any], region: str) -> dict[str, Any]:
        limit = function(params, region).concurrency.limit = params["ReservedConcurrentExecutions"]
        return {"ReservedConcurrentExecutions": limit}

    def get_concurrency(params: dict[str, Any], region: str) -> dict[str, Any]:
        limit = function(params, region).concurrency.limit
        return {} if limit is None else {"ReservedConcurrentExecutions": limit}

    def delete_concurrency(params: dict[str, Any], region: str) -> dict[str, Any]:
        function(params, region).concurrency.limit = None
        return {}

    return {
        "PublishVersion": publish,
        "ListVersionsByFunction": list_versions,
        "CreateAlias": create_alias,
        "UpdateAlias": update_alias,
        "GetAlias": get_alias,
        "DeleteAlias": delete_alias,
        "ListAliases": list_aliases,
        "PutFunctionConcurrency": put_concurrency,
        "GetFunctionConcurrency": get_concurrency,
        "DeleteFunctionConcurrency": delete_concurrency,
    }


def _weights(params: dict[str, Any]) -> dict[str, float] | None:
    routing = params.get("RoutingConfig")
    return None if routing is None else routing.get("AdditionalVersionWeights", {})
