"""What the roles of an account allow: their own policies and those that are attached, in one document.

They are read where moto keeps them: its IAM answers with policies of stacks as text that is no JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

_AWS = ":iam::aws:policy/"


def policy_of_role(account_id: str, role_arn: str) -> dict[str, Any] | None:
    """Return all statements of a role; None for a role that the account does not have.

    Parameters
    ----------
    account_id, role_arn : str
    """
    from moto.iam.models import iam_backends

    backend = iam_backends[account_id]["aws"]
    name = role_arn.rsplit("/", 1)[-1]
    role = next((one for one in backend.roles.values() if one.name == name), None)
    if role is None:
        return None
    documents: list[Any] = list(role.policies.values())
    for policy in role.managed_policies.values():
        documents += [one.document for one in policy.versions if one.is_default]
    statements: list[Any] = []
    for document in documents:
        read: Mapping[str, Any] = json.loads(document) if isinstance(document, str) else document
        found = read.get("Statement", ())
        statements += [found] if isinstance(found, Mapping) else found
    return {"Version": "2012-10-17", "Statement": statements}


def create_role_of_template(
    name: str, declared: Mapping[str, Any], account_id: str, region: str, **more: Any
) -> Any:
    """Create the role that a template declares, with its ``ManagedPolicyArns``, which moto drops.

    Returns
    -------
    moto's role
        Policies of AWS's own stand among its own: moto does not load them.
    """
    from moto.iam.models import Role, iam_backends

    properties = dict(declared["Properties"])
    own = [
        {**policy, "PolicyDocument": json.dumps(policy["PolicyDocument"])}
        for policy in properties.get("Policies", ())
    ]
    attached = properties.get("ManagedPolicyArns", ())
    for arn in attached:
        if _AWS in arn:
            document = json.dumps(aws_managed(arn.rsplit("/", 1)[-1]))
            own.append({"PolicyName": arn.rsplit("/", 1)[-1], "PolicyDocument": document})
    properties["Policies"] = own
    role: Any = Role.create_from_cloudformation_json(
        name, {**declared, "Properties": properties}, account_id, region, **more
    )
    for arn in attached:
        if _AWS not in arn:
            iam_backends[account_id]["aws"].attach_role_policy(policy_arn=arn, role_name=role.name)
    return role


@cache
def aws_managed(name: str) -> Mapping[str, Any]:
    """Return the document of a policy of AWS's own; without statements for one that is not known."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    known: dict[str, Any] = _parsed(aws_managed_policies_data)
    found: Mapping[str, Any] = known.get(name, {}).get("Document", {})
    return found


@cache
def _parsed(text: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(text)
    return parsed
