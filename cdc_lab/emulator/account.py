"""One emulated AWS account: its services, wired to one clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from botocore.config import Config
from simpy.core import EmptySchedule

from cdc_lab.clock import Clock
from cdc_lab.emulator.attempts import of_lambda
from cdc_lab.emulator.aws_settings import Environment
from cdc_lab.emulator.dynamodb.forms import refusal_of
from cdc_lab.emulator.dynamodb.table_request import checked_shards
from cdc_lab.emulator.faults import FaultPlan, Faults
from cdc_lab.emulator.lambda_.invocation import handler_is_running
from cdc_lab.emulator.lambda_.service import LambdaService
from cdc_lab.emulator.latencies import Latencies
from cdc_lab.emulator.other_services.moto_account import MotoAccount
from cdc_lab.emulator.streams.api import StreamsApi
from cdc_lab.emulator.streams.capture import TableService
from cdc_lab.emulator.streams.service import StreamsService
from cdc_lab.emulator.transport import Answer, Transport, conform
from cdc_lab.errors import LabError, ServiceError
from cdc_lab.trace import Recorder

ACCOUNT_ID = "123456789012"

# The calls whose answers hold nothing but attribute values and numbers: no need to walk through them.
_PLAIN = frozenset(
    {
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "GetItem",
        "Query",
        "Scan",
        "BatchWriteItem",
        "BatchGetItem",
        "TransactWriteItems",
        "TransactGetItems",
    }
)


class Account:
    """Tables, streams, functions and everything else that moto answers.

    Parameters
    ----------
    name : str
        How error texts call the lab.
    clock : Clock
    seed : int
    shards : int
        Shards of a new stream.
    region : str

    Attributes
    ----------
    sources : StreamsService
        The streams that mappings read: the emulated ones, or those of a backend.
    """

    where = ""
    latencies = Latencies()
    passing: Sequence[str] = ()  # addresses that moto lets pass

    def __init__(self, name: str, clock: Clock, *, seed: int, shards: int, region: str) -> None:
        self.name = name
        self.clock = clock
        self.region = region
        self.is_open = True
        self.streams = StreamsService(clock, seed, shards)
        self.tables = TableService(clock, self.streams)
        self._environment = Environment(region)
        self._environment.enter()
        self._moto = MotoAccount(self.tables, seed, ACCOUNT_ID, self.passing)
        self.sources = self._sources()
        self.recorder = Recorder(self.sources.writes)
        self.functions = LambdaService(
            clock,
            self.sources,
            self.recorder,
            seed=seed,
            account_id=ACCOUNT_ID,
            region=region,
            clients=self._lambdas_client,
            latencies=self.latencies,
        )
        self._streams_api = StreamsApi(self.streams)
        self._clients: dict[tuple[str, str], Any] = {}
        self._resources: dict[tuple[str, str], Any] = {}
        self._output_shapes: dict[str, Any] = {}
        self._transport = Transport(self, seed)
        self._transport.open()

    def _sources(self) -> Any:
        return self.streams

    def close(self) -> None:
        """Close everything; a second time does nothing."""
        if not self.is_open:
            return
        self.is_open = False
        self._transport.close()
        self.functions.close()
        self._moto.close()
        self._environment.leave()

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client of this account; one is made per service and region."""
        import boto3

        where = (service, region or self.region)
        if where not in self._clients:
            make: Any = boto3.client  # its stubs know each service by a literal only
            self._clients[where] = make(service, region_name=where[1])
        return self._clients[where]

    def _lambdas_client(self, service: str) -> Any:
        """A client with which Lambda itself makes calls: they are no faults' business, nor repeated."""
        import boto3

        where = (service, "")
        if where not in self._clients:
            make: Any = boto3.client
            config = Config(retries={"total_max_attempts": 1})
            self._clients[where] = of_lambda(make(service, region_name=self.region, config=config))
        return self._clients[where]

    def resource(self, service: str, region: str | None = None) -> Any:
        """A boto3 resource of this account; one is made per service and region."""
        import boto3

        where = (service, region or self.region)
        if where not in self._resources:
            make: Any = boto3.resource
            self._resources[where] = make(service, region_name=where[1])
        return self._resources[where]

    def answer_all(self) -> None:
        """Answer also clients that were made before, in another lab or in none: for functions moved here."""
        self._transport.answers_all = True

    def ready(self, service: str) -> AbstractContextManager[None]:
        """The process's clock shows lab time inside, and a service of moto's knows all that it should."""
        if service == "logs":
            self.functions.logs.publish()
        return self.clock.frozen()

    @property
    def plan(self) -> FaultPlan:
        """What goes wrong in the present run."""
        return self.functions.plan

    def time(self) -> float:
        """Seconds of lab time since the lab was opened."""
        return float(self.clock.env.now)

    def pass_time(self, seconds: float) -> None:
        """Let lab time pass while a cell waits.

        Where something else moves the clock, in a process of its environment or in a thread that a handler
        started, no time passes.
        """
        env = self.clock.env
        if env.active_process is None and not handler_is_running():
            env.run(until=env.now + seconds)

    def run_until(self, moment: timedelta | datetime) -> None:
        """Let everything happen that is due until then."""
        at = self.clock.due(moment)
        if at > self.clock.env.now:
            self.clock.env.run(until=at)

    def run_until_drained(self) -> None:
        """Let time pass until nothing is left to deliver or to retry."""
        while not self.functions.drained():
            try:
                self.clock.env.step()
            except EmptySchedule:
                raise LabError(
                    "nothing more can happen, and yet records wait: this is a defect of the lab"
                ) from None

    # ---- what a backend changes --------------------------------------------------------------

    def plan_table(self, name: str, shards: int | None) -> None:
        """Say how many shards the stream of a table to come starts with."""
        of_table = self.streams.shards_of_table
        of_table[name] = self.streams.default_shards if shards is None else checked_shards(shards)

    def table_made(self, name: str) -> None:
        """A table was asked for: return when it can be used."""

    def holds_more(self, stream_arn: str, shard_id: str) -> Callable[[int], bool]:
        """Whether a shard holds records after a sequence number: an empty page does not say so (B13)."""
        stream = self.streams.get(stream_arn)
        assert stream is not None
        return stream.shards[shard_id].holds_after

    def emulated(self, what: str) -> Account:
        """The account itself, for what only an emulated one can do.

        Raises
        ------
        LabError
            Where tables and streams are not the lab's own.
        """
        return self

    def checked_faults(self, faults: Faults | None) -> Faults | None:
        """The faults, if they can happen here."""
        return faults

    def outside(self, service: str) -> Mapping[str, Any] | None:
        """What clients are made with whose calls leave the process; None for a service answered here."""
        return None

    def adopted(self, client: Any) -> None:
        """A client was made whose calls leave the process."""

    def answers(self) -> dict[str, Answer]:
        """Who answers in process."""
        return {
            "dynamodb": self._dynamodb,
            "dynamodbstreams": self._streams_api.call,
            "lambda": lambda operation, params, _: self.functions.call(operation, params),
        }

    def _dynamodb(self, operation: str, body: dict[str, Any], region: str) -> dict[str, Any]:
        try:
            result: dict[str, Any] = self._moto.dynamodb(operation, body, region) or {}
        except (ServiceError, LabError):
            raise
        except Exception as error:
            model = self.client("dynamodb").meta.service_model.operation_model(operation)
            refusal = refusal_of(model.input_shape, body, error)
            if refusal is None:
                raise
            raise refusal from None
        shape = self._output_shape(operation)
        if shape is None:
            return {}
        if operation in _PLAIN:
            return {n: v for n, v in result.items() if n in shape.members and v is not None}
        conformed: dict[str, Any] = conform(shape, result)
        return conformed

    def _output_shape(self, operation: str) -> Any:
        if operation not in self._output_shapes:
            model = self.client("dynamodb").meta.service_model
            self._output_shapes[operation] = model.operation_model(operation).output_shape
        return self._output_shapes[operation]
