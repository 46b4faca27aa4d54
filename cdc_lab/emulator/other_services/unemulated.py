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
_TEMPLATES = ("CreateStack", "UpdateStack", "CreateChangeSet")


def refuse_unemulated(service: str, operation: str, params: dict[str, Any]) -> None:
    """Refuse a call that moto would answer in a world of its own.

    Raises
    ------
    LabError
        For Kinesis, and for templates with functions, mappings or Kinesis streams: moto's Lambda would have
        them, where no stream, queue or trace of the lab reaches.
    """
    if service == "kinesis":
        raise LabError(
            "the lab does not emulate Kinesis: read the table's DynamoDB stream, or use an SQS queue instead"
        )
    if service == "cloudformation" and operation in _TEMPLATES:
        found = _RESOURCE_TYPE.search(params.get("TemplateBody") or "")
        if found is not None:
            kind = found[1]
            remedy = _REMEDIES.get(kind, "take it out of the template")
            raise LabError(f"the lab does not emulate {kind} in a template: {remedy}")
