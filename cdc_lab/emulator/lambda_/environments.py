"""Fresh execution environments: what a cold start makes anew, and two ways to do it.

On Lambda the code beside a handler runs again with each execution environment. Here it has run once, in the
reader's notebook or module. So a cold start puts back what that code had made: the containers and plain
values in names, closures, defaults, class attributes and objects of deployed code, and the caches of its
functions. Clients, modules and other objects of packages stay shared, also those that stand in a container.

There are two ways to apply it, because two things must hold that exclude each other:

- `Memory.copy_of` makes the handler again, over copies. Environments of a function live side by side in lab
  time, and an invocation that still runs keeps the memory it has. Classes stay shared: an object that was
  made before would be of no class that the copy knows. So their attributes are shared, and so are the names
  that their methods use.
- `Memory.start_afresh` changes places where they are, and `Memory.give_back` puts the first values back. A
  check of an exercise calls functions that reach each other in ways which a copy may miss, and one
  environment lives at a time.
"""

from __future__ import annotations

import copy
import functools
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from boto3.dynamodb.table import BatchWriter

IMPORTED: WeakKeyDictionary[Callable[..., Any], Callable[[], Callable[..., Any]]] = WeakKeyDictionary()
"""Handlers that were imported as a cold start does, and how to do it again: truer than any copy."""

_MEMORY = (list, dict, set, bytearray, int, float, str, bytes, tuple, frozenset, type(None))


class Place(NamedTuple):
    """Where deployed code keeps a value: a name in a dict, a cell, a default by number, a class attribute."""

    holder: Any
    name: str | int

    @property
    def key(self) -> tuple[int, str | int]:
        """Tells it from other places, as long as its holder lives."""
        return id(self.holder), self.name

    def get(self) -> Any:
        """What stands there."""
        holder, name = self
        if isinstance(holder, dict):
            return holder[name]
        if isinstance(holder, types.CellType):
            return holder.cell_contents
        if isinstance(holder, types.FunctionType):
            return (holder.__defaults__ or ())[int(name)]
        return vars(holder)[name]

    def put(self, value: Any) -> None:
        """Let `value` stand there."""
        holder, name = self
        if isinstance(holder, dict):
            holder[name] = value
        elif isinstance(holder, types.CellType):
            holder.cell_contents = value
        elif isinstance(holder, types.FunctionType):
            defaults = list(holder.__defaults__ or ())
            defaults[int(name)] = value
            holder.__defaults__ = tuple(defaults)
        else:
            setattr(holder, str(name), value)


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
        self._own = _packages_of(*handlers)
        held_outside = {id(thing): thing for thing in outside if not any(thing is one for one in handlers)}
        reached = list(_reached(*handlers, without=held_outside))
        self._caches = [thing for thing in reached if isinstance(thing, functools._lru_cache_wrapper)]
        found = [(place, place.get()) for place in _places_of(reached)]
        self._kept = {
            place.key: (place, value)
            for place, value in found
            if isinstance(value, _MEMORY) and not {id(value), id(place.holder)} & held_outside.keys()
        }
        # A client is no memory; the list that it stands in is.
        held = (thing for _, value in self._kept.values() for thing in _inside(value))
        self._shared = held_outside | {id(thing): thing for thing in held if not _can_be_copied(thing)}

    def start_afresh(self) -> None:
        """Put copies of the values into their places: a fresh environment takes over."""
        fresh = _Copier({}, self._shared, self._own)
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
        kept = _Copier({}, self._shared, self._own)
        self._kept = {key: (place, kept.copy(value)) for key, (place, value) in self._kept.items()}

    def copy_of(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """The handler again, with a memory of its own that starts as this one.

        A name that stands for no memory means what it means in the notebook now.
        """
        kept = {key: value for key, (_, value) in self._kept.items()}
        copier = _Copier(kept, self._shared, self._own, rebinds=True)
        again: Callable[..., Any] = copier.copy(handler)
        copier.finish()
        return again


def functions_of(*handlers: Any) -> Iterator[types.FunctionType]:
    """The deployed functions that handlers are made of: themselves, and those that they reach."""
    return (thing for thing in _reached(*handlers) if isinstance(thing, types.FunctionType))


def places_of(*handlers: Any) -> Iterator[Place]:
    """Every place in which the deployed code behind handlers keeps something; each once."""
    return _places_of(list(_reached(*handlers)))


# -- the walk -----------------------------------------------------------------------------------------


def _reached(*handlers: Any, without: Iterable[int] = ()) -> Iterator[Any]:
    """Deployed functions, caches, classes and objects behind handlers.

    The way leads through names, closures, defaults, partials, methods, attributes and containers, past
    objects whose ids are in `without`.
    """
    seen: set[int] = set(without)
    todo: list[Any] = list(handlers)
    own = _packages_of(*handlers)
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, functools.partial):
            todo += [value.func, *value.args, *value.keywords.values()]
        elif isinstance(value, types.MethodType):
            todo += [value.__func__, value.__self__]
        elif isinstance(value, types.FunctionType):
            todo += [cell.cell_contents for cell in _cells(value)]
            todo += [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
            todo += [getattr(value, "__wrapped__", None)]
            if _is_deployed(value, own):
                yield value
                todo += [value.__globals__.get(name) for name in sorted(_names(value.__code__))]
        elif isinstance(value, functools._lru_cache_wrapper):
            if _is_deployed(value, own):
                yield value
                todo += [value.__wrapped__]
        elif isinstance(value, staticmethod | classmethod):
            todo += [value.__func__]
        elif isinstance(value, property):
            todo += [value.fget, value.fset]
        elif isinstance(value, type):
            if _is_deployed(value, own):
                yield value
                todo += [*value.__bases__, *vars(value).values()]
        elif isinstance(value, dict | list | tuple):
            todo += [*value.values()] if isinstance(value, dict) else [*value]
        elif isinstance(value, BatchWriter):
            yield value  # what it has not sent yet is gone with its environment
        elif _is_deployed(type(value), own) and hasattr(value, "__dict__"):
            yield value
            todo += [type(value), *vars(value).values()]


def _packages_of(*handlers: Any) -> set[str]:
    """The packages that handlers are of: these are deployed code also where they are installed."""
    functions = (handler.func if isinstance(handler, functools.partial) else handler for handler in handlers)
    return {_package_of(function) for function in functions}


def _package_of(thing: Any) -> str:
    return (getattr(thing, "__module__", None) or "").partition(".")[0]


def _is_deployed(thing: Any, own: set[str]) -> bool:
    """Whether the reader wrote it: in a notebook, a file or one of their own packages."""
    root = _package_of(thing)
    if root in ("__main__", ""):  # code that was executed from a text is of no module
        return True
    if root == "cdc_lab" or root in sys.stdlib_module_names:
        return False
    if root in own:
        return True
    file = getattr(sys.modules.get(root), "__file__", None) or ""
    return "site-packages" not in file


def _cells(function: types.FunctionType) -> Iterator[types.CellType]:
    for cell in function.__closure__ or ():
        try:
            cell.cell_contents  # noqa: B018 - an empty cell raises
        except ValueError:
            continue
        yield cell


def _names(code: types.CodeType) -> set[str]:
    inner = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return set(code.co_names).union(*map(_names, inner))


def _places_of(things: list[Any]) -> Iterator[Place]:
    """Every place in which those functions, classes and objects keep something; each once."""
    seen: set[tuple[int, str | int]] = set()
    for thing in things:
        for place in _places_in(thing):
            if place.key not in seen:
                seen.add(place.key)
                yield place


def _places_in(thing: Any) -> Iterator[Place]:
    if isinstance(thing, types.FunctionType):
        world = thing.__globals__
        yield from (Place(world, name) for name in sorted(_names(thing.__code__) & world.keys()))
        yield from (Place(cell, "") for cell in _cells(thing))
        yield from (Place(thing, index) for index in range(len(thing.__defaults__ or ())))
        keywords = thing.__kwdefaults__ or {}
        yield from (Place(keywords, name) for name in sorted(keywords))
    elif isinstance(thing, type):
        names = [name for name in vars(thing) if not name.startswith("__")]
        yield from (place for name in sorted(names) if _can_be_put(place := Place(thing, name)))
    elif not isinstance(thing, functools._lru_cache_wrapper):
        yield from (Place(vars(thing), name) for name in sorted(vars(thing)))


def _can_be_put(place: Place) -> bool:
    """Whether a class attribute can be set: an enumeration refuses."""
    value = place.get()
    if not isinstance(value, _MEMORY):
        return False
    try:
        place.put(value)
    except Exception:  # any metaclass may refuse, in its own way
        return False
    return True


# -- copies ---------------------------------------------------------------------------------------------


class _Copier:
    """Copies values that belong together: what is the same object before is the same object after.

    Parameters
    ----------
    kept : dict
        Values by the keys of their places, which stand for what is in these places now.
    shared : dict
        What is not copied, by id.
    own : set of str
        The packages of the handlers.
    rebinds : bool
        Whether functions, and the objects that hold them, are made again over copies.
    """

    def __init__(
        self,
        kept: dict[tuple[int, str | int], Any],
        shared: dict[int, Any],
        own: set[str],
        *,
        rebinds: bool = False,
    ) -> None:
        self._kept = kept
        self._own = own
        self._rebinds = rebinds
        self._made = dict(shared)
        self._originals: list[Any] = []  # kept alive: an id is an object's only as long as it lives
        self._unfinished: list[Callable[[], None]] = []

    def finish(self) -> None:
        """Fill the functions and objects that were made."""
        while self._unfinished:
            self._unfinished.pop()()

    def copy(self, value: Any) -> Any:
        """The value again; itself where it is neither memory nor made again."""
        if id(value) not in self._made:
            self._originals.append(value)
            again = self._rebound(value) if self._rebinds else value
            if again is value and isinstance(value, _MEMORY):
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
        if isinstance(value, functools._lru_cache_wrapper) and _is_deployed(value, self._own):
            options: Any = value.cache_parameters()
            return functools.lru_cache(**options)(self.copy(value.__wrapped__))
        if isinstance(value, types.FunctionType) and (value.__closure__ or _is_deployed(value, self._own)):
            return self._function(value)
        if isinstance(value, BatchWriter) or (
            not isinstance(value, (*_MEMORY, type))
            and _is_deployed(type(value), self._own)
            and hasattr(value, "__dict__")
        ):
            return self._object(value)
        return value

    def _function(self, function: types.FunctionType) -> types.FunctionType:
        is_deployed = _is_deployed(function, self._own)
        world = self._world(function.__globals__) if is_deployed else function.__globals__
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
            if is_deployed:
                for name in _names(function.__code__) & function.__globals__.keys():
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
        if isinstance(value, _MEMORY) and place.key not in self._kept:
            return value
        return self.copy(self._kept.get(place.key, value))


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
