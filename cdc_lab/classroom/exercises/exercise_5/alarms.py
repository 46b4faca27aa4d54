"""Alarms of CloudWatch over the metrics that a lab's trace has."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from cdc_lab.classroom.exercises.answer import CheckError
from cdc_lab.show.panels import listing

OF_MAPPINGS = (
    "PolledEventCount",
    "InvokedEventCount",
    "FailedInvokeEventCount",
    "DroppedEventCount",
    "OnFailureDestinationDeliveredEventCount",
)
OF_FUNCTIONS = (
    "IteratorAge",
    "Errors",
    "Throttles",
    "Invocations",
    "Duration",
    "DestinationDeliveryFailures",
)
OF_QUEUES = ("ApproximateNumberOfMessagesVisible", "NumberOfMessagesSent")
METRICS = (*OF_FUNCTIONS, *OF_MAPPINGS, *OF_QUEUES)

_COMPARISONS: dict[str, tuple[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": (">", operator.gt),
    "GreaterThanOrEqualToThreshold": (">=", operator.ge),
    "LessThanThreshold": ("<", operator.lt),
    "LessThanOrEqualToThreshold": ("<=", operator.le),
}
_STATISTICS = ("Sum", "Maximum", "Minimum", "Average", "SampleCount")


class Point(NamedTuple):
    """What one metric was in one minute; `at` is its start, in epoch seconds."""

    at: float
    total: float
    least: float
    most: float
    samples: float


Series = Mapping[str, Sequence[Point]]
"""By metric, its points in order of time."""


@dataclass(frozen=True)
class Alarm:
    """An alarm, as PutMetricAlarm takes it; `minutes` is how long a period is.

    A period without data does not breach (``TreatMissingData``: ``notBreaching``).
    """

    metric: str
    statistic: str
    threshold: float
    minutes: int = 1
    periods: int = 1
    comparison: str = "GreaterThanThreshold"

    def __str__(self) -> str:
        times = f", {self.periods} times" if self.periods > 1 else ""
        span = f" in {self.minutes} minutes" if self.minutes > 1 else ""
        sign, _ = _COMPARISONS[self.comparison]
        return f"{self.metric} {self.statistic} {sign} {self.threshold:g}{span}{times}"

    @property
    def parameters(self) -> dict[str, Any]:
        """As CloudFormation declares it, without names and dimensions."""
        return {
            "MetricName": self.metric,
            "Statistic": self.statistic,
            "Threshold": int(self.threshold) if self.threshold.is_integer() else self.threshold,
            "Period": self.minutes * 60,
            "EvaluationPeriods": self.periods,
            "ComparisonOperator": self.comparison,
        }

    def rings(self, series: Series) -> float:
        """Return when it goes off first, at the end of the period, in epoch seconds; infinity for never."""
        length = self.minutes * 60
        periods: dict[int, list[Point]] = {}
        for point in series.get(self.metric, ()):
            periods.setdefault(int(point.at // length), []).append(point)
        _, is_beyond = _COMPARISONS[self.comparison]
        breaching = [
            number for number in sorted(periods) if is_beyond(self._value(periods[number]), self.threshold)
        ]
        for number in breaching:
            if all(number - before in breaching for before in range(self.periods)):
                return float((number + 1) * length)
        return math.inf

    def _value(self, points: Sequence[Point]) -> float:
        total, count = math.fsum(p.total for p in points), math.fsum(p.samples for p in points)
        if self.statistic == "Sum":
            return total
        if self.statistic == "SampleCount":
            return count
        if self.statistic == "Average":
            return total / count
        return max(p.most for p in points) if self.statistic == "Maximum" else min(p.least for p in points)


def first(alarms: Iterable[Alarm], series: Series) -> tuple[float, Alarm | None]:
    """Return when the first alarm goes off, and which; infinity and None for never."""
    rings = [(alarm.rings(series), alarm) for alarm in alarms]
    at, alarm = min(rings, key=lambda ring: ring[0], default=(math.inf, None))
    return at, (alarm if at < math.inf else None)


def read_alarm(exercise_id: str, given: Any) -> Alarm:
    """Read one alarm.

    Raises
    ------
    CheckError
        In one line, for what is none, or names a metric or a statistic that the lab has not.
    """
    form = '{"MetricName": "Errors", "Statistic": "Sum", "Threshold": 0}'
    if not isinstance(given, Mapping):
        raise CheckError(f"{exercise_id}: an alarm is a dict such as {form}, not {type(given).__name__}.")
    known = ("MetricName", "Statistic", "Threshold", "Period", "EvaluationPeriods", "ComparisonOperator")
    ignored = ("Namespace", "AlarmName", "AlarmDescription", "TreatMissingData")
    others = [str(name) for name in given if name not in (*known, *ignored)]
    missing = [name for name in known[:3] if name not in given]
    if others or missing:
        wrong = f"has {listing(others, 'and')}" if others else f"has no {listing(missing, 'and')}"
        raise CheckError(
            f"{exercise_id}: the alarm {dict(given)!r} {wrong}. Give {listing(list(known), 'and')}."
        )
    if given["MetricName"] not in METRICS:
        raise CheckError(
            f"{exercise_id}: the lab draws no metric {given['MetricName']!r}. On AWS such an alarm never "
            f"goes off, and nobody says so. There is {listing(list(METRICS), 'and')}."
        )
    comparison = given.get("ComparisonOperator", "GreaterThanThreshold")
    for name, value, choice in (
        ("Statistic", given["Statistic"], list(_STATISTICS)),
        ("ComparisonOperator", comparison, list(_COMPARISONS)),
    ):
        if value not in choice:
            raise CheckError(f"{exercise_id}: {name} {value!r}: choose {listing(choice, 'or')}.")
    period, periods, threshold = (
        given.get("Period", 60),
        given.get("EvaluationPeriods", 1),
        given["Threshold"],
    )
    if type(period) is not int or period < 60 or period % 60:
        raise CheckError(f"{exercise_id}: Period {period!r}: give seconds, a multiple of 60.")
    if type(periods) is not int or periods < 1:
        raise CheckError(
            f"{exercise_id}: EvaluationPeriods {periods!r}: give a number of periods, 1 or more."
        )
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        raise CheckError(f"{exercise_id}: Threshold {threshold!r}: give a number.")
    return Alarm(given["MetricName"], given["Statistic"], float(threshold), period // 60, periods, comparison)
