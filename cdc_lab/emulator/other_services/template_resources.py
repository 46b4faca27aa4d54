"""Resources of CloudFormation's templates that are the lab's own, in the place of moto's.

moto reads a stack's template, resolves its functions and conditions, and makes each resource by a model of
its type. The models here make functions, layers, mappings, versions and aliases in the lab, and some types
that moto lacks by the calls of their services.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError

from cdc_lab.emulator.other_services.roles import create_role_of_template
from cdc_lab.emulator.other_services.template_tables import typed
from cdc_lab.errors import LabError

Clients = Callable[[str, str], Any]
"""Gives the boto3 client of a service in a region."""


class DeployedFunction(Protocol):
    """A function, as far as a stack knows it."""

    @property
    def arn(self) -> str:
        """Its ARN."""


class Functions(Protocol):
    """Who deploys what templates declare."""

    def function(self, name: str, properties: Mapping[str, Any], region: str) -> DeployedFunction:
        """Deploy a function."""

    def layer(self, arn: str, properties: Mapping[str, Any], region: str) -> None:
        """Take a layer."""


class Made:
    """A resource of a stack, as moto keeps it.

    Attributes
    ----------
    physical_resource_id : str
        What ``Ref`` gives.
    """

    def __init__(
        self,
        physical_resource_id: str,
        attributes: Mapping[str, str] | None = None,
        undo: Callable[[], object] | None = None,
    ) -> None:
        self.physical_resource_id = physical_resource_id
        self._attributes = attributes or {}
        self._undo = undo

    def get_cfn_attribute(self, name: str) -> str:
        """Return what ``Fn::GetAtt`` gives."""
        if name not in self._attributes:
            raise LabError(f"the lab has no attribute {name} of {self.physical_resource_id} in a template")
        return self._attributes[name]

    def is_created(self) -> bool:
        """Return whether it is there."""
        return True

    def delete(self, account_id: str, region: str) -> None:
        """Delete it with its stack."""
        if self._undo is not None:
            self._undo()


class Declared(NamedTuple):
    """A resource of a template, resolved.

    Attributes
    ----------
    name : str
        The one that the template gives, or one of CloudFormation's.
    """

    name: str
    properties: dict[str, Any]
    region: str
    account_id: str


Make = Callable[[Declared], Made]


OF_LAMBDA = frozenset(
    f"AWS::Lambda::{name}"
    for name in (
        "Alias",
        "EventInvokeConfig",
        "EventSourceMapping",
        "Function",
        "LayerVersion",
        "Permission",
        "Version",
    )
)
"""What of Lambda a template may declare here."""

WITHOUT_EFFECT = (
    "AWS::CDK::Metadata",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::QueryDefinition",
    "AWS::S3::BucketPolicy",
)
"""Types that change nothing that the lab shows: nobody watches alarms here."""


class TemplateResources:
    """Takes types of resources over from moto, as long as the lab is open.

    Parameters
    ----------
    functions : Functions
    clients : Clients
    """

    def __init__(self, functions: Functions, clients: Clients) -> None:
        self._functions = functions
        self._clients = clients
        self._replaced: dict[str, Any] = {}
        self._layers = 0
        self._made: dict[str, tuple[str, Make]] = {
            "AWS::Lambda::Function": ("FunctionName", self._function),
            "AWS::Lambda::LayerVersion": ("LayerName", self._layer),
            "AWS::Lambda::EventSourceMapping": ("", self._mapping),
            "AWS::Lambda::Version": ("", self._version),
            "AWS::Lambda::Alias": ("", self._alias),
            "AWS::Lambda::EventInvokeConfig": ("", self._invoke_config),
            "AWS::Lambda::Permission": ("", _without_effect),
            "AWS::Events::EventBus": ("Name", self._event_bus),
            "AWS::SNS::Subscription": ("", self._subscription),
            "AWS::SNS::TopicPolicy": ("", self._topic_policy),
            "AWS::SQS::QueuePolicy": ("", self._queue_policy),
            **dict.fromkeys(WITHOUT_EFFECT, ("", _without_effect)),
        }

    def ready(self, service: str) -> None:
        """Take the types over before the first call of CloudFormation."""
        if service != "cloudformation" or self._replaced:
            return
        from moto.cloudformation import parsing

        models = {
            kind: _model(kind, name_property, make) for kind, (name_property, make) in self._made.items()
        }
        motos = dict(parsing.get_model_map())
        motos["AWS::IAM::Role"] = _with_policies(motos["AWS::IAM::Role"])
        named = parsing.get_name_type_map() | {kind: name for kind, (name, _) in self._made.items()}
        ours: dict[str, Callable[[], Any]] = {
            "get_model_map": lambda: motos | models,
            "get_name_type_map": lambda: named,
            "get_model_list": lambda: list((motos | models).values()),
        }
        self._replaced = {name: getattr(parsing, name) for name in ours}
        for name, replacement in ours.items():
            setattr(parsing, name, replacement)

    def close(self) -> None:
        """Give all types back to moto."""
        if self._replaced:
            from moto.cloudformation import parsing

            for name, original in self._replaced.items():
                setattr(parsing, name, original)
            self._replaced.clear()

    # -- Lambda ---------------------------------------------------------------------------------------

    def _function(self, one: Declared) -> Made:
        arn = self._functions.function(one.name, one.properties, one.region).arn
        client = self._clients("lambda", one.region)
        return Made(one.name, {"Arn": arn}, lambda: client.delete_function(FunctionName=one.name))

    def _layer(self, one: Declared) -> Made:
        self._layers += 1
        arn = f"arn:aws:lambda:{one.region}:{one.account_id}:layer:{one.name}:{self._layers}"
        self._functions.layer(arn, one.properties, one.region)
        return Made(arn, {"LayerVersionArn": arn})

    def _mapping(self, one: Declared) -> Made:
        client = self._clients("lambda", one.region)
        properties = {key: value for key, value in one.properties.items() if key != "Tags"}
        mapping = _call(client, "CreateEventSourceMapping", properties, "AWS::Lambda::EventSourceMapping")
        uuid = mapping["UUID"]
        return Made(
            uuid,
            {"Id": uuid, "EventSourceMappingArn": mapping["EventSourceMappingArn"]},
            lambda: client.delete_event_source_mapping(UUID=uuid),
        )

    def _version(self, one: Declared) -> Made:
        client = self._clients("lambda", one.region)
        known = ("FunctionName", "Description")
        properties = {key: value for key, value in one.properties.items() if key in known}
        version = _call(client, "PublishVersion", properties, "AWS::Lambda::Version")
        return Made(
            version["FunctionArn"], {"Version": version["Version"], "FunctionArn": version["FunctionArn"]}
        )

    def _alias(self, one: Declared) -> Made:
        client = self._clients("lambda", one.region)
        properties = dict(one.properties)
        weights = properties.pop("RoutingConfig", {}).get("AdditionalVersionWeights", ())
        if properties.pop("ProvisionedConcurrencyConfig", None):
            raise LabError(
                "the lab does not emulate ProvisionedConcurrencyConfig of AWS::Lambda::Alias: take it out"
            )
        if weights:
            shares = {str(entry["FunctionVersion"]): float(entry["FunctionWeight"]) for entry in weights}
            properties["RoutingConfig"] = {"AdditionalVersionWeights": shares}
        alias = _call(client, "CreateAlias", properties, "AWS::Lambda::Alias")
        arn = alias["AliasArn"]
        function, name = properties["FunctionName"], properties["Name"]
        return Made(arn, {"AliasArn": arn}, lambda: client.delete_alias(FunctionName=function, Name=name))

    def _invoke_config(self, one: Declared) -> Made:
        client = self._clients("lambda", one.region)
        _call(client, "PutFunctionEventInvokeConfig", one.properties, "AWS::Lambda::EventInvokeConfig")
        return Made(one.name)

    # -- buses, queues and topics ---------------------------------------------------------------------

    def _event_bus(self, one: Declared) -> Made:
        # moto's own has no Ref: a rule that names its bus by one would not be made.
        client = self._clients("events", one.region)
        given = {key: value for key, value in one.properties.items() if key in ("Tags", "Description")}
        bus = _call(client, "CreateEventBus", {"Name": one.name, **given}, "AWS::Events::EventBus")
        attributes = {"Arn": bus["EventBusArn"], "Name": one.name}
        return Made(one.name, attributes, lambda: client.delete_event_bus(Name=one.name))

    def _subscription(self, one: Declared) -> Made:
        client = self._clients("sns", one.region)
        given = dict(one.properties)
        request: dict[str, Any] = {
            key: given.pop(key) for key in ("TopicArn", "Protocol", "Endpoint") if key in given
        }
        given.pop("Region", None)
        attributes = {
            key: value if isinstance(value, str) else json.dumps(value) for key, value in given.items()
        }
        answer = _call(client, "Subscribe", {**request, "Attributes": attributes}, "AWS::SNS::Subscription")
        arn = answer["SubscriptionArn"]
        return Made(arn, {}, lambda: client.unsubscribe(SubscriptionArn=arn))

    def _topic_policy(self, one: Declared) -> Made:
        client, policy = self._clients("sns", one.region), json.dumps(one.properties["PolicyDocument"])
        for arn in one.properties["Topics"]:
            client.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
        return Made(one.name)

    def _queue_policy(self, one: Declared) -> Made:
        client, policy = self._clients("sqs", one.region), json.dumps(one.properties["PolicyDocument"])
        for url in one.properties["Queues"]:
            client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        return Made(one.name)


def _without_effect(one: Declared) -> Made:
    return Made(one.name, _Anything(one.name))


class _Anything(dict[str, str]):
    """Attributes of what has no effect: each is its name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> str:
        return self._name


def _model(kind: str, name_property: str, make: Make) -> Any:
    """Return what moto takes for a model of a type."""

    class Model:
        @staticmethod
        def cloudformation_type() -> str:
            return kind

        @staticmethod
        def cloudformation_name_type() -> str:
            return name_property

        @staticmethod
        def has_cfn_attr(attribute: str) -> bool:
            return True

        @staticmethod
        def create_from_cloudformation_json(
            name: str, declared: dict[str, Any], account_id: str, region: str, **_: Any
        ) -> Made:
            return make(Declared(name, declared["Properties"], region, account_id))

        @staticmethod
        def update_from_cloudformation_json(
            original_resource: Made,
            new_resource_name: str,
            cloudformation_json: dict[str, Any],
            account_id: str,
            region_name: str,
        ) -> Made:
            if kind != "AWS::Lambda::Function":  # a function is deployed anew: its mappings stay
                raise LabError(
                    f"the lab does not change a {kind} of a stack: delete the stack and create it anew, or "
                    "make the change with its own call"
                )
            return make(
                Declared(new_resource_name, cloudformation_json["Properties"], region_name, account_id)
            )

    return Model


def _with_policies(role: Any) -> Any:
    class Model(role):  # type: ignore[misc]
        create_from_cloudformation_json = staticmethod(create_role_of_template)

    return Model


def _call(client: Any, operation: str, properties: Mapping[str, Any], kind: str) -> Any:
    """Make the call that a resource stands for; a template may write numbers and truth values as text."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    try:
        return getattr(client, xform_name(operation))(**typed(shape, properties))
    except ClientError as error:
        raise LabError(f"the template's {kind} is refused: {error.response['Error']['Message']}") from None
    except ParamValidationError as error:
        found = "; ".join(str(error).splitlines()[1:])
        raise LabError(f"the template's {kind} is refused: {found}") from None
