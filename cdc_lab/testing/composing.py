"""Fixtures that stand on ``lab``: each try of :func:`under_faults` sets them up anew, in its own lab."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdc_lab.lab import Lab

_OURS = ("lab", "faults", "request")


class OnOneLab:
    """A test whose fixtures build on the same lab as it does.

    Parameters
    ----------
    test : callable
        Takes ``lab``, ``faults`` and fixtures.
    request : pytest.FixtureRequest or None
        The test's; None outside of pytest, as in a class of unittest's.
    fixtures : mapping
        What pytest gave it.
    """

    def __init__(self, test: Callable[..., Any], request: Any, fixtures: Mapping[str, Any]) -> None:
        self._test = test
        self._request = request
        self._fixtures = dict(fixtures)
        self._names = [] if request is None else [name for name in request.fixturenames if self._builds(name)]
        if self._names:  # their lab is still open
            self._tear_down()

    def _builds(self, name: str) -> bool:
        """Whether a fixture stands on ``lab``, maybe by way of others."""
        definition = self._request._fixture_defs.get(name)
        if name in _OURS or definition is None:
            return False
        return any(other == "lab" or self._builds(other) for other in definition.argnames)

    def __call__(self, *, lab: Lab, faults: Any) -> Any:
        """Run the test in that lab."""
        if not self._names:
            return self._test(lab=lab, faults=faults, **self._fixtures)
        with self._set_up(lab):
            fixtures = {
                name: self._request.getfixturevalue(name) if name in self._names else value
                for name, value in self._fixtures.items()
            }
            answer = self._test(lab=lab, faults=faults, **fixtures)
            return asyncio.run(answer) if inspect.iscoroutine(answer) else answer

    @contextmanager
    def _set_up(self, lab: Lab) -> Iterator[None]:
        """Inside, the fixtures are those of that lab."""
        from cdc_lab.testing.keys import GIVEN

        self._request.node.stash[GIVEN] = lab
        try:
            for name in self._names:
                self._request.getfixturevalue(name)
            yield
        finally:
            self._tear_down()
            del self._request.node.stash[GIVEN]

    def _tear_down(self) -> None:
        # pytest has no way of its own to set up fixtures of a test twice. Who ends `lab` ends all that stand
        # on it, for they are among its finalizers; what has ended is then forgotten.
        active = self._request._fixture_defs
        if "lab" in active:
            active["lab"].finish(self._request)
        for name in [name for name, definition in active.items() if definition.cached_result is None]:
            del active[name]
