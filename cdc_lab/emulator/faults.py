"""Faults on purpose: what goes wrong in a run, decided by a seed and nothing else."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple

from cdc_lab.emulator.refusals import UNPROCESSED, Refusal, Struck, drawn_errors, errors_of
from cdc_lab.emulator.shrinking import Candidates, shrink
from cdc_lab.errors import LabError

SHARES = ("duplicates", "lost_acks", "throttles", "refusals")
"""The faults that are given as a share of what happens."""


class Slow(NamedTuple):
    """Some calls that take longer, in place of all of them.

    Parameters
    ----------
    seconds : float
        Lab seconds added to such a call.
    times : int
        How many calls take longer.
    skip : int
        How many calls before them are as fast as ever.

    Examples
    --------
    >>> Faults(slow={"partner.POST": Slow(30, times=1, skip=4)})
    Faults(seed=0, slow={'partner.POST': Slow(seconds=30, times=1, skip=4)})
    """

    seconds: float
    times: int = 1
    skip: int = 0


class Strike(NamedTuple):
    """One fault that struck: what it did, the step of a handler at which it did, and whose step it was.

    `step` is 0 where it was none. `kind` is the name of the parameter of `Faults`.
    """

    kind: str
    what: str
    step: int = 0
    request_id: str = ""


Watch = Callable[[int, str, str, str], None]
"""Is told of each step of a handler: its number, service and operation of a call, and the request id."""


@dataclass(frozen=True)
class Faults:
    """What goes wrong during a run. Equal faults and an equal lab give an equal run.

    The ``repr`` is the recipe: paste it, and the same faults happen again.

    Parameters
    ----------
    seed : int
        Decides every random choice below.
    duplicates : float
        Share (0 to below 1) of successful batches that are delivered once more (C15).
    lost_acks : float
        Share of successful invocations whose success Lambda never learns: the batch is delivered
        again, without using up a retry.
    throttles : float
        Share of attempts that Lambda refuses before they start (C16).
    crash_after : int, str, or tuple of these
        The execution environment dies right after a step took effect and before the handler learns
        of it. An int n: the n-th step (attempt of an AWS call, or sleep; counted over the whole run, from 1).
        A str: the first call of that operation (``"dynamodb.PutItem"``) or service (``"sqs"``).
    slow : mapping of str to float or Slow
        Lab seconds added to each call of a service (``"dynamodb"``) or operation; or to some of them,
        ``Slow(30, times=1)``.
    poison : float or tuple of str
        Records whose images no deserializer accepts: a share chosen by the seed, or those with the
        given keys (``"flight_id=UA1545"``), event ids or sequence numbers.
    splits : tuple of int
        Counts of invocations of the run: after each, the open shard of the mapping invoked is split.
    refuse : sequence of Refusal
        AWS calls of handlers, and of cells while the run lasts, that are refused.
    refusals : float
        Share of the attempts of handlers' AWS calls that are refused: with throttling, or with an
        InternalServerError before the effect or after it. Most of them botocore's retries make good.

    Examples
    --------
    >>> Faults(seed=3, crash_after=2)
    Faults(seed=3, crash_after=2)
    >>> Faults(refuse=[Refusal("dynamodb", "PutItem", "ThrottlingException", times=2)])
    Faults(seed=0, refuse=(Refusal('dynamodb', 'PutItem', 'ThrottlingException', times=2),))
    """

    seed: int = 0
    duplicates: float = 0.0
    lost_acks: float = 0.0
    throttles: float = 0.0
    crash_after: int | str | tuple[int | str, ...] = ()
    slow: Mapping[str, float | Slow] = field(default_factory=dict)
    poison: float | tuple[str, ...] = ()
    splits: tuple[int, ...] = ()
    refuse: Sequence[Refusal] = ()
    refusals: float = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.refuse, Refusal) or not all(isinstance(one, Refusal) for one in self.refuse):
            raise LabError(f"Faults refuse={self.refuse!r}: give a list, refuse=[Refusal(...)]")
        object.__setattr__(self, "refuse", tuple(self.refuse))
        for name in SHARES:
            share = getattr(self, name)
            if not 0 <= share < 1:
                raise LabError(f"Faults {name}={share!r}: give a share of at least 0 and below 1")
        poison: object = self.poison
        if isinstance(poison, str):
            raise LabError(f"Faults poison={poison!r}: give a tuple, poison=({poison!r},)")
        if isinstance(poison, float | int) and not 0 <= poison <= 1:
            raise LabError(f"Faults poison={poison!r}: give a share from 0 to 1, or a tuple of keys")
        for step in self.crash_steps:
            if not isinstance(step, str) and step < 1:
                raise LabError(f"Faults crash_after={step!r}: steps are counted from 1")

    def __repr__(self) -> str:
        parts = [f"seed={self.seed!r}"]
        for name, default in _DEFAULTS.items():
            value = getattr(self, name)
            if value != default:
                parts.append(f"{name}={dict(value) if name == 'slow' else value!r}")
        return f"Faults({', '.join(parts)})"

    def shrink(self, fails: Callable[[Faults], bool]) -> Faults:
        """The simplest faults that still make something fail: fewer kinds, fewer and earlier strikes.

        Parameters
        ----------
        fails : callable
            Runs a fresh world under the faults that it is given; tells whether it still goes wrong.

        Returns
        -------
        Faults
            Nothing of it can be left out or made earlier without success.
        """
        return shrink(self._ever_simpler(), self, lambda faults: faults if fails(faults) else None)

    def rarest(self, fails: Callable[[Faults], bool]) -> Faults:
        """The smallest shares that still make something fail, so that least strikes.

        Where a share is lowered, what still strikes struck before: the places are the seed's.

        Parameters
        ----------
        fails : callable
            As for :meth:`shrink`.
        """
        found = self
        for name in SHARES:
            low, high = 0.0, getattr(found, name)
            for _ in range(_HALVINGS if high else 0):
                middle = round((low + high) / 2, 4)
                lowered = replace(found, **{name: middle})
                if low < middle < high and fails(lowered):
                    found, high = lowered, middle
                else:
                    low = middle
        return found

    def _ever_simpler(self) -> Candidates[Faults]:
        failing: Faults | None = self
        while failing is not None:
            simpler, failing = failing._simpler(), None
            for faults in simpler:
                if (yield faults):
                    failing = faults
                    break

    def _simpler(self) -> Iterator[Faults]:
        for name, default in _DEFAULTS.items():
            value = getattr(self, name)
            if value == default:
                continue
            yield replace(self, **{name: default})
            for smaller in _smaller(value):
                yield replace(self, **{name: smaller})

    @property
    def crash_steps(self) -> tuple[int | str, ...]:
        """`crash_after` as a tuple."""
        return self.crash_after if isinstance(self.crash_after, tuple) else (self.crash_after,)


def _smaller(value: Any) -> Iterator[Any]:
    """Simpler values of one fault, the boldest first."""
    if isinstance(value, tuple):
        latest = max((entry for entry in value if isinstance(entry, int)), default=0)
        if len(value) > 1:
            # One strike that several others only delayed.
            yield from ((step,) for step in range(1, min(latest, _MOST_SINGLE_STEPS) + 1))
            yield from (value[:place] + value[place + 1 :] for place in range(len(value)))
        for place, entry in enumerate(value):
            yield from ((*value[:place], smaller, *value[place + 1 :]) for smaller in _smaller(entry))
    elif isinstance(value, Refusal):
        yield from value.simpler()
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from dict.fromkeys(smaller for smaller in (1, value // 2, value - 1) if 1 <= smaller < value)
    elif isinstance(value, Mapping):
        if len(value) > 1:
            yield from ({k: v for k, v in value.items() if k != dropped} for dropped in value)
        for name, slow in value.items():
            if isinstance(slow, Slow):
                fewer = [slow._replace(times=n) for n in _smaller(slow.times)]
                earlier = [slow._replace(skip=n) for n in (0, slow.skip // 2, slow.skip - 1)]
                yield from (
                    {**value, name: one} for one in (*fewer, *earlier) if one.skip >= 0 and one < slow
                )


_MOST_SINGLE_STEPS = 100
_HALVINGS = 7
_DRAWN = {
    "duplicates": "Lambda delivered a successful batch once more",
    "lost_acks": "Lambda never learned of a success, and delivered the batch again",
    "throttles": "Lambda refused an invocation for want of concurrency",
    "poison": "a record came with images that nobody can read",
}


class FaultPlan:
    """`Faults` at work in one run: what has happened so far decides what still will.

    Attributes
    ----------
    steps : int
        Attempts of AWS calls, and sleeps, of handlers so far: the count that ``crash_after`` refers to.
    invocations : int
        Of mappings, so far: the count that ``splits`` refers to.
    operations : dict of (str, str)
        Service and operation of each step that was a call, in the order of the first ones.
    refuses : bool
        Whether AWS calls are refused at all.
    strikes : list of Strike
        What has struck, in order.
    attempts : dict of (str, str) to int
        How often the client that made a call would have tried it at most.
    """

    def __init__(self, faults: Faults, watch: Watch | None = None) -> None:
        self.faults = faults
        self.steps = 0
        self.invocations = 0
        self.strikes: list[Strike] = []
        self.attempts: dict[tuple[str, str], int] = {}
        self._watch = watch
        self._seen: set[str] = set()
        self._slowed: Counter[str] = Counter()
        self._crashes = list(faults.crash_steps)
        self._splits = sorted(faults.splits)
        self.operations: dict[tuple[str, str], None] = {}
        self.refuses = bool(faults.refuse or faults.refusals)
        self._matched = [0] * len(faults.refuse)
        self._attempts: Counter[tuple[str, str]] = Counter()

    def draw(self, kind: str, *where: object) -> bool:
        """Whether the fault `kind` strikes there: decided by the seed and the place alone."""
        share: float = getattr(self.faults, kind)
        strikes = share > 0 and random.Random(f"{self.faults.seed}:{kind}:{where}").random() < share
        if strikes and kind in _DRAWN:
            self.strikes.append(Strike(kind, _DRAWN[kind]))
        return strikes

    def is_poisoned(self, event_id: str, keys: str, sequence_number: int) -> bool:
        """Whether that record is delivered with images that nobody can read."""
        poison = self.faults.poison
        if isinstance(poison, tuple):
            names = [name for name in (keys, event_id, str(sequence_number)) if name in poison]
            self._seen.update(names)
            return bool(names)
        return self.draw("poison", event_id)

    def slowness(self, service: str, operation: str) -> float:
        """Lab seconds added to a call; it is counted, so that it is asked once for each."""
        slow = self.faults.slow
        if not slow:
            return 0.0
        name = f"{service}.{operation}"
        if name not in slow:
            name = service
        added = slow.get(name, 0.0)
        if name in slow:
            self._seen.add(name)
        if not isinstance(added, Slow):
            return added
        self._slowed[name] = nth = self._slowed[name] + 1
        if not added.skip < nth <= added.skip + added.times:
            return 0.0
        what = f"{service} {operation} took {added.seconds:g} s longer"
        self.strikes.append(Strike("slow", what, self.steps + 1))
        return added.seconds

    def refusal(
        self, service: str, operation: str, given: Mapping[str, Any], is_handlers: bool = True
    ) -> Struck | None:
        """Count one attempt of a call; what it is refused with, or None.

        Parameters
        ----------
        given : mapping
            The call's parameters, as JSON has them.
        is_handlers : bool
            Whether a handler makes it: the share `refusals` is of these alone.
        """
        if not self.refuses:
            return None
        struck = None
        for number, refusal in enumerate(self.faults.refuse):
            places = refusal.places(service, operation, given)
            if places is None:
                continue
            nth = self._matched[number] = self._matched[number] + 1
            if struck is None and self._strikes(refusal, number, nth):
                chosen = self._chosen(refusal, number, nth, places)
                status = errors_of(service, operation)[refusal.error]
                struck = Struck(refusal.error, status, refusal.after, chosen, refusal.reason, refusal.items)
                self._note(struck, "refuse", service, operation)
        if struck is None and is_handlers and self.faults.refusals:
            nth = self._attempts[service, operation] = self._attempts[service, operation] + 1
            if self.draw("refusals", service, operation, nth):
                rng = random.Random(f"{self.faults.seed}:error:{(service, operation, nth)}")
                error, after = rng.choice(drawn_errors(service, operation))
                struck = Struck(error, errors_of(service, operation)[error], after)
                self._note(struck, "refusals", service, operation)
        return struck

    def _note(self, struck: Struck, kind: str, service: str, operation: str) -> None:
        error = f"status {struck.error}" if isinstance(struck.error, int) else struck.error
        where = "after its effect" if struck.after else "without any effect"
        if struck.error in UNPROCESSED.values() or struck.items:
            where = "for some of its items"
        what = f"{service} {operation} was refused with {error}, {where}"
        self.strikes.append(Strike(kind, what, self.steps + 1))

    def _strikes(self, refusal: Refusal, number: int, nth: int) -> bool:
        if refusal.share:
            return random.Random(f"{self.faults.seed}:refuse:{number}:{nth}").random() < refusal.share
        return refusal.skip < nth <= refusal.skip + refusal.times

    def _chosen(self, refusal: Refusal, number: int, nth: int, places: tuple[int, ...]) -> tuple[int, ...]:
        # A refusal of a whole call, or of a key without a number, takes all; others take theirs or one.
        if not places or not refusal.is_partial or (refusal.key and not refusal.items):
            return places
        rng = random.Random(f"{self.faults.seed}:items:{number}:{nth}")
        return tuple(sorted(rng.sample(places, min(max(1, refusal.items), len(places)))))

    def crashes_at(self, service: str, operation: str, request_id: str = "") -> bool:
        """Count one step of a handler; whether its environment dies there."""
        self.steps += 1
        if operation:
            self.operations[service, operation] = None
        if self._watch is not None:
            self._watch(self.steps, service, operation, request_id)
        for step in self._crashes:
            if step in (self.steps, f"{service}.{operation}", service):
                self._crashes.remove(step)
                what = f"the environment died after {f'{service} {operation}'.strip()} had taken effect"
                self.strikes.append(Strike("crash_after", what, self.steps, request_id))
                return True
        return False

    def unstruck(self) -> list[str]:
        """What was named and never struck, each as it was given; shares name nothing."""
        faults = self.faults
        missed = [f"crash_after={step!r}" for step in self._crashes]
        missed += [f"splits={place!r}" for place in self._splits]
        missed += [
            f"refuse={refusal!r}"
            for refusal, matched in zip(faults.refuse, self._matched, strict=True)
            if matched <= refusal.skip
        ]
        missed += [f"slow={name!r}" for name, slow in faults.slow.items() if self._misses(name, slow)]
        if isinstance(faults.poison, tuple):
            missed += [f"poison={name!r}" for name in faults.poison if name not in self._seen]
        return missed

    def _misses(self, name: str, slow: float | Slow) -> bool:
        if isinstance(slow, Slow):
            return self._slowed[name] <= slow.skip
        return slow > 0 and name not in self._seen

    def splits_now(self) -> bool:
        """Count one invocation; whether its shard is split after it."""
        self.invocations += 1
        if self._splits and self.invocations >= self._splits[0]:
            self._splits.pop(0)
            self.strikes.append(Strike("splits", f"the shard was split after invocation {self.invocations}"))
            return True
        return False


NO_FAULTS = Faults()

_DEFAULTS: dict[str, Any] = {
    one.name: getattr(NO_FAULTS, one.name) for one in fields(Faults) if one.name != "seed"
}
