"""The front door: one emulated AWS account with a clock of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import ClientError

from cdc_lab.backends import prepare
from cdc_lab.clock import START
from cdc_lab.emulator.dynamodb.table_request import Key, table_request
from cdc_lab.errors import LabError
from cdc_lab.show import short_errors

if TYPE_CHECKING:
    from cdc_lab.deployment.folder import Deployable
    from cdc_lab.deployment.template import Template
    from cdc_lab.emulator.account import Account
    from cdc_lab.emulator.dynamodb.throughput import PartitionThroughput
    from cdc_lab.emulator.faults import Faults
    from cdc_lab.emulator.latencies import Latencies
    from cdc_lab.emulator.network.http import HttpService
    from cdc_lab.trace import Trace


class Lab:
    """An emulated AWS account on a laptop: tables, streams, functions, and time that moves when you say so.

    While a lab is open, every boto3 client made in this process is the lab's. One lab is open at a
    time: opening another closes the first.

    Parameters
    ----------
    seed : int
        Everything that looks random follows from it: ids, sequence numbers, faults.
    shards : int
        How many shards a new stream starts with, 1 to 100 (B22: AWS often starts with 4).
    start : datetime
        Aware; what the clock shows at first.
    region : str
        Region of the clients that name none: one of AWS's.
    backend : str
        ``"moto"``: all of it in this process, on virtual time. ``"endpoint"``: DynamoDB and its streams
        are those of DynamoDB Local, on real time; Lambda, functions, mappings and every other service
        stay the lab's. ``"aws"``: the same with your account's DynamoDB, only reading what is not named
        ``cdc-lab-...``; refused unless ``CDC_LAB_ALLOW_REAL_AWS=1`` stands in the environment as well.
        What cannot hold on real time is refused: moving the clock, splitting shards, expiring items.
    endpoint_url : str, optional
        Of the endpoint; ``DYNAMODB_LOCAL_URL`` by default. It is given fake credentials.
    allow_remote : bool
        Whether the endpoint may be another machine than this one.
    partition_throughput : bool or PartitionThroughput
        Whether a partition of a table takes no more than 1,000 write units and 3,000 read units in each
        second of lab time (D8). What is more is throttled as AWS throttles it: an on-demand table answers
        ``ThrottlingException``, a batch leaves items unprocessed, a transaction is cancelled. Give
        ``PartitionThroughput(...)`` (from ``cdc_lab``) for other numbers; its docstring says what is AWS's
        and what is a model. Off by default: a table takes as much as comes.

    Examples
    --------
    >>> from cdc_lab import Lab
    >>> lab = Lab(seed=7)
    >>> flights = lab.create_table("flights", partition_key="flight_id")
    >>> _ = flights.put_item(Item={"flight_id": "UA1545", "status": "scheduled"})
    >>> [record.event_name for record in lab.read_stream(flights)]
    ['INSERT']
    >>> lab.close()
    """

    _open: ClassVar[Lab | None] = None
    _numbers: ClassVar[itertools.count[int]] = itertools.count(1)

    def __init__(
        self,
        seed: int = 0,
        shards: int = 1,
        start: datetime = START,
        region: str = "us-east-1",
        *,
        backend: str = "moto",
        endpoint_url: str | None = None,
        allow_remote: bool = False,
        partition_throughput: bool | PartitionThroughput = False,
    ) -> None:
        # What is wrong is refused before the lab that is open is closed.
        opening = prepare(
            backend, endpoint_url, allow_remote, seed, shards, start, region, partition_throughput
        )
        if Lab._open is not None:
            Lab._open._close("Lab()")
        self.seed = seed
        self._account = opening(f"lab {next(Lab._numbers)} (seed {seed})")
        self.clock = self._account.clock
        self.clock.on_advance(lambda until: self.run(until=until))
        self._account.recorder.draw = _event_flow
        short_errors.install(ClientError, KeyboardInterrupt)
        Lab._open = self

    @classmethod
    def from_template(
        cls,
        path: str | Path,
        *,
        parameters: Mapping[str, Any] | None = None,
        leave_out: Sequence[str] = (),
        enforce_roles: bool = True,
        **options: Any,
    ) -> Lab:
        """Open a lab with what a template declares: tables, streams, functions, mappings, queues, policies.

        Code is imported from where it lies: ``CodeUri`` of AWS SAM, built or not, and the assets of CDK.
        It needs the packages of ``pip install 'cdc-lab[templates]'``.

        Parameters
        ----------
        path : str or Path
            A template of AWS SAM or CloudFormation, YAML or JSON; for CDK ``cdk.out/NAME.template.json``.
        parameters : mapping, optional
            Of the template, by name; its defaults hold for the others.
        leave_out : sequence of str
            Resources to leave out, by logical id or by type: what the lab does not emulate.
        enforce_roles : bool
            Whether functions may do what their role's policies allow, and nothing else.
        **options
            Of :class:`Lab`.

        Raises
        ------
        LabError
            In one line: for what the lab lacks, by name; for a template that AWS SAM refuses; for code that
            cannot be imported. No lab is open then.
        """
        from cdc_lab.deployment.reading import stand_up

        lab = cls(**options)
        lab._account.enforces_roles = enforce_roles
        try:
            stand_up(lab._account, path, parameters=parameters, leave_out=leave_out)
        except BaseException:
            lab.close()
            raise
        return lab

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "open" if self._account.is_open else "closed"
        place = self._account.backend.where
        where = f" at {place}" if place else ""
        return f"<Lab seed={self.seed} {state}{where}, clock {self.clock.now():%Y-%m-%d %H:%M:%S} UTC>"

    def close(self) -> None:
        """Close the lab; the user's own AWS settings are in place again."""
        self._close("lab.close()")

    def _close(self, what: str) -> None:
        self._account.refuse_in_handler(what)
        self._account.close()
        if Lab._open is self:
            Lab._open = None

    def _require_open(self) -> Account:
        if not self._account.is_open:
            raise LabError(f"{self._account.name} is closed: open another with Lab(seed={self.seed})")
        return self._account

    # ---- AWS ---------------------------------------------------------------------------------

    def client(self, service: str, region: str | None = None) -> Any:
        """An ordinary boto3 client, answered by the lab: ``dynamodb``, ``lambda``, ``sqs``, ..."""
        return self._require_open().client(service, region)

    def resource(self, service: str, region: str | None = None) -> Any:
        """An ordinary boto3 resource, answered by the lab."""
        return self._require_open().resource(service, region)

    def answer_all(self) -> None:
        """Answer also the clients that were made before this lab was opened, as long as it is open.

        A handler's are answered in any case. Elsewhere such a client is refused, because its owner may
        believe that it reaches another account. The ``lab`` of a test answers all, and so does that of an
        exercise's check.
        """
        self._require_open().answer_all()

    def create_table(
        self,
        name: str,
        partition_key: Key,
        sort_key: Key | None = None,
        stream_view_type: str | None = "NEW_AND_OLD_IMAGES",
        shards: int | None = None,
        ttl_attribute: str | None = None,
    ) -> Any:
        """Create an on-demand table, with a stream, in one line.

        Parameters
        ----------
        name : str
        partition_key, sort_key : str or (str, str)
            Attribute name, or name and type (``S``, ``N`` or ``B``); a string by default.
        stream_view_type : str or None
            One of the four view types (A19); None for a table without a stream. AWS has no default
            (A22): the one here is the lab's.
        shards : int, optional
            How many shards its stream starts with.
        ttl_attribute : str, optional
            Turn time to live on, by this attribute.

        Returns
        -------
        boto3 ``Table``
        """
        account = self._require_open()
        request = table_request(name, partition_key, sort_key, stream_view_type)
        client = account.client("dynamodb")
        with account.creating_table(name, shards):
            client.create_table(**request)
        if ttl_attribute is not None:
            client.update_time_to_live(
                TableName=name,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": ttl_attribute},
            )
        return self.resource("dynamodb").Table(name)

    def create_function(
        self,
        name: str,
        handler: Callable[..., Any] | str,
        *,
        timeout: float | None = None,
        memory_size: int | None = None,
        environment: Mapping[str, str] | None = None,
        cold_starts: float | None = None,
        reserved_concurrency: int | None = None,
        latencies: Latencies | None = None,
        watchdog_seconds: float | None = None,
        policy: Mapping[str, Any] | str | None = None,
        dead_letter: str | None = None,
        region: str | None = None,
        code_uri: str | Path | None = None,
        layers: Sequence[str | Path] = (),
        **unknown: Any,
    ) -> Any:
        """Make a Python function a Lambda function of this account.

        What is not given has Lambda's default.

        Parameters
        ----------
        name : str
        handler : callable or str
            ``handler(event, context)``, as it would be deployed; or where it is, for
            :func:`cdc_lab.testing.import_handler`, which imports it as a cold start does.
        timeout : float
            Seconds of lab time after which an invocation is cut: 3.
        memory_size : int
            MB, 128; what the context shows.
        environment : mapping of str to str
            ``os.environ`` of the handler, beside what Lambda sets.
        cold_starts : float
            Share of invocations that start in a fresh environment, 0 to 1, chosen by the lab's seed: 0.
        reserved_concurrency : int
            How many invocations may run at the same time.
        latencies : Latencies
            How long the handler's AWS calls take.
        watchdog_seconds : float
            Processor seconds after which a handler is ended that neither sleeps nor calls AWS: 10.
        policy : mapping or str
            IAM policy document of its role, dict or JSON; without it everything is allowed.
        dead_letter : str
            ARN of a queue or topic for asynchronous events that were given up.
        region : str
            The only region that has the function; without it every region has it.
        code_uri, layers
            Folders of a handler that is named, as ``CodeUri`` and ``Layers`` of a template of SAM.

        Raises
        ------
        LabError
            For a handler that cannot be called as ``handler(event, context)``; for an option that does not
            exist; and for a limit, policy, dead-letter target or region that Lambda would not accept.
        """
        given = {**_given(locals()), **unknown}
        from cdc_lab.emulator.lambda_.attaching import Code, deploy

        return deploy(self._require_open().functions, name, handler, given, Code(code_uri, layers))

    def attach(
        self,
        handler: Callable[..., Any] | str,
        table: Any,
        *,
        name: str | None = None,
        timeout: float | None = None,
        memory_size: int | None = None,
        environment: Mapping[str, str] | None = None,
        cold_starts: float | None = None,
        reserved_concurrency: int | None = None,
        latencies: Latencies | None = None,
        watchdog_seconds: float | None = None,
        policy: Mapping[str, Any] | str | None = None,
        dead_letter: str | None = None,
        region: str | None = None,
        code_uri: str | Path | None = None,
        layers: Sequence[str | Path] = (),
        StartingPosition: str | None = None,
        StartingPositionTimestamp: datetime | None = None,
        BatchSize: int | None = None,
        MaximumBatchingWindowInSeconds: int | None = None,
        ParallelizationFactor: int | None = None,
        BisectBatchOnFunctionError: bool | None = None,
        MaximumRetryAttempts: int | None = None,
        MaximumRecordAgeInSeconds: int | None = None,
        DestinationConfig: Mapping[str, Any] | None = None,
        FunctionResponseTypes: Sequence[str] | None = None,
        FilterCriteria: Mapping[str, Any] | None = None,
        TumblingWindowInSeconds: int | None = None,
        MetricsConfig: Mapping[str, Any] | None = None,
        ScalingConfig: Mapping[str, Any] | None = None,
        Enabled: bool | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Put a handler behind a table's stream: create its function and an event source mapping to it.

        It makes the two calls that :meth:`create_function` and boto3's
        ``create_event_source_mapping(FunctionName=..., EventSourceArn=..., StartingPosition="TRIM_HORIZON")``
        make; on AWS only the second exists.

        Parameters
        ----------
        handler : callable or str
            ``handler(event, context)``; the name of a function that exists; or ``"module.function"``, or
            ``"path/to/file.py:function"``, which is imported as a cold start does.
        table : boto3 Table or str
            A table with a stream, its name, or the ARN of a stream or of an SQS queue.
        name : str, optional
            Of the function. By default the handler's own, with dashes for underscores: ``delay_board``
            becomes ``delay-board``. A handler that has a function already gets a second mapping. Another
            handler of the same name is refused: a function is never replaced here.
        timeout, memory_size, environment, ...
            In lower case the options of :meth:`create_function`.
        BatchSize, MaximumRetryAttempts, ...
            In CamelCase the parameters of CreateEventSourceMapping, for which AWS's defaults hold (C1). The
            ``StartingPosition`` of a stream is ``TRIM_HORIZON`` unless given.
        **options
            The parameters of CreateEventSourceMapping that only other sources than streams have.

        Returns
        -------
        dict
            The mapping as boto3 returns it: ``UUID`` for ``update_event_source_mapping`` and
            ``delete_event_source_mapping``, ``FunctionArn``, ``State``, and its parameters. A notebook shows
            it in one line.

        Raises
        ------
        LabError
            For a table without a stream, an option that does not exist, or a name that is taken.
        ClientError
            What Lambda refuses, in its words. No function is left behind then.

        Examples
        --------
        >>> from cdc_lab import Lab
        >>> lab = Lab(seed=7)
        >>> flights = lab.create_table("flights", partition_key="flight_id")
        >>> batches = []
        >>> def count_records(event, context):
        ...     batches.append(len(event["Records"]))
        >>> mapping = lab.attach(count_records, flights, BatchSize=2, timeout=10)
        >>> mapping
        <mapping from flights to count-records: Creating>
        >>> mapping["BatchSize"]
        2
        >>> for number in (1, 2, 3):
        ...     _ = flights.put_item(Item={"flight_id": f"UA{number}"})
        >>> _ = lab.run()
        >>> batches
        [2, 1]
        >>> lab.close()
        """
        given = {**_given(locals()), **options}
        from cdc_lab.emulator.lambda_.attaching import Code, attach

        account, arn = self._require_open(), self._arn(table)
        client = account.client_beside(arn, "lambda")
        return attach(account.functions, client, handler, arn, name, given, Code(code_uri, layers))

    def template(self, *, architecture: str | None = None) -> Template:
        """Return an AWS SAM template of what the lab ran: all that it takes to run it in an account.

        It has the tables and streams, the functions with their mappings, queues, topics and buckets, for
        each function a role that allows what its runs did and no more, log groups, alarms and a dashboard.
        Run your day under faults first: a call that was never made is not allowed. Those that stand in the
        source alone are listed in a comment. ``cdc_lab.testing.rehearse`` runs a day under many schedules of
        faults, and then again within the policies.

        Parameters
        ----------
        architecture : str, optional
            ``arm64`` or ``x86_64``; by default this machine's.

        Returns
        -------
        Template
            Shown as YAML. ``check()`` translates it as SAM does and lints it; ``write(path)`` writes it;
            ``policies`` has the policy of each function.

        Raises
        ------
        LabError
            For a lab without functions, and for what one template cannot hold.
        """
        from cdc_lab.deployment.template import template_of

        return template_of(self._require_open(), architecture=architecture)

    def deployable(self, folder: str | Path, *, architecture: str | None = None) -> Deployable:
        """Write the folder to deploy: the handlers, what they import, requirements, the template, a README.

        Parameters
        ----------
        folder : str or Path
            A new one, or one that was written so before.
        architecture : str, optional
            As for :meth:`template`.

        Raises
        ------
        LabError
            For a handler that imports what cannot be deployed, with the line and the remedy; and for what
            :meth:`template` refuses.
        """
        from cdc_lab.deployment.folder import write_folder

        return write_folder(self.template(architecture=architecture), folder)

    def http(
        self, url_prefix: str, answer: Any, *, seconds: float | None = None, name: str | None = None
    ) -> HttpService:
        """Answer the HTTP calls that handlers make to addresses that begin so.

        It works for requests, urllib3, urllib.request and httpx, in threads and in asyncio, too. A call takes
        lab time, is a step of its handler, and stands in ``trace.calls``; a client's timeout passes in lab
        time. Without an answer a call that would leave this machine is refused, and ends the run.

        Parameters
        ----------
        url_prefix : str
            The beginning of the addresses: ``"https://api.example.com/v1"``. The longest that fits answers.
        answer : callable or constant
            ``answer(request)`` gets the method, url, headers, body and ``json()`` of the request, and returns
            what a constant may be: a body (str, bytes; a dict or list becomes JSON), an HTTP status, or a
            tuple of status, body and, if wanted, headers. An OSError that it raises is what the client meets:
            ``ConnectionResetError`` for a lost connection. None: the real service answers, in real time.
        seconds : float, optional
            Lab time that a call takes, there and back; the answer is made half-way. By default as long as an
            AWS call.
        name : str, optional
            What ``Faults``, ``Refusal`` and the trace call the service; by default its host. Its operations
            are ``GET``, ``POST``, ...: ``Refusal("partner", "POST", 503)``.

        Returns
        -------
        HttpService
            Its ``requests`` lists those that it got.

        Raises
        ------
        LabError
            For what is no beginning of an address, and for a name that another service has.

        Examples
        --------
        >>> import json
        >>> from urllib.request import urlopen
        >>> from cdc_lab import Lab
        >>> lab = Lab(seed=7)
        >>> partner = lab.http("https://partner.example/", {"gate": "C12"}, seconds=0.5, name="partner")
        >>> def ask_partner(event, context):
        ...     return json.load(urlopen("https://partner.example/gates/UA1", timeout=2))
        >>> _ = lab.create_function("ask-partner", ask_partner)
        >>> lab.client("lambda").invoke(FunctionName="ask-partner")["Payload"].read()
        b'{"gate": "C12"}'
        >>> print(lab.trace.rows.calls[["service", "operation", "outcome", "took_ms"]])
        service  operation  outcome  took_ms
        partner  GET        ok       500.0
        >>> partner
        <partner at https://partner.example/: 1 requests>
        >>> lab.close()
        """
        return self._require_open().way_out.add(url_prefix, answer, seconds, name)

    # ---- streams -----------------------------------------------------------------------------

    def stream_arn(self, table: Any) -> str:
        """The ARN of a table's latest stream.

        Parameters
        ----------
        table : boto3 Table or str
        """
        name = _name(table)
        description = self.client("dynamodb").describe_table(TableName=name)["Table"]
        if "LatestStreamArn" not in description:
            raise LabError(
                f"table {name} has no stream: create it with stream_view_type=..., "
                "or enable one with update_table"
            )
        arn: str = description["LatestStreamArn"]
        return arn

    def read_stream(self, table: Any) -> Any:
        """Every record that a table's stream still holds, shard by shard, parents before children.

        Parameters
        ----------
        table : boto3 Table, str
            A table, its name, or the ARN of a stream.

        Returns
        -------
        list of StreamRecord
            Shown as a table in Jupyter. Between shards their order says nothing (A37). With another
            backend, an open shard counts as read after ten empty pages.
        """
        from cdc_lab.backends.reading import every_stream_record
        from cdc_lab.show.tables import RecordTable

        account, arn = self._require_open(), self._arn(table)
        client = account.client_beside(arn, "dynamodbstreams")
        return RecordTable(every_stream_record(client, arn, partial(self._account.backend.holds_more, arn)))

    def shards(self, table: Any) -> list[dict[str, Any]]:
        """The shards of a table's stream as DescribeStream lists them, all pages, parents first."""
        from cdc_lab.backends.reading import every_shard

        arn = self._arn(table)
        return every_shard(self._require_open().client_beside(arn, "dynamodbstreams"), arn)

    def _arn(self, table: Any) -> str:
        is_arn = isinstance(table, str) and table.startswith("arn:")
        return table if is_arn else self.stream_arn(table)

    def split_shard(self, table: Any, shard_id: str) -> list[str]:
        """Split an open shard in two, as high write activity does on AWS (B20); return the children's ids."""
        control = self._require_open().control("lab.split_shard")
        return control.split_shard(self._arn(table), shard_id)

    def roll_shards(self, table: Any) -> list[str]:
        """Close every open shard and give it one successor, as happens after about four hours (B21)."""
        return self._require_open().control("lab.roll_shards").roll_shards(self._arn(table))

    def expire_ttl(self) -> int:
        """Sweep every table for expired items now; return how many left (A31)."""
        return self._require_open().control("lab.expire_ttl").expire_ttl()

    # ---- time --------------------------------------------------------------------------------

    @property
    def trace(self) -> Trace:
        """All that happened since the lab was opened."""
        return self._account.recorder.trace()

    def run(
        self,
        until: timedelta | datetime | None = None,
        faults: Faults | None = None,
        max_invocations: int = 100_000,
    ) -> Trace:
        """Let time pass: until a moment, or until every event source mapping is drained.

        Parameters
        ----------
        until : timedelta or aware datetime, optional
            How long, or until when. Without it: until nothing is left to deliver or to retry.
        faults : Faults, optional
            What goes wrong on the way.
        max_invocations : int
            After this many the run is given up: a handler that writes to its own source never ends.

        Returns
        -------
        Trace
            What happened in this run.

        Raises
        ------
        LabError
            In a handler, which cannot move the lab that runs it; and while the lab runs in another thread.
        """
        account = self._require_open()
        since = account.recorder.mark()
        with account.functions.running(account.checked_faults(faults), max_invocations):
            if until is None:
                account.run_until_drained()
            else:
                account.run_until(until)
        return account.recorder.trace(since)

    def expect(
        self, error: type[BaseException] | tuple[type[BaseException], ...], code: str | None = None
    ) -> AbstractContextManager[Any]:
        """A context in which an error is expected: it is shown as one line, and its absence fails.

        Parameters
        ----------
        error : exception type or tuple of them
        code : str, optional
            The AWS error code that must come, such as ``ConditionalCheckFailedException``.
        """
        from cdc_lab.show.expect import expect

        return expect(error, code)


_NO_OPTIONS = ("self", "name", "handler", "table", "code_uri", "layers", "options", "unknown")


def _given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a call was given, of the names of its function."""
    return {name: value for name, value in arguments.items() if name not in _NO_OPTIONS and value is not None}


def _name(table: Any) -> str:
    return table if isinstance(table, str) else str(table.name)


def _event_flow(trace: Trace) -> Any:
    # Imported when somebody looks: opening a lab must not wait for matplotlib.
    from cdc_lab.plots import event_flow

    return event_flow(trace)
