"""One AWS SAM template from what a lab ran."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cdc_lab.deployment.alarms import OUTPUT, PARAMETERS, TOPIC, Chosen, alarms, dashboard
from cdc_lab.deployment.functions import function_resources
from cdc_lab.deployment.names import Names, att, ref
from cdc_lab.deployment.observed import World, observe
from cdc_lab.deployment.policies import document, grants
from cdc_lab.deployment.resources import data_resources, rules, subscriptions
from cdc_lab.deployment.source_calls import SourceCall, unseen
from cdc_lab.deployment.writing import written
from cdc_lab.emulator.account import Account
from cdc_lab.emulator.iam.actions import Request
from cdc_lab.errors import LabError

_ARCHITECTURES = {"arm64": "arm64", "aarch64": "arm64"}
ARCHITECTURES = ("arm64", "x86_64")


class Template:
    """An AWS SAM template; shown as its YAML.

    Attributes
    ----------
    world : World
        What it was made from.
    text : str
        The template as YAML, with a comment where a choice needs one.
    unseen : dict of str to list of SourceCall
        By function, the calls in its source that no run made: its role does not allow them.
    """

    def __init__(
        self,
        world: World,
        unseen: Mapping[str, Sequence[SourceCall]],
        architecture: str,
        policies: Mapping[str, Mapping[str, Any]] | None = None,
        chosen_alarms: Chosen | None = None,
    ) -> None:
        if architecture not in ARCHITECTURES:
            raise LabError(f"architecture={architecture!r}: Lambda has {' and '.join(ARCHITECTURES)}")
        self.world = world
        self.architecture = architecture
        self.unseen = {name: list(calls) for name, calls in unseen.items() if calls}
        self._own_policies = dict(policies or {})
        self._parameters = PARAMETERS if chosen_alarms is None else {}
        names = Names(world)
        self._resources = [
            *data_resources(world, names),
            *function_resources(world, names, unseen, self._own_policies),
            *subscriptions(world, names),
            *rules(world, names),
            *alarms(world, names, chosen_alarms),
            dashboard(world, names),
        ]
        self._outputs = _outputs(world, names)
        self.text = written(self._head(), self._resources, self._outputs, world.left_out)

    def __repr__(self) -> str:
        kinds = [resource.body["Type"] for resource in self._resources]
        return f"<Template of {len(self.world.functions)} functions: {len(kinds)} resources>"

    def __str__(self) -> str:
        return self.text

    def _head(self) -> dict[str, Any]:
        return {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Transform": "AWS::Serverless-2016-10-31",
            "Description": "Functions behind DynamoDB Streams, as they ran in the lab",
            "Metadata": {"cfn-lint": {"config": {"ignore_checks": ["WS1000"]}}},
            **({"Parameters": self._parameters} if self._parameters else {}),
            "Globals": {"Function": {"Runtime": runtime(), "Architectures": [self.architecture]}},
        }

    @property
    def document(self) -> dict[str, Any]:
        """The template as a dict, with functions in their long form (``{"Ref": ...}``)."""
        return {
            **self._head(),
            "Resources": {resource.logical_id: resource.body for resource in self._resources},
            "Outputs": self._outputs,
        }

    @property
    def policies(self) -> dict[str, dict[str, Any]]:
        """By function, its role's policy with the lab's ARNs: what ``create_function(policy=...)`` takes."""
        world = self.world
        found = {one.name: document(grants(one, world.region, world.account_id)) for one in world.functions}
        return {**found, **{name: dict(given) for name, given in self._own_policies.items()}}

    def check(self) -> list[str]:
        """Translate the template as AWS SAM does, and let cfn-lint read the result.

        Returns
        -------
        list of str
            What is wrong, a line each; empty when nothing is.

        Raises
        ------
        LabError
            When the packages for it are not installed.
        """
        from cdc_lab.deployment.checking import check

        return check(self.text)

    def write(self, path: str | Path) -> None:
        """Write the YAML to a file."""
        Path(path).write_text(self.text, "utf-8")


def template_of(
    account: Account,
    more_rights: Mapping[str, Sequence[Request]] | None = None,
    made: Iterable[tuple[str, str, str]] = (),
    architecture: str | None = None,
    policies: Mapping[str, Mapping[str, Any]] | None = None,
    chosen_alarms: Chosen | None = None,
) -> Template:
    """Return the template of what a lab ran.

    Parameters
    ----------
    account : Account
    more_rights : mapping of str to sequence of Request, optional
        By function, what its role needed in other runs.
    made : iterable of (str, str, str)
        Function, service and operation of calls that other runs made.
    architecture : str, optional
        ``arm64`` or ``x86_64``; by default this machine's, whose wheels fit.
    policies : mapping of str to policy document, optional
        By function, a policy of the user's own with the lab's ARNs, in the place of what the runs need.
    chosen_alarms : Chosen, optional
        Alarms of the user's own in the place of those that a template has otherwise.
    """
    world = observe(account, more_rights)
    seen: dict[str, set[tuple[str, str]]] = {}
    for row in account.recorder.calls:
        seen.setdefault(row.function, set()).add((row.service, row.operation))
    for function, service, operation in made:
        seen.setdefault(function, set()).add((service, operation))
    missing = {
        one.name: unseen(one.function.handler, sorted(seen.get(one.name, ()))) for one in world.functions
    }
    chosen = architecture or _ARCHITECTURES.get(platform.machine(), "x86_64")
    return Template(world, missing, chosen, policies, chosen_alarms)


def runtime() -> str:
    """Return Lambda's name of the Python that runs the lab."""
    return f"python3.{sys.version_info.minor}"


def _outputs(world: World, names: Names) -> dict[str, Any]:
    found: dict[str, Any] = {
        OUTPUT: {"Value": ref(TOPIC), "Description": "The topic that alarms tell: subscribe to it"}
    }
    for name, logical_id in names.functions.items():
        found[f"{logical_id}Arn"] = {"Value": att(logical_id, "Arn"), "Description": f"The function {name}"}
    for name, logical_id in names.tables.items():
        if world.tables[name].get("StreamSpecification", {}).get("StreamEnabled"):
            found[f"{logical_id}StreamArn"] = {
                "Value": att(logical_id, "StreamArn"),
                "Description": f"The stream of {name}; another one when the table is replaced",
            }
    for name, logical_id in names.queues.items():
        found[f"{logical_id}Url"] = {"Value": ref(logical_id), "Description": f"The queue {name}"}
    return found
