"""Which schedules a handler is tried under: drawn by a seed, so that nothing of its work escapes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice, zip_longest
from typing import Any, NamedTuple

from cdc_lab.emulator.faults import SHARES, Faults, Slow
from cdc_lab.emulator.refusals import CANCELED, UNPROCESSED, Refusal, drawn_errors, errors_of
from cdc_lab.testing.users_code import Place

LONGEST_WORK = 8
"""Up to this many calls for a record, the default number of tries strikes each of them with a crash."""

_MANY_SHARDS = 4  # B22: AWS often starts with 4
_CONFLICT = "TransactionConflictException"
_MOST_CANDIDATES = 2000


@dataclass(frozen=True)
class Schedule:
    """What a test is run under: faults, and what holds where the test names nothing.

    Parameters
    ----------
    faults : Faults
    shards : int, optional
        How many shards a new stream starts with.
    mapping : mapping of str to object
        Parameters of CreateEventSourceMapping.
    cold_starts : float
        Share of invocations that start in a fresh environment.

    Examples
    --------
    >>> Schedule(Faults(crash_after=3), shards=4, mapping={"BatchSize": 1})
    Schedule(Faults(seed=0, crash_after=3), shards=4, mapping={'BatchSize': 1})
    """

    faults: Faults
    shards: int | None = None
    mapping: Mapping[str, Any] = field(default_factory=dict)
    cold_starts: float = 0.0

    def __repr__(self) -> str:
        parts = [repr(self.faults)]
        if self.shards is not None:
            parts.append(f"shards={self.shards}")
        if self.mapping:
            parts.append(f"mapping={dict(self.mapping)!r}")
        if self.cold_starts:
            parts.append(f"cold_starts={self.cold_starts}")
        return f"Schedule({', '.join(parts)})"

    def shrink(self, fails: Callable[[Schedule], bool]) -> Schedule:
        """The simplest schedule that still makes something fail.

        Parameters
        ----------
        fails : callable
            Runs a fresh world under the schedule that it is given; tells whether it still goes wrong.
        """
        found = self._plainest(fails)
        faults = found.faults.shrink(lambda one: fails(replace(found, faults=one)))
        rare = faults.rarest(lambda one: fails(replace(found, faults=one)))
        return replace(found, faults=rare)._plainest(fails)

    def _plainest(self, fails: Callable[[Schedule], bool]) -> Schedule:
        found = self
        for simpler in found._plainer():
            if fails(simpler):
                return simpler._plainest(fails)
        return found

    def _plainer(self) -> Iterator[Schedule]:
        if self.shards is not None:
            yield replace(self, shards=None)
        if self.cold_starts:
            yield replace(self, cold_starts=0.0)
        for name in self.mapping:
            yield replace(self, mapping={other: v for other, v in self.mapping.items() if other != name})
        if self.shards is not None and self.shards > 2:
            yield replace(self, shards=2)
        lanes = self.mapping.get("ParallelizationFactor", 0)
        if lanes > 2:
            yield replace(self, mapping={**self.mapping, "ParallelizationFactor": 2})


class Step(NamedTuple):
    """One call or sleep of a handler in the undisturbed run, and where the user's code made it."""

    number: int
    service: str
    operation: str
    request_id: str
    places: tuple[Place, ...]


class Seen(NamedTuple):
    """What the undisturbed run was like.

    Attributes
    ----------
    steps : sequence of Step
    invocations : int
    attempts : mapping of (str, str) to int
        How often the client that made a call would have tried it at most.
    left_open : collection of str
        The parameters of mappings that the test did not name; ``shards`` and ``cold_starts`` among them.
    timeout : float
        Of the functions, the longest, in seconds.
    retries : int
        The fewest that a mapping allows; -1 for any number.
    """

    steps: Sequence[Step] = ()
    invocations: int = 0
    attempts: Mapping[tuple[str, str], int] = {}
    left_open: frozenset[str] = frozenset()
    timeout: float = 3.0
    retries: int = -1


def schedules(seed: int, seen: Seen, tries: int) -> Iterator[Schedule]:
    """Yield `tries` schedules: first those of one kind of fault, the kinds in turn, then mixtures.

    Crashes take at most two of five. Where Lambda would give up records after a few failures, that is no
    fault of the handler. So no schedule of one kind lets an invocation fail more than once, and the mixtures
    for a mapping that retries seldom hold no refused calls.
    """
    drawer = _Drawer(seed, seen, tries)
    kinds = (drawer.deliveries(), drawer.crashes(), drawer.refusals(), drawer.arrangements(), drawer.times())
    yield from islice(chain(_in_turn(kinds), drawer.mixtures()), tries)


def _in_turn(kinds: Iterable[Iterable[Schedule]]) -> Iterator[Schedule]:
    for row in zip_longest(*kinds):
        yield from (schedule for schedule in row if schedule is not None)


class _Drawer:
    def __init__(self, seed: int, seen: Seen, tries: int) -> None:
        self._seed = seed
        self._seen = seen
        self._tries = tries
        self._random = random.Random(f"{seed}:schedules")
        self._calls = [step for step in seen.steps if step.operation]

    def _of(self, faults: Faults, *, shards: int = 0, cold_starts: float = 0.0, **mapping: Any) -> Schedule:
        left_open = self._seen.left_open
        return Schedule(
            faults,
            shards=shards if shards and "shards" in left_open else None,
            cold_starts=cold_starts if "cold_starts" in left_open else 0.0,
            mapping={name: value for name, value in mapping.items() if name in left_open},
        )

    def _small(self) -> int:
        return self._random.choice((1, 2, 3, 5))

    def deliveries(self) -> Iterator[Schedule]:
        """Yield faults of Lambda's own: repeated deliveries, lost acknowledgements, throttles."""
        yield self._of(Faults(seed=self._seed, duplicates=0.5))
        yield self._of(Faults(seed=self._seed, lost_acks=0.5))
        yield self._of(Faults(seed=self._seed, throttles=0.5), BatchSize=self._small())

    def arrangements(self) -> Iterator[Schedule]:
        """Yield other shards, lanes, environments and batches: no fault but duplicates in the last one."""
        plain = Faults(seed=self._seed)
        yield self._of(plain, shards=_MANY_SHARDS, ParallelizationFactor=2, BatchSize=self._small())
        yield self._of(plain, cold_starts=1.0, BatchSize=self._small())
        yield self._of(plain, shards=_MANY_SHARDS)
        yield self._of(plain, ParallelizationFactor=10, BatchSize=1)
        yield self._of(replace(plain, duplicates=0.5), BatchSize=self._small(), cold_starts=0.5)

    # -- crashes

    def crashes(self) -> Iterator[Schedule]:
        """A crash at each period of the handler's work, at records of the seed's choice."""
        most = max(1, self._tries * 2 // 5)
        for nth, step in enumerate(self._struck(most)):
            # With every second one the batch is split, and comes again within other borders.
            split: dict[str, Any] = {"BisectBatchOnFunctionError": True} if nth % 2 else {}
            yield self._of(Faults(seed=self._seed, crash_after=step), **split)

    def _struck(self, most: int) -> list[int]:
        steps = list(self._seen.steps)
        if len(steps) > _MOST_CANDIDATES:
            steps = self._random.sample(steps, _MOST_CANDIDATES)
        self._random.shuffle(steps)
        features = _features(self._seen.steps)
        left: set[object] = set().union(*(features[step.number] for step in steps))
        chosen: list[int] = []
        while steps and len(chosen) < most:
            best = max(steps, key=lambda step: sum(map(_weight, features[step.number] & left)))
            steps.remove(best)
            left -= features[best.number]
            chosen.append(best.number)
        return chosen

    # -- calls that fail

    def refusals(self) -> Iterator[Schedule]:
        """A call that fails, at each place in the user's code that makes one, before or after its effect."""
        by_place: dict[object, list[Step]] = {}
        for step in self._calls:
            by_place.setdefault((step.places, step.service, step.operation), []).append(step)
        places = list(by_place.values())
        drawn = [list(self._of_place(steps)) for steps in places]
        most = max(2, self._tries * 3 // 10)
        for count, refusal in enumerate(chain.from_iterable(zip_longest(*drawn))):
            if count < most * max(1, len(places)) and refusal is not None:
                if most == 0:
                    return
                most -= 1
                yield self._of(Faults(seed=self._seed, refuse=[refusal]))
        if self._calls:
            yield self._of(Faults(seed=self._seed, refusals=0.4))

    def _of_place(self, steps: Sequence[Step]) -> Iterator[Refusal]:
        service, operation = steps[0].service, steps[0].operation
        try:
            known = errors_of(service, operation)
            throttling, before, after = drawn_errors(service, operation)
        except LookupError:  # an operation without a model
            return
        all_attempts = self._seen.attempts.get((service, operation), 1)

        def refusal(error: str | int, is_after: bool = False, times: int = 1) -> Refusal:
            skip = self._skip(self._random.choice(steps))
            return Refusal(service, operation, error, after=is_after, times=times, skip=skip)

        yield refusal(before[0], times=all_attempts)
        if operation in UNPROCESSED and service == "dynamodb":
            yield refusal(UNPROCESSED[operation])
        if CANCELED in known:
            yield refusal(CANCELED)
        yield refusal(after[0], is_after=True)
        yield refusal(after[0], is_after=True, times=all_attempts)
        if _CONFLICT in known:
            yield refusal(_CONFLICT, times=all_attempts)
        yield refusal(throttling[0], times=all_attempts)

    def _skip(self, step: Step) -> int:
        """How many attempts of the same operation the undisturbed run made before that one."""
        same = (step.service, step.operation)
        return sum((one.service, one.operation) == same for one in self._calls if one.number < step.number)

    def times(self) -> Iterator[Schedule]:
        """A call that takes too long, and shards that split."""
        operations = list(dict.fromkeys((step.service, step.operation) for step in self._calls))
        self._random.shuffle(operations)
        for service, operation in operations[: max(1, self._tries // 20)]:
            step = self._random.choice(
                [one for one in self._calls if (one.service, one.operation) == (service, operation)]
            )
            # It takes effect before the function's time is over, and its answer comes after.
            slow = Slow(round(self._seen.timeout * 1.5, 3), skip=self._skip(step))
            yield self._of(Faults(seed=self._seed, slow={f"{service}.{operation}": slow}))
        if self._seen.invocations:
            places = tuple(sorted(self._random.randint(1, self._seen.invocations) for _ in range(2)))
            yield self._of(Faults(seed=self._seed, splits=places), BatchSize=self._small())

    # -- several at a time

    def mixtures(self) -> Iterator[Schedule]:
        """Two or three kinds of faults at a time, in an arrangement of the seed's choice."""
        rng, seen = self._random, self._seen
        number = 0
        while True:
            number += 1
            kinds = rng.sample(_MIXED, k=rng.randint(2, 3))
            strikes: dict[str, Any] = {n: round(rng.uniform(0.1, 0.6), 2) for n in kinds if n in SHARES}
            if 0 <= seen.retries < _MANY_RETRIES:
                strikes.pop("refusals", None)
            if "crash_after" in kinds and seen.steps and "refusals" not in strikes:
                count = 1 if seen.retries >= 0 else rng.randint(1, 3)
                strikes["crash_after"] = tuple(rng.choice(seen.steps).number for _ in range(count))
            if "splits" in kinds and seen.invocations:
                strikes["splits"] = tuple(sorted(rng.randint(1, seen.invocations) for _ in range(2)))
            yield self._of(
                Faults(seed=self._seed + number, **strikes),
                shards=rng.choice((0, 2, _MANY_SHARDS)),
                cold_starts=rng.choice((0.0, 0.3)),
                **{name: rng.choice(values) for name, values in _ARRANGED.items() if rng.random() < 0.5},
            )


_MIXED = (*SHARES, "crash_after", "splits")
_MANY_RETRIES = 10
_ARRANGED: dict[str, tuple[Any, ...]] = {
    "BatchSize": (1, 2, 3, 7, 20),
    "MaximumBatchingWindowInSeconds": (1, 5),
    "ParallelizationFactor": (2, 10),
    "BisectBatchOnFunctionError": (True,),
}


def _features(steps: Sequence[Step]) -> dict[int, set[object]]:
    """What each step stands for.

    The place in the user's code that makes it; and, because a loop makes several calls for a record in one
    place, which of them it is, for each number of calls that this may be.
    """
    found: dict[int, set[object]] = {}
    counts: dict[object, int] = {}
    for step in steps:
        place = (step.places, step.service, step.operation)
        nth = counts[place] = counts.get(place, -1) + 1
        residues = {(place, period, nth % period) for period in range(2, LONGEST_WORK + 1)}
        found.setdefault(step.number, set()).update({(place, _PLACE, 0)}, residues)
    return found


_PLACE = 20  # a place that was not struck counts for more than the rarest turn in one that was


def _weight(feature: object) -> int:
    assert isinstance(feature, tuple)
    weight: int = feature[1]  # the rarer a turn is, the sooner it is struck
    return weight
