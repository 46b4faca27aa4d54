"""What the execution environments of a function share here, and what a crash takes from it all the same.

On Lambda each environment is a process. Here classes are the same in all of them, and so are modules beside
the handler's own, with everything that stands in them or that their functions use. When an environment ends
and no other one is at work, all of that is put back, where it is, to what it was when the function was
created. At the end of a test it is put back once more, so that the next try starts like the first.

Out of reach are modules that are imported while a handler runs, names that code finds by a text alone,
objects of installed packages (a cachetools cache, a ``requests.Session``), and what stands in the closure of
an installed package's decorator.
"""

from __future__ import annotations

import copy
import functools
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from cdc_lab.emulator.lambda_.environments import Copier, that_cannot_be_copied
from cdc_lab.emulator.lambda_.reached import (
    MEMORY,
    NamesUsed,
    Place,
    Shared,
    names_in,
    packages_of,
    places_in,
    reached,
)

_CHANGE_IN_PLACE = (list, dict, set, bytearray, deque)
_NOTHING = object()


class SharedMemory:
    """What a handler finds in classes and modules, as it is now.

    Parameters
    ----------
    handler : callable
    outside : iterable
        Objects and places that are no memory of an environment: somebody outside looks at them.
    is_imported : bool
        Whether a fresh environment imports the handler anew, so that everything else behind it is shared.
    """

    def __init__(self, handler: Callable[..., Any], outside: Iterable[object], is_imported: bool) -> None:
        outside = list(outside)
        held = {id(thing): thing for thing in outside if thing is not handler}
        looked_at = {thing.key for thing in outside if isinstance(thing, Place)}
        self._own = packages_of(handler)
        things = list(reached(handler, without=held))
        if not is_imported:
            things = Shared(things, self._own).things
        self._caches = [thing for thing in things if isinstance(thing, functools._lru_cache_wrapper)]
        self._openings = [
            opening for thing in things for opening in _openings_of(thing) if id(opening.holder) not in held
        ]
        self._looked_at = looked_at
        found = [
            (place, place.get())
            for place in places_in(things)
            if place.key not in looked_at and id(place.holder) not in held
        ]
        self._values = [
            (place, value) for place, value in found if isinstance(value, MEMORY) and id(value) not in held
        ]
        self._outside = held | that_cannot_be_copied(value for _, value in self._values)
        at_start = Copier({}, self._outside, self._own)
        self._kept = [at_start.copy(value) for _, value in self._values]

    def start_afresh(self) -> None:
        """Put all of it back to what it was: the same containers, with what they held."""
        fresh = Copier({}, self._outside, self._own)
        for (_, value), kept in zip(self._values, self._kept, strict=True):
            if isinstance(value, _CHANGE_IN_PLACE):
                fresh.stands_for(kept, value)
        for (place, value), kept in zip(self._values, self._kept, strict=True):
            if value is not kept and not _are_equal(value, kept):
                value = fresh.copy(kept) if isinstance(value, tuple) else _refilled(value, kept, fresh)
            if _what_is_in(place) is not value:
                place.put(value)
        for opening in self._openings:
            opening.close(self._looked_at)
        for cache in self._caches:
            cache.cache_clear()


class _Opening(NamedTuple):
    """Where code may make names that are not there yet: `names`, or where that is None any but `present`."""

    holder: Any
    present: frozenset[str]
    names: frozenset[str] | None

    def close(self, looked_at: set[tuple[int, str | int]]) -> None:
        """Take away what was made since, but what somebody outside looks at, and modules."""
        world = self.holder if isinstance(self.holder, dict) else vars(self.holder)
        found = (world.keys() if self.names is None else self.names & world.keys()) - self.present
        for name in found:
            is_ours = not isinstance(world[name], types.ModuleType) and not name.startswith("__")
            if is_ours and Place(self.holder, name).key not in looked_at:
                with suppress(Exception):  # any metaclass may refuse, in its own way
                    if isinstance(self.holder, dict):
                        del world[name]
                    else:
                        delattr(self.holder, name)


def _openings_of(thing: Any) -> Iterator[_Opening]:
    if isinstance(thing, types.FunctionType):
        thing = NamesUsed(thing.__globals__, frozenset(names_in(thing.__code__)))
    if isinstance(thing, NamesUsed):
        absent = thing.names - thing.world.keys()
        yield _Opening(thing.world, frozenset(), absent)
    elif isinstance(thing, type):
        yield _Opening(thing, frozenset(vars(thing)), None)
    elif not isinstance(thing, functools._lru_cache_wrapper):
        yield _Opening(vars(thing), frozenset(vars(thing)), None)


def _what_is_in(place: Place) -> Any:
    try:
        return place.get()
    except (KeyError, ValueError):  # code has deleted it
        return _NOTHING


def _are_equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except Exception:  # any __eq__ may refuse, in its own way
        return False


def _refilled(value: Any, kept: Any, fresh: Copier) -> Any:
    """The same container, with copies of what it held; the value itself where it is no container."""
    if isinstance(value, _CHANGE_IN_PLACE):
        content = fresh.copy(copy.copy(kept))
        value.clear()
        if isinstance(value, dict | set):
            value.update(content)
        else:
            value.extend(content)
    return value
