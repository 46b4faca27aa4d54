"""A template as AWS reads it: translated by AWS SAM's own translator, and read by cfn-lint. All offline."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from cdc_lab.errors import LabError

_MISSING = (
    "a template is checked with aws-sam-translator, cfn-lint and cfn-lint-serverless, and {} is missing: "
    "pip install 'cdc-lab[templates]'"
)
_REGION = "us-east-1"
_CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}
_PACKAGED = "s3://packaged/code.zip"


def check(text: str) -> list[str]:
    """Return what is wrong with a template, a line each: what SAM refuses, else what cfn-lint finds.

    The translator alone refuses a property that is misspelt in a SAM resource; cfn-lint alone one in a
    resource of CloudFormation.
    """
    try:
        translated = translate(read(text))
    except LabError as error:
        return [str(error)]
    return [*lint(json.dumps(translated)), *misspelt_principals(translated)]


def read(text: str) -> dict[str, Any]:
    """Read a template's text, YAML or JSON, with functions in their long form.

    Raises
    ------
    LabError
        For a text that is no template, with the line.
    """
    try:
        from samtranslator.yaml_helper import yaml_parse
    except ModuleNotFoundError as error:
        raise LabError(_MISSING.format(error.name)) from None
    from yaml import YAMLError

    try:
        found = yaml_parse(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None else ""
        raise LabError(f"the template is no YAML: {where}{getattr(error, 'problem', error)}") from None
    if not isinstance(found, dict) or not isinstance(found.get("Resources"), dict):
        raise LabError("the template has no Resources: give one of AWS SAM or CloudFormation")
    return found


def translate(template: dict[str, Any], parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what CloudFormation gets of a SAM template.

    Raises
    ------
    LabError
        With the words of the translator, in one line.
    """
    found: dict[str, Any] = pickle.loads(
        _translated(pickle.dumps((_packaged(template), dict(parameters or {}))))
    )
    return found


@lru_cache(maxsize=8)
def _translated(given: bytes) -> bytes:
    """The same, pickled: a template is translated once, and deployed into lab after lab."""
    try:
        from samtranslator.model.exceptions import InvalidDocumentException
        from samtranslator.parser.parser import Parser
        from samtranslator.translator.translator import Translator
    except ModuleNotFoundError as error:
        raise LabError(_MISSING.format(error.name)) from None
    import boto3

    template, parameters = pickle.loads(given)
    translator = Translator(_managed_policies(), Parser(), boto_session=boto3.Session(region_name=_REGION))
    try:
        found = translator.translate(template, parameters)
    except InvalidDocumentException as error:
        causes = "; ".join(str(cause.message) for cause in error.causes)
        raise LabError(f"AWS SAM refuses the template: {causes or error.message}") from None
    finally:
        translator.metrics.publish()  # to nobody; otherwise it warns that nothing was published
    return pickle.dumps(found)


def _packaged(template: dict[str, Any]) -> dict[str, Any]:
    """Return the template as ``sam package`` leaves it: code lies in a bucket, as the translator demands."""
    packaged = copy.deepcopy(template)
    for resource in packaged["Resources"].values():
        name = _CODE.get(str(resource.get("Type"))) if isinstance(resource, dict) else None
        properties = resource.get("Properties") if name else None
        given = properties.get(name) if isinstance(properties, dict) else None
        if isinstance(given, str) and not given.startswith("s3://"):
            resource["Properties"][name] = _PACKAGED
    return packaged


def _managed_policies() -> dict[str, str]:
    names = (
        "service-role/AWSLambdaBasicExecutionRole",
        "service-role/AWSLambdaDynamoDBExecutionRole",
        "service-role/AWSLambdaSQSQueueExecutionRole",
        "AWSXRayDaemonWriteAccess",
    )
    return {name.rpartition("/")[2]: f"arn:aws:iam::aws:policy/{name}" for name in names}


def lint(text: str) -> list[str]:
    """Return what cfn-lint finds in a template, with the rules of cfn-lint-serverless."""
    try:
        from cfnlint.api import lint as run
        from cfnlint.config import ManualArgs
    except ModuleNotFoundError as error:
        raise LabError(_MISSING.format(error.name)) from None
    found = run(text, rules=_rules(), config=ManualArgs(regions=[_REGION]))
    return [f"{match.rule.id} {_path(match)}: {' '.join(match.message.split())}" for match in found]


@cache
def _rules() -> Any:
    """Return the rules of cfn-lint and of cfn-lint-serverless: to load them takes as long as to lint."""
    try:
        import cfn_lint_serverless.rules
        from cfnlint.config import ConfigMixIn, ManualArgs
        from cfnlint.runner import Runner
    except ModuleNotFoundError as error:
        raise LabError(_MISSING.format(error.name)) from None
    serverless = [cfn_lint_serverless.rules.__name__]
    return Runner(ConfigMixIn(**ManualArgs(regions=[_REGION], append_rules=serverless))).rules


_PRINCIPALS = {"AWS", "CanonicalUser", "Federated", "Service"}


def misspelt_principals(template: Mapping[str, Any]) -> list[str]:
    """Return the roles whose trust names a kind of principal that IAM does not have: cfn-lint passes it."""
    wrong = []
    for logical_id, resource in template["Resources"].items():
        trust = resource.get("Properties", {}).get("AssumeRolePolicyDocument") or {}
        for statement in trust.get("Statement", ()) if isinstance(trust, Mapping) else ():
            principal = statement.get("Principal", "*")
            odd = set(principal) - _PRINCIPALS if isinstance(principal, Mapping) else set()
            wrong += [
                f"Resources/{logical_id}: there is no principal {name!r}: {', '.join(sorted(_PRINCIPALS))}"
                for name in sorted(odd)
            ]
    return wrong


def _path(match: Any) -> str:
    return "/".join(str(part) for part in match.path or ())
