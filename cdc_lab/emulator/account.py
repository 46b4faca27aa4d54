"""One emulated AWS account: its services, wired to one clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from botocore.config import Config
from simpy.core import EmptySchedule

from cdc_lab.emulator.attempts import of_lambda
from cdc_lab.emulator.aws_settings import AwsSettings
from cdc_lab.emulator.backend import Answer, Backend, Control
from cdc_lab.emulator.faults import FaultPlan, Faults
from cdc_lab.emulator.iam.actions import Request
from cdc_lab.emulator.lambda_.api import LambdaApi
from cdc_lab.emulator.lambda_.asynchronous import enqueue
from cdc_lab.emulator.lambda_.runs import refuse_in_handler
from cdc_lab.emulator.lambda_.service import LambdaService
from cdc_lab.emulator.lambda_.template_functions import TemplateFunctions
from cdc_lab.emulator.network.way_out import WayOut
from cdc_lab.emulator.other_services.moto_account import MotoAccount
from cdc_lab.emulator.other_services.queues import Queues
from cdc_lab.emulator.other_services.roles import policy_of_role
from cdc_lab.emulator.other_services.targets import Targets
from cdc_lab.emulator.other_services.template_resources import TemplateResources
from cdc_lab.emulator.powertools import forget_other_labs
from cdc_lab.emulator.regions import is_region
from cdc_lab.emulator.transport import Transport
from cdc_lab.errors import LabError
from cdc_lab.trace import Recorder

ACCOUNT_ID = "123456789012"


class Account:
    """Tables, streams, functions and everything else that moto answers.

    Parameters
    ----------
    name : str
        How error texts call the lab.
    backend : Backend
        Where DynamoDB and its streams are.
    seed : int
    region : str

    Attributes
    ----------
    clock : Clock
        The backend's.
    functions : LambdaService
    recorder : Recorder
    enforces_roles : bool
        Whether functions of templates may do what their role says, and nothing else.
    way_out : WayOut
        What handlers reach beside AWS.
    """

    def __init__(self, name: str, backend: Backend, *, seed: int, region: str) -> None:
        self.name = name
        self.backend = backend
        self.clock = backend.clock
        self.region = region
        self.is_open = True
        self.enforces_roles = True
        self._settings = AwsSettings(region)
        self._settings.enter()
        self._moto = MotoAccount(seed, backend.passing)
        backend.open(self.client)
        self.recorder = Recorder(backend.streams.log, conflicts=backend.conflicts)
        self._queues = Queues(backend.clock, ACCOUNT_ID)
        self.functions = LambdaService(
            backend.clock,
            backend.streams,
            self._queues,
            self.recorder,
            seed=seed,
            account_id=ACCOUNT_ID,
            region=region,
            clients=self._lambdas_client,
            latencies=backend.latencies,
            split=backend.control.split_any_shard if backend.control is not None else None,
        )
        self._lambda_api = LambdaApi(self.functions)
        self._targets = Targets(backend.clock, self._invoke)
        deployed = TemplateFunctions(self.functions, self.client, self._policy_of_role)
        self._template_resources = TemplateResources(deployed, self.client)
        self._clients: dict[tuple[str, str], Any] = {}
        self._own_clients: dict[tuple[str, str], Any] = {}
        self._resources: dict[tuple[str, str], Any] = {}
        self._transport = Transport(self, seed)
        self._transport.open()
        forget_other_labs()
        self.way_out = WayOut()
        self.way_out.open()

    def close(self) -> None:
        """Close everything; a second time does nothing."""
        if not self.is_open:
            return
        self.is_open = False
        self.way_out.close()
        self._transport.close()
        self.functions.close()
        self._targets.close()
        self._template_resources.close()
        self.backend.close()
        self._moto.close()
        self._settings.leave()

    def _policy_of_role(self, role_arn: str) -> Mapping[str, Any] | None:
        return policy_of_role(ACCOUNT_ID, role_arn) if self.enforces_roles else None

    def _invoke(self, function_arn: str, event: dict[str, Any]) -> None:
        enqueue(self.functions, function_arn, json.dumps(event))

    # -- clients ------------------------------------------------------------------------------------

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a boto3 client of this account; one is made per service and region."""
        import boto3

        where = (service, region or self.region)
        if where not in self._clients:
            make: Any = boto3.client  # its stubs know each service by a literal only
            self._clients[where] = make(service, region_name=where[1])
        return self._clients[where]

    def _lambdas_client(self, service: str, region: str) -> Any:
        """Return a client for calls of Lambda itself: no fault strikes them, and they are not repeated."""
        import boto3

        where = (service, region)
        if where not in self._own_clients:
            make: Any = boto3.client
            config = Config(retries={"total_max_attempts": 1})
            self._own_clients[where] = of_lambda(make(service, region_name=region, config=config))
        return self._own_clients[where]

    def resource(self, service: str, region: str | None = None) -> Any:
        """Return a boto3 resource of this account; one is made per service and region."""
        import boto3

        where = (service, region or self.region)
        if where not in self._resources:
            make: Any = boto3.resource
            self._resources[where] = make(service, region_name=where[1])
        return self._resources[where]

    def client_beside(self, arn: str, service: str) -> Any:
        """Return a service's client in the region of what an ARN names."""
        region = arn.split(":")[3]
        # DynamoDB Local says another word for every region.
        return self.client(service, region if is_region(region) else None)

    def answer_all(self) -> None:
        """Answer also clients that were made before, in another lab or in none: for functions moved here."""
        self._transport.answers_all = True

    def answers(self) -> dict[str, Answer]:
        """Return who answers in process, by service."""
        return {
            **self.backend.answers(),
            "lambda": self._lambda_api.call,
        }

    def note_rights(self, function_name: str, needed: Sequence[Request]) -> None:
        """Take note of what a function's role needs for a call that its handler made."""
        noted = self.functions.rights.setdefault(function_name, {})
        for request in needed:
            noted[request] = None

    def client_settings(self, service: str) -> Mapping[str, Any] | None:
        """Return what clients are made with whose calls leave the process; None for all others."""
        return self.backend.client_settings(service)

    @property
    def region_outside(self) -> str | None:
        """The region that the process's environment names outside of the lab."""
        return self._settings.region_outside

    def adopt(self, client: Any) -> None:
        """Take note that such a client was made."""
        self.backend.adopt(client)

    @contextmanager
    def ready(self, service: str) -> Iterator[None]:
        """Let a service of moto's know lab time and all that it should; then see what it did to queues."""
        if service == "logs":
            self.functions.logs.publish()
        self._targets.ready(service)
        self._template_resources.ready(service)
        try:
            with self.clock.as_process_time():
                yield
        finally:
            self._queues.notice()

    def long_poll(
        self, params: Mapping[str, Any], region: str, receive: Callable[[dict[str, Any]], Any]
    ) -> Any:
        """Answer a ReceiveMessage: lab time passes until there is a message, as long as the call waits."""
        return self._queues.long_poll(params, region, receive, self.functions.pass_time)

    # -- tables and streams -------------------------------------------------------------------------

    @contextmanager
    def creating_table(self, name: str, shards: int | None) -> Iterator[None]:
        """Let the stream of a table that is created inside start with `shards` shards."""
        if shards is not None and self.backend.control is None:
            raise self._refusal(f"create_table(shards={shards})", "how many shards a stream has")
        with self.backend.creating_table(name, shards):
            yield

    def control(self, what: str) -> Control:
        """Return what makes things happen to tables and streams.

        Parameters
        ----------
        what : str
            What was called, for the refusal.

        Raises
        ------
        LabError
            Where tables and streams are not the lab's own.
        """
        if self.backend.control is None:
            raise self._refusal(what, "when shards split or close and items expire")
        return self.backend.control

    def checked_faults(self, faults: Faults | None) -> Faults | None:
        """Return the faults, if they can happen here: the emulator splits shards and does half a batch."""
        if self.backend.control is not None or not isinstance(faults, Faults):
            return faults
        if faults.splits:
            raise self._refusal(f"Faults(splits={faults.splits!r})", "when its shards split")
        partial = [one for one in faults.refuse if one.is_partial and one.service == "dynamodb"]
        if partial:
            raise self._refusal(f"Faults(refuse={partial!r})", "what of a batch it does")
        return faults

    def _refusal(self, what: str, decided: str) -> LabError:
        return LabError(
            f"{what} is for the emulator: {self.backend.where} decides {decided}; "
            "open Lab() without backend= for it"
        )

    # -- time ---------------------------------------------------------------------------------------

    @property
    def plan(self) -> FaultPlan:
        """What goes wrong in the present run."""
        return self.functions.plan

    def time(self) -> float:
        """Return the seconds of lab time since the lab was opened."""
        return float(self.clock.env.now)

    def pass_time(self, seconds: float) -> None:
        """Let lab time pass while code waits: in a handler its own, in a cell everybody's."""
        self.functions.pass_time(seconds)

    @property
    def conflicts(self) -> int:
        """How many requests for items ongoing transactions have refused."""
        return len(self.recorder.conflicts)

    def pass_conflict(self) -> None:
        """Let the time of one call pass: a cell's call met an ongoing transaction.

        Outside handlers lab time stands still: code that asks again and again would never end.
        """
        self.pass_time(self.backend.latencies.call)

    def refuse_in_handler(self, what: str) -> None:
        """Raise LabError where a handler does what only a cell or a test may do."""
        refuse_in_handler(what)

    def run_until(self, moment: timedelta | datetime) -> None:
        """Let everything happen that is due until then."""
        at = self.clock.due(moment)
        if at > self.clock.env.now:
            self.clock.env.run(until=at)

    def run_until_drained(self) -> None:
        """Let time pass until nothing is left to deliver or to retry."""
        env = self.clock.env
        since = float(env.now)
        while not (self.functions.drained() and self.backend.is_quiet(since, self.functions.polled_shards())):
            try:
                env.step()
            except EmptySchedule:
                raise LabError(
                    "nothing more can happen, and yet records wait: this is a defect of the lab"
                ) from None
