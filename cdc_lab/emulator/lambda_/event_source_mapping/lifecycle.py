"""The life of an event source mapping, whatever it reads: states, updates, deletion, description."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import simpy

from cdc_lab.emulator.lambda_.event_source_mapping.roles import PollerService, ShardReader, Steps
from cdc_lab.emulator.local_time import local_time
from cdc_lab.errors import ServiceError

TRANSITION_SECONDS = 1.0
"""How long a mapping stays in Creating, Updating, Enabling, Disabling or Deleting: a choice of ours.
On AWS it may be minutes, in which LATEST misses events (C7)."""


class Described(Protocol):
    """The parameters of a mapping, as far as its life needs them."""

    def describe(self) -> dict[str, Any]:
        """Return the parameters as AWS's responses spell them."""


P = TypeVar("P", bound=Described)


class EventSourceMapping(ABC, Generic[P]):
    """A mapping between one source and one function.

    Attributes
    ----------
    uuid, arn, region, source_arn, function_name : str
    function_arn : str
        With the qualifier that the mapping was given.
    parameters : P
        In force now; an update takes effect when its transition is over.
    state : str
        Creating, Enabling, Enabled, Disabling, Disabled, Updating or Deleting (C2).
    is_enabled : bool
        Whether it reads now.
    is_denied : bool
        Whether it would read, but the function's role lacks a right that it needs.
    arrival : simpy.Process or None
        Ends with the transition that is under way.
    met_by : set of str
        The operations that have met that transition.
    """

    transition_reason: ClassVar[str]
    rights: ClassVar[tuple[str, ...]]
    """The actions on its source that the function's role must be allowed."""

    def __init__(
        self,
        service: PollerService,
        *,
        uuid: str,
        arn: str,
        source_arn: str,
        function_name: str,
        function_arn: str,
        parameters: P,
        enabled: bool,
    ) -> None:
        self.service = service
        self.uuid = uuid
        self.arn = arn
        self.region = arn.split(":")[3]
        self.source_arn = source_arn
        self.function_name = function_name
        self.function_arn = function_arn
        self.parameters = parameters
        self.is_enabled = False
        self.is_denied = False
        self.state = ""
        self.modified = 0.0
        self.arrival: simpy.Process | None = None
        self.met_by: set[str] = set()
        self._stopping: list[simpy.Process] = []
        self._batches = itertools.count(1)
        self._move("Creating", lambda: self._begin() if enabled else None, enabled)

    def __repr__(self) -> str:
        source = self.source_arn.rsplit(":", 1)[-1]
        return f"<{type(self).__name__} {self.uuid} {self.state} {source} -> {self.function_name}>"

    def describe(self, parameters: Described | None = None) -> dict[str, Any]:
        """Return the mapping as AWS's responses show it.

        Parameters
        ----------
        parameters : Described, optional
            What to show in the place of its own: an update's answer shows what it will have (C56).
        """
        return {
            "UUID": self.uuid,
            **(parameters or self.parameters).describe(),
            "EventSourceArn": self.source_arn,
            "FunctionArn": self.function_arn,
            "LastModified": local_time(self.modified),
            "State": self.state,
            "StateTransitionReason": self.transition_reason,
            "EventSourceMappingArn": self.arn,
        }

    # -- what each kind of source does in its own way ---------------------------------------------

    @abstractmethod
    def changed(self, params: Mapping[str, Any]) -> P:
        """Return the parameters after an UpdateEventSourceMapping; refuse what AWS refuses."""

    @abstractmethod
    def _enable(self) -> None:
        """Start reading; sets `is_enabled`."""

    @abstractmethod
    def _disable(self) -> None:
        """Stop reading; what still runs goes into `_stopping`. Clears `is_enabled`."""

    @abstractmethod
    def _restarts(self, old: P, new: P) -> bool:
        """Return whether pollers must start anew for these parameters."""

    @property
    @abstractmethod
    def is_drained(self) -> bool:
        """Whether nothing is left to deliver or to retry, as long as nobody writes."""

    @property
    def polled_shards(self) -> list[ShardReader]:
        """The shards that are read now; a queue has none."""
        return []

    def count_idle_polls(self) -> None:
        """Bring the count of polls up to the present, where polls are counted."""

    # -- states -----------------------------------------------------------------------------------

    def update(self, parameters: P, enabled: bool | None, function: tuple[str, str] | None) -> None:
        """Change the mapping; it takes effect when the transition is over.

        Parameters
        ----------
        parameters : P
            From :meth:`changed`.
        enabled : bool, optional
        function : (str, str), optional
            Name and ARN of another function to invoke.
        """
        self._refuse_if_busy("update")
        was_enabled = self.is_enabled or self.is_denied
        enabled = was_enabled if enabled is None else enabled
        state = "Updating" if enabled == was_enabled else "Enabling" if enabled else "Disabling"
        restart = function is not None or self._restarts(self.parameters, parameters)
        if was_enabled and not enabled:
            self._end()

        def finish() -> None:
            self.parameters = parameters
            if function is not None:
                self.function_name, self.function_arn = function
            if enabled and not self.is_enabled:
                self._begin()
            elif enabled and restart:
                self._disable()
                self._go_on()

        self._move(state, finish, enabled)

    def delete(self) -> None:
        """Stop everything; nothing is delivered from now on but what is in flight."""
        self._refuse_if_busy("delete")
        self._end()
        self._move("Deleting", lambda: self.service.forget(self.uuid), False)

    def close(self) -> None:
        """Stop at once: the lab is closed."""
        self._disable()

    def _refuse_if_busy(self, action: str) -> None:
        if self.state not in ("Enabled", "Disabled"):
            raise ServiceError(
                "ResourceInUseException",
                f"Cannot {action} the event source mapping because it is in use.",
                Type="User",
            )

    def _move(self, state: str, finish: Callable[[], None], enabled: bool) -> None:
        self.state = state
        self.modified = self.service.clock.time()
        self.service.activity.begin()
        then = "Enabled" if enabled else "Disabled"
        self.met_by = set()
        self.arrival = self.service.env.process(self._arrive(state, finish, then))

    def _arrive(self, state: str, finish: Callable[[], None], then: str) -> Steps:
        yield self.service.env.timeout(TRANSITION_SECONDS)
        yield from self._stopped()
        if state != "Deleting":
            self.state = then
        self.arrival = None
        self.service.activity.end()
        finish()

    def _stopped(self) -> Steps:
        # Invocations in flight end before anything new begins.
        for process in self._stopping:
            if process.is_alive:
                yield process
        self._stopping.clear()

    def _go_on(self) -> None:
        """Read again, as soon as what was in flight has ended."""
        self.service.activity.begin()  # from now on, or a run would take what waits for nothing
        self.service.env.process(self._enable_again())

    def _enable_again(self) -> Steps:
        yield from self._stopped()
        self.service.activity.end()
        if self.state == "Enabled":
            self._begin()

    def _begin(self) -> None:
        """Start to read, if the function's role may."""
        self.is_denied = not self._may_read()
        if not self.is_denied:
            self._enable()

    def _end(self) -> None:
        self.is_denied = False
        self._disable()

    def _may_read(self) -> bool:
        return all(self.service.allows(self.function_arn, right, self.source_arn) for right in self.rights)

    def review_rights(self) -> None:
        """Stop reading, or go on, by what the role of the newly deployed function may do (C9).

        On AWS, too, the mapping stays Enabled. Invocations in flight end, and what the source holds waits.
        """
        if self.is_enabled and not self._may_read():
            self._disable()
            self.is_denied = True
        elif self.is_denied and self.state == "Enabled" and self._may_read():
            self._go_on()

    # -- what pollers report ----------------------------------------------------------------------

    def next_batch(self) -> int:
        """Return the number of a new batch."""
        return next(self._batches)
