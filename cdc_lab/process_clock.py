"""The process's clock: what it really shows, and lab time on top of it, whatever a test has frozen."""

from __future__ import annotations

import datetime as datetime_module
import sys
import threading
import time as time_module
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from types import ModuleType
from typing import Any, ClassVar

_FREEZEGUN = "freezegun.api"


def _real(module: ModuleType, name: str) -> Any:
    # A test may have frozen time before it imports this package.
    return getattr(sys.modules.get(_FREEZEGUN), f"real_{name}", None) or getattr(module, name)


class Real:
    """The machine's own clocks.

    freezegun puts its stand-ins in the place of functions and classes that modules hold by name. It does not
    look into classes.
    """

    datetime: type[datetime] = _real(datetime_module, "datetime")
    time: Callable[[], float] = staticmethod(_real(time_module, "time"))
    monotonic: Callable[[], float] = staticmethod(_real(time_module, "monotonic"))
    perf_counter: Callable[[], float] = staticmethod(_real(time_module, "perf_counter"))


@cache
def _time_machine() -> ModuleType:
    # Where pytest is installed, time-machine imports it all to offer a fixture (0.3 s): not unless it runs.
    without: dict[str, Any] = sys.modules
    is_needed = "pytest" in without
    if not is_needed:
        without["pytest"] = None
    try:
        import time_machine
    finally:
        if not is_needed:
            del without["pytest"]
    return time_machine


class Travel:
    """A change of the process's clock, begun when it is made.

    The process has one clock: threads change it one after the other.

    Parameters
    ----------
    moment : datetime
        Aware; what the clock shows from now on.
    """

    _lock = threading.Lock()

    def __init__(self, moment: datetime) -> None:
        self._moment = moment
        self._traveller = _time_machine().travel(moment, tick=False)
        with self._lock:
            if _FREEZEGUN in sys.modules:
                _outside_freezegun(self._traveller.start)
                _Frozen.push(self)
            else:
                self._traveller.start()
                _Frozen.layers.append(self)

    def stop(self) -> None:
        """End it."""
        with self._lock:
            if _FREEZEGUN in sys.modules:
                _outside_freezegun(self._traveller.stop)
                _Frozen.remove(self)
            else:
                self._traveller.stop()
                _Frozen.drop(self)

    def __call__(self) -> datetime:
        """The moment, as freezegun asks for it: naive, in UTC."""
        return Real.datetime.fromtimestamp(self._moment.timestamp(), datetime_module.UTC).replace(tzinfo=None)


def _freezegun() -> Any:
    """freezegun, where a test has frozen time with it; None elsewhere."""
    api: Any = sys.modules.get(_FREEZEGUN)
    return api if api is not None and api.freeze_factories else None


class _Frozen:
    """What freezegun shows while the process's clock shows lab time.

    freezegun keeps a stack of what shows the time, one entry for each `freeze_time` that is in force. Lab
    time takes the place of every entry: a `freeze_time` that ends meanwhile takes its own entry with it.
    """

    layers: ClassVar[list[Travel]] = []
    _users: ClassVar[list[tuple[Any, Any]]] = []

    @classmethod
    def push(cls, shown: Travel) -> None:
        cls.layers.append(shown)
        cls._show()

    @classmethod
    def remove(cls, shown: Travel) -> None:
        cls.drop(shown)
        cls._show()

    @classmethod
    def drop(cls, shown: Travel) -> None:
        # The last of the kind is nearly always the last of all.
        if cls.layers[-1] is shown:
            cls.layers.pop()
        else:
            cls.layers.remove(shown)

    @classmethod
    def _show(cls) -> None:
        api = _freezegun()
        if api is None:
            cls._users.clear()
            return
        factories, offsets, users = api.freeze_factories, api.tz_offsets, cls._users
        del users[len(factories) :]
        for place, factory in enumerate(factories):
            if not isinstance(factory, Travel):
                users[place : place + 1] = [(factory, offsets[place])]
        for place, (factory, offset) in enumerate(users):
            factories[place] = cls.layers[-1] if cls.layers else factory
            offsets[place] = datetime_module.timedelta(0) if cls.layers else offset
        if not cls.layers:
            users.clear()


def _outside_freezegun(call: Callable[[], object]) -> None:
    """Make a call of time-machine's, which finds the machine's own functions in the modules by name."""
    api = _freezegun()
    if api is None:
        call()
    else:
        with _unfrozen(api):
            call()


_REPLACED = (
    (datetime_module, ("datetime", "date")),
    (
        time_module,
        (
            "time",
            "time_ns",
            "gmtime",
            "localtime",
            "strftime",
            "monotonic",
            "monotonic_ns",
            "perf_counter",
            "perf_counter_ns",
        ),
    ),
)


@contextmanager
def _unfrozen(api: Any) -> Iterator[None]:
    fakes = [(module, name, getattr(module, name)) for module, names in _REPLACED for name in names]
    for module, name, fake in fakes:
        setattr(module, name, getattr(api, f"real_{name}", fake))
    try:
        yield
    finally:
        for module, name, fake in fakes:
            setattr(module, name, fake)
