"""How asynchronous invocations of a function are tried again, and where the end of each is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cdc_lab.clock import Clock
from cdc_lab.emulator.lambda_.functions import LATEST
from cdc_lab.emulator.lambda_.pages import page
from cdc_lab.emulator.lambda_.regions import Named
from cdc_lab.emulator.lambda_.validation import invalid
from cdc_lab.emulator.local_time import local_time
from cdc_lab.errors import ServiceError

# The Lambda guide's page "Capturing records of Lambda asynchronous invocations".
_DESTINATIONS = {
    "OnSuccess": ("sqs", "sns", "lambda", "events"),
    "OnFailure": ("sqs", "sns", "s3", "lambda", "events"),
}


@dataclass(frozen=True)
class InvokeConfig:
    """What ``PutFunctionEventInvokeConfig`` sets, with AWS's defaults.

    Attributes
    ----------
    max_retries : int
        After the first attempt.
    max_age : int
        Seconds.
    on_success, on_failure : str
        ARNs; empty for none.
    modified : float
        Epoch seconds.
    """

    max_retries: int = 2
    max_age: int = 21_600
    on_success: str = ""
    on_failure: str = ""
    modified: float = 0.0

    def describe(self, function_arn: str) -> dict[str, Any]:
        """Return the configuration as AWS's responses spell it."""
        return {
            "LastModified": local_time(self.modified),
            "FunctionArn": function_arn,
            "MaximumRetryAttempts": self.max_retries,
            "MaximumEventAgeInSeconds": self.max_age,
            "DestinationConfig": {
                "OnSuccess": {"Destination": self.on_success} if self.on_success else {},
                "OnFailure": {"Destination": self.on_failure} if self.on_failure else {},
            },
        }


class InvokeConfigs:
    """The configurations of all functions, versions and aliases, by their ARN with a qualifier."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._configs: dict[str, InvokeConfig] = {}

    def of(self, function_arn: str) -> InvokeConfig:
        """Return the configuration that is in force for a function, version or alias."""
        return self._configs.get(qualified(function_arn), _DEFAULT)

    def forget(self, function_arn: str) -> None:
        """Take note that a function was deleted."""
        for arn in [arn for arn in self._configs if arn.startswith(f"{function_arn}:")]:
            del self._configs[arn]

    def calls(
        self, named: Callable[[dict[str, Any], str], Named]
    ) -> dict[str, Callable[[dict[str, Any], str], dict[str, Any]]]:
        """Return what answers the operations of Lambda's API.

        Parameters
        ----------
        named : callable
            Gives what a call of a region names; refuses what does not exist.
        """

        def arn_of(params: dict[str, Any], region: str) -> str:
            return qualified(named(params, region).arn)

        def put(params: dict[str, Any], region: str) -> dict[str, Any]:
            return self._change(arn_of(params, region), params, _DEFAULT)

        def update(params: dict[str, Any], region: str) -> dict[str, Any]:
            arn = arn_of(params, region)
            return self._change(arn, params, self._existing(arn))

        def get(params: dict[str, Any], region: str) -> dict[str, Any]:
            arn = arn_of(params, region)
            return self._existing(arn).describe(arn)

        def delete(params: dict[str, Any], region: str) -> dict[str, Any]:
            arn = arn_of(params, region)
            self._existing(arn)
            del self._configs[arn]
            return {}

        def listed(params: dict[str, Any], region: str) -> dict[str, Any]:
            start = f"{named(params, region).function.arn}:"
            found = [one.describe(arn) for arn, one in self._configs.items() if arn.startswith(start)]
            return page("FunctionEventInvokeConfigs", found, params)

        return {
            "PutFunctionEventInvokeConfig": put,
            "UpdateFunctionEventInvokeConfig": update,
            "GetFunctionEventInvokeConfig": get,
            "DeleteFunctionEventInvokeConfig": delete,
            "ListFunctionEventInvokeConfigs": listed,
        }

    def _existing(self, arn: str) -> InvokeConfig:
        config = self._configs.get(arn)
        if config is None:
            raise ServiceError(
                "ResourceNotFoundException",
                f"The function {arn} doesn't have an EventInvokeConfig",
                404,
                Type="User",
            )
        return config

    def _change(self, arn: str, params: Mapping[str, Any], base: InvokeConfig) -> dict[str, Any]:
        changes: dict[str, Any] = {"modified": self._clock.time()}
        if "MaximumRetryAttempts" in params:
            changes["max_retries"] = params["MaximumRetryAttempts"]
        if "MaximumEventAgeInSeconds" in params:
            changes["max_age"] = params["MaximumEventAgeInSeconds"]
        for when, ours in (("OnSuccess", "on_success"), ("OnFailure", "on_failure")):
            if when in params.get("DestinationConfig", {}):
                changes[ours] = _checked(
                    params["DestinationConfig"][when].get("Destination", ""), _DESTINATIONS[when], when
                )
        self._configs[arn] = replace(base, **changes)
        return self._configs[arn].describe(arn)


def qualified(function_arn: str) -> str:
    """Return the ARN of a function with its qualifier; ``$LATEST`` where it has none."""
    return function_arn if function_arn.count(":") > 6 else f"{function_arn}:{LATEST}"


def _checked(arn: str, services: tuple[str, ...], what: str) -> str:
    """Return the ARN of a destination; refuse one of another service, and FIFO resources."""
    if not arn:
        return ""
    service = arn.split(":")[2] if arn.count(":") >= 5 else arn
    if service not in services:
        raise invalid(f"{what} destination {arn} is not supported: use one of {', '.join(services)}.")
    if arn.endswith(".fifo"):
        raise invalid(f"{what} destination {arn} is a FIFO resource, which is not supported.")
    return arn


_DEFAULT = InvokeConfig()
