"""The versions and aliases of one function: ``$LATEST``, numbered snapshots of it, and names for them.

What AWS answers, and with which words it refuses, was recorded (C64, C65).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cdc_lab.emulator.lambda_.functions import LATEST, Concurrency, Function
from cdc_lab.emulator.lambda_.validation import invalid
from cdc_lab.errors import ServiceError


@dataclass
class Alias:
    """A name for a version.

    Attributes
    ----------
    weights : dict of str to float
        At most one further version, and the share of invocations that it gets.
    """

    name: str
    version: str
    revision_id: str
    description: str = ""
    weights: dict[str, float] = field(default_factory=dict)

    def describe(self, function_arn: str) -> dict[str, Any]:
        """Return the alias as AWS's responses show it."""
        described: dict[str, Any] = {
            "AliasArn": f"{function_arn}:{self.name}",
            "Name": self.name,
            "FunctionVersion": self.version,
            "Description": self.description,
            "RevisionId": self.revision_id,
        }
        if self.weights:
            described["RoutingConfig"] = {"AdditionalVersionWeights": dict(self.weights)}
        return described


class FunctionVersions:
    """One function of one region.

    Parameters
    ----------
    name, arn : str
    seed : int
        Decides which version a weighted alias invokes.
    new_id : callable
        Makes revision ids.

    Attributes
    ----------
    latest : Function
    published : dict of str to Function
        By number, oldest first.
    aliases : dict of str to Alias
    concurrency : Concurrency
    """

    latest: Function

    def __init__(self, name: str, arn: str, seed: int, new_id: Callable[[], str]) -> None:
        self.name = name
        self.arn = arn
        self.published: dict[str, Function] = {}
        self.aliases: dict[str, Alias] = {}
        self.concurrency = Concurrency()
        self._new_id = new_id
        self._count = 0
        self._random = random.Random(f"{seed}:aliases:{arn}")

    def __repr__(self) -> str:
        return f"<FunctionVersions {self.name} published={list(self.published)} aliases={list(self.aliases)}>"

    @property
    def region(self) -> str:
        """The region that it belongs to."""
        return self.arn.split(":")[3]

    def qualified_arn(self, qualifier: str | None) -> str:
        """Return the ARN with that qualifier, or without one."""
        return f"{self.arn}:{qualifier}" if qualifier else self.arn

    # -- looking up -------------------------------------------------------------------------------

    def get(self, qualifier: str | None) -> Function | None:
        """Return the version of that number or alias; None where there is none."""
        if qualifier is None or qualifier == LATEST:
            return self.latest
        alias = self.aliases.get(qualifier)
        return self._version(qualifier if alias is None else alias.version)

    def route(self, qualifier: str | None) -> Function | None:
        """Return the version that answers an invocation: a weighted alias draws one by the seed."""
        alias = self.aliases.get(qualifier or "")
        if alias is None or not alias.weights:
            return self.get(qualifier)
        ((other, weight),) = alias.weights.items()
        return self._version(other if self._random.random() < weight else alias.version)

    def require(self, qualifier: str | None) -> Function:
        """Return the version of that number or alias.

        Raises
        ------
        ServiceError
            ``ResourceNotFoundException``.
        """
        found = self.get(qualifier)
        if found is None:
            raise not_found(self.qualified_arn(qualifier))
        return found

    def _version(self, number: str) -> Function | None:
        return self.latest if number == LATEST else self.published.get(number)

    # -- versions ---------------------------------------------------------------------------------

    def publish(self, description: str | None, revision_id: str | None) -> Function:
        """Take a snapshot of ``$LATEST``; where nothing changed since the last one, return that one."""
        _check_revision(revision_id, self.latest.revision_id)
        last = self.published.get(str(self._count))
        if last is not None and last.is_like(self.latest):
            return last
        self._count += 1
        number = str(self._count)
        text = self.latest.description if description is None else description
        self.published[number] = self.latest.snapshot(number, text, self._new_id())
        self.latest.revision_id = self._new_id()
        return self.published[number]

    def delete_version(self, qualifier: str) -> None:
        """Delete one version; a number that is unknown does nothing.

        Raises
        ------
        ServiceError
            For an alias, for ``$LATEST``, and for a version that an alias names.
        """
        if qualifier == LATEST:
            raise invalid("$LATEST version cannot be deleted without deleting the function.")
        if not qualifier.isdigit():
            raise invalid("Deletion of aliases is not currently supported.")
        users = [
            alias.name for alias in self.aliases.values() if qualifier in (alias.version, *alias.weights)
        ]
        if users:
            raise ServiceError(
                "ResourceConflictException",
                f"Unable to delete version because the following aliases reference it: [{', '.join(users)}]",
                409,
                Type="User",
            )
        self.published.pop(qualifier, None)

    # -- aliases ----------------------------------------------------------------------------------

    def create_alias(
        self, name: str, version: str, description: str, weights: dict[str, float]
    ) -> dict[str, Any]:
        """Name a version; the answer describes the alias."""
        self.require(version)
        if name in self.aliases:
            raise ServiceError(
                "ResourceConflictException",
                f"Alias already exists: {self.qualified_arn(name)}",
                409,
                Type="User",
            )
        self._check_weights(version, weights)
        self.aliases[name] = Alias(name, version, self._new_id(), description, dict(weights))
        return self.aliases[name].describe(self.arn)

    def update_alias(
        self,
        name: str,
        *,
        version: str | None,
        description: str | None,
        weights: dict[str, float] | None,
        revision_id: str | None,
    ) -> dict[str, Any]:
        """Change what is given; every update makes a new revision."""
        alias = self.aliases.get(name)
        if alias is None:
            raise ServiceError(
                "ResourceNotFoundException", f"Alias not found: {self.qualified_arn(name)}", 404, Type="User"
            )
        _check_revision(revision_id, alias.revision_id)
        version = alias.version if version is None else version
        weights = alias.weights if weights is None else dict(weights)
        self.require(version)
        self._check_weights(version, weights)
        alias.version, alias.weights = version, weights
        if description is not None:
            alias.description = description
        alias.revision_id = self._new_id()
        return alias.describe(self.arn)

    def describe_alias(self, name: str) -> dict[str, Any]:
        """Describe one alias."""
        if name not in self.aliases:
            raise ServiceError(
                "ResourceNotFoundException",
                f"Cannot find alias arn: {self.qualified_arn(name)}",
                404,
                Type="User",
            )
        return self.aliases[name].describe(self.arn)

    def _check_weights(self, version: str, weights: dict[str, float]) -> None:
        if len(weights) > 1:
            raise invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
        for other, weight in weights.items():
            where = f"Value '{{{other}={weight}}}' at 'routingConfig.additionalVersionWeights'"
            if not 0 <= weight <= 1:
                raise ServiceError(
                    "ValidationException",
                    f"1 validation error detected: {where} failed to satisfy constraint: Map value must "
                    "satisfy constraint: [Member must have value less than or equal to 1.0, Member must have "
                    "value greater than or equal to 0.0, Member must not be null]",
                )
            if not other.isdigit():
                raise ServiceError(
                    "ValidationException",
                    f"1 validation error detected: {where} failed to satisfy constraint: Map keys must "
                    "satisfy constraint: [Member must have length less than or equal to 1024, Member must "
                    "have length greater than or equal to 1, Member must satisfy regular expression "
                    "pattern: [0-9]+]",
                )
            if version == LATEST:
                raise invalid("$LATEST is not supported for an alias pointing to more than 1 version")
            if other == version:
                raise invalid(
                    f"Invalid function version {version}. Function version {version} is already included in "
                    "routing configuration."
                )
            self.require(other)


def _check_revision(given: str | None, current: str) -> None:
    if given is not None and given != current:
        raise ServiceError(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias "
            "API to retrieve the latest Revision Id",
            412,
            Type="User",
        )


def not_found(arn: str) -> ServiceError:
    """AWS's refusal where there is no such function, version or alias."""
    return ServiceError("ResourceNotFoundException", f"Function not found: {arn}", 404, Type="User")
