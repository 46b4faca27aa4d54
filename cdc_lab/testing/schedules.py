"""One test under many schedules of faults; what fails is shown in its shortest form."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cdc_lab.emulator.faults import FaultPlan, Faults
from cdc_lab.emulator.lambda_.trial import VARIED
from cdc_lab.errors import LabError
from cdc_lab.testing.composing import OnOneLab
from cdc_lab.testing.drawing import Schedule, Seen, Step, schedules
from cdc_lab.testing.garbage import collect_much, rarely_collected
from cdc_lab.testing.report import Failure, describe, made_calls, unstruck
from cdc_lab.testing.users_code import held_by_test, places_now

if TYPE_CHECKING:
    from cdc_lab.lab import Lab

Test = Callable[..., object]

TRIES = 40


def under_faults(tries: int | Test = TRIES, only: Schedule | Faults | None = None, **parameters: Any) -> Any:
    """Run a test undisturbed, then under one schedule of faults after another, each in a lab of its own.

    The test takes ``lab`` and ``faults`` and hands the latter on: ``run_handler(..., faults=faults)`` or
    ``lab.run(faults=faults)``. Tried are: batches that come twice, lost acknowledgements, throttles; a crash
    after each period of the handler's work, which loses what its environment remembers; for each place in the
    code that makes calls, one that fails without effect, one whose effect stands, conflicts, what comes back
    of a batch, and a call that takes too long; more shards and lanes, fresh environments, other batches;
    splits; then mixtures of these. What the test names itself stays as it is. The first schedule that fails
    is shrunk until nothing of it can be left out, and the failure that it then gives is reported, with the
    schedule and what was delivered.

    Where a schedule makes Lambda give up records and the on-failure destination takes them, nothing is lost,
    and the test is not judged under it; pytest's summary says how often that was. ``given_up(lab.trace)``
    tells a test which records these are.

    Parameters
    ----------
    tries : int
        How many schedules.
    only : Schedule or Faults, optional
        Run the test under this one alone: the report of a failure names it.
    **parameters
        Of :class:`cdc_lab.Lab`. The seed is by default that of ``--cdc-lab-seed``.

    Fixtures of the test that take ``lab`` are set up anew for each try, in its lab. A test may be a method,
    also of a ``unittest.TestCase``, and it may be ``async``. ``@under_faults`` alone means
    ``@under_faults()``.

    Raises
    ------
    LabError
        When the test hands its faults to no run, when nothing is delivered to a handler, or when something
        that `only` names never strikes.

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
    if callable(tries):  # @under_faults without parentheses
        return under_faults()(tries)
    if type(tries) is not int or tries < 1:
        raise LabError(f"under_faults(tries={tries!r}): give a whole number of at least 1")

    def decorate(test: Test) -> Test:
        own = inspect.signature(test)
        missing = {"lab", "faults"} - set(own.parameters)
        if missing:
            raise LabError(
                f"{test.__name__} takes no {' and no '.join(sorted(missing))}: under_faults gives both"
            )

        @functools.wraps(test)
        def wrapper(*args: Any, request: Any = None, **fixtures: Any) -> None:
            if "request" in own.parameters:
                fixtures["request"] = request
            drawn, forget = _of_session(request)
            one = OnOneLab(functools.partial(test, *args), request, fixtures)
            trials = Trials(one, {"seed": drawn, **parameters}, forget)
            try:
                trials.run(tries, only)
            finally:
                if request is not None:  # a class of unittest's has none
                    lines = [("cdc-lab: not judged", line) for line in trials.not_judged]
                    request.node.user_properties += lines

        rest = [p for name, p in own.parameters.items() if name not in ("lab", "faults", "request")]
        request = inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY)
        wrapper.__signature__ = own.replace(parameters=[*rest, request])  # type: ignore[attr-defined]
        return wrapper

    return decorate


def _of_session(request: Any) -> tuple[int, Callable[[], None]]:
    """The session's seed, and how to forget what was printed; a class of unittest's has no session."""
    if request is None:
        return 0, lambda: None
    from cdc_lab.testing.keys import SEED

    return request.config.stash.get(SEED, 0), functools.partial(forget_output, request.config)


def forget_output(config: Any) -> None:
    """Let pytest forget what was captured so far: of forty tries the report shows the last one's output."""
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is not None and capture.is_globally_capturing():
        capture.read_global_capture()
    logged = getattr(config.pluginmanager.getplugin("logging-plugin"), "report_handler", None)
    if logged is not None:
        logged.reset()


class Watching:
    """Notes each step of the handlers, and where in the user's code it is made."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def __call__(self, number: int, service: str, operation: str, request_id: str) -> None:
        """Note a step of the handler that runs now."""
        self.steps.append(Step(number, service, operation, request_id, places_now(2)))


class _Attempt:
    """How a test went under one schedule."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.error: Exception | None = None
        self.plans: list[FaultPlan] = []
        self.delivered = 0
        self.sent_away = 0  # records that an on-failure destination took
        self.lost = 0  # records that were given up and that no destination took
        self.seen = Seen()
        self.failure: Failure | None = None
        self.nothing = ""


class Trials:
    """A test, run again and again.

    Parameters
    ----------
    test : callable
        Takes ``lab`` and ``faults``.
    parameters : dict
        Of the labs.
    forget : callable, optional
        Called before each try: forgets what the one before has printed.

    Attributes
    ----------
    not_judged : list of str
        What was tried and could not be judged, a line for each kind.
    """

    def __init__(
        self, test: Test, parameters: dict[str, Any], forget: Callable[[], None] = lambda: None
    ) -> None:
        self._test = test
        self._forget = forget
        self._parameters = parameters
        self._seed: int = parameters["seed"]
        self.not_judged: list[str] = []

    def run(self, tries: int = TRIES, only: Schedule | Faults | None = None) -> None:
        """Run the test undisturbed, then under `tries` schedules; raise the shortest failure.

        Parameters
        ----------
        only : Schedule or Faults, optional
            Run it under this one alone.
        """
        if only is not None:
            self._run_only(Schedule(only) if isinstance(only, Faults) else only)
            return
        with rarely_collected():
            self._run_all(tries)

    def _run_all(self, tries: int) -> None:
        plain = self._attempt(Schedule(Faults(seed=self._seed)), watches=True)
        if plain.error is not None:
            plain.error.add_note(f"This fails without any fault.\n{plain.failure}")
            raise plain.error
        if plain.nothing:
            raise LabError(plain.nothing)
        untried = 0
        for schedule in schedules(self._seed, plain.seen, tries):
            attempt = self._attempt(schedule)
            if attempt.error is None:
                continue
            if attempt.sent_away and not attempt.lost:
                untried += 1
                continue
            raise self._shortest(attempt)
        if untried:
            self.not_judged.append(
                f"{untried} of {tries} schedules sent records to the on-failure destination, which the test "
                "does not expect: add given_up(lab.trace) to what it expects"
            )

    def _run_only(self, schedule: Schedule) -> None:
        attempt = self._attempt(schedule, watches=True)
        if attempt.error is not None:
            attempt.error.add_note(f"It fails under\n    {schedule!r}\n{attempt.failure}")
            raise attempt.error
        missed = unstruck(attempt.plans)
        if attempt.nothing or missed:
            raise LabError(attempt.nothing or never_struck(missed, attempt.plans))

    def _shortest(self, failing: _Attempt) -> Exception:
        kind = type(failing.error)

        def fails(simpler: Schedule) -> bool:
            # The same kind of failure: another one would be another fault of the handler.
            attempt = self._attempt(simpler)
            return type(attempt.error) is kind and not (attempt.sent_away and not attempt.lost)

        found = failing.schedule.shrink(fails)
        attempt = self._attempt(found, watches=True)
        error = attempt.error
        assert error is not None, "a run under equal faults did not repeat itself"
        shown = ", ".join(f"{name}={value!r}" for name, value in self._parameters.items())
        lost = f" {attempt.lost} records were given up, and no on-failure destination took them."
        error.add_note(
            f"It holds undisturbed, and fails under\n    {found!r}\nin Lab({shown}): nothing of that can be "
            f"left out.{lost if attempt.lost else ''}\n{attempt.failure}"
        )
        return error

    def _attempt(self, schedule: Schedule, watches: bool = False) -> _Attempt:
        attempt = _Attempt(schedule)
        collect_much()
        self._forget()
        with opened(self._parameters, schedule) as lab:
            watching = prepare(lab, schedule, watches)
            try:
                answer = self._test(lab=lab, faults=schedule.faults)
                if inspect.iscoroutine(answer):
                    asyncio.run(answer)
            except Exception as raised:  # whatever the test raises is its failure
                attempt.error = raised
            functions, recorder = lab._account.functions, lab._account.recorder
            attempt.plans = [plan for plan in functions.disturbed if plan.faults is schedule.faults]
            attempt.sent_away = sum(row.records for row in recorder.failures[:] if row.delivered)
            attempt.lost = sum(row.records for row in recorder.failures[:] if not row.delivered)
            attempt.nothing = nothing_delivered(lab)
            if watching is not None:
                attempt.seen = seen_in(lab, watching, attempt.plans, "shards" not in self._parameters)
            if attempt.error is not None and watches:
                attempt.failure = describe(lab, attempt.error, self._recipe(schedule), schedule)
                attempt.error.cdc_lab = attempt.failure  # type: ignore[attr-defined]
                if raised_in_handler := list((functions.trial.raised or {}).values()):
                    attempt.error.cdc_lab_raised = raised_in_handler[-1]  # type: ignore[attr-defined]
        if not attempt.plans:
            if attempt.error is not None:
                raise attempt.error
            raise LabError(
                "the test passed without its faults: hand them on, as in run_handler(..., faults=faults)"
            )
        return attempt

    def _recipe(self, schedule: Schedule) -> list[str]:
        given = ", ".join(f"{name}={value!r}" for name, value in self._parameters.items())
        return [f"@under_faults(only={schedule!r}, {given})"]


def opened(parameters: Mapping[str, Any], schedule: Schedule) -> Lab:
    """Open a lab with these parameters, and what a schedule says of those that are not among them."""
    from cdc_lab.lab import Lab

    shards = {} if schedule.shards is None else {"shards": schedule.shards}
    return Lab(**{**shards, **parameters})


def seen_in(lab: Lab, watching: Watching | None, plans: Sequence[FaultPlan], may_vary_shards: bool) -> Seen:
    """What an undisturbed run was like, for the schedules that are drawn from it."""
    functions = lab._account.functions
    left_open = set(functions.trial.left_open) & set(VARIED) | {"cold_starts"}
    if may_vary_shards:
        left_open.add("shards")
    mappings = functions.mappings.values()
    retries = [getattr(mapping.parameters, "max_retries", -1) for mapping in mappings]
    known = [one.latest.timeout for one in functions.functions.of_region(lab._account.region)]
    return Seen(
        steps=watching.steps if watching is not None else (),
        invocations=max((plan.invocations for plan in plans), default=0),
        attempts={call: most for plan in plans for call, most in plan.attempts.items()},
        left_open=frozenset(left_open),
        timeout=max(known, default=3.0),
        retries=min((count for count in retries if count >= 0), default=-1),
    )


def prepare(lab: Lab, schedule: Schedule | None = None, watches: bool = False) -> Watching | None:
    """Let a lab be a test's: a crash loses what handlers remember, and what they print is the test's output.

    Parameters
    ----------
    lab : Lab
    schedule : Schedule, optional
        Holds where the test names nothing.
    watches : bool
        Whether to note each step of handlers, and what they raise.
    """
    lab.answer_all()  # a test's own code may hold clients that a module made when it was imported
    lab._account.backend.is_of_a_test()
    trial = lab._account.functions.trial
    trial.outside = held_by_test
    trial.echoes = True
    watching: Watching | None = None
    if schedule is not None:
        trial.mapping, trial.cold_starts = schedule.mapping, schedule.cold_starts
    if watches:
        trial.watch = watching = Watching()
        trial.raised = {}
    return watching


def nothing_delivered(lab: Lab) -> str:
    """Why no handler was given anything; empty where one was."""
    account = lab._account
    recorder = account.recorder
    if len(recorder.invocations) or len(recorder.runs):
        return ""
    filtered = sum(row.filtered for row in recorder.reads[:])
    if not account.functions.mappings:
        why = "there is no event source mapping: run_handler or lab.attach makes one"
    elif filtered:
        why = f"the filters dropped all {filtered} records"
    elif not len(recorder.records):
        why = "nothing was written to a table with a stream"
    else:
        why = f"{len(recorder.records)} records were written, and none was read: did the test run the lab?"
    return f"nothing was delivered to a handler, so the test says nothing of it: {why}"


def never_struck(missed: Sequence[str], plans: Sequence[FaultPlan]) -> str:
    """The refusal of faults that were named and never struck."""
    return f"{', '.join(missed)} never struck: {made_calls(plans)}"


def refuse_vacuous(lab: Lab, made: Sequence[Faults]) -> None:
    """Refuse what says nothing of a handler although it passes.

    Raises
    ------
    LabError
        For faults that were handed to no run, or that name what never struck; or nothing was delivered.
    """
    plans = lab._account.functions.disturbed
    named = [faults for faults in made if faults != Faults(seed=faults.seed)]
    if not named:
        return
    for faults in named:
        if not any(plan.faults is faults for plan in plans):
            raise LabError(f"{faults!r} was made and handed to no run: run_handler(..., faults=...)")
    if why := nothing_delivered(lab):
        raise LabError(why)
    if missed := unstruck(plans):
        raise LabError(never_struck(missed, plans))
