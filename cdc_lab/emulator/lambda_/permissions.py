"""What the role of a function may do, by the policy that it was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cdc_lab.emulator.iam.actions import Request
from cdc_lab.emulator.iam.policies import Policy
from cdc_lab.errors import ServiceError


class Permissions:
    """The role of one function.

    Parameters
    ----------
    function_name, account_id : str
    policy : Policy

    Attributes
    ----------
    role_arn : str
    """

    def __init__(self, function_name: str, account_id: str, policy: Policy) -> None:
        role = f"{function_name}-role"
        self.role_arn = f"arn:aws:iam::{account_id}:role/{role}"
        self._user = f"arn:aws:sts::{account_id}:assumed-role/{role}/{function_name}"
        self._policy = policy

    @classmethod
    def of(cls, function_name: str, account_id: str, document: Mapping[str, Any] | str) -> Permissions:
        """Read a policy document; raise LabError for one that the lab does not understand."""
        return cls(function_name, account_id, Policy.of_identity(document))

    def refusal(self, action: str, resource: str | None) -> str | None:
        """Return why the role may not do that; None when it may."""
        decision = self._policy.decide(action, resource)
        if decision == "allow":
            return None
        if decision == "deny":
            return "with an explicit deny in an identity-based policy"
        return f"because no identity-based policy allows the {action} action"

    def check(self, requests: Sequence[Request]) -> None:
        """Check a call of the handler.

        Raises
        ------
        ServiceError
            With the code and the text of the service that refuses.
        """
        for request in requests:
            why = self.refusal(request.action, request.resource)
            if why is None:
                continue
            shown = request.shown_action
            resource = request.shown_resource
            raise ServiceError(
                request.code,
                f"User: {self._user} is not authorized to perform: {shown} on resource: {resource} "
                f"{why.replace(request.action, shown)}",
                request.status,
            )
