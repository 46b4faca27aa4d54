"""One test under many schedules of faults; what fails is shown in its shortest form."""

from __future__ import annotations

import functools
import inspect
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cdc_lab.emulator.faults import SHARES, FaultPlan, Faults
from cdc_lab.emulator.refusals import Refusal, drawn_errors
from cdc_lab.errors import LabError
from cdc_lab.testing.timeline import timeline

Test = Callable[..., object]


def under_faults(tries: int = 40, **parameters: Any) -> Callable[[Test], Test]:
    """Run a test undisturbed, then under one schedule of faults after another, each in a lab of its own.

    The test takes ``lab`` and ``faults`` and hands the latter on: ``run_handler(..., faults=faults)`` or
    ``lab.run(faults=faults)``. Tried are: batches that come twice, lost acknowledgements, throttles; a crash
    after each AWS call and sleep of the handler; for each operation a call whose effect stands and whose
    answer is lost, so that botocore makes it again, and one that fails for good; AWS calls that are refused
    now and then; a split after each invocation; then mixtures of these. The first schedule that fails is
    shrunk until nothing of it can be left out, and the failure that it then gives is reported, with the
    schedule and what was delivered.

    Parameters
    ----------
    tries : int
        How many schedules. Crashes take at most half of them, spread over the run.
    **parameters
        Of :class:`cdc_lab.Lab`. The seed is by default that of ``--cdc-lab-seed``.

    Examples
    --------
    ::

        @under_faults()
        def test_each_order_counts_once(lab, faults):
            lab.create_table("totals", "id", stream_view_type=None)
            orders = lab.create_table("orders", "order_id")
            placed = [{"order_id": f"o{n}"} for n in range(20)]
            run_handler(lab, "shop.handler", orders, placed, faults=faults, BatchSize=5)
            assert lab.resource("dynamodb").Table("totals").get_item(Key={"id": "all"})["Item"]["n"] == 20
    """

    def decorate(test: Test) -> Test:
        own = inspect.signature(test)
        missing = {"lab", "faults"} - set(own.parameters)
        if missing:
            raise LabError(
                f"{test.__name__} takes no {' and no '.join(sorted(missing))}: under_faults gives both"
            )

        @functools.wraps(test)
        def wrapper(*args: Any, request: Any, **fixtures: Any) -> None:
            if "request" in own.parameters:
                fixtures["request"] = request
            seed = parameters.get("seed", request.config.stash.get(_seed_key(), 0))
            Trials(functools.partial(test, *args, **fixtures), {**parameters, "seed": seed}).run(tries)

        rest = [p for name, p in own.parameters.items() if name not in ("lab", "faults", "request")]
        request = inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY)
        wrapper.__signature__ = own.replace(parameters=[*rest, request])  # type: ignore[attr-defined]
        return wrapper

    return decorate


def _seed_key() -> Any:
    from cdc_lab.testing.plugin import SEED

    return SEED


class Trials:
    """A test, run again and again.

    Parameters
    ----------
    test : callable
        Takes ``lab`` and ``faults``.
    parameters : dict
        Of the labs.
    """

    def __init__(self, test: Test, parameters: dict[str, Any]) -> None:
        self._test = test
        self._parameters = parameters
        self._seed: int = parameters["seed"]
        self._what_happened = ""

    def run(self, tries: int) -> None:
        """Run it undisturbed, then under so many schedules; raise the shortest failure."""
        plan, error = self._attempt(Faults(seed=self._seed))
        if error is not None:
            error.add_note(f"This fails without any fault.\n{self._what_happened}")
            raise error
        for faults in schedules(self._seed, plan.steps, plan.invocations, tries, tuple(plan.operations)):
            _, error = self._attempt(faults)
            if error is not None:
                raise self._shortest(faults, type(error))

    def _shortest(self, faults: Faults, kind: type[Exception]) -> Exception:
        def fails(simpler: Faults) -> bool:
            # The same kind of failure: another one would be another fault of the handler.
            return type(self._attempt(simpler)[1]) is kind

        found = faults.shrink(fails).rarest(fails)
        error = self._attempt(found)[1]
        assert error is not None, "a run under equal faults did not repeat itself"
        shown = ", ".join(f"{name}={value!r}" for name, value in self._parameters.items())
        error.add_note(
            f"It holds undisturbed, and fails under\n    {found!r}\nin Lab({shown}): nothing of that can be "
            f"left out. What was delivered:\n{self._what_happened}"
        )
        return error

    def _attempt(self, faults: Faults) -> tuple[FaultPlan, Exception | None]:
        from cdc_lab.lab import Lab

        error: Exception | None = None
        with Lab(**self._parameters) as lab:
            lab.answer_all()
            try:
                self._test(lab=lab, faults=faults)
            except Exception as raised:  # whatever the test raises is its failure
                error = raised
            plan = lab._account.functions.disturbed
            if error is not None:
                self._what_happened = timeline(lab.trace)
        if plan is None or plan.faults is not faults:
            if error is not None:
                raise error
            raise LabError(
                "the test passed without its faults: hand them on, as in run_handler(..., faults=faults)"
            )
        return plan, error


def schedules(
    seed: int, steps: int, invocations: int, tries: int, operations: Sequence[tuple[str, str]] = ()
) -> Iterator[Faults]:
    """The schedules to try, one kind of fault at a time first.

    Parameters
    ----------
    seed : int
    steps, invocations : int
        How many the undisturbed run had.
    tries : int
        How many schedules.
    operations : sequence of (str, str)
        Service and operation of the calls that its handlers made.
    """
    made = 0
    for made, faults in enumerate(_simple(seed, steps, invocations, tries, operations), 1):
        if made > tries:
            return
        yield faults
    rng = random.Random(f"{seed}:schedules")
    for number in range(made, tries):
        kinds = rng.sample(_MIXED, k=rng.randint(2, 3))
        strikes: dict[str, Any] = {name: round(rng.uniform(0.1, 0.6), 2) for name in kinds if name in SHARES}
        if "crash_after" in kinds and steps:
            strikes["crash_after"] = tuple(rng.randint(1, 2 * steps) for _ in range(rng.randint(1, 3)))
        if "splits" in kinds and invocations:
            strikes["splits"] = tuple(sorted(rng.randint(1, invocations) for _ in range(2)))
        yield Faults(seed=seed + number, **strikes)


_MIXED = (*SHARES, "crash_after", "splits")


# Attempts that a call makes at most: those of DynamoDB in legacy mode (D32).
_ALL_ATTEMPTS = 10


def _simple(
    seed: int, steps: int, invocations: int, tries: int, operations: Sequence[tuple[str, str]]
) -> Iterator[Faults]:
    for name in SHARES:
        if name != "refusals":  # a crash, or one call that is refused, says more of a handler's mistake
            share: dict[str, Any] = {name: 0.5}
            yield Faults(seed=seed, **share)
    for step in _spread(steps, tries // 2):
        yield Faults(seed=seed, crash_after=step)
    for service, operation in operations[: tries // 8]:
        error = drawn_errors(service, operation)[-1][0]
        yield Faults(seed=seed, refuse=[Refusal(service, operation, error, after=True)])
        yield Faults(seed=seed, refuse=[Refusal(service, operation, error, times=_ALL_ATTEMPTS)])
    if operations:
        yield Faults(seed=seed, refusals=0.5)
    for place in _spread(invocations, tries // 6):
        yield Faults(seed=seed, splits=(place,))


def _spread(count: int, most: int) -> list[int]:
    """At most so many of 1 to `count`, the first and the last among them."""
    if count <= most:
        return list(range(1, count + 1))
    return sorted({1 + round(place * (count - 1) / max(1, most - 1)) for place in range(most)})
