"""A stand-in for freezegun, for machines without it: it replaces what freezegun replaces."""

from __future__ import annotations

import calendar
import datetime as datetime_module
import sys
import time as time_module
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import ModuleType
from typing import Any

freeze_factories: list[Any] = []
tz_offsets: list[timedelta] = []

real_datetime, real_date = datetime_module.datetime, datetime_module.date
real_time, real_time_ns = time_module.time, time_module.time_ns
real_gmtime, real_localtime, real_strftime = time_module.gmtime, time_module.localtime, time_module.strftime
real_monotonic, real_perf_counter = time_module.monotonic, time_module.perf_counter
real_monotonic_ns, real_perf_counter_ns = time_module.monotonic_ns, time_module.perf_counter_ns


class _Meta(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, real_datetime)


class FakeDatetime(real_datetime, metaclass=_Meta):
    @classmethod
    def now(cls, tz: Any = None) -> Any:
        moment = freeze_factories[-1]()
        return tz.fromutc(moment.replace(tzinfo=tz)) if tz else moment + tz_offsets[-1]

    @classmethod
    def utcnow(cls) -> Any:
        return freeze_factories[-1]()


def fake_time() -> float:
    moment = freeze_factories[-1]()
    return float(calendar.timegm(moment.timetuple()) + moment.microsecond / 1e6)


def fake_time_ns() -> int:
    return int(fake_time() * 1e9)


def fake_gmtime(seconds: float | None = None) -> time_module.struct_time:
    return real_gmtime(fake_time() if seconds is None else seconds)


_FAKES: dict[str, Any] = {
    "datetime": FakeDatetime,
    "time": fake_time,
    "time_ns": fake_time_ns,
    "gmtime": fake_gmtime,
    "monotonic": fake_time,
    "perf_counter": fake_time,
    "monotonic_ns": fake_time_ns,
    "perf_counter_ns": fake_time_ns,
}


@contextmanager
def freeze_time(moment: str, tz_offset: int = 0) -> Iterator[None]:
    """Freeze time, as ``freezegun.freeze_time`` does."""
    frozen = real_datetime.fromisoformat(moment)
    freeze_factories.append(lambda: frozen)
    tz_offsets.append(timedelta(hours=tz_offset))
    undo: list[tuple[ModuleType, str, Any]] = []
    if len(freeze_factories) == 1:
        by_identity = {id(globals()[f"real_{name}"]): fake for name, fake in _FAKES.items()}
        ignored = (__name__, "threading", "queue", "_pytest")
        for module in list(sys.modules.values()):
            if isinstance(module, ModuleType) and not module.__name__.startswith(ignored):
                found = {name: value for name, value in vars(module).items() if id(value) in by_identity}
                undo += [(module, name, value) for name, value in found.items()]
        for module, name, value in undo:
            setattr(module, name, by_identity[id(value)])
    try:
        yield
    finally:
        freeze_factories.pop()
        tz_offsets.pop()
        for module, name, value in undo:
            setattr(module, name, value)
