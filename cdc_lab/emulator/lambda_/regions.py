"""The functions of an account, region by region."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from cdc_lab.emulator.lambda_.functions import Concurrency, Function
from cdc_lab.emulator.lambda_.validation import invalid
from cdc_lab.emulator.lambda_.versions import FunctionVersions, not_found
from cdc_lab.emulator.regions import partition_of
from cdc_lab.errors import ServiceError

Make = Callable[[str, str, Concurrency], Function]
"""Makes ``$LATEST`` of a function: ``make(region, arn, concurrency)``."""

# A name, a partial ARN or an ARN, each with or without a qualifier.
_REFERENCE = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:)?(?:(?P<region>[a-z]+(?:-[a-z]+)+-\d):)?(?:(?P<account>\d{12}):)?"
    r"(?:function:)?(?P<name>[a-zA-Z0-9-_.]+)(?::(?P<qualifier>.+))?"
)


class Named(NamedTuple):
    """What a call names: a function of the caller's region, and a version or alias of it, if any."""

    function: FunctionVersions
    qualifier: str | None

    @property
    def arn(self) -> str:
        """The function's ARN, with the qualifier that was given."""
        return self.function.qualified_arn(self.qualifier)

    @property
    def version(self) -> Function:
        """The version that is named; it exists."""
        return self.function.require(self.qualifier)


class FunctionsByRegion:
    """The functions of an account: each belongs to one region, and no other sees it.

    Parameters
    ----------
    account_id, home : str
        The lab's account and its region.
    new_versions : callable
        Makes what holds the versions of a function, of its name and ARN.
    """

    def __init__(
        self, account_id: str, home: str, new_versions: Callable[[str, str], FunctionVersions]
    ) -> None:
        self._account_id = account_id
        self._home = home
        self._new_versions = new_versions
        self._functions: dict[tuple[str, str], FunctionVersions] = {}  # by region and name
        # Deployed without a region: how to make it, and the regions in which it was deleted since.
        self._everywhere: dict[str, tuple[Make, set[str]]] = {}

    def arn(self, region: str, name: str) -> str:
        """Return the ARN of a function, without a qualifier."""
        return f"arn:{partition_of(region)}:lambda:{region}:{self._account_id}:function:{name}"

    def deploy(self, name: str, make: Make, region: str | None) -> Function:
        """Deploy a function in one region, or in every region.

        Returns ``$LATEST`` of that region, or of the lab's. Where there is a function of that name, its
        ``$LATEST`` is replaced; its versions, aliases and mappings stay.
        """
        if region is not None:
            return self._deploy_in(region, name, make)
        deployed = self._deploy_in(self._home, name, make)  # what is wrong with it is refused here
        for place, known in self._functions:
            if known == name and place != self._home:
                self._deploy_in(place, name, make)
        self._everywhere[name] = make, set()
        return deployed

    def _deploy_in(self, region: str, name: str, make: Make) -> Function:
        function = self._functions.get((region, name))
        arn = self.arn(region, name)
        if function is None:
            function = self._new_versions(name, arn)
        function.latest = make(region, arn, function.concurrency)
        self._functions[region, name] = function
        return function.latest

    def get(self, region: str, name: str) -> FunctionVersions | None:
        """Return a region's function; None where there is none."""
        found = self._functions.get((region, name))
        if found is None and name in self._everywhere:
            make, deleted = self._everywhere[name]
            if region not in deleted:
                self._deploy_in(region, name, make)
                return self._functions[region, name]
        return found

    def of_region(self, region: str) -> list[FunctionVersions]:
        """Return all functions of a region."""
        for name in self._everywhere:
            self.get(region, name)
        return [function for (place, _), function in self._functions.items() if place == region]

    def delete(self, region: str, name: str) -> None:
        """Delete a region's function, with its versions and aliases."""
        del self._functions[region, name]
        if name in self._everywhere:
            self._everywhere[name][1].add(region)

    def forget(self, name: str) -> None:
        """Delete the function of that name in every region."""
        self._everywhere.pop(name, None)
        for region, known in list(self._functions):
            if known == name:
                del self._functions[region, known]

    def route(self, arn: str) -> Function | None:
        """Return the version that answers an invocation of that ARN; None where there is none."""
        function, qualifier = self._at(arn)
        return None if function is None else function.route(qualifier)

    def find(self, arn: str) -> Function | None:
        """Return the version that an ARN names, of a weighted alias the first; None where there is none."""
        function, qualifier = self._at(arn)
        return None if function is None else function.get(qualifier)

    def _at(self, arn: str) -> tuple[FunctionVersions | None, str | None]:
        region, _, _, name, *qualifier = arn.split(":")[3:]
        return self.get(region, name), qualifier[0] if qualifier else None

    def require(self, reference: str, qualifier: str | None, region: str, version: bool = True) -> Named:
        """Return what a call names.

        Parameters
        ----------
        reference : str
            ``FunctionName``: a name, a partial ARN or an ARN, with or without a qualifier.
        qualifier : str or None
            The call's ``Qualifier``.
        region : str
            Of the client that called.
        version : bool
            Whether the qualifier must exist, too.

        Raises
        ------
        ServiceError
            With AWS's words (C65).
        """
        parts = _REFERENCE.fullmatch(reference)
        if parts is None:
            raise not_found(self.arn(region, reference))
        name, own = parts["name"], parts["qualifier"]
        if parts["account"] not in (None, self._account_id):
            raise ServiceError(  # AWS sends no text with it
                "AccessDeniedException",
                f"{reference} is a function of account {parts['account']}; this one is {self._account_id}",
                403,
            )
        if parts["region"] not in (None, region):
            raise ServiceError(
                "ResourceNotFoundException",
                f"Functions from '{parts['region']}' are not reachable in this region ('{region}')",
                404,
                Type="User",
            )
        if own and qualifier and own != qualifier:
            raise invalid(
                "The derived qualifier from the function name does not match the specified qualifier."
            )
        qualifier = qualifier or own
        function = self.get(region, name)
        if function is None:
            suffix = f":{qualifier}" if qualifier and version else ""
            raise not_found(self.arn(region, name) + suffix)
        if version:
            function.require(qualifier)
        return Named(function, qualifier)
