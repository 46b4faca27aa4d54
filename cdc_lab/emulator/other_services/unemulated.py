"""What moto would answer, but not truthfully enough for a lab: refused by name, with the remedy."""

from __future__ import annotations

import re
from typing import Any

from cdc_lab.emulator.other_services.template_resources import OF_LAMBDA
from cdc_lab.errors import LabError

_RESOURCE_TYPE = re.compile(r"""\bType["']?\s*:\s*["']?(AWS::(?:Lambda|Serverless|Kinesis)::\w+)""")
# What these services say of a picture, a voice or a text is the same canned answer whatever they are asked.
_CANNED = {
    "comprehend": "Detect",
    "polly": "SynthesizeSpeech",
    "rekognition": "",
    "textract": "",
    "transcribe": "",
}
_OF_SAM = "give the file to Lab.from_template(path), which translates what AWS SAM adds to CloudFormation"
_TEMPLATES = ("CreateStack", "UpdateStack", "CreateChangeSet")


def refuse_unemulated(service: str, operation: str, params: dict[str, Any]) -> None:
    """Refuse a call that moto would answer in a world of its own.

    Raises
    ------
    LabError
        For Kinesis, for services that would give a canned answer, and for templates with resources of AWS
        SAM, Kinesis streams, or types of Lambda's that the lab does not make.
    """
    if service == "kinesis":
        raise LabError(
            "the lab does not emulate Kinesis: read the table's DynamoDB stream, or use an SQS queue instead"
        )
    if service in _CANNED and operation.startswith(_CANNED[service]):
        raise LabError(
            f"the lab does not emulate {service}'s {operation}: give its answer in the test, with "
            "botocore.stub.Stubber or a function of your own in place of the client's"
        )
    if service == "cloudformation" and operation in _TEMPLATES:
        for kind in _RESOURCE_TYPE.findall(params.get("TemplateBody") or ""):
            if kind in OF_LAMBDA:
                continue
            remedy = _OF_SAM if "Serverless" in kind else "take it out of the template"
            raise LabError(f"the lab does not emulate {kind} in a template: {remedy}")
