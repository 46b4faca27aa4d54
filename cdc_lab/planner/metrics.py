"""What a run shows over time: the age, the throughput, what runs at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

Written = Callable[[float], float]


class Metrics:
    """Sums for each step of time. One invocation stands for as many as its weight says.

    Parameters
    ----------
    seconds : float
        How long the run is.
    step : float
        Seconds of a step.
    """

    def __init__(self, seconds: float, step: float) -> None:
        self.seconds, self.step = seconds, step
        self.steps = max(1, math.ceil(seconds / step - 1e-9))
        self.oldest = [0.0] * self.steps
        self.ages = [0.0] * self.steps
        self.started = [0.0] * self.steps
        self.throttled = [0.0] * self.steps
        self.processed = [0.0] * self.steps
        self.busy = [0.0] * self.steps
        self.most_at_once = [0.0] * self.steps
        self.given_up = 0.0
        self.expired = 0.0
        self.failed = 0.0
        self.polls = 0.0

    def begin(self, at: float, age: float, weight: float, at_once: float) -> None:
        """Count an invocation that began, and the age of its last record."""
        step = int(at / self.step)
        if step >= self.steps:
            return
        if age > self.oldest[step]:
            self.oldest[step] = age
        self.ages[step] += age * weight
        self.started[step] += weight
        if at_once > self.most_at_once[step]:
            self.most_at_once[step] = at_once

    def end(self, at: float, seconds: float, passed: float, weight: float) -> None:
        """Count an invocation that ended, and the records that are done with it."""
        step = int(at / self.step)
        if step < self.steps:
            self.processed[step] += passed * weight
            self.busy[step] += seconds * weight

    def throttle(self, at: float, weight: float) -> None:
        """Count an invocation that Lambda refused."""
        step = int(at / self.step)
        if step < self.steps:
            self.throttled[step] += weight


class Outcome:
    """What came of one run.

    Parameters
    ----------
    metrics : Metrics
    written : callable
        How many records were written by a second of the run, over all shards and readers.
    made : str
        How it was made, for who asks.

    Attributes
    ----------
    made : str
    seconds : float
        How long the run was.
    """

    def __init__(self, metrics: Metrics, written: Written, made: str) -> None:
        self._metrics = metrics
        self._written = written
        self.made = made
        self.seconds = metrics.seconds

    def __repr__(self) -> str:
        return (
            f"<Outcome of {self.seconds:,.0f} s: age at most {self.peak_age:,.3g} s and {self.age:,.3g} s in "
            f"the end, {self.throughput:,.6g} records a second>"
        )

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each step of time.

        Columns: second (the step's end), age_max and age_mean (seconds; of the last record of each batch as
        it was sent, D1; empty where none was sent), written and processed (records a second), waiting
        (records), invocations, throttled (a second), concurrency (mean) and concurrency_max.
        """
        import pandas as pd

        found, step = self._metrics, self._metrics.step
        ends = [(number + 1) * step for number in range(found.steps)]
        counted = [self._written(end) for end in ends]
        done, sums = 0.0, []
        for passed in found.processed:
            done += passed
            sums.append(done)
        before = [0.0, *counted[:-1]]
        sent = found.started
        gone = found.given_up + found.expired
        return pd.DataFrame(
            {
                "second": ends,
                "age_max": [age if n else math.nan for age, n in zip(found.oldest, sent, strict=True)],
                "age_mean": [age / n if n else math.nan for age, n in zip(found.ages, sent, strict=True)],
                "written": [(now - then) / step for now, then in zip(counted, before, strict=True)],
                "processed": [passed / step for passed in found.processed],
                "waiting": [max(0.0, w - s - gone) for w, s in zip(counted, sums, strict=True)],
                "invocations": [n / step for n in sent],
                "throttled": [n / step for n in found.throttled],
                "concurrency": [seconds / step for seconds in found.busy],
                "concurrency_max": found.most_at_once,
            }
        )

    def _in(self, start: float, end: float) -> range:
        first = int(start / self._metrics.step + 1e-9)
        return range(
            min(first, self._metrics.steps - 1), min(self._metrics.steps, int(end / self._metrics.step))
        )

    def mean_age(self, start: float = 0.0, end: float = math.inf) -> float:
        """Return the mean iterator age of the invocations that began then, in seconds; NaN without any."""
        steps = self._in(start, min(end, self.seconds))
        sent = sum(self._metrics.started[step] for step in steps)
        return sum(self._metrics.ages[step] for step in steps) / sent if sent else math.nan

    def rate(self, start: float = 0.0, end: float = math.inf) -> float:
        """Return how many records a second were done then."""
        steps = self._in(start, min(end, self.seconds))
        return sum(self._metrics.processed[step] for step in steps) / (len(steps) * self._metrics.step)

    @property
    def peak_age(self) -> float:
        """The highest iterator age of the run, in seconds."""
        return max(self._metrics.oldest)

    @property
    def age(self) -> float:
        """The highest iterator age of the last step in which an invocation began, in seconds."""
        found = [age for age, sent in zip(self._metrics.oldest, self._metrics.started, strict=True) if sent]
        return found[-1] if found else math.nan

    @property
    def throughput(self) -> float:
        """Records done a second, over the run."""
        return sum(self._metrics.processed) / self.seconds

    @property
    def invocations(self) -> float:
        """How many invocations there were."""
        return sum(self._metrics.started)

    @property
    def throttled(self) -> float:
        """How many invocations Lambda refused."""
        return sum(self._metrics.throttled)

    @property
    def function_seconds(self) -> float:
        """How many seconds the function ran, all its invocations together."""
        return sum(self._metrics.busy)

    @property
    def concurrency(self) -> float:
        """How many invocations ran at a time, on average."""
        return self.function_seconds / self.seconds

    @property
    def peak_concurrency(self) -> float:
        """How many invocations ran at a time at most."""
        return max(self._metrics.most_at_once)

    @property
    def failed(self) -> float:
        """How many invocations failed, timed out, or reported a record."""
        return self._metrics.failed

    @property
    def given_up(self) -> float:
        """How many records were given up by the limits on retries and on age."""
        return self._metrics.given_up

    @property
    def expired(self) -> float:
        """How many records the stream forgot before they were read (A38)."""
        return self._metrics.expired

    @property
    def behind(self) -> float:
        """How long the writes that wait took to come, in seconds: the mean over the run's steps.

        Where concurrency is short, some shards get no invocation, and no iterator age tells of them (D1).
        """
        frame = self.frame
        waiting = frame["waiting"].mean()
        return float(waiting / frame["written"].mean()) if waiting else 0.0

    def caught_up_at(self, after: float, within: float = 1.0) -> float:
        """Return the second from which on no batch was older than `within` seconds; infinite for never.

        Parameters
        ----------
        after : float
            The second from which on to look.
        within : float
            Seconds.
        """
        found = self._metrics
        sent = [step for step in range(found.steps) if found.started[step]]
        late = [step for step in sent if found.oldest[step] > within]
        if late and late[-1] == sent[-1]:  # a second without an invocation says nothing
            return math.inf
        return max(after, (late[-1] + 1) * found.step) if late else after
