"""What moto would answer, but not truthfully enough for a lab: refused by name, with the remedy."""

from __future__ import annotations

import re
from typing import Any

from cdc_lab.errors import LabError

_RESOURCE_TYPE = re.compile(r"""\bType["']?\s*:\s*["']?(AWS::(?:Lambda|Serverless|Kinesis)::\w+)""")
_REMEDIES = {
    "AWS::Lambda::Function": 'deploy it with lab.create_function("name", handler)',
    "AWS::Serverless::Function": 'deploy it with lab.create_function("name", handler)',
    "AWS::Lambda::EventSourceMapping": 'create it with lab.client("lambda").create_event_source_mapping(...)',
}
# What these services say of a picture, a voice or a text is the same canned answer whatever they are asked.
_CANNED = {
    "comprehend": "Detect",
    "polly": "SynthesizeSpeech",
    "rekognition": "",
    "textract": "",
    "transcribe": "",
}
_TEMPLATES = ("CreateStack", "UpdateStack", "CreateChangeSet")


def refuse_unemulated(service: str, operation: str, params: dict[str, Any]) -> None:
    """Refuse a call that moto would answer in a world of its own.

    Raises
    ------
    LabError
        For Kinesis, for services that would give a canned answer, and for templates with functions, mappings
        or Kinesis streams: moto's Lambda would have them, where no stream, queue or trace of the lab reaches.
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
        found = _RESOURCE_TYPE.search(params.get("TemplateBody") or "")
        if found is not None:
            kind = found[1]
            remedy = _REMEDIES.get(kind, "take it out of the template")
            raise LabError(f"the lab does not emulate {kind} in a template: {remedy}")
