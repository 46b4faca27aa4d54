"""What goes live: two tables, a queue and a bucket for what is given up, the function, and its mapping."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from cdc_lab.classroom.exercises.exercise_5.alarms import Alarm
from cdc_lab.classroom.exercises.naming import MisconceptionId
from cdc_lab.deployment.folder import Deployable, write_folder
from cdc_lab.deployment.template import template_of
from cdc_lab.emulator.iam.actions import Request
from cdc_lab.errors import LabError
from cdc_lab.lab import Lab

FUNCTION, SOURCE, AUDIT, FAILURES = "audit-log", "flights", "audit", "audit-failures"
_WHERE = "us-east-1:123456789012"
AUDIT_ARN = f"arn:aws:dynamodb:{_WHERE}:table/{AUDIT}"
SOURCE_ARN = f"arn:aws:dynamodb:{_WHERE}:table/{SOURCE}"
LOGS_ARN = f"arn:aws:logs:{_WHERE}:log-group:/aws/lambda/{FUNCTION}"
QUEUE_ARN = f"arn:aws:sqs:{_WHERE}:{FAILURES}"
BUCKET_ARN = f"arn:aws:s3:::{FAILURES}"


class Production(Protocol):
    """What goes live: a handler, the parameters of its function and its mapping, a policy, and alarms."""

    handler: Any
    function: dict[str, Any]
    mapping: dict[str, Any]
    policy: dict[str, Any] | None
    alarms: tuple[Alarm, ...]


class Undeployable(Exception):
    """What was handed in cannot be deployed; `kind` is the id of the misconception."""

    def __init__(self, kind: MisconceptionId, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def open_world(lab: Lab, production: Production) -> Any:
    """Create it all in a lab that is open, without the policy.

    Returns
    -------
    boto3 Table
        ``flights``, whose stream the function reads.
    """
    lab.answer_all()
    lab.create_table(AUDIT, "flight_id", "sequence", stream_view_type=None)
    flights = lab.create_table(SOURCE, "flight_id", ttl_attribute="expires_at")
    lab.client("sqs").create_queue(QueueName=FAILURES)
    lab.client("s3").create_bucket(Bucket=FAILURES)
    lab.attach(production.handler, flights, name=FUNCTION, **production.function, **production.mapping)
    return flights


def build(production: Production, folder: Path) -> Deployable:
    """Write the folder to deploy: handler, patterns, requirements, and a template with policy and alarms.

    Raises
    ------
    Undeployable
        AWS refuses a parameter, or the folder would lack what the handler needs.
    """
    with Lab() as lab:
        try:
            open_world(lab, production)
        except (BotoCoreError, ClientError, LabError, TypeError) as error:
            raise Undeployable("refused by AWS", " ".join(str(error).split())) from None
        template = template_of(
            lab._account,
            {FUNCTION: [Request("dynamodb:PutItem", AUDIT_ARN)]},  # so that its table is in the template
            architecture="arm64",
            policies=None if production.policy is None else {FUNCTION: production.policy},
            chosen_alarms={FUNCTION: [alarm.parameters for alarm in production.alarms]},
        )
        try:
            return write_folder(template, folder)
        except LabError as error:
            is_lab = "is of the laboratory" in str(error)
            raise Undeployable(
                "laboratory in the folder" if is_lab else "left in the notebook", str(error)
            ) from None
