"""Fresh execution environments: what a cold start makes anew, and two ways to do it.

On Lambda the code beside a handler runs again with each execution environment. Here it has run once, in the
reader's notebook or module. So a cold start puts back what that code had made: the containers and plain
values in names, closures, defaults, class attributes and objects of deployed code, and the caches of its
functions. Clients, modules and other objects of packages stay shared, also those that stand in a container.

There are two ways to apply it, because two things must hold that exclude each other:

- `Memory.copy_of` makes the handler again, over copies. Environments of a function live side by side in lab
  time, and an invocation that still runs keeps the memory it has. Classes stay shared: an object that was
  made before would be of no class that the copy knows. So do modules that the handler names. What stands in
  them, and what their functions use, is in `shared_memory`.
- `Memory.start_afresh` changes places where they are, and `Memory.give_back` puts the first values back. A
  check of an exercise calls functions that reach each other in ways which a copy may miss, and one
  environment lives at a time.
"""

from __future__ import annotations

import copy
import functools
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any
from weakref import WeakKeyDictionary

from boto3.dynamodb.table import BatchWriter

from cdc_lab.emulator.lambda_.reached import (
    MEMORY,
    Place,
    Shared,
    is_deployed,
    names_in,
    packages_of,
    places_in,
    reached,
)

IMPORTED: WeakKeyDictionary[Callable[..., Any], Callable[[], Callable[..., Any]]] = WeakKeyDictionary()
"""Handlers that were imported as a cold start does, and how to do it again: truer than any copy."""


class Memory:
    """What handlers remember between invocations of one environment, as it is now.

    Parameters
    ----------
    handlers : callable
        Deployed together: they share what they both reach.
    outside : iterable
        Objects, and cells of closures, that are no memory of an environment: somebody outside holds them.
    """

    def __init__(self, *handlers: Any, outside: Iterable[object] = ()) -> None:
        self._own = packages_of(*handlers)
        held_outside = {id(thing): thing for thing in outside if not any(thing is one for one in handlers)}
        found_things = list(reached(*handlers, without=held_outside))
        self._caches = [thing for thing in found_things if isinstance(thing, functools._lru_cache_wrapper)]
        found = [(place, place.get()) for place in places_in(found_things)]
        self._kept = {
            place.key: (place, value)
            for place, value in found
            if isinstance(value, MEMORY) and not {id(value), id(place.holder)} & held_outside.keys()
        }
        # A client is not part of a handler's memory; the list that holds it is.
        self._shared = held_outside | that_cannot_be_copied(value for _, value in self._kept.values())
        # Those of a class or a module use what stands there, and so does everybody else.
        self._behind = Shared(found_things, self._own)

    def start_afresh(self) -> None:
        """Put copies of the values into their places: a fresh environment takes over."""
        fresh = Copier({}, self._shared, self._own)
        for place, value in self._kept.values():
            place.put(fresh.copy(value))
        self._clear_caches()

    def give_back(self) -> None:
        """Put the values themselves back into their places."""
        for place, value in self._kept.values():
            place.put(value)
        self._clear_caches()

    def _clear_caches(self) -> None:
        for cache in self._caches:
            cache.cache_clear()

    def keep_copies(self) -> None:
        """Keep copies from now on: whoever holds the values goes on to change them."""
        kept = Copier({}, self._shared, self._own)
        self._kept = {key: (place, kept.copy(value)) for key, (place, value) in self._kept.items()}

    def copy_of(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """The handler again, with a memory of its own that starts as this one.

        A name that stands for no memory means what it means in the notebook now.
        """
        kept = {key: value for key, (_, value) in self._kept.items()}
        shared = self._shared | {id(thing): thing for thing in self._behind.values()}
        copier = Copier(kept, shared, self._own, self._behind.worlds, rebinds=True)
        again: Callable[..., Any] = copier.copy(handler)
        copier.finish()
        return again


# -- copies ---------------------------------------------------------------------------------------------


class Copier:
    """Copies values that belong together: what is the same object before is the same object after.

    Parameters
    ----------
    kept : dict
        Values by the keys of their places, which stand for what is in these places now.
    shared : dict
        What is not copied, by id.
    own : set of str
        The packages of the handlers.
    worlds : dict
        Globals that are not copied, by id.
    rebinds : bool
        Whether functions, and the objects that hold them, are made again over copies.
    """

    def __init__(
        self,
        kept: dict[tuple[int, str | int], Any],
        shared: dict[int, Any],
        own: set[str],
        worlds: Mapping[int, dict[str, Any]] = MappingProxyType({}),
        *,
        rebinds: bool = False,
    ) -> None:
        self._kept = kept
        self._own = own
        self._rebinds = rebinds
        self._shared = shared
        self._worlds = worlds
        self._made = dict(shared)
        self._originals: list[Any] = []  # kept alive: an id is an object's only as long as it lives
        self._unfinished: list[Callable[[], None]] = []

    def finish(self) -> None:
        """Fill the functions and objects that were made."""
        while self._unfinished:
            self._unfinished.pop()()

    def stands_for(self, value: Any, again: Any) -> None:
        """Let something else be the copy of that value."""
        self._originals.append(value)
        self._made[id(value)] = again

    def copy(self, value: Any) -> Any:
        """The value again; itself where it is neither memory nor made again."""
        if id(value) not in self._made:
            self._originals.append(value)
            again = self._rebound(value) if self._rebinds else value
            if again is value and isinstance(value, MEMORY):
                again = self._memory(value)
            self._made[id(value)] = again
        return self._made[id(value)]

    def _memory(self, value: Any) -> Any:
        if self._rebinds:
            for thing in _inside(value):
                if (again := self._rebound(thing)) is not thing:
                    self._originals.append(thing)
                    self._made.setdefault(id(thing), again)
        try:
            return copy.deepcopy(value, self._made)
        except Exception:  # any __deepcopy__ may refuse, in its own way
            return value

    # -- functions and objects over copies

    def _rebound(self, value: Any) -> Any:
        if isinstance(value, functools.partial):
            keywords = {name: self.copy(item) for name, item in value.keywords.items()}
            return functools.partial(self.copy(value.func), *map(self.copy, value.args), **keywords)
        if isinstance(value, types.MethodType):
            return types.MethodType(self.copy(value.__func__), self.copy(value.__self__))
        if isinstance(value, functools._lru_cache_wrapper) and is_deployed(value, self._own):
            options: Any = value.cache_parameters()
            return functools.lru_cache(**options)(self.copy(value.__wrapped__))
        if isinstance(value, types.FunctionType) and (value.__closure__ or is_deployed(value, self._own)):
            return self._function(value)
        if isinstance(value, BatchWriter) or (
            not isinstance(value, (*MEMORY, type))
            and is_deployed(type(value), self._own)
            and hasattr(value, "__dict__")
        ):
            return self._object(value)
        return value

    def _function(self, function: types.FunctionType) -> types.FunctionType:
        has_world = is_deployed(function, self._own) and id(function.__globals__) not in self._worlds
        world = self._world(function.__globals__) if has_world else function.__globals__
        cells = tuple(map(self._cell, function.__closure__ or ()))
        again = types.FunctionType(function.__code__, world, function.__name__, None, cells or None)
        again.__qualname__ = function.__qualname__
        again.__module__ = function.__module__
        again.__doc__ = function.__doc__

        def fill() -> None:
            count = len(function.__defaults__ or ())
            again.__defaults__ = tuple(self._at(Place(function, index)) for index in range(count)) or None
            keywords = function.__kwdefaults__ or {}
            again.__kwdefaults__ = {name: self._at(Place(keywords, name)) for name in keywords}
            again.__dict__.update({name: self.copy(value) for name, value in vars(function).items()})
            if has_world:
                for name in names_in(function.__code__) & function.__globals__.keys():
                    world[name] = self._at(Place(function.__globals__, name))

        self._unfinished.append(fill)
        return again

    def _world(self, names: dict[str, Any]) -> dict[str, Any]:
        if id(names) not in self._made:
            self._originals.append(names)
            self._made[id(names)] = dict(names)
        world: dict[str, Any] = self._made[id(names)]
        return world

    def _cell(self, cell: types.CellType) -> types.CellType:
        if id(cell) not in self._made:
            self._originals.append(cell)
            self._made[id(cell)] = again = types.CellType()

            def fill() -> None:
                try:
                    again.cell_contents = self._at(Place(cell, ""))
                except ValueError:
                    return  # it is empty

            self._unfinished.append(fill)
        made: types.CellType = self._made[id(cell)]
        return made

    def _object(self, thing: Any) -> Any:
        try:
            again = copy.copy(thing)
            names = vars(again)
        except Exception:  # any __copy__ may refuse, in its own way
            return thing

        def fill() -> None:
            names.update({name: self._at(Place(vars(thing), name)) for name in vars(thing)})

        self._unfinished.append(fill)
        return again

    def _at(self, place: Place) -> Any:
        """A copy of what was kept of that place. Memory that is newer than the deployment stays shared."""
        value = place.get()
        if id(value) in self._shared or (isinstance(value, MEMORY) and place.key not in self._kept):
            return value
        return self.copy(self._kept.get(place.key, value))


def that_cannot_be_copied(values: Iterable[Any]) -> dict[int, Any]:
    """What stands in containers, however deep, and cannot be copied, by id: a client, a lock."""
    things = (thing for value in values for thing in _inside(value) if not isinstance(thing, MEMORY))
    return {id(thing): thing for thing in things if not _can_be_copied(thing)}


def _inside(value: Any) -> Iterator[Any]:
    """What containers hold, however deep, that is no container itself; each once."""
    seen: set[int] = set()
    todo = [value]
    while todo:
        thing = todo.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, dict):
            todo += [*thing.keys(), *thing.values()]
        elif isinstance(thing, list | tuple | set | frozenset):
            todo += [*thing]
        else:
            yield thing


def _can_be_copied(value: Any) -> bool:
    try:
        copy.deepcopy(value)
    except Exception:  # any __deepcopy__ may refuse, in its own way
        return False
    return True
