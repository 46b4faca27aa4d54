"""A team's template, SAM's, CloudFormation's or CDK's, stood up in a lab."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from cdc_lab.deployment.checking import read, translate
from cdc_lab.emulator.account import Account
from cdc_lab.emulator.other_services.template_resources import OF_LAMBDA, WITHOUT_EFFECT
from cdc_lab.errors import LabError

_BUCKET = "cdc-lab-local-code"
_MADE = OF_LAMBDA | {
    *WITHOUT_EFFECT,
    "AWS::CloudFormation::WaitConditionHandle",
    "AWS::CloudWatch::Dashboard",
    "AWS::DynamoDB::Table",
    "AWS::Events::Archive",
    "AWS::Events::EventBus",
    "AWS::Events::Rule",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::Logs::ResourcePolicy",
    "AWS::S3::Bucket",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
    "AWS::SSM::Parameter",
}
_REMEDIES = {
    "AWS::DynamoDB::GlobalTable": "the lab has one region: declare AWS::DynamoDB::Table",
    "AWS::Kinesis::Stream": "read the table's DynamoDB stream",
    "AWS::Pipes::Pipe": "map a function to the stream",
}
_CODE = {  # by type, the property that names code, of SAM's and of CloudFormation's resources
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Lambda::Function": "Code",
    "AWS::Lambda::LayerVersion": "Content",
}


def stand_up(
    account: Account,
    path: str | Path,
    *,
    parameters: Mapping[str, Any] | None = None,
    leave_out: Sequence[str] = (),
    stack_name: str = "lab",
) -> None:
    """Create the stack of a template file in a lab that is open.

    Parameters
    ----------
    account : Account
    path : str or Path
        ``template.yaml`` of AWS SAM or CloudFormation, built or not, or ``cdk.out/NAME.template.json``.
    parameters : mapping, optional
        Of the template, by name.
    leave_out : sequence of str
        Resources to leave out, by logical id or by type.
    stack_name : str

    Raises
    ------
    LabError
        For a file that is no template; for what the lab lacks, all of it by name; for what SAM refuses; for
        code that cannot be imported.
    """
    file = Path(path)
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise LabError(f"there is no template at {file}: {error.strerror}") from None
    template = read(text)
    before = {*template["Resources"]}
    known = _leave_out(template["Resources"], leave_out)
    written = {name: str(one.get("Type")) for name, one in template["Resources"].items()}
    _name_code(account, template["Resources"], file.parent)
    if _is_of_sam(template):
        template = translate(template, _defaults(template) | dict(parameters or {}))
        template.pop("Transform", None)
        # What SAM adds of its own has names that stand in its output alone.
        before |= {*template["Resources"]}
        known |= _leave_out(template["Resources"], leave_out)
    _refuse_unknown(leave_out, known)
    _let_go(template, before - {*template["Resources"]})
    _one_region(template["Resources"])
    _refuse_lacking(template["Resources"], written, file.name)
    # A role's policies must be there before the function that they are for is deployed.
    template["Resources"] = dict(sorted(template["Resources"].items(), key=lambda one: _rank(one[1])))
    given = [
        {"ParameterKey": name, "ParameterValue": _text(value)} for name, value in (parameters or {}).items()
    ]
    try:
        account.client("cloudformation").create_stack(
            StackName=stack_name,
            TemplateBody=json.dumps(template, default=str),
            Parameters=given,
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
    except ClientError as error:
        raise LabError(f"{file.name}: {error.response['Error']['Message']}") from None
    except KeyError as error:
        raise LabError(f"{file.name} refers to {error}, which is no resource or parameter of it") from None


def _is_of_sam(template: Mapping[str, Any]) -> bool:
    transform = template.get("Transform", ())
    return "AWS::Serverless-2016-10-31" in ([transform] if isinstance(transform, str) else transform)


def _defaults(template: Mapping[str, Any]) -> dict[str, Any]:
    declared = template.get("Parameters") or {}
    return {name: one["Default"] for name, one in declared.items() if "Default" in one}


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _leave_out(resources: dict[str, Any], unwanted: Sequence[str]) -> set[str]:
    """Leave resources out; return the names and types that there were."""
    known = {*resources, *(str(one.get("Type")) for one in resources.values() if isinstance(one, Mapping))}
    for name, one in list(resources.items()):
        if name in unwanted or one.get("Type") in unwanted:
            del resources[name]
    return known


def _refuse_unknown(unwanted: Sequence[str], known: set[str]) -> None:
    for name in unwanted:
        if name not in known:
            raise LabError(
                f"leave_out names {name!r}, which is no resource of the template and no type of one"
            )


def _let_go(template: dict[str, Any], gone: set[str]) -> None:
    """Drop what only speaks of resources that are left out: permissions for them to call, and outputs."""
    resources, outputs = template["Resources"], template.get("Outputs") or {}
    for name, one in list(resources.items()):
        if one.get("Type") == "AWS::Lambda::Permission" and _mentions(one, gone):
            del resources[name]
    for name, one in list(outputs.items()):
        if _mentions(one, gone):
            del outputs[name]


def _mentions(value: Any, names: set[str]) -> bool:
    """Tell whether a part of a template refers to one of these resources."""
    if isinstance(value, list):
        return any(_mentions(inner, names) for inner in value)
    if not isinstance(value, Mapping):
        return False
    for key, inner in value.items():
        first = inner[0] if isinstance(inner, list) and inner else inner
        if key == "Ref" and inner in names:
            return True
        if key == "Fn::GetAtt" and str(first).partition(".")[0] in names:
            return True
        if key == "Fn::Sub" and names.intersection(re.findall(r"\$\{(\w+)", str(first))):
            return True
    return any(_mentions(inner, names) for inner in value.values())


def _to_leave_out(logical_id: str, kind: str, written: Mapping[str, str]) -> str:
    """Name a resource as ``leave_out`` takes it: what SAM made of one by that one, what it added by type."""
    if logical_id in written:
        return logical_id
    origins = [
        name
        for name, of in written.items()
        if logical_id.startswith(name)
        and of.startswith("AWS::Serverless::")
        and of != "AWS::Serverless::Function"
    ]
    return max(origins, key=len, default=kind)


def _refuse_lacking(resources: Mapping[str, Any], written: Mapping[str, str], name: str) -> None:
    lacking: dict[str, list[str]] = {}
    remedy = set()
    for logical_id, one in resources.items():
        kind = str(one.get("Type", "no Type"))
        if kind in _MADE:
            continue
        shown = "custom resources" if kind.startswith("Custom::") else kind
        lacking.setdefault(shown, []).append(logical_id)
        remedy.add(_to_leave_out(logical_id, kind, written))
    if lacking:
        listed = "; ".join(
            f"{kind} ({', '.join(ids)})" + (f": {_REMEDIES[kind]}" if kind in _REMEDIES else "")
            for kind, ids in lacking.items()
        )
        raise LabError(
            f"{name} asks for what the lab does not emulate: {listed}. Leave it out: "
            f"Lab.from_template(path, leave_out={sorted(remedy)!r})"
        )


def _rank(resource: Mapping[str, Any]) -> int:
    return 0 if str(resource.get("Type")).startswith("AWS::IAM::") else 1


# ---- code -----------------------------------------------------------------------------------------


def _name_code(account: Account, resources: Mapping[str, Any], folder: Path) -> None:
    """Let each function's code that lies on this machine be found there."""
    code = account.functions.code
    for logical_id, one in resources.items():
        key = _CODE.get(str(one.get("Type")))
        if key is None:
            continue
        properties = one.setdefault("Properties", {})
        place = _place(logical_id, one, properties.get(key), folder)
        if place is None:
            continue
        if not place.exists():
            raise LabError(
                f"the code of {logical_id} is to be in {properties.get(key)!r}, and {place.name} is not "
                "there: give the template as it lies beside its code"
            )
        where = (_BUCKET, logical_id)
        code.local[where] = place if place.is_dir() else code.unpacked(place.read_bytes(), place.name)
        named = {"S3Bucket": where[0], "S3Key": where[1]}
        properties[key] = f"s3://{where[0]}/{where[1]}" if key.endswith("Uri") else named


def _place(logical_id: str, one: Mapping[str, Any], given: Any, folder: Path) -> Path | None:
    """Return where code lies; None for what the template itself or a bucket holds."""
    if isinstance(given, str):
        return None if given.startswith("s3://") else folder / given
    if str(one.get("Type")).startswith("AWS::Serverless::"):
        inline = "InlineCode" in one["Properties"] or "ImageUri" in one["Properties"]
        return folder if given is None and not inline else None
    asset = one.get("Metadata", {}).get("aws:asset:path")  # CDK's
    if isinstance(asset, str):
        return folder / asset
    key = given.get("S3Key") if isinstance(given, Mapping) else None
    if isinstance(key, str):
        return next(iter(_assets(folder, key)), None)
    return None


def _assets(folder: Path, key: str) -> Iterator[Path]:
    """Return the assets of CDK's manifests that are uploaded under a key."""
    for manifest in sorted(folder.glob("*.assets.json")):
        for asset in json.loads(manifest.read_text("utf-8")).get("files", {}).values():
            if any(one.get("objectKey") == key for one in asset.get("destinations", {}).values()):
                yield folder / asset["source"]["path"]


# ---- CDK's TableV2 --------------------------------------------------------------------------------

_OF_REPLICAS = ("PointInTimeRecoverySpecification", "DeletionProtectionEnabled", "Tags", "TableClass")


def _one_region(resources: dict[str, Any]) -> None:
    """Read a global table with one replica as the table that it is: so CDK writes each ``TableV2``."""
    for one in resources.values():
        properties = one.get("Properties", {})
        if one.get("Type") != "AWS::DynamoDB::GlobalTable" or len(properties.get("Replicas", ())) != 1:
            continue
        if properties.get("BillingMode") != "PAY_PER_REQUEST":
            continue
        (replica,) = properties.pop("Replicas")
        properties |= {name: replica[name] for name in _OF_REPLICAS if name in replica}
        for name in ("WriteOnDemandThroughputSettings", "SSESpecification"):
            properties.pop(name, None)
        one["Type"] = "AWS::DynamoDB::Table"
