"""One emulated AWS account: its services, wired to one clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

from simpy.core import EmptySchedule

from cdc_lab.emulator.aws_settings import AwsSettings
from cdc_lab.emulator.backend import Answer, Backend, Control
from cdc_lab.emulator.faults import Faults
from cdc_lab.emulator.lambda_.api import LambdaApi
from cdc_lab.emulator.lambda_.asynchronous import enqueue
from cdc_lab.emulator.lambda_.runs import refuse_in_handler
from cdc_lab.emulator.lambda_.service import LambdaService
from cdc_lab.emulator.other_services.long_poll import LongPoll
from cdc_lab.emulator.other_services.moto_account import MotoAccount
from cdc_lab.emulator.other_services.queues import Queues
from cdc_lab.emulator.other_services.targets import Targets
from cdc_lab.emulator.regions import is_region
from cdc_lab.emulator.transport import Transport
from cdc_lab.errors import LabError
from cdc_lab.trace import Recorder

ACCOUNT_ID = "123456789012"

T = TypeVar("T")


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
    """

    def __init__(self, name: str, backend: Backend, *, seed: int, region: str) -> None:
        self.name = name
        self.backend = backend
        self.clock = backend.clock
        self.region = region
        self.is_open = True
        self._settings = AwsSettings(region)
        self._settings.enter()
        self._moto = MotoAccount(seed, backend.passing)
        backend.open(self.client)
        self.recorder = Recorder(backend.streams.log)
        self._queues = Queues(backend.clock)
        self.functions = LambdaService(
            backend.clock,
            backend.streams,
            self._queues,
            self.recorder,
            seed=seed,
            account_id=ACCOUNT_ID,
            region=region,
            clients=self.client,
            latencies=backend.latencies,
            split=backend.control.split_any_shard if backend.control is not None else None,
        )
        self._lambda_api = LambdaApi(self.functions)
        self._targets = Targets(backend.clock, self._invoke)
        self._long_poll = LongPoll(backend.clock, self._queues, self.functions.let_pass)
        self._clients: dict[tuple[str, str], Any] = {}
        self._resources: dict[tuple[str, str], Any] = {}
        self._transport = Transport(self, seed)
        self._transport.open()

    def close(self) -> None:
        """Close everything; a second time does nothing."""
        if not self.is_open:
            return
        self.is_open = False
        self._transport.close()
        self.functions.close()
        self._targets.close()
        self._long_poll.close()
        self.backend.close()
        self._moto.close()
        self._settings.leave()

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

    def resource(self, service: str, region: str | None = None) -> Any:
        """Return a boto3 resource of this account; one is made per service and region."""
        import boto3

        where = (service, region or self.region)
        if where not in self._resources:
            make: Any = boto3.resource
            self._resources[where] = make(service, region_name=where[1])
        return self._resources[where]

    def mapping_client(self, stream_arn: str) -> Any:
        """Return the ``lambda`` client of the region in which a stream can have mappings (C8)."""
        region = stream_arn.split(":")[3]
        # DynamoDB Local says another word for every region.
        return self.client("lambda", region if is_region(region) else None)

    def answer_all(self) -> None:
        """Answer also clients that were made before, in another lab or in none: for functions moved here."""
        self._transport.answers_all = True

    def answers(self) -> dict[str, Answer]:
        """Return who answers in process, by service."""
        return {
            **self.backend.answers(),
            "lambda": self._lambda_api.call,
        }

    def client_settings(self, service: str) -> Mapping[str, Any] | None:
        """Return what clients are made with whose calls leave the process; None for all others."""
        return self.backend.client_settings(service)

    def adopt(self, client: Any) -> None:
        """Take note that such a client was made."""
        self.backend.adopt(client)

    @contextmanager
    def ready(self, service: str) -> Iterator[None]:
        """Let a service of moto's know lab time and all that it should; then see what it did to queues."""
        if service == "logs":
            self.functions.logs.publish()
        self._targets.ready(service)
        if service == "sqs":
            self._long_poll.ready()
        try:
            with self.clock.as_process_time():
                yield
        finally:
            self._queues.notice()

    def patiently(self, service: str, once: Callable[[], T]) -> T:
        """Make a call that moto answers; one that waits for messages is made again until some have come."""
        return self._long_poll.answer(once) if service == "sqs" else once()

    # -- tables and streams -------------------------------------------------------------------------

    @contextmanager
    def creating_table(self, name: str, shards: int | None) -> Iterator[None]:
        """Let the stream of a table that is created inside start with so many shards."""
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
        """Return the faults, if they can happen here: splits happen only to shards of the lab's own."""
        if self.backend.control is None and isinstance(faults, Faults) and faults.splits:
            raise self._refusal(f"Faults(splits={faults.splits!r})", "when its shards split")
        return faults

    def _refusal(self, what: str, decided: str) -> LabError:
        return LabError(
            f"{what} is for the emulator: {self.backend.where} decides {decided}; "
            "open Lab() without backend= for it"
        )

    # -- time ---------------------------------------------------------------------------------------

    def refuse_in_handler(self, what: str) -> None:
        """Raise LabError where a handler does what only a cell or a test may do."""
        refuse_in_handler(what)

    def pass_time(self, seconds: float) -> None:
        """Let lab time pass while code waits: in a handler as its sleep, in a cell as a run of the lab."""
        self.functions.let_pass(seconds)

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
