"""IAM policies, as far as the lab judges by them: what it does not understand it refuses by name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from cdc_lab.errors import LabError

Decision = Literal["allow", "deny", "silent"]
"""Explicit allow, explicit deny, or no statement about it."""

Context = Mapping[str, str]
"""Condition keys in lower case, with their values."""


class Statement(NamedTuple):
    """One statement.

    Attributes
    ----------
    principals : tuple of str
        ``*``, account ids, ARNs, or names of services; empty in a policy of an identity.
    conditions : tuple of (str, str, tuple of str)
        Operator, key in lower case, values.
    """

    is_allow: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[str, ...] = ()
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...] = ()

    def is_about(self, action: str, resource: str | None, principal: str, context: Context) -> bool:
        """Return whether the statement applies to a request."""
        return (
            any(matches(pattern.lower(), action.lower()) for pattern in self.actions)
            and (resource is None or any(matches(pattern, resource) for pattern in self.resources))
            and (not self.principals or any(p in ("*", principal) for p in self.principals))
            and all(_holds(*condition, context) for condition in self.conditions)
        )


class Policy:
    """A policy document.

    Parameters
    ----------
    statements : sequence of Statement
    """

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._statements = statements

    @classmethod
    def of_identity(cls, document: Mapping[str, Any] | str) -> Policy:
        """Read the policy of a role.

        Parameters
        ----------
        document : dict or str
            Statements with Sid, Effect, Action and Resource; actions and resources may have wildcards.

        Raises
        ------
        LabError
            For what is no policy, and for parts that the lab does not judge by, such as Condition.
        """
        return cls([_statement(entry, ("Action", "Resource")) for entry in _entries(document)])

    @classmethod
    def of_resource(cls, document: Mapping[str, Any] | str) -> Policy:
        """Read the policy of a queue or topic: its statements have principals, and may have conditions.

        Raises
        ------
        LabError
            For what is no policy, and for parts that the lab does not judge by.
        """
        required = ("Action", "Resource", "Principal")
        return cls([_statement(entry, required, ("Condition",)) for entry in _entries(document)])

    def decide(
        self, action: str, resource: str | None, principal: str = "", context: Context | None = None
    ) -> Decision:
        """Judge a request; an explicit deny wins.

        Parameters
        ----------
        action : str
            ``dynamodb:PutItem``.
        resource : str or None
            An ARN; None where the lab does not know what resource the action has: any will do.
        principal : str
            Who asks, for the policy of a resource: ``sns.amazonaws.com``.
        context : mapping, optional
            Condition keys in lower case.
        """
        found = [s for s in self._statements if s.is_about(action, resource, principal, context or {})]
        if any(not statement.is_allow for statement in found):
            return "deny"
        return "allow" if found else "silent"


def matches(pattern: str, text: str) -> bool:
    """Return whether a text matches a pattern with ``*`` and ``?``."""
    parts = {"*": ".*", "?": "."}
    return re.fullmatch("".join(parts.get(c, re.escape(c)) for c in pattern), text, re.DOTALL) is not None


_EXACT = {"StringEquals": True, "ArnEquals": False, "StringLike": False, "ArnLike": False, "Bool": False}
_KEYS = ("aws:sourcearn", "aws:sourceaccount", "aws:securetransport")


def _holds(operator: str, key: str, values: tuple[str, ...], context: Context) -> bool:
    if key not in context:
        return False
    found = context[key]
    if operator == "Bool":
        return found in [value.lower() for value in values]
    return any(found == value if _EXACT[operator] else matches(value, found) for value in values)


def _entries(document: Mapping[str, Any] | str) -> list[Mapping[str, Any]]:
    read: Any = document
    if isinstance(document, str):
        try:
            read = json.loads(document)
        except ValueError as error:
            raise LabError(f"policy {document[:60]!r} is no JSON: {error}") from None
    if not isinstance(read, Mapping) or "Statement" not in read:
        raise LabError(
            f'policy {read!r} has no Statement: write {{"Version": "2012-10-17", "Statement": [...]}}'
        )
    unknown = sorted(set(read) - {"Version", "Id", "Statement"})
    if unknown:
        raise LabError(f"policy has {', '.join(unknown)}: a policy has Version, Id and Statement")
    statements = read["Statement"]
    entries = [statements] if isinstance(statements, Mapping) else list(statements)
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise LabError(f"policy statement {entry!r} is no object")
    return entries


def _statement(entry: Mapping[str, Any], required: Sequence[str], optional: Sequence[str] = ()) -> Statement:
    known = {"Sid", "Effect", *required, *optional}
    for name in entry:
        if name not in known:
            raise LabError(
                f"policy statement {entry.get('Sid', '')!r} has {name}, by which the lab does not judge: it "
                f"understands {', '.join(sorted(known))}"
            )
    for name in ("Effect", *required):
        if name not in entry:
            raise LabError(f"policy statement {dict(entry)!r} has no {name}")
    if entry["Effect"] not in ("Allow", "Deny"):
        raise LabError(f"policy statement has Effect {entry['Effect']!r}: it is Allow or Deny")
    actions = _texts(entry["Action"], "Action")
    for action in actions:
        if action != "*" and not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9*?]+", action):
            raise LabError(f"policy action {action!r}: write service:Action, such as dynamodb:PutItem")
    resources = _texts(entry["Resource"], "Resource")
    for resource in resources:
        if "${" in resource:
            raise LabError(f"policy resource {resource!r} has a variable, which the lab does not fill in")
        if resource != "*" and not resource.startswith("arn:"):
            raise LabError(f"policy resource {resource!r}: write an ARN, or *")
    return Statement(
        entry["Effect"] == "Allow",
        actions,
        resources,
        _principals(entry["Principal"]) if "Principal" in entry else (),
        tuple(_conditions(entry.get("Condition", {}))),
    )


def _texts(value: Any, name: str) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else list(value)
    if not values or not all(isinstance(text, str) for text in values):
        raise LabError(f"policy {name} {value!r}: give a string, or a list of strings")
    return tuple(values)


def _principals(value: Any) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        return tuple(text for one in value.values() for text in _texts(one, "Principal"))
    return _texts(value, "Principal")


def _conditions(value: Mapping[str, Any]) -> list[tuple[str, str, tuple[str, ...]]]:
    found = []
    for operator, keys in value.items():
        for key, values in keys.items():
            if operator not in _EXACT or key.lower() not in _KEYS:
                raise LabError(
                    f"policy condition {operator} {key}: the lab judges by {', '.join(_EXACT)} of "
                    "aws:SourceArn, aws:SourceAccount and aws:SecureTransport"
                )
            texts = [values] if isinstance(values, str | bool) else list(values)
            found.append((operator, key.lower(), tuple(str(text) for text in texts)))
    return found
