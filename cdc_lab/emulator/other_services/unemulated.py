"""What moto would answer, but not truthfully enough for a lab: refused by name, with the remedy."""

from __future__ import annotations

import re
from typing import Any

from cdc_lab.emulator.other_services.template_resources import OF_LAMBDA
from cdc_lab.errors import LabError

_RESOURCE_TYPE = re.compile(r"""\bType["']?\s*:\s*["']?(AWS::(?:Lambda|Serverless|Kinesis)::\w+)""")
_OF_SAM = "give the file to Lab.from_template(path), which translates what AWS SAM adds to CloudFormation"
_TEMPLATES = ("CreateStack", "UpdateStack", "CreateChangeSet")


def refuse_unemulated(service: str, operation: str, params: dict[str, Any]) -> None:
    """Refuse a call that moto would answer in a world of its own.

    Raises
    ------
    LabError
        For Kinesis, and for templates with resources of AWS SAM, Kinesis streams, or types of Lambda's that
        the lab does not make.
    """
    if service == "kinesis":
        raise LabError(
            "the lab does not emulate Kinesis: read the table's DynamoDB stream, or use an SQS queue instead"
        )
    if service == "cloudformation" and operation in _TEMPLATES:
        for kind in _RESOURCE_TYPE.findall(params.get("TemplateBody") or ""):
            if kind in OF_LAMBDA:
                continue
            remedy = _OF_SAM if "Serverless" in kind else "take it out of the template"
            raise LabError(f"the lab does not emulate {kind} in a template: {remedy}")
