"""Lambda functions: a handler, its limits, and the environments it runs in."""

from __future__ import annotations

import copy
import inspect
import os
import random
import re
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cdc_lab.emulator.lambda_.environments import IMPORTED, Memory
from cdc_lab.emulator.lambda_.locks import in_lab_time
from cdc_lab.emulator.lambda_.permissions import Permissions
from cdc_lab.emulator.lambda_.reached import places_of
from cdc_lab.emulator.lambda_.runtime import Runtime
from cdc_lab.emulator.lambda_.shared_memory import SharedMemory
from cdc_lab.emulator.latencies import Latencies
from cdc_lab.errors import LabError

Handler = Callable[[Any, Any], Any]

LATEST = "$LATEST"
"""The version that is not published."""

_NAME = re.compile(r"[a-zA-Z0-9-_]{1,64}\Z")
TIMEOUT_SECONDS = (1, 900)  # Lambda's quota
_MEMORY = (128, 10_240)  # MB; Lambda's quota


class Instance:
    """One execution environment: a copy of the handler's globals, and a log stream.

    With ``cold_starts=0`` it stands for several at a time: invocations that run side by side share the
    globals. Each has a process of its own, which it leaves to a later invocation.

    Attributes
    ----------
    idle : list of Runtime
        Processes that no invocation is in: what is in them is frozen.
    is_over : bool
        Whether a fresh one has taken its place.
    """

    __slots__ = (
        "_has_lab_locks",
        "_made",
        "environ",
        "handler",
        "idle",
        "is_cold",
        "is_over",
        "log_stream_name",
    )

    def __init__(self, handler: Handler, environ: dict[Any, Any], log_stream_name: str) -> None:
        self.handler = handler
        self.environ = environ
        self.log_stream_name = log_stream_name
        self.is_cold = True
        self.is_over = self._has_lab_locks = False
        self.idle: list[Runtime] = []
        self._made = 0

    def take_runtime(self) -> Runtime:
        """The process in which the next invocation runs: one that an earlier one left, or a new one."""
        if self.idle:
            return self.idle.pop()
        self._made += 1
        return Runtime(self.log_stream_name, self._made)

    def close(self) -> None:
        """End what is frozen: Lambda takes the environment down."""
        self.is_over = True
        while self.idle:
            runtime = self.idle.pop()
            if not runtime.is_empty:
                runtime.end_frozen()

    def use_lab_locks(self) -> None:
        """Let threads wait in lab time for the locks that the handler's code holds."""
        if self._has_lab_locks:
            return
        self._has_lab_locks = True
        for place in places_of(self.handler):
            lock = in_lab_time(place.get())
            if lock is not None:
                place.put(lock)


class Concurrency:
    """How many invocations of a function run now, all its versions together.

    Attributes
    ----------
    limit : int or None
        How many may run at the same time; further ones are throttled.
    in_flight : int
    """

    __slots__ = ("in_flight", "limit")

    def __init__(self) -> None:
        self.limit: int | None = None
        self.in_flight = 0

    @property
    def is_used_up(self) -> bool:
        """Whether one more would be too many."""
        return self.limit is not None and self.in_flight >= self.limit


class Function:
    """One version of a function in one region: ``$LATEST``, or a snapshot of it that was published.

    Attributes
    ----------
    name, region : str
    arn : str
        With the number of the version; that of ``$LATEST`` has no qualifier.
    version, description, revision_id : str
    handler : callable
        ``handler(event, context)``.
    timeout : float
        Seconds of lab time.
    memory_size : int
        MB; only what the context shows.
    environment : dict of str to str
    cold_starts : float
        Share of invocations that get a fresh environment, chosen by the lab's seed. 0: every
        invocation shares the handler's own globals.
    concurrency : Concurrency
        Shared by all versions.
    watchdog_seconds : float
        Processor seconds that the handler may use without a sleep or a call. The watchdog also ends a
        handler that waits, without using the processor, for four times as long.
    dead_letter : str
        ARN of a queue or topic for events that asynchronous invocations gave up; empty for none.
    permissions : Permissions or None
        What its role may do; None for everything.
    outside : sequence or None
        None: with ``cold_starts=0`` even a crash leaves the handler's globals as they are. Otherwise a crash
        or a timeout loses them, but for these objects and cells, which somebody outside holds.
    """

    def __init__(
        self,
        name: str,
        handler: Handler,
        *,
        arn: str,
        region: str,
        seed: int,
        timeout: float,
        memory_size: int,
        environment: Mapping[str, str],
        cold_starts: float,
        concurrency: Concurrency,
        latencies: Latencies,
        watchdog_seconds: float,
        modified: float,
        revision_id: str,
        dead_letter: str = "",
        permissions: Permissions | None = None,
        outside: Sequence[object] | None = None,
    ) -> None:
        self.name = name
        self.arn = arn
        self.version = LATEST
        self.description = ""
        self.revision_id = revision_id
        self.region = region
        self.timeout = timeout
        self.memory_size = memory_size
        self.environment = dict(environment)
        self.cold_starts = cold_starts
        self.concurrency = concurrency
        self.latencies = latencies
        self.watchdog_seconds = watchdog_seconds
        self.modified = modified
        self.dead_letter = dead_letter
        self.permissions = permissions
        self.handler = handler
        self._check()
        self._seed = seed
        self._loses_memory = bool(cold_starts) or outside is not None
        self._import_again = IMPORTED.get(handler) if _can_be_known(handler) else None
        self._at_start: Memory | None = None
        if self._loses_memory and self._import_again is None:
            self._at_start = Memory(handler, outside=outside or ())
            self._at_start.keep_copies()  # the first environment works on the values themselves
        self._shared: SharedMemory | None = None
        if self._loses_memory:
            self._shared = SharedMemory(handler, outside or (), self._import_again is not None)
        self._is_shared_stale = False
        self._gives_back = outside is not None
        # Where the test goes on to use the code, as in its next try, that works on copies, too.
        self._spares_first = outside is not None and self._at_start is not None
        self._random = self._instance_names()
        self._instance = self._new_instance(handler)

    def __repr__(self) -> str:
        return f"<Function {self.name} timeout={self.timeout}s in_flight={self.concurrency.in_flight}>"

    def snapshot(self, version: str, description: str, revision_id: str) -> Function:
        """Return a version of this function: the same code and settings, environments of its own.

        With ``cold_starts=0`` these, too, share the handler's own globals.
        """
        published = copy.copy(self)
        published.arn = f"{self.arn}:{version}"
        published.version = version
        published.description = description
        published.revision_id = revision_id
        published._random = published._instance_names()
        published._instance = published._new_instance(published._fresh_handler())
        return published

    def is_like(self, other: Function) -> bool:
        """Return whether code and configuration are the same."""
        return self.handler is other.handler and self._settings() == other._settings()

    def _settings(self) -> tuple[object, ...]:
        return (self.timeout, self.memory_size, self.environment, self.cold_starts, self.dead_letter)

    def _check(self) -> None:
        if not (is_text(self.name) and _NAME.match(self.name)):
            raise LabError(f"function name {self.name!r}: use 1 to 64 letters, digits, '-' or '_'")
        handler = self.handler
        if not callable(handler):
            raise LabError(f"handler {handler!r} is not callable: give a function of (event, context)")
        if inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(
            getattr(handler, "__call__", None)  # noqa: B004 - an instance with an async __call__
        ):
            raise LabError(
                f"handler {_name_of(handler)} is async: Lambda's Python runtime calls plain functions; "
                "write def, and asyncio.run(...) inside"
            )
        try:
            inspect.signature(handler).bind(None, None)
        except TypeError:
            raise LabError(
                f"handler {_name_of(handler)}{inspect.signature(handler)} cannot be called as "
                "handler(event, context): give it these two parameters"
            ) from None
        except ValueError:
            pass  # a builtin without a signature: the call will tell
        for what, value, (low, high), unit in (
            ("timeout", self.timeout, TIMEOUT_SECONDS, "seconds"),
            ("memory_size", self.memory_size, _MEMORY, "MB"),
        ):
            if not (_is_number(value) and low <= value <= high):
                raise LabError(f"{what}={value!r}: give {low} to {high} {unit}")
        if not (_is_number(self.watchdog_seconds) and self.watchdog_seconds > 0):
            raise LabError(f"watchdog_seconds={self.watchdog_seconds!r}: give processor seconds above 0")
        if self.dead_letter and (
            not is_text(self.dead_letter)
            or self.dead_letter.split(":")[2:3] not in (["sqs"], ["sns"])
            or self.dead_letter.endswith(".fifo")
        ):
            raise LabError(f"dead_letter={self.dead_letter!r}: give the ARN of a standard queue or topic")
        if not (_is_number(self.cold_starts) and 0 <= self.cold_starts <= 1):
            raise LabError(f"cold_starts={self.cold_starts!r}: give a share from 0 to 1")
        for key, setting in self.environment.items():
            if not (is_text(key) and is_text(setting)):
                raise LabError(f"environment {key!r}={setting!r}: names and values are strings on Lambda")

    def _instance_names(self) -> random.Random:
        where = self.name if self.version == LATEST else f"{self.name}:{self.version}"
        return random.Random(f"{self._seed}:instances:{where}")

    def take_instance(self) -> Instance:
        """The environment of the next invocation: the one there is, or by `cold_starts` a fresh one."""
        is_due = self._is_shared_stale and not self.concurrency.in_flight
        if self.cold_starts and not self._instance.is_cold and self._random.random() < self.cold_starts:
            is_due = True
        if is_due:
            self._instance.close()
            return self._cold_instance()
        if self._spares_first:
            self._spares_first = False
            self._instance.handler = self._fresh_handler()
        return self._instance

    def replace_instance(self) -> None:
        """After a crash or a timeout, Lambda starts over with a fresh environment."""
        if self._loses_memory:
            self._instance.close()
            self._cold_instance(ended=1)

    def give_back(self) -> None:
        """Let classes and modules hold what they held when a test created the function; do so once."""
        if self._gives_back and self._shared is not None:
            self._shared.start_afresh()
        self._gives_back = False

    def _cold_instance(self, ended: int = 0) -> Instance:
        """Start a fresh environment; `ended` of the invocations that are in flight have ended."""
        if self._shared is not None:
            # Others that are at work would lose what they hold. Their memory goes when nobody is.
            self._is_shared_stale = self.concurrency.in_flight > ended
            if not self._is_shared_stale:
                self._shared.start_afresh()
        self._instance = self._new_instance(self._fresh_handler())
        return self._instance

    def _fresh_handler(self) -> Handler:
        if self._at_start is not None:
            return self._at_start.copy_of(self.handler)
        if self._loses_memory and self._import_again is not None:
            return self._import_again()
        return self.handler

    def _new_instance(self, handler: Handler) -> Instance:
        stream = f"[{self.version}]{self._random.getrandbits(128):032x}"
        return Instance(handler, self._environ(stream), stream)

    def _environ(self, log_stream: str) -> dict[Any, Any]:
        # The lab has already replaced the AWS settings of the machine's owner.
        values = dict(os.environ)
        values |= {
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_VERSION": self.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory_size),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{self.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        }
        values |= self.environment
        environ: Any = os.environ
        return {environ.encodekey(name): environ.encodevalue(value) for name, value in values.items()}

    def configuration(self, arn: str | None = None) -> dict[str, Any]:
        """The members of GetFunctionConfiguration that the lab can fill truthfully.

        Parameters
        ----------
        arn : str, optional
            Under which it was asked for: AWS's answer repeats an alias.
        """
        from datetime import UTC, datetime

        described: dict[str, Any] = {
            "FunctionName": self.name,
            "FunctionArn": arn or self.arn,
            "Handler": _name_of(self.handler),
            "Timeout": self.timeout,
            "MemorySize": self.memory_size,
            "LastModified": datetime.fromtimestamp(self.modified, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
            + "+0000",
            "Description": self.description,
            "Version": self.version,
            "RevisionId": self.revision_id,
            "PackageType": "Zip",
            "State": "Active",
            "LastUpdateStatus": "Successful",
        }
        if self.permissions is not None:
            described["Role"] = self.permissions.role_arn
        if self.dead_letter:
            described["DeadLetterConfig"] = {"TargetArn": self.dead_letter}
        if self.environment:
            described["Environment"] = {"Variables": dict(self.environment)}
        return described


def is_text(value: object) -> bool:
    """Whether it can stand in an environment."""
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _can_be_known(handler: Any) -> bool:
    """Whether it can be looked for: what cannot be hashed or weakly referred to was not imported by us."""
    try:
        hash(handler), weakref.ref(handler)
    except TypeError:
        return False
    return True


def _name_of(handler: Any) -> str:
    return str(getattr(handler, "__qualname__", type(handler).__name__))
